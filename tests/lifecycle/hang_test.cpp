// Servers that hold the lock and do not answer: step E of lifecycle.md. What counts as hung takes 12 s of the real
// clock, so each test lets many of them hang at once.
#include <signal.h>
#include <sqlite3.h>
#include <sys/inotify.h>

#include <filesystem>
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

  // An agent whose client leaves just when it has sent SIGTERM leaves too.
  const std::string left = make_project("left");
  HungServer left_server({world.directory("left"), left, HungServer::Sigterm::kIsDeafTo});
  DirectoryWatch watch(world.directory("left"), IN_MODIFY);
  Agent leaving(world, left);
  leaving.send("add_stream", {{"title", "Never answered"}});

  const Deadline promised(kPromised);
  ASSERT_TRUE(watch.wait_for("sigterms", 1, promised));
  leaving.program().close_input();
  EXPECT_EQ(leaving.program().wait_exit(Deadline(seconds{10})), 0);
  EXPECT_TRUE(left_server.runs()) << "it left only when its work was done";

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

class ResumedServer : public LifecycleTest {
 protected:
  /// SIGSTOP at a moment when it does not have the database locked, as it has while it notes what git says.
  bool stop_between_transactions(const os::Fd& server) const {
    for (const Deadline deadline; !deadline.over();) {
      if (!send_signal(server, SIGSTOP)) return false;
      if (!Faults::wait_stopped(world.server_pid())) return false;
      sqlite3* database = nullptr;
      sqlite3_open_v2(world.file("streams.db").c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
      const bool is_free = sqlite3_exec(database, "BEGIN IMMEDIATE; ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK;
      sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
      sqlite3_close(database);
      if (is_free) return true;
      send_signal(server, SIGCONT);
    }
    return false;
  }
};

// Nobody can be sure that a replaced server is gone: its locks may have been taken from under it while it was stopped.
// Then only the epoch in the database stands between it and the data.
TEST_F(ResumedServer, ThatWasReplacedMeanwhileAcknowledgesNothingAndLeavesTheNextOneAlone) {
  takes_files_away = true;
  world.ask({"add", "Before"});
  const os::Fd old_server = world.watch_server();
  HttpConnection connection = HttpConnection::to_socket(world.file("api.sock"));
  ASSERT_EQ(connection.get("/api/health").status, 200);
  ASSERT_TRUE(stop_between_transactions(old_server));
  const std::string body = R"({"title":"Late","streamId":"late"})";
  ASSERT_TRUE(
      connection.send("POST /api/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      "Content-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body));
  for (const std::string& file :
       {world.file("server.lock"), world.file(".api-server.lock"), world.backups() + "/custody.lock"})
    ASSERT_TRUE(std::filesystem::remove(file)) << file;
  Agent agent(world);
  agent.get("add_stream", {{"title", "After"}});
  const std::string instance = world.instance();

  ASSERT_TRUE(send_signal(old_server, SIGCONT));
  EXPECT_NE(connection.read_answer().status, 201) << "it has acknowledged a write";
  EXPECT_TRUE(wait_end(old_server));
  EXPECT_EQ(world.instance(), instance) << "it has taken the record of the next one away";
  Agent another(world);
  EXPECT_EQ(text_at(another.get("get_version"), "instanceId"), instance);
  EXPECT_EQ(text_at(agent.get("get_version"), "instanceId"), instance);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"after", "before"}));
  EXPECT_TRUE(HttpConnection::to_socket(world.file("api.sock")).get("/api/health").status == 200)
      << "it has taken the socket of the next one away";
}

class StoppedCustodian : public LifecycleTest {};

// It still holds the only copy of what it has acknowledged, and can not notice that its files are gone.
TEST_F(StoppedCustodian, GoesOnSoThatItSavesItsDataForTheNextOne) {
  takes_files_away = true;
  world.ask({"add", "Before"});
  const os::Fd old_server = world.watch_server();
  const std::string old_instance = world.instance();
  ASSERT_TRUE(send_signal(old_server, SIGSTOP));
  std::filesystem::remove_all(world.directory());
  Agent agent(world);
  agent.get("add_stream", {{"title", "After"}});
  EXPECT_TRUE(wait_end(old_server));
  EXPECT_NE(world.instance(), old_instance);
  EXPECT_EQ(world.log_lines("custodian_woken").size(), 1u);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"after", "before"}));
}

class StalledWriter : public FaultTest {};

// From outside it looks well: its other threads answer. Nobody may end it but itself.
TEST_F(StalledWriter, EndsItsServerSoThatTheNextOneWrites) {
  Agent agent(world);
  agent.get("add_stream", {{"title", "Kept"}});
  const os::Fd server = world.watch_server();
  const std::string instance = world.instance();
  faults.plan("before_commit sleep=600000");
  const int lost = agent.send("add_stream", {{"title", "Lost"}});
  ASSERT_TRUE(faults.wait_reached("before_commit"));
  Agent reader(world);
  EXPECT_EQ(text_at(reader.get("get_version"), "instanceId"), instance);
  EXPECT_TRUE(agent.wait_for(lost, Deadline(seconds{60})));
  const ToolAnswer unanswered = agent.take(lost);
  EXPECT_TRUE(unanswered.is_error);
  EXPECT_NE(unanswered.text.find("not known"), std::string::npos) << unanswered.text;
  EXPECT_TRUE(wait_end(server, Deadline(seconds{120})));
  EXPECT_EQ(world.log_lines("server_stalled").size(), 1u);
  agent.get("add_stream", {{"title", "Next"}});
  EXPECT_NE(world.instance(), instance);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"kept", "next"}));
}

class HungDrain : public FaultTest {};

TEST_F(HungDrain, EndsByItselfAndTheCallThatWaitsForItGoesOn) {
  faults.plan("in_drain sleep=600000");
  Agent agent(world);
  agent.get("add_stream", {{"title", "Kept"}});
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGTERM));
  ASSERT_TRUE(faults.wait_reached("in_drain"));
  const ToolAnswer answer = agent.call("add_stream", {{"title", "Next"}});
  EXPECT_FALSE(answer.is_error) << answer.text;
  EXPECT_TRUE(wait_end(server));
  EXPECT_EQ(world.log_lines("stop_stuck").size(), 1u);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"kept", "next"}));
}

}  // namespace
}  // namespace stream_status::testing
