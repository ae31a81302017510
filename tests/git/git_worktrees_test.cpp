#include "git/worktrees.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "git/harmless.h"

namespace stream_status {
namespace {

using git::find_worktree;
using git::find_worktree_of_branch;
using git::list_worktrees;
using git::Worktree;
using ::testing::ElementsAre;
using testing::GitWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<Worktree> worktrees_of(GitWorld& world) {
  const auto git = world.open();
  const auto worktrees = list_worktrees(*git);
  EXPECT_TRUE(worktrees) << worktrees.error().message;
  return worktrees.value_or(std::vector<Worktree>{});
}

git::WorktreeStatus status_of(GitWorld& world, const std::string& path) {
  const auto git = world.open();
  const auto worktrees = list_worktrees(*git);
  const auto status = git::read_status(*git, *find_worktree(*worktrees, path));
  EXPECT_TRUE(status) << status.error().message;
  return status.value_or(git::WorktreeStatus{});
}

std::vector<std::string> shown(const git::WorktreeStatus& status) {
  std::vector<std::string> lines;
  for (const git::UncommittedFile& file : status.files)
    lines.push_back(std::string(name_of(file.state)) + " " + file.path);
  return lines;
}

/// main and "topic" change base.txt in different ways.
std::string add_conflicting_worktree(GitWorld& world) {
  const std::string topic = world.add_worktree("topic");
  world.commit_file("base.txt", "topic\n", topic);
  world.commit_file("base.txt", "main\n");
  return topic;
}

TEST(Worktrees, AreListedWithBranchHeadAndGitDirectory) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  const std::string tip = world.commit_file("a", "1", path);
  const auto worktrees = worktrees_of(world);
  ASSERT_EQ(worktrees.size(), 2u);
  const Worktree& main = worktrees[0];
  EXPECT_EQ(main.path, world.root());
  EXPECT_TRUE(main.is_main);
  EXPECT_TRUE(main.exists);
  EXPECT_EQ(main.branch, "main");
  EXPECT_EQ(main.git_directory, world.root() + "/.git");
  const Worktree& linked = worktrees[1];
  EXPECT_EQ(linked.path, path);
  EXPECT_EQ(linked.head, tip);
  EXPECT_EQ(linked.branch, "auth");
  EXPECT_FALSE(linked.is_main || linked.is_bare || linked.is_detached);
  EXPECT_TRUE(linked.exists);
  EXPECT_EQ(linked.operation, "");
  EXPECT_EQ(linked.lock_reason, std::nullopt);
  EXPECT_EQ(linked.git_directory, world.root() + "/.git/worktrees/worktree-0");
}

TEST(Worktrees, MayHaveAnyBytesInTheirPath) {
  GitWorld world;
  const std::string path = world.path("line\nbreak 'and' \"quotes\" \xC3\xBC \xFF");
  world.run({"worktree", "add", "-q", "-b", "odd", path});
  const auto worktrees = worktrees_of(world);
  ASSERT_NE(find_worktree_of_branch(worktrees, "odd"), nullptr);
  EXPECT_EQ(find_worktree_of_branch(worktrees, "odd")->path, path);
  EXPECT_TRUE(find_worktree_of_branch(worktrees, "odd")->exists);
  world.write("-x", "1", path);
  world.write("a\nb \"c\" \xFF\t", "1", path);
  EXPECT_THAT(shown(status_of(world, path)), UnorderedElementsAre("untracked -x", "untracked a\nb \"c\" \xFF\t"));
}

TEST(Worktrees, OneThatWasDeletedByHandIsListedAndDoesNotExist) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  std::filesystem::remove_all(path);
  const auto worktrees = worktrees_of(world);
  ASSERT_EQ(worktrees.size(), 2u);
  EXPECT_FALSE(worktrees[1].exists);
  EXPECT_EQ(worktrees[1].branch, "auth");
  EXPECT_EQ(worktrees[1].path, path);
  EXPECT_EQ(worktrees[1].git_directory, "");
  const auto git = world.open();
  const auto status = git::read_status(*git, worktrees[1]);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kGitError);
  EXPECT_THAT(status.error().message, HasSubstr("gone"));
}

TEST(Worktrees, ADirectoryThatBelongsToAnotherRepositoryNowDoesNotExist) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  std::filesystem::remove_all(path);
  world.run({"init", "-q", path}, world.root());
  EXPECT_FALSE(worktrees_of(world)[1].exists);
}

TEST(Worktrees, TwoThatSwappedTheirDirectoriesDoNotExist) {
  GitWorld world;
  const std::string a = world.add_worktree("a");
  const std::string b = world.add_worktree("b");
  std::filesystem::rename(a, world.path("aside"));
  std::filesystem::rename(b, a);
  std::filesystem::rename(world.path("aside"), b);
  for (const char* branch : {"a", "b"}) EXPECT_FALSE(find_worktree_of_branch(worktrees_of(world), branch)->exists);
}

TEST(Worktrees, OneThatWasMovedByHandExistsAgainAfterRepair) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  std::filesystem::rename(path, world.path("moved"));
  EXPECT_FALSE(worktrees_of(world)[1].exists);
  world.run({"worktree", "repair", world.path("moved")});
  EXPECT_TRUE(worktrees_of(world)[1].exists);
  EXPECT_EQ(worktrees_of(world)[1].path, world.path("moved"));
}

TEST(Worktrees, LocksAreShownWithAndWithoutAReason) {
  GitWorld world;
  world.run({"worktree", "lock", "--reason", "on a\nstick", world.add_worktree("a")});
  world.run({"worktree", "lock", world.add_worktree("b")});
  const auto worktrees = worktrees_of(world);
  EXPECT_EQ(find_worktree_of_branch(worktrees, "a")->lock_reason, "on a\nstick");
  EXPECT_EQ(find_worktree_of_branch(worktrees, "b")->lock_reason, "");
}

TEST(Worktrees, DetachedAndWithoutAnyCommit) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  world.run({"checkout", "-q", "--detach"}, path);
  world.run({"checkout", "-q", "--orphan", "fresh"});
  const auto worktrees = worktrees_of(world);
  EXPECT_EQ(worktrees[0].branch, "fresh");
  EXPECT_EQ(worktrees[0].head, "");
  EXPECT_TRUE(worktrees[1].is_detached);
  EXPECT_EQ(worktrees[1].branch, "");
  EXPECT_EQ(worktrees[1].head, world.tip("main"));
}

TEST(Worktrees, MidRebaseTheBranchIsTheOneThatIsRebased) {
  for (const char* backend : {"--merge", "--apply"}) {
    GitWorld world;
    const std::string topic = add_conflicting_worktree(world);
    EXPECT_NE(world.try_run({"rebase", backend, "main"}, topic).exit_code, 0);
    const auto worktrees = worktrees_of(world);
    EXPECT_TRUE(worktrees[1].is_detached);
    EXPECT_EQ(worktrees[1].branch, "topic") << backend;
    EXPECT_EQ(worktrees[1].operation, "rebase") << backend;
    EXPECT_EQ(find_worktree_of_branch(worktrees, "topic"), &worktrees[1]);
    EXPECT_THAT(shown(status_of(world, topic)), ElementsAre("conflicted base.txt"));
  }
}

TEST(Worktrees, OtherOperationsInProgressAreNamed) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"merge", "main"}, "merge"}, {{"cherry-pick", "main"}, "cherry-pick"}, {{"revert", "main"}, "revert"}};
  for (const auto& [command, operation] : cases) {
    GitWorld world;
    const std::string topic = add_conflicting_worktree(world);
    EXPECT_NE(world.try_run(command, topic).exit_code, 0) << operation;
    EXPECT_EQ(worktrees_of(world)[1].operation, operation);
    EXPECT_EQ(worktrees_of(world)[0].operation, "");
  }
  GitWorld world;
  const std::string topic = add_conflicting_worktree(world);
  const std::string patch = world.run({"format-patch", "-1", "main", "-o", world.path("patches")});
  EXPECT_NE(world.try_run({"am", patch}, topic).exit_code, 0);
  EXPECT_EQ(worktrees_of(world)[1].operation, "am");
  world.run({"am", "--abort"}, topic);
  EXPECT_EQ(worktrees_of(world)[1].operation, "");
  world.commit_file("more", "1", topic);
  world.commit_file("more", "2", topic);
  world.run({"bisect", "start", "HEAD", "HEAD~2"}, topic);
  EXPECT_EQ(worktrees_of(world)[1].operation, "bisect");
  EXPECT_EQ(worktrees_of(world)[1].branch, "topic");
}

TEST(Worktrees, BetweenTwoPicksOfASeriesTheOperationGoesOn) {
  GitWorld world;
  const std::string topic = add_conflicting_worktree(world);
  world.commit_file("other", "1");
  EXPECT_NE(world.try_run({"cherry-pick", "main~1", "main"}, topic).exit_code, 0);
  world.write("base.txt", "both\n", topic);
  world.commit("resolved", topic);
  EXPECT_EQ(worktrees_of(world)[1].operation, "cherry-pick");
}

TEST(Worktrees, ABareMainRepositoryIsTheFirstAndHasNoFiles) {
  GitWorld world;
  const std::string bare = world.path("bare.git");
  world.run({"clone", "-q", "--bare", world.root(), bare});
  world.run({"worktree", "add", "-q", "-b", "auth", world.path("of-bare")}, bare);
  const auto git = git::Git::open({bare, world.environment()});
  ASSERT_TRUE(git) << git.error().message;
  const auto worktrees = list_worktrees(**git);
  ASSERT_TRUE(worktrees) << worktrees.error().message;
  ASSERT_EQ(worktrees->size(), 2u);
  EXPECT_TRUE((*worktrees)[0].is_bare);
  EXPECT_TRUE((*worktrees)[0].exists);
  EXPECT_EQ((*worktrees)[0].branch, "");
  EXPECT_TRUE((*worktrees)[1].exists);
  EXPECT_FALSE(git::read_status(**git, (*worktrees)[0]));
  EXPECT_TRUE(git::read_status(**git, (*worktrees)[1])->is_clean());
}

TEST(Worktrees, AGitDirectoryBesideTheFilesIsFound) {
  GitWorld world;
  world.run({"init", "-q", "--separate-git-dir", world.path("separate.git")});
  const auto worktrees = worktrees_of(world);
  EXPECT_EQ(worktrees[0].path, world.root());
  EXPECT_TRUE(worktrees[0].exists);
  EXPECT_EQ(worktrees[0].git_directory, world.path("separate.git"));
}

TEST(Worktrees, OfASubmoduleAreFound) {
  GitWorld world;
  const std::string library = world.path("library");
  world.run({"init", "-q", "-b", "main", library});
  world.commit_file("a", "1", library);
  world.run({"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "sub"});
  world.run({"worktree", "add", "-q", "-b", "of-sub", world.path("of-sub")}, world.root() + "/sub");
  for (const std::string& start : {world.root() + "/sub", world.path("of-sub")}) {
    const auto git = git::Git::open({start, world.environment()});
    ASSERT_TRUE(git) << git.error().message;
    const auto worktrees = list_worktrees(**git);
    ASSERT_TRUE(worktrees);
    ASSERT_EQ(worktrees->size(), 2u);
    EXPECT_EQ((*worktrees)[0].path, world.root() + "/sub");
    EXPECT_TRUE((*worktrees)[0].exists);
    EXPECT_TRUE((*worktrees)[1].exists);
  }
}

TEST(Worktrees, AreFoundByAPathThatGoesThroughASymlink) {
  GitWorld world;
  const std::string path = world.add_worktree("auth");
  std::filesystem::create_symlink(path, world.path("link"));
  const auto worktrees = worktrees_of(world);
  EXPECT_EQ(find_worktree(worktrees, world.path("link")), &worktrees[1]);
  EXPECT_EQ(find_worktree(worktrees, path + "/"), &worktrees[1]);
  EXPECT_EQ(find_worktree(worktrees, world.path("no")), nullptr);
  EXPECT_EQ(find_worktree(worktrees, ""), nullptr);
  EXPECT_EQ(find_worktree_of_branch(worktrees, ""), nullptr);
}

TEST(WorktreeStatus, NamesEachKindOfChange) {
  GitWorld world;
  for (const char* file : {"modified", "staged", "deleted", "removed", "kept aside", "moved"})
    world.write(file, std::string("content of ") + file + "\n");
  world.commit("files");
  EXPECT_TRUE(status_of(world, world.root()).is_clean());
  world.write("modified", "other\n");
  world.write("staged", "other\n");
  world.run({"add", "staged"});
  std::filesystem::remove(world.root() + "/deleted");
  world.run({"rm", "-q", "removed"});
  world.run({"rm", "-q", "--cached", "kept aside"});
  world.run({"mv", "moved", "moved away"});
  world.write("added", "new\n");
  world.run({"add", "added"});
  world.write("directory/untracked", "new\n");
  EXPECT_THAT(shown(status_of(world, world.root())),
              UnorderedElementsAre("modified modified", "modified staged", "deleted deleted", "deleted removed",
                                   "modified kept aside", "deleted moved", "added moved away", "added added",
                                   "untracked directory/untracked"));
}

TEST(WorktreeStatus, HeedsNoSettingThatWouldChangeTheAnswer) {
  GitWorld world;
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{{"status.showUntrackedFiles", "no"},
                                                                                   {"status.renames", "true"},
                                                                                   {"status.branch", "true"},
                                                                                   {"status.showStash", "true"},
                                                                                   {"status.short", "true"},
                                                                                   {"color.ui", "always"},
                                                                                   {"column.ui", "always"}})
    world.run({"config", key, value});
  world.write("base.txt", "stashed\n");
  world.run({"stash", "-q"});
  world.run({"mv", "base.txt", "other.txt"});
  world.write("new", "1");
  EXPECT_THAT(shown(status_of(world, world.root())),
              UnorderedElementsAre("deleted base.txt", "added other.txt", "untracked new"));
}

TEST(WorktreeStatus, DoesNotWriteTheIndexEvenWhereGitWouldRefreshIt) {
  GitWorld world;
  world.write("base.txt", "base\n");  // the same bytes at another time
  std::filesystem::last_write_time(world.root() + "/base.txt", std::filesystem::file_time_type{});
  const auto git = world.open();
  const auto worktrees = *list_worktrees(*git);
  const auto before = testing::fingerprint_of(world);
  EXPECT_TRUE(git::read_status(*git, worktrees[0])->is_clean());
  EXPECT_THAT(testing::differences(before, testing::fingerprint_of(world)), IsEmpty());
  world.run({"status"});
  EXPECT_THAT(testing::differences(before, testing::fingerprint_of(world)), ::testing::Not(IsEmpty()));
}

TEST(WorktreeStatus, SubmodulesCountWhenTheyStandOnAnotherCommitAndAreNotEntered) {
  GitWorld world;
  const std::string library = world.path("library");
  world.run({"init", "-q", "-b", "main", library});
  world.commit_file("a", "1", library);
  world.run({"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "sub"});
  world.commit("submodule");
  const std::string linked = world.add_worktree("auth");
  world.write("sub/a", "dirty\n");
  EXPECT_TRUE(status_of(world, world.root()).is_clean());
  EXPECT_TRUE(status_of(world, world.root()).has_submodules);
  EXPECT_TRUE(status_of(world, linked).has_submodules);
  world.commit_file("a", "2", world.root() + "/sub");
  world.run({"config", "submodule.sub.ignore", "all"});
  EXPECT_THAT(shown(status_of(world, world.root())), ElementsAre("modified sub"));
}

TEST(WorktreeStatus, ListsTenThousandFilesAndCountsTheRest) {
  GitWorld world;
  std::filesystem::create_directories(world.root() + "/many");
  for (int i = 0; i < 10'007; ++i) std::ofstream(world.root() + "/many/" + std::to_string(i)).put('x');
  const auto status = status_of(world, world.root());
  EXPECT_EQ(status.files.size(), 10'000u);
  EXPECT_EQ(status.more_files, 7);
}

TEST(WorktreeStatus, SeveralAreAnsweredInOrderAndOneErrorIsItsOwn) {
  GitWorld world;
  const std::string gone = world.add_worktree("gone");
  const std::string changed = world.add_worktree("changed");
  world.write("new", "1", changed);
  std::filesystem::remove_all(gone);
  const auto git = world.open();
  const auto worktrees = *list_worktrees(*git);
  const auto statuses = git::read_statuses(*git, {&worktrees[2], &worktrees[1], &worktrees[0]});
  ASSERT_EQ(statuses.size(), 3u);
  const std::size_t at = worktrees[2].path == changed ? 0 : 1;
  EXPECT_THAT(shown(*statuses[at]), ElementsAre("untracked new"));
  EXPECT_FALSE(statuses[1 - at]);
  EXPECT_TRUE(statuses[2]->is_clean());
}

TEST(WorktreeStatus, IgnoredFilesAreListedAsDirectoriesWhereAllOfOneIs) {
  GitWorld world;
  world.write(".gitignore", "build/\n*.o\n");
  world.commit("ignore");
  world.write("build/a/b", "1");
  world.write("src/x.o", "1");
  world.write("src/x.c", "1");
  world.write("top.o", "1");
  const auto git = world.open();
  const auto worktrees = *list_worktrees(*git);
  EXPECT_THAT(*git::list_ignored(*git, worktrees[0], 100), UnorderedElementsAre("build/", "src/x.o", "top.o"));
  EXPECT_EQ(git::list_ignored(*git, worktrees[0], 2)->size(), 2u);
  EXPECT_TRUE(status_of(world, world.root()).files.size() == 1u);
}

}  // namespace
}  // namespace stream_status
