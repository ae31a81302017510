// A large git repository for scenarios that look at one: the same commits on every run, made in a few seconds by one
// git fast-import, and one linked worktree per branch.
#pragma once

#include <string>
#include <vector>

#include "bench.h"
#include "process.h"

namespace bench {

/// What the branches change, beside files of their own.
enum class Overlap {
  kApart,     ///< no file that another branch changes
  kShared,    ///< one file that all change, each in lines of its own: git merges it
  kConflict,  ///< the same line of one file: no two branches merge
};

struct GeneratedRepository {
  fs::path directory;                 ///< the main worktree, on main
  std::vector<fs::path> worktrees;    ///< linked, clean, beside it
  std::vector<std::string> branches;  ///< of the worktrees, in the same order
};

/// Half of the commits are on main, the others spread evenly over the branches, which fork from the younger half of
/// main. The tree has some 500 files in 26 directories. `directory` is made; what it holds belongs to the caller.
GeneratedRepository make_repository(const fs::path& directory, int commits, int worktrees, Overlap overlap);

/// How git is run here: apart from the machine's configuration, with a date of its own.
Command git_command(const fs::path& directory, std::vector<std::string> arguments);

/// Runs git to its end; its standard output. Failure unless it exits 0.
std::string run_git(const fs::path& directory, std::vector<std::string> arguments, std::string_view input = {});

}  // namespace bench
