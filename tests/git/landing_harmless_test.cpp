// Judging runs nothing but git and leaves every byte as it is, also where merges are tried and patches compared.
#include <gmock/gmock.h>

#include "git/harmless.h"
#include "git/landing.h"

namespace stream_status {
namespace {

using git::LandingState;
using testing::differences;
using testing::files_in;
using testing::fingerprint_of;
using testing::GitWorld;
using ::testing::IsEmpty;
using testing::make_hostile;
using testing::TemporaryDirectory;

TEST(LandingHarmless, EveryWayOfLandingIsSeenWithoutATrace) {
  GitWorld world;
  std::string text;
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + "\n";
  world.commit_file("long.txt", text);
  std::map<std::string, LandingState> expected;
  const auto grow = [&](const std::string& branch, LandingState state, const std::string& content) {
    expected[branch] = state;
    world.run({"checkout", "-q", "-b", branch, "main"});
    world.commit_file("long.txt", content);
    world.commit_file(branch + ".eq", branch);  // a file with a text conversion
    world.run({"checkout", "-q", "main"});
  };
  grow("ahead", LandingState::kAhead, text + "ahead\n");
  grow("merged", LandingState::kMerged, "merged\n" + text);
  world.run({"merge", "-q", "--no-ff", "--no-edit", "merged"});
  text = "merged\n" + text;
  grow("picked", LandingState::kRebased, "picked\n" + text);
  world.commit_file("else.txt", "else\n");
  world.run({"cherry-pick", "main..picked"});
  text = "picked\n" + text;
  grow("squashed", LandingState::kSquashed, text + "squashed\n");
  world.run({"merge", "-q", "--squash", "squashed"});
  world.commit("squashed");
  text += "squashed\n";
  // Into other surroundings: only a merge can tell.
  std::string there = text;
  there.replace(there.find("\n10\n"), 4, "\n10\nthere\n");
  grow("there", LandingState::kSquashed, there);
  there.replace(there.find("\n8\n"), 3, "\neight\n");
  world.write("there.eq", "there");
  world.commit_file("long.txt", there);
  grow("reverted", LandingState::kReverted, there + "reverted\n");
  world.run({"merge", "-q", "--no-ff", "--no-edit", "reverted"});
  world.run({"revert", "--no-edit", "-m", "1", "main"});
  const git::MainBranch main{"main", {{"refs/heads/main", world.tip("main"), ""}}, "its name"};

  const std::string markers = make_hostile(world);
  expected["gap"] = LandingState::kUnknown;  // a commit without its tree: git must not fetch it
  std::vector<git::BranchTip> branches;
  for (const auto& [branch, state] : expected)
    branches.push_back({branch, world.run({"rev-parse", "refs/heads/" + branch}), {}});
  const git::MainBranch now{"main", {{"refs/heads/main", world.run({"rev-parse", "refs/heads/main"}), ""}}, "its name"};
  for (const std::string& name : files_in(markers)) std::filesystem::remove(markers + "/" + name);
  const auto git = world.open();
  ASSERT_TRUE(git);
  TemporaryDirectory temporary;
  const auto before = fingerprint_of(world);
  for (const git::MainBranch& against : {main, now}) {
    git::LandingJudge judge(temporary.path());
    const auto answers = judge.judge(*git, against, branches);
    ASSERT_TRUE(answers) << answers.error().message;
    for (std::size_t i = 0; i < branches.size(); ++i)
      EXPECT_EQ((*answers)[i].state, expected[branches[i].branch])
          << branches[i].branch << ": " << (*answers)[i].evidence;
  }
  EXPECT_THAT(files_in(markers), IsEmpty());
  auto changed = differences(before, fingerprint_of(world));
  // git notes the time when it would write an object that is there already, so that no clean-up takes it; even when the
  // object would go elsewhere. The bytes are the same.
  std::erase_if(changed, [](const std::string& line) {
    return line.starts_with("repository/.git/objects/") && line.ends_with(": mode or time changed");
  });
  EXPECT_THAT(changed, IsEmpty());
  EXPECT_THAT(files_in(temporary.path()), IsEmpty());
}

}  // namespace
}  // namespace stream_status
