// posix_spawn, so that starting a child costs the same however large the bench has grown.
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace bench {
namespace {

constexpr int kPatienceMs = 5000;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

void close_all_but(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned next = STDERR_FILENO + 1;
  for (const int fd : kept) {
    const auto keep = static_cast<unsigned>(fd);
    if (keep > next) ::close_range(next, keep - 1, 0);
    next = keep + 1;
  }
  ::close_range(next, ~0U, 0);
}

/// Owns what posix_spawn wants to know.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // The bench blocks the signals that its guard thread waits for; its children must not.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_errno("make a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno("write to a program under test");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

Child::Child(const Command& command) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  auto argv = pointers(command.arguments);
  auto envp = pointers(command.environment);

  SpawnPlan plan;
  posix_spawn_file_actions_adddup2(&plan.actions, in.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&plan.actions, out.write.get(), STDOUT_FILENO);
  if (!command.directory.empty()) posix_spawn_file_actions_addchdir_np(&plan.actions, command.directory.c_str());
  errno = ::posix_spawn(&pid_, argv[0], &plan.actions, &plan.attributes, argv.data(), envp.data());
  if (errno != 0) fail_errno("spawn: " + command.arguments[0]);
  stdin_ = std::move(in.write);
  stdout_ = std::move(out.read);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      stdin_(std::move(other.stdin_)),
      stdout_(std::move(other.stdout_)),
      buffer_(std::move(other.buffer_)),
      line_end_(std::exchange(other.line_end_, 0)) {}

Child::~Child() {
  if (pid_ < 0) return;
  stdin_.reset();
  stdout_.reset();
  Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd exit{pidfd.get(), POLLIN, 0};
  if (::poll(&exit, 1, kPatienceMs) == 0) ::kill(pid_, SIGKILL);
  wait();
}

void Child::write_line(std::string_view line) {
  std::string bytes(line);
  bytes += '\n';
  write_all(stdin_.get(), bytes);
}

std::string_view Child::read_line() {
  buffer_.erase(0, line_end_);
  line_end_ = 0;
  std::size_t searched = 0;
  for (;;) {
    if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
      line_end_ = end + 1;
      return std::string_view(buffer_).substr(0, end);
    }
    searched = buffer_.size();
    char chunk[65536];
    const ssize_t n = ::read(stdout_.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("read a line: the program closed its stdout");
    buffer_.append(chunk, static_cast<std::size_t>(n));
  }
}

int Child::finish(std::string* output) {
  stdin_.reset();
  char chunk[65536];
  for (ssize_t n; (n = ::read(stdout_.get(), chunk, sizeof chunk)) > 0;)
    if (output != nullptr) output->append(chunk, static_cast<std::size_t>(n));
  return wait();
}

int Child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Forked::Forked(std::vector<int> kept, const std::function<void()>& body) {
  pid_ = ::fork();
  if (pid_ < 0) fail_errno("fork a floor");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  close_all_but(std::move(kept));
  try {
    body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
  }
  std::_Exit(1);
}

Forked::~Forked() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

double pss_kib(pid_t pid) {
  std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  while (rollup >> word) {
    if (double kib = 0; word == "Pss:" && rollup >> kib) return kib;
  }
  fail("read memory: process " + std::to_string(pid) + ": it has no smaps_rollup");
}

std::string read_whole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace bench
