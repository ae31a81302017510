// The one error type. Every function that can fail returns Result<T>; exceptions stop
// where a third-party call throws them. TRY passes an error on unchanged.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace stream_status {

/// The closed set of error kinds. Their wire names (error_name) are what MCP, HTTP and the
/// CLI show; api/errors.h maps each to an HTTP status, a JSON-RPC code and an exit code.
enum class ErrorCode {
  kInvalidArgument,
  kStreamNotFound,
  kStreamExists,
  kRevisionConflict,
  kAlreadyClaimed,
  kClaimExpired,
  kRequestIdReused,
  kProjectNotFound,
  kServerUnavailable,
  kDraining,
  kStorageFull,
  kStorageFailed,
  kGitError,
  kWorkAtRisk,        ///< a retirement is refused: work would be lost; the data is the plan
  kPermissionDenied,  ///< a directory, socket or file is refused or owned by someone else
  kIncompatible,      ///< newer schema or protocol, or data of the founding implementation
  kForbidden,         ///< the guard refuses this caller
  kNotFound,          ///< no such route, tool or file
  kMethodNotAllowed,
  kPayloadTooLarge,
  kUnsupportedMediaType,
  kTooManyRequests,
  kInternal,
};

/// "stream_not_found" for kStreamNotFound, and so on.
std::string_view error_name(ErrorCode code);

/// The kind with this wire name; kInternal for a name this version does not know.
ErrorCode error_code_from_name(std::string_view name);

/// Would the same call, sent again later, possibly succeed?
bool is_retryable(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;                ///< doing: subject: cause
  std::string hint = {};              ///< what to do next; may be empty
  std::string suggested_call = {};    ///< the call to make next, as an agent would write it
  boost::json::value data = nullptr;  ///< machine-readable extra, e.g. the current revision
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
  return tl::make_unexpected(Error{code, std::move(message), std::move(hint)});
}

/// The same error with "doing: " in front, for a caller that knows more than the callee.
tl::unexpected<Error> add_context(std::string_view doing, Error error);

namespace detail {
template <class R>
auto take(R&& result) {
  if constexpr (!std::is_void_v<typename std::remove_cvref_t<R>::value_type>) return *std::forward<R>(result);
}
}  // namespace detail

}  // namespace stream_status

/// `auto value = TRY(may_fail());` returns the error from the enclosing function, if any. May be nested.
#define TRY(...) SS_TRY_AS(SS_TRY_NAME(__COUNTER__), __VA_ARGS__)
#define SS_TRY_NAME(number) SS_TRY_PASTE(try_result_, number)
#define SS_TRY_PASTE(a, b) a##b
#define SS_TRY_AS(name, ...)                                 \
  __extension__({                                            \
    auto name = (__VA_ARGS__);                               \
    if (!name) [[unlikely]]                                  \
      return ::tl::make_unexpected(std::move(name).error()); \
    ::stream_status::detail::take(std::move(name));          \
  })
