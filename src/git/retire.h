// The steps that retire a branch and its worktree, and bring them back. Each may be repeated: what is done already is
// success. Nothing is pushed, no hook is skipped by --no-verify because none is run, nothing is removed but by git
// itself.
#pragma once

#include <string>
#include <vector>

#include "git/git.h"
#include "git/refs.h"
#include "git/worktrees.h"

namespace stream_status::git {

/// Keeps `tip` under kRetiredPrefix + ref_component(id), so that no garbage collection takes it.
Result<void> keep_tip(const Git& git, std::string_view id, const ObjectId& tip);

/// Saves everything uncommitted and untracked (not what is ignored) of the worktree as a commit on its HEAD, under
/// kUncommittedPrefix; the worktree and its index stay as they are. Empty: nothing was uncommitted.
Result<ObjectId> keep_uncommitted(const Git& git, std::string_view id, const Worktree& worktree);

enum class Force { kNo, kYes };
/// git worktree remove. Errors: kGitError (dirty without force, locked, has submodules without force, in use).
Result<void> remove_worktree(const Git& git, const Worktree& worktree, Force force);

/// Deletes the branch if it still points to `tip`. Errors: kGitError (moved meanwhile, checked out somewhere).
Result<void> delete_branch(const Git& git, const std::string& branch, const ObjectId& tip);

/// Makes the branch again at the kept tip; success when it is there at that tip. kGitError: nothing is kept, or the
/// branch exists elsewhere (it is left alone).
Result<ObjectId> restore_branch(const Git& git, const Refs& refs, std::string_view id, const std::string& branch);

/// git worktree add at `path` on the branch; success when it is there. Then the uncommitted files that were kept for
/// the id, as they were. kGitError: the path is taken.
Result<void> restore_worktree(const Git& git, std::string_view id, const std::string& path, const std::string& branch);

/// Forgets what was kept for the id.
Result<void> forget_kept(const Git& git, std::string_view id);

}  // namespace stream_status::git
