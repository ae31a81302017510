// Ending a project's server, and knowing that it has ended: the kernel says so when server.lock is free.
#pragma once

#include <cstdint>

#include "cli/location.h"
#include "project/directory.h"

namespace stream_status::cli {

enum class Stopped { kNothingToStop, kStopped };

/// Asks the verified server to stop and waits until it is gone, 30 s at most. A server that starts or drains just now
/// is waited for and stopped too; one that hangs is ended as a client would end it (client/eviction.h). Errors:
/// kServerUnavailable when the holder of the lock does not end, or hangs and can not be proved to be this server.
Result<Stopped> stop_server(const Call& call, const Location& location, const project::ProjectDirectory& directory);

}  // namespace stream_status::cli
