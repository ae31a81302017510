#include "os/beneath.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/error.h"

namespace stream_status::os {
namespace {

Result<std::optional<Fd>> open_part(const Fd& parent, const std::string& name, std::string_view shown) {
  Fd directory{::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (directory) return std::optional<Fd>(std::move(directory));
  const int cause = errno;
  if (cause == ENOENT) return std::optional<Fd>();
  // Of a symlink the kernel only says that it is no directory.
  if (cause == ENOTDIR || cause == ELOOP)
    return fail(
        ErrorCode::kInvalidArgument,
        "open directory: " + std::string(shown) +
            (entry_at(parent, name).kind == EntryKind::kSymlink ? ": a symlink, not followed" : ": not a directory"));
  return errno_error(cause, "open directory", shown);
}

}  // namespace

Result<std::optional<Fd>> open_directory_beneath(const std::string& root, std::string_view relative) {
  Fd current{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!current && errno == ENOENT) return std::optional<Fd>();
  if (!current) return errno_error("open directory", root);
  for (std::size_t start = 0; start < relative.size();) {
    const std::size_t end = std::min(relative.find('/', start), relative.size());
    auto next = TRY(open_part(current, std::string(relative.substr(start, end - start)), relative.substr(0, end)));
    if (!next) return std::optional<Fd>();
    current = std::move(*next);
    start = end + 1;
  }
  return std::optional<Fd>(std::move(current));
}

Result<std::optional<Fd>> open_directory_in(const Fd& parent, const std::string& name) {
  return open_part(parent, name, name);
}

Entry entry_at(const Fd& directory, const std::string& name) {
  struct stat status {};
  if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
  if (S_ISREG(status.st_mode)) return {EntryKind::kRegular, static_cast<std::uint64_t>(status.st_size)};
  if (S_ISDIR(status.st_mode)) return {EntryKind::kDirectory, 0};
  return {S_ISLNK(status.st_mode) ? EntryKind::kSymlink : EntryKind::kOther, 0};
}

}  // namespace stream_status::os
