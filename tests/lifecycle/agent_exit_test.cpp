// `stream-status mcp` never outlives the agent that it serves, whatever the server does meanwhile.
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <optional>

#include "lifecycle/lifecycle_test.h"
#include "support/hung_server.h"

namespace stream_status::testing {
namespace {

enum class Call {
  kNone,
  kDone,
  kInFlight,   ///< at a server that does not answer
  kAttaching,  ///< the server that it asks for has never answered anybody
  kLaunching,  ///< it has started a server that does not get ready
};

class AgentExit : public FaultTest, public ::testing::WithParamInterface<Call> {
 protected:
  /// Brings the agent where the parameter wants it.
  void bring(Agent& agent) {
    ASSERT_TRUE(agent.wait_for(agent.initialize()));
    if (GetParam() == Call::kNone) return;
    if (GetParam() == Call::kAttaching) {
      if (!hung_) {
        world.prepare();
        hung_.emplace(HungServer::Plan{world.directory(), world.project(), HungServer::Sigterm::kLeaves});
      }
      // It has looked at the record, and waits for the answer to its handshake.
      DirectoryWatch watch(world.directory(), IN_OPEN);
      agent.send("add_stream", {{"title", "Never answered"}});
      ASSERT_TRUE(watch.wait_for(".api-server.lock"));
      return;
    }
    if (GetParam() == Call::kLaunching) {
      const std::size_t before = faults.reached("after_lock").size();
      faults.plan("after_lock sleep=600000 always");
      agent.send("add_stream", {{"title", "Never answered"}});
      if (before == 0) {
        ASSERT_TRUE(faults.wait_reached("after_lock"));
      }
      return;
    }
    if (!server_) agent.get("list_streams");
    if (GetParam() == Call::kDone) return;
    if (!server_) {
      auto server = os::watch_process(world.server_pid());
      ASSERT_TRUE(server);
      server_ = std::move(*server);
      ASSERT_TRUE(send_signal(server_, SIGSTOP));
    }
    agent.send("add_stream", {{"title", "Never answered"}});
  }

  void TearDown() override {
    if (server_) send_signal(server_, SIGCONT);
    hung_.reset();
    for (const SeenProcess& process : world.lock_holders())
      if (GetParam() == Call::kLaunching) ::kill(process.pid, SIGKILL);
    LifecycleTest::TearDown();
  }

  static constexpr seconds kSoon{10};

 private:
  os::Fd server_;
  std::optional<HungServer> hung_;
};

TEST_P(AgentExit, FollowsTheEndOfItsInput) {
  Agent agent(world);
  bring(agent);
  agent.program().close_input();
  EXPECT_EQ(agent.program().wait_exit(Deadline(kSoon)), 0);
}

TEST_P(AgentExit, FollowsTheEndOfItsReader) {
  Agent agent(world);
  bring(agent);
  agent.program().close_output();
  EXPECT_GE(agent.program().wait_exit(Deadline(kSoon)), 0);
}

TEST_P(AgentExit, FollowsEachSignal) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    Agent agent(world);
    bring(agent);
    ASSERT_TRUE(send_signal(agent.program().process(), signal));
    EXPECT_GE(agent.program().wait_exit(Deadline(kSoon)), 0) << sigabbrev_np(signal);
  }
}

TEST_P(AgentExit, FollowsTheDeathOfItsParent) {
  // Its streams stay open: this test holds them. Only the shell between is killed.
  Start start = world.start({});
  start.command = {"/bin/sh", "-c", "exec 3<&0; \"$0\" mcp <&3 & echo $! >&2; wait", world.program()};
  Agent agent(start);
  bring(agent);
  std::string text(32, '\0');
  ASSERT_TRUE(wait_readable(agent.program().errors().get(), Deadline()));
  const ssize_t size = ::read(agent.program().errors().get(), text.data(), text.size());
  ASSERT_GT(size, 0);
  const auto mcp = os::watch_process(std::stoi(text));
  ASSERT_TRUE(mcp);
  ASSERT_TRUE(send_signal(agent.program().process(), SIGKILL));
  EXPECT_TRUE(wait_end(*mcp, Deadline(kSoon)));
}

std::string name_of(const ::testing::TestParamInfo<Call>& call) {
  switch (call.param) {
    case Call::kNone: return "BeforeAnyCall";
    case Call::kDone: return "AfterACall";
    case Call::kInFlight: return "WithACallInFlight";
    case Call::kAttaching: return "WhileItAttaches";
    case Call::kLaunching: return "WhileItLaunches";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Calls, AgentExit,
                         ::testing::Values(Call::kNone, Call::kDone, Call::kInFlight, Call::kAttaching,
                                           Call::kLaunching),
                         name_of);

}  // namespace
}  // namespace stream_status::testing
