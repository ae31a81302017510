// doctor tells the truth about a real machine, mends what is safe to mend, and nothing else.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "lifecycle/lifecycle_test.h"
#include "os/file_facts.h"
#include "support/squatter.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class Doctor : public LifecycleTest {
 protected:
  struct Diagnosis {
    int exit_code = -1;
    json::array findings;

    /// Rows of this subject and verdict.
    std::vector<json::object> rows(std::string_view subject, std::string_view verdict) const {
      std::vector<json::object> found;
      for (const json::value& row : findings)
        if (text_at(row.get_object(), "subject") == subject && text_at(row.get_object(), "verdict") == verdict)
          found.push_back(row.get_object());
      return found;
    }
    /// "subject: text" of everything that is not ok and was not mended.
    std::vector<std::string> left() const {
      std::vector<std::string> texts;
      for (const json::value& row : findings)
        if (text_at(row.get_object(), "verdict") != "ok" && !row.at("fixed").get_bool())
          texts.push_back(text_at(row.get_object(), "subject") + ": " + text_at(row.get_object(), "text"));
      return texts;
    }
    std::size_t fixed() const {
      return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                    [](const json::value& row) { return row.at("fixed").get_bool(); }));
    }
  };

  Diagnosis doctor(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words = {"doctor", "--json"};
    words.insert(words.end(), options.begin(), options.end());
    const Finished done = world.run(words);
    const auto answer = parse_json_object(done.out);
    EXPECT_TRUE(answer) << done.out << done.err;
    return {done.exit_code, answer ? answer->at("data").at("findings").as_array() : json::array{}};
  }

  void kill_server() const {
    const os::Fd server = world.watch_server();
    ASSERT_TRUE(send_signal(server, SIGKILL));
    ASSERT_TRUE(wait_end(server));
  }
  static std::uint32_t mode_of(const std::string& path) { return os::find_facts(path)->mode; }
};

TEST_F(Doctor, FindsNothingWrongWhereNothingIs) {
  world.ask({"add", "Kept"});
  const Diagnosis running = doctor();
  EXPECT_EQ(running.left(), std::vector<std::string>{});
  EXPECT_EQ(running.exit_code, 0);
  for (const char* subject : {"home", "logs", "backups", "files", "server", "port", "lock", "clock", "orphans"})
    EXPECT_EQ(running.rows(subject, "ok").size(), 1u) << subject;

  world.ask({"stop"});
  const std::string before = picture_of(world.home());
  const Diagnosis stopped = doctor();
  EXPECT_EQ(stopped.left(), std::vector<std::string>{});
  EXPECT_EQ(text_at(stopped.rows("database", "ok").at(0), "text"), "whole, revision 1");
  EXPECT_EQ(stopped.rows("backup", "ok").size(), 1u);
  EXPECT_EQ(picture_of(world.home()), before) << "looking changes something";
}

TEST_F(Doctor, MendsWhatIsSafeOnceAndLeavesTheRest) {
  world.ask({"add", "Kept"});
  kill_server();
  ASSERT_EQ(::chmod(world.home().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(world.directory().c_str(), 0777), 0);
  ASSERT_EQ(::chmod(world.file("streams.db").c_str(), 0644), 0);
  ASSERT_EQ(::chmod(world.file("token").c_str(), 0666), 0);
  write_text(world.file("config.json.tmp-0123456789abcdef"), "half");
  write_text(world.file("notes.txt"), "a person's own");
  ASSERT_EQ(::chmod(world.file("notes.txt").c_str(), 0600), 0);
  fs::create_symlink("/etc/passwd", world.file("link"));
  ASSERT_EQ(::mkfifo(world.file("pipe").c_str(), 0600), 0);
  fs::remove_all(world.home() + "/logs");

  const std::string before = picture_of(world.root());
  const Diagnosis found = doctor();
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.fixed(), 0u);
  EXPECT_EQ(picture_of(world.root()), before) << "without --fix nothing is changed";

  const Diagnosis mended = doctor({"--fix"});
  EXPECT_EQ(mended.exit_code, 1) << "a symlink and a pipe are for a person to look at";
  const std::vector<std::string> left = mended.left();
  ASSERT_EQ(left.size(), 3u) << json::serialize(mended.findings);
  EXPECT_NE(left.at(0).find("/link is a symlink"), std::string::npos) << left.at(0);
  EXPECT_NE(left.at(1).find("/pipe is neither"), std::string::npos) << left.at(1);
  EXPECT_EQ(left.at(2), "backup: none yet");
  EXPECT_EQ(mode_of(world.home()), 0700u);
  EXPECT_EQ(mode_of(world.directory()), 0700u);
  EXPECT_EQ(mode_of(world.file("streams.db")), 0600u);
  EXPECT_EQ(mode_of(world.file("token")), 0600u);
  for (const char* gone : {".api-server.lock", "api.sock", "config.json.tmp-0123456789abcdef"})
    EXPECT_FALSE(os::find_facts(world.file(gone))) << gone;
  for (const char* kept : {"link", "pipe", "notes.txt", "server.lock", "streams.db"})
    EXPECT_TRUE(os::find_facts(world.file(kept))) << kept;
  EXPECT_TRUE(fs::is_directory(world.home() + "/logs"));
  EXPECT_EQ(mode_of("/etc/passwd"), 0644u) << "a symlink was followed";

  const Diagnosis again = doctor({"--fix"});
  EXPECT_EQ(again.fixed(), 0u) << json::serialize(again.findings);
  EXPECT_EQ(again.left(), mended.left());
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
}

TEST_F(Doctor, TouchesNothingOfAServerThatLives) {
  world.ask({"add", "Kept"});
  write_text(world.file("config.json.tmp-0123456789abcdef"), "being written");
  ASSERT_EQ(::chmod(world.file("config.json.tmp-0123456789abcdef").c_str(), 0600), 0);
  const std::string instance = world.instance();
  EXPECT_EQ(doctor({"--fix"}).fixed(), 0u);
  EXPECT_TRUE(fs::exists(world.file("config.json.tmp-0123456789abcdef")));
  EXPECT_EQ(world.instance(), instance);
}

TEST_F(Doctor, TellsThatThePortOfTheRecordIsSomebodyElses) {
  world.ask({"list"});
  const Squatter stranger("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  json::object record = *world.record();
  record["port"] = stranger.port();
  write_text(world.file(".api-server.lock"), json::serialize(record));
  const Diagnosis found = doctor();
  EXPECT_EQ(found.exit_code, 1);
  ASSERT_EQ(found.rows("port", "fail").size(), 1u) << json::serialize(found.findings);
  EXPECT_EQ(found.rows("server", "ok").size(), 1u) << "by its socket it is there";
}

TEST_F(Doctor, TellsWhoReallyHoldsTheLock) {
  world.ask({"list"});
  json::object text = *parse_json_object(text_of_file(world.file("server.lock")));
  text["pid"] = ::getpid();
  write_text(world.file("server.lock"), json::serialize(text));
  const Diagnosis found = doctor();
  ASSERT_EQ(found.rows("lock", "warn").size(), 1u) << json::serialize(found.findings);
  const std::string said = text_at(found.rows("lock", "warn").at(0), "text");
  EXPECT_NE(said.find("pid " + std::to_string(world.server_pid()) + " holds"), std::string::npos) << said;
}

TEST_F(Doctor, LeavesWhatAKilledServerWasSavingAndSaysHowToTakeIt) {
  world.ask({"add", "Kept"});
  const std::string saved = world.backups() + "/rescue.partial";
  world.ask({"backup", saved});
  write_text(world.backups() + "/snapshot.partial", "half");
  ASSERT_EQ(::chmod((world.backups() + "/snapshot.partial").c_str(), 0600), 0);
  world.ask({"add", "Later"});
  EXPECT_EQ(doctor().rows("rescue", "warn").size(), 1u) << "a server runs";
  kill_server();
  const Diagnosis mended = doctor({"--fix"});
  EXPECT_FALSE(fs::exists(world.backups() + "/snapshot.partial"));
  EXPECT_TRUE(fs::exists(saved)) << "it may be the only copy";
  ASSERT_EQ(mended.rows("rescue", "warn").size(), 1u) << json::serialize(mended.findings);
  const json::object row = mended.rows("rescue", "warn").at(0);
  EXPECT_NE(text_at(row, "text").find(saved), std::string::npos) << text_at(row, "text");
  EXPECT_NE(text_at(row, "remedy").find("stream-status restore '" + saved + "'"), std::string::npos);
  world.ask({"restore", saved, "--yes"});
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
}

TEST_F(Doctor, SaysThatAServerHangs) {
  world.ask({"list"});
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGSTOP));
  ASSERT_TRUE(Faults::wait_stopped(world.server_pid()));
  const Diagnosis found = doctor({"--fix"});
  EXPECT_TRUE(send_signal(server, SIGCONT));
  EXPECT_EQ(found.exit_code, 1);
  ASSERT_EQ(found.rows("server", "fail").size(), 1u);
  const std::string said = text_at(found.rows("server", "fail").at(0), "text");
  EXPECT_NE(said.find("stopped by a signal"), std::string::npos) << said;
  EXPECT_NE(said.find("hangs"), std::string::npos) << said;
  EXPECT_EQ(found.fixed(), 0u) << "a server that holds the data is not doctor's to end";
}

TEST_F(Doctor, FindsDamageInTheDatabaseAndInTheNewestBackup) {
  for (int i = 0; i < 50; ++i) world.ask({"add", "Stream " + std::to_string(i), "--goal", std::string(2000, 'g')});
  world.ask({"stop"});
  const auto overwrite = [](const std::string& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 3; page < 20; ++page) {
      file.seekp(page * 4096);
      file << std::string(2048, '\xff');
    }
  };
  overwrite(world.file("streams.db"));
  std::string newest;
  for (const auto& entry : fs::directory_iterator(world.backups()))
    if (entry.path().filename().string().starts_with("streams-")) newest = std::max(newest, entry.path().string());
  overwrite(newest);
  const Diagnosis found = doctor({"--fix"});
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.rows("database", "fail").size(), 1u) << json::serialize(found.findings);
  EXPECT_EQ(found.rows("backup", "fail").size(), 1u) << json::serialize(found.findings);
  EXPECT_EQ(found.fixed(), 0u) << "data is never doctor's to mend";
  for (const std::string& path : {world.file("streams.db"), newest}) fs::remove(path);
}

TEST_F(Doctor, EndsAServerWhoseFilesAreGoneAndSavesWhatItHas) {
  world.ask({"add", "Kept"});
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGSTOP));  // else it sees by itself that its files are gone
  fs::remove_all(world.directory());
  const Diagnosis found = doctor();
  ASSERT_EQ(found.rows("orphan", "warn").size(), 1u) << json::serialize(found.findings);
  const json::array servers = world.ask({"ps"}).at("servers").as_array();
  ASSERT_EQ(servers.size(), 1u);
  EXPECT_EQ(servers.at(0).at("orphan"), true);
  EXPECT_EQ(servers.at(0).at("place"), "its files are gone");

  const Diagnosis mended = doctor({"--fix"});
  EXPECT_EQ(mended.fixed(), 1u) << json::serialize(mended.findings);
  EXPECT_TRUE(wait_end(server));
  EXPECT_EQ(doctor({"--fix"}).fixed(), 0u);
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"}) << "what it had was saved before it left";
}

TEST_F(Doctor, NamesFilesOfAnotherUserAndLeavesThem) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  world.prepare();
  write_text(world.file("planted"), "by another user");
  ASSERT_EQ(::chmod(world.file("planted").c_str(), 0666), 0);
  ASSERT_EQ(::chown(world.file("planted").c_str(), 65'534, 65'534), 0);
  ASSERT_EQ(::link(world.file("config.json").c_str(), (world.root() + "/second-name").c_str()), 0);
  const Diagnosis found = doctor({"--fix"});
  EXPECT_EQ(found.rows("files", "fail").size(), 1u) << json::serialize(found.findings);
  EXPECT_EQ(found.rows("files", "warn").size(), 1u) << "a second name of config.json";
  EXPECT_EQ(found.fixed(), 0u);
  EXPECT_EQ(mode_of(world.file("planted")), 0666u);
}

}  // namespace
}  // namespace stream_status::testing
