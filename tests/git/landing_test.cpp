#include "git/landing.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "git/git_world.h"

namespace stream_status {
namespace {

using git::Landing;
using git::LandingState;
using testing::GitWorld;
using ::testing::HasSubstr;

class LandingTest : public ::testing::Test {
 protected:
  git::MainBranch main_branch(const std::vector<std::string>& refs = {"refs/heads/main"}) {
    git::MainBranch main{"main", {}, "its name"};
    for (const std::string& ref : refs) main.tips.push_back({ref, world.tip(ref), ""});
    return main;
  }
  Landing judge(const std::string& branch, const std::vector<std::string>& own = {}) {
    return judge_on(main_branch(), branch, own);
  }
  Landing judge_on(const git::MainBranch& main, const std::string& branch, const std::vector<std::string>& own = {}) {
    git::LandingJudge judge;
    const auto git = world.open();
    const auto answers = judge.judge(*git, main, {{branch, world.tip("refs/heads/" + branch), own}});
    if (!answers) {
      ADD_FAILURE() << answers.error().message;
      return {};
    }
    EXPECT_EQ(answers->size(), 1u);
    return answers->front();
  }
  static std::string brief(const std::string& id) { return id.substr(0, 10); }
  std::string merge(const std::string& branch, const std::string& worktree = {}) {
    world.run({"merge", "-q", "--no-ff", "--no-edit", branch}, worktree);
    return world.run({"rev-parse", "HEAD"}, worktree);
  }
  std::string squash(const std::string& branch, const std::string& message = "squashed") {
    world.run({"merge", "-q", "--squash", branch});
    world.run({"commit", "-q", "-m", message});
    return world.tip("HEAD");
  }
  std::string revert(const std::string& commit, bool is_merge = false) {
    std::vector<std::string> arguments{"revert", "--no-edit", commit};
    if (is_merge) arguments.insert(arguments.end(), {"-m", "1"});
    world.run(arguments);
    return world.tip("HEAD");
  }
  std::string cherry_pick(const std::string& commit) {
    world.run({"cherry-pick", "-x", commit});
    return world.tip("HEAD");
  }
  /// A branch with one commit per name, each a file of its own.
  std::vector<std::string> make_branch(const std::string& branch, const std::vector<std::string>& files) {
    trees_[branch] = world.add_worktree(branch);
    std::vector<std::string> commits;
    for (const std::string& file : files)
      commits.push_back(world.commit_file(file, "one\ntwo\n" + file + "\n", trees_[branch]));
    return commits;
  }
  const std::string& tree(const std::string& branch) { return trees_.at(branch); }
  void move_main() { world.commit_file("main" + std::to_string(++moves_) + ".txt", "main\n"); }

  GitWorld world;

 private:
  std::map<std::string, std::string> trees_;
  int moves_ = 0;
};

TEST_F(LandingTest, ABranchWithoutCommitsHasNeverCommitted) {
  make_branch("fresh", {});
  EXPECT_EQ(judge("fresh").state, LandingState::kNeverCommitted);
  move_main();
  const Landing behind = judge("fresh");
  EXPECT_EQ(behind.state, LandingState::kNeverCommitted);
  EXPECT_EQ(behind.evidence, "it has no commit of its own");
  EXPECT_EQ(behind.main, "refs/heads/main");
  EXPECT_FALSE(behind.has_landed());
}

TEST_F(LandingTest, PullingMainIntoABranchIsNoCommitOfItsOwn) {
  make_branch("pulled", {});
  move_main();
  world.run({"merge", "-q", "main"}, tree("pulled"));
  move_main();
  world.run({"rebase", "-q", "main"}, tree("pulled"));
  move_main();
  world.run({"reset", "-q", "--hard", "main"}, tree("pulled"));
  move_main();
  EXPECT_EQ(judge("pulled").state, LandingState::kNeverCommitted);
}

TEST_F(LandingTest, AMergeOfMainAloneIsNoCommitOfItsOwn) {
  make_branch("side", {});
  move_main();
  merge("main", tree("side"));
  const Landing landing = judge("side");
  EXPECT_EQ(landing.state, LandingState::kNeverCommitted) << landing.evidence;
}

TEST_F(LandingTest, ABranchCopiedFromMainHasNoneOfItsCommits) {
  move_main();
  move_main();
  world.run({"branch", "-c", "main", "copy"});
  move_main();
  EXPECT_EQ(judge("copy").state, LandingState::kNeverCommitted);
}

TEST_F(LandingTest, TheMainBranchItselfHasNotLanded) {
  move_main();
  EXPECT_EQ(judge("main").state, LandingState::kNeverCommitted);
}

TEST_F(LandingTest, CommitsThatAreNotOnMainAreAhead) {
  make_branch("ahead", {"a", "b"});
  move_main();
  const Landing landing = judge("ahead");
  EXPECT_EQ(landing.state, LandingState::kAhead);
  EXPECT_EQ(landing.evidence, "its 2 commits are not on main");
  EXPECT_EQ(landing.commits, 2);
  EXPECT_EQ(landing.landed_commits, 0);
}

TEST_F(LandingTest, CommitsThatCancelOutAreEmpty) {
  const auto commits = make_branch("emptied", {"a"});
  world.run({"revert", "--no-edit", commits[0]}, tree("emptied"));
  move_main();
  const Landing landing = judge("emptied");
  EXPECT_EQ(landing.state, LandingState::kEmpty);
  EXPECT_EQ(landing.evidence, "its 2 commits cancel out");
}

TEST_F(LandingTest, AnEmptiedBranchThatMergedMainIsStillEmpty) {
  const auto commits = make_branch("emptied", {"a"});
  move_main();
  merge("main", tree("emptied"));
  world.run({"revert", "--no-edit", commits[0]}, tree("emptied"));
  EXPECT_EQ(judge("emptied").state, LandingState::kEmpty);
}

TEST_F(LandingTest, AMergeIsNamed) {
  make_branch("work", {"a", "b", "c"});
  move_main();
  const std::string merged = merge("work");
  move_main();
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kMerged);
  EXPECT_EQ(landing.evidence, "merged into main by " + brief(merged));
  EXPECT_EQ(landing.landed_by, merged);
  EXPECT_EQ(landing.commits, 3);
  EXPECT_TRUE(landing.has_landed());
}

TEST_F(LandingTest, AMergeByWayOfAnotherBranchIsNamed) {
  make_branch("part", {"a", "b"});
  make_branch("whole", {"w"});
  merge("part", tree("whole"));
  world.commit_file("x", "x\n", tree("whole"));
  move_main();
  const std::string merged = merge("whole");
  move_main();
  const Landing landing = judge("part");
  EXPECT_EQ(landing.state, LandingState::kMerged);
  EXPECT_EQ(landing.landed_by, merged);
  EXPECT_EQ(landing.commits, 2);
}

TEST_F(LandingTest, AnOctopusMergeBringsEach) {
  make_branch("one", {"a"});
  make_branch("two", {"b", "c"});
  move_main();
  world.run({"merge", "-q", "--no-edit", "one", "two"});
  const std::string merged = world.tip("HEAD");
  for (const auto& [branch, commits] : std::map<std::string, int>{{"one", 1}, {"two", 2}}) {
    const Landing landing = judge(branch);
    EXPECT_EQ(landing.state, LandingState::kMerged);
    EXPECT_EQ(landing.landed_by, merged);
    EXPECT_EQ(landing.commits, commits);
  }
}

TEST_F(LandingTest, AFastForwardIsSeenByTheReflog) {
  const auto commits = make_branch("work", {"a", "b"});
  world.run({"merge", "-q", "--ff-only", "work"});
  const Landing fresh = judge("work");
  EXPECT_EQ(fresh.state, LandingState::kMerged);
  EXPECT_EQ(fresh.commits, 2);
  EXPECT_EQ(fresh.landed_by, commits[1]);
  EXPECT_EQ(fresh.evidence, "main was fast-forwarded to its 2 commits, the newest is " + brief(commits[1]));
  move_main();
  world.run({"merge", "-q", "main"}, tree("work"));
  EXPECT_EQ(judge("work").state, LandingState::kMerged) << "and then main was pulled";
}

TEST_F(LandingTest, ARebasedBranchThatMainWasForwardedToIsSeenByTheReflog) {
  make_branch("work", {"a", "b"});
  move_main();
  world.run({"rebase", "-q", "main"}, tree("work"));
  world.run({"merge", "-q", "--ff-only", "work"});
  move_main();
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kMerged);
  EXPECT_EQ(landing.commits, 2);
}

TEST_F(LandingTest, AMergeOfMainOnTheBranchThatMainWasForwardedToIsItsWork) {
  make_branch("work", {"a"});
  move_main();
  merge("main", tree("work"));
  world.run({"merge", "-q", "--ff-only", "work"});
  EXPECT_EQ(judge("work").state, LandingState::kMerged);
}

TEST_F(LandingTest, AMainTurnedAsideByAPullLeavesBranchesWithoutCommitsAsTheyAre) {
  move_main();
  make_branch("fresh", {});
  make_branch("work", {"a", "b"});
  move_main();
  const std::string merged = merge("work");
  make_branch("turning", {});
  world.run({"reset", "-q", "--hard", "main~2"}, tree("turning"));
  world.commit_file("t", "t\n", tree("turning"));
  const std::string turned = merge("main", tree("turning"));
  world.run({"merge", "-q", "--ff-only", "turning"});
  EXPECT_EQ(judge("fresh").state, LandingState::kNeverCommitted);
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kMerged);
  EXPECT_EQ(landing.landed_by, turned);
  EXPECT_EQ(landing.commits, 2);
  world.run({"reset", "-q", "--hard", turned});
  revert(merged, true);
  EXPECT_EQ(judge("work").state, LandingState::kReverted) << "by its own merge, which is aside now";
}

TEST_F(LandingTest, ABranchMadeFromAnotherWhichLandsHasNotLandedWithIt) {
  make_branch("work", {"a"});
  world.run({"branch", "next", "work"});
  move_main();
  merge("work");
  EXPECT_EQ(judge("next").state, LandingState::kNeverCommitted);
  EXPECT_EQ(judge("work").state, LandingState::kMerged);
}

TEST_F(LandingTest, ABranchFetchedFromElsewhereLandsByItsMerge) {
  make_branch("work", {"a"});
  world.run({"remote", "add", "origin", world.root()});
  world.run({"update-ref", "refs/remotes/origin/feature", world.tip("work")});
  world.run({"branch", "feature", "origin/feature"});
  move_main();
  merge("feature");
  EXPECT_EQ(judge("feature").state, LandingState::kMerged);
}

TEST_F(LandingTest, WithoutReflogOnlyRecordedCommitsShowAFastForward) {
  const auto commits = make_branch("work", {"a", "b"});
  world.run({"merge", "-q", "--ff-only", "work"});
  move_main();
  std::filesystem::remove(world.root() + "/.git/logs/refs/heads/work");
  EXPECT_EQ(judge("work").state, LandingState::kNeverCommitted);
  EXPECT_EQ(judge("work", {std::string(40, '1')}).state, LandingState::kNeverCommitted);
  const Landing landing = judge("work", {commits[0], commits[1], std::string(40, '1')});
  EXPECT_EQ(landing.state, LandingState::kMerged);
  EXPECT_EQ(landing.commits, 2);
}

TEST_F(LandingTest, ARecordedCommitInsideAMergedBranchShowsTheMerge) {
  const auto commits = make_branch("work", {"a", "b", "c"});
  move_main();
  const std::string merged = merge("work");
  world.run({"merge", "-q", "main"}, tree("work"));
  std::filesystem::remove(world.root() + "/.git/logs/refs/heads/work");
  move_main();
  const Landing landing = judge("work", {commits[0]});
  EXPECT_EQ(landing.state, LandingState::kMerged);
  EXPECT_EQ(landing.landed_by, merged);
}

TEST_F(LandingTest, ARecordedCommitOfMainLaterThanTheBranchIsNoEvidence) {
  make_branch("work", {});
  move_main();
  EXPECT_EQ(judge("work", {world.tip("main")}).state, LandingState::kNeverCommitted);
}

TEST_F(LandingTest, RebasedCommitsAreFoundByPatch) {
  make_branch("work", {"a", "b"});
  move_main();
  world.run({"checkout", "-q", "-b", "rebased", "work"});
  world.run({"rebase", "-q", "main"});
  world.run({"commit", "-q", "--amend", "-m", "said otherwise"});
  const std::string newest = world.tip("HEAD");
  world.run({"checkout", "-q", "main"});
  world.run({"merge", "-q", "--ff-only", "rebased"});
  move_main();
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kRebased);
  EXPECT_EQ(landing.commits, 2);
  EXPECT_EQ(landing.landed_commits, 2);
  EXPECT_EQ(landing.landed_by, newest);
  EXPECT_EQ(landing.evidence, "each of its 2 commits is on main under another name, the newest as " + brief(newest));
}

TEST_F(LandingTest, CherryPickedCommitsAreCounted) {
  const auto commits = make_branch("work", {"a", "b", "c"});
  move_main();
  cherry_pick(commits[1]);
  const Landing some = judge("work");
  EXPECT_EQ(some.state, LandingState::kAhead);
  EXPECT_EQ(some.commits, 3);
  EXPECT_EQ(some.landed_commits, 1);
  EXPECT_THAT(some.evidence, HasSubstr("2 of its 3 commits are not on main; 1 is on it, the newest as "));
  cherry_pick(commits[0]);
  const std::string newest = cherry_pick(commits[2]);
  const Landing all = judge("work");
  EXPECT_EQ(all.state, LandingState::kRebased);
  EXPECT_EQ(all.landed_by, newest);
}

TEST_F(LandingTest, ABinaryFileOfOtherContentIsNotTheSamePatch) {
  make_branch("work", {});
  world.write("image", std::string("\0\1\2", 3), tree("work"));
  world.commit("image", tree("work"));
  world.write("image", std::string("\0\3\4", 3));
  world.commit("image");
  EXPECT_EQ(judge("work").state, LandingState::kAhead);
}

TEST_F(LandingTest, AnEqualPatchFromBeforeTheBranchIsNotItsLanding) {
  const std::string before = world.commit_file("a", "a\n");
  revert(before);
  make_branch("work", {});
  world.commit_file("a", "a\n", tree("work"));
  move_main();
  EXPECT_EQ(judge("work").state, LandingState::kAhead);
}

TEST_F(LandingTest, ASquashIsFoundByItsPatch) {
  make_branch("work", {"a", "b", "c"});
  move_main();
  const std::string squashed = squash("work");
  move_main();
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kSquashed);
  EXPECT_EQ(landing.landed_by, squashed);
  EXPECT_EQ(landing.commits, 3);
  EXPECT_EQ(landing.evidence, "its whole change is on main as " + brief(squashed));
}

TEST_F(LandingTest, ASquashOfABranchThatHadMergedMainIsFound) {
  make_branch("work", {"a", "b"});
  move_main();
  merge("main", tree("work"));
  world.commit_file("c", "c\n", tree("work"));
  move_main();
  squash("work");
  move_main();
  EXPECT_EQ(judge("work").state, LandingState::kSquashed);
}

TEST_F(LandingTest, ASquashIsFoundWhenMainChangedTheSameLinesLater) {
  make_branch("work", {});
  world.commit_file("base.txt", "base\nmore\n", tree("work"));
  world.commit_file("a", "a\n", tree("work"));
  const std::string squashed = squash("work");
  world.commit_file("base.txt", "base\nquite other\n");
  world.commit_file("a", "b\n");
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kSquashed);
  EXPECT_EQ(landing.landed_by, squashed);
}

TEST_F(LandingTest, ASquashIntoOtherSurroundingsIsFoundByContentAlsoWhenMainMovedOn) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + "\n";
  world.commit_file("long", text);
  make_branch("work", {});
  auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return changed;
  };
  world.commit_file("long", with("\n10\n", "\n10\nbranch\n"), tree("work"));
  world.commit_file("long", with("\n10\n", "\n10\nbranch\nmore\n"), tree("work"));
  text = with("\n8\n", "\neight\n");  // in the lines that a patch quotes
  world.commit_file("long", text);
  const std::string squashed = squash("work");
  const Landing at_once = judge("work");
  EXPECT_EQ(at_once.state, LandingState::kSquashed);
  EXPECT_EQ(at_once.evidence, "main has its content already");
  world.commit_file("long", text);  // and the lines go again, not by a revert
  const Landing later = judge("work");
  EXPECT_EQ(later.state, LandingState::kSquashed);
  EXPECT_EQ(later.landed_by, squashed);
  EXPECT_EQ(later.evidence, "main had its whole content as of " + brief(squashed));
}

TEST_F(LandingTest, ABranchContinuedAfterItsMergeIsAheadByTheNewCommits) {
  make_branch("work", {"a", "b"});
  move_main();
  merge("work");
  world.commit_file("c", "c\n", tree("work"));
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kAhead);
  EXPECT_EQ(landing.commits, 1);
}

TEST_F(LandingTest, ConflictsResolvedInAMergeOnTheBranchAreNotOnMainWithItsCommits) {
  make_branch("work", {});
  const std::string picked = world.commit_file("base.txt", "branch\n", tree("work"));
  world.commit_file("base.txt", "main\n");
  EXPECT_NE(world.try_run({"merge", "main"}, tree("work")).exit_code, 0);
  world.commit_file("base.txt", "branch and main, resolved\n", tree("work"));
  EXPECT_NE(world.try_run({"cherry-pick", picked}).exit_code, 0);
  world.commit_file("base.txt", "branch\n");
  EXPECT_EQ(judge("work").state, LandingState::kAhead);
}

TEST_F(LandingTest, ARevertedMergeSaysSo) {
  make_branch("work", {"a", "b"});
  move_main();
  const std::string merged = merge("work");
  const std::string reverted = revert(merged, true);
  move_main();
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kReverted);
  EXPECT_FALSE(landing.has_landed());
  EXPECT_EQ(landing.evidence, "merged into main by " + brief(merged) + ", reverted by " + brief(reverted));
}

TEST_F(LandingTest, AMergeWhoseRevertWasRevertedIsMerged) {
  make_branch("work", {"a", "b"});
  const std::string merged = merge("work");
  const std::string again = revert(revert(merged, true));
  EXPECT_EQ(judge("work").state, LandingState::kMerged);
  revert(again);
  EXPECT_EQ(judge("work").state, LandingState::kReverted) << "the revert is in force again";
}

TEST_F(LandingTest, ARevertedMergeThatIsCherryPickedOrWrittenAgainHasLanded) {
  const auto commits = make_branch("work", {"a", "b"});
  revert(merge("work"), true);
  cherry_pick(commits[0]);
  const Landing half = judge("work");
  EXPECT_EQ(half.state, LandingState::kMerged);
  EXPECT_THAT(half.evidence, HasSubstr("1 of its 2 commits are on main again"));
  world.commit_file("b", "one\ntwo\nb\n");
  const Landing all = judge("work");
  EXPECT_EQ(all.state, LandingState::kMerged);
}

TEST_F(LandingTest, ARevertedMergeWhoseBranchPulledTheRevertIsStillReverted) {
  make_branch("work", {"a"});
  move_main();
  revert(merge("work"), true);
  world.run({"merge", "-q", "--ff-only", "main"}, tree("work"));
  move_main();
  EXPECT_EQ(judge("work").state, LandingState::kReverted);
  merge("main", tree("work"));
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kReverted) << landing.evidence;
}

TEST_F(LandingTest, RevertsOfSomeCommitsLeaveTheRestLanded) {
  const auto commits = make_branch("work", {"a", "b"});
  move_main();
  merge("work");
  const std::string first = revert(commits[0]);
  const Landing some = judge("work");
  EXPECT_EQ(some.state, LandingState::kMerged);
  EXPECT_THAT(some.evidence, HasSubstr("; 1 of its 2 commits were reverted since, by " + brief(first)));
  revert(commits[1]);
  EXPECT_EQ(judge("work").state, LandingState::kReverted);
}

TEST_F(LandingTest, AFastForwardThatWasRevertedSaysSo) {
  const auto commits = make_branch("work", {"a", "b"});
  world.run({"merge", "-q", "--ff-only", "work"});
  const std::string first = revert(commits[1]);
  const Landing some = judge("work");
  EXPECT_EQ(some.state, LandingState::kMerged);
  EXPECT_THAT(some.evidence, HasSubstr("1 of them reverted since, by " + brief(first)));
  revert(commits[0]);
  EXPECT_EQ(judge("work").state, LandingState::kReverted);
}

TEST_F(LandingTest, ARevertedSquashSaysSoUntilItIsBack) {
  make_branch("work", {"a", "b"});
  const std::string squashed = squash("work");
  const std::string reverted = revert(squashed);
  const Landing landing = judge("work");
  EXPECT_EQ(landing.state, LandingState::kReverted);
  EXPECT_EQ(landing.evidence, "it was on main as " + brief(squashed) + ", reverted by " + brief(reverted));
  const std::string again = squash("work", "once more");
  const Landing back = judge("work");
  EXPECT_EQ(back.state, LandingState::kSquashed);
  EXPECT_EQ(back.landed_by, again);
}

TEST_F(LandingTest, RebasedCommitsThatWereRevertedSaySo) {
  const auto commits = make_branch("work", {"a", "b"});
  move_main();
  const std::string first = cherry_pick(commits[0]);
  const std::string second = cherry_pick(commits[1]);
  const std::string reverted = revert(first);
  const Landing some = judge("work");
  EXPECT_EQ(some.state, LandingState::kRebased);
  EXPECT_EQ(some.landed_commits, 1);
  EXPECT_THAT(some.evidence, HasSubstr("; 1 of them reverted since, by " + brief(reverted)));
  revert(second);
  EXPECT_EQ(judge("work").state, LandingState::kReverted);
}

TEST_F(LandingTest, AMergedBranchWhoseCommitsCancelledOutIsMerged) {
  const auto commits = make_branch("work", {"a"});
  world.run({"revert", "--no-edit", commits[0]}, tree("work"));
  move_main();
  merge("work");
  EXPECT_EQ(judge("work").state, LandingState::kMerged);
}

TEST_F(LandingTest, ARevertThatASquashQuotesIsNoRevert) {
  make_branch("work", {"a", "b"});
  const std::string squashed = squash("work");
  world.commit("squashed\n\n    This reverts commit " + squashed + ".\n");
  EXPECT_EQ(judge("work").state, LandingState::kSquashed);
}

TEST_F(LandingTest, LandedOnARemoteTwinOfMainHasLanded) {
  make_branch("work", {"a", "b"});
  move_main();
  world.run({"checkout", "-q", "-b", "elsewhere"});
  const std::string merged = merge("work");
  world.run({"update-ref", "refs/remotes/origin/main", merged});
  world.run({"checkout", "-q", "main"});
  move_main();
  EXPECT_EQ(judge("work").state, LandingState::kAhead);
  const Landing landing = judge_on(main_branch({"refs/heads/main", "refs/remotes/origin/main"}), "work");
  EXPECT_EQ(landing.state, LandingState::kMerged);
  EXPECT_EQ(landing.main, "refs/remotes/origin/main");
  EXPECT_EQ(landing.evidence, "merged into origin/main by " + brief(merged));
}

TEST_F(LandingTest, UnrelatedAndShallowHistoriesAndMissingTipsAreUnknown) {
  world.run({"checkout", "-q", "--orphan", "unrelated"});
  world.commit_file("u", "u\n");
  world.run({"checkout", "-q", "main"});
  const Landing unrelated = judge("unrelated");
  EXPECT_EQ(unrelated.state, LandingState::kUnknown);
  EXPECT_EQ(unrelated.evidence, "no common history with main");

  make_branch("work", {"a", "b"});
  move_main();
  move_main();
  const std::string clone = world.path("clone");
  world.run({"clone", "-q", "--depth", "2", "--no-single-branch", "file://" + world.root(), clone});
  const auto git = git::Git::open({clone, world.environment()});
  ASSERT_TRUE(git) << git.error().message;
  git::LandingJudge judge;
  const auto answers = judge.judge(**git, main_branch(), {{"work", world.tip("work")}, {"gone", std::string(40, '1')}});
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ((*answers)[0].state, LandingState::kUnknown);
  EXPECT_THAT((*answers)[0].evidence, HasSubstr("history ends here (shallow clone)"));
  EXPECT_EQ((*answers)[1].state, LandingState::kUnknown);
  EXPECT_EQ((*answers)[1].evidence, "its tip is not in the repository");
}

TEST_F(LandingTest, WithoutAMainBranchNothingIsKnown) {
  make_branch("work", {"a"});
  const Landing landing = judge_on({}, "work");
  EXPECT_EQ(landing.state, LandingState::kUnknown);
  EXPECT_THAT(landing.evidence, HasSubstr("no main branch"));
}

TEST_F(LandingTest, OneBrokenBranchLeavesTheOthersJudged) {
  make_branch("good", {"a"});
  const auto commits = make_branch("broken", {"b", "c"});
  move_main();
  std::filesystem::remove(world.root() + "/.git/objects/" + commits[0].substr(0, 2) + "/" + commits[0].substr(2));
  const auto git = world.open();
  git::LandingJudge judge;
  const auto answers = judge.judge(*git, main_branch(), {{"broken", commits[1]}, {"good", world.tip("good")}});
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ((*answers)[0].state, LandingState::kUnknown);
  EXPECT_THAT((*answers)[0].evidence, HasSubstr("git can not read its history"));
  EXPECT_EQ((*answers)[1].state, LandingState::kAhead);
}

TEST_F(LandingTest, OddNamesOfBranchesAndFilesAreJudgedAsAnyOther) {
  for (const std::string branch : {"-dash", "quo\"te", "ünï", "a@{b"}) {
    if (world.try_run({"check-ref-format", "refs/heads/" + branch}).exit_code != 0) continue;
    const std::string base = world.tip("main");
    world.write("fi\nle \"" + branch, "x\n");
    world.run({"add", "-A"});
    const std::string odd_tree = world.run({"write-tree"});
    const std::string commit = world.run({"commit-tree", odd_tree, "-p", base, "-m", "odd"});
    world.run({"reset", "-q", "--hard"});
    world.run({"update-ref", "--create-reflog", "-m", "commit: odd", "refs/heads/" + branch, commit});
    EXPECT_EQ(judge(branch).state, LandingState::kAhead) << branch;
    world.run({"merge", "-q", "--ff-only", commit});
    EXPECT_EQ(judge(branch).state, LandingState::kMerged) << branch;
  }
}

TEST_F(LandingTest, ASecondQuestionRunsNoGitAndAMovedMainIsSeen) {
  make_branch("work", {"a"});
  make_branch("other", {"b"});
  auto git = world.open();
  git::LandingJudge judge;
  auto main = main_branch();
  std::vector<git::BranchTip> branches{{"work", world.tip("work")}, {"other", world.tip("other")}};
  const auto first = judge.judge(*git, main, branches);
  ASSERT_TRUE(first);
  // A judge that asks git now fails.
  std::filesystem::rename(world.root() + "/.git", world.root() + "/.gone");
  const auto second = judge.judge(*git, main, branches);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)[1].evidence, (*first)[1].evidence);
  std::filesystem::rename(world.root() + "/.gone", world.root() + "/.git");
  merge("work");
  const auto third = judge.judge(*git, main_branch(), branches);
  ASSERT_TRUE(third);
  EXPECT_EQ((*third)[0].state, LandingState::kMerged);
  EXPECT_EQ((*third)[1].state, LandingState::kAhead);
}

}  // namespace
}  // namespace stream_status
