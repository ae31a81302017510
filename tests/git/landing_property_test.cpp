// Random histories made by git itself, whose maker knows what landed: the judge must agree about every branch.
// STREAM_STATUS_LONG=1 makes many more of them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include "git/git_world.h"
#include "git/landing.h"

namespace stream_status {
namespace {

using git::LandingState;
using testing::GitWorld;

constexpr int kBranches = 5;
constexpr std::size_t kLinesPerBranch = 10;  // further apart than the lines that a patch quotes
constexpr int kFates = 16;

struct Truth {
  std::string fate;
  std::set<LandingState> states;  // more than one where both are true
  int commits = -1;               // -1: not told
  int landed_commits = -1;
};

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    std::string text;
    for (std::size_t i = 0; i < (kBranches + 1) * kLinesPerBranch; ++i) lines_.push_back("line " + std::to_string(i));
    world.write("shared", shared_text(lines_));
    world.commit("shared file");
    for (int i = 0; i < 3; ++i) move_main();
    for (int i = 0; i < kBranches; ++i) grow(i, one_of(kFates));
    for (int i = one_of(3); i > 0; --i) move_main();
  }

  GitWorld world;
  std::map<std::string, Truth> truth;
  std::map<std::string, std::vector<std::string>> recorded;  // of branches whose reflog is gone

 private:
  int one_of(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  bool chance(int percent) { return one_of(100) < percent; }

  static std::string shared_text(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
  /// Changes one line of the shared file as the checked out branch has it.
  void change_line(std::size_t number) {
    std::string text = testing::text_of_file(world.root() + "/shared");
    std::size_t at = 0;
    for (std::size_t i = 0; i < number; ++i) at = text.find('\n', at) + 1;
    text.insert(text.find('\n', at), " " + std::to_string(++edits_));
    world.write("shared", text);
  }
  void checkout(const std::string& branch) { world.run({"checkout", "-q", branch}); }

  /// Another file, or the shared one at the end of a branch's lines: never within what a patch there quotes.
  void move_main() {
    checkout("main");
    if (chance(40))
      change_line(static_cast<std::size_t>(one_of(kBranches)) * kLinesPerBranch);
    else
      world.write("main" + std::to_string(one_of(4)), std::to_string(++edits_) + "\n");
    world.commit("main " + std::to_string(edits_));
  }
  void maybe_move_main(int percent = 60) {
    if (chance(percent)) move_main();
  }

  /// On the checked out branch. → the commit
  std::string commit_own(int branch) {
    const int kind = one_of(10);
    if (kind < 5)
      change_line(static_cast<std::size_t>(branch) * kLinesPerBranch + 5);
    else
      world.write("own" + std::to_string(branch) + "-" + std::to_string(one_of(3)), std::to_string(++edits_) + "\n");
    if (kind == 9) world.write("binary" + std::to_string(branch), std::string("\0\1", 2) + std::to_string(++edits_));
    return world.commit("branch " + std::to_string(branch) + " " + std::to_string(++edits_));
  }

  void update_from_main(const std::string& name) {
    checkout(name);
    world.run(chance(50) ? std::vector<std::string>{"merge", "-q", "--no-edit", "main"}
                         : std::vector<std::string>{"rebase", "-q", "main"});
  }
  std::vector<std::string> own_commits(const std::string& name) {
    std::vector<std::string> commits;
    const std::string text = world.run({"rev-list", "--reverse", "--no-merges", "main.." + name});
    for (std::size_t at = 0; at + 40 <= text.size(); at += 41) commits.push_back(text.substr(at, 40));
    return commits;
  }

  std::string merge(const std::string& name) {
    checkout("main");
    world.run({"merge", "-q", "--no-ff", "--no-edit", name});
    return world.tip("main");
  }
  std::string squash(const std::string& name) {
    checkout("main");
    world.run({"merge", "-q", "--squash", name});
    return world.commit("squash of " + name);
  }
  std::string revert(const std::string& commit, bool is_merge) {
    maybe_move_main();
    checkout("main");
    std::vector<std::string> arguments{"revert", "--no-edit", commit};
    if (is_merge) arguments.insert(arguments.end(), {"-m", "1"});
    world.run(arguments);
    return world.tip("main");
  }
  void rebase_and_forward(const std::string& name) {
    move_main();  // so that the commits get other names
    world.run({"checkout", "-q", "-b", "passing", name});
    world.run({"rebase", "-q", "main"});
    checkout("main");
    world.run({"merge", "-q", "--ff-only", "passing"});
    world.run({"branch", "-q", "-D", "passing"});
  }
  std::string cherry_pick(const std::string& commit) {
    checkout("main");
    world.run({"cherry-pick", "-x", commit});
    return world.tip("main");
  }

  void grow(int number, int fate) {
    const std::string name = "branch" + std::to_string(number);
    world.run({"checkout", "-q", "-b", name, "main~" + std::to_string(one_of(3))});
    if (fate == 0) return stay_without_commits(name);
    const int count = fate == 8 || fate == 15 ? 2 + one_of(2) : 1 + one_of(3);
    for (int i = 0; i < count; ++i) {
      checkout(name);
      commit_own(number);
      maybe_move_main();
      if (chance(20)) update_from_main(name);
    }
    maybe_move_main();
    const std::vector<std::string> own = own_commits(name);
    const int commits = static_cast<int>(own.size());
    // A squash of one commit is that commit under another name.
    const std::set<LandingState> squashed{commits == 1 ? LandingState::kRebased : LandingState::kSquashed};
    switch (fate) {
      case 1: truth[name] = {"untouched", {LandingState::kAhead}, commits, 0}; break;
      case 2:
        checkout(name);
        for (auto commit = own.rbegin(); commit != own.rend(); ++commit) world.run({"revert", "--no-edit", *commit});
        truth[name] = {"emptied", {LandingState::kEmpty}, 2 * commits};
        if (chance(30)) {
          merge(name);
          truth[name] = {"emptied and merged", {LandingState::kMerged}, 2 * commits};
        }
        break;
      case 3:
        merge(name);
        truth[name] = {"merged", {LandingState::kMerged}, commits, commits};
        break;
      case 4:
        update_from_main(name);
        checkout("main");
        world.run({"merge", "-q", "--ff-only", name});
        truth[name] = {"forwarded", {LandingState::kMerged}};
        if (chance(30)) {
          recorded[name] = own_commits_at(name, commits);
          std::filesystem::remove(world.root() + "/.git/logs/refs/heads/" + name);
        }
        break;
      case 5:
        squash(name);
        truth[name] = {"squashed", squashed, commits, commits};
        break;
      case 6:
        rebase_and_forward(name);
        truth[name] = {"rebased", {LandingState::kRebased}, commits, commits};
        break;
      case 7:
        for (const std::string& commit : own) {
          cherry_pick(commit);
          maybe_move_main(30);
        }
        truth[name] = {"picked", {LandingState::kRebased}, commits, commits};
        break;
      case 8: {
        const int picked = 1 + one_of(commits - 1);
        for (int i = 0; i < picked; ++i) cherry_pick(own[static_cast<std::size_t>(i)]);
        truth[name] = {"picked in part", {LandingState::kAhead}, commits, picked};
        break;
      }
      case 9:
        revert(merge(name), true);
        truth[name] = {"merged, reverted", {LandingState::kReverted}, commits, 0};
        break;
      case 10:
        revert(squash(name), false);
        truth[name] = {"squashed, reverted", {LandingState::kReverted}, commits, 0};
        break;
      case 11:
        revert(revert(merge(name), true), false);
        truth[name] = {"merged, reverted, back", {LandingState::kMerged}, commits, commits};
        break;
      case 12:
        revert(revert(squash(name), false), false);
        truth[name] = {"squashed, reverted, back", squashed, commits, commits};
        break;
      case 13:
        merge(name);
        maybe_move_main();
        checkout(name);
        for (int i = 1 + one_of(2); i > 0; --i) commit_own(number);
        truth[name] = {"merged, continued", {LandingState::kAhead}};
        truth[name].commits = static_cast<int>(own_commits(name).size());
        truth[name].landed_commits = 0;
        break;
      case 14: {
        std::vector<std::string> picked;
        picked.reserve(own.size());
        for (const std::string& commit : own) picked.push_back(cherry_pick(commit));
        for (auto commit = picked.rbegin(); commit != picked.rend(); ++commit) revert(*commit, false);
        truth[name] = {"picked, all reverted", {LandingState::kReverted}, commits, 0};
        break;
      }
      default: {
        std::string last;
        for (const std::string& commit : own) last = cherry_pick(commit);
        revert(last, false);
        truth[name] = {"picked, the last reverted", {LandingState::kRebased}, commits, commits - 1};
      }
    }
  }

  /// What the judge would have been told by earlier scans; the branch stands at main.
  std::vector<std::string> own_commits_at(const std::string& name, int count) {
    std::vector<std::string> commits;
    const std::string text = world.run({"rev-list", "--no-merges", "--author-date-order",
                                        "--grep=^branch " + name.substr(6), "-n", std::to_string(count), name});
    for (std::size_t at = 0; at + 40 <= text.size(); at += 41) commits.push_back(text.substr(at, 40));
    return commits;
  }

  void stay_without_commits(const std::string& name) {
    for (int i = one_of(4); i > 0; --i) {
      move_main();
      checkout(name);
      switch (one_of(3)) {
        case 0: world.run({"merge", "-q", "main"}); break;
        case 1: world.run({"rebase", "-q", "main"}); break;
        default: world.run({"reset", "-q", "--hard", "main"});
      }
    }
    truth[name] = {"without commits", {LandingState::kNeverCommitted}, 0, 0};
  }

  std::mt19937 random_;
  std::vector<std::string> lines_;
  int edits_ = 0;
};

void expect_truth(const std::string& name, const Truth& truth, const git::Landing& landing) {
  EXPECT_TRUE(truth.states.contains(landing.state))
      << name << " (" << truth.fate << ") is judged " << name_of(landing.state) << ": " << landing.evidence;
  if (truth.commits >= 0) EXPECT_EQ(landing.commits, truth.commits) << name << " (" << truth.fate << ")";
  if (truth.landed_commits >= 0)
    EXPECT_EQ(landing.landed_commits, truth.landed_commits) << name << " (" << truth.fate << "): " << landing.evidence;
  EXPECT_FALSE(landing.evidence.empty());
}

void check_history(unsigned seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  History history(seed);
  const git::MainBranch main{"main", {{"refs/heads/main", history.world.tip("main"), ""}}, "its name"};
  std::vector<git::BranchTip> branches;
  for (const auto& [name, truth] : history.truth)
    branches.push_back({name, history.world.tip(name), history.recorded[name]});
  const auto git = history.world.open();
  git::LandingJudge judge;
  const auto together = judge.judge(*git, main, branches);
  ASSERT_TRUE(together) << together.error().message;
  for (std::size_t i = 0; i < branches.size(); ++i)
    expect_truth(branches[i].branch, history.truth[branches[i].branch], (*together)[i]);
  // Alone it is the same: what the others need changes no answer.
  const std::size_t chosen = seed % branches.size();
  git::LandingJudge other;
  const auto alone = other.judge(*git, main, {branches[chosen]});
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_EQ(alone->front().evidence, (*together)[chosen].evidence);
  if (::testing::Test::HasFailure())
    FAIL() << "seed " << seed << "\n" << history.world.run({"log", "--graph", "--oneline", "--all", "--no-color"});
}

TEST(LandingProperty, TheJudgeKnowsTheFateOfEveryBranchOfARandomHistory) {
  const bool is_long = std::getenv("STREAM_STATUS_LONG") != nullptr;
  const char* first = std::getenv("STREAM_STATUS_SEED");
  const unsigned begin = first != nullptr ? static_cast<unsigned>(std::atoi(first)) : 1;
  const unsigned count = is_long ? 500 : first != nullptr ? 1 : 30;
  for (unsigned seed = begin; seed < begin + count && !HasFailure(); ++seed) check_history(seed);
}

}  // namespace
}  // namespace stream_status
