#include "os/document.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/beneath.h"
#include "os/error.h"
#include "os/fd.h"
#include "os/file.h"

namespace stream_status::os {
namespace {

tl::unexpected<Error> error_at(std::string_view doing, const std::string& root, std::string_view path) {
  return errno_error(doing, fmt::format("{}/{}", root, path));
}

/// The directory that a path lies in, and its last component.
struct Location {
  Fd directory;
  std::string name;
};
std::pair<std::string, std::string> split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::pair(std::string(), path)
                                    : std::pair(path.substr(0, slash), path.substr(slash + 1));
}

Result<std::optional<Location>> find_location(const std::string& root, const std::string& path) {
  auto [parent, name] = split(path);
  auto directory = TRY(open_directory_beneath(root, parent));
  if (!directory) return std::nullopt;
  return Location{std::move(*directory), std::move(name)};
}

/// Makes the directories on the way.
Result<Location> make_location(const std::string& root, const std::string& path) {
  auto [parent, name] = split(path);
  Fd directory{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return errno_error("open", root);
  std::string_view rest = parent;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string part(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    auto next = TRY(open_directory_in(directory, part));
    if (!next) {
      if (::mkdirat(directory.get(), part.c_str(), 0755) != 0 && errno != EEXIST) return error_at("make", root, path);
      ::fchmodat(directory.get(), part.c_str(), 0755, 0);  // whatever the umask of the server is
      next = TRY(open_directory_in(directory, part));
    }
    if (!next) return fail(ErrorCode::kNotFound, fmt::format("make {}/{}: it was removed meanwhile", root, path));
    directory = std::move(*next);
  }
  return Location{std::move(directory), std::move(name)};
}

}  // namespace

Result<void> write_document(const std::string& root, const std::string& path, std::string_view content) {
  const Location at = TRY(make_location(root, path));
  TRY(write_file_atomically(at.directory, at.name, content, Durability::kDisk));
  if (::fchmodat(at.directory.get(), at.name.c_str(), 0644, 0) != 0) return error_at("write", root, path);
  return {};
}

Result<std::optional<std::string>> read_document(const std::string& root, const std::string& path, std::size_t limit) {
  const auto at = TRY(find_location(root, path));
  if (!at) return std::nullopt;
  return read_file(at->directory, at->name, limit);
}

Result<bool> remove_document(const std::string& root, const std::string& path) {
  const auto at = TRY(find_location(root, path));
  if (!at) return true;
  const EntryKind kind = entry_at(at->directory, at->name).kind;
  if (kind == EntryKind::kMissing) return true;
  const int how = kind == EntryKind::kDirectory ? AT_REMOVEDIR : 0;
  if (::unlinkat(at->directory.get(), at->name.c_str(), how) == 0 || errno == ENOENT) return true;
  if (errno == ENOTEMPTY || errno == EEXIST) return false;
  return error_at("remove", root, path);
}

}  // namespace stream_status::os
