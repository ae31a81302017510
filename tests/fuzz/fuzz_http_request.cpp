// What arrives at the server's socket: the real connection, guard, router and reads, stepped over a socket pair. The
// writer and the workers have stopped, so that a write that was understood is answered with 503 and nothing changes.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"
#include "server/connection.h"
#include "service/maintenance.h"
#include "service/snapshots.h"
#include "support/store_world.h"

namespace stream_status::fuzz {
namespace {

constexpr std::string_view kToken = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
constexpr std::size_t kLongestInput = 40 << 10;
constexpr std::size_t kMostPieces = 64;  // each costs a few system calls

/// A server whose threads have ended.
struct StillServer final : service::Lane {
  StillServer() {
    parts.must("add_stream", R"({"title":"Auth","streamId":"auth","phases":["a","b"],"goal":"tokens"})");
    parts.must("add_stream", R"({"title":"Search","streamId":"search","branch":"x/y"})");
    parts.must("update_stream", R"({"streamId":"auth","status":"active","progress":40,"note":"half"})");
    parts.must("add_commit", R"({"streamId":"auth","commitHash":"0123456789abcdef","message":"Rotate"})");
    for (int i = 0; i < 40; ++i) parts.must("update_stream", R"({"streamId":"search","note":")" + long_note() + "\"}");
    parts.work->stop();
    maintenance.stop();
    parts.writer.stop();
  }
  static std::string long_note() { return std::string(2000, 'n'); }

  void deliver(std::vector<service::Delivery> batch, std::shared_ptr<const void>) override {
    for (service::Delivery& delivery : batch) delivery.done(std::move(delivery.answer));
  }

  testing::ServiceWorld parts;
  service::Snapshots snapshots{{parts.files.path(), parts.files.path(), "/a/project"}, *parts.world.store, parts.log};
  os::Fd no_directory;
  service::Maintenance maintenance{{*parts.world.store, parts.writer, snapshots, parts.config, parts.world.clock,
                                    parts.log, no_directory, parts.files.path(), "streams.db", parts.files.path(),
                                    [](std::string_view) {}}};
  server::asio::io_context context{1};
  server::Guard guard{std::string(kToken), "instance", 3001};
};

/// Everything of one run; what it leaves behind would change the next.
struct Exchange {
  Exchange(StillServer& server, server::Transport transport, int send_buffer)
      : server_(server),
        state_(
            server.parts.service, server.maintenance, *server.parts.world.store, server.guard, server.parts.world.clock,
            server.parts.log, [](std::string_view) {}, 3001),
        router_(state_, server, *server.parts.world.reader),
        hub_(state_, *server.parts.world.reader,
             [this](std::function<void()> work) { server::asio::post(server_.context, std::move(work)); }),
        lane_{server.context, state_, router_, hub_, [this](server::Connection*) { connection_.reset(); }} {
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0, "a socket pair");
    peer_ = os::Fd{ends[0]};
    if (send_buffer > 0) ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    connection_ =
        std::make_shared<server::Connection>(lane_, os::Fd{ends[1]}, transport, *state_.admit_connection(transport));
    connection_->start();
  }
  ~Exchange() {
    if (connection_) connection_->close();
    poll();
    require(state_.connections.load() == 0, "a closed connection is gone");
  }

  void send(std::string_view bytes) {
    while (!bytes.empty() && connection_) {
      const ssize_t taken = ::send(peer_.get(), bytes.data(), std::min<std::size_t>(bytes.size(), 4096), MSG_NOSIGNAL);
      if (taken > 0) bytes.remove_prefix(static_cast<std::size_t>(taken));
      poll();
      receive();
      if (taken < 0) return;
    }
  }
  /// The peer or the server goes away, or time goes by until what is open has been given up.
  enum class End { kOfPeer, kOfServer, kBySilence };
  void end(End how) {
    if (how == End::kOfPeer) ::shutdown(peer_.get(), SHUT_WR);
    if (how == End::kOfServer && connection_) connection_->close_when_idle();
    poll();
    receive();
    const MonotonicTime now = server_.parts.world.clock.monotonic();
    for (const seconds later : {seconds{20}, seconds{100}}) {
      hub_.step(now + later);
      if (connection_) connection_->step(now + later);
      poll();
      receive();
    }
    // Only one whose answer is still owed stays open then; it would stay so for ever.
    if (how != End::kBySilence) require(connection_ == nullptr, "every call is answered");
  }
  const std::string& answers() const { return received_; }

 private:
  void poll() {
    server_.context.restart();
    server_.context.poll();
  }
  void receive() {
    std::array<char, 16384> buffer;
    for (;;) {
      const ssize_t size = ::recv(peer_.get(), buffer.data(), buffer.size(), 0);
      if (size <= 0) return;
      received_.append(buffer.data(), static_cast<std::size_t>(size));
      poll();
    }
  }

  StillServer& server_;
  server::ServerState state_;
  server::Router router_;
  server::EventHub hub_;
  server::LaneParts lane_;
  os::Fd peer_;
  std::shared_ptr<server::Connection> connection_;
  std::string received_;
};

struct Answer {
  int status = 0;
  std::string_view head;
  std::string_view body;
};

std::string_view header(std::string_view head, std::string_view name) {
  const std::string wanted = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + wanted.size());
  return rest.substr(0, rest.find("\r\n"));
}

/// Takes one answer off the front, as a strict client reads it. `with_head`: HEAD was among the requests, so a body may
/// be missing.
Answer take_answer(std::string_view& bytes, bool with_head) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  require(bytes.starts_with(kVersion), "an answer begins with its version", bytes);
  const std::size_t end = bytes.find("\r\n\r\n");
  require(end != std::string_view::npos, "a head has an end", bytes);
  Answer answer;
  answer.head = bytes.substr(0, end + 2);
  answer.status = std::atoi(std::string(bytes.substr(kVersion.size(), 3)).c_str());
  bytes.remove_prefix(end + 4);
  require(is_utf8(answer.head) && std::none_of(answer.head.begin(), answer.head.end(),
                                               [](char c) { return c == '\0' || c == '\x7f' || c == '\x1b'; }),
          "a head is text", answer.head);
  if (header(answer.head, "Content-Type") == "text/event-stream") {
    answer.body = bytes;
    bytes = {};
    return answer;
  }
  for (const std::string_view line : split(answer.head, '\n'))
    require(line.ends_with('\r'), "a head's line ends in CRLF");
  for (const std::string_view name : {"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"})
    require(!header(answer.head, name).empty(), "every answer has the security headers", answer.head);
  require(answer.head.find("Access-Control") == std::string_view::npos, "no answer is for other origins", answer.head);
  const auto length = static_cast<std::size_t>(std::atoll(std::string(header(answer.head, "Content-Length")).c_str()));
  if (with_head && (bytes.size() < length || bytes.starts_with(kVersion))) return answer;
  require(bytes.size() >= length, "a body is as long as its head says", answer.head);
  answer.body = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return answer;
}

void require_whole(const Answer& answer) {
  constexpr std::array kStatuses = {200, 303, 304, 400, 403, 404, 405, 408, 409, 413, 415, 431, 503};
  require(std::find(kStatuses.begin(), kStatuses.end(), answer.status) != kStatuses.end(), "a status is one of ours",
          answer.head);
  if (answer.body.empty() || !header(answer.head, "Content-Type").starts_with("application/json")) return;
  const auto object = parse_json_object(answer.body);
  require(object.has_value(), "a JSON answer is a JSON object in UTF-8", answer.body);
  if (answer.status < 400) return;
  const auto text = find_string(*object, "error");
  require(text && !text->empty() && object->contains("code"), "a refusal says why", answer.body);
  require(is_printable(*text) && text->size() <= 2000, "a refusal is one line", *text);
}

/// Bytes that are no request: nothing was routed.
bool is_refused_unread(const Answer& answer) {
  return answer.status >= 400 && answer.body.find("read the request: ") != std::string_view::npos;
}

bool contains_own_host(std::string_view input) {
  return input.find("127.0.0.1:3001") != std::string_view::npos ||
         input.find("localhost:3001") != std::string_view::npos || input.find("[::1]:3001") != std::string_view::npos;
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// Without what only says that more is awaited, and with what is random made the same.
std::string comparable(std::string text) {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  for (std::size_t at = text.find(kContinue); at != std::string::npos; at = text.find(kContinue, at))
    text.erase(at, kContinue.size());
  for (const auto& [name, size] : {std::pair(std::string_view("\"client-"), 8u), {"/login?code=", 32u}})
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
      for (std::size_t i = at + name.size(); i < text.size() && i < at + name.size() + size && is_hex(text[i]); ++i)
        text[i] = '0';
  return text;
}

}  // namespace

void fuzz_http_request(std::string_view input) {
  static StillServer server;
  Choices choices(input);
  const std::uint8_t how = choices.next();
  const std::size_t least_piece = 1 + choices.next();
  const auto transport = (how & 1) != 0 ? server::Transport::kLoopback : server::Transport::kUnixSocket;
  const auto end = (how & 8) != 0   ? Exchange::End::kOfServer
                   : (how & 2) != 0 ? Exchange::End::kBySilence
                                    : Exchange::End::kOfPeer;
  const std::string_view bytes = choices.rest().substr(0, kLongestInput);

  std::string whole;
  std::string understood;
  {
    Exchange exchange(server, transport, (how & 4) != 0 ? 1 : 0);
    exchange.send(bytes);
    exchange.end(end);
    whole = comparable(exchange.answers());
  }
  const bool with_head = bytes.find("HEAD") != std::string_view::npos;
  std::string_view rest = whole;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const Answer answer = take_answer(rest, with_head);
    require_whole(answer);
    if (!is_refused_unread(answer)) understood += before.substr(0, before.size() - rest.size());
    // The peer of a socket pair is nobody that the kernel's table of TCP sockets knows.
    if (transport == server::Transport::kLoopback && answer.status == 200) {
      require(bytes.find(kToken) != std::string_view::npos, "without the token nobody is let in", answer.head);
      require(contains_own_host(bytes), "a foreign Host is let in nowhere", answer.head);
    }
  }
  if (bytes.size() > 4096) return;
  const std::size_t piece = std::max(least_piece, bytes.size() / kMostPieces);
  Exchange again(server, transport, (how & 4) != 0 ? 1 : 0);
  for (std::string_view left = bytes; !left.empty(); left.remove_prefix(std::min(piece, left.size())))
    again.send(left.substr(0, piece));
  again.end(end);
  // Of a request that is never finished, a mistake may be seen in the whole and not in its pieces.
  std::string understood_in_pieces;
  const std::string in_pieces = comparable(again.answers());
  for (std::string_view left = in_pieces; !left.empty();) {
    const std::string_view before = left;
    if (!is_refused_unread(take_answer(left, with_head)))
      understood_in_pieces += before.substr(0, before.size() - left.size());
  }
  require(understood_in_pieces == understood, "how the bytes arrive makes no difference",
          whole + "\n---- in pieces:\n" + in_pieces);
}

}  // namespace stream_status::fuzz
