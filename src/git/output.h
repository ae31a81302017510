// What git prints, as values: the pure halves of the files that run it, which call them. Declared here so that tests
// can give them any bytes; none fails: what is not understood is left out.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "git/commits.h"
#include "git/differences.h"
#include "git/forecast.h"
#include "git/landing_reflog.h"
#include "git/refs.h"
#include "git/worktrees.h"

namespace stream_status::git {

/// Of for-each-ref: name, object, type and symref, NUL between them, one ref a line. refs.cpp
Refs parse_refs(std::string_view output);

/// Of `diff-tree -z --numstat` or `rev-list`, with the format of commits.cpp; appended.
void parse_commits(std::string_view output, std::vector<CommitInfo>& commits);

/// Of `worktree list --porcelain -z`; what only files tell is not there yet. worktrees.cpp
std::vector<Worktree> parse_worktrees(std::string_view output);

/// Of `status --porcelain=v2 -z`. worktrees.cpp
WorktreeStatus parse_status(std::string_view output);

/// Of `log -g -z`, with the format of landing_reflog.cpp; added to `into`.
void parse_branch_logs(std::string_view output, std::unordered_map<std::string, BranchLog>& into);

/// Of `diff-tree` or `diff-index` with --raw --numstat -z. differences.cpp
std::vector<Difference> parse_differences(std::string_view output);
/// The same with --raw -p -U0 -z.
std::vector<FileHunks> parse_hunks(std::string_view output);

/// Of `merge-tree --stdin -z`: as many outcomes as are complete, at most so many. forecast_merges.cpp
std::vector<MergeOutcome> parse_merges(std::string_view output, std::size_t most);

}  // namespace stream_status::git
