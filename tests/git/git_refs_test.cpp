#include "git/refs.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "git/git_world.h"

namespace stream_status {
namespace {

using git::find_main_branch;
using git::list_worktrees;
using git::read_refs;
using git::Refs;
using ::testing::ElementsAre;
using testing::GitWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names(const Refs& refs) {
  std::vector<std::string> list;
  for (const git::Ref& ref : refs.refs) list.push_back(ref.name);
  return list;
}

std::vector<std::string> tip_names(const git::MainBranch& main) {
  std::vector<std::string> list;
  for (const git::Ref& ref : main.tips) list.push_back(ref.name);
  return list;
}

git::MainBranch main_of(GitWorld& world, const std::string& configured = "auto") {
  const auto git = world.open();
  const auto main = find_main_branch(*git, *read_refs(*git), *list_worktrees(*git), configured);
  EXPECT_TRUE(main) << main.error().message;
  return main.value_or(git::MainBranch{});
}

/// A remote branch, as a fetch leaves it.
void set_remote(GitWorld& world, const std::string& name, const std::string& revision) {
  world.run({"update-ref", "refs/remotes/" + name, world.tip(revision)});
}

TEST(Refs, ListsBranchesRemoteBranchesAndKeptTipsByNameWithoutTags) {
  GitWorld world;
  const std::string tip = world.tip("main");
  for (const char* name :
       {"refs/heads/auth", "refs/remotes/origin/main", "refs/stream-status/retired/x", "refs/tags/v1", "refs/notes/n"})
    world.run({"update-ref", name, tip});
  world.run({"update-ref", "refs/heads/\xC3\xBC'\"$(x)", tip});
  world.run({"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"});
  const auto git = world.open();
  const auto refs = read_refs(*git);
  ASSERT_TRUE(refs) << refs.error().message;
  EXPECT_THAT(names(*refs),
              ElementsAre("refs/heads/auth", "refs/heads/main", "refs/heads/\xC3\xBC'\"$(x)",
                          "refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/stream-status/retired/x"));
  EXPECT_EQ(refs->branch_tip("auth"), tip);
  EXPECT_EQ(refs->branch_tip("\xC3\xBC'\"$(x)"), tip);
  EXPECT_EQ(refs->branch_tip("aut"), std::nullopt);
  EXPECT_EQ(refs->find("refs/remotes/origin/HEAD")->symref, "refs/remotes/origin/main");
  EXPECT_EQ(refs->remote_branches().size(), 2u);
  EXPECT_TRUE(refs->has_remotes());
}

TEST(Refs, LeavesBrokenRefsOut) {
  GitWorld world;
  testing::write_text(world.root() + "/.git/refs/heads/gone", std::string(40, '1') + "\n");
  testing::write_text(world.root() + "/.git/refs/heads/garbage", "what is this\n");
  world.run({"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/nowhere"});
  world.run({"update-ref", "refs/remotes/origin/blob", world.run({"rev-parse", "main:base.txt"})});
  const auto git = world.open();
  const auto refs = read_refs(*git);
  ASSERT_TRUE(refs) << refs.error().message;
  EXPECT_THAT(names(*refs), ElementsAre("refs/heads/main"));
}

TEST(Refs, AnEmptyRepositoryHasNone) {
  GitWorld world;
  world.run({"update-ref", "-d", "refs/heads/main"});
  const auto git = world.open();
  const auto refs = read_refs(*git);
  ASSERT_TRUE(refs) << refs.error().message;
  EXPECT_THAT(refs->refs, IsEmpty());
  const git::MainBranch main = main_of(world);
  EXPECT_FALSE(main.found());
  EXPECT_THAT(main.why, HasSubstr("looked for"));
}

TEST(MainBranch, IsTheConfiguredOneOrAnError) {
  GitWorld world;
  world.run({"branch", "develop"});
  EXPECT_EQ(main_of(world, "develop").name, "develop");
  EXPECT_EQ(main_of(world, "develop").why, "mainBranch of config.json");
  EXPECT_EQ(main_of(world, "").name, "main");
  const auto git = world.open();
  const auto missing = find_main_branch(*git, *read_refs(*git), {}, "nope");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(missing.error().message, HasSubstr("nope"));
}

TEST(MainBranch, MayBeConfiguredAsARemoteBranch) {
  GitWorld world;
  set_remote(world, "origin/next", "main");
  EXPECT_THAT(tip_names(main_of(world, "origin/next")), ElementsAre("refs/remotes/origin/next"));
  EXPECT_THAT(tip_names(main_of(world, "next")), ElementsAre("refs/remotes/origin/next"));
}

TEST(MainBranch, IsWhatOriginsHeadSaysBeforeAnyName) {
  GitWorld world;
  world.run({"branch", "release"});
  set_remote(world, "origin/release", "main");
  world.run({"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release"});
  const git::MainBranch main = main_of(world);
  EXPECT_EQ(main.name, "release");
  EXPECT_EQ(main.why, "origin's HEAD");
  EXPECT_THAT(tip_names(main), ElementsAre("refs/heads/release"));
}

TEST(MainBranch, IsMainThenMasterThenTrunk) {
  GitWorld world;
  world.run({"branch", "trunk"});
  world.run({"branch", "master"});
  EXPECT_EQ(main_of(world).name, "main");
  world.run({"branch", "-m", "main", "other"});
  EXPECT_EQ(main_of(world).name, "master");
  world.run({"branch", "-D", "master"});
  EXPECT_EQ(main_of(world).name, "trunk");
  EXPECT_EQ(main_of(world).why, "its name");
  world.run({"branch", "-D", "trunk"});
  EXPECT_EQ(main_of(world).name, "other");
  EXPECT_EQ(main_of(world).why, "checked out in the main worktree");
  world.run({"checkout", "-q", "--detach"});
  EXPECT_EQ(main_of(world).why, "the only branch");
}

TEST(MainBranch, IsFoundInABareRepositoryByItsHead) {
  GitWorld world;
  world.run({"branch", "-m", "main", "central"});
  world.run({"branch", "side"});
  world.run({"clone", "-q", "--bare", world.root(), world.path("bare.git")});
  const auto git = git::Git::open({world.path("bare.git"), world.environment()});
  ASSERT_TRUE(git) << git.error().message;
  const auto main = find_main_branch(**git, *read_refs(**git), *list_worktrees(**git), "auto");
  ASSERT_TRUE(main) << main.error().message;
  EXPECT_EQ(main->name, "central");
}

TEST(MainBranch, TipsAreTheLocalBranchAndItsRemoteTwinsWithoutWhatAnotherContains) {
  GitWorld world;
  const std::string old = world.tip("main");
  world.commit_file("a", "1");
  set_remote(world, "origin/main", old);
  EXPECT_THAT(tip_names(main_of(world)), ElementsAre("refs/heads/main"));

  const std::string newer = world.commit_file("a", "2");
  set_remote(world, "origin/main", newer);
  world.run({"reset", "-q", "--hard", old});
  EXPECT_THAT(tip_names(main_of(world)), ElementsAre("refs/remotes/origin/main"));

  world.commit_file("b", "1");
  EXPECT_THAT(tip_names(main_of(world)), ElementsAre("refs/heads/main", "refs/remotes/origin/main"));

  set_remote(world, "a-fork/main", newer);
  EXPECT_THAT(tip_names(main_of(world)), ElementsAre("refs/heads/main", "refs/remotes/origin/main"));

  world.run({"branch", "-m", "main", "elsewhere"});
  EXPECT_THAT(tip_names(main_of(world)), ElementsAre("refs/remotes/origin/main"));
}

TEST(MainBranch, ABranchThatOnlyEndsInTheNameIsNoTwin) {
  GitWorld world;
  world.run({"config", "remote.team/one.url", "x"});
  set_remote(world, "origin/main", "main");
  const std::string side = world.commit_file("a", "1");
  world.run({"checkout", "-q", "-b", "side", "main~1"});
  set_remote(world, "team/one/main", world.commit_file("b", "1"));
  set_remote(world, "origin/feature/main", world.commit_file("c", "1"));
  EXPECT_THAT(tip_names(main_of(world)), ElementsAre("refs/heads/main", "refs/remotes/team/one/main"));
  EXPECT_EQ(main_of(world).tips.front().target, side);
}

TEST(RefComponent, EncodesWhatGitRefusesAndWhatOldIdsMayHold) {
  EXPECT_EQ(git::ref_component("auth-2"), "auth-2");
  EXPECT_EQ(git::ref_component("Auth.lock"), "%41uth%2Elock");
  EXPECT_EQ(git::ref_component("a/b c@{~^:?*[\\\n%"), "a%2Fb%20c%40%7B%7E%5E%3A%3F%2A%5B%5C%0A%25");
  EXPECT_EQ(git::ref_component("\xC3\xBC"), "%C3%BC");
  GitWorld world;
  for (const char* id : {"-x", "Auth.lock", "..", "@", "a/b c@{~^:?*[\\\n%", "\xFF"})
    world.run({"check-ref-format", std::string(git::kRetiredPrefix) + git::ref_component(id)});
}

}  // namespace
}  // namespace stream_status
