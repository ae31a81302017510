// Looking into a directory that others write too: component by component, through no symlink, opening nothing but
// directories.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

/// The directory at `relative` ("a/b") below the absolute path `root`; symlinks count in `root` only. Absent if a part
/// of it does not exist. Errors: kInvalidArgument (a part is a symlink, or no directory: named, relative to `root`),
/// else as errno_error.
Result<std::optional<Fd>> open_directory_beneath(const std::string& root, std::string_view relative);
/// The same for one name in an open directory.
Result<std::optional<Fd>> open_directory_in(const Fd& parent, const std::string& name);

enum class EntryKind { kMissing, kRegular, kDirectory, kSymlink, kOther };
struct Entry {
  EntryKind kind = EntryKind::kMissing;
  std::uint64_t size = 0;  ///< bytes of a regular file
};
/// What a name in a directory is, without following or opening it.
Entry entry_at(const Fd& directory, const std::string& name);

}  // namespace stream_status::os
