// Which project is this? One git repository is one project, whatever worktree, symlink or relative
// path it is reached by. Reads files only; never runs git.
#pragma once

#include <string>

#include "base/result.h"
#include "os/process.h"

namespace stream_status::project {

/// A project as its files and its server know it.
struct Project {
  std::string key;       ///< real path of the git common directory; outside git: of the directory
  std::string root;      ///< main worktree (real path); depends on the key alone. Bare: see find_project
  std::string name;      ///< last component of root
  std::string worktree;  ///< real path of the worktree the caller stands in; outside git: root
  bool is_git = false;
};

struct ProjectSettings {
  std::string flag;  ///< --project, empty if not given
  const os::Environment* environment = nullptr;
  std::string current_directory;
};

/// --project › PROJECT_ROOT › CLAUDE_PROJECT_DIR › current directory, walked up to its git worktree.
/// `worktree` is found from the current directory when that is inside the same repository, else from
/// the chosen directory. Linked worktrees (gitdir + commondir files), submodules (a project of their
/// own), bare repositories and `.git` files are followed as git does (gitrepository-layout(5)); GIT_* variables do not
/// count. The root of a bare repository is the directory around it when it is called `.git` or that directory's `.git`
/// file points to it (`.bare` beside its worktrees), else the repository itself; so it is for a git directory kept
/// elsewhere (--separate-git-dir), which does not tell where its worktree is.
/// Errors: kProjectNotFound (does not exist, is no directory, is not UTF-8; a broken `.git` file; `/` or the home
/// directory when not named explicitly by flag or PROJECT_ROOT), kPermissionDenied. Each says what to do next.
Result<Project> find_project(const ProjectSettings& settings);

/// Project::root and Project::name of the project with this key, whether or not it is still there.
std::string root_of_key(const std::string& key);
std::string name_of_root(const std::string& root);

/// The branch checked out in the worktree at `worktree` ("auth"), empty when detached or unknown.
std::string find_branch(const std::string& worktree);

}  // namespace stream_status::project
