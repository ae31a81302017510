#include "os/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>

#include "os/error.h"
#include "os/file.h"
#include "os/poll.h"

namespace stream_status::os {
namespace {

constexpr std::size_t kErrorOutputLimit = 64u << 10;
constexpr milliseconds kLookInterval{100};

MonotonicTime now() { return std::chrono::steady_clock::now(); }

struct Pipe {
  Fd read_end;
  Fd write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("start a program", "pipe");
  Pipe pipe{Fd{ends[0]}, Fd{ends[1]}};
  // Above 2, so that filling the child's 0–2 can not overwrite one that is still needed.
  for (Fd* end : {&pipe.read_end, &pipe.write_end})
    if (end->get() <= 2) *end = Fd{::fcntl(end->get(), F_DUPFD_CLOEXEC, 3)};
  if (!pipe.read_end || !pipe.write_end) return errno_error("start a program", "pipe");
  return pipe;
}

/// What the child needs, laid out before it exists: between vfork and exec it may only make system calls.
struct Launch {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  std::array<int, 3> descriptors;
  pid_t parent;
  mode_t file_mask;
  int status;  ///< pipe: closed by a successful exec, else a Failure comes first
};

/// Said through a pipe, not through shared memory: where vfork is only a fork (under a sanitizer), it holds as well.
struct Failure {
  int error = 0;
  int in_directory = 0;  ///< 1: it came so far
};

[[noreturn]] void become_program(const Launch& launch) {
  constexpr int kStatus = 3;
  Failure failure;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  bool ready = ::getppid() == launch.parent && ::setpgid(0, 0) == 0 && ::chdir(launch.directory) == 0;
  failure.in_directory = ready ? 1 : 0;
  for (int fd = 0; ready && fd < 3; ++fd) ready = ::dup2(launch.descriptors[static_cast<std::size_t>(fd)], fd) == fd;
  int status = launch.status;
  if (ready && status != kStatus) {
    ready = ::dup3(status, kStatus, O_CLOEXEC) == kStatus;
    if (ready) status = kStatus;
  }
  if (ready) {
    ::umask(launch.file_mask);
    ::close_range(kStatus + 1, ~0u, 0);  // ours close by themselves; those that we were started with may not
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(launch.program, launch.arguments, launch.environment);
  }
  failure.error = errno;
  [[maybe_unused]] const ssize_t said = ::write(status, &failure, sizeof failure);
  ::_exit(127);
}

/// vfork, because copying the page tables of a server costs more than most git commands take.
__attribute__((noinline)) pid_t start_child(const Launch& launch) {
  // The analyzer is right that vfork is delicate; become_program keeps its rules.
  const pid_t child = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (child == 0) become_program(launch);
  return child;
}

/// One program on its way. Move-only; ends and reaps what it owns.
class Running {
 public:
  static Result<Running> start(const ProgramCall& call);
  Running(Running&& other) noexcept
      : call_(other.call_),
        pid_(std::exchange(other.pid_, -1)),
        process_(std::move(other.process_)),
        input_(std::move(other.input_)),
        output_(std::move(other.output_)),
        errors_(std::move(other.errors_)),
        deadline_(other.deadline_),
        written_(other.written_),
        result_(std::move(other.result_)) {}
  Running& operator=(Running&&) = delete;
  ~Running() {
    if (pid_ > 0) finish(Ending::kCancelled);
  }

  void add_entries(std::vector<PollEntry>& entries) const {
    entries.push_back({input_.get(), false, static_cast<bool>(input_)});
    entries.push_back({output_.get(), static_cast<bool>(output_), false});
    entries.push_back({errors_.get(), static_cast<bool>(errors_), false});
    entries.push_back({process_.get(), static_cast<bool>(process_), false});
  }
  static constexpr std::size_t kEntries = 4;

  /// Moves what can be moved. True: it is over.
  bool step(std::span<const PollEntry> entries);
  MonotonicTime deadline() const { return deadline_; }
  ProgramResult take_result() { return std::move(result_); }

 private:
  Running(const ProgramCall& call, pid_t pid) : call_(&call), pid_(pid), deadline_(now() + call.deadline) {}
  void write_input();
  static bool read_into(Fd& pipe, std::string& text, std::size_t limit);
  void finish(Ending ending);

  const ProgramCall* call_;
  pid_t pid_;
  Fd process_;
  Fd input_;
  Fd output_;
  Fd errors_;
  MonotonicTime deadline_;
  std::size_t written_ = 0;
  ProgramResult result_;
};

Result<Running> Running::start(const ProgramCall& call) {
  // A socket for the input: a write to a program that reads no more must be an error, not a SIGPIPE.
  std::array<int, 2> ends;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return errno_error("start", call.program);
  Fd ours{ends[0]};
  Fd theirs{ends[1]};
  if (theirs.get() <= 2) theirs = Fd{::fcntl(theirs.get(), F_DUPFD_CLOEXEC, 3)};
  Pipe output = TRY(make_pipe());
  Pipe errors = TRY(make_pipe());
  for (const Fd* end : {&ours, &output.read_end, &errors.read_end})
    if (::fcntl(end->get(), F_SETFL, O_NONBLOCK) != 0) return errno_error("start", call.program);

  std::vector<std::string> argument_texts{call.program};
  argument_texts.insert(argument_texts.end(), call.arguments.begin(), call.arguments.end());
  std::vector<std::string> environment_texts;
  environment_texts.reserve(call.environment.size());
  for (const auto& [name, value] : call.environment) environment_texts.push_back(name + "=" + value);
  const auto pointers_to = [](std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  };
  Pipe status = TRY(make_pipe());
  const std::vector<char*> arguments = pointers_to(argument_texts);
  const std::vector<char*> environment = pointers_to(environment_texts);
  Launch launch{call.program.c_str(),
                arguments.data(),
                environment.data(),
                call.directory.c_str(),
                {theirs.get(), output.write_end.get(), errors.write_end.get()},
                ::getpid(),
                static_cast<mode_t>(call.file_mask),
                status.write_end.get()};
  const pid_t pid = start_child(launch);
  if (pid < 0) return errno_error("start", call.program);
  status.write_end.reset();
  Failure failure;
  ssize_t got = 0;
  do {
    got = ::read(status.read_end.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof failure)) {
    ::waitpid(pid, nullptr, 0);
    return errno_error(
        failure.error, "start",
        failure.in_directory != 0 ? call.program : fmt::format("{} in {}", call.program, call.directory));
  }
  Running running(call, pid);
  if (auto process = watch_process(pid)) running.process_ = std::move(*process);
  running.input_ = std::move(ours);
  running.output_ = std::move(output.read_end);
  running.errors_ = std::move(errors.read_end);
  running.write_input();
  return running;
}

void Running::write_input() {
  while (input_ && written_ < call_->input.size()) {
    const ssize_t sent = ::send(input_.get(), call_->input.data() + written_, call_->input.size() - written_,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      written_ += static_cast<std::size_t>(sent);
    } else if (sent < 0 && errno == EINTR) {
      continue;
    } else if (sent < 0 && errno == EAGAIN) {
      return;
    } else {
      break;  // it does not want more
    }
  }
  input_.reset();
}

/// Reads what is there; closes the pipe at its end. False: the limit is passed.
bool Running::read_into(Fd& pipe, std::string& text, std::size_t limit) {
  std::array<char, 65536> buffer;
  while (pipe) {
    const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) {
      pipe.reset();
      return true;
    }
    const std::size_t room = limit - std::min(limit, text.size());
    text.append(buffer.data(), std::min(static_cast<std::size_t>(got), room));
    if (static_cast<std::size_t>(got) > room) return false;
  }
  return true;
}

bool Running::step(std::span<const PollEntry> entries) {
  if (entries[0].writable) write_input();
  const bool fits = read_into(output_, result_.output, call_->output_limit);
  (void)read_into(errors_, result_.error_output, kErrorOutputLimit);  // the rest is read and dropped
  if (!fits) return finish(Ending::kTooMuchOutput), true;
  const bool over = process_ ? entries[3].readable : !output_ && !errors_;
  if (over) return finish(Ending::kExited), true;
  if (call_->cancelled != nullptr && call_->cancelled->load(std::memory_order_relaxed))
    return finish(Ending::kCancelled), true;
  if (now() >= deadline_) return finish(Ending::kTimedOut), true;
  return false;
}

void Running::finish(Ending ending) {
  // Its children too. After its own end the group has the stragglers only; the pid is not free before waitpid.
  ::kill(-pid_, SIGKILL);
  if (ending != Ending::kExited) ::kill(pid_, SIGKILL);  // a group it may have left
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (ending == Ending::kExited) {
    (void)read_into(output_, result_.output, call_->output_limit);
    (void)read_into(errors_, result_.error_output, kErrorOutputLimit);
    if (WIFSIGNALED(status)) {
      ending = Ending::kKilled;
      result_.signal = WTERMSIG(status);
    } else {
      result_.exit_code = WEXITSTATUS(status);
    }
  }
  result_.ending = ending;
}

}  // namespace

Result<std::string> find_program(const std::string& name, const Environment& environment) {
  if (name.find('/') != std::string::npos) return name;
  const auto path = environment.find("PATH");
  std::string_view rest = path == environment.end() ? std::string_view("/usr/bin:/bin") : path->second;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string candidate = fmt::format("{}/{}", rest.substr(0, end), name);
    // An empty or relative entry would mean whatever directory this process stands in.
    if (rest.front() == '/' && kind_of(candidate) == FileKind::kRegular && ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fail(ErrorCode::kNotFound, fmt::format("find {}: it is in no directory of PATH", name));
}

std::vector<Result<ProgramResult>> run_programs(std::span<const ProgramCall> calls, std::size_t at_once) {
  std::vector<Result<ProgramResult>> results(calls.size());
  std::vector<std::pair<std::size_t, Running>> running;
  std::size_t next = 0;
  while (next < calls.size() || !running.empty()) {
    while (next < calls.size() && running.size() < std::max<std::size_t>(at_once, 1)) {
      const std::atomic<bool>* cancelled = calls[next].cancelled;
      if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
        results[next].emplace();
        results[next++]->ending = Ending::kCancelled;
        continue;
      }
      auto started = Running::start(calls[next]);
      if (started)
        running.emplace_back(next, std::move(*started));
      else
        results[next] = tl::make_unexpected(std::move(started).error());
      ++next;
    }
    if (running.empty()) continue;
    std::vector<PollEntry> entries;
    MonotonicTime earliest = MonotonicTime::max();
    for (const auto& [index, program] : running) {
      program.add_entries(entries);
      earliest = std::min(earliest, program.deadline());
    }
    const auto left = std::chrono::ceil<milliseconds>(earliest - now());
    poll(entries, std::clamp(left, milliseconds{0}, kLookInterval));
    std::vector<std::pair<std::size_t, Running>> still;
    for (std::size_t i = 0; i < running.size(); ++i) {
      auto& [index, program] = running[i];
      if (program.step(std::span(entries).subspan(i * Running::kEntries, Running::kEntries)))
        results[index] = program.take_result();
      else
        still.emplace_back(index, std::move(program));
    }
    running.swap(still);
  }
  return results;
}

Result<ProgramResult> run_program(const ProgramCall& call) { return std::move(run_programs({&call, 1}, 1).front()); }

}  // namespace stream_status::os
