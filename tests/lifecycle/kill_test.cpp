// SIGKILL: of the server while agents write, of a starter at any moment. Agents go on by themselves, and nothing that
// was acknowledged is lost or applied twice.
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

/// One agent with a stream of its own, whose progress it reports step by step. Every step has one request id, however
/// often it is sent.
struct Writer {
  std::unique_ptr<Agent>& agent;
  std::string stream;
  int steps_done = 0;
  int waiting_for = 0;
  int refusals = 0;

  void send_next() {
    const int step = steps_done + 1;
    waiting_for = agent->send(
        "update_stream",
        {{"streamId", stream}, {"progress", step % 100}, {"requestId", stream + "-" + std::to_string(step)}});
  }
};

class ServerKilled : public LifecycleTest {
 protected:
  static constexpr int kWriters = 32;

  /// Progress values that the stream went through, in order, as its history tells.
  std::vector<int> progress_of(const std::string& stream) const {
    HttpConnection connection = HttpConnection::to_socket(world.file("api.sock"));
    const HttpAnswer answer = connection.get("/api/streams/" + stream + "/history?limit=1000");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const json::object body = answer.json();
    std::vector<int> values;
    for (const json::value& event : body.at("events").as_array())
      if (text_at(event.as_object(), "type") == "progress_updated")
        values.insert(values.begin(), static_cast<int>(event.at("newValue").to_number<int>()));
    return values;
  }
};

TEST_F(ServerKilled, UnderLoadLosesNothingAndAppliesNothingTwice) {
  const int kills = number_from_environment("STREAM_STATUS_KILLS", 3);
  const int steps = 15 * (kills + 1);
  const int between_kills = kWriters * 15;
  Agents agents;
  for (int i = 0; i < kWriters; ++i) agents.push_back(std::make_unique<Agent>(world));
  std::vector<Writer> writers;
  for (int i = 0; i < kWriters; ++i) {
    const std::string stream = "stream-" + std::to_string(i);
    agents[static_cast<std::size_t>(i)]->get("add_stream", {{"title", "Stream"}, {"streamId", stream}});
    writers.push_back({agents[static_cast<std::size_t>(i)], stream});
  }
  for (Writer& writer : writers) writer.send_next();

  int acknowledged = 0;
  int killed = 0;
  const auto take_answer = [&](Writer& writer) {
    const ToolAnswer answer = writer.agent->take(writer.waiting_for);
    if (answer.is_error) {
      // It went on by itself as long as it may; the same request id makes the agent's own retry safe.
      EXPECT_LE(++writer.refusals, kills) << answer.text;
      EXPECT_EQ(text_at(answer.data, "code"), "server_unavailable") << answer.text;
    } else {
      ++acknowledged;
      ++writer.steps_done;
    }
    if (writer.steps_done < steps && writer.refusals <= kills) return writer.send_next();
    writer.waiting_for = 0;
  };
  const auto step = [&] {
    bool busy = false;
    for (Writer& writer : writers) {
      if (writer.waiting_for != 0 && writer.agent->has_answer(writer.waiting_for)) take_answer(writer);
      busy = busy || writer.waiting_for != 0;
    }
    // So many answers since the last kill: they are those of the server that the record names.
    if (killed < kills && acknowledged >= (killed + 1) * between_kills - kWriters) {
      EXPECT_EQ(::kill(world.server_pid(), SIGKILL), 0);
      ++killed;
    }
    return !busy;
  };
  EXPECT_TRUE(listen_until(agents, step, Deadline(seconds{90})));
  EXPECT_EQ(killed, kills);
  EXPECT_EQ(acknowledged, kWriters * steps);

  std::vector<int> expected;
  for (int i = 1; i <= steps; ++i) expected.push_back(i % 100);
  int refusals = 0;
  for (const Writer& writer : writers) {
    EXPECT_EQ(progress_of(writer.stream), expected) << writer.stream;
    refusals += writer.refusals;
  }
  EXPECT_EQ(refusals, 0) << "agents had to send calls again themselves";

  const std::vector<std::string> opened = world.log_lines("store_opened");
  ASSERT_EQ(opened.size(), static_cast<std::size_t>(kills) + 1);
  for (std::size_t i = 0; i < opened.size(); ++i) {
    EXPECT_NE(opened[i].find("epoch=" + std::to_string(i + 1) + " "), std::string::npos) << opened[i];
    EXPECT_NE(opened[i].find(i == 0 ? "unclean=false" : "unclean=true"), std::string::npos) << opened[i];
  }
}

TEST_F(ServerKilled, WhileIdleIsReplacedAtTheNextCall) {
  Agent agent(world);
  agent.get("add_stream", {{"title", "Before"}});
  const std::string before = world.instance();
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  agent.get("add_stream", {{"title", "After"}});
  EXPECT_NE(text_at(agent.get("get_version"), "instanceId"), before);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"after", "before"}));
}

/// A file in the project's directory and what must happen to it; the starter is killed right then.
struct Moment {
  const char* name;
  const char* file;
  std::uint32_t event;
};

class StarterKilled : public LifecycleTest, public ::testing::WithParamInterface<Moment> {};

TEST_P(StarterKilled, LeavesTheNextClientWithOneServer) {
  world.prepare();
  {
    DirectoryWatch watch(world.directory(), GetParam().event);
    Agent starter(world);
    starter.send("add_stream", {{"title", "Never seen"}, {"streamId", "perhaps"}});
    ASSERT_TRUE(watch.wait_for(GetParam().file));
    ASSERT_TRUE(send_signal(starter.program().process(), SIGKILL));
    EXPECT_EQ(starter.program().wait_exit(), 128 + SIGKILL);
  }
  Agent next(world);
  next.get("add_stream", {{"title", "Next"}});
  EXPECT_EQ(text_at(next.get("get_version"), "instanceId"), world.instance());
  EXPECT_EQ(world.lock_holders().size(), 1u);
  const std::vector<std::string> ids = world.stream_ids();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "next"), 1);
}

INSTANTIATE_TEST_SUITE_P(Moments, StarterKilled,
                         ::testing::Values(Moment{"BeforeTheSpawn", "start.lock", IN_OPEN},
                                           Moment{"AtTheLock", "server.lock", IN_MODIFY},
                                           Moment{"AtTheStore", "streams.db", IN_OPEN},
                                           Moment{"AtTheBind", "api.sock", IN_CREATE | IN_MOVED_TO},
                                           Moment{"AtTheRecord", ".api-server.lock", IN_MOVED_TO}),
                         [](const auto& moment) { return std::string(moment.param.name); });

class ServerKilledAtStart : public LifecycleTest, public ::testing::WithParamInterface<Moment> {};

TEST_P(ServerKilledAtStart, IsStartedAgain) {
  world.prepare();
  DirectoryWatch watch(world.directory(), GetParam().event);
  Agent agent(world);
  const int call = agent.send("add_stream", {{"title", "Kept"}});
  ASSERT_TRUE(watch.wait_for(GetParam().file));
  // Between its fork and its name nobody is there to kill; then it is not killed, and the agent must be served as well.
  for (const SeenProcess& process : world.lock_holders()) ::kill(process.pid, SIGKILL);
  ASSERT_TRUE(agent.wait_for(call));
  const ToolAnswer answer = agent.take(call);
  EXPECT_FALSE(answer.is_error) << answer.text;
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
  EXPECT_EQ(text_at(agent.get("get_version"), "instanceId"), world.instance());
}

INSTANTIATE_TEST_SUITE_P(Moments, ServerKilledAtStart,
                         ::testing::Values(Moment{"AtTheLock", "server.lock", IN_MODIFY},
                                           Moment{"AtTheStore", "streams.db", IN_OPEN},
                                           Moment{"AtTheBind", "api.sock", IN_CREATE | IN_MOVED_TO},
                                           Moment{"AtTheRecord", ".api-server.lock", IN_MOVED_TO}),
                         [](const auto& moment) { return std::string(moment.param.name); });

}  // namespace
}  // namespace stream_status::testing
