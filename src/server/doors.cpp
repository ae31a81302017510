#include "server/doors.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "os/accept.h"
#include "os/file.h"
#include "os/poll.h"
#include "os/random.h"
#include "os/socket.h"
#include "os/stream_io.h"
#include "project/directory.h"
#include "server/ports.h"

namespace stream_status::server {
namespace {

using namespace std::chrono_literals;

constexpr int kBacklog = 4096;

}  // namespace

Doors::Doors(const Parts& parts)
    : service_(parts.service),
      clock_(parts.clock),
      log_(parts.log),
      directory_(parts.directory),
      record_(parts.record) {}

Doors::~Doors() = default;

Result<std::unique_ptr<Doors>> Doors::open(const Parts& parts) {
  std::unique_ptr<Doors> doors(new Doors(parts));
  TRY(doors->bind(parts));
  return doors;
}

Result<void> Doors::bind(const Parts& parts) {
  const std::string token = os::random_hex(32);
  TRY(os::write_file_atomically(directory_, project::kTokenName, token, os::Durability::kPageCache));
  unix_socket_ = TRY(os::listen_unix(directory_, project::kSocketName, kBacklog));
  socket_identity_ = os::identity_of(directory_, project::kSocketName);

  for (const std::uint16_t port : port_candidates(parts.last_port, parts.config)) {
    auto listening = os::listen_loopback(port, kBacklog);
    if (!listening) continue;  // taken, or no loopback at all: agents use the socket
    tcp_socket_ = std::move(listening->socket);
    record_.port = listening->port;
    break;
  }
  if (record_.port == 0) log_.warn("no_port reason=\"no loopback port could be had\"");
  if (record_.port != 0 && record_.port != parts.config.port)
    log_.info("port_chosen port={} preferred={}", record_.port, parts.config.port);

  guard_ = std::make_unique<Guard>(token, record_.instance_id, record_.port);
  state_ = std::make_unique<ServerState>(parts.service, parts.maintenance, parts.store, *guard_, clock_, log_,
                                         parts.request_stop, record_.port);
  state_->serving = parts.serving;
  const std::size_t descriptors = os::raise_descriptor_limit();
  state_->connection_limit = std::min<std::size_t>(descriptors > 128 ? descriptors - 64 : 64, 8192);
  state_->last_call = clock_.monotonic();
  for (std::size_t i = 0; i < parts.serving.lanes; ++i) {
    auto reader = TRY(parts.store.open_reader());
    lanes_.push_back(std::make_unique<IoLane>(*state_, std::move(reader)));
    parts.feed.subscribe([lane = lanes_.back().get()](std::int64_t) { lane->wake_listeners(); });
  }
  service_.presence().on_change([this] {
    for (const auto& lane : lanes_) lane->wake_listeners();
  });
  return {};
}

void Doors::start() {
  for (const auto& lane : lanes_) lane->start();
  listen(std::move(unix_socket_), Transport::kUnixSocket);
  if (tcp_socket_) listen(std::move(tcp_socket_), Transport::kLoopback);
}

/// The first lane accepts, all serve in turn.
void Doors::listen(os::Fd socket, Transport transport) {
  lanes_.front()->listen(std::move(socket), transport,
                         [this]() -> IoLane& { return *lanes_[next_lane_++ % lanes_.size()]; });
}

Result<void> Doors::handshake() const {
  const os::Fd socket = TRY(os::connect_unix(directory_, project::kSocketName));
  std::string_view request = "GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  std::string answer;
  const MonotonicTime deadline = clock_.monotonic() + 2s;
  while (answer.find(record_.instance_id) == std::string::npos) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.monotonic());
    std::vector<os::PollEntry> entries = {{socket.get(), true, !request.empty()}};
    os::poll(entries, std::max(left, milliseconds{0}));
    if (entries[0].writable && !request.empty()) request.remove_prefix(os::send_some(socket, request).bytes);
    if (entries[0].readable) {
      std::array<char, 2048> buffer;
      const os::Transfer got = os::read_some(socket.get(), buffer);
      answer.append(buffer.data(), got.bytes);
      if (got.state == os::StreamState::kEnded && answer.find(record_.instance_id) == std::string::npos)
        return fail(ErrorCode::kInternal, "start server: it does not answer its own handshake");
    }
    if (left <= 0ms) return fail(ErrorCode::kInternal, "start server: its own handshake took more than 2 s");
  }
  return {};
}

Result<void> Doors::announce() {
  TRY(project::save_record(directory_, record_));
  record_identity_ = os::identity_of(directory_, project::kRecordName);
  return {};
}

bool Doors::are_moved() const {
  return os::identity_of(directory_, project::kRecordName) != record_identity_ ||
         os::identity_of(directory_, project::kSocketName) != socket_identity_;
}

void Doors::announce_again() {
  const auto record = project::find_record(directory_);
  if (!record || record->instance_id != record_.instance_id) {
    log_.warn("record_rewritten reason={}", record ? "foreign" : "missing");
    if (const auto saved = announce(); !saved) log_.error("record_failed error=\"{}\"", saved.error().message);
  }
  if (os::identity_of(directory_, project::kSocketName) != socket_identity_) {
    log_.warn("socket_rebound");
    if (auto socket = os::listen_unix(directory_, project::kSocketName, kBacklog)) {
      socket_identity_ = os::identity_of(directory_, project::kSocketName);
      listen(std::move(*socket), Transport::kUnixSocket);
    }
  }
}

void Doors::withdraw() const {
  const auto record = project::find_record(directory_);
  if (record && record->instance_id == record_.instance_id) (void)os::remove_file(directory_, project::kRecordName);
  if (socket_identity_ && os::identity_of(directory_, project::kSocketName) == socket_identity_)
    (void)os::remove_file(directory_, project::kSocketName);
}

void Doors::close() {
  for (const auto& lane : lanes_) lane->stop_listening();
}

void Doors::stop() {
  // Each may wait for those who do not read their last answer: all at the same time, so that it stays less than what
  // a stop may take that gets nowhere (LockText).
  for (const auto& lane : lanes_) lane->begin_stop();
  for (const auto& lane : lanes_) lane->stop();
  service_.presence().on_change({});  // whose connections end now finds no lane to tell
}

}  // namespace stream_status::server
