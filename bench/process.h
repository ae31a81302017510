// Processes and descriptors of the bench: children over pipes, forked floors, memory of a process.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench.h"

namespace bench {

/// A file descriptor with one owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read;
  Fd write;
};
Pipe make_pipe();

void write_all(int fd, std::string_view bytes);

struct Command {
  std::vector<std::string> arguments;         ///< the first is the program's path
  std::vector<std::string> environment = {};  ///< NAME=value
  fs::path directory = {};
};

/// A process with pipes on its stdin and stdout; its stderr is the bench's own.
/// Destroyed: stdin closes, and what has not exited 5 s later is killed.
class Child {
 public:
  explicit Child(const Command& command);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  int in() const { return stdin_.get(); }
  int out() const { return stdout_.get(); }

  void write_line(std::string_view line);

  /// The next line without its end; valid until the next call. Failure at end-of-file.
  std::string_view read_line();

  /// Closes stdin, reads stdout to its end (into `output`, if given) and returns the exit code.
  int finish(std::string* output = nullptr);

 private:
  int wait();

  pid_t pid_ = -1;
  Fd stdin_;
  Fd stdout_;
  std::string buffer_;
  std::size_t line_end_ = 0;
};

/// A floor that needs a process of its own: runs `body` in a fork of the bench that has only the
/// descriptors in `kept` (an inherited pipe end would keep a child from ever seeing end-of-file).
/// Killed when destroyed, and with the bench.
class Forked {
 public:
  Forked(std::vector<int> kept, const std::function<void()>& body);
  Forked(Forked&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Forked& operator=(Forked&&) = delete;
  ~Forked();

 private:
  pid_t pid_ = -1;
};

/// Proportional set size, from /proc/PID/smaps_rollup.
double pss_kib(pid_t pid);

/// Everything in `path`; empty if it can not be read.
std::string read_whole(const fs::path& path);

}  // namespace bench
