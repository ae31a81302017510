// Commits that a branch's reflog shows to have been made on the branch itself, as opposed to pulled into it.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "git/git.h"

namespace stream_status::git {

struct OwnWork {
  ObjectId made;       ///< the branch's tip after it
  ObjectId onto = {};  ///< a rebase: everything between this and `made` is the branch's own
};

struct BranchLog {
  std::vector<OwnWork> work;      ///< newest first, since the branch was created or set anew
  bool was_moved = false;         ///< by something else too, which may have brought work: a fetch, another program
  std::string created_from = {};  ///< as git wrote it: "HEAD", "main", "origin/x", an id; empty: not told
};

/// By branch (short name); those without a reflog are absent. What was amended or reset away meanwhile is in it: the
/// caller looks what is reachable.
Result<std::unordered_map<std::string, BranchLog>> read_branch_logs(const Git& git,
                                                                    const std::vector<std::string>& branches);

/// Where the ref pointed before, as far as its reflog goes.
Result<std::unordered_set<ObjectId>> read_former_tips(const Git& git, const std::string& ref);

}  // namespace stream_status::git
