// Data of the founding Node implementation is taken over by the first start; its living processes are named, not
// fought.
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "lifecycle/lifecycle_test.h"
#include "support/founding_database.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

constexpr pid_t kNobody = 4'194'304;  ///< above every pid

class FoundingData : public LifecycleTest {
 protected:
  void SetUp() override { fs::create_directories(world.directory()); }

  void write_founding_record(pid_t pid, const std::string& root = {}) const {
    const json::object record{{"pid", pid},
                              {"port", 3001},
                              {"projectRoot", root.empty() ? world.project() : root},
                              {"projectName", "shop"},
                              {"startedAt", "2026-01-02T03:04:05.678Z"},
                              {"nodeVersion", "v20.1.0"}};
    write_text(world.file(".api-server.lock"), json::serialize(record));
  }
  void write_founding_streams() const {
    write_founding_database(world.file("streams.db"), std::string(kFoundingSchema) + kFoundingRows);
  }
  void expect_taken_over() const {
    EXPECT_EQ(world.stream_ids(), (std::vector<std::string>{"0101-Berth_plan", "cranes", "ledger", "main", "tides"}));
    ASSERT_EQ(world.log_lines("founding_data_taken_over").size(), 1u);
    const std::string line = world.log_lines("founding_data_taken_over").front();
    for (const char* part : {"streams=5 ", "commits=4 ", "history=10 ", "summary_jobs=2 ", "pending_jobs=1 "})
      EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
    EXPECT_EQ(text_of_file(world.file("owner")), world.project() + "/.git\n");
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

TEST_F(FoundingData, IsTakenOverByTheFirstStart) {
  write_founding_streams();
  ASSERT_EQ(::chmod(world.directory().c_str(), 0755), 0);
  const std::string doctor = world.run({"doctor"}).out;
  EXPECT_NE(doctor.find("founding"), std::string::npos) << doctor;
  EXPECT_FALSE(fs::exists(world.file("owner"))) << "looking takes nothing over";
  expect_taken_over();
  int backups = 0;
  for (const auto& entry : fs::directory_iterator(world.backups()))
    backups += entry.path().filename().string().starts_with("founding-") ? 1 : 0;
  EXPECT_EQ(backups, 1);
  struct stat status {};
  ASSERT_EQ(::stat(world.file("streams.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(world.directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  world.ask({"stop"});
  EXPECT_EQ(world.stream_ids().size(), 5u) << "the second start has nothing to take over";
  EXPECT_EQ(world.log_lines("founding_data_taken_over").size(), 1u);
}

TEST_F(FoundingData, WithADeadServersRecordIsTakenOver) {
  write_founding_streams();
  write_founding_record(kNobody);
  expect_taken_over();
  EXPECT_EQ(text_at(*world.record(), "nodeVersion"), "none");
}

TEST_F(FoundingData, OfAServerThatWasStartedInAWorktreeIsTheProjectsToo) {
  write_founding_streams();
  write_founding_record(kNobody, world.add_worktree(world.project(), "side"));
  expect_taken_over();
}

TEST_F(FoundingData, OfAnotherProjectOfTheSameNameIsLeftToIt) {
  write_founding_streams();
  fs::create_directories(world.root() + "/elsewhere/shop");
  write_founding_record(kNobody, world.root() + "/elsewhere/shop");
  const std::string before = picture_of(world.directory());
  world.ask({"add", "New"});
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"new"});
  EXPECT_EQ(picture_of(world.directory()), before);
  std::string own;
  for (const auto& entry : fs::directory_iterator(world.projects()))
    if (entry.path().filename().string().starts_with("shop-")) own = entry.path().filename();
  ASSERT_NE(own, "");
  const auto lines = world.log_lines("directory_has_suffix", own);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines.front().find(world.root() + "/elsewhere/shop"), std::string::npos) << lines.front();
}

TEST_F(FoundingData, MovedAwayIsNoObstacle) {
  write_founding_streams();
  fs::rename(world.directory(), world.directory() + ".founding");
  world.ask({"add", "New"});
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"new"});
}

TEST_F(FoundingData, ThatIsDamagedIsRefusedAndKept) {
  write_founding_streams();
  const std::string damaged = text_of_file(world.file("streams.db")).substr(0, 8192);
  write_text(world.file("streams.db"), damaged);
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.code, "storage_failed");
  EXPECT_NE(refusal.message.find("damaged"), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.message.find(world.file("streams.db")), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.hint, "");
  EXPECT_EQ(text_of_file(world.file("streams.db")), damaged);
  fs::remove(world.file("streams.db"));  // every test ends with sound databases
}

TEST_F(FoundingData, ThatAFoundingProcessWithoutARecordHasOpenIsLeftAlone) {
  write_founding_streams();
  FoundingWriter mine(world.file("streams.db"));
  ASSERT_EQ(mine.rows("SELECT count(*) FROM streams"), "5\n");
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.exit_code, 5);
  EXPECT_EQ(refusal.code, "incompatible");
  EXPECT_NE(refusal.message.find(std::to_string(::getpid())), std::string::npos) << refusal.message;
  mine.run(
      "INSERT INTO streams SELECT 'late', '0105', 'Late', category, priority, status, 0, NULL, '', 'late', NULL, "
      "created_at, updated_at, NULL, NULL FROM streams WHERE id = 'tides'");
  EXPECT_EQ(mine.rows("SELECT count(*) FROM streams"), "6\n") << "it goes on working";
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

TEST_F(FoundingDataInOurDirectory, ADatabaseIsTakenOver) {
  fs::remove(world.file("streams.db"));
  write_founding_streams();
  expect_taken_over();
}

TEST_F(FoundingDataInOurDirectory, ADeadServersRecordIsNoObstacle) {
  write_founding_record(kNobody);
  world.ask({"add", "New"});
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"new"});
}

}  // namespace
}  // namespace stream_status::testing
