#include "os/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace stream_status::os {
namespace {

struct Kind {
  ErrorCode code;
  const char* hint;
};

Kind kind_of_errno(int number) {
  switch (number) {
    case EACCES:
    case EPERM: return {ErrorCode::kPermissionDenied, "check its owner and mode, and whether a sandbox refuses it"};
    case EROFS:
      return {ErrorCode::kPermissionDenied, "the disk is mounted read-only; choose a place that can be written"};
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return {ErrorCode::kStorageFull, "free some space, then try again"};
    case ENOENT:
    case ENOTDIR: return {ErrorCode::kNotFound, ""};
    case EISDIR: return {ErrorCode::kInvalidArgument, "a directory lies in the place of this file; move it away"};
    case EMFILE:
    case ENFILE: return {ErrorCode::kInternal, "too many open files; raise the limit (ulimit -n)"};
    default: return {ErrorCode::kInternal, ""};
  }
}

}  // namespace

tl::unexpected<Error> errno_error(int number, std::string_view doing, std::string_view subject) {
  const char* cause = ::strerrordesc_np(number);  // unlike strerror: thread-safe, and the same in every language
  const Kind kind = kind_of_errno(number);
  return fail(kind.code,
              cause != nullptr ? fmt::format("{}: {}: {}", doing, subject, cause)
                               : fmt::format("{}: {}: error {}", doing, subject, number),
              kind.hint);
}

tl::unexpected<Error> errno_error(std::string_view doing, std::string_view subject) {
  return errno_error(errno, doing, subject);
}

}  // namespace stream_status::os
