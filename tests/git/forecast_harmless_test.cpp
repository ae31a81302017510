// A forecast changes nothing and runs nothing but git, whatever the repository's own configuration says.
#include <gmock/gmock.h>

#include "git/forecast.h"
#include "git/harmless.h"

namespace stream_status {
namespace {

using testing::differences;
using testing::files_in;
using testing::fingerprint_of;
using testing::GitWorld;
using ::testing::IsEmpty;
using testing::make_hostile;
using testing::TemporaryDirectory;

/// Two lines that change a file for which make_hostile names a merge driver and filters; it changes it on main, too.
void make_lines(GitWorld& world) {
  world.write("watched.txt", "zero\n");
  world.commit("to be watched");
  for (const char* line : {"auth", "pay"}) {
    const std::string worktree = world.add_worktree(line);
    world.commit_file("watched.txt", std::string(line) + "\n", worktree);
    world.write("watched.eq", "uncommitted\n", worktree);
  }
}

TEST(HarmlessForecast, TheMergeDriverDoesRunWhenPlainGitMerges) {
  GitWorld world;
  make_lines(world);
  const std::string markers = make_hostile(world);
  world.run({"config", "merge.default", "evil"});
  world.write(".gitattributes", "*.txt merge=evil\n");
  world.try_run({"merge-tree", "--write-tree", "auth", "pay"});
  EXPECT_THAT(files_in(markers), ::testing::Contains("merge-driver"));
}

TEST(HarmlessForecast, AForecastRunsNothingAndChangesNothingInAHostileRepository) {
  GitWorld world;
  make_lines(world);
  const std::string markers = make_hostile(world);
  const TemporaryDirectory scratch;
  const auto git = world.open();
  ASSERT_TRUE(git);
  const auto before = fingerprint_of(world);

  ASSERT_TRUE(git->refresh());
  const auto refs = git::read_refs(*git);
  const auto worktrees = git::list_worktrees(*git);
  const auto main = git::find_main_branch(*git, *refs, *worktrees, "auto");
  ASSERT_TRUE(main) << main.error().message;
  std::vector<git::Line> lines;
  for (const char* branch : {"auth", "pay", "hostile", "gap"})
    lines.push_back({branch, *refs->branch_tip(branch), git::find_worktree_of_branch(*worktrees, branch)});
  git::Forecaster forecaster({.temporary_directory = scratch.path()});
  const auto forecast = forecaster.forecast(*git, *main, lines, {});
  ASSERT_TRUE(forecast) << forecast.error().message;
  EXPECT_EQ(forecast->pairs.at(0).state, git::PairState::kConflict);
  EXPECT_EQ(forecast->pairs.at(0).conflicts.at(0).file, "watched.txt");
  EXPECT_EQ(forecast->main.at(0).state, git::PairState::kConflict) << "tried as text, not by the driver";
  EXPECT_EQ(forecast->main.at(3).state, git::PairState::kUnknown) << "its tree is missing, and is not fetched";

  EXPECT_THAT(files_in(markers), IsEmpty());
  EXPECT_THAT(differences(before, fingerprint_of(world)), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

}  // namespace
}  // namespace stream_status
