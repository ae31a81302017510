// Ends that are meant: a signal, a command, no work for long. All leave the project as a start from nothing finds it.
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class ServerStop : public LifecycleTest {
 protected:
  std::vector<std::string> snapshots() const {
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(world.backups(), absent))
      if (entry.path().extension() == ".db") names.push_back(entry.path().filename());
    return names;
  }

  void expect_clean_end() const {
    EXPECT_FALSE(fs::exists(world.file(".api-server.lock")));
    EXPECT_FALSE(fs::exists(world.file("api.sock")));
    EXPECT_TRUE(fs::exists(world.file("server.lock"))) << "the lock file is never removed";
    EXPECT_TRUE(fs::exists(world.file("streams.db")));
    EXPECT_TRUE(world.lock_holders().empty());
  }
};

class StopSignal : public ServerStop, public ::testing::WithParamInterface<int> {};

TEST_P(StopSignal, EndsTheServerCleanly) {
  world.ask({"add", "Kept"});
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, GetParam()));
  EXPECT_EQ(wait_exit_code(server), 0);
  expect_clean_end();
  ASSERT_EQ(snapshots().size(), 1u);
  EXPECT_TRUE(snapshots().front().ends_with("-r1.db")) << snapshots().front();
  EXPECT_EQ(world.log_lines("server_stopped").size(), 1u);

  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
  const std::vector<std::string> opened = world.log_lines("store_opened");
  ASSERT_EQ(opened.size(), 2u);
  EXPECT_NE(opened.back().find("unclean=false"), std::string::npos) << opened.back();
}

TEST_P(StopSignal, EndsTheServerInTheForegroundWithExitCode0) {
  Program server(world.start({"serve"}));
  fs::create_directories(world.projects());
  ASSERT_TRUE(eventually(world.root(), [&] { return world.record().has_value(); }));
  EXPECT_EQ(world.server_pid(), server.pid());
  world.ask({"add", "Kept"});
  ASSERT_TRUE(send_signal(server.process(), GetParam()));
  EXPECT_EQ(server.wait_exit(), 0);
  expect_clean_end();
}

TEST_P(StopSignal, LosesNoAcknowledgedWrite) {
  constexpr int kWriters = 8;
  constexpr int kStreams = 200;
  const os::Fd server = world.watch_server();
  Agents agents;
  for (int i = 0; i < kWriters; ++i) agents.push_back(std::make_unique<Agent>(world));
  std::vector<int> waiting(agents.size());  // 0: no more to do
  std::vector<std::string> acknowledged;
  int next = 0;
  const auto add = [&](std::size_t i) {
    const std::string id = "stream-" + std::to_string(1000 + next++);
    waiting[i] = agents[i]->send("add_stream", {{"title", "Stream"}, {"streamId", id}});
  };
  for (std::size_t i = 0; i < agents.size(); ++i) add(i);
  bool asked_to_stop = false;
  const bool done = listen_until(agents, [&] {
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (waiting[i] == 0 || !agents[i]->has_answer(waiting[i])) continue;
      const ToolAnswer answer = agents[i]->take(std::exchange(waiting[i], 0));
      EXPECT_FALSE(answer.is_error) << answer.text;
      acknowledged.push_back(text_at(answer.data, "id"));
      if (next < kStreams) add(i);
    }
    if (acknowledged.size() >= 50 && !asked_to_stop) asked_to_stop = send_signal(server, GetParam());
    return acknowledged.size() == kStreams;
  });
  EXPECT_TRUE(done);
  EXPECT_TRUE(wait_end(server));
  std::sort(acknowledged.begin(), acknowledged.end());
  EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(kStreams));
  EXPECT_EQ(world.stream_ids(), acknowledged);
}

INSTANTIATE_TEST_SUITE_P(Signals, StopSignal, ::testing::Values(SIGTERM, SIGINT),
                         [](const auto& signal) { return std::string(sigabbrev_np(signal.param)); });

TEST_F(ServerStop, ByCommandReturnsWhenTheServerIsGone) {
  const os::Fd server = world.watch_server();
  const json::object answer = world.ask({"stop"});
  EXPECT_EQ(answer.at("stopped").as_array().size(), 1u);
  expect_clean_end();
  EXPECT_EQ(wait_exit_code(server), 0);
  EXPECT_EQ(world.ask({"stop"}).at("stopped").as_array().size(), 0u);
}

TEST_F(ServerStop, OfAllProjectsLeavesNone) {
  const std::string other = world.make_repository("other");
  world.ask({"list"});
  world.ask({"list"}, other);
  EXPECT_EQ(world.ask({"ps"}).at("servers").as_array().size(), 2u);
  EXPECT_EQ(world.ask({"stop", "--all"}, "/").at("stopped").as_array().size(), 2u);
  EXPECT_EQ(world.ask({"ps"}).at("servers").as_array().size(), 0u);
  EXPECT_TRUE(world.lock_holders("shop").empty());
  EXPECT_TRUE(world.lock_holders("other").empty());
}

TEST_F(ServerStop, AndStartIsARestart) {
  world.ask({"add", "Kept"});
  const std::string before = world.instance();
  const os::Fd server = world.watch_server();
  const json::object answer = world.ask({"restart"});
  EXPECT_TRUE(wait_end(server));
  EXPECT_NE(world.instance(), before);
  EXPECT_EQ(number_at(answer, "pid"), world.server_pid());
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
}

TEST_F(ServerStop, IsCleanAlthoughOnEachLaneAClientReadsNoAnswer) {
  const os::Fd server = world.watch_server();
  HttpConnection agent = HttpConnection::to_socket(world.file("api.sock"));
  const std::string goal(10'000, 'g');
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(agent.send_json("POST", "/api/streams", {{"title", fmt::format("Stream {}", i)}, {"goal", goal}}).status,
              201);
  // Two that come one after the other are on two lanes. Their answers are larger than what a socket takes.
  std::vector<os::Fd> silent;
  for (int i = 0; i < 2; ++i) {
    silent.push_back(connect_to_socket(world.file("api.sock")));
    const std::string request = "GET /api/streams HTTP/1.1\r\nHost: localhost\r\n\r\n";
    ASSERT_GT(::send(silent.back().get(), request.data(), request.size(), 0), 0);
    ASSERT_TRUE(wait_readable(silent.back().get(), Deadline()));
  }
  ASSERT_TRUE(send_signal(server, SIGTERM));
  EXPECT_EQ(wait_exit_code(server, Deadline(seconds{60})), 0);
  expect_clean_end();
  EXPECT_EQ(snapshots().size(), 1u);
  EXPECT_EQ(world.log_lines("stop_stuck").size(), 0u);
}

TEST_F(ServerStop, HappensByItselfWhenNobodyIsThere) {
  world.prepare();
  world.configure({{"idleTimeoutMinutes", 0.01}});
  const os::Fd server = world.watch_server();
  EXPECT_EQ(wait_exit_code(server), 0);
  expect_clean_end();
  ASSERT_EQ(world.log_lines("server_stopping").size(), 2u);
  EXPECT_NE(world.log_lines("server_stopping").back().find("reason=idle"), std::string::npos);
}

TEST_F(ServerStop, DoesNotHappenWhileAnAgentIsConnected) {
  const std::string other = world.make_repository("other");
  world.ask({"list"}, other);
  world.ask({"stop"}, other);
  write_text(world.directory("other") + "/config.json", "{\"idleTimeoutMinutes\": 0.01}");
  world.prepare();
  world.configure({{"idleTimeoutMinutes", 0.01}});

  Agent agent(world);
  agent.get("add_stream", {{"title", "Present"}});
  const std::string instance = world.instance();
  const auto server = os::watch_process(world.server_pid());
  ASSERT_TRUE(server);
  // Another server comes and idles away: as long as that takes, this one has had no call either.
  world.ask({"list"}, other);
  const auto idle = os::watch_process(world.server_pid("other"));
  ASSERT_TRUE(idle && wait_end(*idle));
  EXPECT_EQ(text_at(agent.get("get_version"), "instanceId"), instance);

  agent.program().close_input();
  EXPECT_EQ(wait_exit_code(*server), 0) << "it does not stop after its last agent";
}

}  // namespace
}  // namespace stream_status::testing
