#include "git/retire.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "git/harmless.h"

namespace stream_status {
namespace {

using git::find_worktree;
using git::Force;
using git::keep_uncommitted;
using git::list_worktrees;
using git::ObjectId;
using git::read_refs;
using git::Worktree;
using testing::differences;
using ::testing::ElementsAre;
using testing::fingerprint_of;
using testing::GitWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

Worktree worktree_at(const git::Git& git, const std::string& path) {
  const auto worktrees = list_worktrees(git);
  const Worktree* found = find_worktree(*worktrees, path);
  EXPECT_NE(found, nullptr) << path;
  return found == nullptr ? Worktree{} : *found;
}

/// Path, mode and content of each file of a worktree, without its .git.
std::vector<std::string> files_of(const std::string& worktree) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(worktree)) {
    const std::string name = entry.path().lexically_relative(worktree).string();
    if (entry.is_directory() || name == ".git") continue;
    const bool link = entry.is_symlink();
    const bool runs = !link && (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
    lines.push_back(name +
                    (runs   ? " runs "
                     : link ? " -> "
                            : " ") +
                    (link ? fs::read_symlink(entry.path()).string() : testing::text_of_file(entry.path().string())));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// Changed, staged, deleted, made executable, linked, and new in a new directory with an odd name.
void make_dirty(GitWorld& world, const std::string& worktree) {
  for (const char* file : {"changed", "staged", "deleted", "script", "becomes a link"})
    world.write(file, std::string(file) + "\n", worktree);
  world.commit("files", worktree);
  world.write("changed", "other\n", worktree);
  world.write("staged", "staged first\n", worktree);
  world.run({"add", "staged"}, worktree);
  world.write("staged", "then changed\n", worktree);
  fs::remove(worktree + "/deleted");
  fs::permissions(worktree + "/script", fs::perms::owner_all);
  fs::remove(worktree + "/becomes a link");
  fs::create_symlink("no/where", worktree + "/becomes a link");
  world.write("new directory/-x\n\xFF", "new\n", worktree);
  fs::create_symlink("changed", worktree + "/link");
}

struct Retired {
  ObjectId tip;
  ObjectId kept;
  std::vector<std::string> files;
  std::string status;
};

/// Keeps, removes and deletes, as a forced retirement does.
Retired retire(GitWorld& world, const git::Git& git, const std::string& branch, const std::string& path) {
  Retired retired{world.tip(branch), {}, files_of(path), world.run({"status", "--porcelain", "-uall"}, path)};
  EXPECT_TRUE(git::keep_tip(git, branch, retired.tip));
  const auto kept = keep_uncommitted(git, branch, worktree_at(git, path));
  EXPECT_TRUE(kept) << kept.error().message;
  retired.kept = kept.value_or("");
  const auto removed = git::remove_worktree(git, worktree_at(git, path), Force::kYes);
  EXPECT_TRUE(removed) << removed.error().message;
  const auto deleted = git::delete_branch(git, branch, retired.tip);
  EXPECT_TRUE(deleted) << deleted.error().message;
  EXPECT_FALSE(fs::exists(path));
  return retired;
}

TEST(Retire, ADirtyWorktreeComesBackWithTheSameCommitAndTheSameFiles) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  make_dirty(world, path);
  const auto git = world.open();
  const Retired retired = retire(world, *git, "auth", path);
  EXPECT_NE(retired.kept, "");
  EXPECT_EQ(read_refs(*git)->branch_tip("auth"), std::nullopt);
  world.run({"reflog", "expire", "--expire=now", "--all"});
  world.run({"gc", "-q", "--prune=now"});

  for (int time = 0; time < 2; ++time) {  // the second time all is there already
    const auto restored = git::restore_branch(*git, *read_refs(*git), "auth", "auth");
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(*restored, retired.tip);
    const auto made = git::restore_worktree(*git, "auth", path, "auth");
    ASSERT_TRUE(made) << made.error().message << made.error().hint;
    EXPECT_EQ(world.run({"rev-parse", "HEAD"}, path), retired.tip);
    EXPECT_EQ(world.run({"symbolic-ref", "HEAD"}, path), "refs/heads/auth");
    EXPECT_EQ(files_of(path), retired.files);
    EXPECT_EQ(world.run({"diff", "--cached", "--name-only"}, path), "");
  }
  for (int time = 0; time < 2; ++time) EXPECT_TRUE(git::forget_kept(*git, "auth"));
  EXPECT_EQ(world.run({"for-each-ref", "refs/stream-status"}), "");
  EXPECT_EQ(files_of(path), retired.files);
}

TEST(Retire, KeepingLeavesTheWorktreeAndItsIndexAsTheyAre) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  make_dirty(world, path);
  world.write(".gitignore", "*.log\n", path);
  world.write("x.log", "ignored\n", path);
  const auto git = world.open();
  const auto before = fingerprint_of(world);
  const auto kept = keep_uncommitted(*git, "auth", worktree_at(*git, path));
  ASSERT_TRUE(kept) << kept.error().message;
  for (const std::string& line : differences(before, fingerprint_of(world)))
    EXPECT_TRUE(line.find(".git/objects") != std::string::npos || line.find("stream-status") != std::string::npos ||
                line.starts_with("repository/.git/refs: ") || line.starts_with("repository/.git/logs/refs: "))
        << line;
  EXPECT_EQ(world.run({"log", "-1", "--format=%an %cn %P %s", *kept}),
            "stream-status stream-status " + world.tip("auth") + " " + world.run({"rev-parse", *kept + "^2"}) +
                " stream-status: uncommitted and untracked files of auth");
  // What was staged and changed again after is not lost either.
  EXPECT_EQ(world.run({"show", *kept + "^2:staged"}), "staged first");
  EXPECT_EQ(world.try_run({"cat-file", "-e", *kept + ":x.log"}).exit_code, 128);
}

TEST(Retire, NothingUncommittedKeepsNothing) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  world.write(".gitignore", "*.log\n", path);
  world.commit("ignore", path);
  world.write("x.log", "ignored\n", path);
  const auto git = world.open();
  EXPECT_EQ(*keep_uncommitted(*git, "auth", worktree_at(*git, path)), "");
  EXPECT_EQ(world.run({"for-each-ref", "refs/stream-status"}), "");
}

TEST(Retire, KeepingTwiceIsTheSameAndKeepingLaterDoesNotLoseTheFirst) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  const auto git = world.open();
  world.write("new", "1", path);
  const auto first = *keep_uncommitted(*git, "auth", worktree_at(*git, path));
  EXPECT_EQ(*keep_uncommitted(*git, "auth", worktree_at(*git, path)), first);
  world.write("new", "2", path);
  const auto second = *keep_uncommitted(*git, "auth", worktree_at(*git, path));
  EXPECT_NE(second, first);
  EXPECT_EQ(world.run({"rev-parse", "refs/stream-status/uncommitted/auth@{1}"}), first);
}

TEST(Retire, KeepsAnUnresolvedMergeAndAWorktreeWithoutACommit) {
  GitWorld world;
  const std::string topic = world.add_worktree("topic");
  world.commit_file("base.txt", "topic\n", topic);
  world.commit_file("base.txt", "main\n");
  EXPECT_NE(world.try_run({"merge", "main"}, topic).exit_code, 0);
  const auto git = world.open();
  const auto kept = keep_uncommitted(*git, "topic", worktree_at(*git, topic));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_THAT(world.run({"show", *kept + ":base.txt"}), HasSubstr("<<<<<<<"));
  EXPECT_EQ(worktree_at(*git, topic).operation, "merge");

  const std::string fresh = world.add_worktree("fresh");
  world.run({"checkout", "-q", "--orphan", "unborn"}, fresh);
  world.run({"rm", "-rfq", "--cached", "."}, fresh);
  const auto unborn = keep_uncommitted(*git, "unborn", worktree_at(*git, fresh));
  ASSERT_TRUE(unborn) << unborn.error().message;
  EXPECT_EQ(world.run({"show", *unborn + ":base.txt"}), "main");
  EXPECT_EQ(world.run({"log", "--format=%P", *unborn}), "");
}

TEST(Retire, FilesOutsideASparseCheckoutAreNotTakenForDeleted) {
  GitWorld world;
  world.write("in/a", "1");
  world.write("out/b", "1");
  world.commit("two directories");
  const std::string path = world.add_worktree("sparse");
  world.run({"sparse-checkout", "set", "in"}, path);
  ASSERT_FALSE(fs::exists(path + "/out/b"));
  const auto git = world.open();
  EXPECT_EQ(*keep_uncommitted(*git, "sparse", worktree_at(*git, path)), "");
  world.write("in/a", "2", path);
  world.write("out/new", "3", path);
  const auto kept = keep_uncommitted(*git, "sparse", worktree_at(*git, path));
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(world.run({"diff", "--name-status", "sparse", *kept}), "M\tin/a\nA\tout/new");
}

TEST(Retire, AnEditThatLeavesSizeAndTimeAloneIsKept) {
  GitWorld world;
  world.run({"config", "core.trustctime", "false"});
  world.run({"config", "core.checkStat", "minimal"});
  const std::string path = world.add_worktree("auth");
  world.commit_file("f", "1", path);
  // The index was written in the second in which the file was edited: git tells only by the index's own time.
  const auto second = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(path + "/f", second);
  world.run({"update-index", "--refresh"}, path);
  const auto git = world.open();
  fs::last_write_time(worktree_at(*git, path).git_directory + "/index", second);
  world.write("f", "2", path);
  fs::last_write_time(path + "/f", second);
  const auto kept = keep_uncommitted(*git, "auth", worktree_at(*git, path));
  ASSERT_TRUE(kept) << kept.error().message;
  ASSERT_NE(*kept, "");
  EXPECT_EQ(world.run({"show", *kept + ":f"}), "2");
}

TEST(Retire, ARepositoryInsideTheWorktreeCanNotBeKeptAndThatIsSaid) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  const auto git = world.open();
  world.run({"init", "-q", path + "/nested"});
  const auto empty = keep_uncommitted(*git, "auth", worktree_at(*git, path));
  ASSERT_FALSE(empty);
  EXPECT_THAT(empty.error().message, HasSubstr("nested"));
  world.commit_file("inside", "1", path + "/nested");
  const auto kept = keep_uncommitted(*git, "auth", worktree_at(*git, path));
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, ErrorCode::kGitError);
  EXPECT_THAT(kept.error().message, HasSubstr("nested"));
}

TEST(Retire, AnyIdCanBeKept) {
  GitWorld world;
  const auto git = world.open();
  const std::string tip = world.tip("main");
  for (const char* id : {"-x", "Old Id.lock", "..", "a/b", "a", "@{~^:?*[\\\n\xFF"}) {
    for (int time = 0; time < 2; ++time) {
      const auto kept = git::keep_tip(*git, id, tip);
      ASSERT_TRUE(kept) << kept.error().message;
    }
    EXPECT_EQ(*git::restore_branch(*git, *read_refs(*git), id, "main"), tip);
  }
  EXPECT_EQ(read_refs(*git)->refs.size(), 7u);
  for (const char* id : {"a", "-x"}) ASSERT_TRUE(git::forget_kept(*git, id));
  EXPECT_EQ(read_refs(*git)->refs.size(), 5u);
  for (const char* not_a_commit : {"main", "", "-d"})
    EXPECT_EQ(git::keep_tip(*git, "a", not_a_commit).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(git::keep_tip(*git, "a", std::string(40, '3')).error().code, ErrorCode::kGitError);
}

TEST(RemoveWorktree, ADirtyOneIsRefusedWithoutForceAndALockedOneAlways) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  world.write("new", "1", path);
  const auto git = world.open();
  const auto refused = git::remove_worktree(*git, worktree_at(*git, path), Force::kNo);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kGitError);
  EXPECT_THAT(refused.error().message, HasSubstr("modified or untracked"));
  world.run({"worktree", "lock", "--reason", "on a stick", path});
  const auto locked = git::remove_worktree(*git, worktree_at(*git, path), Force::kYes);
  ASSERT_FALSE(locked);
  EXPECT_THAT(locked.error().hint, HasSubstr("on a stick"));
  EXPECT_TRUE(fs::exists(path + "/new"));
  world.run({"worktree", "unlock", path});
  EXPECT_TRUE(git::remove_worktree(*git, worktree_at(*git, path), Force::kYes));
  EXPECT_FALSE(fs::exists(path));
}

TEST(RemoveWorktree, MayBeRepeatedAndForgetsOneThatWasDeletedByHand) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  const auto git = world.open();
  const Worktree worktree = worktree_at(*git, path);
  fs::remove_all(path);
  for (int time = 0; time < 2; ++time) {
    const auto removed = git::remove_worktree(*git, worktree, Force::kNo);
    EXPECT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(list_worktrees(*git)->size(), 1u);
  }
}

TEST(RemoveWorktree, TheMainOneAndOneThatIsAnotherRepositoryNowStay) {
  GitWorld world;
  const auto git = world.open();
  EXPECT_FALSE(git::remove_worktree(*git, worktree_at(*git, world.root()), Force::kYes));
  const std::string path = world.add_worktree("auth");
  fs::remove_all(path);
  world.run({"init", "-q", path}, world.root());
  world.write("precious", "1", path);
  EXPECT_FALSE(git::remove_worktree(*git, worktree_at(*git, path), Force::kYes));
  EXPECT_TRUE(fs::exists(path + "/precious"));
}

TEST(RemoveWorktree, RunsNoHook) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  make_dirty(world, path);
  for (const char* hook : {"post-checkout", "reference-transaction", "post-index-change", "pre-commit"}) {
    const std::string file = world.root() + "/.git/hooks/" + hook;
    testing::write_text(file, "#!/bin/sh\ntouch '" + world.path("marker") + "'\n");
    fs::permissions(file, fs::perms::owner_all);
  }
  const auto git = world.open();
  const Retired retired = retire(world, *git, "auth", path);
  fs::remove(world.path("marker"));  // the world's own git
  ASSERT_TRUE(git::restore_branch(*git, *read_refs(*git), "auth", "auth"));
  ASSERT_TRUE(git::restore_worktree(*git, "auth", path, "auth"));
  EXPECT_FALSE(fs::exists(world.path("marker")));
  EXPECT_EQ(files_of(path), retired.files);
}

TEST(DeleteBranch, IsRefusedWhenItMovedOrIsCheckedOutAnywhere) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  const std::string old = world.tip("auth");
  const auto git = world.open();
  const auto used = git::delete_branch(*git, "auth", old);
  ASSERT_FALSE(used);
  EXPECT_THAT(used.error().message, HasSubstr(path));
  world.commit_file("base.txt", "topic\n", path);
  world.commit_file("base.txt", "main\n");
  const std::string tip = world.tip("auth");
  EXPECT_NE(world.try_run({"rebase", "main"}, path).exit_code, 0);
  EXPECT_FALSE(git::delete_branch(*git, "auth", tip)) << "mid-rebase HEAD is detached, and the branch in use";
  world.run({"rebase", "--abort"}, path);
  world.run({"checkout", "-q", "--detach"}, path);
  const auto moved = git::delete_branch(*git, "auth", old);
  ASSERT_FALSE(moved);
  EXPECT_THAT(moved.error().message, HasSubstr("moved"));
  EXPECT_EQ(world.tip("auth"), tip);
  for (int time = 0; time < 2; ++time) EXPECT_TRUE(git::delete_branch(*git, "auth", tip));
  EXPECT_EQ(read_refs(*git)->branch_tip("auth"), std::nullopt);
}

TEST(DeleteBranch, AnAliasOfAnotherBranchIsDeletedAloneAndOddNamesAreNoOptions) {
  GitWorld world;
  world.run({"symbolic-ref", "refs/heads/alias", "refs/heads/main"});
  world.run({"update-ref", "refs/heads/-d", "main"});
  const auto git = world.open();
  const std::string tip = world.tip("main");
  EXPECT_TRUE(git::delete_branch(*git, "-d", tip));
  EXPECT_TRUE(git::delete_branch(*git, "alias", tip));
  const auto refs = read_refs(*git);
  ASSERT_EQ(refs->refs.size(), 1u);
  EXPECT_EQ(refs->branch_tip("main"), tip);
}

TEST(RestoreBranch, LeavesOneOfThatNameAlone) {
  GitWorld world;
  world.run({"branch", "auth"});
  const std::string kept = world.commit_file("a", "1");
  const auto git = world.open();
  EXPECT_THAT(git::restore_branch(*git, *read_refs(*git), "auth", "auth").error().message,
              HasSubstr("nothing is kept"));
  ASSERT_TRUE(git::keep_tip(*git, "auth", kept));
  const std::string before = world.tip("auth");
  const auto refused = git::restore_branch(*git, *read_refs(*git), "auth", "auth");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().hint, HasSubstr(kept));
  EXPECT_EQ(world.tip("auth"), before);
  // One that is made after the refs were read is left alone too.
  const auto refs = read_refs(*git);
  world.run({"branch", "other", before});
  EXPECT_FALSE(git::restore_branch(*git, *refs, "auth", "other"));
  EXPECT_EQ(world.tip("other"), before);
}

TEST(RestoreWorktree, ATakenPathAndABranchInUseAreRefused) {
  GitWorld world;
  world.run({"branch", "auth"});
  world.write("taken/precious", "1", world.path("."));
  const auto git = world.open();
  EXPECT_FALSE(git::restore_worktree(*git, "auth", world.path("taken"), "auth"));
  EXPECT_EQ(testing::text_of_file(world.path("taken/precious")), "1");
  const std::string path = world.add_worktree("other");
  EXPECT_THAT(git::restore_worktree(*git, "auth", path, "auth").error().message, HasSubstr("on branch other"));
  EXPECT_THAT(git::restore_worktree(*git, "x", world.path("new"), "other").error().message, HasSubstr(path));
  EXPECT_THAT(git::restore_worktree(*git, "x", world.path("new"), "nowhere").error().message, HasSubstr("no branch"));
  EXPECT_FALSE(fs::exists(world.path("new")));
}

TEST(RestoreWorktree, OneThatWasDeletedByHandIsMadeAgain) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  const auto git = world.open();
  fs::remove_all(path);
  ASSERT_TRUE(git::restore_worktree(*git, "auth", path, "auth"));
  EXPECT_TRUE(fs::exists(path + "/base.txt"));
  fs::remove_all(path);
  const auto elsewhere = git::restore_worktree(*git, "auth", world.path("elsewhere"), "auth");
  ASSERT_TRUE(elsewhere) << elsewhere.error().message;
  EXPECT_TRUE(fs::exists(world.path("elsewhere/base.txt")));
}

TEST(RestoreWorktree, ChangesMadeMeanwhileAreNeverOverwritten) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  const auto git = world.open();
  world.write("base.txt", "kept\n", path);
  const Retired retired = retire(world, *git, "auth", path);
  world.run({"worktree", "add", "-q", "-b", "auth", path, retired.tip});
  world.write("base.txt", "newer\n", path);
  const auto restored = git::restore_worktree(*git, "auth", path, "auth");
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().hint, HasSubstr(retired.kept));
  EXPECT_THAT(files_of(path), ElementsAre("base.txt newer\n"));
  world.commit("newer", path);
  EXPECT_FALSE(git::restore_worktree(*git, "auth", path, "auth"));
  EXPECT_THAT(files_of(path), ElementsAre("base.txt newer\n"));
}

TEST(RestoreWorktree, GoesOnWhereACrashLeftTheFilesStaged) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  const auto git = world.open();
  make_dirty(world, path);
  const Retired retired = retire(world, *git, "auth", path);
  world.run({"worktree", "add", "-q", "-b", "auth", path, retired.tip});
  world.run({"read-tree", "-m", "-u", "HEAD", retired.kept}, path);
  ASSERT_NE(world.run({"diff", "--cached", "--name-only"}, path), "");
  ASSERT_TRUE(git::restore_worktree(*git, "auth", path, "auth"));
  EXPECT_EQ(world.run({"diff", "--cached", "--name-only"}, path), "");
  EXPECT_EQ(files_of(path), retired.files);
}

}  // namespace
}  // namespace stream_status
