// Waiting for what really happens: descriptors, directories, ends of processes. Deadlines are generous; a test that
// reaches one has failed.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/time.h"
#include "os/fd.h"

namespace stream_status::testing {

class Deadline {
 public:
  explicit Deadline(milliseconds from_now = seconds{30}) : end_(std::chrono::steady_clock::now() + from_now) {}
  milliseconds left() const;  ///< 0 when it is over
  bool over() const { return left() == milliseconds{0}; }

 private:
  MonotonicTime end_;
};

/// False: the deadline came first. An end of file counts as readable.
bool wait_readable(int fd, const Deadline& deadline);

/// What happens to the names in one directory, from construction on.
class DirectoryWatch {
 public:
  /// `events`: IN_… of inotify(7).
  DirectoryWatch(const std::string& path, std::uint32_t events);

  /// Waits until something has happened to `name` so often, counted from the construction.
  bool wait_for(const std::string& name, int times = 1, const Deadline& deadline = Deadline());
  /// How often something has happened to `name`, as far as it has been read.
  int count(const std::string& name) const;

 private:
  void read();

  os::Fd inotify_;
  std::map<std::string, int> seen_;
};

/// Waits until `holds`, asked after each event in `directory`. The kernel lets go of a lock a moment after the event
/// that tells so: it is asked every 50 ms too.
bool eventually(const std::string& directory, const std::function<bool()>& holds,
                const Deadline& deadline = Deadline());

/// Waits for the end of a process that os::watch_process looks at; takes its exit status if it is a child.
bool wait_end(const os::Fd& process, const Deadline& deadline = Deadline());
/// As wait_end; the exit code, 128 + n for signal n, -1 when it has not ended or is nobody's child of ours.
int wait_exit_code(const os::Fd& process, const Deadline& deadline = Deadline());

/// Through the pidfd: never to another process of the same number.
bool send_signal(const os::Fd& process, int signal);

}  // namespace stream_status::testing
