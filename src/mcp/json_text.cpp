#include "mcp/json_text.h"

#include <array>

namespace stream_status::mcp {
namespace {

void drain(std::string& out, json::serializer& serializer) {
  std::array<char, 4096> buffer;
  while (!serializer.done()) out += serializer.read(buffer.data(), buffer.size());
}

/// No character becomes longer than "\u0001".
std::size_t text_bound(std::string_view text) { return 6 * text.size() + 2; }

}  // namespace

void append_json(std::string& out, const json::value& value) {
  json::serializer serializer;
  serializer.reset(&value);
  drain(out, serializer);
}

void append_json(std::string& out, const json::object& object) {
  json::serializer serializer;
  serializer.reset(&object);
  drain(out, serializer);
}

void append_json_string(std::string& out, std::string_view text) {
  json::serializer serializer;
  serializer.reset(json::string_view(text));
  drain(out, serializer);
}

std::size_t json_size_bound(const json::value& value) {
  constexpr std::size_t kNumber = 32;
  if (value.is_string()) return text_bound(text_of(value.get_string()));
  if (value.is_object()) return json_size_bound(value.get_object());
  if (value.is_array()) return json_size_bound(value.get_array());
  return kNumber;
}

std::size_t json_size_bound(const json::array& array) {
  std::size_t size = 2;
  for (const json::value& item : array) size += json_size_bound(item) + 1;
  return size;
}

std::size_t json_size_bound(const json::object& object) {
  std::size_t size = 2;
  for (const auto& [name, value] : object) size += text_bound(name) + json_size_bound(value) + 2;
  return size;
}

}  // namespace stream_status::mcp
