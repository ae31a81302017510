#include "os/clock.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

namespace stream_status::os {
namespace {

/// Sets TZ for one test. POSIX rules, so that no time zone database is needed.
class TimeZone {
 public:
  explicit TimeZone(const char* rule) {
    if (const char* before = ::getenv("TZ")) before_ = before;
    ::setenv("TZ", rule, 1);
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  ~TimeZone() {
    if (before_.empty())
      ::unsetenv("TZ");
    else
      ::setenv("TZ", before_.c_str(), 1);
  }

 private:
  std::string before_;
};

TEST(Clock, TheDayStartsAtLocalMidnight) {
  constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
  constexpr const char* kNewYork = "EST5EDT,M3.2.0,M11.1.0";
  constexpr const char* kSaoPaulo = "<-03>3<-02>,M11.1.0/0,M2.3.0/0";  // midnight itself is skipped, or comes twice
  constexpr const char* kHavana = "CST5CDT,M3.2.0/0,M11.1.0/1";
  struct {
    const char* what;
    const char* zone;
    const char* now;
    const char* midnight;
  } const rows[] = {
      {"UTC", "UTC0", "2026-11-22T14:00:00.123Z", "2026-11-22T00:00:00.000Z"},
      {"midnight itself", "UTC0", "2026-11-22T00:00:00.000Z", "2026-11-22T00:00:00.000Z"},
      {"a millisecond before it", "UTC0", "2026-11-21T23:59:59.999Z", "2026-11-21T00:00:00.000Z"},
      {"east of Greenwich", kBerlin, "2026-11-22T23:30:00Z", "2026-11-22T23:00:00.000Z"},
      {"west of Greenwich", kNewYork, "2026-11-22T03:00:00Z", "2026-11-21T05:00:00.000Z"},
      {"half-hour zone", "IST-5:30", "2026-11-22T14:00:00Z", "2026-11-21T18:30:00.000Z"},
      {"far east", "<+14>-14", "2026-11-22T09:59:59Z", "2026-11-21T10:00:00.000Z"},
      {"before the clock goes forward", kBerlin, "2026-03-29T00:30:00Z", "2026-03-28T23:00:00.000Z"},
      {"after it went forward", kBerlin, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00.000Z"},
      {"after it went back", kBerlin, "2026-10-25T12:00:00Z", "2026-10-24T22:00:00.000Z"},
      {"the day after", kBerlin, "2026-10-26T12:00:00Z", "2026-10-25T23:00:00.000Z"},
      {"midnight is skipped", kSaoPaulo, "2026-11-01T12:00:00Z", "2026-11-01T03:00:00.000Z"},
      {"the hour before midnight comes twice", kSaoPaulo, "2026-02-15T12:00:00Z", "2026-02-15T03:00:00.000Z"},
      {"midnight comes twice", kHavana, "2026-11-01T12:00:00Z", "2026-11-01T04:00:00.000Z"},
      {"midnight is skipped in Havana", kHavana, "2026-03-08T12:00:00Z", "2026-03-08T05:00:00.000Z"},
      {"before 1970", kBerlin, "1969-12-31T12:00:00Z", "1969-12-30T23:00:00.000Z"},
  };
  for (const auto& row : rows) {
    const TimeZone zone(row.zone);
    EXPECT_EQ(format_rfc3339(RealClock().local_midnight(*parse_rfc3339(row.now))), row.midnight) << row.what;
  }
}

TEST(Clock, MonotonicTimeDoesNotGoBack) {
  const RealClock clock;
  const MonotonicTime first = clock.monotonic();
  EXPECT_LE(first, clock.monotonic());
  EXPECT_LE(clock.local_midnight(clock.wall()), clock.wall());
}

}  // namespace
}  // namespace stream_status::os
