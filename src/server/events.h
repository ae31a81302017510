// The event stream (SSE): one hub per lane reads new events from the store once, renders them once, and sends the
// same bytes to each of its listeners. A listener pulls: it gets the next block when its socket took the last one,
// so a slow one costs a block and is dropped after a while, and nobody waits for it.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/state.h"
#include "store/store.h"

namespace stream_status::server {

/// The connection side of a listener.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// Sends; `done(true)` when the socket took everything, maybe before this returns.
  virtual void send_events(std::shared_ptr<const std::string> bytes, std::function<void(bool sent)> done) = 0;
  /// Ends the stream.
  virtual void close_events() = 0;
};

/// On the lane's thread only.
class EventHub {
 public:
  using Post = std::function<void(std::function<void()>)>;  ///< runs later on the lane's thread

  EventHub(ServerState& state, store::Reader& reader, Post post)
      : state_(state), reader_(reader), post_(std::move(post)) {}

  /// Starts a stream after revision `since` (absent: now). A revision above the head gets `reset` and everything.
  void add(std::shared_ptr<EventSink> sink, std::optional<std::int64_t> since);
  void remove(const EventSink* sink);
  /// The store has something new.
  void wake();
  /// About once a second: heartbeats, and listeners that took nothing for 15 s are dropped.
  void step(MonotonicTime now);
  void close_all();

 private:
  struct Listener {
    std::shared_ptr<EventSink> sink;
    std::int64_t sent = 0;  ///< last revision it was given
    bool sending = false;
    MonotonicTime sending_since{};
    std::array<std::shared_ptr<const std::string>, 3> asides;  ///< newest of each kind, while it is busy

    bool has_aside() const { return asides[0] || asides[1] || asides[2]; }
  };
  struct Block {
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::shared_ptr<const std::string> bytes;
  };

  void pump(const std::shared_ptr<Listener>& listener);
  void pump_from(std::size_t index);
  void send(const std::shared_ptr<Listener>& listener, std::shared_ptr<const std::string> bytes);
  /// Ephemeral events: only the newest of a kind matters.
  enum class Aside : std::size_t { kStats, kAgents, kHeartbeat };
  void send_stats(MonotonicTime now);
  void send_agents(MonotonicTime now);
  void send_aside(Aside kind, const std::shared_ptr<const std::string>& bytes);
  std::optional<Block> block_after(std::int64_t revision);
  std::string snapshot_event(std::int64_t revision, std::string_view reason);
  std::string stats_event() const;
  std::string agents_event() const;

  ServerState& state_;
  store::Reader& reader_;
  Post post_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::deque<Block> recent_;  ///< the last blocks, oldest first
  bool pumping_ = false;
  MonotonicTime last_heartbeat_{};
  MonotonicTime last_stats_{};
  std::int64_t stats_revision_ = -1;  ///< of the last stats event
  MonotonicTime last_agents_{};
  std::uint64_t agents_version_ = 0;  ///< of the last agents event
};

}  // namespace stream_status::server
