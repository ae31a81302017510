#include "client/connection.h"

#include <fmt/format.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstring>
#include <optional>
#include <span>

#include "api/wire.h"
#include "os/stream_io.h"

namespace stream_status::client {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;

/// Pages of it are only touched as answers get that long.
constexpr std::size_t kBufferSize = std::size_t{64} << 10;
constexpr std::uint64_t kBodyLimit = std::uint64_t{64} << 20;

}  // namespace

const os::PollEntry* find_entry(const std::vector<os::PollEntry>& entries, int fd) {
  for (const os::PollEntry& entry : entries)
    if (entry.fd == fd) return &entry;
  return nullptr;
}

struct Connection::State {
  os::Fd socket;
  std::string head;
  std::string out;
  std::size_t sent = 0;
  std::unique_ptr<char[]> buffer{new char[kBufferSize]};  // not make_unique: that would touch all of it
  std::size_t filled = 0;
  std::optional<Parser> parser;
  bool busy = false;
  bool reusable = true;
  bool well_formed = true;
  bool send_failed = false;
  std::string problem;

  Progress lose(std::string why) {
    problem = std::move(why);
    busy = false;
    reusable = false;
    return Progress::kLost;
  }

  Progress break_off(const std::string& why) {
    well_formed = false;
    return lose(why);
  }

  void flush() {
    while (sent < out.size() && !send_failed) {
      const os::Transfer went = os::send_some(socket, std::string_view(out).substr(sent));
      // An answer may be there all the same (413 before the whole body): reading decides.
      send_failed = went.state == os::StreamState::kEnded;
      sent += went.bytes;
      if (went.bytes == 0) return;
    }
  }

  Progress finish() {
    busy = false;
    reusable = parser->keep_alive() && sent == out.size() && filled == 0;
    return Progress::kAnswered;
  }

  /// Gives the parser what is in the buffer.
  Progress parse() {
    std::size_t used = 0;
    while (used < filled && !parser->is_done()) {
      boost::system::error_code failure;
      const std::size_t taken = parser->put({buffer.get() + used, filled - used}, failure);
      used += taken;
      if (failure == http::error::need_more) break;
      if (failure) return break_off(fmt::format("its answer is not HTTP that we read: {}", failure.message()));
      if (taken == 0) break;
    }
    filled -= used;
    if (filled > 0 && used > 0) std::memmove(buffer.get(), buffer.get() + used, filled);
    return parser->is_done() ? finish() : Progress::kWaiting;
  }

  Progress end_of_file() {
    const bool begun = parser->got_some() || filled > 0;
    boost::system::error_code failure;
    if (parser->is_header_done()) parser->put_eof(failure);
    if (parser->is_header_done() && !failure && parser->is_done()) {
      const Progress done = finish();
      reusable = false;
      return done;
    }
    return lose(begun ? "it closed the connection in the middle of an answer" : "it closed the connection");
  }

  Progress receive() {
    for (;;) {
      const std::size_t room = kBufferSize - filled;
      if (room == 0) return break_off("the head of its answer is too long");
      const os::Transfer got = os::read_some(socket.get(), std::span(buffer.get() + filled, room));
      if (got.state == os::StreamState::kEnded) return end_of_file();
      if (got.bytes == 0) return Progress::kWaiting;
      filled += got.bytes;
      const Progress progress = parse();
      // Less than asked for: the socket is empty, and asking again would only cost a system call.
      if (progress != Progress::kWaiting || got.bytes < room) return progress;
    }
  }
};

Connection::Connection(os::Fd socket, std::string head) : state_(std::make_unique<State>()) {
  state_->socket = std::move(socket);
  state_->head = std::move(head);
}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

void Connection::send(api::Method method, std::string_view target, std::string_view headers, std::string_view body) {
  State& state = *state_;
  std::string& out = state.out;
  out.clear();
  out.append(api::name_of(method))
      .append(" ")
      .append(target)
      .append(" HTTP/1.1\r\n")
      .append(state.head)
      .append(headers);
  if (method != api::Method::kGet) {
    fmt::format_to(std::back_inserter(out), "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                   body.size());
    out.append(body);
  } else {
    out.append("\r\n");
  }
  state.sent = 0;
  state.parser.emplace();
  state.parser->eager(true);
  state.parser->body_limit(kBodyLimit);
  state.busy = true;
  state.flush();
}

Progress Connection::step(const std::vector<os::PollEntry>& entries) {
  State& state = *state_;
  const os::PollEntry* ready = find_entry(entries, state.socket.get());
  if (ready == nullptr) return Progress::kWaiting;
  if (!state.busy) return ready->readable ? state.lose("it closed the connection") : Progress::kWaiting;
  if (ready->writable) state.flush();
  return ready->readable ? state.receive() : Progress::kWaiting;
}

void Connection::finish_sending() {
  state_->reusable = false;
  os::finish_sending(state_->socket);
}

Answer Connection::take_answer() {
  auto& message = state_->parser->get();
  const auto name = message[boost::beast::string_view(api::kAgentHeader.data(), api::kAgentHeader.size())];
  std::string agent = api::percent_decode({name.data(), name.size()}).value_or("");
  return {static_cast<int>(message.result_int()), std::move(message.body()), std::move(agent)};
}

bool Connection::busy() const { return state_->busy; }
bool Connection::reusable() const { return state_->reusable; }
bool Connection::well_formed() const { return state_->well_formed; }
const std::string& Connection::problem() const { return state_->problem; }

void Connection::add_wait(std::vector<os::PollEntry>& entries) const {
  const bool want_write = state_->busy && !state_->send_failed && state_->sent < state_->out.size();
  entries.push_back({.fd = state_->socket.get(), .want_read = true, .want_write = want_write});
}

}  // namespace stream_status::client
