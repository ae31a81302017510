#include "git/scratch_objects.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "git/git_world.h"
#include "os/process.h"

namespace stream_status {
namespace {

using testing::GitWorld;
using testing::TemporaryDirectory;

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) names.push_back(entry.path());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(ScratchObjects, TakeWhatAMergeWritesAndLeaveWithIt) {
  GitWorld world;
  const std::string worktree = world.add_worktree("auth");
  world.commit_file("auth.txt", "auth\n", worktree);
  world.commit_file("main.txt", "main\n");
  const auto git = world.open();
  TemporaryDirectory parent;
  const auto before = names_in(world.root() + "/.git/objects");
  {
    const auto scratch = git::ScratchObjects::make(*git, parent.path(), "");
    ASSERT_TRUE(scratch) << scratch.error().message;
    const auto tree =
        git->look({"merge-tree", "--write-tree", "main", "auth"}, {.environment = scratch->environment()});
    ASSERT_TRUE(tree) << tree.error().message;
    const auto files = git->look({"ls-tree", "--name-only", tree->substr(0, tree->find('\n'))},
                                 {.environment = scratch->environment()});
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(*files, "auth.txt\nbase.txt\nmain.txt\n");
    EXPECT_THAT(names_in(parent.path()), ::testing::Not(::testing::IsEmpty()));
  }
  EXPECT_EQ(names_in(world.root() + "/.git/objects"), before);
  EXPECT_THAT(names_in(parent.path()), ::testing::IsEmpty());
}

TEST(ScratchObjects, AreInMemoryWhereOnlyThisUserSeesThem) {
  GitWorld world;
  const auto git = world.open();
  TemporaryDirectory memory;
  TemporaryDirectory parent;
  const std::string ours = memory / ("stream-status-" + std::to_string(os::current_user()));
  {
    const auto scratch = git::ScratchObjects::make(*git, parent.path(), memory.path());
    ASSERT_TRUE(scratch) << scratch.error().message;
    EXPECT_TRUE(scratch->path().starts_with(ours + "/objects-")) << scratch->path();
    EXPECT_EQ(std::filesystem::status(ours).permissions(), std::filesystem::perms::owner_all);
    EXPECT_EQ(std::filesystem::status(scratch->path()).permissions(), std::filesystem::perms::owner_all);
  }
  EXPECT_THAT(names_in(memory.path()), ::testing::ElementsAre(ours));
  EXPECT_THAT(names_in(parent.path()), ::testing::IsEmpty());
}

TEST(ScratchObjects, AreInTheGivenDirectoryWhereMemoryIsMissingOrNotOurs) {
  GitWorld world;
  const auto git = world.open();
  TemporaryDirectory memory;
  TemporaryDirectory elsewhere;
  TemporaryDirectory parent;
  // Whoever may write to memory can be there first, with a way to a place of his own.
  std::filesystem::create_symlink(elsewhere.path(), memory / ("stream-status-" + std::to_string(os::current_user())));
  for (const std::string& directory : {memory.path(), memory / "missing"}) {
    const auto scratch = git::ScratchObjects::make(*git, parent.path(), directory);
    ASSERT_TRUE(scratch) << scratch.error().message;
    EXPECT_TRUE(scratch->path().starts_with(parent.path() + "/objects-")) << scratch->path();
  }
  EXPECT_THAT(names_in(elsewhere.path()), ::testing::IsEmpty());
}

TEST(ScratchObjects, RemoveWhatAKilledProcessLeftAndNothingElse) {
  GitWorld world;
  const auto git = world.open();
  TemporaryDirectory parent;
  const auto alive = git::ScratchObjects::make(*git, parent.path(), "");
  ASSERT_TRUE(alive) << alive.error().message;
  testing::write_text(alive->path() + "/ab/object", "in use\n");
  testing::write_text(parent / "objects-dead/cd/object", "left\n");
  testing::write_text(parent / "objects-dead.lock", "");
  testing::write_text(parent / "objects-empty.lock", "");
  testing::write_text(parent / "other.lock", "");
  {
    const auto next = git::ScratchObjects::make(*git, parent.path(), "");
    ASSERT_TRUE(next) << next.error().message;
  }
  EXPECT_THAT(names_in(parent.path()),
              ::testing::ElementsAre(alive->path(), alive->path() + ".lock", alive->path() + "/ab",
                                     alive->path() + "/ab/object", parent / "other.lock"));
}

TEST(ScratchObjects, AreRemovedOnceWhenTheyMove) {
  GitWorld world;
  const auto git = world.open();
  TemporaryDirectory parent;
  {
    auto first = git::ScratchObjects::make(*git, parent.path(), "");
    ASSERT_TRUE(first) << first.error().message;
    const std::string path = first->path();
    {
      const git::ScratchObjects second = std::move(*first);
      EXPECT_EQ(second.path(), path);
      EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(std::filesystem::exists(path + ".lock"));
  }
  EXPECT_THAT(names_in(parent.path()), ::testing::IsEmpty());
}

TEST(ScratchObjects, ReadARepositoryWhosePathHoldsColonsQuotesAndBackslashes) {
  GitWorld world;
  const std::string odd = world.path("a:b \"c\\d");
  world.run({"clone", "-q", world.root(), odd});
  const auto git = git::Git::open({odd, world.environment()});
  ASSERT_TRUE(git) << git.error().message;
  const auto scratch = git::ScratchObjects::make(**git, "");
  ASSERT_TRUE(scratch) << scratch.error().message;
  const auto seen = (*git)->look({"cat-file", "-t", "HEAD"}, {.environment = scratch->environment()});
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(*seen, "commit\n");
}

TEST(ScratchObjects, SayWhereTheyCouldNotBeMade) {
  GitWorld world;
  const auto git = world.open();
  const auto scratch = git::ScratchObjects::make(*git, world.path("missing"), "");
  ASSERT_FALSE(scratch);
  EXPECT_EQ(scratch.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(scratch.error().message, ::testing::HasSubstr("/missing"));
}

}  // namespace
}  // namespace stream_status
