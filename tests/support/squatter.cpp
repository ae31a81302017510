#include "support/squatter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace stream_status::testing {

os::Fd hold_port(std::uint16_t port) {
  os::Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int reuse = 1;  // else connections that ended a moment ago keep the port
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return {};
  if (::listen(socket.get(), 64) != 0) return {};
  return socket;
}

Squatter::Squatter(std::string answer) : answer_(std::move(answer)), listener_(hold_port(0)) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  stop_ = os::Fd{::eventfd(0, EFD_CLOEXEC)};
  thread_ = std::thread([this] { serve(); });
}

Squatter::~Squatter() {
  const std::uint64_t one = 1;
  EXPECT_EQ(::write(stop_.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
  thread_.join();
}

std::string Squatter::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

void Squatter::serve() {
  std::vector<os::Fd> connections;
  for (;;) {
    std::vector<pollfd> entries{{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const os::Fd& connection : connections) entries.push_back({connection.get(), POLLIN, 0});
    ::poll(entries.data(), entries.size(), -1);
    if (entries[0].revents != 0) return;
    for (std::size_t i = entries.size() - 1; i >= 2; --i) {
      if (entries[i].revents == 0) continue;
      std::array<char, 8192> buffer;
      const ssize_t got = ::recv(entries[i].fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i - 2));
        continue;
      }
      const std::lock_guard lock(mutex_);
      heard_.append(buffer.data(), static_cast<std::size_t>(got));
      ::send(entries[i].fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
    if (entries[1].revents != 0) connections.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
}

HeldPorts::HeldPorts(int count) {
  // Below the range from which the kernel gives ports to others, and not where people's servers usually are.
  for (std::uint16_t first = 21'000; first < 32'000 && sockets_.empty();
       first = static_cast<std::uint16_t>(first + 37)) {
    first_ = first;
    for (int i = 0; i < count; ++i) {
      os::Fd socket = hold_port(static_cast<std::uint16_t>(first + i));
      if (!socket) {
        sockets_.clear();
        break;
      }
      sockets_.push_back(std::move(socket));
    }
  }
  EXPECT_EQ(sockets_.size(), static_cast<std::size_t>(count)) << "no free ports in sequence";
}

}  // namespace stream_status::testing
