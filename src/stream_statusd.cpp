// The server program: composes the real world and runs a server in it. Started by stream-status, not by people
// (they use 'stream-status serve').

#include <CLI/CLI.hpp>

#include "base/release.h"
#include "os/clock.h"
#include "os/process.h"
#include "os/stdio.h"
#include "server/check.h"
#include "server/life.h"

int main(int argc, char** argv) {
  using namespace stream_status;
  server::LaunchSettings settings;
  bool foreground = false;
  std::string checked;
  bool is_copy = false;
  CLI::App app{"The server of one stream-status project. Started by 'stream-status'; by hand: 'stream-status serve'."};
  app.set_version_flag("--version", std::string(kVersion));
  app.add_option("--project", settings.project, "any directory of the project");
  app.add_option("--home", settings.home, "where the state of all projects lies");
  app.add_option("--ready-fd", settings.ready_fd, "descriptor to say READY, LOST or ERR on");
  app.add_flag("--foreground", foreground, "stay in the foreground; log to stderr as well");
  app.add_option("--check", checked, "read this database whole, say on stdout how it is, and end");
  app.add_flag("--copy", is_copy, "with --check: a copy that nobody has open");
  CLI11_PARSE(app, argc, argv);
  if (!checked.empty())
    return server::check_database(checked, is_copy ? server::Checked::kCopy : server::Checked::kLive);
  if (settings.project.empty()) {
    os::write_all(os::kStandardError, "stream-statusd: --project is required\n");
    return 2;
  }

  const os::Environment inherited = os::current_environment();
  os::replace_environment(os::server_environment(inherited));
  if (foreground) {
    settings.mode = server::Mode::kForeground;
    os::sanitise_foreground();
  } else if (const auto alone = os::daemonize(settings.ready_fd); !alone) {
    return 1;
  }
  const os::RealClock clock;
  return server::run_server(settings, inherited, clock);
}
