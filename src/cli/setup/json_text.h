// Edits of JSON that people wrote: a member or an element is put in or taken out, and every other byte stays: comments,
// order, indentation, line ends. Knows JSON with comments and trailing commas; knows no client.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace stream_status::cli::setup {

/// The text as JSON with comments and trailing commas, which must be an object; an empty text is an empty one. Error:
/// kInvalidArgument naming where it stops being that.
Result<json::object> parse_jsonc(std::string_view text);

/// Keys from the outermost object on.
using Path = std::vector<std::string>;

// All of them: `text` is what parse_jsonc takes. What lies on the path is an object, the last may be an array
// (elements), or is not there. Each insertion is undone by the removal, byte for byte.

/// Puts `"key": value` at the end of the object at `path`, making the objects on the way.
std::string insert_member(std::string_view text, const Path& path, std::string_view key, const json::value& value);
/// Takes the member out, and the objects on the way that were made for it.
std::string remove_member(std::string_view text, const Path& path, std::string_view key);
/// Writes another value in the place of the member's, which is there.
std::string replace_member(std::string_view text, const Path& path, std::string_view key, const json::value& value);

/// Puts the value at the end of the array at `path`, making it and the objects on the way.
std::string insert_element(std::string_view text, const Path& path, const json::value& value);
/// Takes out the element number `index`, and what was made for it.
std::string remove_element(std::string_view text, const Path& path, std::size_t index);

}  // namespace stream_status::cli::setup
