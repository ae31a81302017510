// Processes of this user that are not ours to ask, as /proc shows them: who runs a program, and which locks it holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "os/file.h"
#include "os/process.h"

namespace stream_status::os {

struct RunningProgram {
  ProcessIdentity identity;
  std::int64_t parent = 0;
  std::string path;                    ///< of its executable, also when that was removed
  std::vector<std::string> arguments;  ///< without the program's own name
  Environment environment;             ///< that it was started with
  milliseconds age{0};
  bool is_stopped = false;     ///< by SIGSTOP or a debugger
  bool sees_our_files = true;  ///< false: in another mount namespace, where the same path is another file
};
/// This user's processes whose executable is called `name`, the oldest first. No zombies, and not this process. A child
/// that is on its way to become another program still is one of them. Those that do not let themselves be looked at
/// (another user's, another /proc) are not there.
std::vector<RunningProgram> find_running_programs(std::string_view name);

struct HeldLock {
  std::string path;            ///< where the locked file is, or was before it was removed, as its holder sees it
  FileIdentity identity = {};  ///< of the locked file itself, wherever it is
  bool is_in_place = true;     ///< it is still the file at `path`, as this process sees it
};
/// Files that the process holds an open file description lock on. Source: proc_pid_fdinfo(5), "lock:".
std::vector<HeldLock> find_held_locks(std::int64_t pid);

}  // namespace stream_status::os
