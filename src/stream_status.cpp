// The program that agents and people start: composes the real world for src/cli, nothing else.
#include <string>
#include <vector>

#include "cli/cli.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "os/stdio.h"

int main(int argc, char** argv) {
  using namespace stream_status;
  const auto sink = [](int fd) {
    return cli::Sink{[fd](std::string_view text) { return os::write_all(fd, text) == os::StreamState::kOpen; },
                     os::terminal_columns(fd)};
  };
  const os::RealClock clock;
  const cli::World world{.clock = clock,
                         .environment = os::current_environment(),
                         .current_directory = os::current_directory().value_or(""),
                         .executable = os::executable_path().value_or(""),
                         .user_name = os::user_name,
                         .out = sink(os::kStandardOutput),
                         .err = sink(os::kStandardError)};
  return cli::run(std::vector<std::string>(argv, argv + argc), world);
}
