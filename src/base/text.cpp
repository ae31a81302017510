#include "base/text.h"

#include <algorithm>
#include <cstdint>

namespace stream_status {
namespace {

/// Length of the well-formed sequence at the front of `text`, 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < length) return 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return length;
}

/// Length of the control character or line separator (U+0000–001F, U+007F–009F, U+2028, U+2029) at the
/// front of valid UTF-8; 0 if there is none.
std::size_t control_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
  if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) < 0xa0) return 2;
  if (byte(0) == 0xe2 && byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9)) return 3;
  return 0;
}

bool starts_character(char c) { return (static_cast<std::uint8_t>(c) & 0xc0) != 0x80; }

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    repaired += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return repaired;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string shorten(std::string_view text, std::size_t limit) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (starts_character(text[i]) && characters++ == limit) return std::string(text.substr(0, i)) + "…";
  return std::string(text);
}

void append_line(std::string& out, std::string_view text, std::size_t limit) {
  constexpr std::size_t kLongestSequence = 4;
  const std::size_t begin = out.size();
  // No more than can be shown; what is no text is counted as it is shown, a character for each byte.
  const std::string_view head = text.size() <= limit ? text : text.substr(0, kLongestSequence * (limit + 1));
  if (is_utf8(head))
    out.append(head.size() <= limit ? head : std::string_view(shorten(head, limit)));
  else
    out.append(shorten(to_utf8(head), limit));
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

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace stream_status
