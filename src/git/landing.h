// Has a branch landed on the main branch? Decided by evidence, never by a name or a guess: what can not be shown has
// not landed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "git/git.h"
#include "git/landing_patches.h"
#include "git/refs.h"

namespace stream_status::git {

enum class LandingState {
  kNeverCommitted,  ///< no commit of its own
  kEmpty,           ///< its commits cancel out: nothing to land
  kAhead,           ///< commits that are not on main; `landed_commits` of them may be (cherry-picked)
  kMerged,          ///< its tip is part of main, by a merge or a fast-forward
  kRebased,         ///< every commit is on main under another name (rebased or cherry-picked)
  kSquashed,        ///< its whole change is on main as one commit, or main has its content already
  kReverted,        ///< it had landed, and was reverted since
  kUnknown,         ///< no main branch, no common history (unrelated, shallow clone)
};
/// "never_committed", "empty", "ahead", "merged", "rebased", "squashed", "reverted", "unknown".
std::string_view name_of(LandingState state);

struct Landing {
  LandingState state = LandingState::kUnknown;
  std::string evidence;             ///< one sentence for people: "merged into main by 1a2b3c4d5e"
  ObjectId landed_by = {};          ///< the commit on main that shows it, if one does
  std::int64_t commits = 0;         ///< own commits (not on main; for kMerged: that the merge brought)
  std::int64_t landed_commits = 0;  ///< of them, on main by patch
  std::string main = {};            ///< the ref it was compared with: "refs/heads/main"
  bool has_landed() const {
    return state == LandingState::kMerged || state == LandingState::kRebased || state == LandingState::kSquashed;
  }
};

struct BranchTip {
  std::string branch;  ///< short name
  ObjectId tip;
  /// Commits known to have been made on this branch (recorded by earlier scans), full names: evidence that a
  /// fast-forwarded branch had commits of its own where the reflog is gone.
  std::vector<ObjectId> own_commits = {};
};

/// Remembers by (branch, tip, main tips): a second question with nothing moved runs no git. What it learned of commits
/// serves when something did move. One thread.
class LandingJudge {
 public:
  /// Trial merges write their objects into directories made in `temporary_directory` and removed again (private and
  /// existing; empty: the system's).
  explicit LandingJudge(std::string temporary_directory = {}) : temporary_directory_(std::move(temporary_directory)) {}

  /// One answer for each branch, in order. Errors of one branch are a kUnknown with the reason; an error is only what
  /// stops all of them. `main` not found: all are kUnknown.
  Result<std::vector<Landing>> judge(const Git& git, const MainBranch& main, const std::vector<BranchTip>& branches);

 private:
  struct Known {
    Landing landing;
    std::uint64_t asked = 0;  ///< the question that used it last
  };
  void forget_old(std::size_t in_use);

  std::string temporary_directory_;
  std::map<std::string, Known> known_;
  std::uint64_t questions_ = 0;
  PatchBook patches_;
};

}  // namespace stream_status::git
