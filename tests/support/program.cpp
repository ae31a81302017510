#include "support/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace stream_status::testing {
namespace {

struct Pipe {
  os::Fd read_end;
  os::Fd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {os::Fd{ends[0]}, os::Fd{ends[1]}};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void become(const Start& start, char* const* arguments, char* const* environment, int in, int out,
                         int err) {
  for (int number = 1; number < 32; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  if (::chdir(start.directory.c_str()) != 0) ::_exit(126);
  if (start.in_child) start.in_child();
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

}  // namespace

Program::Program(const Start& start) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  std::vector<std::string> arguments = start.command;
  std::vector<std::string> variables;
  for (const auto& [name, value] : start.environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argument_list = pointers_to(arguments);
  const std::vector<char*> variable_list = pointers_to(variables);
  pid_ = ::fork();
  if (pid_ == 0)
    become(start, argument_list.data(), variable_list.data(), in.read_end.get(), out.write_end.get(),
           err.write_end.get());
  EXPECT_GT(pid_, 0);
  auto process = os::watch_process(pid_);
  EXPECT_TRUE(process);
  if (process) process_ = std::move(*process);
  input_ = std::move(in.write_end);
  output_ = std::move(out.read_end);
  errors_ = std::move(err.read_end);
}

Program::~Program() {
  if (!process_ || exit_code_ >= 0) return;
  send_signal(process_, SIGKILL);
  wait_exit();
}

bool Program::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t size = ::write(input_.get(), text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

int Program::wait_exit(const Deadline& deadline) {
  if (exit_code_ < 0) exit_code_ = wait_exit_code(process_, deadline);
  return exit_code_;
}

Finished run_to_end(const Start& start, std::string_view input, const Deadline& deadline) {
  Program program(start);
  program.write(input);
  program.close_input();
  Finished finished;
  std::array<pollfd, 2> entries{pollfd{program.output().get(), POLLIN, 0}, pollfd{program.errors().get(), POLLIN, 0}};
  while (entries[0].fd >= 0 || entries[1].fd >= 0) {
    if (::poll(entries.data(), entries.size(), static_cast<int>(deadline.left().count())) == 0) {
      ADD_FAILURE() << start.command.front() << ": its output is still open at the deadline\n"
                    << finished.out << finished.err;
      return finished;
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].fd < 0 || entries[i].revents == 0) continue;
      std::array<char, 65536> buffer;
      const ssize_t size = ::read(entries[i].fd, buffer.data(), buffer.size());
      if (size <= 0)
        entries[i].fd = -1;
      else
        (i == 0 ? finished.out : finished.err).append(buffer.data(), static_cast<std::size_t>(size));
    }
  }
  finished.exit_code = program.wait_exit(deadline);
  EXPECT_GE(finished.exit_code, 0) << start.command.front() << " still runs";
  return finished;
}

}  // namespace stream_status::testing
