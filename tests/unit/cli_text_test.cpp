#include "cli/text.h"

#include <gtest/gtest.h>

#include "cli/style.h"

namespace stream_status::cli {
namespace {

TEST(CliText, NothingATerminalObeysIsPrinted) {
  struct Row {
    std::string_view text, shown;
  };
  const Row rows[] = {
      {"plain text", "plain text"},
      {"\x1b[31mred\x1b[0m", "\xef\xbf\xbd[31mred\xef\xbf\xbd[0m"},
      {"a\x07"
       "b\x7f",
       "a\xef\xbf\xbd"
       "b\xef\xbf\xbd"},
      {"\xc2\x9b"
       "31m",
       "\xef\xbf\xbd"
       "31m"},  // CSI as one C1 character
      {"two\nlines\tand\rmore", "two lines and more"},
      {"left \xe2\x80\xae right", "left \xef\xbf\xbd right"},  // U+202E turns the line around
      {"broken \xff\xc3", "broken \xef\xbf\xbd\xef\xbf\xbd"},
      {"naïve 日本 🚀", "naïve 日本 🚀"},
  };
  for (const Row& row : rows) EXPECT_EQ(printable(row.text), row.shown);
}

TEST(CliText, ColumnsAreCountedAsATerminalDoes) {
  struct Row {
    std::string_view text;
    std::size_t columns;
  };
  const Row rows[] = {{"", 0},  {"abc", 3},      {"naïve", 5}, {"e\xcc\x81", 1}, {"日本", 4},
                      {"🚀", 2}, {"ｆｕｌｌ", 8}, {"━━─", 3},   {"✓", 1}};
  for (const Row& row : rows) EXPECT_EQ(columns_of(row.text), row.columns) << row.text;
}

TEST(CliText, ALongTextIsCutWithinItsColumns) {
  struct Row {
    std::string_view text;
    std::size_t columns;
    std::string_view cut;
  };
  const Row rows[] = {{"title", 5, "title"},
                      {"title", 4, "tit…"},
                      {"two words", 5, "two…"},
                      {"日本語", 5, "日本…"},
                      {"日本語", 4, "日…"},
                      {"x", 0, ""},
                      {"", 3, ""}};
  for (const Row& row : rows) {
    EXPECT_EQ(fit(row.text, row.columns), row.cut);
    EXPECT_LE(columns_of(fit(row.text, row.columns)), row.columns);
  }
}

TEST(CliText, PaddingCountsColumnsNotBytes) {
  EXPECT_EQ(pad("日本", 6, Align::kLeft), "日本  ");
  EXPECT_EQ(pad("7%", 4, Align::kRight), "  7%");
  EXPECT_EQ(pad("longer", 3, Align::kLeft), "longer");
}

TEST(CliText, ParagraphsAreWrappedAtSpaces) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrap("one two three", 8), (Lines{"one two", "three"}));
  EXPECT_EQ(wrap("first\r\n\nthird\n", 20), (Lines{"first", "", "third"}));
  EXPECT_EQ(wrap("unbreakable", 4), (Lines{"unbr", "eaka", "ble"}));
  EXPECT_EQ(wrap("日本語", 1), (Lines{"日", "本", "語"}));
  EXPECT_EQ(wrap("", 10), Lines{});
}

TEST(CliText, WhatIsCopiedIntoAShellIsQuotedWhenItNeedsToBe) {
  EXPECT_EQ(shell_quoted("rotate-tokens"), "rotate-tokens");
  EXPECT_EQ(shell_quoted("two words"), "'two words'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
}

TEST(CliText, AgesHaveOneUnitAndDurationsTwo) {
  using namespace std::chrono;
  const WallTime now = from_unix_ms(1'790'000'000'000);
  EXPECT_EQ(age(now - 59s, now), "now");
  EXPECT_EQ(age(now + 1h, now), "now");
  EXPECT_EQ(age(now - 5min, now), "5 min");
  EXPECT_EQ(age(now - 47h, now), "47 h");
  EXPECT_EQ(age(now - 48h, now), "2 d");
  EXPECT_EQ(age(now - days{40}, now), "5 wk");
  EXPECT_EQ(ago(now, now), "just now");
  EXPECT_EQ(ago(now - 5min, now), "5 min ago");
  EXPECT_EQ(duration(41s), "41 s");
  EXPECT_EQ(duration(302s), "5 min 2 s");
  EXPECT_EQ(duration(3h + 12min), "3 h 12 min");
  EXPECT_EQ(duration(days{2} + 4h), "2 d 4 h");
}

TEST(CliText, ABarIsNeverEmptyOnceBegunNorFullBeforeTheEnd) {
  const Style plain(Colours::kOff);
  EXPECT_EQ(progress_bar(plain, Tone::kLive, 0, 5), "─────");
  EXPECT_EQ(progress_bar(plain, Tone::kLive, 1, 5), "━────");
  EXPECT_EQ(progress_bar(plain, Tone::kLive, 40, 5), "━━───");
  EXPECT_EQ(progress_bar(plain, Tone::kLive, 99, 5), "━━━━─");
  EXPECT_EQ(progress_bar(plain, Tone::kLive, 100, 5), "━━━━━");
  EXPECT_EQ(progress_bar(plain, Tone::kLive, 400, 5), "━━━━━");
}

}  // namespace
}  // namespace stream_status::cli
