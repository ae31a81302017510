// What a name in a directory is and who may touch it, without following or opening it; and making it private again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

struct FileFacts {
  enum class Kind { kRegular, kDirectory, kSocket, kSymlink, kOther } kind = Kind::kRegular;
  std::uint32_t owner = 0;
  std::uint32_t mode = 0;   ///< permission bits
  std::uint64_t links = 0;  ///< names of the same file
  std::uint64_t bytes = 0;
};
/// Absent: there is nothing of that name.
std::optional<FileFacts> find_facts(const Fd& directory, const std::string& name);
/// The same for an absolute path.
std::optional<FileFacts> find_facts(const std::string& path);

/// Gives a file, socket or directory of this user the mode 0600, a directory 0700. Refuses (kPermissionDenied) what is
/// a symlink, something else or another user's: what is looked at is what is changed.
Result<void> make_private(const Fd& directory, const std::string& name);
Result<void> make_private(const std::string& path);

/// Free inodes of the filesystem; absent: it does not count them.
std::optional<std::uint64_t> free_inodes(const Fd& directory);

}  // namespace stream_status::os
