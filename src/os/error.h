// The one door for errno: which kind of error it is, and its sentence.
#pragma once

#include <string_view>

#include "base/result.h"

namespace stream_status::os {

/// "doing: subject: strerror". EACCES, EPERM and EROFS are kPermissionDenied; ENOSPC, EDQUOT and
/// EFBIG kStorageFull; ENOENT and ENOTDIR kNotFound; all others kInternal. Reads errno at the call.
tl::unexpected<Error> errno_error(std::string_view doing, std::string_view subject);
tl::unexpected<Error> errno_error(int number, std::string_view doing, std::string_view subject);

}  // namespace stream_status::os
