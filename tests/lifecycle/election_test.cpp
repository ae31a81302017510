// The order of the steps that make one server (lifecycle.md): each step is held at a fault point while another process
// does what would break it if the order were another.
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>

#include "lifecycle/lifecycle_test.h"
#include "support/database.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class Election : public FaultTest {
 protected:
  /// Waits until a process stands still at the point; returns it.
  pid_t wait_stopped_at(const char* point) const {
    EXPECT_TRUE(faults.wait_reached(point));
    const std::vector<pid_t> reached = faults.reached(point);
    if (reached.empty()) return -1;
    EXPECT_TRUE(Faults::wait_stopped(reached.front()));
    return reached.front();
  }

  /// Runs a server as a launcher does; returns what it says.
  std::string word_of_another_server() const {
    std::array<int, 2> ready{-1, -1};
    EXPECT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
    os::Fd write_end{ready[1]};
    const os::Fd read_end{ready[0]};
    Start start = world.start({});
    start.command = {world.program("stream-statusd"), "--project", world.project(), "--ready-fd", "7"};
    start.in_child = [fd = write_end.get()] { ::dup2(fd, 7); };
    Program launcher(start);
    write_end.reset();
    EXPECT_EQ(launcher.wait_exit(), 0);
    std::string word;
    for (char c = 0; wait_readable(read_end.get(), Deadline()) && ::read(read_end.get(), &c, 1) == 1;) word += c;
    return word;
  }
};

TEST_F(Election, WhoeverHasTheStartLockLooksOnceMoreBeforeTheStart) {
  faults.plan("before_start_lock stop");
  Program first(world.start({"add", "First"}));
  const pid_t waiting = wait_stopped_at("before_start_lock");
  ASSERT_EQ(waiting, first.pid());
  // It has seen that there is no server. Now there is one.
  world.ask({"add", "Second"});
  const std::string instance = world.instance();
  ASSERT_EQ(::kill(waiting, SIGCONT), 0);
  EXPECT_EQ(first.wait_exit(), 0);
  EXPECT_EQ(faults.reached("before_spawn").size(), 1u) << "it started a server beside a living one";
  EXPECT_TRUE(world.log_lines("lost reason").empty());
  EXPECT_EQ(world.instance(), instance);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
}

TEST_F(Election, ASecondServerLosesBeforeItTouchesAnything) {
  Agent agent(world);
  agent.get("add_stream", {{"title", "Before"}});
  const std::string instance = world.instance();
  EXPECT_EQ(word_of_another_server(), "LOST\n");
  const auto epoch = rows_of(world.file("streams.db"), "SELECT value FROM meta WHERE key = 'epoch'");
  ASSERT_EQ(epoch.front().front(), "1") << "the other one has opened the store";
  agent.get("add_stream", {{"title", "After"}});
  EXPECT_EQ(text_at(agent.get("get_version"), "instanceId"), instance);
  EXPECT_EQ(world.log_lines("store_opened").size(), 1u);
}

TEST_F(Election, TheNextServerWaitsUntilTheLastOneHasLetGoOfTheLock) {
  faults.plan("after_drain stop");
  world.ask({"add", "Before"});
  Program stop(world.start({"stop"}));
  const pid_t leaving = wait_stopped_at("after_drain");
  EXPECT_TRUE(fs::exists(world.file("server.lock"))) << "the lock file is never removed";
  DirectoryWatch watch(world.directory(), IN_OPEN);
  Program next(world.start({"add", "After"}));
  // It asks the kernel, hears that the lock is held, and asks again.
  EXPECT_TRUE(watch.wait_for("server.lock", 3));
  EXPECT_EQ(faults.reached("before_spawn").size(), 1u) << "a server was started beside the one that leaves";
  ASSERT_EQ(::kill(leaving, SIGCONT), 0);
  EXPECT_EQ(next.wait_exit(), 0);
  EXPECT_EQ(stop.wait_exit(), 0);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"after", "before"}));
}

class StartedAsFarAs : public Election, public ::testing::WithParamInterface<const char*> {};

TEST_P(StartedAsFarAs, AnnouncesNothingBeforeItAnswers) {
  faults.plan(std::string(GetParam()) + " stop");
  Program client(world.start({"add", "Waited for"}));
  const pid_t server = wait_stopped_at(GetParam());
  EXPECT_FALSE(world.record()) << "a record before its server can be reached";
  ASSERT_EQ(::kill(server, SIGCONT), 0);
  EXPECT_EQ(client.wait_exit(), 0);
  EXPECT_EQ(world.server_pid(), server);
  EXPECT_EQ(HttpConnection::to_port(world.port()).get("/api/health").status, 200);
}

INSTANTIATE_TEST_SUITE_P(Points, StartedAsFarAs,
                         ::testing::Values("after_lock", "after_epoch", "after_store", "before_bind", "after_bind",
                                           "before_record"),
                         name_of_point);

}  // namespace
}  // namespace stream_status::testing
