#include "support/waiting.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace stream_status::testing {
namespace {

constexpr std::uint32_t kAnyChange = IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB;
constexpr milliseconds kLook{50};

int timeout_of(milliseconds left) { return static_cast<int>(left.count()); }

}  // namespace

milliseconds Deadline::left() const {
  const auto left = std::chrono::ceil<milliseconds>(end_ - std::chrono::steady_clock::now());
  return std::max(left, milliseconds{0});
}

bool wait_readable(int fd, const Deadline& deadline) {
  for (;;) {
    pollfd entry{fd, POLLIN, 0};
    const int ready = ::poll(&entry, 1, timeout_of(deadline.left()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

DirectoryWatch::DirectoryWatch(const std::string& path, std::uint32_t events)
    : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  EXPECT_TRUE(inotify_) << "no inotify instance is left for this user";
  EXPECT_GE(::inotify_add_watch(inotify_.get(), path.c_str(), events), 0) << path;
}

void DirectoryWatch::read() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      if (event->len > 0) ++seen_[event->name];
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

int DirectoryWatch::count(const std::string& name) const {
  const auto seen = seen_.find(name);
  return seen == seen_.end() ? 0 : seen->second;
}

bool DirectoryWatch::wait_for(const std::string& name, int times, const Deadline& deadline) {
  for (;;) {
    read();
    if (count(name) >= times) return true;
    if (!wait_readable(inotify_.get(), deadline)) return false;
  }
}

bool eventually(const std::string& directory, const std::function<bool()>& holds, const Deadline& deadline) {
  const os::Fd inotify{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  ::inotify_add_watch(inotify.get(), directory.c_str(), kAnyChange);
  for (;;) {
    if (holds()) return true;
    if (deadline.over()) return false;
    pollfd entry{inotify.get(), POLLIN, 0};
    ::poll(&entry, 1, timeout_of(std::min(kLook, deadline.left())));
    std::array<char, 16384> ignored;
    while (::read(inotify.get(), ignored.data(), ignored.size()) > 0) {
    }
  }
}

bool wait_end(const os::Fd& process, const Deadline& deadline) {
  wait_exit_code(process, deadline);
  pollfd entry{process.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) > 0;
}

int wait_exit_code(const os::Fd& process, const Deadline& deadline) {
  if (!wait_readable(process.get(), deadline)) return -1;
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(process.get()), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return -1;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

bool send_signal(const os::Fd& process, int signal) {
  return ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) == 0;
}

}  // namespace stream_status::testing
