#include "git/git.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "git/git_world.h"

namespace stream_status {
namespace {

using testing::GitWorld;
using testing::TemporaryDirectory;

/// Are there some?
bool refreshed(git::Git& git) {
  const auto found = git.refresh();
  EXPECT_TRUE(found) << found.error().message;
  return found.value_or(false);
}

TEST(Git, OpensARepositoryFromItsMainAndFromALinkedWorktree) {
  GitWorld world;
  const std::string worktree = world.add_worktree("auth");
  for (const std::string& directory : {world.root(), worktree}) {
    const auto git = git::Git::open({directory, world.environment()});
    ASSERT_TRUE(git) << git.error().message;
    EXPECT_EQ((*git)->common_directory(), world.root() + "/.git");
    EXPECT_FALSE((*git)->is_bare());
  }
}

TEST(Git, SaysWhatIsWrongOutsideARepositoryAndWithoutGit) {
  TemporaryDirectory directory;
  const os::Environment environment{{"PATH", "/usr/bin:/bin"}};
  const auto outside = git::Git::open({directory.path(), environment});
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().code, ErrorCode::kGitError);
  EXPECT_THAT(outside.error().message, ::testing::HasSubstr("not a git repository"));

  const auto missing = git::Git::open({directory.path(), {{"PATH", directory.path()}}});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, ::testing::HasSubstr("in no directory of PATH"));
  EXPECT_THAT(missing.error().hint, ::testing::HasSubstr("install git"));
}

TEST(Git, SaysHowToTrustARepositoryOfSomebodyElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory to another user";
  GitWorld world;
  for (const std::string& path : {world.root(), world.root() + "/.git"})
    ASSERT_EQ(::chown(path.c_str(), 12'345, 12'345), 0);
  const auto foreign = git::Git::open({world.root(), {{"PATH", "/usr/bin:/bin"}, {"HOME", world.path(".")}}});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(foreign.error().hint, ::testing::HasSubstr("safe.directory"));
}

TEST(Git, ErrorsGiveTheCommandTheDirectoryAndGitsReason) {
  GitWorld world;
  const auto git = world.open();
  const auto missing = git->look({"-c", "a.b=c", "rev-parse", "--verify", "nowhere"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "git rev-parse: " + world.root() + ": Needed a single revision");
  EXPECT_EQ(git->look_with_code({"rev-parse", "--verify", "nowhere"}, {0, 128})->exit_code, 128);
  EXPECT_FALSE(git->look({"rev-parse"}, {.directory = world.path("nowhere")}));
}

TEST(Git, StopsWhenTheServerStopsAndAfterItsDeadline) {
  GitWorld world;
  std::atomic<bool> cancelled{false};
  const auto stopping = git::Git::open({world.root(), world.environment(), &cancelled});
  ASSERT_TRUE(stopping);
  cancelled = true;
  const auto stopped = (*stopping)->look({"-c", "alias.wait=!sleep 1000", "wait"});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kServerUnavailable);

  const auto hurried = git::Git::open({world.root(), world.environment(), nullptr, milliseconds{5'000}});
  ASSERT_TRUE(hurried) << hurried.error().message;
  const auto slow = (*hurried)->act({"-c", "alias.wait=!sleep 1000", "wait"});
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, ErrorCode::kGitError);
  EXPECT_THAT(slow.error().message, ::testing::HasSubstr("took too long"));
}

TEST(Git, LooksInEachDirectoryAndAnswersInOrder) {
  GitWorld world;
  const std::string worktree = world.add_worktree("auth");
  const auto git = world.open();
  const std::vector<std::string> question{"symbolic-ref", "--short", "HEAD"};
  const auto answers = git->look_each({{question, {.directory = worktree}},
                                       {{"rev-parse", "nowhere"}},
                                       {question, {.directory = world.path("nowhere")}},
                                       {question}});
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[0]->output, "auth\n");
  EXPECT_EQ(answers[1]->exit_code, 128);
  EXPECT_FALSE(answers[2]);
  EXPECT_EQ(answers[3]->output, "main\n");
  EXPECT_EQ(git->look_all({question, question})[1]->output, "main\n");
}

TEST(Git, FindsWhatTheConfigurationWouldRunInAnyWorktree) {
  GitWorld world;
  const std::string worktree = world.add_worktree("auth");
  const auto git = world.open();
  EXPECT_THAT(git->neutralised(), ::testing::IsEmpty());
  world.run({"config", "filter.lfs.clean", "git-lfs clean"});
  world.run({"config", "filter.lfs.required", "true"});
  world.run({"config", "merge.ours.driver", "true"});
  world.run({"config", "merge.ours.name", "a name alone runs nothing"});
  world.run({"config", "merge.conflictStyle", "diff3"});
  ASSERT_TRUE(refreshed(*git));
  EXPECT_THAT(git->neutralised(), ::testing::UnorderedElementsAre("filter lfs", "merge driver ours"));
  world.run({"config", "extensions.worktreeConfig", "true"});
  world.run({"config", "--worktree", "filter.hidden.smudge", "x"}, worktree);
  ASSERT_TRUE(refreshed(*git));
  EXPECT_THAT(git->neutralised(), ::testing::Contains("filter hidden"));
  std::filesystem::remove_all(worktree);
  ASSERT_TRUE(refreshed(*git));
  EXPECT_THAT(git->neutralised(), ::testing::UnorderedElementsAre("filter lfs", "merge driver ours"));
}

}  // namespace
}  // namespace stream_status
