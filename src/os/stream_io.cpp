#include "os/stream_io.h"

#include <sys/socket.h>

#include <cerrno>

namespace stream_status::os {

Transfer send_some(const Fd& socket, std::string_view bytes) {
  ssize_t sent = 0;
  do {
    sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {static_cast<std::size_t>(sent), StreamState::kOpen};
  if (errno == EAGAIN || errno == ENOBUFS) return {};
  return {0, StreamState::kEnded};
}

void finish_sending(const Fd& socket) { ::shutdown(socket.get(), SHUT_WR); }

bool is_at_end(int socket) {
  char next = 0;
  ssize_t peeked = 0;
  do {
    peeked = ::recv(socket, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  } while (peeked < 0 && errno == EINTR);
  return peeked == 0 || (peeked < 0 && errno != EAGAIN);
}

}  // namespace stream_status::os
