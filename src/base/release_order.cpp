#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/release.h"

namespace stream_status {
namespace {

struct Version {
  std::array<std::uint64_t, 3> numbers{};  ///< major, minor, patch
  std::string_view pre_release;            ///< "rc.1"; empty: a release
};

/// "12", without leading zeros.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = failure == std::errc{} && end == text.data() + text.size();
  if (!whole || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return number;
}

/// The text up to `end`, taken from the front together with it.
std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

bool is_identifier(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

std::optional<Version> parse_version(std::string_view text) {
  Version version;
  std::string_view rest = text.substr(0, text.find('+'));
  if (const std::size_t dash = rest.find('-'); dash != std::string_view::npos) {
    version.pre_release = rest.substr(dash + 1);
    rest = rest.substr(0, dash);
    std::string_view left = version.pre_release;
    do {
      if (!is_identifier(take_until(left, '.'))) return std::nullopt;
    } while (!left.empty());
    if (version.pre_release.ends_with('.')) return std::nullopt;
  }
  if (std::count(rest.begin(), rest.end(), '.') != 2) return std::nullopt;
  for (std::uint64_t& number : version.numbers) {
    const auto parsed = parse_number(take_until(rest, '.'));
    if (!parsed) return std::nullopt;
    number = *parsed;
  }
  return version;
}

/// Numbers by value and before names, names by their bytes; of two that begin alike, the longer is newer.
bool is_newer_pre_release(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view left = take_until(a, '.');
    const std::string_view right = take_until(b, '.');
    if (left == right) continue;
    const auto left_number = parse_number(left);
    const auto right_number = parse_number(right);
    if (left_number && right_number) return *left_number > *right_number;
    if (left_number || right_number) return !left_number;
    return left > right;
  }
  return !a.empty();
}

}  // namespace

bool is_newer_version(std::string_view a, std::string_view b) {
  const auto left = parse_version(a);
  const auto right = parse_version(b);
  if (!left || !right) return false;
  if (left->numbers != right->numbers) return left->numbers > right->numbers;
  if (left->pre_release.empty() || right->pre_release.empty())
    return left->pre_release.empty() && !right->pre_release.empty();
  return is_newer_pre_release(left->pre_release, right->pre_release);
}

}  // namespace stream_status
