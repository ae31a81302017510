// The server has nothing of the agent that started it, and lives on when that agent is gone.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class SpawnHygiene : public LifecycleTest {
 protected:
  /// The server still answers, and is the same one.
  void expect_same_server(const std::string& instance) const {
    EXPECT_EQ(text_at(world.ask({"status"}), "instanceId"), instance);
    EXPECT_EQ(world.log_lines("server_started").size(), 1u);
  }

  static bool has_bit(const std::string& mask, int signal) {
    return (std::stoull("0x" + mask, nullptr, 16) >> (signal - 1) & 1) != 0;
  }
};

TEST_F(SpawnHygiene, TheServerLivesWhenTheAgentEnds) {
  std::string instance;
  {
    Agent agent(world);
    agent.get("add_stream", {{"title", "Left behind"}});
    instance = world.instance();
    agent.program().close_input();
    EXPECT_EQ(agent.program().wait_exit(), 0);
  }
  expect_same_server(instance);
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"left-behind"});
}

class AgentGroup : public SpawnHygiene, public ::testing::WithParamInterface<int> {};

TEST_P(AgentGroup, KilledByASignalLeavesTheServerAlive) {
  Start start = world.start({"mcp"});
  start.in_child = [] { ::setpgid(0, 0); };
  Agent agent(start);
  agent.get("add_stream", {{"title", "Before the signal"}});
  const std::string instance = world.instance();
  ASSERT_EQ(::kill(-agent.program().pid(), GetParam()), 0);
  EXPECT_EQ(agent.program().wait_exit(), 128 + GetParam());
  expect_same_server(instance);
}

INSTANTIATE_TEST_SUITE_P(Signals, AgentGroup, ::testing::Values(SIGINT, SIGTERM, SIGHUP, SIGKILL),
                         [](const auto& signal) { return std::string(sigabbrev_np(signal.param)); });

TEST_F(SpawnHygiene, APipeBehindTheCommandThatStartsTheServerEnds) {
  // run_to_end waits until nobody has the output open any more.
  const Finished finished = run_to_end({{"/bin/sh", "-c", "\"$0\" add 'Behind a pipe' --json | cat", world.program()},
                                        world.environment,
                                        world.project()});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_NE(finished.out.find("behind-a-pipe"), std::string::npos) << finished.out;
  EXPECT_EQ(finished.err, "");
  expect_same_server(world.instance());
}

TEST_F(SpawnHygiene, TheServerInheritsNoDescriptor) {
  std::array<int, 2> sockets{-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
  const os::Fd ours{sockets[0]};
  const os::Fd theirs{sockets[1]};
  struct stat status {};
  ASSERT_EQ(::fstat(theirs.get(), &status), 0);
  const std::string inherited = "socket:[" + std::to_string(status.st_ino) + "]";
  Start start = world.start({"mcp"});
  start.in_child = [fd = theirs.get()] {
    ::dup2(fd, 9);
    ::dup2(1, 10);
    ::open("/", O_RDONLY | O_DIRECTORY);
  };
  Agent agent(start);
  agent.get("add_stream", {{"title", "With descriptors"}});

  std::vector<std::string> files;
  const auto is_expected = [&](const std::string& file) {
    return file == "/dev/null" || file.starts_with("socket:[") || file.starts_with("anon_inode:") ||
           file.starts_with(world.home() + "/");
  };
  // While the server asks git something, it has pipes to it.
  EXPECT_TRUE(eventually(world.directory(), [&] {
    files = open_files_of(world.server_pid());
    return std::all_of(files.begin(), files.end(), is_expected);
  })) << ::testing::PrintToString(files);
  EXPECT_GE(files.size(), 3u);
  EXPECT_EQ(std::count(files.begin(), files.end(), inherited), 0);
}

TEST_F(SpawnHygiene, TheServerHasItsOwnSessionAndTheRootDirectory) {
  Agent agent(world);
  agent.get("add_stream", {{"title", "Somewhere"}});
  const pid_t server = world.server_pid();
  EXPECT_EQ(::getsid(server), server);
  EXPECT_EQ(::getpgid(server), server);
  EXPECT_EQ(fs::read_symlink("/proc/" + std::to_string(server) + "/cwd"), "/");
}

TEST_F(SpawnHygiene, TheServerKeepsNoSecretOfTheAgent) {
  const std::vector<std::string> secrets = {
      "ANTHROPIC_API_KEY", "OPENAI_API_KEY",     "GITHUB_TOKEN",   "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "TMPDIR",
      "GIT_DIR",           "CLAUDE_PROJECT_DIR", "LD_LIBRARY_PATH"};
  for (const std::string& name : secrets) world.environment[name] = "/secret-" + name;
  world.environment["CLAUDE_PROJECT_DIR"] = world.project();
  world.environment["LC_TIME"] = "C";
  world.environment["STREAM_STATUS_LOG"] = "debug";
  Agent agent(world);
  agent.get("add_stream", {{"title", "With secrets"}});
  const std::vector<std::string> kept = environment_of(world.server_pid());
  for (const std::string& variable : kept)
    for (const std::string& name : secrets) EXPECT_FALSE(variable.starts_with(name + "=")) << variable;
  const auto has = [&](const std::string& variable) { return std::count(kept.begin(), kept.end(), variable) == 1; };
  EXPECT_TRUE(has("LC_TIME=C"));
  EXPECT_TRUE(has("STREAM_STATUS_LOG=debug"));
  EXPECT_TRUE(has("STREAM_STATUS_HOME=" + world.home()));
}

TEST_F(SpawnHygiene, TheServerTakesNoSignalDispositionMaskOrUmask) {
  Start start = world.start({"mcp"});
  start.in_child = [] {
    ::signal(SIGUSR1, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    ::signal(SIGCHLD, SIG_IGN);
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGALRM);
    ::sigaddset(&set, SIGUSR2);
    ::sigprocmask(SIG_SETMASK, &set, nullptr);
    ::umask(0);
  };
  Agent agent(start);
  agent.get("add_stream", {{"title", "With signals"}});
  const pid_t server = world.server_pid();
  for (const int signal : {SIGUSR1, SIGHUP, SIGCHLD})
    EXPECT_FALSE(has_bit(status_of(server, "SigIgn"), signal)) << signal;
  for (const int signal : {SIGALRM, SIGUSR2}) EXPECT_FALSE(has_bit(status_of(server, "SigBlk"), signal)) << signal;
  for (const auto& entry : fs::recursive_directory_iterator(world.home())) {
    const auto mode = static_cast<unsigned>(entry.symlink_status().permissions());
    EXPECT_EQ(mode & 0777u, entry.is_directory() ? 0700u : 0600u) << entry.path();
  }
}

TEST_F(SpawnHygiene, AnEmptyEnvironmentAndTheRootDirectoryAreEnough) {
  Start start = world.start({"mcp", "--home", world.home(), "--project", world.project()}, "/");
  start.environment.clear();
  Agent agent(start);
  const json::object version = agent.get("get_version");
  EXPECT_EQ(text_at(version, "projectRoot"), world.project());
  EXPECT_EQ(text_at(version, "instanceId"), world.instance());
}

TEST_F(SpawnHygiene, ClosedStandardStreamsDoNotMatter) {
  Start start = world.start({"list"});
  start.in_child = [] {
    for (const int fd : {0, 1, 2}) ::close(fd);
  };
  Program program(start);
  EXPECT_EQ(program.wait_exit(), 0);
  EXPECT_EQ(text_at(world.ask({"status"}), "instanceId"), world.instance());
}

TEST_F(SpawnHygiene, AServerWhoseLauncherIsGoneBecomesReadyAllTheSame) {
  std::array<int, 2> ready{-1, -1};
  ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
  ::close(ready[0]);
  const os::Fd nobody_reads{ready[1]};
  Start start = world.start({});
  start.command = {world.program("stream-statusd"), "--project", world.project(), "--ready-fd", "7"};
  start.in_child = [fd = nobody_reads.get()] { ::dup2(fd, 7); };
  Program launcher(start);
  EXPECT_EQ(launcher.wait_exit(), 0);
  ASSERT_TRUE(eventually(world.root(), [&] { return world.record().has_value(); }));
  const std::string instance = world.instance();
  world.ask({"add", "After all"});
  expect_same_server(instance);
}

}  // namespace
}  // namespace stream_status::testing
