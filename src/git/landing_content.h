// Does a commit of the main branch look as if it had the content of a change? Answered from the lines themselves, for
// many changes in two git commands, so that a trial merge is made only where it can succeed.
#pragma once

#include <vector>

#include "git/git.h"
#include "git/landing_patches.h"

namespace stream_status::git {

struct ContentQuestion {
  Span span;
  std::vector<std::string> names;  ///< of the files it changes, in git's order
};

/// One flag per question; the `to` of their spans differ. False only when a line that the change adds is nowhere in
/// the file as `commit` has it: then merging the change into `commit` would alter it.
Result<std::vector<bool>> may_have_content(const Git& git, const ObjectId& commit,
                                           const std::vector<ContentQuestion>& questions);

}  // namespace stream_status::git
