// From a request to its answer: guard, routes, cache of reads. One per lane, on the lane's thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "server/http.h"
#include "server/state.h"
#include "server/waiters.h"

namespace stream_status::server {

enum class Routed {
  kAnswered,  ///< or soon
  kWaits,     ///< the answer may be a minute away
  kEvents,
};

class Router {
 public:
  Router(ServerState& state, service::Lane& lane, store::Reader& reader)
      : state_(state), lane_(lane), reader_(reader), waiters_(state, lane, reader) {}

  /// The guard's word; a refusal is logged, once a second at most: whoever is refused must not fill the log.
  Result<void> admit(const Request& request, Transport transport, Peer peer) const;

  /// Calls `reply` exactly once, now or later on this thread; or not at all when the request asks for the event
  /// stream (kEvents): then the connection becomes a listener. `visit` is the connection's: it is made by the first
  /// call of an agent's process.
  Routed handle(const Request& request, Transport transport, Peer peer, std::optional<service::Presence::Visit>& visit,
                Reply reply);

  /// Called about once a second: forgets cached answers when the day has changed, and after half a minute: leases
  /// move on without a revision.
  void step(MonotonicTime now);
  /// The store has something new.
  void wake() { waiters_.wake(); }
  /// The server stops: who waits is told so.
  void turn_away_waiters() { waiters_.turn_away_all(); }

 private:
  void route(const Request& request, service::Caller caller, Transport transport, Reply& reply);
  void call_operation(const Request& request, service::Caller caller, Reply& reply);
  void maintain(const Request& request, service::MaintenanceTask task, std::string_view method, Transport transport,
                Reply& reply);
  void stop_server(const Request& request, Reply& reply) const;
  std::string with_news(std::string body, const service::Caller& caller);
  void wait(const service::Call& call, Reply& reply);
  Response cached_read(const service::Call& call, std::string_view target);
  Response serve_asset(const Request& request) const;
  Response serve_login(const Request& request);

  struct Cached {
    std::int64_t revision = 0;
    Response response;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  ServerState& state_;
  service::Lane& lane_;
  store::Reader& reader_;
  Waiters waiters_;
  std::unordered_map<std::string, Cached, TextHash, std::equal_to<>> cache_;
  std::size_t cached_bytes_ = 0;
  WallTime day_{};
  MonotonicTime forget_at_{};
};

}  // namespace stream_status::server
