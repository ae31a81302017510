#include "git/worktrees.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "git/output.h"
#include "git/refs.h"
#include "os/file.h"

namespace stream_status::git {
namespace {

constexpr std::size_t kSmallFile = 64u << 10;
constexpr std::size_t kMostFiles = 10'000;

/// A small file of git's own, without the newline at its end; empty when it is not there or no file.
std::string read_line_file(const std::string& path) {
  auto content = os::read_file(path, kSmallFile);
  if (!content || !*content) return {};
  std::string text = std::move(**content);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

bool is_there(const std::string& path) { return os::kind_of(path) != os::FileKind::kMissing; }

std::string real_path_or_empty(const std::string& path) { return os::real_path(path).value_or(std::string()); }

std::string resolved(const std::string& path, const std::string& from) {
  return real_path_or_empty(path.starts_with('/') ? path : from + "/" + path);
}

/// The git directory that the worktree's .git names; empty when there is none.
std::string git_directory_of(const std::string& worktree) {
  const std::string link = worktree + "/.git";
  if (os::kind_of(link) == os::FileKind::kDirectory) return real_path_or_empty(link);
  constexpr std::string_view kKey = "gitdir: ";
  const std::string text = read_line_file(link);
  return text.starts_with(kKey) ? resolved(text.substr(kKey.size()), worktree) : std::string();
}

/// Does the linked worktree's git directory say that it belongs to this path? After `mv` or `cp -r` it does not.
bool points_back(const std::string& git_directory, const std::string& worktree) {
  std::string link = read_line_file(git_directory + "/gitdir");
  constexpr std::string_view kEnding = "/.git";
  if (!link.ends_with(kEnding)) return false;
  link.resize(link.size() - kEnding.size());
  return resolved(link, git_directory) == real_path_or_empty(worktree);
}

/// The short name in a file that names a branch; empty when it names none.
std::string branch_in(const std::string& file) {
  const std::string name = read_line_file(file);
  return name.starts_with(kBranchPrefix) ? name.substr(kBranchPrefix.size()) : std::string();
}

std::string sequencer_operation(const std::string& directory) {
  const auto todo = os::read_file(directory + "/sequencer/todo", 16u << 20);
  if (!todo || !*todo) return {};
  return (**todo).starts_with("revert") ? "revert" : "cherry-pick";
}

void observe_operation(Worktree& worktree) {
  const std::string& directory = worktree.git_directory;
  if (is_there(directory + "/rebase-merge")) {
    worktree.operation = "rebase";
    if (worktree.branch.empty()) worktree.branch = branch_in(directory + "/rebase-merge/head-name");
  } else if (is_there(directory + "/rebase-apply")) {
    worktree.operation = is_there(directory + "/rebase-apply/applying") ? "am" : "rebase";
    if (worktree.branch.empty()) worktree.branch = branch_in(directory + "/rebase-apply/head-name");
  } else if (is_there(directory + "/MERGE_HEAD")) {
    worktree.operation = "merge";
  } else if (is_there(directory + "/CHERRY_PICK_HEAD")) {
    worktree.operation = "cherry-pick";
  } else if (is_there(directory + "/REVERT_HEAD")) {
    worktree.operation = "revert";
  } else if (std::string between_two = sequencer_operation(directory); !between_two.empty()) {
    worktree.operation = std::move(between_two);
  } else if (is_there(directory + "/BISECT_LOG")) {
    worktree.operation = "bisect";
    // The name without a prefix, or the commit that HEAD was detached at.
    if (std::string start = read_line_file(directory + "/BISECT_START");
        worktree.branch.empty() && !is_object_id(start))
      worktree.branch = std::move(start);
  }
}

/// git takes the main worktree to be where the common directory lies; with --separate-git-dir, and in a submodule, it
/// is somewhere else.
void find_main_worktree(const Git& git, Worktree& main) {
  if (main.path != git.common_directory()) return;
  for (const std::string& from : {git.directory(), git.common_directory()}) {
    auto answer = git.look_with_code({"rev-parse", "--path-format=absolute", "--git-dir", "--show-toplevel"}, {0, 128},
                                     {.directory = from});
    if (!answer || answer->exit_code != 0) continue;
    std::string_view text = answer->output;
    const std::string start = git.common_directory() + "\n";
    if (!text.starts_with(start) || !text.ends_with('\n')) continue;
    text.remove_prefix(start.size());
    if (!text.empty()) text.remove_suffix(1);
    main.path = text;
    return;
  }
}

void observe(const Git& git, Worktree& worktree) {
  if (worktree.is_main) {
    if (!worktree.is_bare) find_main_worktree(git, worktree);
    worktree.git_directory = git.common_directory();
    worktree.exists = worktree.is_bare ? os::kind_of(worktree.path) == os::FileKind::kDirectory
                                       : git_directory_of(worktree.path) == git.common_directory();
  } else {
    const std::string directory = git_directory_of(worktree.path);
    worktree.exists =
        directory.starts_with(git.common_directory() + "/worktrees/") && points_back(directory, worktree.path);
    if (worktree.exists) worktree.git_directory = directory;
  }
  if (worktree.exists) {
    worktree.path = real_path_or_empty(worktree.path);
    if (!worktree.is_bare) observe_operation(worktree);
  }
}

/// "1 .M N... 100644 …": the fields before the path; git's -z formats do not quote.
struct StatusLine {
  std::string_view xy;
  std::string_view submodule;
  std::string_view path;
};
std::optional<StatusLine> parse_status_line(std::string_view line, int fields) {
  StatusLine parsed;
  for (int field = 0; field < fields; ++field) {
    const std::size_t end = line.find(' ');
    if (end == std::string_view::npos) return std::nullopt;
    if (field == 1) parsed.xy = line.substr(0, end);
    if (field == 2) parsed.submodule = line.substr(0, end);
    line.remove_prefix(end + 1);
  }
  parsed.path = line;
  return parsed.xy.size() == 2 ? std::optional(parsed) : std::nullopt;
}

FileState state_of(std::string_view xy) {
  if (xy[1] == 'D' || (xy[0] == 'D' && xy[1] == '.')) return FileState::kDeleted;
  if (xy[0] == 'A' || xy[1] == 'A') return FileState::kAdded;
  return FileState::kModified;
}

Result<void> check_readable(const Worktree& worktree) {
  if (worktree.is_bare)
    return fail(ErrorCode::kGitError, fmt::format("read worktree {}: it is bare and has no files", worktree.path));
  if (!worktree.exists)
    return fail(ErrorCode::kGitError,
                fmt::format("read worktree {}: it is gone, or belongs to another repository now", worktree.path),
                "'git worktree prune' forgets it; 'git worktree repair' in its new place finds it again");
  return {};
}

Git::Look status_look(const Worktree& worktree, std::size_t of_how_many) {
  Git::Look look{{}, {.directory = worktree.path}};
  // Threads of one status help where it is alone; beside others they only wait for each other.
  if (of_how_many > 2) look.arguments = {"-c", "core.preloadIndex=false"};
  for (const char* argument : {"status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=dirty",
                               "--no-renames", "--no-ahead-behind"})
    look.arguments.emplace_back(argument);
  return look;
}

Result<WorktreeStatus> status_from(const Worktree& worktree, const Result<Git::Answer>& answer) {
  if (!answer) return tl::make_unexpected(answer.error());
  if (answer->exit_code != 0) {
    std::string_view reason = answer->error_output;
    reason = reason.substr(0, reason.find('\n'));
    return fail(ErrorCode::kGitError, fmt::format("git status: {}: {}", worktree.path, reason));
  }
  WorktreeStatus status = parse_status(answer->output);
  // Unchanged ones are not in the output, and reading the whole index for them costs more than the status.
  if (os::kind_of(worktree.path + "/.gitmodules") == os::FileKind::kRegular ||
      is_there(worktree.git_directory + "/modules"))
    status.has_submodules = true;
  return status;
}

}  // namespace

std::vector<Worktree> parse_worktrees(std::string_view output) {
  std::vector<Worktree> worktrees;
  for (const std::string_view line : split_nul(output)) {
    const std::size_t space = line.find(' ');
    const std::string_view key = line.substr(0, space);
    const std::string_view value = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    if (key == "worktree") {
      Worktree worktree;
      worktree.path = value;
      worktree.is_main = worktrees.empty();
      worktrees.push_back(std::move(worktree));
      continue;
    }
    if (worktrees.empty()) continue;
    Worktree& worktree = worktrees.back();
    if (key == "HEAD" && value.find_first_not_of('0') != std::string_view::npos) worktree.head = value;
    if (key == "branch" && value.starts_with(kBranchPrefix)) worktree.branch = value.substr(kBranchPrefix.size());
    if (key == "bare") worktree.is_bare = true;
    if (key == "detached") worktree.is_detached = true;
    if (key == "locked") worktree.lock_reason = std::string(value);
  }
  return worktrees;
}

WorktreeStatus parse_status(std::string_view output) {
  WorktreeStatus status;
  std::unordered_map<std::string_view, std::size_t> deleted;
  const auto add = [&](std::string_view path, FileState state) {
    if (status.files.size() < kMostFiles)
      status.files.push_back({std::string(path), state});
    else
      ++status.more_files;
  };
  const std::vector<std::string_view> pieces = split_nul(output);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string_view piece = pieces[i];
    if (piece.starts_with("? ")) {
      const std::string_view path = piece.substr(2);
      // Removed from the index only: one file, not two.
      if (const auto known = deleted.find(path); known != deleted.end())
        status.files[known->second].state = FileState::kModified;
      else
        add(path, FileState::kUntracked);
      continue;
    }
    const char kind = piece.empty() ? ' ' : piece.front();
    const int fields = kind == '1' ? 8 : kind == '2' ? 9 : kind == 'u' ? 10 : 0;
    if (fields == 0) continue;
    if (kind == '2') ++i;  // the name it had
    const auto line = parse_status_line(piece, fields);
    if (!line) continue;
    if (line->submodule.starts_with('S')) status.has_submodules = true;
    const FileState state = kind == 'u'   ? FileState::kConflicted
                            : kind == '2' ? FileState::kRenamed
                                          : state_of(line->xy);
    if (state == FileState::kDeleted && status.files.size() < kMostFiles) deleted[line->path] = status.files.size();
    add(line->path, state);
  }
  return status;
}

Result<std::vector<Worktree>> list_worktrees(const Git& git) {
  std::vector<Worktree> worktrees = parse_worktrees(TRY(git.look({"worktree", "list", "--porcelain", "-z"})));
  for (Worktree& worktree : worktrees) observe(git, worktree);
  return worktrees;
}

const Worktree* find_worktree(const std::vector<Worktree>& worktrees, std::string_view path) {
  const auto with = [&](std::string_view wanted) -> const Worktree* {
    const auto found = std::find_if(worktrees.begin(), worktrees.end(),
                                    [&](const Worktree& worktree) { return worktree.path == wanted; });
    return found == worktrees.end() ? nullptr : &*found;
  };
  if (path.empty()) return nullptr;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (const Worktree* found = with(path)) return found;
  const std::string real = real_path_or_empty(std::string(path));  // it may have been written by way of a symlink
  return real.empty() ? nullptr : with(real);
}

const Worktree* find_worktree_of_branch(const std::vector<Worktree>& worktrees, std::string_view branch) {
  if (branch.empty()) return nullptr;
  const Worktree* gone = nullptr;
  for (const Worktree& worktree : worktrees) {
    if (worktree.branch != branch) continue;
    if (worktree.exists) return &worktree;
    if (gone == nullptr) gone = &worktree;
  }
  return gone;
}

std::string_view name_of(FileState state) {
  switch (state) {
    case FileState::kModified: return "modified";
    case FileState::kAdded: return "added";
    case FileState::kDeleted: return "deleted";
    case FileState::kRenamed: return "renamed";
    case FileState::kUntracked: return "untracked";
    case FileState::kConflicted: return "conflicted";
  }
  return "modified";
}

Result<WorktreeStatus> read_status(const Git& git, const Worktree& worktree) {
  return std::move(read_statuses(git, {&worktree}).front());
}

std::vector<Result<WorktreeStatus>> read_statuses(const Git& git, const std::vector<const Worktree*>& worktrees) {
  std::vector<Result<WorktreeStatus>> statuses(worktrees.size());
  std::vector<Git::Look> looks;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < worktrees.size(); ++i) {
    if (auto readable = check_readable(*worktrees[i]); !readable) {
      statuses[i] = tl::make_unexpected(std::move(readable).error());
      continue;
    }
    asked.push_back(i);
    looks.push_back(status_look(*worktrees[i], worktrees.size()));
  }
  const auto answers = git.look_each(looks);
  for (std::size_t i = 0; i < asked.size(); ++i) statuses[asked[i]] = status_from(*worktrees[asked[i]], answers[i]);
  return statuses;
}

Result<std::vector<std::string>> list_ignored(const Git& git, const Worktree& worktree, std::size_t limit) {
  TRY(check_readable(worktree));
  const std::string output = TRY(git.look(
      {"ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"}, {.directory = worktree.path}));
  std::vector<std::string> ignored;
  for (const std::string_view path : split_nul(output)) {
    if (ignored.size() == limit) break;
    ignored.emplace_back(path);
  }
  return ignored;
}

}  // namespace stream_status::git
