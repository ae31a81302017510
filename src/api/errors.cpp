#include "api/errors.h"

#include <fmt/format.h>

#include "base/text.h"

namespace stream_status::api {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return 400;
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kForbidden: return 403;
    case ErrorCode::kStreamNotFound:
    case ErrorCode::kProjectNotFound:
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kMethodNotAllowed: return 405;
    case ErrorCode::kStreamExists:
    case ErrorCode::kRevisionConflict:
    case ErrorCode::kAlreadyClaimed:
    case ErrorCode::kClaimExpired:
    case ErrorCode::kRequestIdReused:
    case ErrorCode::kWorkAtRisk: return 409;
    case ErrorCode::kPayloadTooLarge: return 413;
    case ErrorCode::kUnsupportedMediaType: return 415;
    case ErrorCode::kTooManyRequests: return 429;
    case ErrorCode::kServerUnavailable:
    case ErrorCode::kDraining:
    case ErrorCode::kStorageFull:
    case ErrorCode::kStorageFailed: return 503;
    case ErrorCode::kGitError:
    case ErrorCode::kIncompatible:
    case ErrorCode::kInternal: return 500;
  }
  return 500;
}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return 2;
    case ErrorCode::kStreamNotFound:
    case ErrorCode::kProjectNotFound:
    case ErrorCode::kNotFound: return 3;
    case ErrorCode::kStreamExists:
    case ErrorCode::kRevisionConflict:
    case ErrorCode::kAlreadyClaimed:
    case ErrorCode::kClaimExpired:
    case ErrorCode::kRequestIdReused:
    case ErrorCode::kWorkAtRisk: return 4;
    case ErrorCode::kServerUnavailable:
    case ErrorCode::kDraining:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kIncompatible: return 5;
    default: return 1;
  }
}

json::object to_json(const Error& error) {
  // A message may quote what a caller sent: a header, a path.
  const std::string message = to_utf8(error.message);
  const std::string hint = to_utf8(error.hint);
  json::object body;
  body["error"] = message;
  body["details"] = hint.empty() ? message : fmt::format("{}; {}", message, hint);
  body["code"] = error_name(error.code);
  body["retryable"] = is_retryable(error.code);
  if (!hint.empty()) body["hint"] = hint;
  if (!error.suggested_call.empty()) body["suggestedCall"] = error.suggested_call;
  if (!error.data.is_null()) body["data"] = error.data;
  return body;
}

Error error_from_json(const json::value& body) {
  const json::object* object = body.if_object();
  const auto message = object == nullptr ? std::nullopt : find_string(*object, "error");
  if (!message)
    return {ErrorCode::kInternal, fmt::format("read an error answer: {}", shorten(json::serialize(body), 200))};
  const auto member = [&](std::string_view key) { return std::string(find_string(*object, key).value_or("")); };
  Error error{error_code_from_name(member("code")), std::string(*message), member("hint"), member("suggestedCall")};
  if (const json::value* data = object->if_contains("data")) error.data = *data;
  return error;
}

}  // namespace stream_status::api
