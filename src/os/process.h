// Processes: who we are, starting the server, ending with the parent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

namespace stream_status::os {

/// What names a process for good: a pid alone is reused, a boot id and a pid namespace tell apart
/// what equal numbers hide.
struct ProcessIdentity {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::string boot_id;
  std::uint64_t pid_namespace = 0;
  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};
ProcessIdentity this_process();
/// Absent if there is no such process, or it is a zombie.
std::optional<ProcessIdentity> find_process(std::int64_t pid);
/// Does the pid exist, as seen from here (also another user's)?
bool process_exists(std::int64_t pid);

/// What a thread of this process does.
struct ThreadActivity {
  bool waits_for_disk = false;  ///< in the kernel, where not even SIGKILL reaches it
  std::uint64_t ticks = 0;      ///< of processor time it has used
};
std::int64_t this_thread();
/// Absent: there is no such thread, or the kernel does not tell.
std::optional<ThreadActivity> find_thread(std::int64_t thread);
std::uint64_t network_namespace();
std::uint32_t current_user();
std::string user_name();       ///< login name, or "uid-1000"
std::string home_directory();  ///< of the passwd database; empty if it has none

/// Environment as a value: read once in main, passed on, changed in tests.
using Environment = std::map<std::string, std::string>;
Environment current_environment();
/// What a server may keep: HOME PATH USER LOGNAME SHELL LANG LC_* TZ, and the STREAM_STATUS_*, API_PORT and
/// WORKTREE_ROOT settings, and what `also_kept` names. No terminal, no API key, no agent's TMPDIR. A missing PATH gets
/// the system's usual one: git must be found.
Environment server_environment(const Environment& from, std::span<const std::string> also_kept = {});

/// Absolute path of the running executable. When the file was replaced or removed, the path without
/// the kernel's " (deleted)".
Result<std::string> executable_path();

/// A started child: ready end of a pipe to read from, and its pid until `reap`.
struct Child {
  std::int64_t pid = 0;
  Fd output;  ///< read end, non-blocking; the child has the write end as descriptor 3
};
/// Starts `program` in its own session with descriptors 0–2 on /dev/null, 3 = pipe, nothing else.
/// Uses posix_spawn. Errors: kNotFound (no program), kPermissionDenied, kInternal.
Result<Child> spawn_detached(const std::string& program, const std::vector<std::string>& arguments,
                             const Environment& environment);
/// Waits for the direct child, which ends at once because the server forks once more.
void reap(std::int64_t pid);

/// Becomes a background process of its own: fork (the parent exits 0), setsid, cwd "/", umask 077,
/// default signal dispositions and mask, descriptors 0–2 to /dev/null, all above closed but `keep` (-1: none).
/// Call before any thread exists.
Result<void> daemonize(int keep);
/// The same without fork and setsid, for `serve` in the foreground: descriptors 1 and 2 stay.
void sanitise_foreground();

/// Replaces this process's environment.
void replace_environment(const Environment& environment);

/// A descriptor that becomes readable when the process ends (pidfd); it never means another process that got the
/// same number later. kNotFound: no such process. kInternal: the kernel (before 5.3) or a sandbox has none.
Result<Fd> watch_process(std::int64_t pid);
/// The same for this very process: kNotFound, too, when its number is another's by now.
Result<Fd> watch_process(const ProcessIdentity& process);

enum class Signal { kTerminate, kContinue, kKill };
/// Through a descriptor of watch_process: never to another process that got the same number. kNotFound: it has ended.
Result<void> send_signal(const Fd& process, Signal signal);
/// Whose process it is; absent: there is none with this pid.
std::optional<std::uint32_t> find_process_owner(std::int64_t pid);

std::int64_t parent_pid();

/// Ends this process at once: no destructor, no thread is waited for.
[[noreturn]] void end_process(int exit_code);

/// Replaces this process with `program`. Returns only on error.
Error execute(const std::string& program, const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace stream_status::os
