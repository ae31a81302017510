#include "domain/plan_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace stream_status::domain {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

PlannedStream parsed(std::string_view id, std::string_view text) {
  const auto stream = parse_plan_file(id, text);
  EXPECT_TRUE(stream) << text << ": line " << stream.error().line << ": " << stream.error().reason;
  return stream.value_or(PlannedStream{});
}

/// Front matter around the lines.
std::string matter(const std::string& lines) { return "---\n" + lines + "\n---\n"; }

TEST(PlanFiles, SayEveryFieldOfAStream) {
  const PlannedStream stream = parsed("0104-auth", R"(---
title: Rotate refresh tokens
streamNumber: 0999
category: security
priority: high
status: paused
branch: feature/auth
phases: plan, build, verify
---
# Another title
)");
  const PlannedStream expected{.id = {"0104-auth"},
                               .number = "0999",
                               .title = "Rotate refresh tokens",
                               .category = "security",
                               .category_line = 4,
                               .priority = Priority::kHigh,
                               .status = Status::kPaused,
                               .phases = {"plan", "build", "verify"},
                               .branch = "feature/auth"};
  EXPECT_EQ(stream, expected);
}

TEST(PlanFiles, ThatSayNothingLeaveTheDefaults) {
  const PlannedStream expected{.id = {"auth"}, .title = "auth", .branch = "auth"};
  for (const std::string& text :
       {""s, "\n"s, "---\n---"s, "---\n\n# a comment\n---\n"s, "---\r\n---\r\n"s, "Some text"s,
        "\xef\xbb\xbf---\n---\n"s, matter("title:\nbranch: ~\nstatus: null\nphases:"), matter("unknown: x"),
        matter("phases: []"), matter("phases: , ,")})
    EXPECT_EQ(parsed("auth", text), expected) << text;
  EXPECT_EQ(expected.category, "backend");
  EXPECT_EQ(expected.priority, Priority::kMedium);
  EXPECT_EQ(expected.status, Status::kInitializing);
}

TEST(PlanFiles, AreReadTheSameWithAnyLineEnds) {
  const std::string text = "---\ntitle: Auth\nphases:\n  - plan\n  - build\n---\n";
  const PlannedStream expected = parsed("auth", text);
  EXPECT_EQ(expected.title, "Auth");
  EXPECT_EQ(expected.phases.size(), 2u);
  for (const std::string& end : {"\r\n"s, "\r"s, " \t\n"s}) {
    std::string other;
    for (const char c : text) other += c == '\n' ? end : std::string(1, c);
    EXPECT_EQ(parsed("auth", other), expected);
    EXPECT_EQ(parsed("auth", "\xef\xbb\xbf" + other.substr(0, other.size() - end.size())), expected) << "no last end";
  }
}

TEST(PlanFiles, ValuesMayBeQuotedAndCommented) {
  struct Row {
    std::string written;
    std::string title;
  };
  for (const Row& row : std::vector<Row>{{" Auth", "Auth"},
                                         {"Auth", "Auth"},
                                         {"   Auth:  part 2  ", "Auth:  part 2"},
                                         {" 'It''s done'", "It's done"},
                                         {R"( "say \"hi\" to C:\temp \\")", R"(say "hi" to C:\temp \)"},
                                         {" \"a # b\" # said", "a # b"},
                                         {" 'a'\t#said", "a"},
                                         {" Auth # what it is", "Auth"},
                                         {" Auth\t#", "Auth"},
                                         {" Fix issue #12", "Fix issue #12"},
                                         {" C# and F#", "C# and F#"},
                                         {" don't \"quote\"", "don't \"quote\""},
                                         {" [a] list", "[a] list"},
                                         {" a\tb", "a b"},
                                         {" Größe 日本 🚀", "Größe 日本 🚀"},
                                         {" " + std::string(200, 'x'), std::string(200, 'x')}})
    EXPECT_EQ(parsed("auth", matter("title:" + row.written)).title, row.title) << row.written;
  EXPECT_EQ(parsed("auth", matter("title : Auth")).title, "Auth");
  EXPECT_EQ(parsed("auth", matter("title: ''\n") + "# Heading").title, "Heading");
}

TEST(PlanFiles, PhasesAreTakenInEveryWayTheyAreWritten) {
  const std::vector<std::string> expected = {"plan", "build it", "verify, and ship"};
  for (const std::string& lines :
       {R"(phases: plan, build it, "verify, and ship")"s, R"(phases: [plan, 'build it', "verify, and ship"] # three)"s,
        "phases: [\n  plan, # first\n  build it,\n  'verify, and ship',\n]"s,
        "phases:\n  - plan\n  - \"build it\" # second\n  - verify, and ship"s,
        "phases:\n- plan\n\n# between\n-\tbuild it\n-\n- 'verify, and ship'"s})
    EXPECT_EQ(parsed("auth", matter(lines)).phases, expected) << lines;
  const std::vector<std::string> two = {"plan", "build"};
  EXPECT_EQ(parsed("auth", matter("phases: \"plan, build\"")).phases, two);
  EXPECT_EQ(parsed("auth", matter("phases: plan,, build, # and so on")).phases, two);
  EXPECT_EQ(parsed("auth", matter("phases: it's, don't")).phases, (std::vector<std::string>{"it's", "don't"}));
}

TEST(PlanFiles, UnknownKeysAreIgnoredWhateverTheirValue) {
  const PlannedStream stream = parsed("auth", matter("tags: [\n  a: b,\n]\n"
                                                     "owners:\n  - ada\n  - title: none\n"
                                                     "description: |\n  title: not this\n\n  status: done\n"
                                                     "Title: other case\n"
                                                     "due date: 2026-12-01\n"
                                                     "url: \"http://unclosed\n"
                                                     "stream_number: 77\n"
                                                     "title: Auth"));
  EXPECT_EQ(stream.title, "Auth");
  EXPECT_EQ(stream.number, "77");
  EXPECT_EQ(stream.status, Status::kInitializing);
}

TEST(PlanFiles, StatusAndPriorityAreReadInAnyCase) {
  const PlannedStream stream = parsed("auth", matter("status: Active\npriority: \"CRITICAL\""));
  EXPECT_EQ(stream.status, Status::kActive);
  EXPECT_EQ(stream.priority, Priority::kCritical);
}

TEST(PlanFiles, TheNumberIsInTheIdUnlessTheFileSaysOne) {
  struct Row {
    std::string_view id;
    std::string_view number;
  };
  for (const Row& row : std::vector<Row>{{"stream-0012-auth", "0012"},
                                         {"stream-7", "7"},
                                         {"my-stream-0012", "0012"},
                                         {"0101-auth", "0101"},
                                         {"101-auth", "101"},
                                         {"0101", "0101"},
                                         {"0101-stream-9", "9"},
                                         {"stream-auth-stream-12", "12"},
                                         {"auth", ""},
                                         {"stream-", ""},
                                         {"upstream-12", ""},
                                         {"12-auth", ""},
                                         {"20261122-auth", ""},
                                         {"0101auth", ""},
                                         {"stream-12345678901234567", ""}}) {
    EXPECT_EQ(parsed(row.id, "").number, row.number) << row.id;
    EXPECT_EQ(parsed(row.id, matter("streamNumber: '42'")).number, "42") << row.id;
  }
}

TEST(PlanFiles, TheTitleIsTheFirstHeadingUnlessTheFileSaysOne) {
  struct Row {
    std::string text;
    std::string title;
  };
  for (const Row& row : std::vector<Row>{
           {"# Auth", "Auth"},
           {"\n\n   #   Auth   ##  \n# Second", "Auth"},
           {"# C#", "C#"},
           {"#\tAuth\there", "Auth here"},
           {"Intro\n# Auth", "Auth"},
           {"## Smaller\n### Even\n# Auth", "Auth"},
           {"#hashtag\n# Auth", "Auth"},
           {"#\n# #\n# Auth", "Auth"},
           {"    # code\n\t# code\n# Auth", "Auth"},
           {"```sh\n# not this\n``\n```\n# Auth", "Auth"},
           {"````\n```\n# not this\n````\n# Auth", "Auth"},
           {"~~~ a`b\n# not this\n```\n~~~~  \n# Auth", "Auth"},
           {"``` a`b ```\n# Auth", "Auth"},
           {"```\n# never closed", "id-of-it"},
           {"<!-- # not this -->\n# Auth", "Auth"},
           {"<!--\n# not this\n-->\n# Auth", "Auth"},
           {"Auth\n====", "Auth"},
           {"Text\n\nA longer\ntitle\n=\n# Other", "A longer title"},
           {"Smaller\n---\nAuth\n===", "Auth"},
           {"===\n\nAuth\n=== x\n# Other", "Other"},
           {"> quoted\n===\n# Auth", "Auth"},
           {"- item\n===\n# Auth", "Auth"},
           {"1. item\n===\n# Auth", "Auth"},
           {"***\nAuth\n===", "Auth"},
           {"# " + std::string(200, 'x'), std::string(200, 'x')},
           {"No heading at all", "id-of-it"},
       }) {
    EXPECT_EQ(parsed("id-of-it", row.text).title, row.title) << row.text;
    EXPECT_EQ(parsed("id-of-it", matter("# no heading: a comment\nstatus: active") + row.text).title, row.title);
    EXPECT_EQ(parsed("id-of-it", matter("title: Said") + row.text).title, "Said");
  }
}

TEST(PlanFiles, ABorderThatIsNotAtTheStartBeginsNoFrontMatter) {
  for (const std::string& text : {"\n---\ntitle: No\n---\n# Auth"s, "# Auth\n---\nstatus: done\n---"s,
                                  " ---\ntitle: No\n---\n# Auth"s, "----\ntitle: No\n\n# Auth"s})
    EXPECT_EQ(parsed("auth", text).title, "Auth") << text;
}

TEST(PlanFiles, NameTheLineThatIsWrongAndWhy) {
  struct Row {
    std::string text;
    int line;
    std::string reason;
  };
  const std::vector<Row> rows = {
      {"---\ntitle: Auth\n", 1, "never closed"},
      {"---", 1, "never closed"},
      {"--- \r\ntitle: Auth\r\n--\r\n", 3, "\"--\" is not `key: value`"},
      {matter("title: Auth\njust text"), 3, "\"just text\" is not `key: value`"},
      {matter(": x"), 2, "\": x\" is not"},
      {matter("  indented: x"), 2, "is not `key: value`"},
      {matter("title: Auth\n  and more"), 3, "title: goes on on a second line"},
      {matter("title: >\n  folded: text"), 3, "title: goes on on a second line"},
      {matter("title: A\nstatus: active\ntitle: B"), 4, "title: is there twice, first in line 2"},
      {matter("streamNumber: 1\nstream_number: 2"), 3, "stream_number: is there twice, first in line 2"},
      {matter("- plan"), 2, "without a key"},
      {matter("title:\n  - Auth"), 3, "title: takes one value, not a list"},
      {matter("\nstatus: done"), 3,
       "status: \"done\" is not one of: initializing, active, blocked, paused, completed, archived"},
      {matter("priority: urgent"), 2, "priority: \"urgent\" is not one of: critical, high, medium, low"},
      {matter("status: " + std::string(5000, 'x')), 2, "status: \"" + std::string(60, 'x') + "…\" is not"},
      {matter("title: \"Auth"), 2, "title: the quote \" is never closed"},
      {matter("title: '"), 2, "title: the quote ' is never closed"},
      {matter("title: 'Auth' and more"), 2, "title: text after the closing quote"},
      {matter("title: Au\x1bth"), 2, "title: has a control character (0x1b)"},
      {matter("branch: \"a\x7f\""), 2, "branch: has a control character (0x7f)"},
      {matter("phases: a, b\x01"), 2, "phases: has a control character"},
      {matter("phases:\n  - a\n  - 'b"), 4, "phases: the quote ' is never closed"},
      {matter("phases: [a, b"), 2, "phases: the list is never closed by ]"},
      {matter("phases: [a] b"), 2, "phases: text after the closing ]"},
      {"---\nphases: [a,\nb\n---\n]", 2, "phases: the list is never closed by ]"},
      {matter("title: " + std::string(201, 'x')), 2, "title: 201 characters are too many; at most 200"},
      {"\n# " + std::string(201, 'x'), 2, "title: 201 characters are too many; at most 200"},
      {"# Au\x1bth", 1, "title: has a control character (0x1b)"},
      {matter("streamNumber: 12345678901234567"), 2, "streamNumber: 17 characters are too many; at most 16"},
      {matter("category: " + std::string(65, 'x')), 2, "category: 65 characters are too many; at most 64"},
      {matter("branch: " + std::string(256, 'x')), 2, "branch: 256 characters are too many; at most 255"},
      {matter("phases: " + std::string(201, 'x')), 2, "phases: 201 characters are too many; at most 200"},
      {"ok\nalso\n\xc3(\n", 3, "is not valid UTF-8"},
      {"ok\n\xe2\x82", 2, "is not valid UTF-8"},
      {"\x7f"
       "ELF\n\x02\x01\0\n"s,
       2, "is binary: it has a NUL byte"},
      {"\xff\xfe-\0-\0-\0\n\0"s, 1, "is UTF-16"},
  };
  for (const Row& row : rows) {
    const auto stream = parse_plan_file("auth", row.text);
    ASSERT_FALSE(stream) << row.text;
    EXPECT_EQ(stream.error().line, row.line) << row.text << ": " << stream.error().reason;
    EXPECT_THAT(stream.error().reason, HasSubstr(row.reason));
    EXPECT_LT(stream.error().reason.size(), 300u) << "a reason is no copy of the file";
  }
}

TEST(PlanFiles, PhasesAreNotEndless) {
  const auto phases = [](int count) {
    std::string lines = "phases:";
    for (int i = 0; i < count; ++i) lines += "\n  - phase " + std::to_string(i);
    return matter(lines);
  };
  EXPECT_EQ(parsed("auth", phases(50)).phases.size(), 50u);
  const auto refused = parse_plan_file("auth", phases(51));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().line, 2);
  EXPECT_THAT(refused.error().reason, HasSubstr("51 are too many; at most 50"));
}

TEST(PlanFiles, OfTheLargestSizeAreReadAtOnce) {
  for (const std::string_view unit : {"-\n", "phases: [\n", "# \n", "x\n", "<!--\n", "```\n", "[", ",", "\r", " "}) {
    std::string text = "---\nother: x\n";
    while (text.size() < kPlanFileLimit) text += unit;
    EXPECT_FALSE(parse_plan_file("auth", text)) << "its front matter is never closed";
    text.replace(4, 0, "---\n");
    (void)parse_plan_file("auth", text);
  }
}

}  // namespace
}  // namespace stream_status::domain
