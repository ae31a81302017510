// Stop signals, taken by one thread instead of interrupting any.
#pragma once

#include <optional>

#include "base/time.h"

namespace stream_status::os {

/// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all it starts; ignores SIGPIPE.
void block_stop_signals();

/// Waits for a blocked stop signal. Absent: the time is over.
std::optional<int> wait_for_stop_signal(milliseconds timeout);

/// Sends this process a stop signal: wakes wait_for_stop_signal. Any thread.
void request_stop();

}  // namespace stream_status::os
