#include "domain/retirement_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <vector>

#include "base/text.h"
#include "domain/markdown_text.h"
#include "support/source_tree.h"
#include "support/temporary_directory.h"

namespace stream_status::domain {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_literals;

WallTime at(std::string_view text) { return *parse_rfc3339(text); }

RetirementReport full_report() {
  RetirementReport report;
  Stream& stream = report.stream;
  stream.id = {"0104-auth"};
  stream.number = "0104";
  stream.title = "Rotate refresh tokens";
  stream.category = "backend";
  stream.priority = Priority::kHigh;
  stream.status = Status::kCompleted;
  stream.progress = 100;
  stream.current_phase = 2;
  stream.phases = {"plan", "build", "verify"};
  stream.worktree_path = "/home/mara/.worktrees/0104-auth";
  stream.branch = "0104-auth";
  stream.blockers = {{"0101-keys"}};
  stream.goal = "No token lives longer than a day.";
  stream.last_note = "Clock skew of 60 s is tolerated.\n\n- see `Clock::skew<T>`";
  stream.created_at = at("2026-11-20T08:00:00Z");
  stream.completed_at = at("2026-11-22T12:30:00.500Z");
  stream.revision = 812;
  report.summary = "Tokens rotate.\n\n1. Families are revoked on reuse.\n2. `std::vector<Token>` is gone.";
  report.long_summary = "# What it took\n\n```cpp\nif (a < b && c > d) {}\n```\n";
  report.retired_by = {"claude@0104-auth"};
  report.retired_at = at("2026-11-22T14:00:00Z");
  report.local_date = "2026-11-22";
  report.commits = {{.hash = "93b1577c0ffee93b1577c0ffee93b1577c0ffee0",
                     .message = "Revoke the family on reuse\n\nand why",
                     .author = "Mara",
                     .files_changed = 2,
                     .insertions = 30,
                     .deletions = 4,
                     .timestamp = at("2026-11-22T11:59:59Z")},
                    {.hash = "1a2b3c4",
                     .message = "Add token_family",
                     .author = "Mara",
                     .files_changed = 1,
                     .insertions = 7,
                     .deletions = 0,
                     .timestamp = at("2026-11-21T09:00:00Z")}};
  report.commits_left_out = 3;
  report.history = {{at("2026-11-20T08:00:00Z"), "created", "", "", "mara"},
                    {at("2026-11-20T08:01:00Z"), "status_changed", "initializing", "active", "claude@0104-auth"},
                    {at("2026-11-21T09:30:00Z"), "note", "", "half of it works", ""}};
  report.landing = "squashed";
  report.landing_evidence = "its whole change is on main as 5e6f7a8b9c";
  report.branch_tip = "93b1577c0ffee93b1577c0ffee93b1577c0ffee0";
  report.kept_ref = "refs/stream-status/retired/0104-auth";
  report.worktree = RetirementReport::Worktree::kRemoved;
  report.uncommitted_files = {"notes.txt", "with `ticks` and\nbreaks"};
  report.uncommitted_ref = "refs/stream-status/uncommitted/0104-auth";
  report.plan_files = {{".project/plan/streams/0104-auth.md", "# Auth\n\n```sh\nmake\n```"}};
  return report;
}

/// The lines that a Markdown reader takes as headings of the document itself: not in code blocks, not in quotes.
std::vector<std::string> headings(const std::string& text) {
  std::vector<std::string> found;
  std::string fence;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    const std::string line = text.substr(start, end - start);
    start = end + 1;
    const std::size_t ticks = std::min(line.find_first_not_of('`'), line.size());
    if (!fence.empty()) {
      if (ticks >= fence.size() && ticks == line.size()) fence.clear();
    } else if (ticks >= 3) {
      fence = line.substr(0, ticks);
    } else if (line.starts_with('#')) {
      found.push_back(line);
    }
  }
  EXPECT_TRUE(fence.empty()) << "every code block is closed";
  return found;
}

TEST(RetirementReports, SayEverythingThatIsKnown) {
  const std::string path = (source_tree() / "tests/contract/golden/retirement_report.md").string();
  const std::string text = render_retirement_report(full_report());
  if (std::getenv("UPDATE_GOLDEN") != nullptr) testing::write_text(path, text);
  EXPECT_EQ(text, testing::text_of_file(path));
}

TEST(RetirementReports, OfAnEmptyStreamHaveNoHoles) {
  RetirementReport report;
  report.stream.id = {"auth"};
  report.local_date = "2026-11-22";
  const std::string text = render_retirement_report(report);
  EXPECT_THAT(headings(text),
              ElementsAreArray({"# Stream Retired: auth", "## Summary", "## Stream Details", "## Merge Details",
                                "## Commits", "## History", "## Bringing It Back"}));
  EXPECT_THAT(text, HasSubstr("- **Stream**: N/A - N/A\n- **Branch**: N/A\n"));
  EXPECT_THAT(text, HasSubstr("## Summary\n\nNo summary was given.\n\n"));
  EXPECT_THAT(text, HasSubstr("- **Completed**: N/A\n- **Worktree Path**: N/A\n"));
  EXPECT_THAT(text, HasSubstr("- **State**: not looked at\n- **Branch tip**: N/A\n\n"));
  EXPECT_THAT(text, HasSubstr("## Commits\n\nNone.\n\n## History\n\nNone.\n\n"));
  EXPECT_THAT(text, HasSubstr("\nIn the project: `stream-status unretire auth`\n"));
  EXPECT_THAT(text, Not(HasSubstr("\n\n\n")));
}

TEST(RetirementReports, CountWhatTheyDoNotList) {
  RetirementReport report = full_report();
  report.commits.assign(205, report.commits[1]);
  report.history.assign(130, report.history[1]);
  const std::string text = render_retirement_report(report);
  const auto count = [&](std::string_view part) {
    std::size_t found = 0;
    for (std::size_t i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("Add token_family"), 200u);
  EXPECT_THAT(text, HasSubstr("- … and 8 more\n"));
  EXPECT_EQ(count("initializing → active"), 100u);
  EXPECT_THAT(text, HasSubstr("- … 30 events before these\n"));
}

TEST(RetirementReports, SayHowToBringBackAnyId) {
  struct Row {
    std::string id;
    std::string command;
  };
  for (const Row& row : std::vector<Row>{{"auth", "`stream-status unretire auth`"},
                                         {"Old_One.2", "`stream-status unretire Old_One.2`"},
                                         {"it's $HOME", "`stream-status unretire 'it'\\''s $HOME'`"},
                                         {"-rf", "`stream-status unretire -- '-rf'`"},
                                         {"a`b", "``stream-status unretire 'a`b'``"}}) {
    RetirementReport report;
    report.stream.id = {row.id};
    EXPECT_THAT(render_retirement_report(report), HasSubstr(" " + row.command + "\n"));
  }
}

TEST(RetirementReports, NoTextChangesTheStructureAroundIt) {
  const std::vector<std::string> expected = headings(render_retirement_report(full_report()));
  const std::vector<std::string> pieces = {"\n",   "\r\n", "# x",        "```", "~~~",  "`",    "``",       "<!--",
                                           "-->",  "<b>",  "</details>", "> ",  "---",  "===",  "| ",       "* ",
                                           "1. ",  "[a]",  "(b)",        "\\",  "&lt;", "    ", "\xff",     "\x1b",
                                           "text", " ",    "\t",         "_",   "ü",    "\0"s,  "<script>", "````"};
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    const auto foreign = [&] {
      std::string text;
      for (auto i = random() % 12; i > 0; --i) text += pieces[random() % pieces.size()];
      return text;
    };
    RetirementReport report = full_report();
    Stream& stream = report.stream;
    for (std::string* field : {&stream.title,
                               &stream.number,
                               &stream.category,
                               &stream.branch,
                               &stream.worktree_path,
                               &report.summary,
                               &report.retired_by.text,
                               &report.landing,
                               &report.landing_evidence,
                               &report.kept_ref,
                               &report.branch_tip,
                               &report.commits[0].message,
                               &report.commits[0].author,
                               &report.commits[0].hash,
                               &report.history[1].type,
                               &report.history[1].from,
                               &report.history[1].to,
                               &report.history[1].agent,
                               &report.plan_files[0].path,
                               &report.plan_files[0].text,
                               &report.uncommitted_ref,
                               &report.uncommitted_files[0],
                               &stream.phases[0],
                               &stream.blockers[0].text})
      *field = foreign();
    stream.goal = "x" + foreign();
    stream.last_note = "x" + foreign();
    report.long_summary = "x" + foreign();
    report.uncommitted_files.push_back(foreign());
    const std::string text = render_retirement_report(report);
    ASSERT_TRUE(is_utf8(text));
    ASSERT_EQ(headings(text), expected) << text;
    ASSERT_TRUE(text.ends_with("- **Archived**: 2026-11-22T14:00:00.000Z\n"));
  }
}

TEST(MarkdownText, ProseShowsEveryMarkAsItself) {
  struct Row {
    std::string text;
    std::string escaped;
  };
  for (const Row& row : std::vector<Row>{{"Rotate refresh tokens, 2.0!", "Rotate refresh tokens, 2.0!"},
                                         {"snake_case C# and _this_", "snake_case C# and \\_this\\_"},
                                         {"a\nb\r\nc\td", "a b c d"},
                                         {"`a` *b* [c](d) ![e](f)", "\\`a\\` \\*b\\* \\[c\\](d) \\!\\[e\\](f)"},
                                         {"<b>&amp;|~$\\", "\\<b\\>\\&amp;\\|\\~\\$\\\\"},
                                         {"x #1", "x \\#1"},
                                         {"\xff\x01ü", "\xef\xbf\xbd\xef\xbf\xbdü"},
                                         {"", ""}})
    EXPECT_EQ(escape_markdown(row.text), row.escaped) << row.text;
}

TEST(MarkdownText, CodeSpansShowPathsAsTheyAre) {
  struct Row {
    std::string text;
    std::string span;
  };
  for (const Row& row : std::vector<Row>{{"/a b/<c>*_&", "`/a b/<c>*_&`"},
                                         {"a`b", "``a`b``"},
                                         {"``", "``` `` ```"},
                                         {"`a", "`` `a ``"},
                                         {" a ", "`  a  `"},
                                         {" ", "` `"},
                                         {"a\nb\tc\rd\xff", "`a\\nb\\tc\\x0dd\\xff`"},
                                         {"", ""}})
    EXPECT_EQ(code_span(row.text), row.span) << row.text;
}

TEST(MarkdownText, AFenceIsLongerThanAnyInTheText) {
  EXPECT_EQ(code_block("", ""), "```\n```\n");
  EXPECT_EQ(code_block("a", "sh"), "```sh\na\n```\n");
  EXPECT_EQ(code_block("```\r\na\r\n`````\r\n", "markdown"), "``````markdown\n```\na\n`````\n``````\n");
  EXPECT_EQ(code_block("a\0b"s, ""),
            "```\na\xef\xbf\xbd"
            "b\n```\n");
}

TEST(MarkdownText, AQuoteKeepsMarkdownAndShowsHtml) {
  struct Row {
    std::string text;
    std::string quote;
  };
  for (const Row& row : std::vector<Row>{
           {"a\n\n- b\r\n- c\n\n", "> a\n>\n> - b\n> - c\n"},
           {"\n\n    code", ">     code\n"},
           {"", ">\n"},
           {" \n\t\n", ">\n"},
           {"# Not a heading of ours", "> # Not a heading of ours\n"},
           {"a <b>c</b> < d", "> a \\<b>c\\</b> \\< d\n"},
           {"`vector<int>` and <b>", "> `vector<int>` and \\<b>\n"},
           {"``a`<b>`` <c>", "> ``a`<b>`` \\<c>\n"},
           {"```cpp\nvector<int>\n```\n<b>", "> ```cpp\n> vector<int>\n> ```\n> \\<b>\n"},
           {"~~~\n<b>\n```\n<c>", "> ~~~\n> <b>\n> ```\n> <c>\n"},
           {"```\n<b>\n  ```  \n<c>", "> ```\n> <b>\n>   ```  \n> \\<c>\n"},
           {"``` a`b\n<b>", "> ``` a`b\n> \\<b>\n"},
           // Where code ends can not be told from one line: all of it is text.
           {"`open\nclose` `<b>`", "> `open\n> close` `\\<b>`\n"},
           {"\\`<b>`", "> \\`\\<b>`\n"},
           {"| `a | <b>` |", "> | `a | \\<b>` |\n"},
           {"- ```\n<b>", "> - ```\n> \\<b>\n"},
           {"  ```\n<b>", ">   ```\n> \\<b>\n"},
           {"\\<b> \\\\<c>", "> \\&lt;b> \\\\&lt;c>\n"},
       })
    EXPECT_EQ(quote_block(row.text), row.quote) << row.text;
}

TEST(RetirementReportNames, AreADateAndTheId) {
  struct Row {
    std::string id;
    std::string name;
  };
  for (const Row& row : std::vector<Row>{{"0104-auth", "20261122_0104-auth-RETIRED.md"},
                                         {"Old_One.2", "20261122_Old_One.2-RETIRED.md"},
                                         {"../a b%", "20261122_..%2Fa%20b%25-RETIRED.md"},
                                         {"-", "20261122_--RETIRED.md"},
                                         {"größe\n", "20261122_gr%C3%B6%C3%9Fe%0A-RETIRED.md"}}) {
    EXPECT_EQ(retirement_report_name({row.id}, "2026-11-22"), row.name);
    EXPECT_EQ(retirement_report_name({row.id}, "20261122"), row.name);
  }
}

TEST(RetirementReportNames, OfLongIdsFitAFileSystemAndStayDistinct) {
  const std::string one = retirement_report_name({std::string(200, 'a') + "1"}, "2026-11-22");
  const std::string other = retirement_report_name({std::string(200, 'a') + "2"}, "2026-11-22");
  EXPECT_NE(one, other);
  for (const std::string& id :
       {std::string(200, 'a'), std::string(200, '/'), std::string(66, 'x') + std::string(100, '\n')}) {
    const std::string name = retirement_report_name({id}, "2026-11-22");
    EXPECT_LE(name.size(), 255u);
    EXPECT_TRUE(name.ends_with("-RETIRED.md"));
    EXPECT_EQ(name.find_first_of("/\n"), std::string::npos);
  }
}

}  // namespace
}  // namespace stream_status::domain
