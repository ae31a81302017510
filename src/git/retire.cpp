#include "git/retire.h"

#include <fmt/format.h>

#include <algorithm>

#include "os/beneath.h"
#include "os/copy.h"
#include "os/file.h"
#include "os/temporary_directory.h"

namespace stream_status::git {
namespace {

constexpr std::size_t kMostIndex = 1u << 30;
constexpr std::string_view kSubmoduleMode = "160000";

std::string retired_ref(std::string_view id) { return std::string(kRetiredPrefix) + ref_component(id); }
std::string uncommitted_ref(std::string_view id) { return std::string(kUncommittedPrefix) + ref_component(id); }

/// Git refuses to write without a name, and what is kept is nobody's commit.
os::Environment own_identity() {
  return {{"GIT_AUTHOR_NAME", "stream-status"},
          {"GIT_AUTHOR_EMAIL", "stream-status@localhost"},
          {"GIT_COMMITTER_NAME", "stream-status"},
          {"GIT_COMMITTER_EMAIL", "stream-status@localhost"}};
}

std::string without_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

/// Where the ref points now; empty when there is none.
Result<ObjectId> read_ref(const Git& git, const std::string& name) {
  const Git::Answer answer = TRY(git.look_with_code({"rev-parse", "--verify", "--quiet", name + "^{commit}"}, {0, 1}));
  return without_newline(answer.output);
}

/// With a reflog, so that a state that is kept and then kept again is not lost.
Result<void> write_ref(const Git& git, const std::string& name, const ObjectId& target) {
  TRY(git.act({"update-ref", "--create-reflog", "-m", "stream-status: kept", name, target},
              {.environment = own_identity()}));
  return {};
}

struct Snapshot {
  ObjectId files;   ///< tree of the files as they are
  ObjectId staged;  ///< tree of the index; empty when a merge is not resolved
};

/// Written from a copy of the index: the worktree's own stays as it is, and the copy keeps what only it knows (sparse
/// checkouts, file modes on disks without them).
Result<Snapshot> take_snapshot(const Git& git, const Worktree& worktree) {
  const os::TemporaryDirectory directory = TRY(os::TemporaryDirectory::make({}, "stream-status-index"));
  const auto home = TRY(os::open_directory_beneath(worktree.git_directory, ""));
  const auto stamp = home ? os::stamp_of(*home, "index") : std::nullopt;
  const auto index = TRY(os::read_file(worktree.git_directory + "/index", kMostIndex));
  if (index && stamp) {
    const std::string parent = directory.path().substr(0, directory.path().rfind('/'));
    const os::Fd place = TRY(os::open_private_directory(directory.path(), parent, os::IfMissing::kFail));
    TRY(os::write_file_atomically(place, "index", *index, os::Durability::kPageCache));
    // A file that was edited within the second in which the index was written counts as changed only by the index's own
    // time (racy-git): with a later one, an edit would be taken for what was staged, and be lost.
    TRY(os::set_modified(place, "index", stamp->modified_ns));
  }
  const RunOptions run{.directory = worktree.path, .environment = {{"GIT_INDEX_FILE", directory.path() + "/index"}}};
  Snapshot snapshot;
  if (auto staged = git.act({"write-tree"}, run)) snapshot.staged = without_newline(std::move(*staged));
  // A split index would write its shared part beside the real one; an unreadable file must stop it.
  TRY(git.act({"-c", "core.splitIndex=false", "-c", "core.untrackedCache=false", "-c", "core.safecrlf=false", "-c",
               "add.ignoreErrors=false", "-c", "advice.addEmbeddedRepo=false", "add", "--all", "--sparse"},
              run));
  snapshot.files = without_newline(TRY(git.act({"write-tree"}, run)));
  return snapshot;
}

Result<ObjectId> tree_of(const Git& git, const ObjectId& commit) {
  // A worktree without any commit is compared with the empty tree.
  return without_newline(commit.empty() ? TRY(git.look({"hash-object", "-t", "tree", "--stdin"}))
                                        : TRY(git.look({"rev-parse", "--verify", commit + "^{tree}"})));
}

/// Of another repository inside the worktree a commit can hold the name only, not the files.
Result<void> refuse_nested_repositories(const Git& git, const ObjectId& from, const ObjectId& to) {
  const std::string output = TRY(git.look({"diff-tree", "-r", "-z", "--raw", "--no-renames", from, to}));
  const std::vector<std::string_view> pieces = split_nul(output);
  for (std::size_t i = 0; i + 1 < pieces.size(); i += 2) {
    const std::string_view before = pieces[i].substr(1, kSubmoduleMode.size());
    const std::string_view after = pieces[i].substr(2 + kSubmoduleMode.size(), kSubmoduleMode.size());
    if (after == kSubmoduleMode && before != kSubmoduleMode)
      return fail(
          ErrorCode::kGitError,
          fmt::format("keep uncommitted files: {} is a repository of its own and can not be kept", pieces[i + 1]),
          "move it out of the worktree, then try again");
  }
  return {};
}

Result<ObjectId> commit_tree(const Git& git, const ObjectId& tree, const std::vector<ObjectId>& parents,
                             std::string message) {
  std::vector<std::string> arguments{"commit-tree", "--no-gpg-sign", tree};
  for (const ObjectId& parent : parents) {
    arguments.emplace_back("-p");
    arguments.push_back(parent);
  }
  arguments.emplace_back("-F");
  arguments.emplace_back("-");
  const RunOptions run{.input = std::move(message), .environment = own_identity()};
  return without_newline(TRY(git.act(arguments, run)));
}

/// The commit and its parents, or nothing.
Result<std::vector<ObjectId>> with_parents(const Git& git, const ObjectId& commit) {
  std::vector<ObjectId> ids;
  const std::string output = TRY(git.look({"rev-list", "--parents", "--max-count=1", commit}));
  std::string_view rest = output;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(" \n"), rest.size());
    if (end > 0) ids.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return ids;
}

tl::unexpected<Error> files_not_restored(const ObjectId& kept, const std::string& path, std::string_view why) {
  return fail(ErrorCode::kGitError, fmt::format("restore uncommitted files: {}: {}", path, why),
              fmt::format("they are in commit {}: see 'git show {}', take them with 'git restore --source={} <file>'",
                          kept, kept, kept));
}

Result<void> restore_files(const Git& git, std::string_view id, const Worktree& worktree) {
  const ObjectId kept = TRY(read_ref(git, uncommitted_ref(id)));
  if (kept.empty()) return {};
  const std::vector<ObjectId> family = TRY(with_parents(git, kept));
  if (family.size() < 2 || family[1] != worktree.head)
    return files_not_restored(kept, worktree.path, "they belong to another commit than the branch is on");
  const RunOptions run{.directory = worktree.path};
  const WorktreeStatus status = TRY(read_status(git, worktree));
  if (!status.is_clean()) {
    const Snapshot now = TRY(take_snapshot(git, worktree));
    const ObjectId files = TRY(tree_of(git, kept));
    if (now.files != files)
      return files_not_restored(kept, worktree.path, "there are other uncommitted changes, which stay as they are");
    if (now.staged != files) return {};
  } else {
    TRY(git.act({"read-tree", "-m", "-u", worktree.head, kept}, run));
  }
  // They were not staged, or it is not known what was.
  TRY(git.act({"reset", "--quiet", "--mixed"}, run));
  return {};
}

}  // namespace

Result<void> keep_tip(const Git& git, std::string_view id, const ObjectId& tip) {
  if (!is_object_id(tip))
    return fail(ErrorCode::kInvalidArgument, fmt::format("keep the tip of {}: '{}' is not a commit", id, tip));
  const std::string name = retired_ref(id);
  if (TRY(read_ref(git, name)) == tip) return {};
  return write_ref(git, name, tip);
}

Result<ObjectId> keep_uncommitted(const Git& git, std::string_view id, const Worktree& worktree) {
  if (!worktree.exists || worktree.is_bare)
    return fail(ErrorCode::kGitError,
                fmt::format("keep uncommitted files: {}: there is no worktree any more", worktree.path));
  const Snapshot snapshot = TRY(take_snapshot(git, worktree));
  const ObjectId head_tree = TRY(tree_of(git, worktree.head));
  const bool only_staged =
      !snapshot.staged.empty() && snapshot.staged != head_tree && snapshot.staged != snapshot.files;
  if (snapshot.files == head_tree && !only_staged) return ObjectId{};
  TRY(refuse_nested_repositories(git, head_tree, snapshot.files));

  std::vector<ObjectId> parents;
  if (!worktree.head.empty()) parents.push_back(worktree.head);
  const std::string name = uncommitted_ref(id);
  const ObjectId known = TRY(read_ref(git, name));
  if (!known.empty() && !only_staged && TRY(tree_of(git, known)) == snapshot.files) {
    std::vector<ObjectId> family = TRY(with_parents(git, known));
    family.erase(family.begin());
    if (family == parents) return known;
  }
  const std::string where = fmt::format("of {}\n\nWorktree: {}\n", id, worktree.path);
  // As a stash has it: what is staged and differs from the files is the second parent.
  if (only_staged)
    parents.push_back(TRY(commit_tree(git, snapshot.staged, parents, "stream-status: staged files " + where)));
  const ObjectId kept =
      TRY(commit_tree(git, snapshot.files, parents, "stream-status: uncommitted and untracked files " + where));
  TRY(write_ref(git, name, kept));
  return kept;
}

Result<void> remove_worktree(const Git& git, const Worktree& worktree, Force force) {
  if (find_worktree(TRY(list_worktrees(git)), worktree.path) == nullptr) return {};
  std::vector<std::string> arguments{"worktree", "remove"};
  if (force == Force::kYes) arguments.emplace_back("--force");
  arguments.emplace_back("--");
  arguments.push_back(worktree.path);
  // Not from a worktree, which may be the one that goes.
  auto removed = git.act(arguments, {.directory = git.common_directory()});
  if (removed) return {};
  Error error = std::move(removed).error();
  if (error.hint.empty() && worktree.lock_reason)
    error.hint = fmt::format("it is locked{}{}: 'git worktree unlock' first", worktree.lock_reason->empty() ? "" : ", ",
                             *worktree.lock_reason);
  return tl::make_unexpected(std::move(error));
}

Result<void> delete_branch(const Git& git, const std::string& branch, const ObjectId& tip) {
  if (!is_object_id(tip))
    return fail(ErrorCode::kInvalidArgument, fmt::format("delete branch {}: '{}' is not a commit", branch, tip));
  const std::string name = std::string(kBranchPrefix) + branch;
  const ObjectId now = TRY(read_ref(git, name));
  if (now.empty()) return {};
  if (const std::vector<Worktree> worktrees = TRY(list_worktrees(git));
      const Worktree* user = find_worktree_of_branch(worktrees, branch))
    return fail(ErrorCode::kGitError, fmt::format("delete branch {}: it is checked out in {}", branch, user->path));
  // git compares once more, under its lock.
  auto deleted = git.act({"update-ref", "--no-deref", "-d", name, tip});
  if (deleted) return {};
  if (now != tip)
    return fail(
        ErrorCode::kGitError,
        fmt::format("delete branch {}: it has moved from {} to {}", branch, tip.substr(0, 10), now.substr(0, 10)),
        "look at what is new there, then try again");
  return tl::make_unexpected(std::move(deleted).error());
}

Result<ObjectId> restore_branch(const Git& git, const Refs& refs, std::string_view id, const std::string& branch) {
  const Ref* kept = refs.find(retired_ref(id));
  const auto now = refs.branch_tip(branch);
  if (kept == nullptr)
    return fail(ErrorCode::kGitError, fmt::format("restore branch {}: nothing is kept for {}", branch, id));
  if (now && *now == kept->target) return kept->target;
  if (now)
    return fail(ErrorCode::kGitError,
                fmt::format("restore branch {}: there is one of this name, at {}", branch, now->substr(0, 10)),
                fmt::format("the kept commit is {}: 'git branch <another name> {}'", kept->target, kept->target));
  // All zeros: only if nobody made it meanwhile.
  TRY(git.act({"update-ref", "-m", "stream-status: unretired", std::string(kBranchPrefix) + branch, kept->target,
               std::string(kept->target.size(), '0')},
              {.environment = own_identity()}));
  return kept->target;
}

Result<void> restore_worktree(const Git& git, std::string_view id, const std::string& path, const std::string& branch) {
  const std::vector<Worktree> before = TRY(list_worktrees(git));
  const Worktree* here = find_worktree(before, path);
  if (here != nullptr && here->exists) {
    if (here->branch == branch) return restore_files(git, id, *here);
    return fail(ErrorCode::kGitError, fmt::format("restore worktree {}: the worktree there is on {}", path,
                                                  here->branch.empty() ? "no branch" : "branch " + here->branch));
  }
  const Worktree* elsewhere = find_worktree_of_branch(before, branch);
  if (elsewhere != nullptr && elsewhere->exists)
    return fail(ErrorCode::kGitError,
                fmt::format("restore worktree {}: branch {} is checked out in {}", path, branch, elsewhere->path));
  // git would make the branch from a remote one of this name.
  if (TRY(read_ref(git, std::string(kBranchPrefix) + branch)).empty())
    return fail(ErrorCode::kGitError, fmt::format("restore worktree {}: there is no branch {}", path, branch));
  std::vector<std::string> arguments{"worktree", "add", "--quiet"};
  // Only what git still lists but is gone is overridden: a taken path stays taken.
  if (here != nullptr || elsewhere != nullptr) arguments.emplace_back("--force");
  for (const std::string& argument : {std::string("--"), path, branch}) arguments.push_back(argument);
  TRY(git.act(arguments, {.directory = git.common_directory()}));
  const std::vector<Worktree> after = TRY(list_worktrees(git));
  const Worktree* made = find_worktree(after, path);
  if (made == nullptr || made->branch != branch)
    return fail(ErrorCode::kGitError, fmt::format("restore worktree {}: git made none on branch {}", path, branch));
  return restore_files(git, id, *made);
}

Result<void> forget_kept(const Git& git, std::string_view id) {
  for (const std::string& name : {retired_ref(id), uncommitted_ref(id)})
    if (!TRY(read_ref(git, name)).empty()) TRY(git.act({"update-ref", "--no-deref", "-d", name}));
  return {};
}

}  // namespace stream_status::git
