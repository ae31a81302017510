// The text of start.lock: what came of the last failed start. Those who wait for it take it as theirs, so that a server
// that can not start is not started once for each of them, and each of them can say why.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"
#include "os/lock.h"

namespace stream_status::client {

/// Written by the launcher, before it lets go of start.lock. If it can not be written, the others find out themselves.
void save_start_failure(const os::FileLock& start_lock, const Error& error, MonotonicTime now);

/// The failure that was noted after `after` and not later than `now`. (The monotonic clock is one for all processes of
/// a boot; a text from before it lies in the future, or a moment is waited for nothing.)
std::optional<Error> find_start_failure(const os::Fd& directory, MonotonicTime after, MonotonicTime now);

}  // namespace stream_status::client
