#include "os/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>

#include "os/error.h"
#include "os/file.h"

namespace stream_status::os {
namespace {

/// The number that names a namespace; 0 when the kernel does not tell.
std::uint64_t namespace_of(std::int64_t pid, std::string_view kind) {
  struct stat status {};
  const std::string path = pid == 0 ? fmt::format("/proc/self/ns/{}", kind) : fmt::format("/proc/{}/ns/{}", pid, kind);
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::string boot_id() {
  const auto text = read_file("/proc/sys/kernel/random/boot_id", 256);
  if (!text || !*text) return {};
  return (*text)->substr(0, (*text)->find('\n'));
}

/// State, processor time and start time of /proc/PID/stat. Source: proc(5), fields 3, 14, 15 and 22.
struct Stat {
  char state = '?';
  std::uint64_t ticks = 0;
  std::uint64_t start_ticks = 0;
};
std::optional<Stat> read_stat(const std::string& path) {
  const auto text = read_file(path, 4096);
  if (!text || !*text) return std::nullopt;
  std::string_view rest = **text;
  const std::size_t end_of_name = rest.rfind(')');  // the name itself may hold blanks and parentheses
  if (end_of_name == std::string_view::npos || end_of_name + 2 >= rest.size()) return std::nullopt;
  rest.remove_prefix(end_of_name + 2);
  Stat stat{rest.front()};
  for (int field = 3; field <= 22; ++field) {
    if (field == 14 || field == 15 || field == 22) {
      std::uint64_t number = 0;
      if (std::from_chars(rest.data(), rest.data() + rest.size(), number).ec != std::errc{}) return std::nullopt;
      (field == 22 ? stat.start_ticks : stat.ticks) += number;
    }
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(blank + 1);
  }
  return stat;
}

struct Account {
  std::string name;
  std::string home;
};
std::optional<Account> find_account() {
  std::array<char, 4096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  return Account{found->pw_name, found->pw_dir};
}

/// Arguments or environment as execve wants them. Points into its input.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> argument_texts(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> texts{program};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  return texts;
}

std::vector<std::string> environment_texts(const Environment& environment) {
  std::vector<std::string> texts;
  texts.reserve(environment.size());
  for (const auto& [name, value] : environment) texts.push_back(name + "=" + value);
  return texts;
}

void default_signals() {
  for (int number = 1; number <= SIGRTMAX; ++number) ::signal(number, SIG_DFL);  // a few refuse; they have no other
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Closes every descriptor from 3 on but `keep`.
void close_all_but(int keep) {
  const auto low = static_cast<unsigned>(std::max(keep, 2));
  const bool closed = (keep <= 3 || ::close_range(3, low - 1, 0) == 0) && ::close_range(low + 1, UINT_MAX, 0) == 0;
  if (closed) return;
  // A kernel before 5.9, or a sandbox that does not know the call.
  const int limit = static_cast<int>(std::min<long>(::sysconf(_SC_OPEN_MAX), 65536));
  for (int fd = 3; fd < limit; ++fd)
    if (fd != keep) ::close(fd);
}

/// Puts /dev/null in the place of the descriptors `first` to `last`.
Result<void> open_null(int first, int last) {
  const int null = ::open("/dev/null", O_RDWR);  // may land on one of them: then it stays there
  if (null < 0) return errno_error("open", "/dev/null");
  for (int fd = first; fd <= last; ++fd)
    if (fd != null && ::dup2(null, fd) < 0) return errno_error("open", "/dev/null");
  if (null > last) ::close(null);
  return {};
}

}  // namespace

ProcessIdentity this_process() {
  const auto stat = read_stat("/proc/self/stat");
  return {::getpid(), stat ? stat->start_ticks : 0, boot_id(), namespace_of(0, "pid")};
}

std::optional<ProcessIdentity> find_process(std::int64_t pid) {
  if (pid <= 0) return std::nullopt;
  const auto stat = read_stat(fmt::format("/proc/{}/stat", pid));
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  return ProcessIdentity{pid, stat->start_ticks, boot_id(), namespace_of(pid, "pid")};
}

bool process_exists(std::int64_t pid) {
  if (pid <= 0 || pid > INT_MAX) return false;  // 0 and negative numbers mean whole groups
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

std::int64_t this_thread() { return ::syscall(SYS_gettid); }

std::optional<ThreadActivity> find_thread(std::int64_t thread) {
  const auto stat = read_stat(fmt::format("/proc/self/task/{}/stat", thread));
  if (!stat) return std::nullopt;
  return ThreadActivity{stat->state == 'D', stat->ticks};
}

std::uint64_t network_namespace() { return namespace_of(0, "net"); }

std::uint32_t current_user() { return ::geteuid(); }

std::string user_name() {
  const auto account = find_account();
  return account ? account->name : fmt::format("uid-{}", ::geteuid());
}

std::string home_directory() {
  const auto account = find_account();
  return account ? account->home : std::string();
}

Environment current_environment() {
  Environment environment;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos && equals > 0)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));  // of two, the first counts, as in getenv
  }
  return environment;
}

Environment server_environment(const Environment& from, std::span<const std::string> also_kept) {
  constexpr std::array<std::string_view, 9> kKept = {"HOME", "PATH", "USER",     "LOGNAME",      "SHELL",
                                                     "LANG", "TZ",   "API_PORT", "WORKTREE_ROOT"};
  Environment kept;
  for (const auto& [name, value] : from) {
    const bool keep = std::find(kKept.begin(), kKept.end(), name) != kKept.end() || name.starts_with("LC_") ||
                      name.starts_with("STREAM_STATUS_") ||
                      std::find(also_kept.begin(), also_kept.end(), name) != also_kept.end();
    if (keep) kept.emplace(name, value);
  }
  if (kept["PATH"].empty()) kept["PATH"] = "/usr/local/bin:/usr/bin:/bin";
  return kept;
}

Result<std::string> executable_path() {
  std::array<char, PATH_MAX> buffer;
  const ssize_t size = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (size < 0) return errno_error("find this program", "/proc/self/exe");
  std::string path(buffer.data(), static_cast<std::size_t>(size));
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted) && kind_of(path) == FileKind::kMissing) path.resize(path.size() - kDeleted.size());
  return path;
}

Result<Child> spawn_detached(const std::string& program, const std::vector<std::string>& arguments,
                             const Environment& environment) {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("start", program);
  Fd read_end{ends[0]};
  Fd write_end{ends[1]};
  // Above 3, so that filling the child's 0–3 can not overwrite it (our own 0–2 may be closed).
  if (write_end.get() <= 3) write_end = Fd{::fcntl(write_end.get(), F_DUPFD_CLOEXEC, 4)};
  if (!write_end || ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK) != 0) return errno_error("start", program);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), 3);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 4);

  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t signals;
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);

  std::vector<std::string> argument_list = argument_texts(program, arguments);
  std::vector<std::string> environment_list = environment_texts(environment);
  pid_t pid = 0;
  const int failure = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, pointers_to(argument_list).data(),
                                    pointers_to(environment_list).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0) return errno_error(failure, "start", program);
  return Child{pid, std::move(read_end)};
}

void reap(std::int64_t pid) {
  if (pid <= 0) return;
  while (::waitpid(static_cast<pid_t>(pid), nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<void> daemonize(int keep) {
  const pid_t child = ::fork();
  if (child < 0) return errno_error("start in the background", "fork");
  if (child > 0) ::_exit(0);
  ::setsid();
  default_signals();
  ::umask(077);
  if (::chdir("/") != 0) return errno_error("start in the background", "/");
  close_all_but(keep);
  return open_null(0, 2);
}

void sanitise_foreground() {
  default_signals();
  ::umask(077);
  [[maybe_unused]] const int moved = ::chdir("/");  // a failure only keeps the old directory's mount busy
  close_all_but(-1);
  (void)open_null(0, 0);
}

void replace_environment(const Environment& environment) {
  ::clearenv();
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
}

Result<Fd> watch_process(std::int64_t pid) {
  if (pid <= 0 || pid > INT_MAX)
    return fail(ErrorCode::kNotFound, fmt::format("watch process {}: no such process", pid));
  // The system call itself: glibc has its wrapper since 2.36 only. Always close-on-exec.
  Fd process{static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0))};
  if (process) return process;
  const std::string subject = std::to_string(pid);
  if (errno == ESRCH) return fail(ErrorCode::kNotFound, "watch process " + subject + ": no such process");
  return fail(ErrorCode::kInternal, errno_error("watch process", subject).value().message);
}

Result<Fd> watch_process(const ProcessIdentity& process) {
  Fd watched = TRY(watch_process(process.pid));
  // Asked after the descriptor is there: from then on it can not become another's.
  if (find_process(process.pid) == process) return watched;
  return fail(ErrorCode::kNotFound, fmt::format("watch process {}: it has ended", process.pid));
}

Result<void> send_signal(const Fd& process, Signal signal) {
  const int number = signal == Signal::kTerminate ? SIGTERM : signal == Signal::kContinue ? SIGCONT : SIGKILL;
  if (::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0) == 0) return {};
  if (errno == ESRCH) return fail(ErrorCode::kNotFound, "send signal: the process has ended");
  return errno_error("send signal", sigabbrev_np(number));
}

std::optional<std::uint32_t> find_process_owner(std::int64_t pid) {
  struct stat status {};
  if (pid <= 0 || ::stat(fmt::format("/proc/{}", pid).c_str(), &status) != 0) return std::nullopt;
  return status.st_uid;
}

void end_process(int exit_code) { ::_exit(exit_code); }

std::int64_t parent_pid() { return ::getppid(); }

Error execute(const std::string& program, const std::vector<std::string>& arguments, const Environment& environment) {
  std::vector<std::string> argument_list = argument_texts(program, arguments);
  std::vector<std::string> environment_list = environment_texts(environment);
  ::execve(program.c_str(), pointers_to(argument_list).data(), pointers_to(environment_list).data());
  return errno_error("start", program).value();
}

}  // namespace stream_status::os
