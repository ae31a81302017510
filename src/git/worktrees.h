// Worktrees as git says they are now, and what is uncommitted in one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git/git.h"

namespace stream_status::git {

struct Worktree {
  std::string path;    ///< as git knows it (absolute; real path when the directory exists)
  ObjectId head;       ///< empty: no commit yet, or bare
  std::string branch;  ///< short name; empty when detached or bare. In a rebase or bisect: the one it started on
  bool is_main = false;
  bool is_bare = false;
  bool is_detached = false;
  bool exists = false;  ///< the directory is there and still belongs to this repository
  std::optional<std::string> lock_reason = std::nullopt;  ///< locked; the reason may be empty
  std::string operation = {};  ///< "rebase", "merge", "cherry-pick", "revert", "bisect", "am" in progress; empty: none
  std::string git_directory = {};  ///< its own git directory (HEAD and index lie there); empty when not found
};

/// All, the main one first. Reads the operation in progress from files, without git.
Result<std::vector<Worktree>> list_worktrees(const Git& git);

const Worktree* find_worktree(const std::vector<Worktree>& worktrees, std::string_view path);
const Worktree* find_worktree_of_branch(const std::vector<Worktree>& worktrees, std::string_view branch);

enum class FileState { kModified, kAdded, kDeleted, kRenamed, kUntracked, kConflicted };
std::string_view name_of(FileState state);

struct UncommittedFile {
  std::string path;  ///< relative to the worktree, bytes as git has them
  FileState state = FileState::kModified;
};

/// Submodules count as changed when they stand on another commit; their insides are not looked at (their configuration
/// could run programs).
struct WorktreeStatus {
  std::vector<UncommittedFile> files;
  std::int64_t more_files = 0;  ///< beyond the first 10,000
  bool has_submodules = false;
  bool is_clean() const { return files.empty(); }
};
Result<WorktreeStatus> read_status(const Git& git, const Worktree& worktree);
/// Several, two at a time, in order.
std::vector<Result<WorktreeStatus>> read_statuses(const Git& git, const std::vector<const Worktree*>& worktrees);

/// Files that are ignored, as "directory/" where a whole directory is: they go with the worktree. At most `limit`.
Result<std::vector<std::string>> list_ignored(const Git& git, const Worktree& worktree, std::size_t limit);

}  // namespace stream_status::git
