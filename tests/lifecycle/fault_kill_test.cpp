// SIGKILL at each named point of a server's life and of a start: the next client finds or becomes the way out, and no
// acknowledged write is lost or applied twice.
#include <signal.h>

#include "lifecycle/lifecycle_test.h"
#include "support/writers.h"

namespace stream_status::testing {
namespace {

class ServerKilledAt : public FaultTest, public ::testing::WithParamInterface<const char*> {
 protected:
  /// Agents write over the death of a server at this point, and a stop.
  void write_over_the_kill() {
    Writers writers(world, 4);
    const auto some_more = [&](int more) {
      const int target = writers.acknowledged() + more;
      return [&writers, target] { return writers.acknowledged() >= target; };
    };
    EXPECT_TRUE(writers.run(some_more(40)));
    Program stop(world.start({"stop"}));
    EXPECT_TRUE(writers.run(some_more(40)));
    stop.wait_exit();
    world.run({"stop"});
    writers.expect_each_write_once(world.file("streams.db"));
  }

  /// Each server dies before the next one commits: no process commits again once another one has.
  void expect_commits_by_one_server_at_a_time() const {
    std::vector<pid_t> order = faults.reached("before_commit");
    order.erase(std::unique(order.begin(), order.end()), order.end());
    std::vector<pid_t> servers = order;
    std::sort(servers.begin(), servers.end());
    EXPECT_EQ(std::adjacent_find(servers.begin(), servers.end()), servers.end()) << ::testing::PrintToString(order);
  }
};

TEST_P(ServerKilledAt, IsReplacedAndNothingIsLostOrAppliedTwice) {
  faults.plan(std::string(GetParam()) + " kill");
  write_over_the_kill();
  const std::vector<pid_t> reached = faults.reached(GetParam());
  ASSERT_FALSE(reached.empty()) << "no server came there";
  EXPECT_EQ(std::count(reached.begin(), reached.end(), reached.front()), 1) << "it went on after SIGKILL";
  expect_commits_by_one_server_at_a_time();
}

INSTANTIATE_TEST_SUITE_P(Points, ServerKilledAt,
                         ::testing::Values("after_lock", "after_epoch", "after_store", "after_bind", "before_record",
                                           "after_record", "before_ready_word", "before_commit", "after_commit",
                                           "before_answer", "in_drain", "after_drain"),
                         name_of_point);

class CommitSweep : public FaultTest, public ::testing::WithParamInterface<const char*> {};

// The n-th commit of a fixed piece of work, for every n, until the work ends without reaching it.
TEST_P(CommitSweep, KilledAtEveryNthCommitLosesNothing) {
  constexpr int kWrites = 6;
  constexpr int kEnough = 50;  // the work has fewer commits, the server's own housekeeping included
  int n = 1;
  for (; n < kEnough; ++n) {
    faults.forget();
    faults.plan(std::string(GetParam()) + " kill " + std::to_string(n));
    Writers writers(world, 1, "round-" + std::to_string(n));
    ASSERT_TRUE(writers.run([&] { return writers.acknowledged() >= kWrites; }));
    EXPECT_EQ(writers.refused(), 0) << "the agent had to send it again itself";
    world.run({"stop"});
    writers.expect_each_write_once(world.file("streams.db"));
    if (faults.reached(GetParam()).size() < static_cast<std::size_t>(n)) break;
  }
  EXPECT_GT(n, kWrites) << "not every commit was swept";
  EXPECT_LT(n, kEnough);
}

INSTANTIATE_TEST_SUITE_P(Points, CommitSweep, ::testing::Values("before_commit", "after_commit", "before_answer"),
                         name_of_point);

class LauncherKilledAt : public FaultTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(LauncherKilledAt, LeavesTheNextClientWithOneServer) {
  faults.plan(std::string(GetParam()) + " kill");
  Agent launcher(world);
  launcher.send("add_stream", {{"title", "Never seen"}, {"streamId", "perhaps"}});
  EXPECT_EQ(launcher.program().wait_exit(), 128 + SIGKILL);
  EXPECT_EQ(faults.reached(GetParam()), std::vector<pid_t>{launcher.program().pid()});

  Agent next(world);
  next.get("add_stream", {{"title", "Next"}});
  EXPECT_EQ(text_at(next.get("get_version"), "instanceId"), world.instance());
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"next"}) << "a call that was never sent";
}

INSTANTIATE_TEST_SUITE_P(Points, LauncherKilledAt,
                         ::testing::Values("before_start_lock", "after_start_lock", "before_spawn", "after_spawn",
                                           "before_ready_read"),
                         name_of_point);

}  // namespace
}  // namespace stream_status::testing
