// Kernel locks (open file description locks, fcntl F_OFD_SETLK). The file's existence says nothing;
// only the kernel's answer does. The file is never unlinked or renamed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"
#include "os/file.h"

namespace stream_status::os {

/// A held exclusive lock. Released when destroyed, or by the kernel when the process ends.
class FileLock {
 public:
  /// Opens (creating it 0600) and locks `name` in `directory` without waiting. Absent: another open
  /// file description holds it. The locked file is proved to be the one at the path (fstat = stat),
  /// else the step is repeated.
  static Result<std::optional<FileLock>> try_acquire(const Fd& directory, const std::string& name);
  /// As try_acquire, but waits for the holder to let go, up to `timeout` (monotonic). kServerUnavailable
  /// when time runs out.
  static Result<FileLock> acquire(const Fd& directory, const std::string& name, milliseconds timeout);

  FileIdentity identity() const { return identity_; }
  /// Replaces the file's text, in place.
  Result<void> write_text(std::string_view text) const;

 private:
  FileLock(Fd file, FileIdentity identity) : file_(std::move(file)), identity_(identity) {}
  Fd file_;
  FileIdentity identity_;
};

/// Does any process hold the lock right now? (F_OFD_GETLK; no file: no.)
Result<bool> is_lock_held(const Fd& directory, const std::string& name);

}  // namespace stream_status::os
