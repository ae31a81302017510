// One error, four faces: HTTP status, JSON body, exit code. JSON-RPC shows it as a tool result.
#pragma once

#include "base/json.h"
#include "base/result.h"

namespace stream_status::api {

/// 400 for kInvalidArgument, 404, 409, 413, 415, 429, 503 … (contract §6).
int http_status(ErrorCode code);

/// 1 failed · 2 usage · 3 not found · 4 conflict · 5 server unavailable (contract §8).
int exit_code(ErrorCode code);

/// {error, details, code, retryable, hint?, suggestedCall?, data?}: `error` is the sentence for
/// people, `details` the same with the hint (founding clients read both).
json::object to_json(const Error& error);

/// Reads what to_json wrote; anything else becomes kInternal with the text shortened.
Error error_from_json(const json::value& body);

}  // namespace stream_status::api
