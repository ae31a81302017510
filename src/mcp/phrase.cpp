#include "mcp/phrase.h"

#include <fmt/format.h>

#include "base/text.h"
#include "mcp/json_text.h"

namespace stream_status::mcp {
namespace {

std::string phrase_of_items(const json::array& items, std::size_t limit) {
  std::string text;
  for (const json::value& item : items) {
    if (!text.empty()) text += ", ";
    text += phrase(item, limit);
  }
  return text.empty() ? "none" : text;
}

std::string phrase_of_members(const json::object& members, std::size_t limit) {
  std::string text;
  for (const auto& [name, value] : members) {
    if (!text.empty()) text += ", ";
    text.append(name).append(" ").append(phrase(value, limit));
  }
  return text;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text, std::size_t limit) {
  out += '"';
  std::size_t i = out.size();
  append_line(out, text, limit);
  for (; i < out.size(); ++i)
    if (out[i] == '"') out.insert(i++, 1, '\\');
  out += '"';
}

std::string phrase(const json::value& value, std::size_t limit) {
  if (value.is_null()) return "none";
  if (value.is_string()) return value.get_string().empty() ? "none" : one_line(text_of(value.get_string()), limit);
  if (value.is_array()) return phrase_of_items(value.get_array(), limit);
  if (value.is_object()) return phrase_of_members(value.get_object(), limit);
  std::string text;
  append_json(text, value);
  return text;
}

std::string call_text(std::string_view tool, const json::object& arguments) {
  std::string text(tool);
  text += ' ';
  append_json(text, arguments);
  return text;
}

bool shorten_texts(json::value& value, std::size_t limit) {
  bool cut = false;
  if (value.is_string()) {
    json::string& text = value.get_string();
    if (text.size() <= limit || count_characters(text_of(text)) <= limit) return false;
    text = shorten(text_of(text), limit);
    return true;
  }
  if (value.is_array())
    for (json::value& item : value.get_array()) cut |= shorten_texts(item, limit);
  if (value.is_object())
    for (auto& member : value.get_object()) cut |= shorten_texts(member.value(), limit);
  return cut;
}

std::string_view text_member(const json::object& object, std::string_view key) {
  return find_string(object, key).value_or(std::string_view{});
}

}  // namespace stream_status::mcp
