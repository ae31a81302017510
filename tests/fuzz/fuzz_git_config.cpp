// One setting out of a repository's config file, found without git.
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"
#include "project/git_config.h"

namespace stream_status::fuzz {

void fuzz_git_config(std::string_view input) {
  const auto found = project::find_git_setting(input, "core", "worktree");
  if (found) require(found->size() <= input.size(), "a value is not longer than its file");
  // The last one counts, whatever stands before it; a broken section header ends the file.
  std::string with_another(input);
  with_another += "\n[core]\n\tworktree = \"/last one\" # why\n";
  const auto last = project::find_git_setting(with_another, "core", "worktree");
  require(last == found || last == "/last one", "the last setting of a file counts", last.value_or("(none)"));
  // No header has this name: it would end at the bracket.
  require(!project::find_git_setting(input, "no]section", "worktree"), "a section is not made up");
}

}  // namespace stream_status::fuzz
