// ps and stop --all: every server of a home, whatever has become of its record, its files or itself.
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "lifecycle/lifecycle_test.h"
#include "os/lock.h"
#include "os/process_table.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class EveryServer : public LifecycleTest {
 protected:
  json::array listed(const std::vector<std::string>& words = {"ps"}) const {
    return world.ask(words, "/").at("servers").as_array();
  }
  /// stop --all, which may fail.
  struct Stopped {
    int exit_code = -1;
    json::array stopped;
    json::array left;
  };
  Stopped stop_all() const {
    const Finished done = world.run({"stop", "--all", "--json"}, "/");
    const auto answer = parse_json_object(done.out);
    EXPECT_TRUE(answer) << done.out << done.err;
    if (!answer) return {};
    return {done.exit_code, answer->at("data").at("stopped").as_array(), answer->at("data").at("left").as_array()};
  }
};

TEST_F(EveryServer, WhoseRecordIsLostIsListedAndStopped) {
  world.ask({"add", "Kept"});
  const os::Fd server = world.watch_server();
  const pid_t pid = world.server_pid();
  fs::remove(world.file(".api-server.lock"));
  const json::array servers = listed();
  ASSERT_EQ(servers.size(), 1u);
  EXPECT_EQ(servers.at(0).at("pid"), pid);
  const Stopped outcome = stop_all();
  EXPECT_EQ(outcome.exit_code, 0);
  ASSERT_EQ(outcome.stopped.size(), 1u);
  EXPECT_TRUE(wait_end(server));
  EXPECT_EQ(world.log_lines("server_stopped").size(), 1u) << "it left in good order";
  EXPECT_EQ(listed().size(), 0u);
}

TEST_F(EveryServer, ThatASignalHasStoppedIsSaidToHangAndLeavesInGoodOrder) {
  world.ask({"add", "Kept"});
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGSTOP));
  ASSERT_TRUE(Faults::wait_stopped(world.server_pid()));
  const json::array servers = listed();
  ASSERT_EQ(servers.size(), 1u);
  EXPECT_EQ(servers.at(0).at("state"), "hung");
  EXPECT_EQ(servers.at(0).at("stopped"), true);
  const Finished shown = world.run({"ps"}, "/");
  EXPECT_NE(shown.out.find("hung: stopped by a signal"), std::string::npos) << shown.out;
  const Stopped outcome = stop_all();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.stopped.size(), 1u);
  EXPECT_TRUE(wait_end(server));
  EXPECT_EQ(world.log_lines("server_stopped").size(), 1u);
}

TEST_F(EveryServer, OfAProjectThatIsGoneIsStopped) {
  world.ask({"list"});
  const os::Fd server = world.watch_server();
  fs::remove_all(world.project());
  const Stopped outcome = stop_all();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.left.size(), 0u);
  EXPECT_TRUE(wait_end(server));
}

TEST_F(EveryServer, OfAnotherHomeIsToldOfAndLeftAlone) {
  World neighbour{programs_directory()};
  neighbour.ask({"list"});
  world.ask({"list"});
  const pid_t theirs = neighbour.server_pid();
  EXPECT_EQ(listed().size(), 1u);
  bool told = false;
  for (const json::value& server : listed({"ps", "--all"}))
    told = told || (server.at("pid") == theirs && server.at("place") == "another home" &&
                    text_at(server.get_object(), "projectRoot") == neighbour.project());
  EXPECT_TRUE(told);
  EXPECT_EQ(stop_all().stopped.size(), 1u);
  EXPECT_EQ(neighbour.ask({"status"}).at("pid"), theirs);
  neighbour.ask({"stop"});
}

TEST_F(EveryServer, InAJailAtTheSamePathIsAnotherHomes) {
  world.prepare();
  Start start = world.start({"serve"});
  start.command = {"/usr/bin/unshare",
                   "--mount",
                   "/bin/sh",
                   "-c",
                   "/usr/bin/mount -t tmpfs -o mode=0700 tmpfs '" + world.home() + "' && exec \"$@\"",
                   "sh",
                   "/bin/true"};
  if (::geteuid() != 0) start.command.insert(start.command.begin() + 2, "--map-root-user");
  if (run_to_end(start).exit_code != 0) GTEST_SKIP() << "no mount namespace can be made here";
  start.command.pop_back();
  for (const std::string& word : world.start({"serve"}).command) start.command.push_back(word);
  const Program jailed(start);
  const auto has_started = [&] {
    for (const os::HeldLock& lock : os::find_held_locks(jailed.pid()))
      if (lock.path.ends_with("/server.lock")) return true;
    return false;
  };
  ASSERT_TRUE(eventually(world.root(), has_started));
  EXPECT_EQ(listed().size(), 0u);
  const Stopped outcome = stop_all();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.stopped.size(), 0u);
  EXPECT_FALSE(wait_readable(jailed.process().get(), Deadline(milliseconds{0}))) << "it was ended";
}

TEST_F(EveryServer, OfAHomeBehindASymlinkIsFoundWithAndWithoutItsFiles) {
  fs::create_directories(world.root() + "/elsewhere");
  fs::create_symlink(world.root() + "/elsewhere", world.root() + "/user/.cache");
  world.environment.erase("STREAM_STATUS_HOME");
  world.ask({"add", "Kept"});
  const auto pid = static_cast<pid_t>(number_at(world.ask({"status"}), "pid"));
  const auto server = os::watch_process(pid);
  ASSERT_TRUE(server);
  const json::array whole = listed({"ps", "--all"});
  EXPECT_EQ(std::count_if(whole.begin(), whole.end(), [&](const json::value& one) { return one.at("pid") == pid; }), 1);
  const json::array servers = listed();
  ASSERT_EQ(servers.size(), 1u);
  EXPECT_TRUE(servers.at(0).as_object().contains("stopped")) << "its process is not known";

  ASSERT_TRUE(send_signal(*server, SIGSTOP));  // else it sees by itself that its files are gone
  fs::remove_all(world.root() + "/elsewhere/mcp-services/stream-workflow-status/projects/shop");
  const json::array orphans = listed();
  EXPECT_EQ(orphans.size(), 1u);
  if (!orphans.empty()) EXPECT_EQ(orphans.at(0).at("place"), "its files are gone");
  EXPECT_EQ(stop_all().stopped.size(), 1u);
  EXPECT_TRUE(wait_end(*server));
}

TEST_F(EveryServer, IsFoundBesideAProjectThatCanNotBeLookedAt) {
  world.prepare();
  const std::string other = world.make_repository("other");
  world.ask({"list"}, other);
  const pid_t pid = world.server_pid("other");
  fs::remove(world.file("server.lock"));
  ASSERT_EQ(::mkfifo(world.file("server.lock").c_str(), 0600), 0);

  const json::array servers = listed();
  ASSERT_EQ(servers.size(), 2u);
  EXPECT_EQ(servers.at(0).at("pid"), pid);
  EXPECT_TRUE(text_at(servers.at(1).as_object(), "projectRoot").starts_with(world.project()));
  EXPECT_EQ(servers.at(1).at("state"), "not known");
  EXPECT_NE(text_at(servers.at(1).as_object(), "problem").find(world.file("server.lock")), std::string::npos);

  const Finished doctor = world.run({"doctor", "--project", other, "--json"}, "/");
  EXPECT_EQ(doctor.exit_code, 1);
  EXPECT_NE(doctor.out.find("running, pid " + std::to_string(pid)), std::string::npos) << doctor.out;
  EXPECT_NE(doctor.out.find(world.file("server.lock") + ": not a regular file"), std::string::npos) << doctor.out;

  const Stopped outcome = stop_all();
  EXPECT_EQ(outcome.exit_code, 2);
  ASSERT_EQ(outcome.stopped.size(), 1u);
  EXPECT_EQ(outcome.stopped.at(0).at("pid"), pid);
  ASSERT_EQ(outcome.left.size(), 1u);
  EXPECT_TRUE(text_at(outcome.left.at(0).as_object(), "projectRoot").starts_with(world.project()));
  const Finished shown = world.run({"stop", "--all"}, "/");
  EXPECT_NE((shown.out + shown.err).find("can not be looked for"), std::string::npos) << shown.out << shown.err;
  fs::remove(world.file("server.lock"));
}

TEST_F(EveryServer, ThatIsJustBeingStartedIsWaitedForAndStopped) {
  world.prepare();
  const auto directory = os::open_private_directory(world.directory(), world.root(), os::IfMissing::kFail);
  ASSERT_TRUE(directory);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"stop", "--all", "--json"}, {"stop", "--json"}}) {
    auto starting = os::FileLock::try_acquire(*directory, "start.lock");  // as the agent that starts the server
    ASSERT_TRUE(starting && *starting);
    DirectoryWatch looks(world.directory(), IN_OPEN);
    Program stop(world.start(words));
    ASSERT_TRUE(looks.wait_for("start.lock")) << "it did not look whether a start goes on";
    Program server(world.start({"serve"}));
    EXPECT_NE(server.wait_exit(), -1) << "it was not stopped";
    starting->reset();
    EXPECT_EQ(stop.wait_exit(), 0);
    std::string said(65'536, '\0');
    said.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(stop.output().get(), said.data(), said.size()), 0)));
    const auto answer = parse_json_object(said);
    ASSERT_TRUE(answer) << said;
    EXPECT_EQ(answer->at("data").at("stopped").as_array().size(), 1u) << said;
  }
}

TEST_F(EveryServer, IsFoundThoughAnotherServerIsItsParent) {
  const std::string other = world.make_repository("other");
  fs::create_directories(world.projects());
  // As the first process of a container: the parent of whatever is left alone, also of the servers that agents start.
  Start start = world.start({"serve"});
  start.command = {"/bin/sh", "-c", "\"$0\" list --project \"$1\" && exec \"$0\" serve", world.program(), other};
  start.in_child = [] { ::prctl(PR_SET_CHILD_SUBREAPER, 1); };
  const Program parent(start);
  ASSERT_TRUE(eventually(world.projects(), [&] { return world.record().has_value(); }));
  const pid_t pid = world.server_pid("other");
  ASSERT_EQ(status_of(pid, "PPid"), std::to_string(parent.pid()));
  const auto server = os::watch_process(pid);
  ASSERT_TRUE(server);
  fs::remove(world.directory("other") + "/.api-server.lock");
  const std::string shown = json::serialize(listed());
  EXPECT_NE(shown.find("\"pid\":" + std::to_string(pid)), std::string::npos) << shown;
  const Stopped outcome = stop_all();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.stopped.size(), 2u);
  EXPECT_TRUE(wait_end(*server));
  EXPECT_EQ(world.log_lines("server_stopped", "other").size(), 1u) << "it left in good order";
}

TEST_F(EveryServer, IsNotWhateverElseItsProgramDoes) {
  world.prepare();
  const std::string path = world.root() + "/programs/stream-statusd";
  fs::create_directory(world.root() + "/programs");
  fs::copy_file("/bin/sleep", path);
  const Program check({{path, "300"}, world.environment});  // doctor has a database read so: without --project
  const auto is_seen = [&] {
    for (const os::RunningProgram& one : os::find_running_programs("stream-statusd"))
      if (one.identity.pid == check.pid()) return true;
    return false;
  };
  ASSERT_TRUE(eventually(world.root(), is_seen));
  EXPECT_EQ(listed().size(), 0u);
  EXPECT_EQ(stop_all().stopped.size(), 0u);
  EXPECT_FALSE(wait_readable(check.process().get(), Deadline(milliseconds{0}))) << "it was ended";
}

TEST_F(EveryServer, ThatCanNotBeEndedIsNamedAndTheOthersEndAllTheSame) {
  world.ask({"list"});
  world.ask({"stop"});
  const std::string other = world.make_repository("other");
  world.ask({"list"}, other);
  // Somebody holds the lock who is no server and writes nothing about himself.
  const auto directory = os::open_private_directory(world.directory(), world.root(), os::IfMissing::kFail);
  ASSERT_TRUE(directory);
  auto lock = os::FileLock::try_acquire(*directory, "server.lock");
  ASSERT_TRUE(lock && *lock);
  ASSERT_TRUE((*lock)->write_text("nobody"));
  const Stopped outcome = stop_all();
  EXPECT_EQ(outcome.exit_code, 5);
  ASSERT_EQ(outcome.stopped.size(), 1u);
  EXPECT_EQ(text_at(outcome.stopped.at(0).as_object(), "projectRoot"), other);
  ASSERT_EQ(outcome.left.size(), 1u);
  const std::string why = json::serialize(outcome.left.at(0));
  EXPECT_NE(why.find("server.lock"), std::string::npos) << why;
  EXPECT_NE(why.find("hint"), std::string::npos) << why;
}

}  // namespace
}  // namespace stream_status::testing
