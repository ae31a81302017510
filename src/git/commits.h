// Commits of a branch: which there are since the main branch, and which are gone after a rebase.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "git/git.h"

namespace stream_status::git {

struct CommitInfo {
  ObjectId id;
  std::string message;  ///< the whole message, valid UTF-8 (other bytes replaced), at most 10,000 characters
  std::string author;   ///< name, valid UTF-8
  WallTime committed_at;
  std::int64_t files_changed = 0;  ///< against the first parent, renames as two files; 0 for merges
  std::int64_t insertions = 0;     ///< binary files count 0
  std::int64_t deletions = 0;
};

/// Commits reachable from `tip` and from none of `excluded`, newest first, at most `limit`.
/// Objects of `excluded` that do not exist any more are left out of the question.
Result<std::vector<CommitInfo>> read_commits(const Git& git, const ObjectId& tip, const std::vector<ObjectId>& excluded,
                                             std::size_t limit);

/// As read_commits without reading the commits: ids only, for 100,000 in well under a second.
Result<std::vector<ObjectId>> list_commits(const Git& git, const ObjectId& tip, const std::vector<ObjectId>& excluded);

/// Which of `hashes` (full or abbreviated, at least 4 digits) name a commit that exists but that no branch, remote
/// branch or tag contains any more, nor HEAD of any worktree. One pass over the history however many are asked.
Result<std::vector<std::string>> list_unreachable(const Git& git, const std::vector<std::string>& hashes);

/// Is `ancestor` reachable from `tip`? False too when one of them does not exist.
Result<bool> is_ancestor(const Git& git, const ObjectId& ancestor, const ObjectId& tip);

/// The commit before a merge on the branch that was merged into; empty when there is none.
Result<ObjectId> first_parent(const Git& git, const ObjectId& commit);

/// The best common ancestor; empty when there is none (unrelated, or beyond a shallow clone's end).
Result<ObjectId> merge_base(const Git& git, const ObjectId& a, const ObjectId& b);

}  // namespace stream_status::git
