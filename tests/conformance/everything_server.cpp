// The server program with the conformance suite's catalog in place of the project's: `everything_server DIRECTORY HOME`
// runs in the foreground until it is stopped, and announces itself as any server does.
#include "conformance/everything_catalog.h"
#include "os/clock.h"
#include "os/process.h"
#include "server/life.h"

int main(int argc, char** argv) {
  using namespace stream_status;
  if (argc != 3) return 2;
  conformance::Subscribers subscribers;
  server::LaunchSettings settings;
  settings.project = argv[1];
  settings.home = argv[2];
  settings.mode = server::Mode::kForeground;
  settings.serving.lanes = 1;  // what one conversation changes, others are told of
  settings.serving.make_catalog = [&subscribers](mcp::Backend&) {
    return std::make_unique<conformance::EverythingCatalog>(subscribers);
  };
  const os::Environment inherited = os::current_environment();
  os::replace_environment(os::server_environment(inherited));
  os::sanitise_foreground();
  const os::RealClock clock;
  return server::run_server(settings, inherited, clock);
}
