// Boost.JSON under one short name, with the few reads that every layer needs.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace stream_status {

namespace json = boost::json;

/// Parses one JSON text (RFC 8259, strict, UTF-8 checked, nesting at most 32).
/// Error: kInvalidArgument naming the byte where it stops being JSON.
Result<json::value> parse_json(std::string_view text);

/// As parse_json, and the value must be an object.
Result<json::object> parse_json_object(std::string_view text);

/// The member's text if it is a string, else absent.
std::optional<std::string_view> find_string(const json::object& object, std::string_view key);

/// The member as an integer if it is a whole number that fits, else absent.
std::optional<std::int64_t> find_integer(const json::object& object, std::string_view key);

inline std::string_view text_of(const json::string& s) { return {s.data(), s.size()}; }

/// Text for a JSON member that is null when empty.
inline json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace stream_status
