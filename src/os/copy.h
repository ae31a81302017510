// Copies a file byte by byte, and tells whether a file was written to since.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/fd.h"
#include "os/file.h"

namespace stream_status::os {

/// Copies a regular file (never a symlink) to a new file, 0600, whose name must not exist. Not durable until published.
/// Errors: kNotFound, kInvalidArgument (no regular file), kStorageFull, kPermissionDenied.
Result<void> copy_file(const Fd& from_directory, const std::string& from, const Fd& to_directory,
                       const std::string& to);

/// Which file this is, and when it was last written to.
struct FileStamp {
  FileIdentity identity;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
/// Absent: there is no such file.
std::optional<FileStamp> stamp_of(const Fd& directory, const std::string& name);

/// Gives a file of ours the time of another.
Result<void> set_modified(const Fd& directory, const std::string& name, std::int64_t modified_ns);

}  // namespace stream_status::os
