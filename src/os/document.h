// Files in the user's own tree (reports, plan files), below a directory that is given as `root`. No symlink on the way
// is followed, so that nothing is written or removed outside it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stream_status::os {

/// Replaces `root`/`path` whole, durably, readable for others; directories on the way are made. Errors: as
/// errno_error; kInvalidArgument when a part on the way is a symlink.
Result<void> write_document(const std::string& root, const std::string& path, std::string_view content);

/// Absent if there is none. Errors: kInvalidArgument (no regular file, more than `limit` bytes, a symlink).
Result<std::optional<std::string>> read_document(const std::string& root, const std::string& path, std::size_t limit);

/// Removes a regular file, or an empty directory; absent is success. True: it is gone. False: a directory that is not
/// empty.
Result<bool> remove_document(const std::string& root, const std::string& path);

}  // namespace stream_status::os
