// Step A of the way in (lifecycle.md): reach whoever a record names, and prove that it is this project's server. The
// unix socket first, then the loopback port. Made of steps that never wait.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "client/connection.h"
#include "os/poll.h"
#include "project/record.h"

namespace stream_status::client {

inline constexpr seconds kHandshakeTime{2};

/// One connection, opened and asked GET /api/health once.
class Handshake {
 public:
  enum class State {
    kWaiting,
    kVerified,  ///< take_connection() has it
    kNobody,    ///< nothing answers there
    kStranger,  ///< something answers, and it is not the server that the record names
    kDraining,  ///< our server, on its way out
    kBusy,      ///< it has no room for one more connection now
    kSilent,    ///< connected, and no answer in time
    kRefused,   ///< permission, foreign owner or another protocol: error() is final
  };

  /// Connects at once. `project_root`: the root that the server must serve.
  Handshake(const os::Fd& directory, project::Record record, std::string project_root, MonotonicTime now);

  State step(MonotonicTime now, const std::vector<os::PollEntry>& entries);
  State state() const { return state_; }

  const project::Record& record() const { return record_; }
  /// Its answer, once it is proved to be the server of the record; also when it is draining or incompatible.
  const json::object& health() const { return health_; }
  const std::string& problem() const { return problem_; }  ///< why it is not kVerified
  const Error& error() const { return error_; }
  Connection take_connection() { return std::move(*connection_); }

  void add_wait(std::vector<os::PollEntry>& entries) const;
  std::optional<MonotonicTime> wake_at() const;

 private:
  void connect(const os::Fd& directory);
  void ask(os::Fd socket, std::string head);
  void end(State state, std::string problem);
  void refuse(Error error);
  void judge(const Answer& answer);

  project::Record record_;
  std::string project_root_;
  MonotonicTime deadline_;
  std::optional<Connection> connection_;
  State state_ = State::kWaiting;
  json::object health_;
  std::string problem_;
  Error error_;
};

}  // namespace stream_status::client
