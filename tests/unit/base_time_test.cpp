#include "base/time.h"

#include <gtest/gtest.h>

namespace stream_status {
namespace {

TEST(Time, AnInstantIsShownInUtcWithMilliseconds) {
  EXPECT_EQ(format_rfc3339(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(from_unix_ms(1'795'356'000'007)), "2026-11-22T14:00:00.007Z");
  EXPECT_EQ(format_rfc3339(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Time, AnyRfc3339InstantIsRead) {
  struct {
    std::string_view text;
    std::string_view shown;
  } const rows[] = {
      {"2026-11-22T14:00:00.000Z", "2026-11-22T14:00:00.000Z"},
      {"2026-11-22T14:00:00Z", "2026-11-22T14:00:00.000Z"},
      {"2026-11-22t14:00:00z", "2026-11-22T14:00:00.000Z"},
      {"2026-11-22 14:00:00Z", "2026-11-22T14:00:00.000Z"},
      {"2026-11-22T15:30:00+01:30", "2026-11-22T14:00:00.000Z"},
      {"2026-11-22T09:00:00-05:00", "2026-11-22T14:00:00.000Z"},
      {"2026-11-22T14:00:00.1Z", "2026-11-22T14:00:00.100Z"},
      {"2026-11-22T14:00:00.123456789Z", "2026-11-22T14:00:00.123Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
      {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
  };
  for (const auto& row : rows) {
    const auto time = parse_rfc3339(row.text);
    ASSERT_TRUE(time) << row.text;
    EXPECT_EQ(format_rfc3339(*time), row.shown) << row.text;
  }
}

TEST(Time, AnythingElseIsNoInstant) {
  for (const std::string_view text : {"",
                                      "now",
                                      "2026-11-22",
                                      "2026-11-22T14:00:00",
                                      "2026-11-22T14:00Z",
                                      "2026-11-22T14:00:00.Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "0000-01-01T00:00:00Z",
                                      "2026-11-22T24:00:00Z",
                                      "2026-11-22T14:60:00Z",
                                      "2026-11-22T14:00:61Z",
                                      "2026-11-22T14:00:00+24:00",
                                      "2026-11-22T14:00:00+0100",
                                      "2026-11-22T14:00:00Zx",
                                      " 2026-11-22T14:00:00Z",
                                      "20260-11-22T14:00:00Z",
                                      "-026-11-22T14:00:00Z",
                                      "9999-12-31T23:59:59-23:59",
                                      "0001-01-01T00:00:00+00:01"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Time, AnInstantSurvivesItsTextForm) {
  for (const std::int64_t ms :
       {0LL, 1LL, 951'782'400'000LL, 1'795'356'000'999LL, 253'402'300'799'999LL, -62'135'596'800'000LL})
    EXPECT_EQ(to_unix_ms(*parse_rfc3339(format_rfc3339(from_unix_ms(ms)))), ms);
}

}  // namespace
}  // namespace stream_status
