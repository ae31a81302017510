#include "server/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/codec.h"
#include "base/release.h"
#include "os/random.h"
#include "service/handlers.h"

namespace stream_status::server {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kBlockEvents = 256;
constexpr std::size_t kRecentBlocks = 32;
constexpr std::size_t kSlice = 100;  ///< listeners served before other work of the lane gets its turn
constexpr auto kPatience = 15s;
constexpr auto kHeartbeat = 15s;
constexpr auto kStatsInterval = 200ms;

std::string ephemeral(std::string_view name, const json::object& data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, json::serialize(data));
}

}  // namespace

void EventHub::add(std::shared_ptr<EventSink> sink, std::optional<std::int64_t> since) {
  const std::int64_t head = state_.store.head();
  auto listener = std::make_shared<Listener>();
  listener->sink = std::move(sink);
  listener->sent = since.value_or(head);
  listeners_.push_back(listener);
  state_.listeners.fetch_add(1);
  const service::Identity& identity = state_.service.identity();
  const WallTime now = state_.clock.wall();
  std::string first = ephemeral("connected", {{"clientId", "client-" + os::random_hex(4)},
                                              {"timestamp", format_rfc3339(now)},
                                              {"instanceId", identity.instance_id},
                                              {"projectName", identity.project_name},
                                              {"revision", head},
                                              {"version", kVersion}});
  if (listener->sent > head) {
    first += snapshot_event(head, "revision_unknown");
    listener->sent = head;
  } else if (listener->sent < state_.store.readers_floor()) {
    first += snapshot_event(head, "history_ended");
    listener->sent = head;
  }
  first += stats_event();
  first += agents_event();
  send(listener, std::make_shared<const std::string>(std::move(first)));
}

void EventHub::remove(const EventSink* sink) {
  const auto gone = std::find_if(listeners_.begin(), listeners_.end(),
                                 [sink](const auto& listener) { return listener->sink.get() == sink; });
  if (gone == listeners_.end()) return;
  listeners_.erase(gone);
  state_.listeners.fetch_sub(1);
}

void EventHub::wake() {
  if (listeners_.empty() || pumping_) return;
  pumping_ = true;
  pump_from(0);
}

void EventHub::pump_from(std::size_t index) {
  const std::size_t end = std::min(index + kSlice, listeners_.size());
  // A listener that is dropped on the way shifts the others by one: they are served by the next wake or by the
  // completion of their own send, so nobody is left behind for good.
  for (; index < end && index < listeners_.size(); ++index) pump(std::shared_ptr(listeners_[index]));
  if (index < listeners_.size()) {
    post_([this, index] { pump_from(index); });
    return;
  }
  pumping_ = false;
  const std::int64_t head = state_.store.head();
  const bool behind = std::any_of(listeners_.begin(), listeners_.end(),
                                  [head](const auto& listener) { return !listener->sending && listener->sent < head; });
  if (behind) {
    pumping_ = true;
    post_([this] { pump_from(0); });
    return;
  }
  send_stats(state_.clock.monotonic());
  send_agents(state_.clock.monotonic());
}

/// The numbers after a change, at most five times a second; `step` brings the last ones.
void EventHub::send_stats(MonotonicTime now) {
  const std::int64_t head = state_.store.head();
  if (stats_revision_ == head || now - last_stats_ < kStatsInterval) return;
  stats_revision_ = head;
  last_stats_ = now;
  send_aside(Aside::kStats, std::make_shared<const std::string>(stats_event()));
}

/// Who came, left or fell quiet, as often as the numbers.
void EventHub::send_agents(MonotonicTime now) {
  const std::uint64_t version = state_.service.presence().version();
  if (agents_version_ == version || now - last_agents_ < kStatsInterval) return;
  agents_version_ = version;
  last_agents_ = now;
  send_aside(Aside::kAgents, std::make_shared<const std::string>(agents_event()));
}

void EventHub::pump(const std::shared_ptr<Listener>& listener) {
  if (listener->sending) return;
  if (const auto block = block_after(listener->sent)) {
    listener->sent = block->to;
    send(listener, block->bytes);
  } else if (listener->sent < state_.store.head()) {
    // The store could not be read: the listener comes back and resumes where it was.
    listener->sink->close_events();
    remove(listener->sink.get());
  } else if (listener->has_aside()) {
    const auto next = std::find_if(listener->asides.begin(), listener->asides.end(),
                                   [](const auto& each) { return each != nullptr; });
    send(listener, std::exchange(*next, nullptr));
  }
}

void EventHub::send(const std::shared_ptr<Listener>& listener, std::shared_ptr<const std::string> bytes) {
  listener->sending = true;
  listener->sending_since = state_.clock.monotonic();
  listener->sink->send_events(std::move(bytes), [this, listener](bool sent) {
    listener->sending = false;
    if (!sent) return remove(listener->sink.get());
    if (listener->has_aside() || listener->sent < state_.store.head()) post_([this, listener] { pump(listener); });
  });
}

/// In slices like events: a thousand sends in one go would hold up the calls of this lane.
void EventHub::send_aside(Aside kind, const std::shared_ptr<const std::string>& bytes) {
  for (const auto& listener : listeners_) listener->asides[static_cast<std::size_t>(kind)] = bytes;
  if (pumping_) return;
  pumping_ = true;
  post_([this] { pump_from(0); });
}

std::optional<EventHub::Block> EventHub::block_after(std::int64_t revision) {
  for (const Block& block : recent_)
    if (block.from == revision) return block;
  if (revision >= state_.store.head()) return std::nullopt;
  const auto events = reader_.events_after(revision, kBlockEvents);
  if (!events) {
    state_.log.error("events_read_failed error=\"{}\"", events.error().message);
    return std::nullopt;
  }
  // Revisions jump after a restore; what was skipped is nobody's event.
  if (events->empty()) return Block{revision, state_.store.head(), std::make_shared<const std::string>(":\n\n")};
  std::string bytes;
  std::set<std::string_view> kinds;
  for (const store::EventRow& event : *events) {
    const std::string_view kind = event.type.starts_with("commit_") ? "commits" : "streams";
    kinds.insert(kind);
    fmt::format_to(std::back_inserter(bytes), "event: {}\nid: {}\ndata: ", kind, event.revision);
    service::append_event_json(bytes, event);
    bytes += "\n\n";
  }
  // Clients of the founding system read in `type` what to fetch again; in the events above it is what happened.
  for (const std::string_view kind : kinds)
    bytes += ephemeral("all", {{"type", kind}, {"timestamp", format_rfc3339(state_.clock.wall())}});
  recent_.push_back({revision, events->back().revision, std::make_shared<const std::string>(std::move(bytes))});
  if (recent_.size() > kRecentBlocks) recent_.pop_front();
  return recent_.back();
}

std::string EventHub::snapshot_event(std::int64_t revision, std::string_view reason) {
  json::array streams;
  if (const auto page = reader_.list_streams({}))
    for (const domain::Stream& stream : page->streams) streams.emplace_back(state_.service.leases().describe(stream));
  return ephemeral("reset", {{"revision", revision},
                             {"reason", reason},
                             {"streams", std::move(streams)},
                             {"stats", api::to_json(state_.service.stats().value_or(domain::Stats{}))}});
}

std::string EventHub::stats_event() const {
  json::object data = api::to_json(state_.service.stats().value_or(domain::Stats{}));
  data["type"] = "stats";
  data["timestamp"] = format_rfc3339(state_.clock.wall());
  return ephemeral("stats", data);
}

std::string EventHub::agents_event() const {
  json::object data = service::agents_json(state_.service.presence());
  data["type"] = "agents";
  data["timestamp"] = format_rfc3339(state_.clock.wall());
  return ephemeral("agents", data);
}

void EventHub::step(MonotonicTime now) {
  std::vector<std::shared_ptr<Listener>> stuck;
  for (const auto& listener : listeners_)
    if (listener->sending && now - listener->sending_since > kPatience) stuck.push_back(listener);
  for (const auto& listener : stuck) {
    state_.log.info("listener_dropped reason=slow sent={}", listener->sent);
    listener->sink->close_events();
    remove(listener->sink.get());
  }
  send_stats(now);
  send_agents(now);
  if (now - last_heartbeat_ < kHeartbeat) return;
  last_heartbeat_ = now;
  if (pumping_) return;  // what is being sent says as much
  send_aside(Aside::kHeartbeat, std::make_shared<const std::string>(ephemeral(
                                    "heartbeat", {{"timestamp", format_rfc3339(state_.clock.wall())},
                                                  {"revision", state_.store.head()},
                                                  {"clients", static_cast<std::int64_t>(state_.listeners.load())}})));
}

void EventHub::close_all() {
  const auto listeners = std::exchange(listeners_, {});
  state_.listeners.fetch_sub(static_cast<std::int64_t>(listeners.size()));
  for (const auto& listener : listeners) listener->sink->close_events();
}

}  // namespace stream_status::server
