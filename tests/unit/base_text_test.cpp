#include "base/text.h"

#include <gtest/gtest.h>

namespace stream_status {
namespace {

TEST(Text, OnlyWellFormedUtf8IsUtf8) {
  using namespace std::string_view_literals;
  struct {
    std::string_view text;
    bool valid;
  } const rows[] = {
      {"", true},
      {"plain", true},
      {"a\0b"sv, true},
      {"ä€😀", true},
      {"\xc2\x80", true},
      {"\xef\xbf\xbf", true},
      {"\xf4\x8f\xbf\xbf", true},
      {"\x80", false},              // continuation alone
      {"\xc3", false},              // cut off
      {"\xc0\xaf", false},          // overlong
      {"\xc1\xbf", false},          //
      {"\xe0\x9f\xbf", false},      //
      {"\xf0\x8f\xbf\xbf", false},  //
      {"\xed\xa0\x80", false},      // surrogate
      {"\xf4\x90\x80\x80", false},  // above U+10FFFF
      {"\xf5\x80\x80\x80", false},  //
      {"\xff", false},
      {"ok\xe2\x82", false},
      {"\xe2\x82z", false},
  };
  for (const auto& row : rows) EXPECT_EQ(is_utf8(row.text), row.valid) << ::testing::PrintToString(row.text);
}

TEST(Text, CharactersAreCodePoints) {
  EXPECT_EQ(count_characters(""), 0u);
  EXPECT_EQ(count_characters("abc"), 3u);
  EXPECT_EQ(count_characters("ä€😀"), 3u);
}

TEST(Text, ALongTextIsCutBetweenCharacters) {
  struct {
    std::string_view text;
    std::size_t limit;
    std::string_view shortened;
  } const rows[] = {
      {"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"ä€😀x", 3, "ä€😀…"}, {"ä€😀", 3, "ä€😀"}, {"abc", 0, "…"},
  };
  for (const auto& row : rows) EXPECT_EQ(shorten(row.text, row.limit), row.shortened);
}

TEST(Text, OnOneLineStandsNothingThatMovesAReaderOrATerminal) {
  struct {
    std::string_view text;
    std::string_view line;
  } const rows[] = {
      {"", ""},
      {"a b", "a b"},
      {"a\nb\r\tc", "a b  c"},
      {"\x1b[2J\x7f", " [2J "},
      {"\xc2\x9b"
       "31m",
       " 31m"},  // C1: CSI
      {"a\xe2\x80\xa8"
       "b",
       "a b"},  // line separator
      {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"0123456789x", "0123456789…"},
      {"012345678\xe2\x82\xac", "012345678\xe2\x82\xac"},
      {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", "����������…"},
      {"012345678\xe2\x82 and more that is not looked at: not even \xff", "012345678�…"},
  };
  for (const auto& row : rows) EXPECT_EQ(one_line(row.text, 10), row.line);
}

TEST(Text, OnlyAsciiIsMadeLowerCase) { EXPECT_EQ(to_lower("AbZ-09Ä"), "abz-09Ä"); }

}  // namespace
}  // namespace stream_status
