#include "git/differences.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "git/harmless.h"
#include "git/line_files.h"
#include "git/overlaps.h"

namespace stream_status {
namespace {

using git::FileChange;
using git::Hunk;
using git::Overlap;
using ::testing::ElementsAre;
using testing::GitWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string numbered(int first, int last) {
  std::string text;
  for (int line = first; line <= last; ++line) text += "line " + std::to_string(line) + "\n";
  return text;
}

/// "path change +insertions -deletions committed uncommitted", for lists that are read at a glance.
std::vector<std::string> shown(const git::LineFiles& line) {
  std::vector<std::string> rows;
  for (const git::LineFile& file : line.files) {
    const git::Difference& difference = file.difference;
    const auto count = [](const std::optional<std::int64_t>& number) {
      return number ? std::to_string(*number) : std::string("?");
    };
    rows.push_back(difference.path + " " + std::string(git::name_of(difference.change)) + " +" +
                   count(difference.insertions) + " -" + count(difference.deletions) +
                   (file.is_committed ? " committed" : "") + (file.is_uncommitted ? " uncommitted" : ""));
  }
  return rows;
}

git::LineFiles files_of(GitWorld& world, const std::string& branch) {
  const auto git = world.open();
  EXPECT_TRUE(git->refresh());
  const auto refs = git::read_refs(*git);
  const auto worktrees = git::list_worktrees(*git);
  const auto main = git::find_main_branch(*git, *refs, *worktrees, "");
  auto files = git::read_line_files(*git, *main, world.tip(branch), git::find_worktree_of_branch(*worktrees, branch));
  EXPECT_TRUE(files) << files.error().message;
  return files ? std::move(*files) : git::LineFiles{};
}

TEST(LineFiles, AreThoseOfTheBranchWithTheirLinesAndHowFarItIs) {
  GitWorld world;
  world.write("old name.txt", numbered(1, 20));
  world.write("gone.txt", "x\n");
  world.write("picture", std::string("a\0b", 3));
  world.write(":odd\tname\n.txt", "1\n");
  world.commit("more");
  const std::string auth = world.add_worktree("auth");
  world.run({"mv", "old name.txt", "new name.txt"}, auth);
  world.run({"rm", "-q", "gone.txt"}, auth);
  world.write("picture", std::string("a\0c", 3), auth);
  world.write(":odd\tname\n.txt", "1\n2\n", auth);
  world.write("deep/er/new.txt", "1\n2\n3", auth);
  world.commit("one", auth);
  world.commit_file("deep/er/new.txt", "1\n2\n3\n4\n", auth);
  world.commit_file("elsewhere.txt", "main goes on\n");
  const git::LineFiles line = files_of(world, "auth");
  EXPECT_EQ(line.problem, "");
  EXPECT_EQ(line.ahead, 2);
  EXPECT_EQ(line.behind, 1);
  EXPECT_THAT(shown(line), ElementsAre(":odd\tname\n.txt modified +1 -0 committed",
                                       "deep/er/new.txt added +4 -0 committed", "gone.txt deleted +0 -1 committed",
                                       "new name.txt renamed +0 -0 committed", "picture modified +? -? committed"));
  EXPECT_EQ(line.insertions, 5);
  EXPECT_EQ(line.deletions, 1);
}

TEST(LineFiles, CountWhatIsUncommittedTogetherWithWhatIsCommitted) {
  GitWorld world;
  world.write("story.txt", numbered(1, 10));
  world.commit("story");
  const std::string auth = world.add_worktree("auth");
  world.write("story.txt", numbered(1, 12), auth);
  world.write("taken-back.txt", "1\n", auth);
  world.commit("one", auth);
  world.write("story.txt", numbered(1, 13), auth);
  world.write("base.txt", "changed\n", auth);
  world.write("untracked/file.txt", "1\n2\n3", auth);
  world.write("untracked/binary", std::string("\0\1", 2), auth);
  world.write("staged.txt", "s\n", auth);
  world.run({"add", "staged.txt"}, auth);
  std::filesystem::remove(auth + "/taken-back.txt");
  const git::LineFiles line = files_of(world, "auth");
  EXPECT_EQ(line.problem, "");
  EXPECT_THAT(shown(line),
              ElementsAre("base.txt modified +1 -1 uncommitted", "staged.txt added +1 -0 uncommitted",
                          "story.txt modified +3 -0 committed uncommitted",
                          "taken-back.txt deleted +0 -0 committed uncommitted",
                          "untracked/binary added +? -? uncommitted", "untracked/file.txt added +3 -0 uncommitted"));
}

TEST(LineFiles, OfFilesWhoseTimeAloneHasChangedAreNone) {
  GitWorld world;
  world.write("other.txt", "o\n");
  world.commit("other");
  const std::string auth = world.add_worktree("auth");
  world.write("base.txt", "changed\n", auth);
  const auto later = std::filesystem::last_write_time(auth + "/other.txt") + std::chrono::hours(1);
  std::filesystem::last_write_time(auth + "/other.txt", later);
  EXPECT_THAT(shown(files_of(world, "auth")), ElementsAre("base.txt modified +1 -1 uncommitted"));
}

TEST(LineFiles, WithoutHistoryInCommonSaySo) {
  GitWorld world;
  const std::string island = world.add_worktree("island");
  world.run({"checkout", "-q", "--orphan", "lonely"}, island);
  world.commit_file("alone.txt", "a\n", island);
  const git::LineFiles line = files_of(world, "lonely");
  EXPECT_THAT(line.problem, HasSubstr("no history in common"));
  EXPECT_FALSE(line.ahead);
  EXPECT_THAT(line.files, IsEmpty());
}

TEST(LineFiles, BeyondAThousandAreCounted) {
  GitWorld world;
  const std::string auth = world.add_worktree("auth");
  for (int i = 0; i < 1010; ++i) world.write("f" + std::to_string(10'000 + i), "1\n", auth);
  const git::LineFiles line = files_of(world, "auth");
  EXPECT_EQ(line.files.size(), 1000u);
  EXPECT_EQ(line.more_files, 10);
}

TEST(LineFiles, AreFoundWithoutRunningAnythingOrChangingAByte) {
  GitWorld world;
  world.write("watched.txt", "zero\n");
  world.commit("to be watched");
  const std::string auth = world.add_worktree("auth");
  world.commit_file("watched.txt", "auth\n", auth);
  world.write("watched.eq", "uncommitted\n", auth);
  world.write("watched.txt", "uncommitted\n", auth);
  const std::string markers = testing::make_hostile(world);
  const auto git = world.open();
  const auto before = testing::fingerprint_of(world);
  ASSERT_TRUE(git->refresh());
  const auto refs = git::read_refs(*git);
  const auto worktrees = git::list_worktrees(*git);
  const auto main = git::find_main_branch(*git, *refs, *worktrees, "");
  const git::Worktree* place = git::find_worktree_of_branch(*worktrees, "auth");
  ASSERT_NE(place, nullptr);
  const std::string base = world.tip("main");
  EXPECT_TRUE(git::read_line_files(*git, *main, place->head, place));
  EXPECT_TRUE(git::read_hunks(*git, base, place->head, {"watched.txt"}));
  EXPECT_TRUE(git::read_hunks(*git, base, *place, {"watched.txt"}));
  EXPECT_THAT(testing::differences(before, testing::fingerprint_of(world)), IsEmpty());
  EXPECT_THAT(testing::files_in(markers), IsEmpty());
}

TEST(Hunks, AreInLinesOfTheOldFile) {
  GitWorld world;
  world.write("story.txt", numbered(1, 10));
  world.write("link", "l\n");
  const std::string base = world.commit("story");
  const std::string auth = world.add_worktree("auth");
  world.write("story.txt", "first\n" + numbered(1, 2) + "third\nand more\n" + numbered(4, 6) + numbered(9, 10), auth);
  world.write("added.txt", "1\n@@ -5,5 +5,5 @@\ndiff --git a/x b/x\n", auth);
  std::filesystem::remove(auth + "/base.txt");
  std::filesystem::remove(auth + "/link");
  std::filesystem::create_symlink("story.txt", auth + "/link");
  const std::string tip = world.commit("one", auth);
  const auto git = world.open();
  const std::vector<std::string> paths = {"added.txt", "base.txt", "link", "story.txt"};
  const auto files = git::read_hunks(*git, base, tip, paths);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 4u);
  EXPECT_THAT(files->at(0).hunks, ElementsAre(Hunk{1, 0, 3}));
  EXPECT_EQ(files->at(0).old_object, "");
  EXPECT_THAT(files->at(1).hunks, ElementsAre(Hunk{1, 1, 0}));
  EXPECT_EQ(files->at(2).path, "link");
  EXPECT_EQ(files->at(2).hunks.size(), 2u) << "it goes and comes as something else";
  EXPECT_THAT(files->at(3).hunks, ElementsAre(Hunk{1, 0, 1}, Hunk{3, 1, 2}, Hunk{7, 2, 0}));
  const auto lines = git::count_lines(*git, {files->at(3).old_object, "", tip, files->at(1).old_object});
  ASSERT_TRUE(lines);
  EXPECT_THAT(*lines, ElementsAre(10, std::nullopt, std::nullopt, 1));

  world.write("story.txt", numbered(1, 9), auth);
  const auto worktrees = git::list_worktrees(*git);
  const auto edited = git::read_hunks(*git, base, *git::find_worktree_of_branch(*worktrees, "auth"), {"story.txt"});
  ASSERT_TRUE(edited);
  ASSERT_EQ(edited->size(), 1u);
  EXPECT_THAT(edited->front().hunks, ElementsAre(Hunk{10, 1, 0}));
}

TEST(Overlaps, AreWhereHunksMeetOrTouch) {
  struct Row {
    std::vector<Hunk> a;
    std::vector<Hunk> b;
    std::vector<Overlap> overlaps;
  };
  const std::vector<Row> rows = {
      {{}, {{1, 5, 5}}, {}},
      {{{1, 2, 2}}, {{4, 2, 2}}, {}},
      {{{1, 2, 2}}, {{3, 2, 1}}, {{1, 4, 2, 2}}},
      {{{2, 1, 9}}, {{1, 5, 0}}, {{1, 5, 9, 5}}},
      {{{4, 0, 1}}, {{4, 0, 2}}, {{4, 4, 1, 2}}},
      {{{4, 0, 1}}, {{5, 0, 2}}, {}},
      {{{1, 0, 3}}, {{1, 4, 4}}, {{1, 4, 3, 4}}},
      {{{1, 1, 1}, {3, 1, 1}}, {{2, 1, 1}, {9, 1, 1}}, {{1, 3, 2, 1}}},
      {{{1, 1, 1}, {20, 1, 1}}, {{1, 1, 1}, {20, 2, 2}}, {{1, 1, 1, 1}, {20, 21, 1, 2}}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(git::find_overlaps(row.a, row.b), row.overlaps);
    std::vector<Overlap> turned = git::find_overlaps(row.b, row.a);
    for (Overlap& overlap : turned) std::swap(overlap.a_lines, overlap.b_lines);
    EXPECT_EQ(turned, row.overlaps);
  }
}

}  // namespace
}  // namespace stream_status
