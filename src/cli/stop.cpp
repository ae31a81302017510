#include "cli/stop.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/survey.h"
#include "os/lock.h"
#include "os/watch.h"
#include "project/record.h"

namespace stream_status::cli {
namespace {

constexpr seconds kDeadline{15};
/// The lock is released without an event in the directory: this often it is asked for.
constexpr milliseconds kLook{10};

Result<void> ask_to_stop(const Call& call, const Location& location, const std::string& instance_id) {
  client::Client client = make_client(call, location, agent_name(call), client::StartPolicy::kNeverStart);
  const auto answer = client::request_and_wait(client, call.world.clock, api::Method::kPost,
                                               std::string(api::kStopPath), {{"instanceId", instance_id}});
  // A server that is leaving may cut the connection or refuse: whether it leaves, the lock will tell.
  if (answer || is_retryable(answer.error().code)) return {};
  return tl::make_unexpected(answer.error());
}

}  // namespace

Result<Stopped> stop_server(const Call& call, const Location& location, const project::ProjectDirectory& directory) {
  const MonotonicTime deadline = call.world.clock.monotonic() + kDeadline;
  const auto watch = os::watch_directory(directory.fd);
  std::string asked;  // instance that was asked to stop
  std::string problem = "it does not answer";
  for (;;) {
    if (!TRY(os::is_lock_held(directory.fd, project::kServerLockName)))
      return asked.empty() ? Stopped::kNothingToStop : Stopped::kStopped;
    const auto record = project::find_record(directory.fd);
    if (record && record->instance_id != asked) {
      if (!asked.empty()) return Stopped::kStopped;  // an agent has started the next one meanwhile
      const client::Probe probe = TRY(client::probe(directory, call.world.clock));
      if (probe.record) {
        TRY(ask_to_stop(call, location, probe.record->instance_id));
        asked = probe.record->instance_id;
        problem = "it was asked to stop and still runs";
      } else if (!probe.problem.empty()) {
        problem = probe.problem;
      }
    }
    if (call.world.clock.monotonic() >= deadline)
      return fail(ErrorCode::kServerUnavailable,
                  fmt::format("stop server: {}: {} holds {}: {}", location.project.root,
                              describe_holder(call, directory), project::kServerLockName, problem),
                  "look again in a moment; `stream-status logs` says what it does");
    std::vector<os::PollEntry> entries;
    if (watch) entries.push_back({.fd = watch->get(), .want_read = true});
    os::poll(entries, kLook);
    if (watch) os::drain_watch(*watch);
  }
}

}  // namespace stream_status::cli
