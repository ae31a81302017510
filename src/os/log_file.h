// The log as a file: one write(2) per line with O_APPEND, so lines of several processes never mix.
// Only the server rotates; everyone else only appends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

enum class Rotation { kNever, kBySize };

/// Thread-safe (one mutex). A line that can not be written is dropped: logging never fails its caller.
class LogFile {
 public:
  /// `name` below `directory`; kBySize renames at 10 MiB to name.1 … name.5.
  static Result<std::shared_ptr<LogFile>> open(Fd directory, std::string name, Rotation rotation,
                                               std::uint64_t rotate_at_bytes = 10u << 20, int keep = 5);
  ~LogFile();
  /// One whole line, with its newline. Follows the path: a file that was rotated or removed is made anew.
  void write_line(std::string_view line);
  /// From now on this process's stderr (descriptor 2) is the log too, rotated with it: last words of a crash.
  void take_stderr();

 private:
  struct State;
  explicit LogFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The last `lines` lines of a log file, at most 64 KiB; empty if there is none.
std::string read_log_tail(const Fd& directory, const std::string& name, int lines);

}  // namespace stream_status::os
