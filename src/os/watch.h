// Waiting for a directory to change (inotify), so that waiting needs no polling.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

/// A non-blocking descriptor that becomes readable when a file in `directory` is created, written
/// and closed, renamed or removed. kInternal when inotify's limits are reached: callers poll then.
Result<Fd> watch_directory(const Fd& directory);

/// Reads and forgets what is pending.
void drain_watch(const Fd& watch);

/// Reads what is pending: did it concern one of `names`, or may it have (events lost, directory removed)? Hundreds of
/// processes wait for the same directory; each that wakes for nothing takes time from the server that they wait for.
bool saw_change_of(const Fd& watch, std::span<const std::string_view> names);

}  // namespace stream_status::os
