#include "server/connection.h"

#include <fmt/format.h>

#include <array>
#include <bitset>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>

#include "api/wire.h"
#include "os/process.h"
#include "os/socket.h"
#include "os/stream_io.h"

namespace stream_status::server {
namespace {

namespace http = boost::beast::http;
using namespace std::chrono_literals;

constexpr std::uint32_t kHeaderLimit = 16u << 10;
constexpr std::uint64_t kBodyLimit = 1u << 20;
constexpr auto kHeadPatience = 10s;  // for a request that has begun
constexpr auto kIdlePatience = 75s;  // between requests, TCP; a unix connection is an agent's heartbeat and may idle
constexpr auto kWritePatience = 30s;
constexpr auto kDiscardPatience = 2s;
constexpr std::int64_t kForeignConnections = 64;  // of other users, and of browsers behind WSL or a container's proxy

std::string_view to_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

Error bad_request(std::string message, std::string hint) {
  return {ErrorCode::kInvalidArgument, std::move(message), std::move(hint)};
}

/// A header line that goes on in the next one (obs-fold): readers differ in what it means, so it means nothing here.
/// `input` begins at a line of the head, `is_first` when at its first; a line is taken only when it is known that it
/// does not go on.
bool has_folded_line(std::string_view input, bool is_first) {
  if (!is_first && input.starts_with("\r\n")) return false;  // the head's end
  const std::string_view head = input.substr(0, input.find("\r\n\r\n"));
  return head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos;
}

/// What of a header counts that is there twice.
enum class Twice { kRefused, kFirst };

/// The headers that are read here or behind, and where each goes.
struct HeaderPlace {
  boost::beast::string_view name;
  std::string_view Request::*value;
  Twice twice;
};
constexpr boost::beast::string_view to_beast(std::string_view text) { return {text.data(), text.size()}; }
constexpr std::array<HeaderPlace, 21> kHeaderPlaces = {{
    {"Host", &Request::host, Twice::kFirst},
    {"Origin", &Request::origin, Twice::kRefused},
    {"Sec-Fetch-Site", &Request::fetch_site, Twice::kRefused},
    {"Sec-Fetch-Mode", &Request::fetch_mode, Twice::kFirst},
    {"Sec-Fetch-Dest", &Request::fetch_dest, Twice::kFirst},
    {"Content-Type", &Request::content_type, Twice::kRefused},
    {"Authorization", &Request::authorization, Twice::kRefused},
    {"Cookie", &Request::cookie, Twice::kFirst},
    {"Idempotency-Key", &Request::idempotency_key, Twice::kRefused},
    {"If-Match", &Request::if_match, Twice::kRefused},
    {"If-None-Match", &Request::if_none_match, Twice::kFirst},
    {"Accept-Encoding", &Request::accept_encoding, Twice::kFirst},
    {"Last-Event-ID", &Request::last_event_id, Twice::kFirst},
    {"MCP-Protocol-Version", &Request::mcp_revision, Twice::kRefused},
    {"Mcp-Method", &Request::mcp_method, Twice::kRefused},
    {"Mcp-Name", &Request::mcp_name, Twice::kRefused},
    {to_beast(api::kAgentHeader), &Request::agent, Twice::kFirst},
    {to_beast(api::kProcessHeader), &Request::process, Twice::kFirst},
    {to_beast(api::kClientHeader), &Request::client, Twice::kFirst},
    {to_beast(api::kWorktreeHeader), &Request::worktree, Twice::kFirst},
    {to_beast(api::kBranchHeader), &Request::branch, Twice::kFirst},
}};

/// All in one pass over the head: Beast keeps names in a tree, and two dozen look-ups cost as much as parsing.
/// False: one that counts once is there twice.
bool take_headers(const http::fields& head, Request& request) {
  std::bitset<kHeaderPlaces.size()> seen;
  bool is_clear = true;
  for (const auto& header : head) {
    for (std::size_t i = 0; i < kHeaderPlaces.size(); ++i) {
      const HeaderPlace& place = kHeaderPlaces[i];
      if (!boost::beast::iequals(header.name_string(), place.name)) continue;
      if (!seen[i])
        request.*place.value = to_view(header.value());
      else if (place.twice == Twice::kRefused)
        is_clear = false;
      seen.set(i);
    }
  }
  return is_clear;
}

/// Two readers could disagree about where this request ends. Source: RFC 9112 §6.
std::string_view find_ambiguous_length(const http::request<http::string_body>& message) {
  if (message.count(http::field::content_length) > 1) return "Content-Length is there twice";
  if (to_view(message[http::field::content_length]).find_first_not_of("0123456789") != std::string_view::npos)
    return "Content-Length is not one number";
  const auto codings = message.count(http::field::transfer_encoding);
  if (codings == 0) return {};
  if (codings > 1) return "Transfer-Encoding is there twice";
  if (message.version() != 11) return "Transfer-Encoding is for HTTP/1.1";
  if (message.count(http::field::content_length) > 0) return "Transfer-Encoding and Content-Length exclude each other";
  return boost::beast::iequals(message[http::field::transfer_encoding], "chunked")
             ? std::string_view{}
             : std::string_view{"a Transfer-Encoding other than chunked"};
}

}  // namespace

void turn_away(os::Fd socket) {
  static const Response kRefusal =
      error_response({ErrorCode::kTooManyRequests, "connect: the server has no room for another connection",
                      "close connections that are not needed, and try again"},
                     "Connection: close\r\n");
  os::send_some(socket, *kRefusal.bytes);
  // A request that is there already is read away: closing over it would reset the connection, and could lose the
  // answer.
  std::array<char, 4096> ignored;
  os::read_some(socket.get(), ignored);
}

struct Connection::Parser {
  http::request_parser<http::string_body> http;
  std::size_t head = 0;  ///< bytes of the head so far

  Parser() {
    http.header_limit(kHeaderLimit);
    http.body_limit(kBodyLimit);
    http.eager(false);  // the head ends where it ends: its bytes are counted
  }
};

Connection::Connection(LaneParts& lane, os::Fd socket, Transport transport, Admission admission)
    : lane_(lane),
      socket_(lane.context, asio::generic::stream_protocol(transport == Transport::kUnixSocket ? AF_UNIX : AF_INET, 0),
              socket.release()),
      transport_(transport),
      admission_(std::move(admission)) {
  socket_.non_blocking(true);
}

Connection::~Connection() = default;

void Connection::start() {
  // Asked at once: whoever is not this user gets few connections and little time, also when it never sends a request.
  const auto uid = transport_ == Transport::kUnixSocket ? os::unix_peer_uid(socket_.native_handle())
                                                        : os::tcp_peer_uid(socket_.native_handle());
  if (uid == os::current_user()) peer_ = Peer::kSameUser;
  if (transport_ == Transport::kLoopback) {
    if (peer_ == Peer::kOther) {
      of_strangers_ = Place::take(lane_.state.foreign_connections, kForeignConnections);
      if (!of_strangers_) {
        if (lane_.state.may_log_refusal())
          lane_.state.log.warn("connection_refused reason=too_many_strangers limit={}", kForeignConnections);
        turn_away(os::Fd{socket_.release()});
        return close();
      }
    }
    set_deadline(peer_ == Peer::kOther ? kHeadPatience : kIdlePatience);
  }
  read();
}

void Connection::set_deadline(seconds from_now) { deadline_ = lane_.state.clock.monotonic() + from_now; }

void Connection::step(MonotonicTime now) {
  if (!deadline_ || now < *deadline_ || phase_ == Phase::kAnswering) return;
  if (phase_ == Phase::kReading && parser_) {
    refuse(408, bad_request("read the request: it did not arrive in time", "send it whole within 10 s"));
    return;
  }
  close();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kListening) lane_.hub.remove(this);
  phase_ = Phase::kClosed;
  if (pending_) pending_->give_up();
  release_pending();
  visit_.reset();  // an answer that is still to come may keep this object for a while
  boost::system::error_code ignored;
  socket_.close(ignored);
  lane_.closed(this);
}

void Connection::close_when_idle() {
  stopping_ = true;
  if (phase_ == Phase::kReading || phase_ == Phase::kListening || phase_ == Phase::kDiscarding) close();
}

void Connection::read() {
  socket_.async_read_some(asio::buffer(arriving_),
                          [self = shared_from_this()](const boost::system::error_code& failure, std::size_t bytes) {
                            if (self->phase_ == Phase::kClosed) return;
                            if (failure) return self->close();
                            self->input_.append(self->arriving_.data(), bytes);
                            self->on_input();
                          });
}

void Connection::on_input() {
  if (phase_ == Phase::kListening || phase_ == Phase::kDiscarding || phase_ == Phase::kStreaming) {
    input_.clear();
    return read();
  }
  consume();
}

/// Handles every complete request in the input, one after the other; reads on when it needs more.
void Connection::consume() {
  if (consuming_) return;
  consuming_ = true;
  const auto self = shared_from_this();
  while (phase_ == Phase::kReading) {
    if (input_.empty() && !parser_) break;
    if (!parse_some()) break;
    dispatch();
  }
  consuming_ = false;
  if (phase_ == Phase::kReading) {
    if (input_.empty() && !parser_) {
      deadline_.reset();
      if (transport_ == Transport::kLoopback) set_deadline(peer_ == Peer::kOther ? kHeadPatience : kIdlePatience);
      if (stopping_) return close();
    }
    read();
  } else if (phase_ == Phase::kListening || phase_ == Phase::kDiscarding || phase_ == Phase::kStreaming) {
    input_.clear();
    read();
  }
}

/// True: a whole request is in the parser.
bool Connection::parse_some() {
  if (!parser_) {
    parser_ = std::make_unique<Parser>();
    set_deadline(kHeadPatience);  // for the whole request, from its first byte
  }
  auto& http = parser_->http;
  while (!http.is_done()) {
    boost::system::error_code failure;
    const bool had_head = http.is_header_done();
    if (!had_head && has_folded_line(input_, parser_->head == 0)) {
      refuse(400, bad_request("read the request: a header line is folded", "send each header on one line"));
      return false;
    }
    const std::size_t used = http.put(asio::buffer(input_), failure);
    input_.erase(0, used);
    if (!had_head) {
      parser_->head += used;
      if (http.is_header_done()) http.eager(true);
      const std::size_t unread = http.is_header_done() ? 0 : input_.size();
      if (parser_->head + unread > kHeaderLimit) failure = http::error::header_limit;
    }
    if (failure == http::error::need_more) return false;
    if (failure == http::error::header_limit) {
      refuse(431, {ErrorCode::kPayloadTooLarge, "read the request: its headers are larger than 16 KiB",
                   "send fewer headers"});
      return false;
    }
    if (failure == http::error::body_limit) {
      refuse(413,
             {ErrorCode::kPayloadTooLarge, "read the request: its body is larger than 1 MiB", "send less at once"});
      return false;
    }
    if (failure) {
      refuse(400, bad_request(fmt::format("read the request: {}", failure.message()),
                              "send a well-formed HTTP/1.1 request"));
      return false;
    }
    if (!had_head && http.is_header_done() && !http.is_done() && refuse_early()) return false;
    if (!had_head && http.is_header_done() && !http.is_done() && http.get().count(http::field::expect) > 0) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      boost::system::error_code ignored;
      socket_.write_some(asio::buffer(kContinue.data(), kContinue.size()), ignored);
    }
    if (used == 0 && !http.is_done()) return false;
  }
  return true;
}

/// Everything but the body.
Connection::Head Connection::read_head() const {
  const auto& message = parser_->http.get();
  Head head;
  Request& request = head.request;
  head.is_clear = take_headers(message, request);
  request.method = to_view(message.method_string());
  request.is_head = request.method == "HEAD";
  if (request.is_head) request.method = "GET";
  request.target = to_view(message.target());
  const std::size_t question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string_view::npos) request.query = request.target.substr(question + 1);
  request.has_body = parser_->http.chunked() || parser_->http.content_length().value_or(0) > 0;
  return head;
}

/// A body that is still to come is not waited for from whom is refused anyway.
bool Connection::refuse_early() {
  const auto allowed = lane_.router.admit(read_head().request, transport_, peer_);
  if (!allowed) refuse(403, allowed.error());
  return !allowed;
}

void Connection::dispatch() {
  const auto& message = parser_->http.get();
  if (message.version() == 11 && message.count(http::field::host) != 1)
    return refuse(400, bad_request("read the request: exactly one Host header is needed", "send one"));
  if (const std::string_view wrong = find_ambiguous_length(message); !wrong.empty())
    return refuse(400, bad_request(fmt::format("read the request: {}", wrong), "send a well-formed HTTP/1.1 request"));
  auto [request, is_clear] = read_head();
  if (!is_clear)
    return refuse(400, bad_request("read the request: a header that counts once is there twice", "send it once"));
  if (!request.path.starts_with('/'))
    return refuse(400, bad_request("read the request: the target is not a path", "send a path that starts with /"));
  request.body = message.body();
  head_only_ = request.is_head;
  keep_alive_ = message.keep_alive() && message.version() == 11;

  phase_ = Phase::kAnswering;
  auto routed = lane_.router.handle(request, transport_, peer_, visit_, [self = shared_from_this()](Response response) {
    self->take_reply(std::move(response));
  });
  if (routed.wants_events) return listen_to_events(request);
  if (!routed.pending) return;
  pending_ = std::move(routed.pending);
  switch (phase_) {
    case Phase::kAnswering: return watch_for_end();
    case Phase::kStreaming: return;
    case Phase::kClosed: pending_->give_up(); [[fallthrough]];
    default: release_pending();  // it was answered at once
  }
}

void Connection::take_reply(Response response) {
  if (phase_ == Phase::kStreaming) return stream(response);
  if (phase_ != Phase::kAnswering) return;
  if (response.goes_on) {
    phase_ = Phase::kStreaming;
    keep_alive_ = false;
    deadline_.reset();
    stream(response);
    if (!consuming_) {  // else consume() reads on, to see the end of who listens
      input_.clear();
      read();
    }
    return;
  }
  release_pending();
  respond(std::move(response));
}

/// From within its own reply a pending answer must not be destroyed.
void Connection::release_pending() {
  if (pending_) asio::post(lane_.context, [done = std::move(pending_)] {});
  pending_.reset();
}

/// A further part of an answer that goes on.
void Connection::stream(const Response& response) {
  constexpr std::size_t kUnreadLimit = std::size_t{1} << 20;
  stream_ += *response.bytes;
  stream_ends_ = !response.goes_on;
  if (stream_.size() > kUnreadLimit) return close();  // it does not read
  if (!out_) write_stream();
}

void Connection::write_stream() {
  if (!stream_.empty()) {
    out_ = std::make_shared<const std::string>(std::exchange(stream_, {}));
    asio::async_write(socket_, asio::buffer(*out_),
                      [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
                        self->out_.reset();
                        if (self->phase_ != Phase::kStreaming) return;
                        if (failure) return self->close();
                        self->write_stream();
                      });
    return;
  }
  if (!stream_ends_) return;
  release_pending();
  if (stopping_) return close();
  phase_ = Phase::kDiscarding;
  set_deadline(kDiscardPatience);
  boost::system::error_code failure;
  socket_.shutdown(asio::socket_base::shutdown_send, failure);
  if (failure) close();
}

/// Who waits for an answer may go before it comes. What it sends meanwhile is its next request, and stays where it is.
void Connection::watch_for_end() {
  socket_.async_wait(asio::socket_base::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& failure) {
                       if (failure || self->phase_ != Phase::kAnswering) return;
                       if (os::is_at_end(self->socket_.native_handle())) self->close();
                     });
}

void Connection::refuse(int status, const Error& error) {
  keep_alive_ = false;
  head_only_ = false;
  phase_ = Phase::kAnswering;
  Response response = error_response(error, "Connection: close\r\n");
  if (status == 408 || status == 431) {  // statuses of the transport, which no kind of error has
    std::string bytes = *response.bytes;
    bytes.replace(9, bytes.find("\r\n") - 9,
                  status == 408 ? "408 Request Timeout" : "431 Request Header Fields Too Large");
    response.bytes = std::make_shared<const std::string>(std::move(bytes));
  }
  respond(std::move(response));
}

void Connection::respond(Response response) {
  if (head_only_) {
    const std::size_t head_end = response.bytes->find("\r\n\r\n") + 4;
    response = {std::make_shared<const std::string>(response.bytes->substr(0, head_end))};
  }
  phase_ = Phase::kWriting;
  out_ = std::move(response.bytes);
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(*out_),
                                                   asio::buffer(response.body.data(), response.body.size())};
  const std::size_t total = out_->size() + response.body.size();
  boost::system::error_code failure;
  // Most answers fit: no trip through the reactor. One buffer costs the kernel less than a list of them.
  std::size_t sent =
      response.body.empty() ? socket_.write_some(parts.front(), failure) : socket_.write_some(parts, failure);
  if (failure == asio::error::would_block) {
    failure = {};
    sent = 0;
  }
  if (failure) return close();
  if (sent == total) return finish_write();

  set_deadline(kWritePatience);
  std::array<asio::const_buffer, 2> rest = parts;
  const std::size_t from_first = std::min(sent, out_->size());
  rest[0] += from_first;
  rest[1] += sent - from_first;
  asio::async_write(socket_, rest, [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
    if (self->phase_ == Phase::kClosed) return;
    if (error) return self->close();
    self->finish_write();
  });
}

/// Ready for the next request; or, when the connection ends, sends the end and reads away what the peer still sends:
/// closing with unread input would reset the connection and could lose the answer.
void Connection::finish_write() {
  out_.reset();
  parser_.reset();
  if (keep_alive_ && !stopping_) {
    phase_ = Phase::kReading;
    if (!consuming_) consume();
    return;
  }
  phase_ = Phase::kDiscarding;
  set_deadline(kDiscardPatience);
  boost::system::error_code failure;
  socket_.shutdown(asio::socket_base::shutdown_send, failure);
  if (failure) return close();
  if (!consuming_) {
    input_.clear();
    read();
  }
}

void Connection::listen_to_events(const Request& request) {
  const std::string_view wanted =
      request.last_event_id.empty() ? query_parameter(request.query, "since") : request.last_event_id;
  std::optional<std::int64_t> since;
  if (!wanted.empty()) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), value);
    if (failure != std::errc{} || end != wanted.data() + wanted.size() || value < 0)
      return respond(error_response(
          bad_request("listen: since is not a revision", "send a whole number, or leave it out for now")));
    since = value;
  }
  static const auto kHead = std::make_shared<const std::string>(event_stream_head());
  if (head_only_) {
    keep_alive_ = false;
    return respond({kHead});
  }
  phase_ = Phase::kListening;
  deadline_.reset();
  parser_.reset();
  boost::system::error_code failure;
  if (socket_.write_some(asio::buffer(*kHead), failure) != kHead->size()) return close();
  lane_.hub.add(shared_from_this(), since);
}

void Connection::send_events(std::shared_ptr<const std::string> bytes, std::function<void(bool)> done) {
  if (phase_ != Phase::kListening) return done(false);
  boost::system::error_code failure;
  std::size_t sent = socket_.write_some(asio::buffer(*bytes), failure);
  if (failure == asio::error::would_block) {
    failure = {};
    sent = 0;
  }
  if (failure) {
    done(false);
    return close();
  }
  if (sent == bytes->size()) return done(true);
  out_ = std::move(bytes);
  asio::async_write(
      socket_, asio::buffer(*out_) + sent,
      [self = shared_from_this(), done = std::move(done)](const boost::system::error_code& error, std::size_t) {
        self->out_.reset();
        done(!error);
        if (error) self->close();
      });
}

}  // namespace stream_status::server
