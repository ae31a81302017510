// Slow is not dead: whoever shows progress, or answers after all, is waited for and never touched.
#include <signal.h>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

class SlowServer : public FaultTest {};

// Longer than the 12 s after which a holder without progress counts as hung.
TEST_F(SlowServer, ThatMakesProgressInItsStartIsWaitedForByAll) {
  const int slow_ms = number_from_environment("STREAM_STATUS_SLOW_START_MS", 12'500);
  faults.plan("after_store sleep_with_progress=" + std::to_string(slow_ms));
  Agent starter(world);
  const int first = starter.send("add_stream", {{"title", "First"}});
  ASSERT_TRUE(faults.wait_reached("after_store"));
  Agents others;
  std::vector<int> calls;
  for (int i = 0; i < kCrowd / 20; ++i) {
    others.push_back(std::make_unique<Agent>(world));
    calls.push_back(others.back()->send("get_version"));
  }
  ASSERT_TRUE(starter.wait_for(first));
  EXPECT_FALSE(starter.take(first).is_error);
  for (std::size_t i = 0; i < others.size(); ++i) {
    ASSERT_TRUE(others[i]->wait_for(calls[i]));
    EXPECT_EQ(text_at(others[i]->take(calls[i]).data, "instanceId"), world.instance());
  }
  EXPECT_EQ(faults.reached("before_spawn").size(), 1u) << "somebody interfered";
  EXPECT_EQ(faults.reached("after_store"), std::vector<pid_t>{world.server_pid()});
}

// Both threads that serve are busy; nobody gets an answer, not even to a handshake.
TEST_F(SlowServer, ThatIsBusyForFiveSecondsIsNotReplaced) {
  Agent before(world);
  before.get("add_stream", {{"title", "Before"}});
  const std::string instance = world.instance();
  faults.forget();
  faults.plan("in_request busy=5000 1\nin_request busy=5000 2");
  const int first = before.send("get_version");
  Agents others;
  std::vector<int> calls;
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::make_unique<Agent>(world));
    calls.push_back(others.back()->send("get_version"));
  }
  ASSERT_TRUE(before.wait_for(first));
  EXPECT_EQ(text_at(before.take(first).data, "instanceId"), instance);
  for (std::size_t i = 0; i < others.size(); ++i) {
    ASSERT_TRUE(others[i]->wait_for(calls[i]));
    EXPECT_EQ(text_at(others[i]->take(calls[i]).data, "instanceId"), instance);
  }
  EXPECT_GE(faults.reached("in_request").size(), 2u);
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
}

}  // namespace
}  // namespace stream_status::testing
