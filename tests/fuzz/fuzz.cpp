#include "fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace stream_status::fuzz {

void require(bool holds, std::string_view promise, std::string_view shown) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  if (!shown.empty())
    std::fprintf(stderr, "%.*s\n", static_cast<int>(std::min<std::size_t>(shown.size(), 4000)), shown.data());
  std::abort();
}

bool is_printable(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(),
                                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void require_sentence(const Error& error) {
  constexpr std::size_t kLongest = 2000;
  for (const std::string& text : {error.message, error.hint}) {
    require(is_printable(text), "an error is one line of UTF-8 text", text);
    require(text.size() <= kLongest, "an error does not repeat all of what was wrong", text);
  }
  require(!error.message.empty(), "an error says what was wrong");
  require(error.code != ErrorCode::kInternal, "what the outside sends is never an internal error", error.message);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace stream_status::fuzz
