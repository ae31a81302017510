// What somebody who listens where a server should be sends to our client.
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "client/connection.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"

namespace stream_status::fuzz {
namespace {

struct Outcome {
  client::Progress progress = client::Progress::kWaiting;
  client::Answer answer = {};
  bool well_formed = true;
};

/// The bytes in pieces of this size, and then the end.
Outcome exchange(std::string_view bytes, std::size_t piece) {
  std::array<int, 2> ends{};
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0, "a socket pair");
  const os::Fd server{ends[0]};
  client::Connection connection(os::Fd{ends[1]}, "Host: localhost\r\n");
  connection.send(api::Method::kPost, "/api/streams", "", "{}");
  require(connection.busy(), "a sent request is waited for");

  std::vector<os::PollEntry> ready;
  connection.add_wait(ready);
  ready.front().readable = ready.front().writable = true;
  Outcome outcome;
  while (outcome.progress == client::Progress::kWaiting) {
    const std::string_view part = bytes.substr(0, piece);
    if (part.empty())
      ::shutdown(server.get(), SHUT_WR);
    else
      require(::send(server.get(), part.data(), part.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(part.size()),
              "the socket takes a piece");
    bytes.remove_prefix(part.size());
    outcome.progress = connection.step(ready);
    require(!part.empty() || outcome.progress != client::Progress::kWaiting, "the end of the bytes is the end");
  }
  outcome.well_formed = connection.well_formed();
  require(!connection.busy(), "an exchange that is over is over");
  if (outcome.progress == client::Progress::kLost) {
    require(!connection.reusable(), "a lost connection is not used again");
    require(!connection.problem().empty() && is_printable(connection.problem()), "what is wrong is said",
            connection.problem());
    return outcome;
  }
  outcome.answer = connection.take_answer();
  // A server that goes on talking is not asked again on this connection.
  if (connection.reusable()) {
    ready.front().writable = false;
    require(::send(server.get(), "x", 1, MSG_NOSIGNAL) == 1, "the socket takes a byte");
    require(connection.step(ready) == client::Progress::kLost, "nobody asked");
  }
  return outcome;
}

}  // namespace

void fuzz_http_answer(std::string_view input) {
  Choices choices(input);
  const std::size_t least_piece = 1 + choices.next() % 32;
  const std::string_view bytes = choices.rest().substr(0, std::size_t{32} << 10);
  const std::size_t piece = std::max(least_piece, bytes.size() / 64);

  const Outcome whole = exchange(bytes, std::string_view::npos);
  if (whole.progress == client::Progress::kAnswered) {
    require(whole.well_formed, "only HTTP is an answer");
    require(whole.answer.status >= 0 && whole.answer.status <= 999, "a status has three digits");
    require(whole.answer.body.size() <= bytes.size(), "a body is not made up");
  }
  // How long a head may be, Beast measures by what it is given at once.
  constexpr std::size_t kHeadLimit = 8192;
  if (bytes.size() > kHeadLimit) return;
  const Outcome pieces = exchange(bytes, piece);
  // Of a head that is never finished, a mistake is seen in the whole and may not be in its pieces: it is lost either
  // way.
  require(pieces.progress == whole.progress && pieces.answer.status == whole.answer.status &&
              pieces.answer.body == whole.answer.body,
          "how the bytes arrive makes no difference");
}

}  // namespace stream_status::fuzz
