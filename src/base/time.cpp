#include "base/time.h"

#include <fmt/format.h>

#include <charconv>

namespace stream_status {

using namespace std::chrono;

std::string format_rfc3339(WallTime time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int{date.year()}, unsigned{date.month()},
                     unsigned{date.day()}, clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

namespace {

/// Exactly `digits` decimal digits at the front of `text`, removed from it.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_one_of(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return milliseconds{0};
  text.remove_prefix(1);
  int value = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits)
    if (digits < 3) value = value * 10 + (text.front() - '0');
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) value *= 10;
  return milliseconds{value};
}

std::optional<minutes> take_offset(std::string_view& text) {
  if (take_one_of(text, "Zz")) return minutes{0};
  const bool west = !text.empty() && text.front() == '-';
  if (!take_one_of(text, "+-")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take_one_of(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const minutes offset{*hour * 60 + *minute};
  return west ? -offset : offset;
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto y = take_number(text, 4);
  if (!y || *y == 0 || !take_one_of(text, "-")) return std::nullopt;
  const auto mo = take_number(text, 2);
  if (!mo || !take_one_of(text, "-")) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || !take_one_of(text, "Tt ")) return std::nullopt;
  const auto h = take_number(text, 2);
  if (!h || *h > 23 || !take_one_of(text, ":")) return std::nullopt;
  const auto mi = take_number(text, 2);
  if (!mi || *mi > 59 || !take_one_of(text, ":")) return std::nullopt;
  const auto s = take_number(text, 2);
  if (!s || *s > 60) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;

  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  const WallTime time = sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} + *fraction - *offset;
  // An offset may lead out of the years that can be written.
  const year_month_day in_utc{floor<days>(time)};
  if (in_utc.year() < year{1} || in_utc.year() > year{9999}) return std::nullopt;
  return time;
}

}  // namespace stream_status
