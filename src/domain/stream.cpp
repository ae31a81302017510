#include "domain/stream.h"

#include <algorithm>

namespace stream_status::domain {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

bool is_id_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

constexpr std::size_t kIdLimit = 64;
constexpr std::size_t kSlugLimit = 48;

}  // namespace

std::string_view name_of(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }
std::string_view name_of(Priority priority) { return kPriorityNames[static_cast<std::size_t>(priority)]; }
std::optional<Status> parse_status(std::string_view name) { return parse<Status>(kStatusNames, name); }
std::optional<Priority> parse_priority(std::string_view name) { return parse<Priority>(kPriorityNames, name); }

bool is_valid_new_id(std::string_view id) {
  return !id.empty() && id.size() <= kIdLimit && is_id_character(id.front()) &&
         std::all_of(id.begin(), id.end(), [](char c) { return c == '-' || is_id_character(c); });
}

std::string slug_of(std::string_view title) {
  std::string slug;
  for (const char raw : title) {
    const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw - 'A' + 'a') : raw;
    if (is_id_character(c))
      slug.push_back(c);
    else if (!slug.empty() && slug.back() != '-')
      slug.push_back('-');
  }
  if (slug.size() > kSlugLimit) {
    const std::size_t word_end = slug.rfind('-', kSlugLimit);
    slug.resize(word_end == std::string::npos || word_end == 0 ? kSlugLimit : word_end);
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "stream" : slug;
}

}  // namespace stream_status::domain
