#include "cli/command_line.h"

#include <gtest/gtest.h>

namespace stream_status::cli {
namespace {

using Words = std::vector<std::string>;

const std::vector<OptionSpec> kSpecs = {
    {.key = "title", .names = {"--title"}, .place = Place::kPositional, .value_name = "TITLE"},
    {.key = "hash", .names = {"--hash"}, .place = Place::kPositional, .value_name = "HASH"},
    {.key = "currentPhase", .names = {"--current-phase", "--currentPhase"}, .value_name = "N"},
    {.key = "phases", .names = {"--phases"}, .form = Form::kList, .value_name = "A,B"},
    {.key = "lines", .names = {"--lines", "-n"}, .value_name = "N"},
    {.key = "follow", .names = {"--follow", "-f"}, .form = Form::kFlag},
    {.key = "agent", .names = {"--agent"}, .value_name = "AGENT"},
    {.key = "dryRun",
     .names = {"--dry-run", "--dryRun"},
     .form = Form::kSwitch,
     .off_names = {"--apply", "--no-dry-run", "--no-dryRun"}},
};

/// "key=value key=value" of what was given, in the order of the specs.
std::string parsed(const Words& words) {
  const auto options = parse_words(words, kSpecs);
  if (!options) return "error: " + options.error().message + " | " + options.error().hint;
  std::string text;
  for (const std::span<const OptionSpec> specs : {std::span<const OptionSpec>(kSpecs), global_options()})
    for (const OptionSpec& spec : specs) {
      if (!options->has(spec.key)) continue;
      text += (text.empty() ? "" : " ") + spec.key + "=";
      if (spec.form == Form::kList)
        for (const std::string& item : options->list(spec.key)) text += "<" + item + ">";
      else
        text += options->text(spec.key).value_or("");
    }
  return text;
}

TEST(CliCommandLine, WordsBecomeOptions) {
  struct Row {
    Words words;
    std::string_view parsed;
  };
  const Row rows[] = {
      {{}, ""},
      {{"Rotate tokens"}, "title=Rotate tokens"},
      {{"a", "b"}, "title=a hash=b"},
      {{"--hash", "b", "a"}, "title=a hash=b"},
      {{"--title", "a", "b"}, "title=a hash=b"},
      {{"--current-phase", "2"}, "currentPhase=2"},
      {{"--currentPhase=2"}, "currentPhase=2"},
      {{"--current-phase", "-1"}, "currentPhase=-1"},
      {{"--current-phase="}, "currentPhase="},
      {{"--title", ""}, "title="},
      {{"--lines=1", "--lines=2"}, "lines=2"},
      {{"--phases", "a, b,,c"}, "phases=<a><b><c>"},
      {{"--phases=a,b", "--phases", "c"}, "phases=<a><b><c>"},
      {{"--phases", ""}, "phases="},
      {{"-n5"}, "lines=5"},
      {{"-n", "5", "-f"}, "lines=5 follow="},
      {{"-fn5"}, "lines=5 follow="},
      {{"--", "-x", "--title"}, "title=-x hash=--title"},
      {{"-"}, "title=-"},
      {{"--json", "a", "--project", "/p"}, "title=a --project=/p --json="},
      {{"--dry-run", "a"}, "title=a dryRun=true"},
      {{"--no-dry-run"}, "dryRun=false"},
      {{"--apply"}, "dryRun=false"},
      {{"--dryRun=false"}, "dryRun=false"},
      {{"--apply", "--dry-run"}, "dryRun=true"},
      {{"--agent", "x"}, "agent=x"},  // the command's own, not the caller's name
  };
  for (const Row& row : rows) EXPECT_EQ(parsed(row.words), row.parsed);
}

TEST(CliCommandLine, WhatDoesNotFitIsNamedWithTheNearestThatDoes) {
  struct Row {
    Words words;
    std::string_view error;
  };
  const Row rows[] = {
      {{"--curent-phase", "2"}, "error: unknown option --curent-phase | did you mean --current-phase?"},
      {{"--jsn"}, "error: unknown option --jsn | did you mean --json?"},
      {{"--zzzzzzzz"}, "error: unknown option --zzzzzzzz | "},
      {{"--lines"}, "error: --lines needs a value | --lines N"},
      {{"-n"}, "error: -n needs a value | -n N"},
      {{"--follow=yes"}, "error: --follow takes no value | "},
      {{"--apply=yes"}, "error: --apply takes no value | "},
      {{"--aply"}, "error: unknown option --aply | did you mean --apply?"},
      {{"a", "b", "c d"}, "error: unexpected argument 'c d' | put a text with spaces in quotes"},
      {{"-5 degrees outside"},
       "error: unknown option -5 degrees outside | a text that begins with a dash goes after --"},
  };
  for (const Row& row : rows) EXPECT_EQ(parsed(row.words), row.error);
}

TEST(CliCommandLine, APositionalListTakesAllThatAreLeft) {
  const std::vector<OptionSpec> specs = {
      {.key = "ids", .names = {"--ids"}, .form = Form::kList, .place = Place::kPositional, .value_name = "ID…"}};
  const auto options = parse_words(Words{"a", "b,c", "--ids", "d", "e"}, specs);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->list("ids"), (Words{"a", "b", "c", "d", "e"}));
}

TEST(CliCommandLine, GlobalOptionsStandBeforeOrAfterTheVerb) {
  const auto line = find_verb(Words{"--project", "list", "--json", "--agent=me", "show", "--json", "x"});
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->verb, "show");
  EXPECT_EQ(line->before.text("--project"), "list");
  EXPECT_EQ(line->before.text("--agent"), "me");
  EXPECT_TRUE(line->before.has("--json"));
  EXPECT_EQ(line->after, (Words{"--json", "x"}));

  EXPECT_EQ(find_verb(Words{})->verb, "");
  EXPECT_EQ(find_verb(Words{"--json"})->verb, "");
  EXPECT_EQ(find_verb(Words{"--status", "active", "list"}).error().message, "unknown option --status");
  EXPECT_EQ(find_verb(Words{"--project"}).error().message, "--project needs a value");
}

TEST(CliCommandLine, OptionsAfterTheVerbWinOverThoseBefore) {
  auto after = *parse_words(Words{"--project", "/after"}, kSpecs);
  after.complete_from(*parse_words(Words{"--project", "/before", "--json"}, {}));
  EXPECT_EQ(after.text("--project"), "/after");
  EXPECT_TRUE(after.has("--json"));
}

TEST(CliCommandLine, OnlyASlipOfTheHandIsCorrected) {
  const Words commands = {"list", "show", "add", "update", "status", "stats", "stop"};
  EXPECT_EQ(find_nearest("lsit", commands), "list");
  EXPECT_EQ(find_nearest("ls", commands), "list");
  EXPECT_EQ(find_nearest("updat", commands), "update");
  EXPECT_EQ(find_nearest("stat", commands), "stats");
  EXPECT_EQ(find_nearest("frobnicate", commands), std::nullopt);
  EXPECT_EQ(find_nearest("zzz", commands), std::nullopt);
}

TEST(CliCommandLine, ArgumentNamesBecomeOptionNames) {
  EXPECT_EQ(kebab_case("currentPhase"), "current-phase");
  EXPECT_EQ(kebab_case("title"), "title");
}

}  // namespace
}  // namespace stream_status::cli
