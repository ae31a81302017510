#include "git/git.h"

#include <gmock/gmock.h>

#include "git/git_world.h"

namespace stream_status {
namespace {

using testing::GitWorld;
using testing::TemporaryDirectory;

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

}  // namespace
}  // namespace stream_status
