#include "os/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <filesystem>
#include <vector>

#include "os/file.h"
#include "support/temporary_directory.h"

namespace stream_status::os {
namespace {

using testing::TemporaryDirectory;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends = {-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read_end = Fd(ends[0]);
    write_end = Fd(ends[1]);
  }
  Fd read_end;
  Fd write_end;
};

/// Everything up to the end of file; waits as long as that takes.
std::string read_to_end(const Fd& fd) {
  std::string text;
  for (;;) {
    pollfd entry{fd.get(), POLLIN, 0};
    ::poll(&entry, 1, -1);
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// A child that waits for a signal.
pid_t start_sleeper() {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  return child;
}

// ---- who is who --------------------------------------------------------------------------------

TEST(Process, IsFoundByItsNumberWithAllThatNamesIt) {
  const ProcessIdentity self = this_process();
  EXPECT_EQ(self.pid, ::getpid());
  EXPECT_GT(self.start_ticks, 0u);
  EXPECT_EQ(self.boot_id.size(), 36u);
  EXPECT_NE(self.pid_namespace, 0u);
  EXPECT_EQ(find_process(self.pid), self);
  EXPECT_NE(network_namespace(), 0u);
}

TEST(Process, TheNameOfAProcessDoesNotConfuseItsIdentity) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NAME, ") R 1 (x)");
    const auto found = find_process(::getpid());
    ::_exit(found && *found == this_process() && found->start_ticks > 0 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(Process, AZombieIsGoneAndANumberThatIsNoProcessIsNotFound) {
  const pid_t child = start_sleeper();
  EXPECT_TRUE(find_process(child));
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_FALSE(find_process(child)) << "a zombie";
  EXPECT_TRUE(process_exists(child)) << "its number is still taken";
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(find_process(child));
  EXPECT_FALSE(process_exists(child));
  for (const std::int64_t pid : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{INT_MAX}, std::int64_t{1} << 40}) {
    EXPECT_FALSE(find_process(pid)) << pid;
    EXPECT_FALSE(process_exists(pid)) << pid;
    EXPECT_FALSE(watch_process(pid)) << pid;
  }
  EXPECT_TRUE(process_exists(1));
}

TEST(Process, IsWatchedUntilItEnds) {
  const pid_t child = start_sleeper();
  const auto watch = watch_process(child);
  ASSERT_TRUE(watch) << watch.error().message;
  pollfd entry{watch->get(), POLLIN, 0};
  EXPECT_EQ(::poll(&entry, 1, 0), 0);
  ::kill(child, SIGKILL);
  EXPECT_EQ(::poll(&entry, 1, -1), 1);
  ::waitpid(child, nullptr, 0);
  const auto late = watch_process(child);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kNotFound);
}

TEST(Process, TheUserHasANameAndTheProgramAPath) {
  EXPECT_EQ(current_user(), ::geteuid());
  EXPECT_FALSE(user_name().empty());
  EXPECT_EQ(executable_path().value(), std::filesystem::read_symlink("/proc/self/exe").string());
  EXPECT_EQ(parent_pid(), ::getppid());
}

TEST(Process, TheProgramIsFoundByItsOldPathAfterItsFileIsGone) {
  const TemporaryDirectory temporary;
  const std::string copy = temporary / "program";
  std::filesystem::copy_file("/proc/self/exe", copy);
  // The copy of this test program runs this very test once more, told to remove itself first.
  if (const char* expected = ::getenv("STREAM_STATUS_TEST_COPY")) {
    std::filesystem::remove(expected);
    EXPECT_EQ(executable_path().value(), expected);
    return;
  }
  testing::shell("STREAM_STATUS_TEST_COPY=" + copy + " " + copy +
                 " --gtest_filter=Process.TheProgramIsFoundByItsOldPathAfterItsFileIsGone > /dev/null");
}

// ---- environment -----------------------------------------------------------------------------

TEST(Environment, TheServersKeepsWhatItNeedsAndNoSecrets) {
  const Environment agent = {
      {"HOME", "/home/me"},       {"PATH", "/bin"},         {"USER", "me"},          {"LOGNAME", "me"},
      {"SHELL", "/bin/sh"},       {"LANG", "de_DE.UTF-8"},  {"LC_TIME", "C"},        {"TZ", "Europe/Berlin"},
      {"STREAM_STATUS_LOG", "d"}, {"API_PORT", "3005"},     {"WORKTREE_ROOT", "/w"}, {"TERM", "xterm"},
      {"ANTHROPIC_API_KEY", "s"}, {"TMPDIR", "/tmp/agent"}, {"XDG_CACHE_HOME", "x"}, {"LD_PRELOAD", "x.so"},
      {"GIT_DIR", "/x"},          {"PROJECT_ROOT", "/p"},   {"PATHS", "x"},          {"SSH_AUTH_SOCK", "x"},
  };
  EXPECT_EQ(server_environment(agent), (Environment{{"HOME", "/home/me"},
                                                    {"PATH", "/bin"},
                                                    {"USER", "me"},
                                                    {"LOGNAME", "me"},
                                                    {"SHELL", "/bin/sh"},
                                                    {"LANG", "de_DE.UTF-8"},
                                                    {"LC_TIME", "C"},
                                                    {"TZ", "Europe/Berlin"},
                                                    {"STREAM_STATUS_LOG", "d"},
                                                    {"API_PORT", "3005"},
                                                    {"WORKTREE_ROOT", "/w"}}));
  EXPECT_EQ(server_environment({}), (Environment{{"PATH", "/usr/local/bin:/usr/bin:/bin"}}));
}

TEST(Environment, IsReadAndReplacedWhole) {
  const Environment before = current_environment();
  ::setenv("STREAM_STATUS_TEST", "a=b", 1);
  EXPECT_EQ(current_environment().at("STREAM_STATUS_TEST"), "a=b");
  const Environment replaced = {{"A", "1"}, {"B", ""}};
  replace_environment(replaced);
  EXPECT_EQ(current_environment(), replaced);
  replace_environment(before);
  EXPECT_EQ(current_environment(), before);
}

// ---- starting --------------------------------------------------------------------------------

/// A child that sleeps until the test has looked at it; posix_spawn returns after its exec.
class Sleeping {
 public:
  Sleeping() : child_(spawn_detached("/bin/sleep", {"1000000"}, {}).value()) {}
  Sleeping(const Sleeping&) = delete;
  Sleeping& operator=(const Sleeping&) = delete;
  ~Sleeping() {
    ::kill(static_cast<pid_t>(child_.pid), SIGKILL);
    reap(child_.pid);
    EXPECT_FALSE(process_exists(child_.pid));
  }

  std::int64_t pid() const { return child_.pid; }
  std::string proc(const std::string& name) const { return "/proc/" + std::to_string(child_.pid) + "/" + name; }
  /// The number after "name:" in its status.
  std::uint64_t status(const std::string& name) const {
    const std::string text = **read_file(proc("status"), 1 << 16);
    return std::stoull(text.substr(text.find("\n" + name + ":") + name.size() + 2), nullptr, 16);
  }

 private:
  Child child_;
};

TEST(Spawn, TheChildHasThePipeAndNoOtherDescriptor) {
  const int leaked = ::dup(STDERR_FILENO);  // not close-on-exec
  const Sleeping child;
  std::vector<std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator(child.proc("fd")))
    open.push_back(entry.path().filename().string() + " " + std::filesystem::read_symlink(entry).string().substr(0, 9));
  std::sort(open.begin(), open.end());
  ASSERT_EQ(open.size(), 4u);
  EXPECT_EQ(open[0], "0 /dev/null");
  EXPECT_EQ(open[1], "1 /dev/null");
  EXPECT_EQ(open[2], "2 /dev/null");
  EXPECT_EQ(open[3].substr(0, 6), "3 pipe");
  ::close(leaked);
}

TEST(Spawn, WorksWhenOurOwnStandardDescriptorsAreClosed) {
  const Pipe answer;
  const pid_t child = ::fork();
  if (child == 0) {
    for (int fd = 0; fd < 3; ++fd) ::close(fd);
    const auto started = spawn_detached("/bin/sh", {"-c", "echo fine >&3"}, {});
    const std::string text = started ? read_to_end(started->output) : started.error().message;
    if (started) reap(started->pid);
    ::_exit(::write(answer.write_end.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  std::array<char, 100> text{};
  EXPECT_GT(::read(answer.read_end.get(), text.data(), text.size() - 1), 0);
  EXPECT_STREQ(text.data(), "fine\n");
}

TEST(Spawn, TheChildHasTheGivenArgumentsAndEnvironmentOnly) {
  const auto child = spawn_detached("/bin/sh", {"-c", "/bin/cat /proc/$$/environ >&3; echo \"$1\" >&3", "sh", "a b"},
                                    {{"A", "1 2"}, {"B", "x=y"}});
  ASSERT_TRUE(child) << child.error().message;
  EXPECT_EQ(read_to_end(child->output), std::string("A=1 2\0B=x=y\0a b\n", 16));
  reap(child->pid);
}

TEST(Spawn, TheChildHasItsOwnSessionAndDefaultSignals) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto old_handler = ::signal(SIGPIPE, SIG_IGN);
  {
    const Sleeping child;
    // glibc ignores the two signals that it keeps for itself, 32 and 33.
    EXPECT_EQ(child.status("SigIgn") & ~std::uint64_t{0x180000000}, 0u);
    EXPECT_EQ(child.status("SigBlk"), 0u);
    EXPECT_EQ(::getsid(static_cast<pid_t>(child.pid())), child.pid());
  }
  ::signal(SIGPIPE, old_handler);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST(Spawn, TheOutputDoesNotBlockAndEndsWhenTheChildCrashes) {
  const auto child = spawn_detached("/bin/sh", {"-c", "kill -STOP $$; kill -SEGV $$"}, {});
  ASSERT_TRUE(child);
  char byte = 0;
  EXPECT_EQ(::read(child->output.get(), &byte, 1), -1);
  EXPECT_EQ(errno, EAGAIN);
  ::waitpid(static_cast<pid_t>(child->pid), nullptr, WUNTRACED);
  ::kill(static_cast<pid_t>(child->pid), SIGCONT);
  EXPECT_EQ(read_to_end(child->output), "");
  reap(child->pid);
}

TEST(Spawn, AMissingProgramIsSaid) {
  const TemporaryDirectory temporary;
  testing::write_text(temporary / "not-executable", "#!/bin/sh\n");
  struct {
    std::string program;
    ErrorCode code;
  } const rows[] = {{temporary / "absent", ErrorCode::kNotFound},
                    {temporary / "not-executable", ErrorCode::kPermissionDenied}};
  for (const auto& row : rows) {
    const auto child = spawn_detached(row.program, {}, {});
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().code, row.code);
    EXPECT_NE(child.error().message.find(row.program), std::string::npos) << child.error().message;
    EXPECT_EQ(execute(row.program, {}, {}).code, row.code);
  }
}

TEST(Execute, ReplacesTheProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    (void)execute("/bin/sh", {"-c", "exit $CODE"}, {{"CODE", "7"}});
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(Daemonize, LeavesParentSessionDirectoryUmaskSignalsAndDescriptorsBehind) {
  const Pipe answer;
  const int leaked = ::dup(STDERR_FILENO);
  const pid_t child = ::fork();
  if (child == 0) {
    ::umask(0);
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    const int keep = answer.write_end.get();
    std::string text = daemonize(keep) ? "" : "failed ";
    text += current_directory().value_or("?");
    text += ::getsid(0) == ::getpid() ? " leader" : " follower";
    text += ::umask(0) == 077 ? " private" : " open";
    text += ::signal(SIGPIPE, SIG_DFL) == SIG_DFL ? " default" : " ignored";
    ::sigprocmask(SIG_BLOCK, nullptr, &all);
    text += ::sigismember(&all, SIGTERM) == 0 ? " unblocked" : " blocked";
    for (int fd = 0; fd < 3; ++fd) text += " " + real_path(descriptor_path(Fd(::dup(fd)))).value_or("?");
    for (int fd = 3; fd < 1000; ++fd)
      if (fd != keep && ::fcntl(fd, F_GETFD) >= 0) text += " leaked " + std::to_string(fd);
    ::_exit(::write(keep, text.data(), text.size()) > 0 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "the parent has ended well, while its child goes on";
  std::array<char, 1000> text{};
  EXPECT_GT(::read(answer.read_end.get(), text.data(), text.size() - 1), 0);
  EXPECT_STREQ(text.data(), "/ leader private default unblocked /dev/null /dev/null /dev/null");
  ::close(leaked);
}

TEST(Foreground, KeepsItsOutputAndItsSession) {
  Pipe answer;
  const pid_t child = ::fork();
  if (child == 0) {
    const int leaked = ::dup(answer.write_end.get());
    ::dup2(answer.write_end.get(), STDOUT_FILENO);
    sanitise_foreground();
    std::string text = current_directory().value_or("?");
    text += ::umask(0) == 077 ? " private" : " open";
    text += ::fcntl(leaked, F_GETFD) < 0 ? " closed" : " leaked";
    text += " " + real_path(descriptor_path(Fd(::dup(0)))).value_or("?");
    ::_exit(::write(STDOUT_FILENO, text.data(), text.size()) > 0 ? 0 : 1);
  }
  answer.write_end.reset();
  EXPECT_EQ(read_to_end(answer.read_end), "/ private closed /dev/null");
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace stream_status::os
