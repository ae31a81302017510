// Which branches touch the same files, and which of those would conflict when merged: seen without merging anything.
// Merges are tried with git merge-tree into a temporary object directory; worktrees and indexes are not touched.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "git/forecast_files.h"
#include "git/git.h"
#include "git/refs.h"
#include "git/scratch_objects.h"
#include "git/worktrees.h"

namespace stream_status::git {

/// One line of work to compare with the others.
struct Line {
  std::string name;                     ///< for the caller: a stream's id
  ObjectId tip;                         ///< of its branch
  const Worktree* worktree = nullptr;   ///< where uncommitted changes are looked for; null: nowhere
  std::vector<std::size_t> after = {};  ///< indices of lines that it builds on: they are to land before it
};

struct ChangedFiles {
  std::vector<std::string> committed;    ///< between merge base and tip, sorted
  std::vector<std::string> uncommitted;  ///< in the worktree now, sorted; untracked ones too
  std::string problem = {};              ///< why one of the two is not known; empty: both are
};

enum class PairState {
  kClean,     ///< they share files, and git merges them
  kConflict,  ///< git would stop at `conflicts`
  kPossible,  ///< they share files of which one side is not committed yet: can not be tried
  kUnknown,   ///< could not be tried: `detail` says why
};
std::string_view name_of(PairState state);  ///< "clean", "conflict", "possible", "unknown"

/// Lists in an answer end here; how many more there are is said beside them.
inline constexpr std::size_t kMostListed = 100;

struct Conflict {
  std::string file;
  /// Git's word: "contents", "add/add", "modify/delete", "rename/rename", "rename/delete", "binary", "submodule",
  /// "file/directory", "distinct modes", …
  std::string kind;
  std::string message = {};  ///< git's sentence; empty when file and kind say it all
};

/// What git would do on one merge.
struct MergeOutcome {
  PairState state = PairState::kClean;   ///< never kPossible
  std::vector<Conflict> conflicts = {};  ///< kConflict; by file, the first kMostListed
  std::int64_t more_conflicts = 0;
  std::string detail = {};  ///< kUnknown: why
};

struct Pair {
  std::size_t a = 0;  ///< indices into the lines, a < b
  std::size_t b = 0;
  /// Sorted, the first kMostListed. Where one line has a file and the other a directory of that name, too.
  std::vector<std::string> shared_files = {};
  std::int64_t more_shared_files = 0;
  /// Of all shared ones, those with an uncommitted side; sorted, the first kMostListed.
  std::vector<std::string> uncommitted_files = {};
  PairState state = PairState::kClean;
  std::vector<Conflict> conflicts = {};  ///< kConflict; by file, the first kMostListed
  std::int64_t more_conflicts = 0;
  std::string detail = {};  ///< kUnknown: why; kPossible: what is not known yet
};

struct Forecast {
  std::vector<ChangedFiles> files;  ///< of each line, in order
  /// Would this line's commits land on the main branch without a conflict? Of each line, in order; tried against the
  /// best of the main branch's tips.
  std::vector<MergeOutcome> main;
  /// Only those that share files; conflicts first, then possible, unknown and clean ones. A directory that one line
  /// renames and another adds a file to is not a file that they share: git may stop there, and it is not seen here.
  std::vector<Pair> pairs;
  /// Indices of lines in the order to land them: none before what it builds on; then fewest conflicts with what is
  /// still to come first, then fewer shared files, then fewer files, then the given order. Lines without any known
  /// change are left out.
  std::vector<std::size_t> landing_order;
};

struct MergeTrial;
struct Sharing;

/// Remembers changed files, merges and statuses. Files and merges are kept by tips; statuses for `status_age`, because
/// no name tells that a file was edited. What could not be found out is asked again after `unknown_age`. One thread.
class Forecaster {
 public:
  struct Settings {
    std::string temporary_directory = {};  ///< private, exists; object directories are made in it and removed again
    milliseconds status_age{2'000};
    milliseconds unknown_age{60'000};
    std::size_t most_remembered = 5'000;  ///< merges; above, what the last forecast did not need is forgotten
    std::size_t most_pairs = 5'000;       ///< merges tried in one forecast; further pairs are kUnknown, and said
    /// Of trying merges in one forecast: what is begun is ended, but nothing more is begun. What was not tried is
    /// kUnknown, says so, and is tried in the next forecast, which remembers what this one found.
    milliseconds budget{10'000};
    std::string memory_directory = kMemoryDirectory;  ///< taken before temporary_directory; empty: none
    std::function<MonotonicTime()> clock = &std::chrono::steady_clock::now;  ///< that measures the budget
  };
  /// Told between two rounds of merges. `total`: those that this forecast wants to try, `done`: those that it has.
  using Progress = std::function<void(std::int64_t done, std::int64_t total)>;
  explicit Forecaster(Settings settings) : settings_(std::move(settings)) {}

  /// `main` may be empty (not found): then files are compared with an ancestor of all lines that have history in
  /// common. Call Git::refresh before, so that no merge driver runs. A line or a pair that can not be read says so
  /// itself; error: only what stops all, and then what was found until then is remembered.
  Result<Forecast> forecast(const Git& git, const MainBranch& main, const std::vector<Line>& lines, MonotonicTime now,
                            const Progress& progress = {});

 private:
  template <class Answer>
  struct Known {
    Answer answer;
    MonotonicTime at;
    std::uint64_t used = 0;  ///< the number of the last forecast that needed it
  };
  struct Uncommitted {
    std::vector<std::string> files;
    std::string problem = {};
  };

  Result<void> learn_files(const Git& git, const MainBranch& main, const std::vector<Line>& lines, MonotonicTime now);
  Result<void> learn_statuses(const Git& git, const std::vector<Line>& lines, MonotonicTime now);
  std::vector<MergeTrial> trials_of(const MainBranch& main, const std::vector<Line>& lines,
                                    const std::vector<Sharing>& shared) const;
  /// Those that are not known yet, in their order.
  std::vector<MergeTrial> missing_trials(const std::vector<MergeTrial>& trials, MonotonicTime now);
  Result<void> learn_merges(const Git& git, const std::vector<MergeTrial>& trials, MonotonicTime now,
                            const Progress& progress);
  ChangedFiles changed_files(const Line& line) const;
  /// What is known of the merge of two commits, with the names of their lines in it.
  MergeOutcome merge_of(const ObjectId& a, const std::string& name_a, const ObjectId& b,
                        const std::string& name_b) const;
  MergeOutcome landing_of(const MainBranch& main, const Line& line) const;
  Pair pair_of(Sharing sharing, const std::vector<Line>& lines) const;
  void forget_unused();

  Settings settings_;
  std::uint64_t forecasts_ = 0;
  std::string why_untried_;                             ///< of the merges that this forecast leaves out
  std::string compared_with_;                           ///< the main branch's tips that `files_` holds for
  std::map<ObjectId, Known<CommittedFiles>> files_;     ///< by tip
  std::map<std::string, Known<MergeOutcome>> merges_;   ///< by the two tips
  std::map<std::string, Known<Uncommitted>> statuses_;  ///< by worktree
};

}  // namespace stream_status::git
