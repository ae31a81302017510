// Programs of different versions on one project. The build tree has the programs three times: as they are, as a newer
// version ("newer"), and as one that speaks another protocol ("foreign").
#include <signal.h>

#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

const std::string kNewer = std::string(STREAM_STATUS_BIN) + "/versions/newer";
const std::string kForeign = std::string(STREAM_STATUS_BIN) + "/versions/foreign";

class Upgrade : public LifecycleTest {
 protected:
  /// The same, with the program of another directory.
  static Start with_programs(Start start, const std::string& directory) {
    start.command.front() = directory + "/stream-status";
    return start;
  }
  Start newer(std::vector<std::string> arguments) const {
    return with_programs(world.start(std::move(arguments)), kNewer);
  }
  static void run_well(const Start& start) {
    const Finished finished = run_to_end(start);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
  }

  std::string server_version() const { return text_at(world.record().value_or(json::object{}), "serverVersion"); }
  std::size_t starts() const { return world.log_lines("server_started").size(); }

  void replace_programs(const std::string& from) const {
    for (const char* name : {"stream-status", "stream-statusd"}) {
      // By rename, as installers do: a running program keeps its file.
      fs::copy_file(from + "/" + name, world.program(name) + ".next");
      fs::rename(world.program(name) + ".next", world.program(name));
    }
  }
};

TEST_F(Upgrade, ANewerClientReplacesAnOlderServerOnceAndOlderClientsGoOn) {
  Agent older(world);
  older.get("add_stream", {{"title", "Before"}});
  ASSERT_EQ(server_version(), "1.0.0");
  const os::Fd old_server = world.watch_server();

  Agent agent(newer({"mcp"}));
  agent.get("add_stream", {{"title", "After"}});
  EXPECT_EQ(wait_exit_code(old_server), 0);
  EXPECT_EQ(server_version(), "1.1.0");
  const std::vector<std::string> stops = world.log_lines("server_stopping");
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_TRUE(stops.front().ends_with("reason=upgrade")) << stops.front();
  const std::string instance = world.instance();
  EXPECT_EQ(text_at(older.get("get_version"), "instanceId"), instance);

  // In turn, as two installations do that are both in use.
  for (int i = 0; i < 3; ++i) {
    run_well(world.start({"list"}));
    run_well(newer({"list"}));
  }
  EXPECT_EQ(world.instance(), instance);
  EXPECT_EQ(starts(), 2u);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"after", "before"}));
}

TEST_F(Upgrade, ACrowdOfBothVersionsEndsWithOneServerOfTheNewer) {
  world.ask({"list"});
  Agents agents;
  for (int i = 0; i < kCrowd / 8; ++i) {
    agents.push_back(std::make_unique<Agent>(world));
    agents.push_back(std::make_unique<Agent>(newer({"mcp"})));
  }
  std::vector<int> calls;
  for (std::size_t i = 0; i < agents.size(); ++i)
    calls.push_back(agents[i]->send("add_stream", {{"title", "Work"}, {"streamId", "s" + std::to_string(i)}}));
  for (std::size_t i = 0; i < agents.size(); ++i) {
    ASSERT_TRUE(agents[i]->wait_for(calls[i]));
    const ToolAnswer answer = agents[i]->take(calls[i]);
    EXPECT_FALSE(answer.is_error) << answer.text;
  }
  EXPECT_EQ(server_version(), "1.1.0");
  EXPECT_EQ(starts(), 2u);
  EXPECT_EQ(world.lock_holders().size(), 1u);
  EXPECT_EQ(world.stream_ids().size(), agents.size());
}

TEST_F(Upgrade, AReconnectNeverReplacesAnOlderServer) {
  Agent agent(newer({"mcp"}));
  agent.get("list_streams");
  ASSERT_EQ(server_version(), "1.1.0");
  world.ask({"stop"});
  world.ask({"list"});
  ASSERT_EQ(server_version(), "1.0.0");
  const std::string instance = world.instance();
  EXPECT_EQ(text_at(agent.get("get_version"), "instanceId"), instance);
  EXPECT_EQ(text_at(agent.get("get_version"), "instanceId"), instance);
  EXPECT_EQ(starts(), 2u);
}

TEST_F(Upgrade, WhoeverCouldNotStartTheNewerServerUsesTheOlderOne) {
  world.ask({"list"});
  const std::string instance = world.instance();
  const std::string alone = world.root() + "/alone";
  fs::create_directory(alone);
  fs::copy_file(kNewer + "/stream-status", alone + "/stream-status");
  run_well(with_programs(world.start({"list"}), alone));
  EXPECT_EQ(world.instance(), instance);
}

TEST_F(Upgrade, AServerRefusesToLeaveForOneThatIsNotNewer) {
  world.ask({"list"});
  const std::string instance = world.instance();
  HttpConnection connection = HttpConnection::to_socket(world.file("api.sock"));
  for (const char* version : {"1.0.0", "0.9.9", "1.0.0-rc.1", "newest", ""}) {
    const HttpAnswer answer = connection.send_json(
        "POST", "/api/server/stop", {{"instanceId", instance}, {"reason", "upgrade"}, {"version", version}});
    EXPECT_EQ(answer.status, 409) << version;
  }
  EXPECT_EQ(text_at(world.ask({"status"}), "instanceId"), instance);
}

TEST_F(Upgrade, AnotherProtocolIsSaidAndNothingIsReplacedUnasked) {
  world.ask({"add", "Kept"});
  const std::string instance = world.instance();
  const auto refusal_of = [](const Start& start) {
    const Finished finished = run_to_end(start);
    EXPECT_GT(finished.exit_code, 0);
    EXPECT_NE(finished.err.find("incompatible"), std::string::npos) << finished.err;
    EXPECT_NE(finished.err.find("protocol"), std::string::npos) << finished.err;
    return finished.err;
  };
  // A newer program meets the older server.
  const std::string newer_says = refusal_of(with_programs(world.start({"list", "--json"}), kForeign));
  EXPECT_NE(newer_says.find("stream-status restart"), std::string::npos) << newer_says;
  EXPECT_EQ(world.instance(), instance);
  run_well(with_programs(world.start({"restart"}), kForeign));
  EXPECT_EQ(server_version(), "2.0.0");
  // An older program meets the newer server, and can at least stop it.
  const std::string older_says = refusal_of(world.start({"list", "--json"}));
  EXPECT_NE(older_says.find("restart this agent or command"), std::string::npos) << older_says;
  EXPECT_EQ(server_version(), "2.0.0");
  EXPECT_EQ(world.ask({"stop"}).at("stopped").as_array().size(), 1u);
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
}

TEST_F(Upgrade, ProgramsThatAreReplacedWhileTheyRunServeOn) {
  world.use_copied_programs();
  Agent agent(world);
  agent.get("add_stream", {{"title", "Before"}});
  const std::string instance = world.instance();
  replace_programs(kNewer);
  EXPECT_EQ(text_at(agent.get("get_version"), "instanceId"), instance);
  ASSERT_EQ(::kill(world.server_pid(), SIGKILL), 0);
  agent.get("add_stream", {{"title", "After"}});
  EXPECT_EQ(server_version(), "1.1.0") << "the agent starts what lies at the path of its own build";
}

TEST_F(Upgrade, ProgramsThatAreDeletedWhileTheyRunServeOnUntilTheServerIsGone) {
  world.use_copied_programs();
  Agent agent(world);
  agent.get("add_stream", {{"title", "Before"}});
  const os::Fd server = world.watch_server();
  for (const char* name : {"stream-status", "stream-statusd"}) fs::remove(world.program(name));
  agent.get("add_stream", {{"title", "Between"}});
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  const ToolAnswer refused = agent.call("add_stream", {{"title", "After"}, {"streamId", "after"}});
  EXPECT_TRUE(refused.is_error);
  EXPECT_EQ(text_at(refused.data, "code"), "server_unavailable");
  EXPECT_NE(refused.text.find(world.program("stream-statusd")), std::string::npos) << refused.text;
  EXPECT_NE(refused.text.find("install"), std::string::npos) << refused.text;

  for (const char* name : {"stream-status", "stream-statusd"})
    fs::copy_file(programs_directory() + "/" + name, world.program(name));
  agent.get("add_stream", {{"title", "After"}, {"streamId", "after"}});
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"after", "before", "between"}));
}

}  // namespace
}  // namespace stream_status::testing
