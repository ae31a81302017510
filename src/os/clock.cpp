#include "os/clock.h"

#include <fmt/format.h>
#include <time.h>

namespace stream_status::os {
namespace {

tm local_time(time_t at) {
  tm local{};
  ::localtime_r(&at, &local);
  return local;
}

bool is_same_day(const tm& a, const tm& b) { return a.tm_yday == b.tm_yday && a.tm_year == b.tm_year; }

}  // namespace

WallTime RealClock::wall() const { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

MonotonicTime RealClock::monotonic() const { return std::chrono::steady_clock::now(); }

WallTime RealClock::local_midnight(WallTime now) const {
  ::tzset();  // localtime_r alone never notices that the machine's time zone was changed
  const time_t at = std::chrono::floor<seconds>(now).time_since_epoch().count();
  const tm today = local_time(at);
  const auto is_today = [&](time_t t) { return is_same_day(local_time(t), today); };

  time_t first = at - (today.tm_hour * 3600 + today.tm_min * 60 + today.tm_sec);
  if (!is_today(first) || is_today(first - 1)) {
    // The clock was put forward or back since midnight, perhaps at midnight: search the day's first second.
    time_t before = at - 3 * 86400;
    first = at;
    while (first - before > 1) {
      const time_t middle = before + (first - before) / 2;
      (is_today(middle) ? first : before) = middle;
    }
  }
  return WallTime{seconds{first}};
}

std::string local_date(WallTime now) {
  const tm today = local_time(std::chrono::floor<seconds>(now).time_since_epoch().count());
  return fmt::format("{:04}-{:02}-{:02}", today.tm_year + 1900, today.tm_mon + 1, today.tm_mday);
}

}  // namespace stream_status::os
