#include "os/stdio.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace stream_status::os {
namespace {

/// A pipe that polls writable has room for this much at least (Linux gives whole pages; POSIX: PIPE_BUF).
constexpr std::size_t kPiece = 4096;

enum class Readiness { kReady, kFull, kGone };

Readiness ask_writable(int fd, int timeout_ms) {
  pollfd entry{fd, POLLOUT, 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return Readiness::kFull;
  if ((entry.revents & (POLLERR | POLLNVAL)) != 0) return Readiness::kGone;
  // A socket whose peer is gone reports POLLOUT and POLLHUP; the write then says EPIPE.
  return (entry.revents & (POLLOUT | POLLHUP)) != 0 ? Readiness::kReady : Readiness::kFull;
}

Transfer write_pieces(int fd, std::string_view text, int timeout_ms) {
  Transfer done;
  while (done.bytes < text.size()) {
    const Readiness readiness = ask_writable(fd, timeout_ms);
    if (readiness == Readiness::kFull) return done;
    if (readiness == Readiness::kGone) return {done.bytes, StreamState::kEnded};
    const ssize_t written = ::write(fd, text.data() + done.bytes, std::min(kPiece, text.size() - done.bytes));
    if (written >= 0)
      done.bytes += static_cast<std::size_t>(written);
    else if (errno == EAGAIN)  // another process has made the shared descriptor non-blocking
      return done;
    else if (errno != EINTR)
      return {done.bytes, StreamState::kEnded};
  }
  return done;
}

}  // namespace

Transfer read_some(int fd, std::span<char> buffer) {
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) return {static_cast<std::size_t>(got), StreamState::kOpen};
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  return {0, StreamState::kEnded};
}

Transfer write_without_waiting(int fd, std::string_view text) { return write_pieces(fd, text, 0); }

StreamState write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const Transfer done = write_pieces(fd, text, -1);
    if (done.state == StreamState::kEnded) return StreamState::kEnded;
    text.remove_prefix(done.bytes);
  }
  return StreamState::kOpen;
}

std::optional<int> terminal_columns(int fd) {
  if (::isatty(fd) == 0) return std::nullopt;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace stream_status::os
