#include "os/file_facts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os/error.h"
#include "os/file.h"

namespace stream_status::os {
namespace {

FileFacts facts_from(const struct stat& status) {
  using Kind = FileFacts::Kind;
  const Kind kind = S_ISREG(status.st_mode)    ? Kind::kRegular
                    : S_ISDIR(status.st_mode)  ? Kind::kDirectory
                    : S_ISSOCK(status.st_mode) ? Kind::kSocket
                    : S_ISLNK(status.st_mode)  ? Kind::kSymlink
                                               : Kind::kOther;
  return {kind, status.st_uid, status.st_mode & 07777u, status.st_nlink, static_cast<std::uint64_t>(status.st_size)};
}

std::optional<FileFacts> facts_at(int start, const std::string& name) {
  struct stat status {};
  if (::fstatat(start, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return facts_from(status);
}

Result<void> make_private_at(int start, const std::string& name) {
  const Fd file{::openat(start, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return errno_error("make private", name);
  const FileFacts facts = facts_from(status);
  if (facts.owner != ::geteuid() || facts.kind == FileFacts::Kind::kSymlink || facts.kind == FileFacts::Kind::kOther)
    return fail(ErrorCode::kPermissionDenied, fmt::format("make private: {}: not a file of this user", name));
  const mode_t mode = facts.kind == FileFacts::Kind::kDirectory ? 0700 : 0600;
  // A descriptor that is only a place takes no fchmod; through /proc it still names this very file.
  if (::chmod(descriptor_path(file).c_str(), mode) != 0) return errno_error("make private", name);
  return {};
}

}  // namespace

std::optional<FileFacts> find_facts(const Fd& directory, const std::string& name) {
  return facts_at(directory.get(), name);
}
std::optional<FileFacts> find_facts(const std::string& path) { return facts_at(AT_FDCWD, path); }

Result<void> make_private(const Fd& directory, const std::string& name) {
  return make_private_at(directory.get(), name);
}
Result<void> make_private(const std::string& path) { return make_private_at(AT_FDCWD, path); }

std::optional<std::uint64_t> free_inodes(const Fd& directory) {
  struct statvfs filesystem {};
  if (::fstatvfs(directory.get(), &filesystem) != 0 || filesystem.f_files == 0) return std::nullopt;
  return filesystem.f_favail;
}

}  // namespace stream_status::os
