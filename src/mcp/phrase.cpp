#include "mcp/phrase.h"

#include <fmt/format.h>

#include "base/text.h"
#include "mcp/json_text.h"

namespace stream_status::mcp {
namespace {

/// Length of the control character or line separator (U+0000–001F, U+007F–009F, U+2028, U+2029) at the
/// front of valid UTF-8; 0 if there is none.
std::size_t control_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
  if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) < 0xa0) return 2;
  if (byte(0) == 0xe2 && byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9)) return 3;
  return 0;
}

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

void append_line(std::string& out, std::string_view text, std::size_t limit) {
  const std::size_t begin = out.size();
  out.append(text.size() <= limit ? text : std::string_view(shorten(text, limit)));
  std::size_t kept = begin;
  for (std::size_t i = begin; i < out.size();) {
    const std::size_t control = control_length(std::string_view(out).substr(i));
    out[kept++] = control == 0 ? out[i] : ' ';
    i += control == 0 ? 1 : control;
  }
  out.resize(kept);
}

std::string one_line(std::string_view text, std::size_t limit) {
  std::string line;
  append_line(line, text, limit);
  return line;
}

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
