// Many start at the same instant, and exactly one becomes the server.
#include <fcntl.h>
#include <sys/inotify.h>

#include <algorithm>
#include <set>

#include "lifecycle/lifecycle_test.h"
#include "os/file.h"
#include "os/lock.h"

namespace stream_status::testing {
namespace {

class StartRace : public LifecycleTest {
 protected:
  Agents crowd(int size) const {
    Agents agents;
    for (int i = 0; i < size; ++i) agents.push_back(std::make_unique<Agent>(world));
    return agents;
  }

  /// Each agent adds a stream of its own; returns what was acknowledged, sorted.
  std::vector<std::string> add_one_each(const Agents& agents) {
    answered_after_ms_.clear();
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::pair<Agent*, int>> waiting;
    for (std::size_t i = 0; i < agents.size(); ++i) {
      const std::string id = "stream-" + std::to_string(i);
      waiting.emplace_back(agents[i].get(), agents[i]->send("add_stream", {{"title", "Stream"}, {"streamId", id}}));
    }
    std::vector<std::string> acknowledged;
    const bool all = listen_until(agents, [&] {
      std::erase_if(waiting, [&](const auto& each) {
        if (!each.first->has_answer(each.second)) return false;
        answered_after_ms_.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
        const ToolAnswer answer = each.first->take(each.second);
        EXPECT_FALSE(answer.is_error) << answer.text;
        if (!answer.is_error) acknowledged.push_back(text_at(answer.data, "id"));
        return true;
      });
      return waiting.empty();
    });
    EXPECT_TRUE(all) << waiting.size() << " agents got no answer";
    std::sort(acknowledged.begin(), acknowledged.end());
    return acknowledged;
  }

  /// The instances that the agents talk to.
  static std::set<std::string> instances_of(const Agents& agents) {
    std::set<std::string> instances;
    for (const auto& agent : agents) instances.insert(text_at(agent->get("get_version"), "instanceId"));
    return instances;
  }

  std::vector<double> answered_after_ms_;  ///< of each agent, since the first asked
};

/// Says how long the agents waited for their first answer; nothing depends on it.
void print_waits(const char* of_what, std::vector<double> waits_ms) {
  std::sort(waits_ms.begin(), waits_ms.end());
  if (waits_ms.empty()) return;
  const auto at = [&](std::size_t percent) { return waits_ms[(waits_ms.size() - 1) * percent / 100]; };
  std::printf("%s: first answer to %zu clients after p50 %.0f ms, p99 %.0f ms, at most %.0f ms\n", of_what,
              waits_ms.size(), at(50), at(99), waits_ms.back());
}

class ColdCrowd : public StartRace, public ::testing::WithParamInterface<int> {
 protected:
  static void TearDownTestSuite() { print_waits("all rounds", all_waits_ms_); }
  inline static std::vector<double> all_waits_ms_;
};

// Every other round the agents are started and ask at once; in the rounds between they stand ready and ask together.
TEST_P(ColdCrowd, EndsWithOneServerAndEveryStream) {
  const Agents agents = crowd(kCrowd);
  if (GetParam() % 2 == 1) {
    std::vector<int> ready;
    for (const auto& agent : agents) ready.push_back(agent->initialize());
    for (std::size_t i = 0; i < agents.size(); ++i) ASSERT_TRUE(agents[i]->wait_for(ready[i]));
  }
  const std::vector<std::string> acknowledged = add_one_each(agents);
  print_waits("this round", answered_after_ms_);
  for (const std::string& line : world.log_lines("server_started")) std::printf("%s\n", line.c_str());
  all_waits_ms_.insert(all_waits_ms_.end(), answered_after_ms_.begin(), answered_after_ms_.end());
  EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(kCrowd));
  EXPECT_EQ(instances_of(agents), std::set<std::string>{world.instance()});
  EXPECT_EQ(number_at(agents.front()->get("get_version"), "pid"), world.server_pid());
  EXPECT_EQ(world.lock_holders().size(), 1u);
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
  EXPECT_EQ(world.stream_ids(), acknowledged);
}

INSTANTIATE_TEST_SUITE_P(Rounds, ColdCrowd, ::testing::Range(0, number_from_environment("STREAM_STATUS_ROUNDS", 2)));

TEST_F(StartRace, ACrowdThatArrivesWhileTheServerStopsGetsTheNextOne) {
  const os::Fd old_server = world.watch_server();
  const std::string old_instance = world.instance();
  const Agents agents = crowd(kCrowd);
  std::vector<int> ready;
  for (const auto& agent : agents) ready.push_back(agent->initialize());
  for (std::size_t i = 0; i < agents.size(); ++i) ASSERT_TRUE(agents[i]->wait_for(ready[i]));

  Program stop(world.start({"stop"}));
  const std::vector<std::string> acknowledged = add_one_each(agents);
  EXPECT_EQ(stop.wait_exit(), 0);
  EXPECT_TRUE(wait_end(old_server));
  EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(kCrowd));
  const std::set<std::string> instances = instances_of(agents);
  EXPECT_EQ(instances.size(), 1u);
  EXPECT_FALSE(instances.contains(old_instance));
  EXPECT_EQ(world.stream_ids(), acknowledged);
}

TEST_F(StartRace, ProjectsOfOneBasenameThatStartAtOnceGetADirectoryEach) {
  constexpr int kProjects = kCrowd / 10;
  std::vector<std::string> roots;
  for (int i = 0; i < kProjects; ++i) roots.push_back(world.make_repository("team-" + std::to_string(i) + "/platform"));
  Agents agents;
  for (const std::string& root : roots) agents.push_back(std::make_unique<Agent>(world, root));
  EXPECT_EQ(add_one_each(agents).size(), roots.size());
  std::set<std::string> directories;
  for (int i = 0; i < kProjects; ++i) {
    const std::string& root = roots[static_cast<std::size_t>(i)];
    directories.insert(text_at(world.ask({"where"}, root), "directory"));
    EXPECT_EQ(world.stream_ids(root), std::vector<std::string>{"stream-" + std::to_string(i)});
    EXPECT_EQ(text_at(agents[static_cast<std::size_t>(i)]->get("get_version"), "projectRoot"), root);
  }
  EXPECT_EQ(directories.size(), roots.size());
  EXPECT_TRUE(directories.contains(world.directory("platform")));
}

TEST_F(StartRace, WhoeverIsNotTheStarterWaitsForTheStarter) {
  world.prepare();
  const os::Fd directory{::open(world.directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  auto starter = os::FileLock::try_acquire(directory, "start.lock");
  ASSERT_TRUE(starter && *starter);
  const std::size_t starts = world.log_lines("server_started").size();
  DirectoryWatch watch(world.directory(), IN_OPEN);

  Program client(world.start({"list"}));
  // It asks, finds the lock held, and asks again.
  ASSERT_TRUE(watch.wait_for("start.lock", 3));
  EXPECT_FALSE(world.record());
  EXPECT_EQ(world.log_lines("server_started").size(), starts);
  EXPECT_EQ(watch.count("token"), 0) << "a server was started beside the starter";

  starter->reset();
  EXPECT_EQ(client.wait_exit(), 0);
  EXPECT_EQ(world.log_lines("server_started").size(), starts + 1);
}

TEST_F(StartRace, ASlowStartThatMakesProgressIsWaitedFor) {
  world.prepare();
  const os::Fd directory{::open(world.directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  auto slow = os::FileLock::try_acquire(directory, "server.lock");
  ASSERT_TRUE(slow && *slow);
  const std::size_t starts = world.log_lines("server_started").size();
  DirectoryWatch watch(world.directory(), IN_OPEN);

  Program client(world.start({"list"}));
  for (int progress = 1; progress <= 5; ++progress) {
    const json::object text{{"pid", 1}, {"phase", "opening"}, {"progress", progress}};
    ASSERT_TRUE((*slow)->write_text(json::serialize(text)));
    ASSERT_TRUE(watch.wait_for("server.lock", watch.count("server.lock") + 2));
  }
  EXPECT_EQ(world.log_lines("server_started").size(), starts);
  EXPECT_EQ(watch.count("token"), 0) << "a server was started beside the slow one";

  slow->reset();
  EXPECT_EQ(client.wait_exit(), 0);
  EXPECT_EQ(world.log_lines("server_started").size(), starts + 1);
}

}  // namespace
}  // namespace stream_status::testing
