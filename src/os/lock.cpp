#include "os/lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/error.h"

namespace stream_status::os {
namespace {

struct flock whole_file() {
  struct flock range {};  // l_pid stays 0: open file description locks demand it
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

std::string shown(const Fd& directory, const std::string& name) { return path_of(directory) + "/" + name; }

tl::unexpected<Error> not_regular(const Fd& directory, const std::string& name) {
  return fail(ErrorCode::kInvalidArgument, "lock: " + shown(directory, name) + ": not a regular file",
              "remove it; it is made anew");
}

Result<void> check_regular(const Fd& file, const Fd& directory, const std::string& name) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return errno_error("lock", shown(directory, name));
  if (!S_ISREG(status.st_mode)) return not_regular(directory, name);
  return {};
}

/// O_NONBLOCK: a FIFO in the lock's place must not hang us.
constexpr int kSafely = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

}  // namespace

Result<std::optional<FileLock>> FileLock::try_acquire(const Fd& directory, const std::string& name) {
  constexpr int kTries = 100;  // each failed one means that somebody removed the file in that instant
  for (int i = 0; i < kTries; ++i) {
    Fd file{::openat(directory.get(), name.c_str(), O_RDWR | O_CREAT | kSafely, 0600)};
    if (!file && (errno == ELOOP || errno == EISDIR || errno == ENXIO)) return not_regular(directory, name);
    if (!file) return errno_error("open lock", shown(directory, name));
    TRY(check_regular(file, directory, name));

    struct flock range = whole_file();
    if (::fcntl(file.get(), F_OFD_SETLK, &range) != 0) {
      if (errno == EAGAIN || errno == EACCES) return std::nullopt;
      if (errno == EINTR) continue;
      return errno_error("lock", shown(directory, name));
    }
    // A lock on a file that is no longer at the path excludes nobody who opens the path now.
    const auto locked = identity_of(file);
    if (locked && locked == identity_of(directory, name)) return FileLock(std::move(file), *locked);
  }
  return fail(ErrorCode::kInternal, "lock: " + shown(directory, name) + ": the file is removed again and again",
              "find out which program cleans this directory");
}

Result<FileLock> FileLock::acquire(const Fd& directory, const std::string& name, milliseconds timeout) {
  // The kernel has no lock call with a deadline. The holders of such locks hold them for a moment only.
  const MonotonicTime deadline = std::chrono::steady_clock::now() + timeout;
  std::chrono::nanoseconds pause = std::chrono::microseconds{100};
  for (;;) {
    if (auto lock = TRY(try_acquire(directory, name))) return std::move(*lock);
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(ErrorCode::kServerUnavailable, "lock: " + shown(directory, name) + ": held by another process",
                  "try again; if it stays so, see which process holds it: fuser " + shown(directory, name));
    const timespec request{0, static_cast<long>(pause.count())};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &request, nullptr);
    pause = std::min<std::chrono::nanoseconds>(pause * 3 / 2, milliseconds{10});
  }
}

Result<void> FileLock::write_text(std::string_view text) const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return errno_error("write", path_of(file_));
  // One write covers the old text with blanks, so that a reader never sees the new text with the old one's tail.
  std::string content(text);
  if (const auto old = static_cast<std::size_t>(status.st_size); old <= 4096 && old > content.size())
    content.append(old - content.size(), ' ');
  ssize_t written = 0;
  do {
    written = ::pwrite(file_.get(), content.data(), content.size(), 0);
  } while (written < 0 && errno == EINTR);
  if (written != static_cast<ssize_t>(content.size()))
    return errno_error(written < 0 ? errno : ENOSPC, "write", path_of(file_));
  if (::ftruncate(file_.get(), static_cast<off_t>(text.size())) != 0) return errno_error("write", path_of(file_));
  return {};
}

Result<bool> is_lock_held(const Fd& directory, const std::string& name) {
  const Fd file{::openat(directory.get(), name.c_str(), O_RDONLY | kSafely)};
  if (!file && errno == ENOENT) return false;
  if (!file && (errno == ELOOP || errno == ENXIO)) return not_regular(directory, name);
  if (!file) return errno_error("open lock", shown(directory, name));
  TRY(check_regular(file, directory, name));
  struct flock range = whole_file();
  if (::fcntl(file.get(), F_OFD_GETLK, &range) != 0) return errno_error("look at lock", shown(directory, name));
  return range.l_type != F_UNLCK;
}

}  // namespace stream_status::os
