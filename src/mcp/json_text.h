// Appends JSON to a text that is being written, so that one answer is one buffer.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace stream_status::mcp {

void append_json(std::string& out, const json::value& value);
void append_json(std::string& out, const json::object& object);

/// As a JSON string, in quotes. `text` is valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// No less than the size of its JSON text, without writing it.
std::size_t json_size_bound(const json::value& value);
std::size_t json_size_bound(const json::array& array);
std::size_t json_size_bound(const json::object& object);

}  // namespace stream_status::mcp
