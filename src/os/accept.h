// The server's side of connections.
#pragma once

#include <optional>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

/// The next waiting connection (non-blocking, close-on-exec, TCP_NODELAY on TCP); absent when none waits now.
/// kInternal: the process or the machine has no descriptor or no memory for it. It waits on, and the listener stays
/// readable: ask again after a while.
Result<std::optional<Fd>> accept_connection(const Fd& listener);

/// Raises this process's limit of open descriptors to what it may have, and says how many that are.
std::size_t raise_descriptor_limit();

}  // namespace stream_status::os
