#include "client/eviction.h"

#include <fmt/format.h>

#include "base/json.h"
#include "client/connection.h"

namespace stream_status::client {
namespace {

/// What the holder wrote about itself; absent when anything is missing or can not be.
std::optional<os::ProcessIdentity> parse_holder(std::string_view text) {
  const auto holder = parse_json_object(text);
  if (!holder) return std::nullopt;
  const std::int64_t pid = find_integer(*holder, "pid").value_or(0);
  const std::int64_t ticks = find_integer(*holder, "startTicks").value_or(0);
  const std::int64_t pid_namespace = find_integer(*holder, "pidNamespace").value_or(0);
  const std::string_view boot = find_string(*holder, "bootId").value_or("");
  if (pid <= 1 || ticks <= 0 || pid_namespace <= 0 || boot.empty()) return std::nullopt;
  return os::ProcessIdentity{pid, static_cast<std::uint64_t>(ticks), std::string(boot),
                             static_cast<std::uint64_t>(pid_namespace)};
}

tl::unexpected<Error> not_proved(const std::string& lock_path, const std::string& holder, std::string_view why,
                                 std::string hint) {
  return fail(ErrorCode::kServerUnavailable,
              fmt::format("{} holds {} and hangs; it was left alone: {}", holder, lock_path, why), std::move(hint));
}

std::string find_and_end(const std::string& lock_path) {
  return fmt::format("`fuser {}` shows which process it is; end it and call again", lock_path);
}

}  // namespace

Result<os::ProcessIdentity> prove_holder(const std::string& lock_path, std::string_view text) {
  const auto named = parse_holder(text);
  if (!named)
    return not_proved(lock_path, "an unknown process", "the file does not say which process it is",
                      find_and_end(lock_path));
  const std::string holder = fmt::format("pid {}", named->pid);
  const os::ProcessIdentity here = os::this_process();
  if (named->boot_id != here.boot_id)
    return not_proved(lock_path, holder, "it runs on another machine, or has not written there since this one started",
                      "end it on the machine that shares this directory; else " + find_and_end(lock_path));
  if (named->pid_namespace != here.pid_namespace)
    return not_proved(
        lock_path, holder,
        fmt::format("it runs in another pid namespace ({}, here {}), as in a container or a sandbox",
                    named->pid_namespace, here.pid_namespace),
        fmt::format("end it there (`stream-status stop`, or `kill {}` inside) and call again", named->pid));
  if (const auto owner = os::find_process_owner(named->pid); owner && *owner != os::current_user())
    return not_proved(lock_path, holder, fmt::format("that process belongs to user {}", *owner),
                      find_and_end(lock_path));
  if (os::find_process(named->pid) != named)
    return not_proved(lock_path, holder, "no process of that number has the start time written there",
                      find_and_end(lock_path));
  return *named;
}

Result<Eviction> Eviction::begin(const std::string& lock_path, std::string_view text, MonotonicTime now) {
  const os::ProcessIdentity holder = TRY(prove_holder(lock_path, text));
  auto eviction = begin(holder, now);
  if (!eviction && eviction.error().code == ErrorCode::kInternal)
    return not_proved(lock_path, fmt::format("pid {}", holder.pid), eviction.error().message, eviction.error().hint);
  return eviction;
}

Result<Eviction> Eviction::begin(const os::ProcessIdentity& holder, MonotonicTime now) {
  auto process = os::watch_process(holder.pid);
  if (!process && process.error().code == ErrorCode::kNotFound) process = os::Fd();  // it has just ended
  if (!process)
    return fail(ErrorCode::kInternal, process.error().message,
                fmt::format("end it (`kill {}`) and call again", holder.pid));
  Eviction eviction(std::move(*process), holder.pid, now);
  // Between the proof and the descriptor the number could have become another's.
  if (os::find_process(holder.pid) != holder) eviction.process_.reset();
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
