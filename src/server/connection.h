// One client connection, TCP or unix: reads requests, lets the router answer, writes, and becomes an event stream
// when asked. On its lane's thread only. The parser is Boost.Beast's (in connection.cpp, nowhere else).
#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <string>

#include "os/fd.h"
#include "server/events.h"
#include "server/http.h"
#include "server/router.h"

namespace stream_status::server {

namespace asio = boost::asio;

class Connection;

/// What a connection needs of its lane.
struct LaneParts {
  asio::io_context& context;
  ServerState& state;
  Router& router;
  EventHub& hub;
  std::function<void(Connection*)> closed;  ///< forget this connection
};

/// Tells the other end that there is no room for it, and closes. Does not wait.
void turn_away(os::Fd socket);

class Connection final : public EventSink, public std::enable_shared_from_this<Connection> {
 public:
  Connection(LaneParts& lane, os::Fd socket, Transport transport, Admission admission);
  ~Connection() override;

  void start();
  /// Closes if a deadline has passed.
  void step(MonotonicTime now);
  /// The server stops: closes now unless a request is being answered, then right after it.
  void close_when_idle();
  void close();

  void send_events(std::shared_ptr<const std::string> bytes, std::function<void(bool sent)> done) override;
  void close_events() override { close(); }

 private:
  enum class Phase { kReading, kAnswering, kWriting, kStreaming, kListening, kDiscarding, kClosed };
  struct Parser;

  void read();
  void on_input();
  void consume();
  bool parse_some();
  void dispatch();
  void watch_for_end();
  void refuse(int status, const Error& error);
  void take_reply(Response response);
  void respond(Response response);
  void stream(const Response& response);
  void write_stream();
  void release_pending();
  void finish_write();
  void listen_to_events(const Request& request);
  void set_deadline(seconds from_now);
  struct Head {
    Request request;
    bool is_clear = true;  ///< false: readers could differ in what its headers say
  };
  Head read_head() const;
  bool refuse_early();

  LaneParts& lane_;
  asio::generic::stream_protocol::socket socket_;
  const Transport transport_;
  const Admission admission_;
  std::optional<Place> of_strangers_;
  std::optional<service::Presence::Visit> visit_;  ///< of the agent's process whose connection this is
  Peer peer_ = Peer::kOther;
  Phase phase_ = Phase::kReading;
  bool consuming_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool stopping_ = false;
  std::optional<MonotonicTime> deadline_;
  std::array<char, 4096> arriving_;  ///< what a read brings; nobody clears it before
  std::string input_;                ///< received, not yet parsed
  std::unique_ptr<Parser> parser_;
  std::shared_ptr<const std::string> out_;  ///< bytes being written
  std::shared_ptr<Pending> pending_;        ///< the answer that is being made
  std::string stream_;                      ///< of an answer in parts: what is not yet on its way
  bool stream_ends_ = false;                ///< the last part is there
};

}  // namespace stream_status::server
