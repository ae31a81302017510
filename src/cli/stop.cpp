#include "cli/stop.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/survey.h"
#include "client/eviction.h"
#include "client/patience.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/watch.h"
#include "project/record.h"

namespace stream_status::cli {
namespace {

constexpr seconds kDeadline{30};
/// The lock is released without an event in the directory: this often it is asked for.
constexpr milliseconds kLook{10};
/// Whoever holds start.lock for longer, while nobody takes server.lock, starts none.
constexpr seconds kTimeToAppear{10};
constexpr std::size_t kLockTextLimit = std::size_t{4} << 10;

std::string lock_text(const project::ProjectDirectory& directory) {
  const auto text = os::read_file(directory.fd, project::kServerLockName, kLockTextLimit);
  return text && *text ? **text : std::string();
}

/// Ends the holder that hangs. False: another one does it, or it woke up after all.
Result<bool> evict(const Call& call, const project::ProjectDirectory& directory, const client::HolderWatch& holder) {
  const std::string lock_path = fmt::format("{}/{}", directory.path, project::kServerLockName);
  const auto start_lock = TRY(os::FileLock::try_acquire(directory.fd, project::kStartLockName));
  if (!start_lock) return false;
  const client::Probe again = TRY(client::probe(directory, call.world.clock));
  if (again.record || !again.held || lock_text(directory) != holder.text()) return false;
  auto eviction = TRY(client::Eviction::begin(lock_path, holder.text(), call.world.clock.monotonic()));
  call.log.warn("server_hung holder=\"{}\" problem=\"{}\"", holder.describe(), again.problem);
  std::vector<os::PollEntry> entries;
  for (;;) {
    const MonotonicTime now = call.world.clock.monotonic();
    const client::Eviction::State state = eviction.step(now, entries);
    if (state == client::Eviction::State::kEnded) return true;
    if (state == client::Eviction::State::kStays) return tl::make_unexpected(eviction.error());
    entries.clear();
    eviction.add_wait(entries);
    os::poll(entries, std::max(std::chrono::ceil<milliseconds>(eviction.wake_at() - now), milliseconds{0}));
  }
}

}  // namespace

Result<Stopped> stop_server(const Call& call, const Location& location, const project::ProjectDirectory& directory) {
  const os::Clock& clock = call.world.clock;
  const MonotonicTime begun = clock.monotonic();
  const MonotonicTime deadline = begun + kDeadline;
  const auto watch = os::watch_directory(directory.fd);
  client::HolderWatch holder;
  bool has_run = false;    // a server was met: once the lock is free, it has stopped
  bool was_ended = false;  // it hung, and was ended
  std::string heard;       // instance that knows that it shall stop
  std::string problem = "it does not answer";
  const auto wait = [&] {
    std::vector<os::PollEntry> entries;
    if (watch) entries.push_back({.fd = watch->get(), .want_read = true});
    os::poll(entries, kLook);
    if (watch) os::drain_watch(*watch);
  };
  for (;;) {
    // In this order: a start that is over between the two looks has taken server.lock.
    const bool start_goes_on = os::is_lock_held(directory.fd, project::kStartLockName).value_or(false);
    if (!TRY(os::is_lock_held(directory.fd, project::kServerLockName))) {
      const bool may_come = start_goes_on && clock.monotonic() - begun < kTimeToAppear;
      if (has_run) return Stopped::kStopped;
      if (!may_come) return Stopped::kNothingToStop;
      wait();
      continue;
    }
    const auto record = project::find_record(directory.fd);
    const bool is_another = record && record->instance_id != heard;
    if (is_another && (was_ended || !heard.empty())) return Stopped::kStopped;  // an agent has started the next one
    const client::Probe probe = is_another ? TRY(client::probe(directory, clock)) : client::Probe{};
    if (probe.record) {
      has_run = true;
      if (client::ask_to_stop(directory, clock, *probe.record)) {
        heard = probe.record->instance_id;
        problem = "it was asked to stop and still runs";
      } else {
        problem = "it answers, and did not say that it will stop";  // busy most often: it is asked again
      }
      holder.reset();
    } else {
      if (!probe.problem.empty()) problem = probe.problem;
      holder.look(clock.monotonic(), lock_text(directory));
    }
    if (holder.hung(clock.monotonic())) {
      const auto ended = evict(call, directory, holder);
      if (!ended) return add_context("stop server", ended.error());
      if (*ended) {
        has_run = was_ended = true;
      } else {  // it is another one's to end, or answers again: then it may have forgotten what it heard
        holder.reset();
        heard.clear();
      }
    }
    if (clock.monotonic() >= deadline)
      return fail(ErrorCode::kServerUnavailable,
                  fmt::format("stop server: {}: {} holds {}: {}", location.project.root,
                              describe_holder(call, directory), project::kServerLockName, problem),
                  "look again in a moment; `stream-status logs` says what it does");
    wait();
  }
}

}  // namespace stream_status::cli
