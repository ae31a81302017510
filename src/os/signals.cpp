#include "os/signals.h"

#include <signal.h>
#include <unistd.h>

namespace stream_status::os {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

std::optional<int> wait_for_stop_signal(milliseconds timeout) {
  const sigset_t set = stop_signals();
  const auto whole = std::chrono::duration_cast<seconds>(timeout);
  const timespec limit{whole.count(), std::chrono::nanoseconds(timeout - whole).count()};
  const int number = ::sigtimedwait(&set, nullptr, &limit);
  if (number < 0) return std::nullopt;
  return number;
}

void request_stop() { ::kill(::getpid(), SIGTERM); }

}  // namespace stream_status::os
