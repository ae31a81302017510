// backup, restore, export, import as a person runs them, with agents at work.
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class DataCommands : public LifecycleTest {
 protected:
  std::vector<std::string> backups(const std::string& prefix) const { return names_in(world.backups(), prefix); }
  static std::vector<std::string> names_in(const std::string& directory, const std::string& prefix) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory))
      if (entry.path().filename().string().starts_with(prefix)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  void add_two() const {
    world.ask({"add", "First"});
    world.ask({"add", "Second"});
    world.ask({"update", "second", "--blocked-by", "first", "--progress", "30", "--note", "ünï \"code\""});
    world.ask({"commit", "first", "abcdef1234", "--message", "A commit"});
  }
  /// Without the header: it says when and where.
  static std::string body_of(const std::string& exported) { return exported.substr(exported.find('\n') + 1); }
};

using Ids = std::vector<std::string>;

TEST_F(DataCommands, ABackupIsADatabaseOfItsUsersAlone) {
  add_two();
  const json::object answer = world.ask({"backup"});
  const std::string file = text_at(answer, "file");
  EXPECT_TRUE(file.starts_with(world.backups() + "/streams-")) << file;
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(number_at(answer, "bytes"), status.st_size);

  const std::string chosen = world.root() + "/elsewhere.db";
  EXPECT_EQ(text_at(world.ask({"backup", chosen}), "file"), chosen);
  EXPECT_TRUE(fs::exists(chosen));
  EXPECT_EQ(world.refusal({"backup", chosen}).exit_code, 2) << "nothing is overwritten";
}

TEST_F(DataCommands, LeaveWhatSomebodyElseCalledPartial) {
  world.ask({"add", "First"});
  for (const auto& [command, file] :
       {std::pair("backup", world.root() + "/saved.db"), {"export", world.root() + "/saved.jsonl"}}) {
    write_text(file + ".partial", "a person's");
    world.ask({command, file});
    EXPECT_TRUE(fs::exists(file));
    EXPECT_EQ(text_of_file(file + ".partial"), "a person's");
  }
  EXPECT_EQ(names_in(world.root(), "saved.").size(), 4u) << "nothing of ours stays beside them";
}

TEST_F(DataCommands, RestoreListsWithoutAServerAndGoesBackWithOne) {
  add_two();
  const std::string backup = fs::path(text_at(world.ask({"backup"}), "file")).filename();
  world.ask({"add", "Third"});
  world.ask({"stop"});
  const json::object list = world.ask({"restore"});
  EXPECT_TRUE(world.lock_holders().empty()) << "a list starts nothing";
  EXPECT_EQ(list.at("backups").as_array().size(), 2u);

  Agent agent(world);
  agent.get("list_streams");
  const json::object answer = world.ask({"restore", backup});
  EXPECT_NE(text_at(answer, "notice").find("as asked for"), std::string::npos);
  EXPECT_GT(number_at(answer, "revision"), 1'000'000);
  EXPECT_EQ(world.stream_ids(), (Ids{"first", "second"}));
  EXPECT_EQ(backups("replaced-").size(), 1u);
  // The agent that was connected goes on with the restored project, and is told.
  const ToolAnswer told = agent.call("list_streams");
  EXPECT_FALSE(told.is_error);
  EXPECT_NE(told.text.find("as asked for"), std::string::npos) << told.text;

  world.ask({"restore", backups("replaced-").front()});
  EXPECT_EQ(world.stream_ids(), (Ids{"first", "second", "third"})) << "and forth again";
}

TEST_F(DataCommands, WhatWasRestoredSurvivesTheLossOfTheDatabase) {
  world.ask({"add", "First"});
  const std::string backup = fs::path(text_at(world.ask({"backup"}), "file")).filename();
  world.ask({"add", "Second"});
  world.ask({"restore", backup});
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  fs::remove(world.file("streams.db"));
  EXPECT_EQ(world.stream_ids(), Ids{"first"}) << "not the state that the restore undid";
}

TEST_F(DataCommands, RestoreRefusesWhatIsNoGoodBackupAndChangesNothing) {
  add_two();
  const std::string instance = world.instance();
  write_text(world.root() + "/text.db", "no database");
  fs::copy_file(text_at(world.ask({"backup"}), "file"), world.root() + "/cut.db");
  fs::resize_file(world.root() + "/cut.db", 8192);
  for (const char* name : {"/text.db", "/cut.db", "/absent.db"}) {
    const Refusal refusal = world.refusal({"restore", world.root() + name});
    EXPECT_GT(refusal.exit_code, 0) << name;
    EXPECT_NE(refusal.message.find(name), std::string::npos) << refusal.message;
  }
  EXPECT_EQ(world.refusal({"restore", "streams-none-r1.db"}).exit_code, 3);
  EXPECT_EQ(world.instance(), instance);
  EXPECT_EQ(world.stream_ids(), (Ids{"first", "second"}));
}

TEST_F(DataCommands, AnExportComesBackLineByLine) {
  add_two();
  world.ask({"remove", "first"});
  const std::string exported = world.root() + "/shop.jsonl";
  const json::object answer = world.ask({"export", exported});
  EXPECT_EQ(number_at(answer, "streams"), 2);
  EXPECT_EQ(number_at(answer, "commits"), 1);

  const std::string other = world.make_repository("other");
  const json::object imported = world.ask({"import", exported}, other);
  EXPECT_EQ(number_at(imported, "streams"), 2);
  EXPECT_EQ(world.stream_ids(other), world.stream_ids());
  const std::string again = world.root() + "/again.jsonl";
  EXPECT_EQ(text_at(world.ask({"export", again}, other), "sha256"), text_at(answer, "sha256"));
  EXPECT_EQ(body_of(text_of_file(again)), body_of(text_of_file(exported)));
}

TEST_F(DataCommands, ImportDoesNotMixAndReplacesOnlyWhenTold) {
  add_two();
  const std::string exported = world.root() + "/shop.jsonl";
  world.ask({"export", exported});
  world.ask({"add", "Third"});
  const Refusal refusal = world.refusal({"import", exported});
  EXPECT_EQ(refusal.exit_code, 4);
  EXPECT_NE(refusal.hint.find("--replace"), std::string::npos);
  EXPECT_EQ(world.stream_ids().size(), 3u);
  world.ask({"import", exported, "--replace"});
  EXPECT_EQ(world.stream_ids(), (Ids{"first", "second"}));
  EXPECT_EQ(backups("replaced-").size(), 1u);
}

TEST_F(DataCommands, AFileThatIsNotWholeIsRefusedWithItsLine) {
  add_two();
  const std::string exported = world.root() + "/shop.jsonl";
  world.ask({"export", exported});
  const std::string text = text_of_file(exported);
  write_text(exported, text.substr(0, text.size() / 2));
  const Refusal refusal = world.refusal({"import", exported, "--replace"});
  EXPECT_EQ(refusal.exit_code, 2);
  EXPECT_NE(refusal.message.find("line"), std::string::npos) << refusal.message;
  EXPECT_EQ(world.stream_ids().size(), 2u);
}

TEST_F(DataCommands, ADatabaseWithoutItsLogIsNotRestored) {
  add_two();
  const std::string instance = world.instance();
  for (const char* side : {"", "-wal", "-shm"}) {
    const Refusal refusal = world.refusal({"restore", world.file(std::string("streams.db") + side)});
    EXPECT_EQ(refusal.exit_code, 2) << refusal.message;
    EXPECT_NE(refusal.message.find("in use"), std::string::npos) << refusal.message;
    EXPECT_NE(refusal.hint.find("backup"), std::string::npos) << refusal.hint;
  }
  fs::create_hard_link(world.file("streams.db"), world.root() + "/other-name.db");
  EXPECT_NE(world.refusal({"restore", world.root() + "/other-name.db"}).message.find("in use"), std::string::npos);
  fs::remove(world.root() + "/other-name.db");
  EXPECT_NE(world.refusal({"import", world.file("streams.db"), "--replace"}).message.find("in use"), std::string::npos);
  EXPECT_EQ(world.instance(), instance);

  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  const std::string killed = world.root() + "/killed.db";
  fs::copy_file(world.file("streams.db"), killed);
  ASSERT_GT(fs::file_size(world.file("streams.db-wal")), 0u);
  EXPECT_NE(world.refusal({"restore", killed}).message.find("not closed"), std::string::npos) << "its log is gone";
  // As a clean start of long ago left it: only the log knows better.
  world.ask({"stop"});
  const std::string beside = world.root() + "/beside.db";
  fs::copy_file(world.file("streams.db"), beside);
  write_text(beside + "-wal", "what came after");
  const Refusal refusal = world.refusal({"restore", beside});
  EXPECT_NE(refusal.message.find("not closed"), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.hint.find("export"), std::string::npos) << refusal.hint;
  fs::remove(beside + "-wal");
  world.ask({"restore", beside});
  EXPECT_EQ(world.stream_ids(), (Ids{"first", "second"}));
  world.ask({"restore", backups("replaced-").front()});
  EXPECT_EQ(world.stream_ids(), (Ids{"first", "second"})) << "what was put aside is whole, too";
}

TEST_F(DataCommands, ARequestWithoutItsFileIsSaidNotToBeDone) {
  add_two();
  world.ask({"stop"});
  write_text(world.file("restore.json"), R"({"from":"/there/it.db","kind":"restore"})");
  EXPECT_EQ(world.stream_ids(), (Ids{"first", "second"}));
  EXPECT_EQ(world.log_lines("the restore from /there/it.db was not done").size(), 1u);
  EXPECT_FALSE(fs::exists(world.file("restore.json")));
}

TEST_F(DataCommands, WhatTheNextServerCanNotDoIsToldAndNotTriedForEver) {
  add_two();
  const std::string backup = fs::path(text_at(world.ask({"backup"}), "file")).filename();
  world.use_copied_programs();
  world.ask({"add", "Third"});
  const std::string program = world.program("stream-statusd");
  const std::string starts = world.root() + "/starts";
  fs::remove(program);
  write_text(program, "#!/bin/sh\necho started >> " + starts +
                          R"(
echo 'ERR {"error":"open streams.db: no room","code":"storage_full","hint":"free some"}' >&3)"
                          "\n");
  fs::permissions(program, fs::perms::owner_all);
  const Refusal refusal = world.refusal({"restore", backup});
  EXPECT_EQ(refusal.code, "storage_full") << refusal.message;
  EXPECT_NE(refusal.message.find("next server"), std::string::npos) << refusal.message;
  EXPECT_LE(text_of_file(starts).size(), 4 * std::string("started\n").size()) << "a storm of starts";

  fs::remove(program);
  fs::copy_file(programs_directory() + "/stream-statusd", program);
  EXPECT_EQ(world.stream_ids(), (Ids{"first", "second"})) << "it is done once there is room";
}

TEST_F(DataCommands, NamingFilesIsNotForTheLoopbackPort) {
  add_two();
  HttpConnection port = HttpConnection::to_port(world.port());
  for (const char* route : {"backup", "export", "restore", "import"}) {
    const HttpAnswer answer = port.send_json("POST", std::string("/api/server/") + route, {{"file", "/etc/passwd"}});
    EXPECT_EQ(answer.status, 403) << route << answer.body;
  }
  EXPECT_EQ(port.get("/api/server/backup").status, 405);
  const HttpAnswer integrity = port.get("/api/server/integrity");
  EXPECT_EQ(integrity.status, 200);
  EXPECT_EQ(integrity.json().at("ok"), true);
  const json::object health = port.get("/api/health").json();
  EXPECT_GT(number_at(health.at("storage").as_object(), "bytes"), 0);
}

}  // namespace
}  // namespace stream_status::testing
