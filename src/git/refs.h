// Refs of the repository as git says they are now, and which branch is the main one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git/git.h"

namespace stream_status::git {

struct Worktree;

inline constexpr std::string_view kBranchPrefix = "refs/heads/";
/// Where the tips of retired streams are kept: this prefix and the stream's id, percent-encoded where git refuses it.
inline constexpr std::string_view kRetiredPrefix = "refs/stream-status/retired/";
/// What a forced retirement found uncommitted, as a commit on top of the tip.
inline constexpr std::string_view kUncommittedPrefix = "refs/stream-status/uncommitted/";

struct Ref {
  std::string name;    ///< "refs/heads/auth"
  ObjectId target;     ///< the commit (annotated tags are not listed)
  std::string symref;  ///< what it points to when it is symbolic (refs/remotes/origin/HEAD), else empty
};

struct Refs {
  std::vector<Ref> refs;  ///< by name; broken ones are left out

  const Ref* find(std::string_view name) const;
  /// The local branch's tip.
  std::optional<ObjectId> branch_tip(std::string_view branch) const;
  std::vector<const Ref*> remote_branches() const;
  bool has_remotes() const;
};

/// refs/heads, refs/remotes and refs/stream-status, in one command.
Result<Refs> read_refs(const Git& git);

/// The branch that work lands on. `tips`: what counts as it: the local branch and its remote twins, without those that
/// another of them contains; best first. Empty: no such branch; `why` says what was looked for.
struct MainBranch {
  std::string name;  ///< "main"
  std::vector<Ref> tips;
  std::string why;  ///< "mainBranch of config.json", "origin's HEAD", "its name", "checked out in the main worktree"
  bool found() const { return !tips.empty(); }
};

/// Order: `configured` (unless empty or "auto") › origin's HEAD › main › master › trunk › the branch checked out in the
/// main worktree (the only branch there is, too). Error: kInvalidArgument when the configured one does not exist.
Result<MainBranch> find_main_branch(const Git& git, const Refs& refs, const std::vector<Worktree>& worktrees,
                                    const std::string& configured);

/// An id as a part of a ref's name: everything outside [a-z0-9-] of an id, and what git-check-ref-format(1) refuses, as
/// %XX.
std::string ref_component(std::string_view id);

}  // namespace stream_status::git
