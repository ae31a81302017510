// One I/O thread with everything that belongs to it: its connections, its reader of the store, its cache, its
// listeners. Lanes share nothing but ServerState.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <thread>
#include <unordered_map>

#include "server/connection.h"

namespace stream_status::server {

class IoLane final : public service::Lane {
 public:
  IoLane(ServerState& state, std::unique_ptr<store::Reader> reader);
  ~IoLane() override;

  void start();
  /// Closes all connections, those with a call in flight after its answer, for whose reader it waits 10 s; then the
  /// thread ends. Returns at once. Any other thread.
  void begin_stop();
  /// Begins the stop, if that has not been done, and waits for the thread's end. Any other thread.
  void stop();

  /// Accepts connections on this lane's thread and gives each to the lane that `pick` chooses. Any thread.
  void listen(os::Fd listener, Transport transport, std::function<IoLane&()> pick);
  /// Accepts no more. Any thread.
  void stop_listening();

  /// Any thread.
  void adopt(os::Fd socket, Transport transport, Admission admission);
  void deliver(std::vector<service::Delivery> batch, std::shared_ptr<const void> unanswered) override;
  void wake_listeners();

  /// For whoever watches whether it gets on: it steps once a second. Any thread.
  struct Activity {
    std::int64_t thread = 0;  ///< 0: not started
    std::uint64_t steps = 0;
  };
  Activity activity() const { return {thread_id_.load(), steps_.load()}; }

 private:
  struct Listener {
    os::Fd socket;  ///< none: it has been closed
    Transport transport;
    std::function<IoLane&()> pick;
    asio::posix::stream_descriptor ready;  ///< the same descriptor, as asio waits for it
    asio::steady_timer rest;               ///< while no descriptor is to be had
  };

  void step();
  void forget(Connection* connection);
  void accept_from(const std::shared_ptr<Listener>& listener);
  void accept_some(const std::shared_ptr<Listener>& listener);
  void take_in(os::Fd socket, const Listener& listener);

  ServerState& state_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::steady_timer timer_{context_};
  std::unique_ptr<store::Reader> reader_;
  Router router_;
  EventHub hub_;
  LaneParts parts_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  bool stopping_ = false;    ///< this lane's thread only
  bool stop_begun_ = false;  ///< the owner's thread only
  std::atomic<bool> wake_pending_{false};
  std::atomic<std::int64_t> thread_id_{0};
  std::atomic<std::uint64_t> steps_{0};
  std::thread thread_;
};

}  // namespace stream_status::server
