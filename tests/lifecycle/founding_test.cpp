// Data or a living server of the founding Node implementation in our place is recognised, named, and left as it is.
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class FoundingData : public LifecycleTest {
 protected:
  void SetUp() override { fs::create_directories(world.directory()); }

  void write_founding_record(pid_t pid) const {
    const json::object record{{"pid", pid},
                              {"port", 3001},
                              {"projectRoot", world.project()},
                              {"startedAt", "2026-01-02T03:04:05.678Z"},
                              {"nodeVersion", "v20.1.0"}};
    write_text(world.file(".api-server.lock"), json::serialize(record));
  }

  void write_founding_database() const {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(world.file("streams.db").c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle,
                           "CREATE TABLE streams (id TEXT PRIMARY KEY, title TEXT, status TEXT);"
                           "CREATE TABLE commits (id INTEGER PRIMARY KEY, stream_id TEXT, commit_hash TEXT);"
                           "CREATE TABLE stream_history (id INTEGER PRIMARY KEY, stream_id TEXT, event_type TEXT);"
                           "CREATE TABLE summary_jobs (id INTEGER PRIMARY KEY, stream_id TEXT);"
                           "INSERT INTO streams VALUES ('old-work', 'Old work', 'active');",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(handle);
  }

  /// Every way in refuses with the same kind of error, and changes nothing there.
  void expect_refused(const std::string& part_of_message) const {
    const std::string before = picture_of(world.directory());
    const Refusal refusal = world.refusal({"list"});
    EXPECT_EQ(refusal.exit_code, 5);
    EXPECT_EQ(refusal.code, "incompatible");
    EXPECT_NE(refusal.message.find(world.directory()), std::string::npos) << refusal.message;
    EXPECT_NE(refusal.message.find(part_of_message), std::string::npos) << refusal.message;
    EXPECT_NE(refusal.hint, "");
    EXPECT_EQ(world.refusal({"add", "New"}).exit_code, 5);
    EXPECT_EQ(world.refusal({"dashboard", "--no-open"}).exit_code, 5);
    {
      Agent agent(world);
      const ToolAnswer answer = agent.call("add_stream", {{"title", "New"}});
      EXPECT_TRUE(answer.is_error);
      EXPECT_EQ(text_at(answer.data, "code"), "incompatible");
      EXPECT_NE(answer.text.find(part_of_message), std::string::npos) << answer.text;
      // The next call may find it repaired: the agent's program stays.
      EXPECT_TRUE(agent.call("list_streams").is_error);
    }
    Start server = world.start({});
    server.command = {world.program("stream-statusd"), "--project", world.project(), "--foreground"};
    EXPECT_EQ(run_to_end(server).exit_code, 1);
    EXPECT_EQ(picture_of(world.directory()), before);
  }
};

TEST_F(FoundingData, OfALivingServerIsLeftAlone) {
  write_founding_record(::getpid());
  ASSERT_EQ(::chmod(world.directory().c_str(), 0755), 0);
  expect_refused("founding");
  EXPECT_NE(world.refusal({"list"}).message.find(std::to_string(::getpid())), std::string::npos);
}

TEST_F(FoundingData, InADatabaseIsLeftAlone) {
  write_founding_database();
  ASSERT_EQ(::chmod(world.directory().c_str(), 0755), 0);
  expect_refused("founding");
}

TEST_F(FoundingData, WithADeadServersRecordIsLeftAloneToo) {
  write_founding_database();
  write_founding_record(4'194'304);
  expect_refused("founding");
}

TEST_F(FoundingData, MovedAwayAsTheHintSaysIsNoObstacle) {
  write_founding_database();
  const Refusal refusal = world.refusal({"list"});
  const std::string move = "mv '" + world.directory() + "' '" + world.directory() + ".founding'";
  ASSERT_NE(refusal.hint.find(move), std::string::npos) << refusal.hint;
  shell(move);
  world.ask({"add", "New"});
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"new"});
}

class FoundingDataInOurDirectory : public FoundingData {
 protected:
  void SetUp() override { world.prepare(); }
};

TEST_F(FoundingDataInOurDirectory, ALivingServersRecordIsLeftAlone) {
  write_founding_record(::getpid());
  const std::string before = text_of_file(world.file(".api-server.lock"));
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.exit_code, 5);
  EXPECT_EQ(refusal.code, "incompatible");
  EXPECT_NE(refusal.message.find("founding"), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.hint, "");
  EXPECT_EQ(text_of_file(world.file(".api-server.lock")), before);
}

TEST_F(FoundingDataInOurDirectory, ADatabaseIsLeftAlone) {
  fs::remove(world.file("streams.db"));
  write_founding_database();
  const std::string before = text_of_file(world.file("streams.db"));
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.exit_code, 5);
  EXPECT_EQ(refusal.code, "incompatible");
  EXPECT_NE(refusal.message.find("streams.db"), std::string::npos) << refusal.message;
  EXPECT_EQ(text_of_file(world.file("streams.db")), before);
  EXPECT_FALSE(fs::exists(world.file("streams.db-wal")));
}

TEST_F(FoundingDataInOurDirectory, ADeadServersRecordIsNoObstacle) {
  write_founding_record(4'194'304);
  world.ask({"add", "New"});
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"new"});
}

}  // namespace
}  // namespace stream_status::testing
