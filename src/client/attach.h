// The way in: find the project's server, or become the one who starts it. Steps A–E of lifecycle.md, "Client", as a
// state machine whose steps never wait (only opening the project directory may, for a moment). Called by Client.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "client/client.h"
#include "client/connection.h"
#include "client/eviction.h"
#include "client/handshake.h"
#include "client/launch.h"
#include "client/patience.h"
#include "os/lock.h"
#include "os/poll.h"
#include "project/directory.h"
#include "project/record.h"

namespace stream_status::client {

/// Why there was no server to attach to, for the line that is logged when one is started.
enum class Reason {
  kNoRecord,
  kUnreadableRecord,
  kForeignRecord,   ///< the record names another project's server
  kFoundingRecord,  ///< left by a founding server that is gone
  kNobodyAnswers,
  kStrangerAnswers,  ///< another instance, another project, or no server of ours
  kNoAnswer,
  kDrained,
  kUpgrade,      ///< there was one of an older version, and it left for ours
  kHung,         ///< there was one that hung, and it was ended
  kStartFailed,  ///< the start before this one failed
};
std::string_view name_of(Reason reason);

/// A verified server and the first connection to it.
struct Attached {
  Connection connection;
  project::Record record;
  project::ProjectDirectory directory;
};

/// Single-threaded. Used for one attach after the other: begin, step until finished, take.
class Attach {
 public:
  enum class State {
    kIdle,
    kOpenDirectory,
    kReadRecord,     ///< A
    kHandshake,      ///< A
    kAskToLeave,     ///< A, and the server is older than this program
    kLookAtLock,     ///< B
    kTakeStartLock,  ///< C
    kLaunch,         ///< D
    kEvict,          ///< E
    kWait,
    kAttached,
    kFailed,
  };

  /// `settings` and `log` must outlive it.
  Attach(const Settings& settings, const Log& log);

  /// `drained_instance`: a server that has said it is shutting down; its handshake does not count.
  void begin(MonotonicTime now, MonotonicTime deadline, std::string drained_instance = {});
  /// The latest moment at which anybody still waits for the answer.
  void set_deadline(MonotonicTime deadline) { deadline_ = deadline; }

  void step(MonotonicTime now, const std::vector<os::PollEntry>& entries);
  void add_wait(std::vector<os::PollEntry>& entries) const;
  std::optional<MonotonicTime> wake_at() const;

  State state() const { return state_; }
  bool finished() const { return state_ == State::kAttached || state_ == State::kFailed; }
  /// The outcome, once; then it is idle again.
  Result<Attached> take();

  /// What keeps it from attaching, as the error for a caller whose time is over.
  Error unfinished() const;

 private:
  // Each does one state's work and sets the next; kWaiting: nothing more without an event.
  enum class Flow { kGoOn, kWaiting };
  Flow advance(MonotonicTime now, const std::vector<os::PollEntry>& entries);
  Flow open_directory();
  Flow read_record(MonotonicTime now);
  Flow shake_hands(MonotonicTime now, const std::vector<os::PollEntry>& entries);
  Flow attach_to(Connection connection, project::Record record);
  bool wants_upgrade(const json::object& health) const;
  Flow begin_upgrade(Handshake older, MonotonicTime now);
  Flow ask_to_leave(MonotonicTime now, const std::vector<os::PollEntry>& entries);
  Flow look_at_lock(MonotonicTime now);
  void look_at_holder(MonotonicTime now);
  Flow look_at_start(MonotonicTime now);
  Flow take_start_lock(MonotonicTime now);
  Flow acquire_start_lock(MonotonicTime now);
  Flow launch(MonotonicTime now, const std::vector<os::PollEntry>& entries);
  Flow wait(MonotonicTime now, const std::vector<os::PollEntry>& entries);

  Flow start_waiting(MonotonicTime now);
  Flow no_server(Reason reason, std::string problem);
  Flow hung(MonotonicTime now);
  Flow evict(MonotonicTime now, const std::vector<os::PollEntry>& entries);
  Flow lock_failed(Error error, MonotonicTime now);
  Flow begin_launch(MonotonicTime now);
  Flow start_failed(Error error, MonotonicTime now);
  Flow fail_with(Error error);
  std::string path_of(const char* name) const { return directory_->path + "/" + name; }
  Error with_way_out(Error error) const;

  const Settings& settings_;
  const Log& log_;
  State state_ = State::kIdle;
  MonotonicTime begun_;
  MonotonicTime deadline_;
  MonotonicTime wait_until_;
  std::string drained_instance_;

  std::optional<project::ProjectDirectory> directory_;
  std::optional<Handshake> handshake_;
  Reason reason_ = Reason::kNoRecord;
  bool drained_ = false;
  bool evicted_ = false;
  std::optional<MonotonicTime> unproved_since_;  ///< the holder that hangs could not be proved

  // An older server leaves for ours once in the life of a process, at its first attach, and only if it agrees: two
  // versions that are both in use end with the newer one's server, and never replace each other's in turn.
  bool may_upgrade_ = true;
  bool upgrading_ = false;             ///< it has agreed; start.lock stays in our hand, so that ours follows it
  std::optional<Connection> leaving_;  ///< while it is asked
  project::Record older_;
  MonotonicTime answer_until_;

  std::string problem_;  ///< what the last step A found wrong

  HolderWatch holder_;  ///< of server.lock, while it does not answer
  WaitTimer timer_;
  os::Fd watch_;
  enum class Watching { kNotYet, kYes, kRefused } watching_ = Watching::kNotYet;

  std::optional<Eviction> eviction_;

  std::optional<os::FileLock> start_lock_;
  std::optional<Launch> launch_;
  std::optional<Launch> outlived_;  ///< nobody waits for its word any more; it only lets the child be reaped
  MonotonicTime launched_at_;
  MonotonicTime next_look_;      ///< at the lock, while a start goes on
  Word launched_ = Word::kNone;  ///< the last word of a start of ours, until it leads to a server
  int failures_ = 0;
  MonotonicTime not_before_;  ///< of the next start
  MonotonicTime last_failure_at_;
  std::optional<Error> last_failure_;

  std::optional<Attached> attached_;
  Error error_;
};

}  // namespace stream_status::client
