// Agents in sandboxes: in namespaces of their own, without sockets of one kind. What still works is used; what is
// refused is said.
#include <sys/socket.h>
#include <unistd.h>

#include "lifecycle/lifecycle_test.h"
#include "os/process.h"
#include "support/jail.h"

namespace stream_status::testing {
namespace {

class Jail : public LifecycleTest {
 protected:
  /// An agent in new namespaces; null when this machine allows none.
  std::unique_ptr<Agent> agent_in(const std::string& option) const {
    Start start = world.start({"mcp"});
    const std::vector<std::string> program = start.command;
    start.command = {"/usr/bin/unshare", option, "--fork", "--kill-child"};
    if (::geteuid() != 0) start.command.emplace_back("--map-current-user");
    Start trial = start;
    trial.command.emplace_back("/bin/true");
    if (run_to_end(trial).exit_code != 0) return nullptr;
    start.command.insert(start.command.end(), program.begin(), program.end());
    return std::make_unique<Agent>(start);
  }

  Agent agent_without(int family) const {
    Start start = world.start({"mcp"});
    start.in_child = without_sockets_of(family);
    return Agent(start);
  }
};

TEST_F(Jail, WithoutAnyPortIsServedThroughTheSocketAndSoIsWhoeverComes) {
  Agent inside = agent_without(AF_INET);
  inside.get("add_stream", {{"title", "From the jail"}});
  EXPECT_EQ(world.port(), 0);
  EXPECT_FALSE(world.log_lines("no_port").empty());
  Agent outside(world);
  outside.get("add_stream", {{"title", "From outside"}});
  EXPECT_EQ(text_at(outside.get("get_version"), "instanceId"), text_at(inside.get("get_version"), "instanceId"));
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
}

TEST_F(Jail, WithoutUnixSocketsIsServedThroughThePortOfAServerOutside) {
  Agent outside(world);
  outside.get("add_stream", {{"title", "From outside"}});
  Agent inside = agent_without(AF_UNIX);
  inside.get("add_stream", {{"title", "From the jail"}});
  EXPECT_EQ(text_at(inside.get("get_version"), "instanceId"), world.instance());
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
}

TEST_F(Jail, WithoutUnixSocketsAndWithoutAServerSaysThatTheSandboxRefusesThem) {
  Start start = world.start({"list", "--json"});
  start.in_child = without_sockets_of(AF_UNIX);
  const Finished refused = run_to_end(start);
  EXPECT_EQ(refused.exit_code, 5) << refused.err;
  EXPECT_NE(refused.err.find("permission_denied"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("in a sandbox: allow"), std::string::npos) << refused.err;
  // Whoever is not in the jail is not held up by it.
  world.ask({"add", "From outside"});
}

TEST_F(Jail, WithItsOwnNetworkIsServedThroughTheSocket) {
  const auto inside = agent_in("--net");
  if (!inside) GTEST_SKIP() << "no network namespace can be made here";
  inside->get("add_stream", {{"title", "From the jail"}});
  Agent outside(world);
  outside.get("add_stream", {{"title", "From outside"}});
  EXPECT_EQ(text_at(outside.get("get_version"), "instanceId"), text_at(inside->get("get_version"), "instanceId"));
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
}

TEST_F(Jail, WithItsOwnNetworkIsToldThatTheDashboardIsElsewhere) {
  world.ask({"list"});
  Start start = world.start({"dashboard", "--no-open"});
  const std::vector<std::string> program = start.command;
  start.command = {"/usr/bin/unshare", "--net", "--fork", "--kill-child"};
  if (::geteuid() != 0) start.command.emplace_back("--map-current-user");
  Start trial = start;
  trial.command.emplace_back("/bin/true");
  if (run_to_end(trial).exit_code != 0) GTEST_SKIP() << "no network namespace can be made here";
  start.command.insert(start.command.end(), program.begin(), program.end());
  const Finished dashboard = run_to_end(start);
  EXPECT_EQ(dashboard.exit_code, 0) << dashboard.err;
  EXPECT_NE(dashboard.err.find("another network namespace"), std::string::npos) << dashboard.err;
  start.command.resize(start.command.size() - 2);
  start.command.emplace_back("status");
  const Finished status = run_to_end(start);
  EXPECT_EQ(status.exit_code, 0) << status.err;
  EXPECT_NE((status.out + status.err).find("another network namespace"), std::string::npos) << status.out << status.err;
}

TEST_F(Jail, WithItsOwnPidsIsServedAndItsServerIsReplacedWhenItEnds) {
  auto inside = agent_in("--pid");
  if (!inside) GTEST_SKIP() << "no pid namespace can be made here";
  inside->get("add_stream", {{"title", "From the jail"}});
  Agent outside(world);
  outside.get("add_stream", {{"title", "From outside"}});
  const std::string instance = text_at(outside.get("get_version"), "instanceId");
  EXPECT_EQ(text_at(inside->get("get_version"), "instanceId"), instance);

  // The kernel ends everything in the namespace with its first process, the server too.
  const auto holders = world.lock_holders();
  ASSERT_EQ(holders.size(), 1u);
  const auto server = os::watch_process(holders.front().pid);
  ASSERT_TRUE(server);
  inside.reset();
  ASSERT_TRUE(wait_end(*server));
  outside.get("add_stream", {{"title", "After the jail"}});
  EXPECT_NE(text_at(outside.get("get_version"), "instanceId"), instance);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"after-the-jail", "from-outside", "from-the-jail"}));
}

}  // namespace
}  // namespace stream_status::testing
