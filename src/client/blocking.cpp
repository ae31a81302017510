// The parts of client.h that wait by themselves: for callers that have nothing else to wait for.
#include <fmt/format.h>

#include <algorithm>

#include "client/client.h"
#include "client/connection.h"
#include "client/handshake.h"
#include "os/file.h"
#include "os/lock.h"

namespace stream_status::client {
namespace {

void wait_for(std::vector<os::PollEntry>& entries, std::optional<MonotonicTime> wake_at, MonotonicTime now) {
  std::optional<milliseconds> timeout;
  // Rounded up: a look a moment too early would only be followed by another one.
  if (wake_at) timeout = std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(*wake_at - now));
  os::poll(entries, timeout);
}

/// Runs the client until `outcome` is there.
Result<json::value> run(Client& client, const os::Clock& clock, std::optional<Result<json::value>>& outcome) {
  std::vector<os::PollEntry> entries;
  for (;;) {
    const MonotonicTime now = clock.monotonic();
    client.step(now, entries);
    if (outcome) return std::move(*outcome);
    entries.clear();
    client.add_wait(entries);
    wait_for(entries, client.wake_at(), now);
  }
}

/// Steps it until it knows.
void run(Handshake& handshake, const os::Clock& clock) {
  std::vector<os::PollEntry> entries;
  while (handshake.step(clock.monotonic(), entries) == Handshake::State::kWaiting) {
    entries.clear();
    handshake.add_wait(entries);
    wait_for(entries, handshake.wake_at(), clock.monotonic());
  }
}

}  // namespace

Result<json::value> call_and_wait(Client& client, const os::Clock& clock, const api::Operation& operation,
                                  json::object arguments) {
  std::optional<Result<json::value>> outcome;
  client.call(operation, std::move(arguments), [&](Result<json::value> result) { outcome = std::move(result); });
  return run(client, clock, outcome);
}

Result<json::value> request_and_wait(Client& client, const os::Clock& clock, api::Method method, std::string target,
                                     const json::object& body) {
  std::optional<Result<json::value>> outcome;
  client.request(method, std::move(target), body, [&](Result<json::value> result) { outcome = std::move(result); });
  return run(client, clock, outcome);
}

Result<Probe> probe(const project::ProjectDirectory& directory, const os::Clock& clock) {
  Probe found;
  found.held = TRY(os::is_lock_held(directory.fd, project::kServerLockName));
  auto record = project::find_record(directory.fd, &found.problem);
  if (!record) return found;
  if (record->is_founding()) {
    found.problem =
        fmt::format("the record is of the founding Node implementation (pid {}, port {})", record->pid, record->port);
    return found;
  }
  std::string root = record->project_root;
  Handshake handshake(directory.fd, std::move(*record), std::move(root), clock.monotonic());
  run(handshake, clock);
  found.problem = handshake.problem();
  found.silent = handshake.state() == Handshake::State::kSilent;
  if (handshake.health().empty()) return found;
  found.record = handshake.record();  // also of a server that drains, or speaks another protocol: the problem says so
  found.health = handshake.health();
  return found;
}

std::string find_port_problem(const project::Record& record, const os::Clock& clock) {
  // No directory, no socket in it: the handshake goes to the port.
  Handshake handshake(os::Fd(), record, record.project_root, clock.monotonic());
  run(handshake, clock);
  return handshake.state() == Handshake::State::kVerified ? std::string() : handshake.problem();
}

bool ask_to_stop(const project::ProjectDirectory& directory, const os::Clock& clock, const project::Record& server) {
  Handshake handshake(directory.fd, server, server.project_root, clock.monotonic());
  run(handshake, clock);
  if (handshake.state() == Handshake::State::kDraining) return true;
  if (handshake.health().empty()) return false;
  Connection connection = handshake.take_connection();
  connection.send(api::Method::kPost, api::kStopPath, {},
                  json::serialize(json::object{{"instanceId", server.instance_id}}));
  const MonotonicTime deadline = clock.monotonic() + kHandshakeTime;
  std::vector<os::PollEntry> entries;
  Progress progress = Progress::kWaiting;
  while ((progress = connection.step(entries)) == Progress::kWaiting && clock.monotonic() < deadline) {
    entries.clear();
    connection.add_wait(entries);
    wait_for(entries, deadline, clock.monotonic());
  }
  if (progress != Progress::kAnswered) return false;
  const Answer answer = connection.take_answer();
  if (answer.status == 200) return true;
  const auto refusal = parse_json_object(answer.body);
  return answer.status == 503 && refusal && find_string(*refusal, "code") == error_name(ErrorCode::kDraining);
}

Result<std::string> find_server_program(const std::string& own_executable) {
  constexpr std::string_view kName = "stream-statusd";
  const std::string folder = own_executable.substr(0, own_executable.rfind('/'));
  const std::string beside = fmt::format("{}/{}", folder, kName);
  const std::string installed = fmt::format("{}/libexec/stream-status/{}", folder.substr(0, folder.rfind('/')), kName);
  for (const std::string& path : {beside, installed})
    if (os::kind_of(path) == os::FileKind::kRegular) return path;
  return fail(ErrorCode::kServerUnavailable,
              fmt::format("find the server's program: neither {} nor {} is there", beside, installed),
              "build or install stream-status again: both programs belong together");
}

}  // namespace stream_status::client
