#include "server/io_lane.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "os/accept.h"
#include "os/process.h"

namespace stream_status::server {

using namespace std::chrono_literals;

namespace {

constexpr auto kDrainPatience = 10s;
constexpr int kAcceptsAtOnce = 64;
constexpr auto kAcceptRest = 100ms;

}  // namespace

IoLane::IoLane(ServerState& state, std::unique_ptr<store::Reader> reader)
    : state_(state),
      reader_(std::move(reader)),
      router_(state, *this, *reader_),
      hub_(state, *reader_, [this](std::function<void()> work) { asio::post(context_, std::move(work)); }),
      parts_{context_, state, router_, hub_, [this](Connection* connection) { forget(connection); }} {}

IoLane::~IoLane() {
  stop();
  for (const auto& listener : listeners_) listener->ready.release();
}

void IoLane::start() {
  router_.step(state_.clock.monotonic());
  thread_ = std::thread([this] {
    thread_id_ = os::this_thread();
    step();
    context_.run();
  });
}

void IoLane::begin_stop() {
  if (!thread_.joinable() || std::exchange(stop_begun_, true)) return;
  asio::post(context_, [this] {
    stopping_ = true;
    hub_.close_all();
    router_.turn_away_waiters();
    const auto connections = connections_;
    for (const auto& [raw, connection] : connections) connection->close_when_idle();
    work_.reset();
    if (connections_.empty()) return context_.stop();
    // Those that still write their last answer end by themselves, at the latest when nobody waits longer.
    timer_.expires_after(kDrainPatience);
    timer_.async_wait([this](const boost::system::error_code&) { context_.stop(); });
  });
}

void IoLane::stop() {
  if (!thread_.joinable()) return;
  begin_stop();
  thread_.join();
}

void IoLane::listen(os::Fd socket, Transport transport, std::function<IoLane&()> pick) {
  const int descriptor = socket.get();
  auto listener = std::make_shared<Listener>(Listener{std::move(socket), transport, std::move(pick),
                                                      asio::posix::stream_descriptor(context_, descriptor),
                                                      asio::steady_timer(context_)});
  asio::post(context_, [this, listener] {
    listeners_.push_back(listener);
    accept_from(listener);
  });
}

void IoLane::accept_from(const std::shared_ptr<Listener>& listener) {
  listener->ready.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this, listener](const boost::system::error_code& failure) {
                               if (!failure) accept_some(listener);
                             });
}

/// However many wait: what else this lane serves has its turn between them.
void IoLane::accept_some(const std::shared_ptr<Listener>& listener) {
  if (!listener->socket) return;
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    auto accepted = os::accept_connection(listener->socket);
    if (!accepted) {
      // Those who wait keep the listener readable: to wait for that would be to turn without rest.
      if (state_.may_log_refusal()) state_.log.warn("accept_failed error=\"{}\"", accepted.error().message);
      listener->rest.expires_after(kAcceptRest);
      listener->rest.async_wait([this, listener](const boost::system::error_code& cancelled) {
        if (!cancelled) accept_some(listener);
      });
      return;
    }
    if (!*accepted) return accept_from(listener);
    take_in(std::move(**accepted), *listener);
  }
  asio::post(context_, [this, listener] { accept_some(listener); });
}

void IoLane::take_in(os::Fd socket, const Listener& listener) {
  auto admission = state_.admit_connection(listener.transport);
  if (admission) return listener.pick().adopt(std::move(socket), listener.transport, std::move(*admission));
  if (state_.may_log_refusal()) state_.log.warn("connection_refused reason=too_many limit={}", state_.connection_limit);
  turn_away(std::move(socket));
}

void IoLane::stop_listening() {
  asio::post(context_, [this] {
    for (const auto& listener : listeners_) {
      listener->ready.release();  // the descriptor is ours to close
      listener->rest.cancel();
      listener->socket.reset();
    }
    listeners_.clear();
  });
}

void IoLane::adopt(os::Fd socket, Transport transport, Admission admission) {
  asio::post(context_, [this, transport, socket = std::move(socket), admission = std::move(admission)]() mutable {
    if (stopping_) return;  // closed here
    auto connection = std::make_shared<Connection>(parts_, std::move(socket), transport, std::move(admission));
    connections_.emplace(connection.get(), connection);
    connection->start();
  });
}

void IoLane::deliver(std::vector<service::Delivery> batch, std::shared_ptr<const void> unanswered) {
  asio::post(context_, [batch = std::move(batch), unanswered = std::move(unanswered)]() mutable {
    for (service::Delivery& delivery : batch) delivery.done(std::move(delivery.answer));
  });
}

void IoLane::wake_listeners() {
  if (state_.listeners.load() + state_.waiters.load() == 0 || wake_pending_.exchange(true)) return;
  asio::post(context_, [this] {
    wake_pending_.store(false);
    router_.wake();
    hub_.wake();
  });
}

void IoLane::forget(Connection* connection) {
  connections_.erase(connection);
  if (stopping_ && connections_.empty()) context_.stop();
}

void IoLane::step() {
  if (stopping_) return;  // the timer's last word was on its way already
  ++steps_;
  const MonotonicTime now = state_.clock.monotonic();
  router_.step(now);
  hub_.step(now);
  const auto connections = connections_;
  for (const auto& [raw, connection] : connections) connection->step(now);
  timer_.expires_after(1s);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) step();
  });
}

}  // namespace stream_status::server
