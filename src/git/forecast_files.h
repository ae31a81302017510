// Which files each line of work has committed since it left the main branch: for all lines in two git commands, because
// starting git costs more than its answer.
#pragma once

#include <string>
#include <vector>

#include "git/git.h"

namespace stream_status::git {

struct CommittedFiles {
  ObjectId base;                   ///< the merge base; empty when `problem` says why there is none
  std::vector<std::string> files;  ///< sorted
  std::string problem = {};        ///< why they are not known
};

/// One answer for each tip (each given once), in order, against the merge base with `main_tips` (several: what any of
/// them contains is not the line's own). Without `main_tips`: against a common ancestor of the lines that have history
/// in common. Errors: only what stops all.
Result<std::vector<CommittedFiles>> read_committed_files(const Git& git, const std::vector<ObjectId>& main_tips,
                                                         const std::vector<ObjectId>& tips);

}  // namespace stream_status::git
