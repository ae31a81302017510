// A database that is gone or damaged when the server starts: the newest good backup takes its place, what is damaged is
// kept, and it is said. Real files, real servers, real damage.
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kGap = 1'000'000;

class Recovery : public LifecycleTest {
 protected:
  void SetUp() override { takes_files_away = true; }

  std::string database() const { return world.file("streams.db"); }
  std::string log_file() const { return world.file("streams.db-wal"); }

  std::vector<std::string> names(const std::string& directory, const std::string& prefix) const {
    std::vector<std::string> found;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(directory, absent))
      if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }

  /// Two streams, a snapshot of them, and the server gone.
  void stop_with_a_snapshot() const {
    world.ask({"add", "First"});
    world.ask({"update", "first", "--progress", "40"});
    world.ask({"add", "Second"});
    world.ask({"stop"});
    ASSERT_EQ(names(world.backups(), "streams-").size(), 1u);
  }

  void kill_server() const {
    const os::Fd server = world.watch_server();
    ASSERT_TRUE(send_signal(server, SIGKILL));
    ASSERT_TRUE(wait_end(server));
  }

  std::int64_t revision() const { return number_at(world.ask({"status"}), "revision"); }
  std::string notice() const {
    return std::string(
        find_string(HttpConnection::to_port(world.port()).get("/api/health").json(), "notice").value_or(""));
  }
  void overwrite(std::streamoff at, const std::string& bytes) const {
    std::fstream file(database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
    ASSERT_TRUE(file.good());
  }
};

struct Damage {
  const char* name;
  std::function<void(const std::string& database)> inflict;
};
void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

class DamagedDatabase : public Recovery, public ::testing::WithParamInterface<Damage> {};

TEST_P(DamagedDatabase, IsReplacedByTheNewestGoodBackupAndKept) {
  stop_with_a_snapshot();
  GetParam().inflict(database());
  const bool was_there = fs::exists(database()) && fs::file_size(database()) > 0;

  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(revision(), 3 + kGap) << "revisions go on above all that were given";
  EXPECT_EQ(number_at(world.ask({"show", "first"}), "progress"), 40);
  EXPECT_NE(notice().find("restored from streams-"), std::string::npos) << notice();
  EXPECT_EQ(world.log_lines("recovery notice=").size(), 1u);
  EXPECT_EQ(names(world.directory(), "streams.db.damaged-").size(), was_there ? 1u : 0u);
  world.ask({"add", "Third"});
  EXPECT_EQ(revision(), 4 + kGap);

  world.ask({"restart"});
  EXPECT_EQ(revision(), 4 + kGap) << "it is restored once";
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second", "third"}));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, DamagedDatabase,
    ::testing::Values(Damage{"Gone", [](const std::string& path) { fs::remove(path); }},
                      Damage{"ZeroBytes", [](const std::string& path) { fs::resize_file(path, 0); }},
                      Damage{"AFewBytes", [](const std::string& path) { fs::resize_file(path, 60); }},
                      Damage{"CutOff", [](const std::string& path) { fs::resize_file(path, 8192); }},
                      Damage{"AnotherText", [](const std::string& path) { write_text(path, std::string(9000, 'x')); }}),
    [](const auto& damage) { return std::string(damage.param.name); });

TEST_F(Recovery, OfPagesThatAreFoundDamagedAfterAKill) {
  stop_with_a_snapshot();
  world.ask({"list"});
  kill_server();
  overwrite(2 * 4096, std::string(4096, '\x5a'));
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(revision(), 3 + kGap);
  EXPECT_NE(notice().find("restored from streams-"), std::string::npos) << notice();
}

TEST_F(Recovery, WithoutTheLogTakesWhatIsNewestAndSaysThatChangesAreLost) {
  stop_with_a_snapshot();
  world.ask({"add", "Third"});
  kill_server();
  ASSERT_GT(fs::file_size(log_file()), 0u);
  fs::remove(log_file());
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_GT(revision(), kGap);
  EXPECT_NE(notice().find("write-ahead log was removed"), std::string::npos) << notice();
}

// A recovery that was cut short leaves an empty log where there was none.
TEST_F(Recovery, TakesAnEmptyLogForNone) {
  stop_with_a_snapshot();
  world.ask({"add", "Third"});
  kill_server();
  fs::resize_file(log_file(), 0);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_NE(notice().find("write-ahead log was removed"), std::string::npos) << notice();
}

TEST_F(Recovery, OfALogAloneTakesTheBackup) {
  stop_with_a_snapshot();
  world.ask({"update", "first", "--progress", "50"});
  kill_server();
  fs::remove(database());
  ASSERT_GT(fs::file_size(log_file()), 0u);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(number_at(world.ask({"show", "first"}), "progress"), 40);
  EXPECT_EQ(names(world.directory(), "streams.db.damaged-").size(), 1u) << "the log is kept";
}

/// What a program that was killed inside a transaction leaves beside `database`: SQLite would undo that one with it.
void leave_journal(const std::string& database) {
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &raw), SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> other(raw, sqlite3_close);
  const auto run = [&](const char* sql) {
    EXPECT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
  };
  run("CREATE TABLE t (x); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
      " INSERT INTO t SELECT randomblob(3000) FROM n");
  run("PRAGMA cache_size = 1; BEGIN; UPDATE t SET x = randomblob(3000)");
  fs::copy_file(database + "-journal", database + "-kept");
  run("ROLLBACK");
}

TEST_F(Recovery, OfAJournalAloneTakesTheBackupAndKeepsTheJournal) {
  stop_with_a_snapshot();
  fs::remove(database());
  const std::string other = world.root() + "/other.db";
  leave_journal(other);
  fs::rename(other + "-kept", database() + "-journal");
  ASSERT_EQ(::chmod((database() + "-journal").c_str(), 0600), 0);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_NE(notice().find("restored from streams-"), std::string::npos) << notice();
  const auto kept = names(world.directory(), "streams.db.damaged-");
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_TRUE(kept.front().ends_with("-journal")) << kept.front();
  world.ask({"restart"});
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
}

TEST_F(Recovery, TakesNoRevisionFromTheNameOfAFileThatIsNoneOfOurs) {
  stop_with_a_snapshot();
  write_text(world.backups() + "/streams-20300101T000000000Z-r9223372036854775807.db", "x");
  fs::remove(database());
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(revision(), 3 + kGap);
}

TEST_F(Recovery, SkipsABackupThatIsDamagedItself) {
  stop_with_a_snapshot();
  const std::string good = names(world.backups(), "streams-").front();
  world.ask({"add", "Third"});
  world.ask({"stop"});
  std::string newest;
  for (const std::string& name : names(world.backups(), "streams-"))
    if (name != good) newest = name;
  ASSERT_NE(newest, "");
  fs::resize_file(world.backups() + "/" + newest, 12'288);
  fs::remove(database());
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_NE(notice().find(good), std::string::npos) << notice();
  EXPECT_EQ(revision(), 4 + kGap) << "above the damaged one's too";
  EXPECT_FALSE(world.log_lines("backup_not_usable").empty());
}

TEST_F(Recovery, WithoutAnyBackupBeginsAgainAndKeepsWhatIsThere) {
  world.ask({"add", "First"});
  kill_server();
  fs::remove_all(world.backups());
  write_text(database(), "not a database");
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{});
  EXPECT_NE(notice().find("no good backup"), std::string::npos) << notice();
  const auto kept = names(world.directory(), "streams.db.damaged-");
  ASSERT_FALSE(kept.empty());
  EXPECT_EQ(text_of_file(world.file(kept.front())), "not a database");
}

TEST_F(Recovery, IsNotWhatANewProjectGets) {
  world.ask({"add", "First"});
  EXPECT_EQ(notice(), "");
  EXPECT_EQ(revision(), 1);
}

TEST_F(Recovery, OfACopyThatAPersonPutInPlaceTakesItAsItIsAboveWhatWasKnown) {
  stop_with_a_snapshot();
  const std::string old = names(world.backups(), "streams-").front();
  world.ask({"add", "Third"});
  kill_server();
  // As people do: the copy over the database, beside the log that the killed server left.
  fs::copy_file(world.backups() + "/" + old, database(), fs::copy_options::overwrite_existing);
  ASSERT_GT(fs::file_size(log_file()), 0u);
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_NE(notice().find("put aside"), std::string::npos) << notice();
  EXPECT_GT(revision(), kGap);
}

TEST_F(Recovery, NeverReplacesADatabaseOfANewerVersion) {
  stop_with_a_snapshot();
  overwrite(60, std::string("\0\0\0\x63", 4));
  const std::string before = text_of_file(database());
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.code, "incompatible");
  EXPECT_NE(refusal.message.find("newer"), std::string::npos) << refusal.message;
  EXPECT_EQ(text_of_file(database()), before);
  fs::remove(database());
}

TEST_F(Recovery, NeverTakesAnOlderBackupForOneOfANewerVersion) {
  stop_with_a_snapshot();
  world.ask({"add", "Third"});
  world.ask({"stop"});
  const std::string newest = world.backups() + "/" + names(world.backups(), "streams-").back();
  std::fstream(newest, std::ios::in | std::ios::out | std::ios::binary).seekp(60).write("\0\0\0\x63", 4);
  fs::remove(database());
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.code, "incompatible");
  EXPECT_NE(refusal.message.find("newer"), std::string::npos) << refusal.message;
  EXPECT_EQ(names(world.backups(), "streams-").size(), 2u);
}

TEST_F(Recovery, OfARestoreIsNotMixedWithWhatAnEarlierOneHasLeft) {
  stop_with_a_snapshot();
  // As an import leaves it that was killed before it closed its database.
  std::ofstream(database() + ".chosen-wal") << "a log";
  std::ofstream(database() + ".chosen-journal") << "a journal";
  world.ask({"restore", "latest"});
  EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(names(world.directory(), "streams.db.chosen").size(), 0u);
}

TEST_F(Recovery, AfterAKillHasASnapshotAtTheNextCleanStop) {
  stop_with_a_snapshot();
  world.ask({"add", "Third"});
  kill_server();
  world.ask({"list"});
  world.ask({"stop"});
  EXPECT_EQ(names(world.backups(), "streams-").size(), 2u);
}

TEST_F(Recovery, BringsTheAnswersOfRequestsBack) {
  world.ask({"list"});
  HttpConnection connection = HttpConnection::to_port(world.port());
  const json::object work{{"title", "First"}, {"requestId", "once"}};
  const HttpAnswer first = connection.send_json("POST", "/api/streams", work);
  ASSERT_EQ(first.status, 201);
  world.ask({"stop"});
  fs::remove(database());
  world.ask({"list"});
  HttpConnection again = HttpConnection::to_port(world.port());
  const HttpAnswer second = again.send_json("POST", "/api/streams", work);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(text_at(second.json(), "streamId"), "first");
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"first"});
}

TEST_F(Recovery, IsToldOnceToEveryAgent) {
  stop_with_a_snapshot();
  fs::remove(database());
  Agent agent(world);
  const ToolAnswer first = agent.call("list_streams");
  EXPECT_NE(first.text.find("restored from streams-"), std::string::npos) << first.text;
  EXPECT_EQ(agent.call("list_streams").text.find("restored from"), std::string::npos);
  world.environment["STREAM_STATUS_AGENT"] = "other";
  Agent other(world);
  EXPECT_NE(other.call("get_stream_stats").text.find("restored from"), std::string::npos);
}

TEST_F(Recovery, MakesAListenerOfTheOldRevisionsStartAnew) {
  stop_with_a_snapshot();
  fs::remove(database());
  world.ask({"list"});
  EventStream events(connect_to_port(world.port()), "127.0.0.1:" + std::to_string(world.port()), "/api/events?since=3");
  const auto reset = events.next("reset");
  ASSERT_TRUE(reset);
  EXPECT_EQ(number_at(reset->json(), "revision"), 3 + kGap);
}

}  // namespace
}  // namespace stream_status::testing
