// The command line's world as values: what it reads is set by the test, what it writes is kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/world.h"
#include "support/client_world.h"

namespace stream_status::testing {

struct CliWorld {
  HandClock clock;
  os::Environment environment = {{"HOME", "/nonexistent"}, {"PATH", "/usr/bin:/bin"}};
  std::string current_directory = "/";
  std::string executable = "/nonexistent/bin/stream-status";
  std::optional<int> columns;  ///< of the terminal; absent: stdout is a pipe
  std::string out;
  std::string err;

  cli::World world() {
    const auto keep = [](std::string& text) {
      return [&text](std::string_view more) {
        text += more;
        return true;
      };
    };
    return {clock,
            environment,
            current_directory,
            executable,
            [] { return std::string("ada"); },
            {keep(out), columns},
            {keep(err), columns}};
  }

  /// Runs the program with these words after its name.
  int run(std::vector<std::string> words, const std::string& name = "stream-status") {
    out.clear();
    err.clear();
    words.insert(words.begin(), name);
    const cli::World real = world();
    return cli::run(words, real);
  }
};

}  // namespace stream_status::testing
