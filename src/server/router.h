// From a request to its answer: guard, routes, cache of reads. One per lane, on the lane's thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "server/calls.h"
#include "server/http.h"
#include "server/mcp_door.h"
#include "server/state.h"

namespace stream_status::server {

struct Routed {
  bool wants_events = false;         ///< no reply: the connection becomes a listener
  std::shared_ptr<Pending> pending;  ///< the answer may be a minute away; null: it is there, or comes soon
};

class Router {
 public:
  Router(ServerState& state, service::Lane& lane, store::Reader& reader)
      : state_(state), lane_(lane), calls_(state, lane, reader), mcp_(state, calls_) {}

  /// The guard's word; a refusal is logged, once a second at most: whoever is refused must not fill the log.
  Result<void> admit(const Request& request, Transport transport, Peer peer) const;

  /// Calls `reply` now or later on this thread: once, or more often for an answer in parts (Response::goes_on); not at
  /// all when the request asks for the event stream. `visit` is the connection's: it is made by the first call of an
  /// agent's process.
  Routed handle(const Request& request, Transport transport, Peer peer, std::optional<service::Presence::Visit>& visit,
                Reply reply);

  /// Called about once a second: forgets cached answers when the day has changed, and after half a minute: leases
  /// move on without a revision.
  void step(MonotonicTime now);
  /// The store has something new.
  void wake() { calls_.wake(); }
  /// The server stops: who waits is told so.
  void turn_away_waiters();

 private:
  std::shared_ptr<Pending> route(const Request& request, service::Caller caller, Transport transport, Reply& reply);
  std::shared_ptr<Pending> call_operation(const Request& request, service::Caller caller, Reply& reply);
  void maintain(const Request& request, Transport transport, Reply& reply);
  void stop_server(const Request& request, Reply& reply) const;
  Response cached_read(const service::Call& call, std::string_view target);
  static Response serve_openapi();
  Response make_login_link() const;
  Response serve_page(const Request& request);
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
  Calls calls_;
  McpDoor mcp_;
  std::unordered_map<std::string, Cached, TextHash, std::equal_to<>> cache_;
  std::size_t cached_bytes_ = 0;
  WallTime day_{};
  MonotonicTime forget_at_{};
};

}  // namespace stream_status::server
