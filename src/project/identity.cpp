#include "project/identity.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "base/text.h"
#include "os/file.h"
#include "project/git_config.h"

namespace stream_status::project {
namespace {

using os::FileKind;

constexpr std::size_t kSmallFile = 64 << 10;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// `path` as seen from `directory`; an absolute path stays.
std::string join(const std::string& directory, std::string_view path) {
  if (path.starts_with('/')) return std::string(path);
  return (directory == "/" ? std::string() : directory) + "/" + std::string(path);
}

bool exists(const std::string& path) { return os::kind_of(path) != FileKind::kMissing; }

/// The text of a one-line file of git's, without its line end; absent if there is no such file.
std::optional<std::string> find_line(const std::string& path) {
  auto text = os::read_file(path, kSmallFile);
  if (!text || !*text) return std::nullopt;
  while ((*text)->ends_with('\n') || (*text)->ends_with('\r')) (*text)->pop_back();
  return std::move(**text);
}

// ---- git's layout, see gitrepository-layout(5) ---------------------------------------------

/// A git directory has a HEAD, and either its own objects and refs or a commondir that leads to them.
bool is_git_directory(const std::string& path) {
  if (!exists(path + "/HEAD")) return false;
  return exists(path + "/commondir") || (exists(path + "/objects") && exists(path + "/refs"));
}

/// Where the file `.git` at `path` points to; absent if it is no such file.
std::optional<std::string> target_of_git_file(const std::string& path) {
  constexpr std::string_view kPrefix = "gitdir: ";
  const auto line = find_line(path);
  if (!line || !line->starts_with(kPrefix)) return std::nullopt;
  return join(parent_of(path), std::string_view(*line).substr(kPrefix.size()));
}

tl::unexpected<Error> broken(const std::string& path, std::string_view cause) {
  return fail(ErrorCode::kProjectNotFound, fmt::format("find project: {}: {}", path, cause),
              "repair it (git worktree repair, or git submodule update), or remove the file if this is no "
              "repository any more; --project DIR names another one");
}

/// A place inside a repository: which git directory, and the worktree around it ("": none, inside the git directory).
struct Found {
  std::string git_directory;
  std::string worktree;
};

/// The nearest repository at or above `start` (a real path), as git finds it.
Result<std::optional<Found>> discover(const std::string& start) {
  for (std::string place = start;; place = parent_of(place)) {
    const std::string dot_git = join(place, ".git");
    switch (os::kind_of(dot_git)) {
      case FileKind::kDirectory:
        // git, too, walks past a directory .git that is no repository.
        if (is_git_directory(dot_git)) return Found{TRY(os::real_path(dot_git)), place};
        break;
      case FileKind::kRegular: {
        const auto target = target_of_git_file(dot_git);
        if (!target) return broken(dot_git, "not a file that git wrote: it does not start with \"gitdir: \"");
        if (!is_git_directory(*target))
          return broken(dot_git, fmt::format("it points to {}, where no git directory is", *target));
        return Found{TRY(os::real_path(*target)), place};
      }
      case FileKind::kMissing:  // also a dangling symlink, which git walks past
      case FileKind::kOther: break;
    }
    if (is_git_directory(place)) return Found{place, ""};
    if (place == "/") return std::nullopt;
  }
}

Result<std::string> common_directory(const Found& found) {
  const std::string file = found.git_directory + "/commondir";
  const auto line = find_line(file);
  if (!line) return found.git_directory;
  auto common = os::real_path(join(found.git_directory, *line));
  if (!common || !is_git_directory(*common))
    return broken(file, fmt::format("it points to {}, where no repository is", *line));
  return common;
}

/// The main worktree. It depends on the common directory alone, never on the way that led there: the name of the
/// project's own directory is made from it.
std::string main_worktree(const std::string& common) {
  std::string parent = parent_of(common);
  if (name_of(common) == ".git") return parent;
  if (const auto target = target_of_git_file(join(parent, ".git"))) {
    const auto real = os::real_path(*target);  // bare repository `.bare` beside its worktrees
    if (real && *real == common) return parent;
  }
  for (const char* file : {"/config.worktree", "/config"}) {
    const auto text = os::read_file(common + file, std::size_t{1} << 20);
    if (!text || !*text) continue;
    const auto worktree = find_git_setting(**text, "core", "worktree");  // submodules
    if (!worktree) continue;
    const auto real = os::real_path(join(common, *worktree));
    if (real && os::kind_of(*real) == FileKind::kDirectory) return *real;
  }
  return common;
}

/// The worktree a place belongs to when the place lies inside a git directory.
std::string worktree_of_git_directory(const std::string& git_directory, const std::string& root) {
  const auto line = find_line(git_directory + "/gitdir");  // linked worktree: the path of its .git file
  if (!line) return root;
  const auto real = os::real_path(parent_of(join(git_directory, *line)));
  return real ? *real : root;
}

Result<Project> identify(const std::string& directory) {
  Project project;
  if (const auto found = TRY(discover(directory))) {
    project.is_git = true;
    project.key = TRY(common_directory(*found));
    project.root = main_worktree(project.key);
    project.worktree =
        found->worktree.empty() ? worktree_of_git_directory(found->git_directory, project.root) : found->worktree;
  } else {
    project.key = project.root = project.worktree = directory;
  }
  project.name = name_of_root(project.root);
  return project;
}

// ---- which directory is meant ------------------------------------------------------------------

struct Choice {
  std::string path;
  std::string source;  ///< for messages
  bool is_explicit = false;
};

Choice choose(const ProjectSettings& settings) {
  if (!settings.flag.empty()) return {settings.flag, "--project", true};
  if (settings.environment != nullptr) {
    for (const char* name : {"PROJECT_ROOT", "CLAUDE_PROJECT_DIR"}) {
      const auto entry = settings.environment->find(name);
      if (entry != settings.environment->end() && !entry->second.empty())
        return {entry->second, name, std::string_view(name) == "PROJECT_ROOT"};
    }
  }
  return {settings.current_directory, "the current directory", false};
}

constexpr const char* kNameProject = "name the project: --project DIR, or PROJECT_ROOT=DIR in the environment";

tl::unexpected<Error> no_project(const Choice& choice, std::string_view cause, std::string hint = kNameProject) {
  return fail(ErrorCode::kProjectNotFound, fmt::format("find project: {} ({}): {}", choice.path, choice.source, cause),
              std::move(hint));
}

tl::unexpected<Error> unreachable(const Choice& choice, const Error& error) {
  if (error.code == ErrorCode::kPermissionDenied)
    return fail(error.code,
                fmt::format("find project: {} ({}): this user may not look into it", choice.path, choice.source),
                "check the owner and mode of the directory and of those above it, and whether a sandbox hides it");
  if (choice.path.starts_with('~') || choice.path.find("${") != std::string::npos)
    return no_project(choice, "does not exist", "write the path out: neither ~ nor ${…} is expanded here");
  return no_project(choice, "does not exist");
}

bool is_home_directory(const std::string& directory, const os::Environment* environment) {
  std::string home;
  if (environment != nullptr)
    if (const auto entry = environment->find("HOME"); entry != environment->end()) home = entry->second;
  if (home.empty()) home = os::home_directory();
  if (home.empty()) return false;
  const auto real = os::real_path(home);
  return real && *real == directory;
}

}  // namespace

std::string root_of_key(const std::string& key) { return main_worktree(key); }

std::string name_of_root(const std::string& root) { return root == "/" ? "root" : name_of(root); }

Result<Project> find_project(const ProjectSettings& settings) {
  const Choice choice = choose(settings);
  if (choice.path.empty() || (settings.current_directory.empty() && !choice.path.starts_with('/')))
    return fail(ErrorCode::kProjectNotFound, "find project: the current directory does not exist any more",
                kNameProject);
  const auto directory = os::real_path(join(settings.current_directory, choice.path));
  if (!directory) return unreachable(choice, directory.error());
  if (os::kind_of(*directory) != FileKind::kDirectory) return no_project(choice, "not a directory");
  if (!choice.is_explicit && (*directory == "/" || is_home_directory(*directory, settings.environment)))
    return no_project(choice, *directory == "/" ? "the root directory is no project unless it is named as one"
                                                : "the home directory is no project unless it is named as one");

  Project project = TRY(identify(*directory));
  if (!is_utf8(project.key) || !is_utf8(project.root) || !is_utf8(project.worktree))
    return no_project(choice, "its path is not valid UTF-8", "rename the directory; paths are shown as JSON");

  if (project.is_git && !settings.current_directory.empty() && choice.path != settings.current_directory) {
    // Named by a flag, the project is still seen from the worktree that the caller stands in.
    const auto current = os::real_path(settings.current_directory);
    if (current && *current != *directory) {
      const auto here = identify(*current);
      if (here && here->key == project.key && is_utf8(here->worktree)) project.worktree = here->worktree;
    }
  }
  return project;
}

std::string find_branch(const std::string& worktree) {
  const std::string dot_git = join(worktree, ".git");
  const std::string git_directory = target_of_git_file(dot_git).value_or(dot_git);
  const auto head = find_line(git_directory + "/HEAD");
  constexpr std::string_view kPrefix = "ref: refs/heads/";
  if (!head || !head->starts_with(kPrefix)) return {};
  const std::string branch = head->substr(kPrefix.size());
  return branch == ".invalid" || !is_utf8(branch) ? std::string() : branch;  // ".invalid": reftable keeps it elsewhere
}

}  // namespace stream_status::project
