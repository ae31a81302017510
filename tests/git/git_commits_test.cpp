#include "git/commits.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "base/text.h"
#include "git/git_world.h"
#include "git/output.h"

namespace stream_status {
namespace {

using git::CommitInfo;
using git::ObjectId;
using ::testing::ElementsAre;
using testing::GitWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

std::vector<CommitInfo> commits_of(GitWorld& world, const std::string& revision,
                                   const std::vector<ObjectId>& excluded = {}, std::size_t limit = 1'000) {
  const auto git = world.open();
  const auto commits = git::read_commits(*git, world.tip(revision), excluded, limit);
  EXPECT_TRUE(commits) << commits.error().message;
  return commits.value_or(std::vector<CommitInfo>{});
}

std::vector<std::string> messages(const std::vector<CommitInfo>& commits) {
  std::vector<std::string> list;
  for (const CommitInfo& commit : commits) list.push_back(commit.message);
  return list;
}

std::string counts(const CommitInfo& commit) {
  return std::to_string(commit.files_changed) + " +" + std::to_string(commit.insertions) + " -" +
         std::to_string(commit.deletions);
}

/// A history of `count` commits on a new branch, each changing a line of one of 300 files of 60 lines.
void import_history(GitWorld& world, const std::string& branch, int count) {
  std::string stream;
  const auto file = [&](int number, int commit) {
    std::string text;
    for (int line = 0; line < 60; ++line) text += "line " + std::to_string(line == commit % 60 ? commit : line) + "\n";
    stream += "M 100644 inline d" + std::to_string(number % 20) + "/f" + std::to_string(number) + ".txt\ndata " +
              std::to_string(text.size()) + "\n" + text + "\n";
  };
  for (int commit = 0; commit < count; ++commit) {
    const std::string message = "commit " + std::to_string(commit);
    stream += "commit refs/heads/" + branch + "\ncommitter Ada <ada@example.org> " +
              std::to_string(1'600'000'000 + commit * 60) + " +0000\ndata " + std::to_string(message.size()) + "\n" +
              message + "\n";
    if (commit == 0)
      for (int number = 0; number < 300; ++number) file(number, 0);
    else
      file(commit % 300, commit);
  }
  const auto result = world.try_run({"fast-import", "--quiet"}, {}, stream);
  ASSERT_EQ(result.exit_code, 0) << result.error_output;
}

TEST(Commits, AreReadNewestFirstWithMessageAuthorTimeAndCounts) {
  GitWorld world;
  world.write("a\tb\nc", "1\n2\n");
  world.write("-x", "1\n");
  const std::string second = world.commit("Subject\n\nBody, two\nlines\n");
  world.write("base.txt", "changed\n");
  const std::string third = world.commit("third");
  const auto commits = commits_of(world, "main");
  ASSERT_EQ(commits.size(), 3u);
  EXPECT_EQ(commits[0].id, third);
  EXPECT_EQ(commits[1].id, second);
  EXPECT_EQ(commits[1].message, "Subject\n\nBody, two\nlines");
  EXPECT_EQ(commits[1].author, "Ada");
  EXPECT_EQ(format_rfc3339(commits[1].committed_at), "2023-11-14T22:15:20.000Z");
  EXPECT_EQ(counts(commits[0]), "1 +1 -1");
  EXPECT_EQ(counts(commits[1]), "2 +3 -0");
  EXPECT_EQ(counts(commits[2]), "1 +1 -0");
}

TEST(Commits, CountBinaryFilesMergesEmptyCommitsAndRenames) {
  GitWorld world;
  world.write("binary", std::string("\0\1\2", 3));
  world.commit("binary");
  world.run({"checkout", "-q", "-b", "side", "main~1"});
  world.commit_file("side", "1\n");
  world.run({"checkout", "-q", "main"});
  world.run({"merge", "-q", "--no-ff", "-m", "merge", "side"});
  world.commit("empty");
  world.run({"mv", "base.txt", "renamed.txt"});
  world.commit("rename");
  const auto commits = commits_of(world, "main");
  std::vector<std::string> lines;
  for (const CommitInfo& commit : commits) lines.push_back(commit.message + ": " + counts(commit));
  EXPECT_THAT(lines, UnorderedElementsAre("rename: 2 +1 -1", "empty: 0 +0 -0", "merge: 0 +0 -0", "change side: 1 +1 -0",
                                          "binary: 1 +0 -0", "base: 1 +1 -0"));
}

TEST(Commits, OfABranchAreThoseThatTheExcludedDoNotReach) {
  GitWorld world;
  const std::string base = world.tip("main");
  world.run({"checkout", "-q", "-b", "topic"});
  world.commit_file("a", "1");
  const std::string second = world.commit_file("b", "1");
  EXPECT_THAT(messages(commits_of(world, "topic", {base})), ElementsAre("change b", "change a"));
  EXPECT_THAT(messages(commits_of(world, "topic", {base}, 1)), ElementsAre("change b"));
  EXPECT_THAT(commits_of(world, "topic", {base}, 0), IsEmpty());
  EXPECT_THAT(commits_of(world, "topic", {second}), IsEmpty());
  const std::string blob = world.run({"rev-parse", "main:base.txt"});
  EXPECT_THAT(messages(commits_of(world, "topic", {base, std::string(40, '3'), "", "--all", blob})),
              ElementsAre("change b", "change a"));
  const auto git = world.open();
  EXPECT_THAT(*git::list_commits(*git, second, {base}), ElementsAre(second, world.tip("topic~1")));
}

TEST(Commits, OfNoTimeThatCanBeWrittenAreOfTheNearest) {
  for (const auto& [claimed, shown] : {std::pair("9223372036854775807", "9999-12-31T23:59:59.000Z"),
                                       {"-9223372036854775808", "1970-01-01T00:00:00.000Z"},
                                       {"1795356000", "2026-11-22T14:00:00.000Z"}}) {
    std::string output;
    for (const std::string& piece : {std::string(), std::string(40, 'a'), std::string(claimed), std::string("Mara"),
                                     std::string("Message\n"), std::string(), std::string("1\t0\tfile")})
      output += piece + '\0';
    std::vector<CommitInfo> commits;
    parse_commits(output, commits);
    ASSERT_EQ(commits.size(), 1u);
    EXPECT_EQ(format_rfc3339(commits.front().committed_at), shown);
  }
}

TEST(Commits, OfATipThatDoesNotExistAreAnError) {
  GitWorld world;
  const auto git = world.open();
  EXPECT_EQ(git::read_commits(*git, std::string(40, '3'), {}, 10).error().code, ErrorCode::kGitError);
  for (const char* tip : {"", "main", "--all", "-x"})
    EXPECT_EQ(git::list_commits(*git, tip, {}).error().code, ErrorCode::kInvalidArgument) << tip;
}

TEST(Commits, MessagesInOtherEncodingsBecomeUtf8) {
  GitWorld world;
  world.run({"-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-m",
             "gr\xFC\xDF"
             "e"});
  EXPECT_EQ(commits_of(world, "main")[0].message,
            "gr\xC3\xBC\xC3\x9F"
            "e");
  // Latin-1 that says nothing about itself, and characters that are cut off.
  const std::string raw = "tree " + world.run({"rev-parse", "main^{tree}"}) +
                          "\nauthor J\xF6rg <j@example.org> 1700000000 +0000\ncommitter J <j@example.org> 1700000000 "
                          "+0000\n\nbad \xFC byte \xE2\x82\n\nand \xE2\x82\xAC\n";
  std::string id = world.try_run({"hash-object", "-t", "commit", "-w", "--stdin"}, {}, raw).output;
  id.pop_back();
  const auto commit = commits_of(world, id)[0];
  EXPECT_EQ(commit.message, "bad \xEF\xBF\xBD byte \xEF\xBF\xBD\xEF\xBF\xBD\n\nand \xE2\x82\xAC");
  EXPECT_EQ(commit.author, "J\xEF\xBF\xBDrg");
}

TEST(Commits, HugeMessagesAreCutToTenThousandCharacters) {
  GitWorld world;
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "\xE2\x82\xAC";
  world.run({"commit", "-q", "--allow-empty", "-m", text});
  EXPECT_EQ(commits_of(world, "main")[0].message, text);
  world.run({"commit", "-q", "--allow-empty", "-m", text + "x"});
  const std::string cut = commits_of(world, "main")[0].message;
  EXPECT_EQ(count_characters(cut), 10'000u);
  EXPECT_TRUE(cut.ends_with("…"));
}

TEST(Commits, MayHaveNoMessageAndNoAuthor) {
  GitWorld world;
  const std::string raw = "tree " + world.run({"rev-parse", "main^{tree}"}) + "\nparent " + world.tip("main") +
                          "\nauthor  <> 1700000000 +0000\ncommitter  <> 1700000000 +0000\n\n";
  std::string id = world.try_run({"hash-object", "-t", "commit", "-w", "--stdin"}, {}, raw).output;
  id.pop_back();
  const auto commits = commits_of(world, id);
  ASSERT_EQ(commits.size(), 2u);
  EXPECT_EQ(commits[0].message, "");
  EXPECT_EQ(commits[0].author, "");
  EXPECT_EQ(commits[1].message, "base");
}

TEST(Commits, HeedNoSettingThatWouldChangeTheAnswer) {
  GitWorld world;
  world.commit_file("directory/a", "1\n2\n3\n");
  world.run({"mv", "directory/a", "directory/b"});
  world.commit("rename");
  const auto plain = commits_of(world, "main");
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"log.showRoot", "false"},
                                                        {"log.follow", "true"},
                                                        {"log.diffMerges", "separate"},
                                                        {"log.date", "relative"},
                                                        {"log.decorate", "full"},
                                                        {"log.showSignature", "true"},
                                                        {"diff.relative", "true"},
                                                        {"diff.noprefix", "true"},
                                                        {"diff.renames", "copies"},
                                                        {"diff.orderFile", "nowhere"},
                                                        {"diff.algorithm", "histogram"},
                                                        {"diff.ignoreSubmodules", "all"},
                                                        {"color.ui", "always"},
                                                        {"color.diff", "always"},
                                                        {"format.pretty", "oneline"},
                                                        {"core.quotePath", "true"},
                                                        {"core.abbrev", "4"},
                                                        {"i18n.logOutputEncoding", "UTF-16"},
                                                        {"diff.statGraphWidth", "1"},
                                                        {"log.abbrevCommit", "true"},
                                                        {"core.whitespace", "tab-in-indent"}})
    world.run({"config", key, value});
  const auto configured = commits_of(world, "main");
  ASSERT_EQ(configured.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    EXPECT_EQ(configured[i].id, plain[i].id);
    EXPECT_EQ(configured[i].message, plain[i].message);
    EXPECT_EQ(configured[i].committed_at, plain[i].committed_at);
    EXPECT_EQ(counts(configured[i]), counts(plain[i]));
  }
  EXPECT_EQ(counts(plain[0]), "2 +3 -3");
}

TEST(Commits, TenThousandInOneBranchAreReadWholeAndInOrder) {
  GitWorld world;
  import_history(world, "long", 10'000);
  const auto commits = commits_of(world, "long", {world.tip("main")}, 20'000);
  ASSERT_EQ(commits.size(), 10'000u);
  for (int i = 0; i < 10'000; ++i)
    ASSERT_EQ(commits[static_cast<std::size_t>(i)].message, "commit " + std::to_string(9'999 - i));
  EXPECT_EQ(counts(commits.front()), "1 +1 -1");
  EXPECT_EQ(counts(commits.back()), "300 +18000 -0");
  EXPECT_EQ(commits_of(world, "long", {}, 700).size(), 700u);
  const auto git = world.open();
  EXPECT_EQ(git::list_commits(*git, world.tip("long"), {})->size(), 10'000u);
}

TEST(Commits, WhereAShallowCloneEndsNothingIsCounted) {
  GitWorld world;
  world.commit_file("a", "1\n");
  world.commit_file("b", "1\n");
  const std::string shallow = world.path("shallow");
  world.run({"clone", "-q", "--depth", "2", "file://" + world.root(), shallow});
  const auto git = git::Git::open({shallow, world.environment()});
  ASSERT_TRUE(git) << git.error().message;
  EXPECT_TRUE((*git)->is_shallow());
  const auto commits = git::read_commits(**git, world.tip("main"), {}, 10);
  ASSERT_TRUE(commits) << commits.error().message;
  ASSERT_EQ(commits->size(), 2u);
  EXPECT_EQ(counts((*commits)[0]), "1 +1 -0");
  EXPECT_EQ(counts((*commits)[1]), "0 +0 -0");
}

TEST(Commits, OfAPartialCloneAreReadWithoutTheCountsThatItHasNoFilesFor) {
  GitWorld world;
  world.commit_file("base.txt", "changed\n");
  world.commit_file("base.txt", "again\n");
  world.run({"config", "uploadpack.allowFilter", "true"});
  const std::string partial = world.path("partial");
  world.run({"clone", "-q", "--filter=blob:none", "file://" + world.root(), partial});
  const auto git = git::Git::open({partial, world.environment()});
  ASSERT_TRUE(git) << git.error().message;
  const auto commits = git::read_commits(**git, world.tip("main"), {}, 10);
  ASSERT_TRUE(commits) << commits.error().message;
  EXPECT_THAT(messages(*commits), ElementsAre("change base.txt", "change base.txt", "base"));
  EXPECT_EQ((*commits)[0].author, "Ada");
}

TEST(Unreachable, AreCommitsThatNoBranchTagRemoteOrWorktreeContains) {
  GitWorld world;
  const std::string kept = world.tip("main");
  const std::string amended = world.commit_file("a", "1");
  world.run({"commit", "-q", "--amend", "-m", "other"});
  const auto lost_after = [&](const std::vector<std::string>& hashes) {
    const auto git = world.open();
    const auto lost = git::list_unreachable(*git, hashes);
    EXPECT_TRUE(lost) << lost.error().message;
    return lost.value_or(std::vector<std::string>{});
  };
  const std::string abbreviated = amended.substr(0, 8);
  EXPECT_THAT(lost_after({kept, amended, abbreviated, world.tip("main"), kept.substr(0, 10)}),
              ElementsAre(amended, abbreviated));
  EXPECT_THAT(lost_after({}), IsEmpty());
  // What names no commit is not reported: missing, too short, a file, no hash at all.
  EXPECT_THAT(lost_after({std::string(40, '3'), amended.substr(0, 3), world.run({"rev-parse", "main:a"}), "--all", "",
                          "HEAD@{1}", "main\nmain", std::string(100, 'a')}),
              IsEmpty());
  for (const char* ref : {"refs/tags/t", "refs/remotes/origin/x", "refs/heads/x"}) {
    world.run({"update-ref", ref, amended});
    EXPECT_THAT(lost_after({amended}), IsEmpty()) << ref;
    world.run({"update-ref", "-d", ref});
  }
  world.run({"update-ref", "refs/stream-status/retired/x", amended});
  EXPECT_THAT(lost_after({amended}), ElementsAre(amended));
  const std::string worktree = world.add_worktree("side");
  world.run({"checkout", "-q", "--detach", amended}, worktree);
  EXPECT_THAT(lost_after({amended}), IsEmpty());
}

TEST(Unreachable, ABranchCalledLikeAHashDoesNotHideTheCommit) {
  GitWorld world;
  const std::string amended = world.commit_file("a", "1");
  world.run({"commit", "-q", "--amend", "-m", "other"});
  world.run({"branch", amended.substr(0, 7)});
  const auto git = world.open();
  EXPECT_THAT(*git::list_unreachable(*git, {amended.substr(0, 7)}), ElementsAre(amended.substr(0, 7)));
}

TEST(Ancestors, AreFoundAndMissingCommitsAreNone) {
  GitWorld world;
  const std::string base = world.tip("main");
  const std::string left = world.commit_file("a", "1");
  world.run({"checkout", "-q", "-b", "right", base});
  const std::string right = world.commit_file("b", "1");
  world.run({"checkout", "-q", "--orphan", "unrelated"});
  const std::string unrelated = world.commit("unrelated");
  const std::string missing(40, '3');
  const auto git = world.open();
  EXPECT_TRUE(*git::is_ancestor(*git, base, left));
  EXPECT_TRUE(*git::is_ancestor(*git, left, left));
  EXPECT_FALSE(*git::is_ancestor(*git, left, base));
  EXPECT_FALSE(*git::is_ancestor(*git, left, right));
  for (const auto& [a, b] :
       {std::pair{missing, left}, {left, missing}, {std::string("-x"), left}, {left, std::string()}})
    EXPECT_FALSE(*git::is_ancestor(*git, a, b));
  EXPECT_EQ(*git::merge_base(*git, left, right), base);
  EXPECT_EQ(*git::merge_base(*git, left, unrelated), "");
  EXPECT_EQ(git::merge_base(*git, left, missing).error().code, ErrorCode::kGitError);
  EXPECT_EQ(git::merge_base(*git, "--all", left).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace stream_status
