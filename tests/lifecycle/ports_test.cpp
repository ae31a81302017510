// Ports (contract §4): the project's last one, then the range, then any; said where, and never a reason to fail.
#include <signal.h>

#include "lifecycle/lifecycle_test.h"
#include "support/squatter.h"

namespace stream_status::testing {
namespace {

class ServerPort : public FaultTest {
 protected:
  /// A project whose last port is taken, so that the range of config.json decides.
  void set_range(const HeldPorts& range) {
    world.ask({"list"});
    const std::uint16_t last = world.port();
    world.ask({"stop"});
    last_ = hold_port(last);
    world.configure({{"port", range.first()}, {"portRange", {range.first(), range.last()}}});
  }

  static int status_at(std::uint16_t port) { return HttpConnection::to_port(port).get("/api/health").status; }

 private:
  os::Fd last_;
};

TEST_F(ServerPort, IsTheFirstFreeOneOfTheRange) {
  HeldPorts range(10);
  set_range(range);
  const std::uint16_t first = range.first();
  range.release();
  const os::Fd busy = hold_port(first);
  ASSERT_TRUE(busy);
  world.ask({"list"});
  EXPECT_EQ(world.port(), first + 1);
  EXPECT_EQ(status_at(world.port()), 200);
}

TEST_F(ServerPort, IsAnotherOneWhenTheWholeRangeIsBusyAndThatIsSaid) {
  const HeldPorts range(10);
  set_range(range);
  world.ask({"add", "All the same"});
  const std::uint16_t port = world.port();
  EXPECT_FALSE(range.contains(port));
  EXPECT_GT(port, 0);
  EXPECT_EQ(status_at(port), 200);
  EXPECT_EQ(number_at(world.ask({"status"}), "port"), port);
  const std::vector<std::string> chosen = world.log_lines("port_chosen");
  ASSERT_FALSE(chosen.empty());
  EXPECT_NE(chosen.back().find("port=" + std::to_string(port)), std::string::npos) << chosen.back();
  EXPECT_NE(chosen.back().find("preferred=" + std::to_string(range.first())), std::string::npos) << chosen.back();
  EXPECT_EQ(text_at(world.ask({"dashboard", "--no-open"}), "url"), "http://127.0.0.1:" + std::to_string(port) + "/");
}

TEST_F(ServerPort, StaysTheSameOverARestartEvenWhenABetterOneIsFree) {
  HeldPorts range(10);
  set_range(range);
  world.ask({"list"});
  const std::uint16_t port = world.port();
  world.ask({"stop"});
  range.release();
  world.ask({"list"});
  EXPECT_EQ(world.port(), port);
}

TEST_F(ServerPort, StaysTheSameOverAKill) {
  world.ask({"list"});
  const std::uint16_t port = world.port();
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  world.ask({"list"});
  EXPECT_EQ(world.port(), port);
}

TEST_F(ServerPort, IsNotSharedByTwoProjects) {
  const std::string other = world.make_repository("other");
  world.ask({"list"});
  world.ask({"list"}, other);
  EXPECT_NE(world.port("shop"), world.port("other"));
  const auto root_at = [](std::uint16_t port) {
    return text_at(HttpConnection::to_port(port).get("/api/health").json(), "projectRoot");
  };
  EXPECT_EQ(root_at(world.port("shop")), world.project());
  EXPECT_EQ(root_at(world.port("other")), other);
}

TEST_F(ServerPort, OfTheEnvironmentWinsOverTheLastOne) {
  world.prepare();
  HeldPorts range(1);
  const std::uint16_t wanted = range.first();
  range.release();
  world.environment["API_PORT"] = std::to_string(wanted);
  world.ask({"list"});
  EXPECT_EQ(world.port(), wanted);
}

TEST_F(ServerPort, OfTheEnvironmentThatIsNoPortIsRefused) {
  world.environment["API_PORT"] = "http";
  const Refusal refusal = world.refusal({"list"});
  EXPECT_NE(refusal.message.find("API_PORT"), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.message.find("http"), std::string::npos) << refusal.message;
}

TEST_F(ServerPort, TakenBetweenTheChoiceAndTheBindIsNoFailure) {
  HeldPorts range(1);
  const std::uint16_t wanted = range.first();
  range.release();
  world.environment["API_PORT"] = std::to_string(wanted);
  faults.plan("before_bind stop");
  Program client(world.start({"list"}));
  ASSERT_TRUE(faults.wait_reached("before_bind"));
  const pid_t server = faults.reached("before_bind").front();
  ASSERT_TRUE(Faults::wait_stopped(server));
  const os::Fd faster = hold_port(wanted);
  ASSERT_TRUE(faster);
  ASSERT_EQ(::kill(server, SIGCONT), 0);
  EXPECT_EQ(client.wait_exit(), 0);
  EXPECT_NE(world.port(), wanted);
  EXPECT_EQ(status_at(world.port()), 200);
}

TEST_F(ServerPort, IsOnTheLoopbackOnly) {
  world.ask({"list"});
  // Local addresses of listening sockets in the kernel's table; 0100007F is 127.0.0.1.
  char port[8];
  std::snprintf(port, sizeof(port), ":%04X", world.port());
  EXPECT_NE(text_of_file("/proc/net/tcp").find(std::string(" 0100007F") + port + " 00000000:0000 0A"),
            std::string::npos);
  EXPECT_EQ(text_of_file("/proc/net/tcp").find(std::string(" 00000000") + port), std::string::npos);
  EXPECT_EQ(text_of_file("/proc/net/tcp6").find(port + std::string(" 00000000000000000000000000000000:0000 0A")),
            std::string::npos);
}

}  // namespace
}  // namespace stream_status::testing
