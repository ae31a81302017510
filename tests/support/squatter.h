// Somebody else's program on a loopback port, and ports that are taken.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "os/fd.h"

namespace stream_status::testing {

/// Listens on a free port of 127.0.0.1 and answers every request with the same bytes; with "" it never answers. Has a
/// thread of its own; `heard` may be called from any.
class Squatter {
 public:
  explicit Squatter(std::string answer);
  ~Squatter();

  std::uint16_t port() const { return port_; }
  /// Everything that was sent to it.
  std::string heard() const;

 private:
  void serve();

  std::string answer_;
  os::Fd listener_;
  std::uint16_t port_ = 0;
  os::Fd stop_;
  mutable std::mutex mutex_;  ///< guards heard_
  std::string heard_;
  std::thread thread_;
};

/// Ports in sequence that this test holds.
class HeldPorts {
 public:
  explicit HeldPorts(int count);
  std::uint16_t first() const { return first_; }
  std::uint16_t last() const { return static_cast<std::uint16_t>(first_ + sockets_.size() - 1); }
  bool contains(std::uint16_t port) const { return port >= first() && port <= last(); }
  /// Lets go of them.
  void release() { sockets_.clear(); }

 private:
  std::uint16_t first_ = 0;
  std::vector<os::Fd> sockets_;
};

/// Listens on that port of 127.0.0.1; an invalid descriptor when it is taken.
os::Fd hold_port(std::uint16_t port);

}  // namespace stream_status::testing
