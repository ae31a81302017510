#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

namespace stream_status {
namespace {

Log log_into(std::string& lines, LogLevel level) {
  return {level, [] { return from_unix_ms(0); }, [&lines](std::string_view line) { lines += line; }};
}

TEST(Log, ALineHasTimeLevelAndText) {
  std::string lines;
  log_into(lines, LogLevel::kInfo).info("server_started port={} reason={}", 3001, "no_server");
  EXPECT_EQ(lines, "1970-01-01T00:00:00.000Z info  server_started port=3001 reason=no_server\n");
}

TEST(Log, LowerLevelsAreLeftOut) {
  struct {
    LogLevel level;
    std::string_view written;
  } const rows[] = {
      {LogLevel::kError, "e"}, {LogLevel::kWarn, "ew"}, {LogLevel::kInfo, "ewi"}, {LogLevel::kDebug, "ewid"}};
  for (const auto& row : rows) {
    std::string lines;
    const Log log = log_into(lines, row.level);
    log.error("e");
    log.warn("w");
    log.info("i");
    log.debug("d");
    std::string written;
    for (std::size_t at = 0; at < lines.size(); ++at)
      if (lines[at] == '\n') written += lines[at - 1];
    EXPECT_EQ(written, row.written);
  }
}

TEST(Log, AQuotedTextCanNotStartALineOfItsOwn) {
  std::string lines;
  log_into(lines, LogLevel::kInfo).info("title={}", "a\nb\x1b[31m\x7f ä");
  EXPECT_EQ(lines, "1970-01-01T00:00:00.000Z info  title=a\\x0ab\\x1b[31m\\x7f ä\n");
}

TEST(Log, ALogWithoutASinkWritesNothing) { Log().error("nobody listens"); }

TEST(Log, LevelsAreReadByName) {
  EXPECT_EQ(parse_log_level("error"), LogLevel::kError);
  EXPECT_EQ(parse_log_level("warn"), LogLevel::kWarn);
  EXPECT_EQ(parse_log_level("info"), LogLevel::kInfo);
  EXPECT_EQ(parse_log_level("debug"), LogLevel::kDebug);
  for (const char* text : {"", "INFO", "trace", "warning"}) EXPECT_FALSE(parse_log_level(text)) << text;
}

}  // namespace
}  // namespace stream_status
