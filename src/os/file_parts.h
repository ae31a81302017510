// Two moves around a file that another library writes: look at its first bytes, and publish it whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/fd.h"
#include "os/file.h"

namespace stream_status::os {

/// At most `bytes` bytes from the front of a regular file; absent if there is none. Follows no symlink.
Result<std::optional<std::string>> read_head(const Fd& directory, const std::string& name, std::size_t bytes);

/// Bytes of a file; absent if there is none.
std::optional<std::uint64_t> file_size(const Fd& directory, const std::string& name);

/// Which file or directory is at an absolute path right now; absent if none is.
std::optional<FileIdentity> identity_at(const std::string& path);

/// An empty file, 0600, at an absolute path where nothing is: for a library that fills it by its name.
Result<void> create_private_file(const std::string& path);

/// fsync of a regular file.
Result<void> sync_file(const Fd& directory, const std::string& name);

/// fsync of `from`, rename to `to`, fsync of both directories: after a power loss `to` is the old file or
/// the complete new one.
Result<void> publish_file(const Fd& from_directory, const std::string& from, const Fd& to_directory,
                          const std::string& to);

}  // namespace stream_status::os
