// The life of a server process, from taking the lock to letting it go (lifecycle.md, "Server start" 1–8).
#pragma once

#include <string>

#include "base/log.h"
#include "os/clock.h"
#include "os/process.h"
#include "server/state.h"

namespace stream_status::server {

enum class Mode { kBackground, kForeground };

struct LaunchSettings {
  std::string project;  ///< any path inside the project
  std::string home;     ///< --home; empty: as the environment says
  int ready_fd = -1;    ///< where to say READY, LOST or ERR; -1: nowhere
  Mode mode = Mode::kBackground;
  ServingSettings serving;
};

/// Runs until the server is stopped. The process must have no threads yet. Exit code: 0 after a clean stop, and
/// when another server holds the lock (losing is no error); 1 when the start failed. `inherited`: the whole environment
/// it was started with, of which it keeps server_environment.
int run_server(const LaunchSettings& settings, const os::Environment& inherited, const os::Clock& clock);

}  // namespace stream_status::server
