// Which branches touch the same files, and which of those would conflict when merged: seen without merging anything.
// Merges are tried with git merge-tree into a temporary object directory; worktrees and indexes are not touched.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git/git.h"
#include "git/refs.h"
#include "git/worktrees.h"

namespace stream_status::git {

/// One line of work to compare with the others.
struct Line {
  std::string name;                    ///< for the caller: a stream's id
  ObjectId tip;                        ///< of its branch
  const Worktree* worktree = nullptr;  ///< where uncommitted changes are looked for; null: nowhere
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

struct Conflict {
  std::string file;
  std::string kind;  ///< git's word: "contents", "add/add", "modify/delete", "rename/rename", "binary", "submodule", …
  std::string message = {};  ///< git's sentence, without the file when it is only that
};

struct Pair {
  std::size_t a = 0;  ///< indices into the lines, a < b
  std::size_t b = 0;
  std::vector<std::string> shared_files;       ///< sorted
  std::vector<std::string> uncommitted_files;  ///< of them, those with an uncommitted side
  PairState state = PairState::kClean;
  std::vector<Conflict> conflicts;  ///< kConflict
  std::string detail = {};
};

/// Against the main branch, by the same means: would this line land without a conflict?
struct AgainstMain {
  PairState state = PairState::kClean;
  std::vector<Conflict> conflicts;
};

struct Forecast {
  std::vector<ChangedFiles> files;  ///< of each line, in order
  std::vector<AgainstMain> main;    ///< of each line, in order
  std::vector<Pair> pairs;          ///< only those that share files; conflicts first
  /// Indices of lines in the order to land them: fewest conflicts with what is still to come first, then fewer shared
  /// files, then fewer files, then the given order. Lines without any change are left out.
  std::vector<std::size_t> landing_order;
};

/// Remembers changed files, merges and statuses. Files and merges are kept by tips; statuses for `status_age`, because
/// no name tells that a file was edited. One thread.
class Forecaster {
 public:
  struct Settings {
    std::string temporary_directory;  ///< private, exists; object directories are made in it and removed again
    milliseconds status_age{2'000};
    std::size_t most_pairs = 5'000;  ///< more are kUnknown, and said
  };
  explicit Forecaster(Settings settings) : settings_(std::move(settings)) {}

  /// `main` may be empty (not found): then files are compared with the merge base of each pair. Error: only what stops
  /// all.
  Result<Forecast> forecast(const Git& git, const MainBranch& main, const std::vector<Line>& lines, MonotonicTime now);

 private:
  struct KnownStatus {
    MonotonicTime at;
    std::vector<std::string> files;
    std::string problem;
  };
  Settings settings_;
  std::map<std::string, std::vector<std::string>> changed_;  ///< by "base tip"
  struct KnownMerge {
    PairState state;
    std::vector<Conflict> conflicts;
    std::string detail;
  };
  std::map<std::string, KnownMerge> merges_;     ///< by the pair of tips
  std::map<std::string, KnownStatus> statuses_;  ///< by worktree
};

}  // namespace stream_status::git
