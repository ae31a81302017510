// From an operation's answer to what an agent reads: few tokens, one row one line, and never more than
// fits. Each answer has two faces that state the same facts, because some clients show their model the
// text and some only the structured content.
#pragma once

#include <cstdint>
#include <string>

#include "api/operation.h"
#include "base/json.h"

namespace stream_status::mcp {

struct Presentation {
  std::string text;
  /// Built once, written once, thrown away whole: its memory is one block that only grows.
  json::object structured{json::make_shared_resource<json::monotonic_resource>()};
  /// Not 0: more rows came than fit, the rest is cut off. Asked again with this limit, the service makes
  /// the cursor that follows the last row shown.
  std::int64_t narrower_limit = 0;
};

/// Fills in what the caller left open and an agent's view needs: the number of rows of a list.
void complete_arguments(const api::Operation& operation, json::object& arguments);

/// `arguments` are those of the call, for naming the next one. Any shape of `answer` is presented: a
/// server of another version may add and omit members.
Presentation present(const api::Operation& operation, const json::object& arguments, const json::value& answer);

/// {code, message, retryable, hint, suggestedCall}; hint and call are filled in where the error has none.
Presentation present_error(const api::Operation& operation, const json::object& arguments, const Error& error);

}  // namespace stream_status::mcp
