// Step E of the way in (lifecycle.md): the end of a server that hangs, once it is proved which process it is. Made of
// steps that never wait. Whether it hangs is not decided here (client/patience.h); its user holds start.lock.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"
#include "os/poll.h"
#include "os/process.h"

namespace stream_status::client {

/// Owns the descriptor of one process, and signals nothing else.
class Eviction {
 public:
  static constexpr seconds kTimeToLeave{5};   ///< between SIGTERM and SIGKILL: a server drains in that time
  static constexpr seconds kTimeToVanish{5};  ///< after SIGKILL: only the kernel itself can keep it longer

  /// Proves the holder, and once more through its pidfd; then SIGTERM and SIGCONT: one that was only stopped leaves in
  /// good order. Errors: as project::prove_holder, also when there is no pidfd to be had. Nothing was signalled then.
  static Result<Eviction> begin(const std::string& lock_path, std::string_view text, MonotonicTime now);

  /// The same for a process that was found by other means than the text of server.lock: nothing else than what still
  /// has this identity is signalled. kInternal: there is no pidfd to be had.
  static Result<Eviction> begin(const os::ProcessIdentity& holder, MonotonicTime now);

  enum class State {
    kEnding,
    kEnded,
    kStays,  ///< not even SIGKILL has ended it: error()
  };
  State step(MonotonicTime now, const std::vector<os::PollEntry>& entries);
  Error error() const;
  std::int64_t pid() const { return pid_; }

  void add_wait(std::vector<os::PollEntry>& entries) const;
  MonotonicTime wake_at() const { return next_; }

 private:
  Eviction(os::Fd process, std::int64_t pid, MonotonicTime now)
      : process_(std::move(process)), pid_(pid), next_(now + kTimeToLeave) {}

  os::Fd process_;
  std::int64_t pid_ = 0;
  MonotonicTime next_;  ///< when its patience is over
  bool killed_ = false;
};

}  // namespace stream_status::client
