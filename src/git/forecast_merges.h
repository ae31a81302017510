// Merges tried with git merge-tree: clean, or where and how they conflict.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "git/forecast.h"
#include "git/git.h"
#include "git/scratch_objects.h"

namespace stream_status::git {

struct MergeTrial {
  ObjectId ours;
  ObjectId theirs;
};

/// The merges dealt to two git processes, because starting git costs more than a small merge. New objects go to
/// `objects`. One outcome for each trial, in order; conflicts name the two sides by their commits. Absent: git did not
/// come to it, because of one before it that can not be tried, of a deadline, or of its age: to be tried alone. Errors:
/// only what stops all.
Result<std::vector<std::optional<MergeOutcome>>> try_together(const Git& git, const ScratchObjects& objects,
                                                              std::span<const MergeTrial> trials);

/// A git process for each merge. One that can not be tried is kUnknown. Errors: only what stops all.
Result<std::vector<MergeOutcome>> try_alone(const Git& git, const ScratchObjects& objects,
                                            std::span<const MergeTrial> trials);

}  // namespace stream_status::git
