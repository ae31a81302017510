#include "client/handshake.h"

#include <fmt/format.h>

#include "api/wire.h"
#include "os/file.h"
#include "os/process.h"
#include "os/socket.h"
#include "project/directory.h"

namespace stream_status::client {
namespace {

/// A connection on the loopback is made or refused at once; only a listener that is full lets us wait.
constexpr milliseconds kLoopbackTime{200};
constexpr std::size_t kTokenLimit = 256;

bool may_reach_loopback(const project::Record& record) {
  if (record.port == 0) return false;
  // In another network namespace the same number is somebody else's port.
  return record.network_namespace == 0 || record.network_namespace == os::network_namespace();
}

std::string read_token(const os::Fd& directory) {
  const auto text = os::read_file(directory, project::kTokenName, kTokenLimit);
  if (!text || !*text) return {};
  return (*text)->substr(0, (*text)->find_last_not_of(" \r\n") + 1);
}

Error foreign_owner(const std::string& where, std::uint32_t uid) {
  return {ErrorCode::kPermissionDenied,
          fmt::format("connect: {}: the process that answers there belongs to user {}, not to {}", where, uid,
                      os::user_name()),
          fmt::format("stop the server that user {} runs for this project, or work as that user", uid)};
}

}  // namespace

Handshake::Handshake(const os::Fd& directory, project::Record record, std::string project_root, MonotonicTime now)
    : record_(std::move(record)), project_root_(std::move(project_root)), deadline_(now + kHandshakeTime) {
  connect(directory);
}

void Handshake::end(State state, std::string problem) {
  state_ = state;
  problem_ = std::move(problem);
}

void Handshake::refuse(Error error) {
  end(State::kRefused, error.message);
  error_ = std::move(error);
}

void Handshake::connect(const os::Fd& directory) {
  auto socket = os::connect_unix(directory, project::kSocketName);
  if (socket) {
    const auto uid = os::unix_peer_uid(socket->get());
    if (uid && *uid != os::current_user()) return refuse(foreign_owner(record_.socket, *uid));
    return ask(std::move(*socket), "Host: localhost\r\n");
  }
  Error denied = socket.error();
  if (may_reach_loopback(record_)) {
    auto tcp = os::connect_loopback(record_.port, kLoopbackTime);
    if (tcp) {
      // A squatter must not get the token. Absent: the kernel does not say who it is; the handshake does.
      const auto uid = os::tcp_peer_uid(tcp->get());
      const std::string where = fmt::format("127.0.0.1:{}", record_.port);
      if (uid && *uid != os::current_user()) return end(State::kStranger, foreign_owner(where, *uid).message);
      const std::string token = read_token(directory);
      return ask(std::move(*tcp), token.empty()
                                      ? fmt::format("Host: {}\r\n", where)
                                      : fmt::format("Host: {}\r\nAuthorization: Bearer {}\r\n", where, token));
    }
  }
  // What keeps this process from connecting says nothing about the server.
  if (denied.code != ErrorCode::kServerUnavailable) return refuse(std::move(denied));
  end(State::kNobody, std::move(denied.message));
}

void Handshake::ask(os::Fd socket, std::string head) {
  connection_.emplace(std::move(socket), std::move(head));
  connection_->send(api::Method::kGet, api::kHealthPath, {}, {});
}

Handshake::State Handshake::step(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  if (state_ != State::kWaiting) return state_;
  switch (connection_->step(entries)) {
    case Progress::kAnswered: judge(connection_->take_answer()); break;
    case Progress::kLost:
      end(connection_->well_formed() ? State::kNobody : State::kStranger,
          fmt::format("handshake with pid {}: {}", record_.pid, connection_->problem()));
      break;
    case Progress::kWaiting:
      if (now >= deadline_)
        end(State::kSilent,
            fmt::format("handshake with pid {}: no answer in {} s", record_.pid, kHandshakeTime.count()));
      break;
  }
  return state_;
}

/// Everything that says "this is our server" must be there; a 200 alone says nothing.
void Handshake::judge(const Answer& answer) {
  auto body = parse_json_object(answer.body);
  const std::string who = fmt::format("handshake with pid {}", record_.pid);
  if (answer.status == 503) {
    if (body && find_string(*body, "code") == error_name(ErrorCode::kDraining))
      return end(State::kDraining, who + ": it is shutting down");
    return end(State::kStranger, who + ": it answers 503");
  }
  if (answer.status == 429 && body && find_string(*body, "code") == error_name(ErrorCode::kTooManyRequests))
    return end(State::kBusy, who + ": it has no room for one more connection");
  if (answer.status != 200 || !body)
    return end(State::kStranger,
               fmt::format("{}: it answers {} and is not a stream-status server", who, answer.status));
  if (record_.instance_id.empty() || find_string(*body, "instanceId") != record_.instance_id)
    return end(State::kStranger, who + ": another instance answers than the record names");
  const std::string root(find_string(*body, "projectRoot").value_or(""));
  if (root != project_root_)
    return end(State::kStranger, fmt::format("{}: it serves \"{}\", not \"{}\"", who, root, project_root_));
  health_ = std::move(*body);  // it is our server, whatever keeps us from using it
  if (find_string(health_, "status") == "draining") return end(State::kDraining, who + ": it is shutting down");

  const std::int64_t protocol = find_integer(health_, "protocol").value_or(0);
  if (protocol != api::kProtocol) {
    const std::string version(find_string(health_, "version").value_or("an unknown version"));
    return refuse({ErrorCode::kIncompatible,
                   fmt::format("{}: the server ({}) speaks protocol {}, this program protocol {}", who, version,
                               protocol, api::kProtocol),
                   protocol > api::kProtocol
                       ? "restart this agent or command with the stream-status of the server's version"
                       : "`stream-status restart` replaces the older server by this version"});
  }
  if (!connection_->reusable()) return end(State::kNobody, who + ": it closes the connection after its answer");
  end(State::kVerified, {});
}

void Handshake::add_wait(std::vector<os::PollEntry>& entries) const {
  if (state_ == State::kWaiting) connection_->add_wait(entries);
}

std::optional<MonotonicTime> Handshake::wake_at() const {
  if (state_ == State::kWaiting) return deadline_;
  return std::nullopt;
}

}  // namespace stream_status::client
