// Servers that hold the lock and do not answer: step E of lifecycle.md. What counts as hung takes 12 s of the real
// clock, so each test lets many of them hang at once.
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>

#include <set>

#include "lifecycle/lifecycle_test.h"
#include "support/hung_server.h"

namespace stream_status::testing {
namespace {

class HungServers : public LifecycleTest {
 protected:
  static constexpr seconds kPromised{30};

  /// A project that has had a server, and has none now.
  std::string make_project(const std::string& name) const {
    const std::string root = world.make_repository(name);
    world.ask({"list"}, root);
    world.ask({"stop"}, root);
    return root;
  }

  /// A stopped process does not go by itself.
  void TearDown() override {
    for (const os::Fd& server : stopped_) send_signal(server, SIGKILL);
    LifecycleTest::TearDown();
  }
  void stop_process(pid_t pid) {
    auto process = os::watch_process(pid);
    ASSERT_TRUE(process && send_signal(*process, SIGSTOP));
    stopped_.push_back(std::move(*process));
  }

  /// Starts of servers that the log of this project tells of.
  std::size_t starts(const std::string& name) const { return world.log_lines("server_started", name).size(); }

 private:
  std::vector<os::Fd> stopped_;
};

/// One agent with its call.
struct Caller {
  std::string project;
  std::unique_ptr<Agent> agent;
  int call = 0;
  std::optional<ToolAnswer> answer = {};
};

void collect(std::vector<Caller>& callers, const Deadline& deadline) {
  // listen_until wants the agents themselves.
  Agents agents;
  for (Caller& caller : callers) agents.push_back(std::move(caller.agent));
  listen_until(
      agents,
      [&] {
        bool all = true;
        for (std::size_t i = 0; i < callers.size(); ++i) {
          if (!callers[i].answer && agents[i]->has_answer(callers[i].call))
            callers[i].answer = agents[i]->take(callers[i].call);
          all = all && callers[i].answer;
        }
        return all;
      },
      deadline);
  for (std::size_t i = 0; i < callers.size(); ++i) callers[i].agent = std::move(agents[i]);
}

TEST_F(HungServers, OfEveryKindAreReplacedOnceAndAgentsWorkAgain) {
  constexpr int kAgents = kCrowd / 4;
  std::vector<Caller> callers;
  const auto add_caller = [&](const std::string& name, const std::string& stream) {
    callers.push_back({name, std::make_unique<Agent>(world, world.root() + "/" + name)});
    callers.back().call = callers.back().agent->send("add_stream", {{"title", "Work"}, {"streamId", stream}});
  };

  // Stopped after ready: an agent has a call at it, another one comes anew, a third has a call and then another.
  const std::string ready = make_project("ready");
  callers.push_back({"ready", std::make_unique<Agent>(world, ready)});
  callers.front().agent->get("list_streams");
  const std::string stopped_instance = world.instance("ready");
  stop_process(world.server_pid("ready"));
  callers.front().call = callers.front().agent->send("add_stream", {{"title", "Work"}, {"streamId", "in-flight"}});
  add_caller("ready", "new");

  // Stopped while it starts, before it has told anybody where it is.
  const std::string starting = make_project("starting");
  {
    DirectoryWatch watch(world.directory("starting"), IN_OPEN);
    add_caller("starting", "first");
    ASSERT_TRUE(watch.wait_for("streams.db"));
    for (const SeenProcess& process : world.lock_holders("starting")) stop_process(process.pid);
    ASSERT_FALSE(world.record("starting"));
  }

  // Accepts and never answers; one leaves when asked, one must be killed, and a whole crowd meets that one.
  const std::string polite = make_project("polite");
  HungServer polite_server({world.directory("polite"), polite, HungServer::Sigterm::kLeaves});
  add_caller("polite", "first");
  const std::string deaf = make_project("deaf");
  HungServer deaf_server({world.directory("deaf"), deaf, HungServer::Sigterm::kIsDeafTo});
  for (int i = 0; i < kAgents; ++i) add_caller("deaf", "stream-" + std::to_string(i));

  // A command of a person's does the same.
  const std::string asked = make_project("asked");
  HungServer asked_server({world.directory("asked"), asked, HungServer::Sigterm::kIsDeafTo});
  Program restart(world.start({"restart", "--json"}, asked));

  // One that can not be proved to be what it says is left alone, by agents and commands.
  const std::string foreign = make_project("foreign");
  HungServer foreign_server({world.directory("foreign"), foreign, HungServer::Sigterm::kLeaves, [](json::object truth) {
                               truth["pidNamespace"] = 1;
                               return json::serialize(truth);
                             }});
  add_caller("foreign", "first");
  Program stop(world.start({"stop", "--json"}, foreign));

  const Deadline promised(kPromised);
  collect(callers, promised);
  for (const Caller& caller : callers) {
    ASSERT_TRUE(caller.answer) << "an agent of " << caller.project << " got no answer in 30 s";
    if (caller.project == "foreign") {
      EXPECT_EQ(text_at(caller.answer->data, "code"), "server_unavailable");
      EXPECT_NE(caller.answer->text.find("another pid namespace"), std::string::npos) << caller.answer->text;
      EXPECT_NE(caller.answer->text.find(world.directory("foreign") + "/server.lock"), std::string::npos);
      continue;
    }
    EXPECT_FALSE(caller.answer->is_error) << caller.project << ": " << caller.answer->text;
  }
  EXPECT_EQ(restart.wait_exit(promised), 0);

  for (const std::string name : {"ready", "starting", "polite", "deaf", "asked"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(world.lock_holders(name).size(), 1u);
  }
  // The stopped ones wake up to go; the one that was starting ends its start first.
  EXPECT_EQ(starts("ready"), 3u);
  EXPECT_EQ(starts("starting"), 3u);
  for (const std::string name : {"polite", "deaf", "asked"}) EXPECT_EQ(starts(name), 2u) << world.log(name);
  EXPECT_EQ(starts("foreign"), 1u);
  EXPECT_EQ(stop.wait_exit(promised), 5);
  EXPECT_TRUE(foreign_server.runs());
  EXPECT_EQ(foreign_server.terms(), 0);
  EXPECT_NE(world.instance("ready"), stopped_instance);
  EXPECT_EQ(world.stream_ids(ready), (std::vector<std::string>{"in-flight", "new"}));
  EXPECT_EQ(world.stream_ids(deaf).size(), static_cast<std::size_t>(kAgents));
  std::set<std::string> instances;
  for (const Caller& caller : callers)
    if (caller.project == "deaf") instances.insert(text_at(caller.agent->get("get_version"), "instanceId"));
  EXPECT_EQ(instances, std::set<std::string>{world.instance("deaf")});
  EXPECT_EQ(polite_server.terms(), 1);
  EXPECT_EQ(deaf_server.terms(), 1) << "more than one of the crowd has signalled it";
  EXPECT_EQ(asked_server.terms(), 1);
}

TEST_F(HungServers, AreNotThoseThatAreBusyForFiveSeconds) {
  Agent agent(world);
  agent.get("list_streams");
  const std::string instance = world.instance();
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGSTOP));
  DirectoryWatch watch(world.directory(), IN_OPEN);
  const int call = agent.send("add_stream", {{"title", "Late"}});
  Program other(world.start({"add", "Other"}));
  // Each look at the record is followed by 2 s of waiting for an answer: the third comes after 4 s.
  ASSERT_TRUE(watch.wait_for(".api-server.lock", 4));
  ASSERT_TRUE(send_signal(server, SIGCONT));
  ASSERT_TRUE(agent.wait_for(call));
  EXPECT_FALSE(agent.take(call).is_error);
  EXPECT_EQ(other.wait_exit(), 0);
  EXPECT_EQ(world.instance(), instance);
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"late", "other"}));
}

}  // namespace
}  // namespace stream_status::testing
