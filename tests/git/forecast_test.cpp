#include "git/forecast.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>

#include "git/forecast_sharing.h"
#include "git/git_world.h"

namespace stream_status {
namespace {

using git::PairState;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using testing::GitWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Some lines of work and the forecaster that watches them.
class ForecastWorld : public GitWorld {
 public:
  ForecastWorld() {
    write("story.txt", numbered(1, 30));
    commit("a story");
    std::filesystem::create_directory(path("scratch"));
  }

  static std::string numbered(int first, int last) {
    std::string text;
    for (int line = first; line <= last; ++line) text += "line " + std::to_string(line) + "\n";
    return text;
  }
  /// The story with one line changed.
  static std::string story(int line, const std::string& change) {
    return numbered(1, line - 1) + change + "\n" + numbered(line + 1, 30);
  }

  /// A new branch with a worktree and one commit of that file. → the worktree
  std::string start_line(const std::string& branch, const std::string& file, const std::string& text) {
    std::string worktree = add_worktree(branch);
    commit_file(file, text, worktree);
    return worktree;
  }

  /// Of these branches as they are now; a name that is no branch is a commit.
  Result<git::Forecast> try_forecast(const std::vector<std::string>& branches,
                                     const std::map<std::string, std::vector<std::size_t>>& after = {}) {
    if (!git_) git_ = open();
    EXPECT_TRUE(git_->refresh());
    const auto refs = git::read_refs(*git_);
    worktrees_ = *git::list_worktrees(*git_);
    auto main = git::find_main_branch(*git_, *refs, worktrees_, "auto");
    if (without_main_) main = git::MainBranch{};
    std::vector<git::Line> lines;
    for (const std::string& branch : branches) {
      lines.push_back(
          {branch, refs->branch_tip(branch).value_or(branch), git::find_worktree_of_branch(worktrees_, branch)});
      if (const auto found = after.find(branch); found != after.end()) lines.back().after = found->second;
    }
    return forecaster_.forecast(*git_, *main, lines, now_, progress_);
  }
  /// `after`: by branch, the indices of those that it builds on.
  git::Forecast forecast(const std::vector<std::string>& branches,
                         const std::map<std::string, std::vector<std::size_t>>& after = {}) {
    auto result = try_forecast(branches, after);
    EXPECT_TRUE(result) << result.error().message;
    return result ? std::move(*result) : git::Forecast{};
  }

  void pass(milliseconds time) { now_ += time; }
  void tell(git::Forecaster::Progress progress) { progress_ = std::move(progress); }
  void cancel() { cancelled_ = true; }
  void forget_main() { without_main_ = true; }
  void use(git::Forecaster::Settings settings) {
    settings.temporary_directory = path("scratch");
    forecaster_ = git::Forecaster(settings);
  }

  /// From now on git is a script that notes each command and runs `extra` before the real one.
  void replace_git(const std::string& extra = {}) {
    const std::string script = path("bin/git");
    testing::write_text(script, "#!/bin/sh\necho \"$*\" >> '" + path("commands") + "'\n" + extra + "\nexec \"" +
                                    *os::find_program("git", environment()) + "\" \"$@\"\n");
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    git_ = *git::Git::open({root(), {{"PATH", path("bin") + ":/usr/bin:/bin"}, {"HOME", path("")}}, &cancelled_});
  }
  /// How often git ran a command of that name since the last question.
  int count_commands(const std::string& name) {
    const std::string noted = testing::text_of_file(path("commands"));
    int count = 0;
    for (std::size_t at = noted.find(" " + name, noted_); at != std::string::npos; at = noted.find(" " + name, at + 1))
      ++count;
    return count;
  }
  void forget_commands() { noted_ = testing::text_of_file(path("commands")).size(); }

  /// Removes a loose object, as a damaged disk would.
  void lose_object(const std::string& revision) {
    const std::string id = run({"rev-parse", revision});
    ASSERT_TRUE(std::filesystem::remove(root() + "/.git/objects/" + id.substr(0, 2) + "/" + id.substr(2)));
  }

 private:
  std::unique_ptr<git::Git> git_;
  std::vector<git::Worktree> worktrees_;
  git::Forecaster forecaster_{git::Forecaster::Settings{.temporary_directory = path("scratch")}};
  MonotonicTime now_{std::chrono::hours(1)};
  git::Forecaster::Progress progress_;
  std::atomic<bool> cancelled_ = false;
  bool without_main_ = false;
  std::size_t noted_ = 0;
};

auto conflict(const std::string& file, const std::string& kind) {
  return AllOf(Field("file", &git::Conflict::file, file), Field("kind", &git::Conflict::kind, kind));
}

TEST(Forecast, LinesThatTouchOtherFilesAreNoPair) {
  ForecastWorld world;
  world.start_line("auth", "auth.txt", "auth\n");
  world.start_line("pay", "pay.txt", "pay\n");
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  EXPECT_THAT(forecast.pairs, IsEmpty());
  EXPECT_THAT(forecast.files[0].committed, ElementsAre("auth.txt"));
  EXPECT_THAT(forecast.files[1].committed, ElementsAre("pay.txt"));
  EXPECT_EQ(forecast.files[0].problem, "");
  EXPECT_EQ(forecast.main[0].state, PairState::kClean);
  EXPECT_THAT(forecast.landing_order, ElementsAre(0, 1));
}

TEST(Forecast, TheSameLineChangedTwiceIsAConflictThatNamesTheFile) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  const git::Pair& pair = forecast.pairs[0];
  EXPECT_EQ(pair.a, 0u);
  EXPECT_EQ(pair.b, 1u);
  EXPECT_EQ(pair.state, PairState::kConflict);
  EXPECT_THAT(pair.shared_files, ElementsAre("story.txt"));
  EXPECT_THAT(pair.uncommitted_files, IsEmpty());
  ASSERT_THAT(pair.conflicts, ElementsAre(conflict("story.txt", "contents")));
  EXPECT_EQ(pair.conflicts[0].message, "");
}

TEST(Forecast, ChangesFarApartInOneFileAreAPairThatMerges) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(25, "pay"));
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kClean);
  EXPECT_THAT(forecast.pairs[0].conflicts, IsEmpty());
}

TEST(Forecast, AnyFileNameComesThroughWhole) {
  for (const std::string name : {"with space.txt", "quote\"and'quote", "new\nline", "größe/日本語.txt", "-rf", ":colon",
                                 "tab\there", "0123456789012345678901234567890123456789", "back\\slash"}) {
    SCOPED_TRACE(name);
    ForecastWorld world;
    world.start_line("auth", name, "auth\n");
    const std::string pay = world.start_line("pay", name, "pay\n");
    world.write(name, "pay, later\n", pay);
    const git::Forecast forecast = world.forecast({"auth", "pay"});
    ASSERT_THAT(forecast.pairs, SizeIs(1));
    EXPECT_THAT(forecast.pairs[0].shared_files, ElementsAre(name));
    EXPECT_THAT(forecast.pairs[0].uncommitted_files, ElementsAre(name));
    EXPECT_THAT(forecast.pairs[0].conflicts, ElementsAre(conflict(name, "add/add")));
  }
}

TEST(Forecast, AFileDeletedHereAndChangedThereIsToldWithTheNamesOfTheLines) {
  ForecastWorld world;
  const std::string auth = world.add_worktree("auth");
  std::filesystem::remove(auth + "/story.txt");
  world.commit("no story", auth);
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  ASSERT_THAT(forecast.pairs[0].conflicts, ElementsAre(conflict("story.txt", "modify/delete")));
  EXPECT_THAT(forecast.pairs[0].conflicts[0].message, HasSubstr("story.txt deleted in auth and modified in pay"));
}

TEST(Forecast, ARenameHereAndAChangeThereMeetInTheOldName) {
  ForecastWorld world;
  const std::string auth = world.add_worktree("auth");
  world.run({"mv", "story.txt", "tale.txt"}, auth);
  world.commit("a tale", auth);
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  const std::string docs = world.add_worktree("docs");
  world.run({"mv", "story.txt", "saga.txt"}, docs);
  world.commit("a saga", docs);
  const git::Forecast forecast = world.forecast({"auth", "pay", "docs"});
  ASSERT_THAT(forecast.pairs, SizeIs(3));
  EXPECT_EQ(forecast.pairs[0].a, 0u);
  EXPECT_EQ(forecast.pairs[0].b, 2u);
  EXPECT_THAT(forecast.pairs[0].conflicts, ElementsAre(conflict("story.txt", "rename/rename")));
  EXPECT_THAT(forecast.pairs[0].conflicts[0].message,
              AllOf(HasSubstr("tale.txt in auth"), HasSubstr("saga.txt in docs")));
  EXPECT_EQ(forecast.pairs[1].state, PairState::kClean) << "git follows the rename";
  EXPECT_THAT(forecast.pairs[1].shared_files, ElementsAre("story.txt"));
  EXPECT_EQ(forecast.pairs[2].state, PairState::kClean);
}

TEST(Forecast, ABinaryFileChangedTwiceIsOneConflict) {
  ForecastWorld world;
  const std::string zero(1, '\0');
  world.commit_file("logo.png", zero + "logo");
  world.start_line("auth", "logo.png", zero + "auth");
  world.start_line("pay", "logo.png", zero + "pay");
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  ASSERT_THAT(forecast.pairs[0].conflicts, ElementsAre(conflict("logo.png", "binary")));
  EXPECT_THAT(forecast.pairs[0].conflicts[0].message,
              AllOf(HasSubstr("auth"), HasSubstr("pay"), ::testing::StartsWith("Cannot merge binary files")));
}

TEST(Forecast, AModeChangedHereAndTheContentThereMerge) {
  ForecastWorld world;
  const std::string auth = world.add_worktree("auth");
  std::filesystem::permissions(auth + "/story.txt", std::filesystem::perms::owner_exec,
                               std::filesystem::perm_options::add);
  world.commit("executable", auth);
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  EXPECT_THAT(forecast.files[0].committed, ElementsAre("story.txt"));
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kClean);
}

TEST(Forecast, AFileHereAndALinkOfThatNameThereAreDistinctModes) {
  ForecastWorld world;
  world.start_line("auth", "new", "auth\n");
  const std::string pay = world.add_worktree("pay");
  std::filesystem::create_symlink("story.txt", pay + "/new");
  world.commit("a link", pay);
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kConflict);
  ASSERT_THAT(forecast.pairs[0].conflicts, ElementsAre(conflict("new", "distinct modes")));
}

TEST(Forecast, AFileWhereTheOtherHasADirectoryIsAConflict) {
  ForecastWorld world;
  world.start_line("auth", "area", "a file\n");
  const std::string pay = world.start_line("pay", "area/one.txt", "one\n");
  world.commit_file("area/deep/two.txt", "two\n", pay);
  world.start_line("docs", "area.txt", "no matter\n");
  const git::Forecast forecast = world.forecast({"auth", "pay", "docs"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_THAT(forecast.pairs[0].shared_files, ElementsAre("area"));
  ASSERT_THAT(forecast.pairs[0].conflicts, ElementsAre(conflict("area", "file/directory")));
  EXPECT_THAT(forecast.pairs[0].conflicts[0].message, HasSubstr("area from auth"));
}

TEST(Forecast, ASubmoduleOnTwoCommitsIsAConflict) {
  ForecastWorld world;
  const std::string first = world.tip("main");
  // A gitlink needs no checked out submodule; these commits stand for those of another repository.
  const auto link = [&](const std::string& commit, const std::string& worktree) {
    world.run({"update-index", "--add", "--cacheinfo", "160000," + commit + ",sub"}, worktree);
    world.run({"commit", "-q", "-m", "sub at " + commit}, worktree);
  };
  link(first, world.root());
  link(std::string(40, '1'), world.add_worktree("auth"));
  link(std::string(40, '2'), world.add_worktree("pay"));
  world.run({"config", "diff.ignoreSubmodules", "all"});
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  EXPECT_THAT(forecast.files[0].committed, ElementsAre("sub"));
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kConflict);
  ASSERT_FALSE(forecast.pairs[0].conflicts.empty());
  EXPECT_EQ(forecast.pairs[0].conflicts[0].file, "sub");
  EXPECT_THAT(forecast.pairs[0].conflicts[0].kind, HasSubstr("submodule"));
}

TEST(Forecast, WhatIsNotCommittedOnOneSideIsAPossibleConflict) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  const std::string pay = world.add_worktree("pay");
  world.write("story.txt", world.story(5, "pay"), pay);
  world.write("untracked.txt", "new\n", pay);
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  EXPECT_THAT(forecast.files[1].uncommitted, ElementsAre("story.txt", "untracked.txt"));
  EXPECT_THAT(forecast.files[1].committed, IsEmpty());
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kPossible);
  EXPECT_THAT(forecast.pairs[0].shared_files, ElementsAre("story.txt"));
  EXPECT_THAT(forecast.pairs[0].uncommitted_files, ElementsAre("story.txt"));
  EXPECT_THAT(forecast.pairs[0].detail, HasSubstr("not committed"));
  EXPECT_THAT(forecast.landing_order, SizeIs(2));
}

TEST(Forecast, UncommittedChangesMakeACleanPairPossibleAndLeaveAConflictAConflict) {
  ForecastWorld world;
  const std::string auth = world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(25, "pay"));
  world.start_line("docs", "story.txt", world.story(5, "docs"));
  world.write("story.txt", "all new\n", auth);
  const git::Forecast forecast = world.forecast({"auth", "pay", "docs"});
  ASSERT_THAT(forecast.pairs, SizeIs(3));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kConflict);
  EXPECT_EQ(forecast.pairs[0].b, 2u);
  EXPECT_THAT(forecast.pairs[0].uncommitted_files, ElementsAre("story.txt"));
  EXPECT_EQ(forecast.pairs[1].state, PairState::kPossible);
  EXPECT_THAT(forecast.pairs[1].detail, HasSubstr("what is committed merges"));
  EXPECT_EQ(forecast.pairs[2].state, PairState::kClean) << "pay and docs, both committed";
}

TEST(Forecast, AnUntrackedDirectoryIsInTheWayOfAFile) {
  ForecastWorld world;
  world.start_line("auth", "area", "a file\n");
  const std::string pay = world.add_worktree("pay");
  world.write("area/one.txt", "one\n", pay);
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kPossible);
  EXPECT_THAT(forecast.pairs[0].uncommitted_files, ElementsAre("area"));
}

TEST(Forecast, ALineIsTriedAgainstTheMainBranchToo) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(25, "pay"));
  world.commit_file("story.txt", world.story(5, "main"));
  world.add_worktree("fresh");
  const git::Forecast forecast = world.forecast({"auth", "pay", "fresh"});
  EXPECT_EQ(forecast.main[0].state, PairState::kConflict);
  EXPECT_THAT(forecast.main[0].conflicts, ElementsAre(conflict("story.txt", "contents")));
  EXPECT_EQ(forecast.main[1].state, PairState::kClean);
  EXPECT_EQ(forecast.main[2].state, PairState::kClean);
  EXPECT_THAT(forecast.landing_order, ElementsAre(0, 1)) << "fresh has nothing to land";
}

TEST(Forecast, WhatCameFromTheMainBranchIsNotTheLinesOwn) {
  ForecastWorld world;
  const std::string auth = world.start_line("auth", "auth.txt", "auth\n");
  world.commit_file("main.txt", "one\n");
  world.run({"merge", "-q", "-m", "main into auth", "main"}, auth);
  world.commit_file("more.txt", "more\n", auth);
  world.commit_file("main.txt", "two\n");
  world.run({"merge", "-q", "-m", "main into auth again", "main"}, auth);
  world.start_line("pay", "main.txt", "three\n");
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  EXPECT_THAT(forecast.files[0].committed, ElementsAre("auth.txt", "more.txt"));
  EXPECT_THAT(forecast.pairs, IsEmpty());
}

TEST(Forecast, ALineOnTopOfAnotherSharesItsFilesAndMerges) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  const std::string top = world.add_worktree("top", "auth");
  world.commit_file("story.txt", world.story(5, "top"), top);
  world.add_worktree("same", "auth");
  const git::Forecast forecast = world.forecast({"auth", "top", "same"});
  ASSERT_THAT(forecast.pairs, SizeIs(3));
  for (const git::Pair& pair : forecast.pairs) EXPECT_EQ(pair.state, PairState::kClean);
}

TEST(Forecast, EachLineThatCanNotBeReadSaysSoAndTheOthersAreToldAsEver) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  const std::string orphan = world.add_worktree("orphan");
  world.run({"checkout", "-q", "--orphan", "unrelated"}, orphan);
  world.commit_file("story.txt", "another story\n", orphan);
  const std::string gone = world.start_line("gone", "gone.txt", "gone\n");
  std::filesystem::remove_all(gone);
  world.start_line("broken", "broken.txt", "broken\n");
  world.lose_object("broken^{tree}");
  const std::string missing(40, '3');
  const git::Forecast forecast = world.forecast({"auth", missing, "pay", "unrelated", "gone", "broken"});

  EXPECT_THAT(forecast.files[1].problem, HasSubstr("not in the repository"));
  EXPECT_EQ(forecast.main[1].state, PairState::kUnknown);
  EXPECT_EQ(forecast.main[1].detail, forecast.files[1].problem);
  EXPECT_THAT(forecast.files[3].problem, HasSubstr("no history in common"));
  EXPECT_THAT(forecast.files[4].problem, HasSubstr("is gone"));
  EXPECT_THAT(forecast.files[4].committed, ElementsAre("gone.txt"));
  EXPECT_NE(forecast.files[5].problem, "");
  EXPECT_EQ(forecast.main[5].state, PairState::kUnknown);
  EXPECT_EQ(forecast.files[0].problem, "");
  EXPECT_THAT(forecast.landing_order, ElementsAre(4, 0, 2));
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].b, 2u);
  EXPECT_EQ(forecast.pairs[0].state, PairState::kConflict);
}

TEST(Forecast, AHistoryWithAHoleIsOneLinesProblem) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  const std::string broken = world.start_line("broken", "broken.txt", "one\n");
  world.commit_file("broken.txt", "two\n", broken);
  world.lose_object("broken~1");
  const git::Forecast forecast = world.forecast({"auth", "broken"});
  EXPECT_THAT(forecast.files[0].committed, ElementsAre("story.txt"));
  EXPECT_EQ(forecast.files[0].problem, "");
  EXPECT_THAT(forecast.files[1].problem, HasSubstr("history"));
}

TEST(Forecast, AMergeThatCanNotBeTriedIsUnknownAndTheOtherHundredAreTried) {
  ForecastWorld world;
  std::vector<std::string> lines;
  for (int line = 0; line < 16; ++line) {
    lines.push_back("line-" + std::to_string(line));
    world.run({"checkout", "-q", "-b", lines.back(), "main"});
    world.commit_file("story.txt", world.story(5, lines.back()));
  }
  world.run({"checkout", "-q", "main"});
  world.lose_object("line-7:story.txt");
  const git::Forecast forecast = world.forecast(lines);
  ASSERT_THAT(forecast.pairs, SizeIs(16 * 15 / 2));
  for (const git::Pair& pair : forecast.pairs) {
    const bool is_broken = pair.a == 7 || pair.b == 7;
    EXPECT_EQ(pair.state, is_broken ? PairState::kUnknown : PairState::kConflict) << pair.a << " " << pair.b;
    EXPECT_EQ(pair.detail.empty(), !is_broken);
    EXPECT_EQ(pair.conflicts.empty(), is_broken);
  }
}

TEST(Forecast, BeyondTheEndOfAShallowCloneNothingIsClaimed) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.commit_file("main.txt", "main\n");
  world.run({"clone", "-q", "--depth=1", "--no-single-branch", "file://" + world.root(), world.path("shallow")},
            world.path(""));
  world.run({"branch", "-q", "auth", "origin/auth"}, world.path("shallow"));
  const auto git = git::Git::open({world.path("shallow"), world.environment()});
  ASSERT_TRUE(git) << git.error().message;
  const auto refs = git::read_refs(**git);
  const auto main = git::find_main_branch(**git, *refs, {}, "main");
  ASSERT_TRUE(main) << main.error().message;
  git::Forecaster forecaster({.temporary_directory = world.path("scratch")});
  const auto forecast = forecaster.forecast(**git, *main, {{"auth", *refs->branch_tip("auth")}}, {});
  ASSERT_TRUE(forecast) << forecast.error().message;
  EXPECT_THAT(forecast->files[0].committed, IsEmpty());
  EXPECT_THAT(forecast->files[0].problem, HasSubstr("shallow"));
  EXPECT_EQ(forecast->main[0].state, PairState::kUnknown);
}

TEST(Forecast, WithoutAMainBranchLinesAreComparedWithWhatTheyHaveInCommon) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  const std::string orphan = world.add_worktree("orphan");
  world.run({"checkout", "-q", "--orphan", "unrelated"}, orphan);
  world.commit_file("story.txt", "another story\n", orphan);
  world.forget_main();
  const git::Forecast forecast = world.forecast({"unrelated", "auth", "pay", std::string(40, '3')});
  EXPECT_THAT(forecast.files[0].problem, HasSubstr("no history in common"));
  EXPECT_THAT(forecast.files[1].committed, ElementsAre("story.txt"));
  EXPECT_NE(forecast.files[3].problem, "");
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kConflict);
  EXPECT_EQ(forecast.main[1].state, PairState::kUnknown);
  EXPECT_EQ(forecast.main[1].detail, "no main branch is known");
}

TEST(Forecast, NothingMovedRunsNoGitAndAMovedTipOnlyWhatItNeeds) {
  ForecastWorld world;
  const std::string auth = world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  world.start_line("docs", "story.txt", world.story(5, "docs"));
  world.replace_git();
  const auto first = world.forecast({"auth", "pay", "docs"});
  EXPECT_EQ(world.count_commands("status"), 3);
  world.forget_commands();
  const auto second = world.forecast({"pay", "auth", "docs"});
  for (const char* command : {"status", "merge-tree", "diff-tree", "rev-list", "merge-base"})
    EXPECT_EQ(world.count_commands(command), 0) << command;
  ASSERT_THAT(second.pairs, SizeIs(first.pairs.size()));
  for (const git::Pair& pair : second.pairs) EXPECT_EQ(pair.state, PairState::kConflict);

  world.write("late.txt", "late\n", auth);
  EXPECT_THAT(world.forecast({"auth", "pay", "docs"}).files[0].uncommitted, IsEmpty()) << "statuses are kept a while";
  world.pass(milliseconds{2'000});
  world.forget_commands();
  EXPECT_THAT(world.forecast({"auth", "pay", "docs"}).files[0].uncommitted, ElementsAre("late.txt"));
  EXPECT_EQ(world.count_commands("status"), 3);
  EXPECT_EQ(world.count_commands("merge-tree"), 0);

  world.commit_file("story.txt", world.story(25, "auth"), auth);
  world.forget_commands();
  const auto moved = world.forecast({"auth", "pay", "docs"});
  EXPECT_EQ(world.count_commands("merge-tree"), 2) << "its two pairs, one for each of two processes";
  ASSERT_THAT(moved.pairs, SizeIs(3));
  EXPECT_EQ(moved.pairs[0].state, PairState::kConflict);
  EXPECT_EQ(moved.pairs[0].a, 1u);
  EXPECT_EQ(moved.pairs[1].state, PairState::kClean);
}

TEST(Forecast, WhatIsNoLongerNeededIsForgottenWhenThereIsTooMuch) {
  ForecastWorld world;
  for (const char* line : {"auth", "pay", "docs"}) world.start_line(line, "story.txt", world.story(5, line));
  world.replace_git();
  const auto count_merges = [&](const std::vector<std::string>& lines) {
    world.forget_commands();
    world.forecast(lines);
    return world.count_commands("merge-tree");
  };
  world.use({.most_remembered = 0});
  EXPECT_EQ(count_merges({"auth", "pay"}), 1);
  EXPECT_EQ(count_merges({"auth", "pay"}), 0) << "still needed";
  EXPECT_EQ(count_merges({"auth", "docs"}), 1);
  EXPECT_EQ(count_merges({"auth", "pay"}), 1) << "was forgotten";
  world.use({.most_remembered = 20});
  EXPECT_EQ(count_merges({"auth", "pay"}), 1);
  EXPECT_EQ(count_merges({"auth", "docs"}), 1);
  EXPECT_EQ(count_merges({"auth", "pay"}), 0);
}

TEST(Forecast, WhatWasUnknownIsAskedAgainAfterAWhile) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  const std::string id = world.run({"rev-parse", "pay:story.txt"});
  const std::string text = world.run({"cat-file", "blob", id}) + "\n";
  world.lose_object(id);
  ASSERT_EQ(world.forecast({"auth", "pay"}).pairs.at(0).state, PairState::kUnknown);
  world.try_run({"hash-object", "-w", "--stdin"}, {}, text);
  EXPECT_EQ(world.forecast({"auth", "pay"}).pairs.at(0).state, PairState::kUnknown);
  world.pass(milliseconds{60'000});
  EXPECT_EQ(world.forecast({"auth", "pay"}).pairs.at(0).state, PairState::kConflict);
}

TEST(Forecast, WhatIsTooMuchForOneForecastIsTriedInTheNext) {
  ForecastWorld world;
  for (const char* line : {"auth", "pay", "docs"}) world.start_line(line, "story.txt", world.story(5, line));
  world.use({.most_pairs = 2});
  const auto count_unknown = [&] {
    const git::Forecast forecast = world.forecast({"auth", "pay", "docs"});
    EXPECT_THAT(forecast.pairs, SizeIs(3));
    return std::count_if(forecast.pairs.begin(), forecast.pairs.end(), [](const git::Pair& pair) {
      if (pair.state == PairState::kUnknown) EXPECT_THAT(pair.detail, HasSubstr("not tried yet"));
      return pair.state == PairState::kUnknown;
    });
  };
  EXPECT_EQ(count_unknown(), 1);
  EXPECT_EQ(count_unknown(), 0);
}

std::int64_t count_unknown(const git::Forecast& forecast) {
  const auto is_unknown = [](const auto& outcome) { return outcome.state == PairState::kUnknown; };
  return std::count_if(forecast.pairs.begin(), forecast.pairs.end(), is_unknown) +
         std::count_if(forecast.main.begin(), forecast.main.end(), is_unknown);
}

TEST(Forecast, WithoutTimeNothingIsTriedAndTheNextForecastTriesAll) {
  ForecastWorld world;
  for (const char* line : {"auth", "pay", "docs"}) world.start_line(line, "story.txt", world.story(5, line));
  world.commit_file("story.txt", world.story(5, "main"));
  world.replace_git();
  world.use({.budget = milliseconds{0}});
  const git::Forecast first = world.forecast({"auth", "pay", "docs"});
  EXPECT_EQ(world.count_commands("merge-tree"), 0);
  ASSERT_THAT(first.pairs, SizeIs(3));
  EXPECT_EQ(count_unknown(first), 6);
  EXPECT_EQ(first.pairs[0].detail, "not tried yet: trying merges ends after 0 ms; the next call goes on");
  EXPECT_EQ(first.main[0].detail, first.pairs[0].detail);
  EXPECT_THAT(first.pairs[0].shared_files, ElementsAre("story.txt"));
  EXPECT_THAT(first.landing_order, SizeIs(3));
  EXPECT_EQ(count_unknown(world.forecast({"auth", "pay", "docs"})), 6);
  world.use({});
  const git::Forecast all = world.forecast({"auth", "pay", "docs"});
  for (const git::Pair& pair : all.pairs) EXPECT_EQ(pair.state, PairState::kConflict);
  for (const git::MergeOutcome& landing : all.main) EXPECT_EQ(landing.state, PairState::kConflict);
}

TEST(Forecast, WhatWasTriedWithinTheTimeIsRememberedAndTheNextForecastGoesOn) {
  ForecastWorld world;
  std::vector<std::string> lines;
  for (int line = 0; line < 5; ++line) {
    lines.push_back("line" + std::to_string(line));
    world.start_line(lines.back(), "story.txt", world.story(5, lines.back()));
  }
  world.commit_file("story.txt", world.story(25, "main"));
  // A second for each look at the clock: a round that takes a second is the smallest one, and the budget is two rounds.
  MonotonicTime clock;
  world.use({.budget = milliseconds{2'000}, .clock = [&] { return clock += std::chrono::seconds(1); }});
  std::vector<std::int64_t> unknown;
  for (int call = 0; call < 5; ++call) {
    const git::Forecast forecast = world.forecast(lines);
    ASSERT_THAT(forecast.pairs, SizeIs(10));
    unknown.push_back(count_unknown(forecast));
    if (call == 0)
      for (const git::MergeOutcome& landing : forecast.main)
        EXPECT_EQ(landing.state == PairState::kUnknown, &landing == &forecast.main.back()) << "main is tried first";
  }
  EXPECT_THAT(unknown, ElementsAre(11, 7, 3, 0, 0));
}

TEST(Forecast, PairsThatShareFewestFilesAreTriedFirst) {
  ForecastWorld world;
  const auto start = [&](const std::string& line, int files) {
    const std::string worktree = world.add_worktree(line);
    for (int file = 0; file < files; ++file) world.write("file" + std::to_string(file), line, worktree);
    world.commit("some files", worktree);
  };
  start("many", 3);
  start("more", 3);
  start("one", 1);
  world.use({.most_pairs = 2});
  const git::Forecast forecast = world.forecast({"many", "more", "one"});
  ASSERT_THAT(forecast.pairs, SizeIs(3));
  EXPECT_EQ(forecast.pairs[2].state, PairState::kUnknown);
  EXPECT_THAT(forecast.pairs[2].shared_files, SizeIs(3));
}

TEST(Forecast, TellsHowManyMergesAreDone) {
  ForecastWorld world;
  for (const char* line : {"auth", "pay", "docs"}) world.start_line(line, "story.txt", world.story(5, line));
  std::vector<std::pair<std::int64_t, std::int64_t>> told;
  world.tell([&](std::int64_t done, std::int64_t total) { told.emplace_back(done, total); });
  world.forecast({"auth", "pay", "docs"});
  EXPECT_THAT(told, ElementsAre(std::pair(0, 3), std::pair(2, 3), std::pair(3, 3)));
  told.clear();
  world.forecast({"auth", "pay", "docs"});
  EXPECT_THAT(told, ElementsAre(std::pair(0, 0))) << "nothing is left to try";
}

TEST(Forecast, AStopInTheMiddleOfManyMergesBeginsNoMore) {
  ForecastWorld world;
  for (const char* line : {"auth", "pay", "docs"}) world.start_line(line, "story.txt", world.story(5, line));
  world.replace_git();
  world.tell([&](std::int64_t done, std::int64_t) {
    if (done > 0) world.cancel();
  });
  world.use({.memory_directory = {}});
  const auto forecast = world.try_forecast({"auth", "pay", "docs"});
  ASSERT_FALSE(forecast);
  EXPECT_EQ(forecast.error().code, ErrorCode::kServerUnavailable);
  EXPECT_EQ(world.count_commands("merge-tree"), 2) << "the first round only";
}

TEST(Forecast, AGitThatTakesOneMergeAtATimeGivesTheSameAnswers) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  world.start_line("docs", "story.txt", world.story(25, "docs"));
  world.replace_git("case \"$*\" in *'merge-tree --stdin'*) exit 129;; esac");
  const git::Forecast forecast = world.forecast({"auth", "pay", "docs"});
  EXPECT_EQ(world.count_commands("merge-tree --write-tree"), 3);
  ASSERT_THAT(forecast.pairs, SizeIs(3));
  EXPECT_THAT(forecast.pairs[0].conflicts, ElementsAre(conflict("story.txt", "contents")));
  EXPECT_EQ(forecast.pairs[1].state, PairState::kClean);
  EXPECT_EQ(forecast.pairs[2].state, PairState::kClean);
}

TEST(Forecast, AGitThatDiesInTheMiddleOfManyMergesIsAskedForEach) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  world.replace_git("case \"$*\" in *'merge-tree --stdin'*) kill -9 $$;; esac");
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kConflict);
}

TEST(Forecast, MergesThatUseUpTheTimeWithoutAnAnswerDoNotKeepTheOthersWaiting) {
  ForecastWorld world;
  for (const char* line : {"auth", "pay", "docs"}) world.start_line(line, "story.txt", world.story(5, line));
  world.replace_git("case \"$*\" in *'merge-tree --stdin'*) kill -9 $$;; esac");
  MonotonicTime clock;
  world.use({.budget = milliseconds{1'000}, .clock = [&] { return clock += std::chrono::seconds(1); }});
  const auto count_untried = [&] {
    const git::Forecast forecast = world.forecast({"auth", "pay", "docs"});
    EXPECT_EQ(count_unknown(forecast), 3);
    return std::count_if(forecast.pairs.begin(), forecast.pairs.end(),
                         [](const git::Pair& pair) { return pair.detail.starts_with("not tried yet"); });
  };
  EXPECT_EQ(count_untried(), 1);
  EXPECT_EQ(count_untried(), 0);
}

TEST(Forecast, AFileWithAMergeDriverIsTriedAsText) {
  ForecastWorld world;
  world.write(".gitattributes", "*.txt merge=mine\n");
  world.commit("a driver for text");
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  world.start_line("docs", "story.txt", world.story(25, "docs"));
  world.run({"config", "merge.mine.driver", "true"});  // takes our side in silence
  const git::Forecast forecast = world.forecast({"auth", "pay", "docs"});
  ASSERT_THAT(forecast.pairs, SizeIs(3));
  EXPECT_THAT(forecast.pairs[0].conflicts, ElementsAre(conflict("story.txt", "contents")));
  EXPECT_EQ(forecast.pairs[1].state, PairState::kClean);
  EXPECT_EQ(forecast.pairs[2].state, PairState::kClean);
}

TEST(Forecast, LongListsEndAndSayHowMuchMoreThereIs) {
  ForecastWorld world;
  for (const char* line : {"auth", "pay"}) {
    const std::string worktree = world.add_worktree(line);
    for (int file = 100; file < 250; ++file) world.write("file" + std::to_string(file), line, worktree);
    world.commit("many files", worktree);
  }
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_THAT(forecast.files[0].committed, SizeIs(150));
  EXPECT_THAT(forecast.pairs[0].shared_files, SizeIs(100));
  EXPECT_EQ(forecast.pairs[0].shared_files.back(), "file199");
  EXPECT_EQ(forecast.pairs[0].more_shared_files, 50);
  EXPECT_THAT(forecast.pairs[0].conflicts, SizeIs(100));
  EXPECT_EQ(forecast.pairs[0].more_conflicts, 50);
}

TEST(Forecast, WhatIsLeastInTheWayOfTheOthersLandsFirst) {
  ForecastWorld world;
  const std::string hub = world.start_line("hub", "one.txt", "hub\n");
  world.commit_file("two.txt", "hub\n", hub);
  world.start_line("one", "one.txt", "one\n");
  const std::string two = world.start_line("two", "two.txt", "two\n");
  world.commit_file("extra.txt", "two\n", two);
  world.start_line("free", "free.txt", "free\n");
  world.add_worktree("nothing");
  // free: no conflict. one and two: one conflict each, and one has fewer files. Then hub and two conflict with each
  // other only: two shares as much and has as many files, hub is given first.
  const git::Forecast forecast = world.forecast({"hub", "one", "two", "free", "nothing"});
  EXPECT_THAT(forecast.landing_order, ElementsAre(3, 1, 0, 2));

  // What a line builds on lands before it, however much that is in the way; what has nothing to land holds nobody up.
  const git::Forecast built =
      world.forecast({"hub", "one", "two", "free", "nothing"}, {{"free", {4, 2}}, {"one", {0}}, {"two", {1}}});
  EXPECT_THAT(built.landing_order, ElementsAre(0, 1, 2, 3));
}

TEST(Forecast, AStopIsTheErrorOfAll) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  std::atomic<bool> cancelled = false;
  const auto git = git::Git::open({world.root(), world.environment(), &cancelled});
  ASSERT_TRUE(git);
  const auto refs = git::read_refs(**git);
  const auto main = git::find_main_branch(**git, *refs, {}, "main");
  cancelled = true;
  git::Forecaster forecaster({.temporary_directory = world.path("scratch")});
  const auto forecast = forecaster.forecast(**git, *main, {{"auth", *refs->branch_tip("auth")}}, {});
  ASSERT_FALSE(forecast);
  EXPECT_EQ(forecast.error().code, ErrorCode::kServerUnavailable);
}

TEST(Forecast, WithoutAPlaceForObjectsNothingIsTriedAndFilesAreStillTold) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(5, "pay"));
  std::filesystem::remove(world.path("scratch"));
  world.use({.memory_directory = {}});
  const git::Forecast forecast = world.forecast({"auth", "pay"});
  EXPECT_THAT(forecast.files[0].committed, ElementsAre("story.txt"));
  ASSERT_THAT(forecast.pairs, SizeIs(1));
  EXPECT_EQ(forecast.pairs[0].state, PairState::kUnknown);
  EXPECT_NE(forecast.pairs[0].detail, "");
}

TEST(Forecast, ObjectsOfTriedMergesDoNotStay) {
  ForecastWorld world;
  world.start_line("auth", "story.txt", world.story(5, "auth"));
  world.start_line("pay", "story.txt", world.story(25, "pay"));
  std::filesystem::create_directory(world.path("memory"));
  for (const std::string& memory : {std::string(), world.path("memory")}) {
    world.use({.memory_directory = memory});
    ASSERT_THAT(world.forecast({"auth", "pay"}).pairs, SizeIs(1));
    EXPECT_TRUE(std::filesystem::is_empty(world.path("scratch")));
  }
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.path("memory")))
    files += entry.is_directory() ? 0 : 1;
  EXPECT_EQ(files, 0);
}

TEST(Forecast, StatesHaveTheirWireNames) {
  EXPECT_EQ(git::name_of(PairState::kClean), "clean");
  EXPECT_EQ(git::name_of(PairState::kConflict), "conflict");
  EXPECT_EQ(git::name_of(PairState::kPossible), "possible");
  EXPECT_EQ(git::name_of(PairState::kUnknown), "unknown");
}

/// The rule of sharing, pair by pair and path by path.
std::set<std::string> shared_of(const git::ChangedFiles& a, const git::ChangedFiles& b, bool uncommitted_only) {
  std::set<std::string> shared;
  const auto look = [&](const std::vector<std::string>& mine, const std::vector<std::string>& others, bool counts) {
    for (const std::string& one : mine)
      for (const std::string& other : others) {
        if (!counts) continue;
        if (one == other || other.starts_with(one + "/")) shared.insert(one);
        if (one.starts_with(other + "/")) shared.insert(other);
      }
  };
  look(a.committed, b.committed, !uncommitted_only);
  look(a.committed, b.uncommitted, true);
  look(a.uncommitted, b.committed, true);
  look(a.uncommitted, b.uncommitted, true);
  return shared;
}

TEST(Sharing, FindsWhatComparingEachPathWithEachFinds) {
  std::mt19937 random(3);  // the same cases on every run
  const std::vector<std::string> paths = {"a",   "a/b",   "a/b/c", "a/b/d", "a/c", "a.txt", "b",
                                          "b/a", "b/a/a", "c/x/y", "c/x",   "c-x", "c",     "d"};
  const auto pick = [&] {
    std::vector<std::string> picked;
    for (const std::string& path : paths)
      if (random() % 6 == 0) picked.push_back(path);
    std::sort(picked.begin(), picked.end());
    return picked;
  };
  int pairs = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<git::ChangedFiles> lines(5);
    for (git::ChangedFiles& line : lines) line = {pick(), pick()};
    auto found = git::find_sharing(lines);
    std::size_t next = 0;
    for (std::size_t a = 0; a < lines.size(); ++a)
      for (std::size_t b = a + 1; b < lines.size(); ++b) {
        const auto expected = shared_of(lines[a], lines[b], false);
        if (expected.empty()) continue;
        ASSERT_LT(next, found.size());
        const git::Sharing& sharing = found[next++];
        ++pairs;
        ASSERT_EQ(sharing.a, a);
        ASSERT_EQ(sharing.b, b);
        ASSERT_THAT(sharing.files, ::testing::ElementsAreArray(expected));
        ASSERT_EQ(sharing.count, static_cast<std::int64_t>(expected.size()));
        ASSERT_THAT(sharing.uncommitted, ::testing::ElementsAreArray(shared_of(lines[a], lines[b], true)));
        const git::ChangedFiles committed_a{lines[a].committed, {}};
        const git::ChangedFiles committed_b{lines[b].committed, {}};
        ASSERT_EQ(sharing.both_committed, !shared_of(committed_a, committed_b, false).empty());
      }
    ASSERT_EQ(next, found.size());
  }
  EXPECT_GT(pairs, 1'000);
}

}  // namespace
}  // namespace stream_status
