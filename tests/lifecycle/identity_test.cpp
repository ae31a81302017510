// Which server: one per repository, whatever way leads to it.
#include <filesystem>
#include <set>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class ProjectServer : public LifecycleTest {};

TEST_F(ProjectServer, IsOneForWorktreeSymlinkSubdirectoryAndRelativePath) {
  const std::string worktree = world.add_worktree(world.project(), "auth");
  fs::create_directories(world.project() + "/src/deep");
  fs::create_directories(worktree + "/src");
  const std::string link = world.root() + "/link";
  fs::create_directory_symlink(world.project(), link);
  const std::string link_to_worktree = world.root() + "/link-to-worktree";
  fs::create_directory_symlink(worktree, link_to_worktree);

  const std::vector<std::pair<std::string, std::vector<std::string>>> ways = {
      {world.project(), {}},
      {worktree, {}},
      {worktree + "/src", {}},
      {world.project() + "/src/deep", {}},
      {link, {}},
      {link_to_worktree, {}},
      {"/", {"--project", link}},
      {world.root(), {"--project", "shop"}},
      {world.root(), {"--project", "./worktrees/auth/src"}},
      {world.project() + "/src", {"--project", "../../link-to-worktree/../../shop"}},
  };
  std::set<std::string> instances;
  std::vector<std::string> added;
  for (const auto& [directory, arguments] : ways) {
    std::vector<std::string> command = {"mcp"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Agent agent(world.start(command, directory));
    const json::object version = agent.get("get_version");
    instances.insert(text_at(version, "instanceId"));
    EXPECT_EQ(text_at(version, "projectRoot"), world.project()) << directory;
    agent.get("add_stream", {{"title", "Seen from here"}});
  }
  EXPECT_EQ(instances.size(), 1u);
  EXPECT_EQ(world.stream_ids(worktree).size(), ways.size());
  std::vector<std::string> directories;
  for (const auto& entry : fs::directory_iterator(world.projects()))
    if (entry.is_directory()) directories.push_back(entry.path().filename());
  EXPECT_EQ(directories, std::vector<std::string>{"shop"});
}

TEST_F(ProjectServer, IsOneWhenEveryWayIsTakenAtOnce) {
  const std::string worktree = world.add_worktree(world.project(), "auth");
  fs::create_directories(world.project() + "/src");
  const std::string link = world.root() + "/link";
  fs::create_directory_symlink(world.project(), link);
  const std::vector<std::pair<std::string, std::vector<std::string>>> ways = {
      {world.project(), {"mcp"}},
      {worktree, {"mcp"}},
      {world.project() + "/src", {"mcp"}},
      {link, {"mcp"}},
      {world.root(), {"mcp", "--project", "shop"}},
      {"/", {"mcp", "--project", link}},
      {world.root(), {"mcp", "--project", "./worktrees/../link/src"}},
  };
  Agents agents;
  std::vector<int> calls;
  for (int round = 0; round < kCrowd / 20; ++round)
    for (const auto& [directory, command] : ways) {
      agents.push_back(std::make_unique<Agent>(world.start(command, directory)));
      calls.push_back(agents.back()->send("add_stream", {{"title", "Seen from here"}}));
    }
  for (std::size_t i = 0; i < agents.size(); ++i) {
    ASSERT_TRUE(agents[i]->wait_for(calls[i]));
    EXPECT_FALSE(agents[i]->take(calls[i]).is_error);
    EXPECT_EQ(text_at(agents[i]->get("get_version"), "instanceId"), world.instance());
  }
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
  EXPECT_EQ(world.stream_ids(worktree).size(), agents.size());
}

TEST_F(ProjectServer, IsNamedByFlagThenPROJECTROOTThenCLAUDEPROJECTDIRThenDirectory) {
  const std::string other = world.make_repository("other");
  const std::string third = world.make_repository("third");
  const auto root_seen = [&](std::vector<std::string> arguments) {
    Agent agent(world.start(std::move(arguments)));
    return text_at(agent.get("get_version"), "projectRoot");
  };
  EXPECT_EQ(root_seen({"mcp"}), world.project());
  world.environment["CLAUDE_PROJECT_DIR"] = other;
  EXPECT_EQ(root_seen({"mcp"}), other);
  world.environment["PROJECT_ROOT"] = third;
  EXPECT_EQ(root_seen({"mcp"}), third);
  EXPECT_EQ(root_seen({"mcp", "--project", world.project()}), world.project());
}

TEST_F(ProjectServer, IsAnotherOneForARootOfTheSameBasename) {
  const std::string one = world.make_repository("one/platform");
  const std::string two = world.make_repository("two/platform");
  world.ask({"add", "Of one", "--id", "of-one"}, one);
  world.ask({"add", "Of two", "--id", "of-two"}, two);
  EXPECT_EQ(world.stream_ids(one), std::vector<std::string>{"of-one"});
  EXPECT_EQ(world.stream_ids(two), std::vector<std::string>{"of-two"});
  const json::object status_one = world.ask({"status"}, one);
  const json::object status_two = world.ask({"status"}, two);
  EXPECT_NE(text_at(status_one, "instanceId"), text_at(status_two, "instanceId"));
  EXPECT_NE(number_at(status_one, "port"), number_at(status_two, "port"));

  const std::string first = text_at(world.ask({"where"}, one), "directory");
  const std::string second = text_at(world.ask({"where"}, two), "directory");
  EXPECT_EQ(first, world.directory("platform"));
  EXPECT_TRUE(second.starts_with(first + "-")) << second;
  EXPECT_EQ(second.size(), first.size() + 9);
}

TEST_F(ProjectServer, GivesNoNamesakeTheDataWhenTheCacheIsWiped) {
  takes_files_away = true;
  const std::string one = world.make_repository("one/platform");
  const std::string two = world.make_repository("two/platform");
  const std::string three = world.make_repository("three/platform");
  world.ask({"add", "Of one", "--id", "of-one"}, one);
  world.ask({"add", "Of two", "--id", "of-two"}, two);
  const std::string backups = world.home() + "/backups/platform";
  EXPECT_EQ(text_of_file(backups + "/owner"), text_of_file(world.directory("platform") + "/owner"));
  for (const std::string& first : {three, two}) {
    for (const std::string& root : {one, two}) world.ask({"stop"}, root);
    if (first == two) world.ask({"stop"}, three);
    fs::remove_all(world.projects());
    EXPECT_NE(text_at(world.ask({"restore"}, first), "directory"), backups) << "not even looked at";
    EXPECT_EQ(world.stream_ids(first), first == two ? std::vector<std::string>{"of-two"} : std::vector<std::string>{});
    EXPECT_EQ(world.stream_ids(one), std::vector<std::string>{"of-one"});
    EXPECT_EQ(world.stream_ids(two), std::vector<std::string>{"of-two"});
  }
}

TEST_F(ProjectServer, SignsBackupsThatWereRemovedBeforeItAddsOne) {
  takes_files_away = true;
  world.ask({"add", "Mine"});
  const std::string key = text_of_file(world.backups() + "/owner");
  fs::remove_all(world.backups());
  world.ask({"backup"});
  EXPECT_EQ(text_of_file(world.backups() + "/owner"), key);
}

TEST_F(ProjectServer, RefusesBackupsOfAnotherProjectWithTheRemedy) {
  world.ask({"add", "Mine"});
  world.ask({"stop"});
  const std::string owner = world.backups() + "/owner";
  const std::string key = text_of_file(owner);
  write_text(owner, "/elsewhere/shop\n");
  const Refusal refusal = world.refusal({"add", "More"});
  EXPECT_EQ(refusal.code, "incompatible") << refusal.message;
  EXPECT_NE(refusal.message.find("/elsewhere/shop"), std::string::npos) << refusal.message;
  const std::size_t command = refusal.hint.find("echo");
  ASSERT_NE(command, std::string::npos) << refusal.hint;
  shell(refusal.hint.substr(command, refusal.hint.find(';', command) - command));
  EXPECT_EQ(text_of_file(owner), key);
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"mine"});
}

TEST_F(ProjectServer, TakesOverTheBackupsOfAnEarlierVersion) {
  takes_files_away = true;
  world.ask({"add", "Mine"});
  world.ask({"stop"});
  const std::string key = text_of_file(world.backups() + "/owner");
  fs::remove(world.backups() + "/owner");
  fs::remove_all(world.projects());
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"mine"});
  EXPECT_EQ(text_of_file(world.backups() + "/owner"), key);
}

TEST_F(ProjectServer, IsTheSameUnderTheFoundingName) {
  Start start = world.start({});
  start.command = {world.program("mcp-stream-workflow-status")};
  Agent founding(start);
  Agent usual(world);
  EXPECT_EQ(text_at(founding.get("get_version"), "instanceId"), text_at(usual.get("get_version"), "instanceId"));
}

TEST_F(ProjectServer, IsNotStartedByInitializeOrByWhoeverOnlyLooks) {
  Agent agent(world);
  ASSERT_TRUE(agent.wait_for(agent.initialize()));
  for (const char* command : {"where", "ps", "version", "logs", "stop"}) world.ask({command});
  EXPECT_EQ(world.run({"status"}).exit_code, 1);
  EXPECT_FALSE(fs::exists(world.directory()));
}

}  // namespace
}  // namespace stream_status::testing
