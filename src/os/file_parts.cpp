#include "os/file_parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "os/error.h"
#include "os/file.h"

namespace stream_status::os {

Result<std::optional<std::string>> read_head(const Fd& directory, const std::string& name, std::size_t bytes) {
  const Fd file(::openat(directory.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) {
    if (errno == ENOENT) return std::nullopt;
    return errno_error("read", name);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return errno_error("read", name);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalidArgument, "read " + name + ": not a regular file");
  std::string head(bytes, '\0');
  const ssize_t got = ::pread(file.get(), head.data(), head.size(), 0);
  if (got < 0) return errno_error("read", name);
  head.resize(static_cast<std::size_t>(got));
  return head;
}

std::optional<std::uint64_t> file_size(const Fd& directory, const std::string& name) {
  struct stat status {};
  if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

std::optional<FileIdentity> identity_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

Result<void> create_private_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!file) return errno_error("write", path);
  return {};
}

Result<void> sync_file(const Fd& directory, const std::string& name) {
  const Fd file(::openat(directory.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file || ::fsync(file.get()) != 0) return errno_error("write", name);
  return {};
}

Result<void> publish_file(const Fd& from_directory, const std::string& from, const Fd& to_directory,
                          const std::string& to) {
  TRY(sync_file(from_directory, from));
  if (::renameat(from_directory.get(), from.c_str(), to_directory.get(), to.c_str()) != 0)
    return errno_error("rename to " + to, from);
  TRY(fsync_directory(to_directory));
  if (from_directory.get() != to_directory.get()) TRY(fsync_directory(from_directory));
  return {};
}

}  // namespace stream_status::os
