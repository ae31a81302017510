#include "client/eviction.h"

#include <fmt/format.h>

#include "client/connection.h"
#include "project/holder.h"

namespace stream_status::client {

Result<Eviction> Eviction::begin(const std::string& lock_path, std::string_view text, MonotonicTime now) {
  const os::ProcessIdentity holder = TRY(project::prove_holder(lock_path, text));
  auto eviction = begin(holder, now);
  if (!eviction && eviction.error().code == ErrorCode::kInternal)
    return project::holder_left_alone(lock_path, fmt::format("pid {}", holder.pid), eviction.error().message,
                                      eviction.error().hint);
  return eviction;
}

Result<Eviction> Eviction::begin(const os::ProcessIdentity& holder, MonotonicTime now) {
  auto process = os::watch_process(holder);
  if (!process && process.error().code == ErrorCode::kNotFound) process = os::Fd();  // it has just ended
  if (!process)
    return fail(ErrorCode::kInternal, process.error().message,
                fmt::format("end it (`kill {}`) and call again", holder.pid));
  Eviction eviction(std::move(*process), holder.pid, now);
  if (!eviction.process_) return eviction;
  if (const auto sent = os::send_signal(eviction.process_, os::Signal::kTerminate); !sent) {
    if (sent.error().code != ErrorCode::kNotFound) return add_context("end the server", sent.error());
    eviction.process_.reset();
    return eviction;
  }
  (void)os::send_signal(eviction.process_, os::Signal::kContinue);
  return eviction;
}

Eviction::State Eviction::step(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  if (!process_) return State::kEnded;
  const os::PollEntry* ended = find_entry(entries, process_.get());
  if (ended != nullptr && ended->readable) return State::kEnded;
  if (now < next_) return State::kEnding;
  if (killed_) return State::kStays;
  killed_ = true;
  next_ = now + kTimeToVanish;
  if (!os::send_signal(process_, os::Signal::kKill)) return State::kEnded;
  return State::kEnding;
}

Error Eviction::error() const {
  return {
      ErrorCode::kServerUnavailable,
      fmt::format("pid {} hangs, and SIGKILL does not end it: the kernel waits for something, a disk most often", pid_),
      "look at the machine's disks (`dmesg`), then call again"};
}

void Eviction::add_wait(std::vector<os::PollEntry>& entries) const {
  if (process_) entries.push_back({.fd = process_.get(), .want_read = true});
}

}  // namespace stream_status::client
