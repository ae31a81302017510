// Looking changes nothing and runs nothing, whatever the repository's own configuration says.
#include "git/harmless.h"

#include <gmock/gmock.h>

#include "git/commits.h"
#include "git/refs.h"
#include "git/worktrees.h"

namespace stream_status {
namespace {

using ::testing::Contains;
using testing::differences;
using testing::files_in;
using testing::fingerprint_of;
using testing::GitWorld;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::make_hostile;

TEST(Harmless, TheHostileConfigurationDoesRunProgramsWhenPlainGitLooks) {
  GitWorld world;
  const std::string markers = make_hostile(world);
  const std::string worktree = world.path("worktree-0");
  world.try_run({"status"});
  world.try_run({"status"}, worktree);
  world.try_run({"log", "-p", "--ext-diff", "main", "--", "watched.df"});
  world.try_run({"log", "-p", "--ext-diff", "main", "--", ".gitattributes"});
  world.try_run({"log", "hostile"});
  world.try_run({"diff"});
  world.try_run({"log", "-p", "--no-ext-diff", "main"});
  world.try_run({"cat-file", "-p", std::string(40, '7')});
  EXPECT_THAT(files_in(markers), IsSupersetOf({"fsmonitor", "process", "clean", "worktree-clean", "branch-clean",
                                               "diff-command", "diff-external", "gpg.program", "promisor",
                                               "hook-post-index-change", "submodule-fsmonitor", "textconv"}));
}

TEST(Harmless, LookingRunsNothingAndChangesNothingInAHostileRepository) {
  GitWorld world;
  const std::string base = world.tip("main");
  const std::string markers = make_hostile(world);
  const auto git = world.open();
  ASSERT_TRUE(git);
  const auto before = fingerprint_of(world);
  const std::string missing(40, '3');

  ASSERT_TRUE(git->refresh());
  EXPECT_THAT(git->neutralised(), Contains("filter with=equals.and.dots"));
  EXPECT_THAT(git->neutralised(), Contains("merge driver evil"));
  const auto refs = git::read_refs(*git);
  ASSERT_TRUE(refs) << refs.error().message;
  const auto worktrees = git::list_worktrees(*git);
  ASSERT_TRUE(worktrees) << worktrees.error().message;
  ASSERT_EQ(worktrees->size(), 2u);
  ASSERT_TRUE(git::find_main_branch(*git, *refs, *worktrees, "auto"));
  for (const git::Worktree& worktree : *worktrees) {
    const auto status = git::read_status(*git, worktree);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_FALSE(status->is_clean());
    EXPECT_TRUE(status->has_submodules);
    ASSERT_TRUE(git::list_ignored(*git, worktree, 10));
  }
  for (const git::Ref& ref : refs->refs) {
    const auto commits = git::read_commits(*git, ref.target, {missing}, 100);
    ASSERT_TRUE(commits) << commits.error().message;
    EXPECT_GE(commits->size(), 2u);
    ASSERT_TRUE(git::list_commits(*git, ref.target, {missing, base}));
    EXPECT_TRUE(*git::is_ancestor(*git, base, ref.target));
    EXPECT_FALSE(*git::is_ancestor(*git, missing, ref.target));
    ASSERT_TRUE(git::merge_base(*git, base, ref.target));
  }
  ASSERT_TRUE(git::list_unreachable(*git, {missing, base, "7777", "-x"}));
  EXPECT_FALSE(git->look({"cat-file", "-p", std::string(40, '7')}));

  EXPECT_THAT(files_in(markers), IsEmpty());
  EXPECT_THAT(differences(before, fingerprint_of(world)), IsEmpty());
}

TEST(Harmless, AFingerprintTellsAChangedByteAChangedTimeANewAndAMissingFile) {
  GitWorld world;
  world.write("a", "1");
  world.write("b", "1");
  world.write("c", "1");
  const auto before = fingerprint_of(world);
  EXPECT_THAT(differences(before, fingerprint_of(world)), IsEmpty());
  const auto entry = [&](const char* name) { return "repository/" + std::string(name); };
  world.write("a", "2");
  std::filesystem::last_write_time(world.root() + "/b", std::filesystem::file_time_type{});
  std::filesystem::remove(world.root() + "/c");
  world.write("d", "1");
  EXPECT_THAT(
      differences(before, fingerprint_of(world)),
      IsSupersetOf({entry("a: content changed"), entry("b: mode or time changed"), entry("c: gone"), entry("d: new")}));
}

}  // namespace
}  // namespace stream_status
