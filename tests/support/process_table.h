// What /proc says about processes that are not ours to ask: who they are, what they hold.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace stream_status::testing {

struct SeenProcess {
  pid_t pid = 0;
  std::string name;     ///< "stream-statusd"
  std::string command;  ///< its arguments, separated by blanks
};

/// Processes whose arguments or environment name a path below `path`; not this one, no zombies.
std::vector<SeenProcess> processes_of(const std::string& path);

/// "NAME=value" of each variable that it was started with.
std::vector<std::string> environment_of(pid_t pid);

/// Where its open descriptors lead: "/dev/null", "socket:[123]", "anon_inode:[eventpoll]", …
std::vector<std::string> open_files_of(pid_t pid);

/// A value of /proc/PID/status: "SigIgn" → "0000000000001000".
std::string status_of(pid_t pid, std::string_view key);

/// The process has the file at `path` open for writing.
bool holds_open(pid_t pid, const std::string& path);

}  // namespace stream_status::testing
