// Carries out operations for whoever comes in by whatever door, and tells the caller what it must know besides. One per
// lane, on the lane's thread.
#pragma once

#include <optional>
#include <string>

#include "server/state.h"
#include "server/waiters.h"

namespace stream_status::server {

class Calls {
 public:
  Calls(ServerState& state, service::Lane& lane, store::Reader& reader)
      : state_(state), lane_(lane), reader_(reader), waiters_(state, lane, reader) {}

  /// An agent calls: from now on it is there, and has read what it was told before. Gives the name that it has here.
  /// `comes_again`: it will, without a connection in between.
  /// `visit` is its connection's.
  AgentName arrive(const service::Caller& caller, std::string client, std::optional<service::Presence::Visit>& visit,
                   bool comes_again = false);

  /// `done` is called before this returns, or later on this thread. The ticket is 0 unless the call waits.
  Waiters::Ticket run(const service::Call& call, service::Completion done);
  /// Nobody waits for this call any longer.
  void give_up(Waiters::Ticket ticket) { waiters_.cancel(ticket); }

  /// A read's answer, without what only its caller must know.
  Result<service::Answer> read(const service::Call& call) { return state_.service.read(call, reader_); }
  /// Is there something that only this caller is to be told?
  bool has_news(const service::Caller& caller);
  std::string with_news(std::string body, const service::Caller& caller);

  /// About once a second.
  void step(MonotonicTime now) { waiters_.step(now); }
  /// The store has something new.
  void wake() { waiters_.wake(); }
  /// The server stops: who waits is told so.
  void turn_away_waiters() { waiters_.turn_away_all(); }

 private:
  ServerState& state_;
  service::Lane& lane_;
  store::Reader& reader_;
  Waiters waiters_;
};

}  // namespace stream_status::server
