#include "os/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "os/error.h"

namespace stream_status::os {
namespace {

constexpr std::size_t kPiece = 1 << 20;

Result<void> write_whole(const Fd& file, const char* bytes, std::size_t count, const std::string& name) {
  while (count > 0) {
    const ssize_t wrote = ::write(file.get(), bytes, count);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno_error("write", name);
    bytes += wrote;
    count -= static_cast<std::size_t>(wrote);
  }
  return {};
}

}  // namespace

Result<void> copy_file(const Fd& from_directory, const std::string& from, const Fd& to_directory,
                       const std::string& to) {
  const Fd source(::openat(from_directory.get(), from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!source) return errno_error("copy", from);
  struct stat status {};
  if (::fstat(source.get(), &status) != 0) return errno_error("copy", from);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalidArgument, "copy " + from + ": not a regular file");
  const Fd target(::openat(to_directory.get(), to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                           S_IRUSR | S_IWUSR));
  if (!target) return errno_error("write", to);
  std::vector<char> piece(kPiece);
  for (;;) {
    const ssize_t got = ::read(source.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("copy", from);
    if (got == 0) return {};
    TRY(write_whole(target, piece.data(), static_cast<std::size_t>(got), to));
  }
}

std::optional<FileStamp> stamp_of(const Fd& directory, const std::string& name) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  struct stat status {};
  if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return FileStamp{{status.st_dev, status.st_ino},
                   static_cast<std::uint64_t>(status.st_size),
                   std::int64_t{status.st_mtim.tv_sec} * kNanoseconds + status.st_mtim.tv_nsec};
}

Result<void> set_modified(const Fd& directory, const std::string& name, std::int64_t modified_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const timespec at{static_cast<time_t>(modified_ns / kSecond), static_cast<long>(modified_ns % kSecond)};
  const std::array<timespec, 2> times{at, at};
  if (::utimensat(directory.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
    return errno_error("set the time of", name);
  return {};
}

}  // namespace stream_status::os
