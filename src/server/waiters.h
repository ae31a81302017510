// Calls of wait_for_change that have nothing to tell yet: one list per lane, looked through when something is
// committed. On the lane's thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/state.h"
#include "service/changes.h"

namespace stream_status::server {

class Waiters {
 public:
  /// `lane` is this thread's.
  Waiters(ServerState& state, service::Lane& lane, store::Reader& reader)
      : state_(state), lane_(lane), reader_(reader) {}

  /// Answers at once if there is something to tell, else later: when there is, when the time is over, or when the
  /// server stops.
  /// `done` is called before this returns, or later. The ticket is for cancel().
  using Ticket = std::uint64_t;
  Ticket add(service::ChangeQuery query, service::Completion done);
  /// Nobody waits any longer.
  void cancel(Ticket ticket);
  /// The store has something new.
  void wake();
  /// About once a second: whose time is over.
  void step(MonotonicTime now);
  /// The server stops: each is told so, and its client asks the next server.
  void turn_away_all();

 private:
  struct Waiter {
    Ticket ticket;
    service::ChangeQuery query;
    MonotonicTime until;
    service::Completion done;
  };
  std::optional<Result<service::Answer>> look(service::ChangeQuery& query, bool at_end) const;
  void look_through(std::optional<MonotonicTime> now);

  ServerState& state_;
  service::Lane& lane_;
  store::Reader& reader_;
  std::vector<Waiter> waiters_;
  Ticket last_ticket_ = 0;
};

}  // namespace stream_status::server
