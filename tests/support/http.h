// HTTP as a browser, curl or an attacker speaks it: bytes over real sockets, nothing taken from the client of ours.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "os/fd.h"
#include "support/waiting.h"

namespace stream_status::testing {

/// Non-blocking; an invalid descriptor when nobody listens there.
os::Fd connect_to_port(std::uint16_t port);
os::Fd connect_to_socket(const std::string& path);

struct HttpAnswer {
  int status = 0;                                   ///< 0: the connection ended without an answer
  std::multimap<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  std::string header(const std::string& name) const;  ///< empty if absent
  json::object json() const;                          ///< empty if the body is no JSON object
};

/// Header lines, each with its line end.
using HeaderLines = std::string;

/// One kept connection. One thread.
class HttpConnection {
 public:
  /// `host`: what the Host header says; empty: no such header.
  HttpConnection(os::Fd socket, std::string host) : socket_(std::move(socket)), host_(std::move(host)) {}
  static HttpConnection to_port(std::uint16_t port);
  static HttpConnection to_socket(const std::string& path);

  HttpAnswer get(std::string_view target, const HeaderLines& headers = {});
  HttpAnswer send_json(std::string_view method, std::string_view target, const json::object& body,
                       const HeaderLines& headers = {});
  /// Any request; Content-Length is added when there is a body.
  HttpAnswer request(std::string_view method, std::string_view target, const HeaderLines& headers = {},
                     std::string_view body = {});
  /// These bytes, and the answer to them.
  HttpAnswer exchange(std::string_view bytes);
  /// False: the other end is gone.
  bool send(std::string_view bytes);
  HttpAnswer read_answer();
  bool is_closed(const Deadline& deadline = Deadline());
  /// Everything until the other end closes; the test fails if it does not.
  std::string read_to_end();

 private:
  bool read_more(const Deadline& deadline);

  os::Fd socket_;
  std::string host_;
  std::string input_;
};

struct ServerEvent {
  std::string name;
  std::optional<std::int64_t> id;
  std::string data;

  json::object json() const;
};

/// A listener of /api/events. One thread.
class EventStream {
 public:
  /// Returns when the server has answered: it listens from then on, so that a later change is not missed.
  EventStream(os::Fd socket, const std::string& host, std::string_view target = "/api/events",
              const HeaderLines& headers = {});

  /// Reads what is there without waiting. False: the stream has ended.
  bool read();
  /// The next event of this name; those before it are dropped. Absent at the deadline or at the end.
  std::optional<ServerEvent> next(std::string_view name, const Deadline& deadline = Deadline());
  std::deque<ServerEvent>& events() { return events_; }
  const std::string& head() const { return head_; }
  int descriptor() const { return socket_.get(); }

 private:
  void parse();

  os::Fd socket_;
  std::string head_;
  std::string input_;
  std::deque<ServerEvent> events_;
};

}  // namespace stream_status::testing
