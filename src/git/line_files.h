// What one line of work changed since it left the main branch, committed or not: file by file, with counts of lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "git/differences.h"
#include "git/git.h"
#include "git/refs.h"
#include "git/worktrees.h"

namespace stream_status::git {

struct LineFile {
  Difference difference;  ///< as it lies in the worktree, else as it is committed; untracked files are added ones
  bool is_committed = false;
  bool is_uncommitted = false;
};

struct LineFiles {
  std::optional<std::int64_t> ahead;   ///< commits that the main branch does not have; absent: not known
  std::optional<std::int64_t> behind;  ///< commits of the main branch that the line does not have
  std::vector<LineFile> files;         ///< by path, the first kMostLineFiles
  std::int64_t more_files = 0;
  std::int64_t insertions = 0;  ///< of `files`, as far as they can be counted
  std::int64_t deletions = 0;
  std::string problem = {};  ///< why something of it is not known; empty: all is
};
inline constexpr std::size_t kMostLineFiles = 1000;

/// `worktree`: where the line is checked out; null: nowhere. What can not be found out is said in `problem`. Errors:
/// only what stops all.
Result<LineFiles> read_line_files(const Git& git, const MainBranch& main, const ObjectId& tip,
                                  const Worktree* worktree);

}  // namespace stream_status::git
