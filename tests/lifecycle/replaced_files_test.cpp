// Files taken away under a living server: it acknowledges nothing more and leaves; the next one serves.
#include <signal.h>

#include <algorithm>
#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

/// What is removed, below the project's directory; "": all of it.
struct Removed {
  const char* name;
  std::vector<const char*> files;
};
void PrintTo(const Removed& removed, std::ostream* out) { *out << removed.name; }

class FilesRemoved : public LifecycleTest, public ::testing::WithParamInterface<Removed> {
 protected:
  void SetUp() override { takes_files_away = true; }

  void remove_files() const {
    for (const std::string file : GetParam().files) fs::remove_all(file.empty() ? world.directory() : world.file(file));
  }
};

TEST_P(FilesRemoved, UnderAServerMakeItAcknowledgeNothingMoreAndLeave) {
  world.ask({"add", "Before"});
  const std::string old_instance = world.instance();
  const os::Fd old_server = world.watch_server();
  HttpConnection connection = HttpConnection::to_port(world.port());
  ASSERT_EQ(connection.get("/api/health").status, 200);

  remove_files();
  const HttpAnswer answer = connection.send_json("POST", "/api/streams", {{"title", "Lost"}});
  EXPECT_NE(answer.status, 201) << answer.body;
  if (answer.status != 0) {
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.json().at("retryable"), true);
  }
  EXPECT_TRUE(wait_end(old_server));
  EXPECT_FALSE(world.log_lines("custody_lost").empty());

  Agent agent(world);
  agent.get("add_stream", {{"title", "After"}});
  EXPECT_NE(text_at(agent.get("get_version"), "instanceId"), old_instance);
  EXPECT_EQ(text_at(agent.get("get_version"), "instanceId"), world.instance());
  EXPECT_EQ(world.lock_holders().size(), 1u);
  const std::vector<std::string> ids = world.stream_ids();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "after"), 1);
}

TEST_P(FilesRemoved, UnderAnAgentAreItsNextServersFiles) {
  Agent agent(world);
  agent.get("add_stream", {{"title", "Before"}});
  const os::Fd old_server = world.watch_server();
  remove_files();
  // The call that finds it out may be refused, with the advice to send it again; then the old server leaves.
  const json::object work{{"title", "After"}, {"streamId", "after"}, {"requestId", "after-1"}};
  const ToolAnswer first = agent.call("add_stream", work);
  if (first.is_error) {
    EXPECT_EQ(first.data.at("retryable"), true) << first.text;
  }
  EXPECT_TRUE(wait_end(old_server));
  agent.get("add_stream", work);
  const std::vector<std::string> ids = world.stream_ids();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "after"), 1);
}

TEST_P(FilesRemoved, UnderAnAgentThatSendsItsCallAgainAsToldGiveOneStream) {
  Agent agent(world);
  agent.get("list_streams");
  const os::Fd old_server = world.watch_server();
  remove_files();
  const json::object work{{"title", "Rotate tokens"}};
  const ToolAnswer first = agent.call("add_stream", work);
  if (first.is_error) {
    // Without the request id that it was sent with, the advice could not be followed.
    json::object again = work;
    const json::value* data = first.data.if_contains("data");
    if (data != nullptr && data->is_object() && data->get_object().contains("requestId"))
      again["requestId"] = data->at("requestId");
    EXPECT_TRUE(wait_end(old_server));
    agent.get("add_stream", again);
  }
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"rotate-tokens"});
}

INSTANTIATE_TEST_SUITE_P(
    Files, FilesRemoved,
    ::testing::Values(Removed{"Lock", {"server.lock"}}, Removed{"Database", {"streams.db"}},
                      Removed{"Log", {"streams.db-wal"}},
                      Removed{"DatabaseAndItsLog", {"streams.db", "streams.db-wal", "streams.db-shm"}},
                      Removed{"LockAndRecord", {"server.lock", ".api-server.lock"}}, Removed{"Directory", {""}}),
    [](const auto& removed) { return std::string(removed.param.name); });

class FilesGone : public LifecycleTest {
 protected:
  void SetUp() override { takes_files_away = true; }
  std::vector<std::string> rescued() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(world.backups()))
      if (entry.path().filename().string().starts_with("rescued-") && fs::file_size(entry) > 0)
        found.push_back(entry.path().filename());
    return found;
  }
};

TEST_F(FilesGone, WhatWasCommittedBeforeTheFilesWentIsRescued) {
  world.ask({"add", "Rescued"});
  const os::Fd server = world.watch_server();
  HttpConnection connection = HttpConnection::to_port(world.port());
  fs::remove(world.file("streams.db"));
  connection.send_json("POST", "/api/streams", {{"title", "Refused"}});
  ASSERT_TRUE(wait_end(server));
  EXPECT_EQ(rescued().size(), 1u);
}

TEST_F(FilesGone, WhatAKilledServerWasRescuingIsKeptBesideTheNextRescue) {
  world.ask({"add", "Earlier"});
  world.ask({"backup", world.backups() + "/rescue.partial"});
  world.ask({"add", "Later"});
  const os::Fd server = world.watch_server();
  fs::remove_all(world.directory());
  ASSERT_TRUE(wait_end(server));
  EXPECT_FALSE(fs::exists(world.backups() + "/rescue.partial"));
  EXPECT_EQ(rescued().size(), 2u);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"earlier", "later"}));
}

TEST_F(FilesGone, ADatabaseThatIsGoneLeavesNoLogToBeMixedIntoTheNextOne) {
  // Many pages in the database, few of them in the write-ahead log that a killed server leaves.
  {
    Agent agent(world);
    const std::string goal(2'000, 'g');
    for (int i = 0; i < 100; ++i)
      agent.get("add_stream", {{"title", "Old"}, {"streamId", "old-" + std::to_string(i)}, {"goal", goal}});
  }
  world.ask({"stop"});
  world.ask({"update", "old-50", "--progress", "50"});
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  ASSERT_TRUE(fs::exists(world.file("streams.db-wal")));
  fs::remove(world.file("streams.db"));

  world.ask({"add", "New"});
  const std::vector<std::string> ids = world.stream_ids();
  EXPECT_EQ(std::count(ids.begin(), ids.end(), "new"), 1);
  // TearDown looks whether the database is whole.
}

TEST_F(FilesGone, ASocketRemovedUnderAServerIsNoLoss) {
  world.ask({"add", "Kept"});
  const std::string instance = world.instance();
  fs::remove(world.file("api.sock"));
  // By the port, which the record names as well.
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
  EXPECT_EQ(text_at(world.ask({"status"}), "instanceId"), instance);
}

}  // namespace
}  // namespace stream_status::testing
