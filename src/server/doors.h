// Everything by which callers find one server and ask it: token, socket, port, the lanes that serve them, and the
// record that says where they are.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "feed/feed.h"
#include "os/file.h"
#include "project/config.h"
#include "project/record.h"
#include "server/io_lane.h"
#include "server/state.h"

namespace stream_status::server {

/// All of it on the thread that starts and stops the server.
class Doors {
 public:
  struct Parts {
    service::Service& service;
    service::Maintenance& maintenance;
    store::Store& store;
    feed::Feed& feed;
    const os::Clock& clock;
    const Log& log;
    const os::Fd& directory;  ///< the project's
    const project::Config& config;
    std::uint16_t last_port = 0;
    project::Record record;  ///< who the server is; the port is filled in here
    std::function<void(std::string_view reason)> request_stop;
    ServingSettings serving = {};
  };
  /// Binds; nobody is served before start(). What `parts` refers to must outlive it, but for the configuration.
  /// Errors: kStorageFull, kStorageFailed, kPermissionDenied of the token, the socket and the readers.
  static Result<std::unique_ptr<Doors>> open(const Parts& parts);
  ~Doors();

  void start();
  /// Asks itself through the socket, as a client would, before anyone is told where it is.
  Result<void> handshake() const;
  /// Writes the record. Errors: kStorageFull, kStorageFailed.
  Result<void> announce();

  /// The record or the socket is not the file that was put there.
  bool are_moved() const;
  /// Puts back what is gone or another's. Only while the directory is known to be ours: else another server may be
  /// announced there, and rightly.
  void announce_again();
  /// Removes record and socket, where they are ours.
  void withdraw() const;

  /// From now on all that could be asked is answered as draining.
  void begin_drain() { state_->draining = true; }
  /// Lets nobody new in.
  void close();
  /// Closes all connections, after the answers that are on their way, for whose readers it waits 10 s.
  void stop();

  std::uint16_t port() const { return record_.port; }
  std::int64_t connections() const { return state_->connections.load(); }
  MonotonicTime last_call() const { return state_->last_call.load(); }
  const std::vector<std::unique_ptr<IoLane>>& lanes() const { return lanes_; }

 private:
  explicit Doors(const Parts& parts);
  Result<void> bind(const Parts& parts);
  void listen(os::Fd socket, Transport transport);

  service::Service& service_;
  const os::Clock& clock_;
  const Log& log_;
  const os::Fd& directory_;
  project::Record record_;
  std::optional<os::FileIdentity> record_identity_;
  std::optional<os::FileIdentity> socket_identity_;
  os::Fd unix_socket_;  ///< both until start()
  os::Fd tcp_socket_;
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<ServerState> state_;
  std::vector<std::unique_ptr<IoLane>> lanes_;
  std::size_t next_lane_ = 0;  ///< touched by the accepting lane only
};

}  // namespace stream_status::server
