// Pieces of text that an agent reads: texts of others on one line, lists, calls to make next.
#pragma once

#include <string>
#include <string_view>

#include "api/operation.h"
#include "base/json.h"
#include "base/text.h"

namespace stream_status::mcp {

/// One line (base/text.h) in double quotes.
void append_quoted(std::string& out, std::string_view text, std::size_t limit);

/// Any JSON value as a short phrase: texts bare, lists with commas, objects as "name value" pairs.
std::string phrase(const json::value& value, std::size_t limit);

/// A call as an agent would write it: `get_stream {"streamId":"auth-rotation"}`.
std::string call_text(std::string_view tool, const json::object& arguments);

/// Cuts every text within `value` to `limit` characters. Was anything cut?
bool shorten_texts(json::value& value, std::size_t limit);

/// The member's text; empty when it is absent, null or no text.
std::string_view text_member(const json::object& object, std::string_view key);

}  // namespace stream_status::mcp
