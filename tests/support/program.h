// A real process of a test's own, with pipes to its three standard streams.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "os/fd.h"
#include "os/process.h"
#include "support/waiting.h"

namespace stream_status::testing {

struct Start {
  std::vector<std::string> command;  ///< absolute path of the program, arguments
  os::Environment environment;
  std::string directory = "/";
  std::function<void()> in_child = {};  ///< between fork and exec: system calls only
};

/// Killed and waited for when destroyed. One thread.
class Program {
 public:
  explicit Program(const Start& start);
  Program(Program&&) noexcept = default;
  Program& operator=(Program&&) = delete;
  ~Program();

  pid_t pid() const { return pid_; }
  const os::Fd& process() const { return process_; }
  const os::Fd& input() const { return input_; }
  const os::Fd& output() const { return output_; }
  const os::Fd& errors() const { return errors_; }

  void close_input() { input_.reset(); }
  void close_output() { output_.reset(); }
  /// Waits while the pipe is full. False: nobody reads it any more.
  bool write(std::string_view text) const;
  /// Exit code, or 128 + n for signal n; -1: it still runs at the deadline.
  int wait_exit(const Deadline& deadline = Deadline());

 private:
  pid_t pid_ = -1;
  os::Fd process_;
  os::Fd input_;
  os::Fd output_;
  os::Fd errors_;
  int exit_code_ = -1;
};

struct Finished {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// Runs it until it has ended and nobody has its output open any more; fails the test at the deadline.
Finished run_to_end(const Start& start, std::string_view input = {}, const Deadline& deadline = Deadline(seconds{60}));

}  // namespace stream_status::testing
