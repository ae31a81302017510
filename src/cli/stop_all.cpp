#include "cli/stop_all.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "api/errors.h"
#include "cli/servers.h"
#include "cli/stop.h"
#include "cli/text.h"
#include "client/eviction.h"

namespace stream_status::cli {
namespace {

constexpr seconds kTimeToLeave{15};
/// Agents at work start the next server at once, and may keep it after that.
constexpr int kPasses = 5;
/// Whoever holds start.lock for longer, without a server to be seen, starts none.
constexpr seconds kTimeToAppear{10};
constexpr milliseconds kLook{10};

/// The project a directory belongs to: by its owner's key, or, when that is gone, as its record says.
project::Project project_of(const FoundServer& server) {
  const std::string& key = server.known->owner_key;
  const os::Environment none;
  auto found = project::find_project({.flag = key, .environment = &none, .current_directory = "/"});
  if (found && found->key == key) return *std::move(found);
  const std::string root = server.project_root.empty() ? server.path : server.project_root;
  return {.key = key, .root = root, .name = root.substr(root.rfind('/') + 1), .worktree = root};
}

void wait_for_end(const os::Clock& clock, const os::Fd& process) {
  const MonotonicTime deadline = clock.monotonic() + kTimeToLeave;
  std::vector<os::PollEntry> entries{{.fd = process.get(), .want_read = true}};
  while (!entries.front().readable && clock.monotonic() < deadline)
    os::poll(entries, std::chrono::ceil<milliseconds>(deadline - clock.monotonic()));
}

/// True: it ran. A server that nobody can ask, because its record or its files are gone or a signal has stopped it, is
/// told by the signal that an operating system sends: it drains and leaves as after a call.
Result<bool> stop_one(const Call& call, const project::Home& home, const FoundServer& server) {
  const bool can_be_asked =
      server.known && !server.is_orphan() && server.survey.record && !(server.process && server.process->is_stopped);
  if (server.process && !can_be_asked) {
    const auto left = ask_to_leave(call, server.process->identity);
    if (left) return true;
    if (!server.known || server.is_orphan()) return tl::make_unexpected(left.error());
  }
  std::optional<os::Fd> process;
  if (server.process)
    if (auto watched = os::watch_process(server.process->identity)) process = *std::move(watched);
  const Location location{home, project_of(server)};
  const bool ran = TRY(stop_server(call, location, server.known->directory)) == Stopped::kStopped;
  // It has let go of its lock. Until it has ended, the next look would see it, or what it forks last, once more.
  if (ran && process) wait_for_end(call.world.clock, *process);
  return ran;
}

}  // namespace

Result<void> ask_to_leave(const Call& call, const os::ProcessIdentity& process) {
  const os::Clock& clock = call.world.clock;
  const MonotonicTime begun = clock.monotonic();
  auto eviction = TRY(client::Eviction::begin(process, begun));
  std::vector<os::PollEntry> entries;
  // Its patience is counted from `begun`, and for it no time passes: it never gets to SIGKILL.
  while (eviction.step(begun, entries) == client::Eviction::State::kEnding) {
    const MonotonicTime now = clock.monotonic();
    if (now - begun >= kTimeToLeave)
      return fail(ErrorCode::kServerUnavailable,
                  fmt::format("pid {} was asked to leave {} s ago and still runs", process.pid, kTimeToLeave.count()),
                  fmt::format("look at its log; if it is of no use any more: kill -KILL {}", process.pid));
    entries.clear();
    eviction.add_wait(entries);
    os::poll(entries, std::chrono::ceil<milliseconds>(begun + kTimeToLeave - now));
  }
  return {};
}

Result<std::vector<StoppedServer>> stop_all(const Call& call) {
  const project::Home home = TRY(locate_home(call));
  const os::Clock& clock = call.world.clock;
  std::vector<StoppedServer> servers;
  std::set<std::pair<std::int64_t, std::string>> tried;  // by pid, else by directory: what stays is not asked twice
  MonotonicTime last_found = clock.monotonic();
  for (int passes = 0; passes < kPasses;) {
    const FoundServers found = TRY(find_servers(call, home));
    bool has_ended_one = false;
    for (const FoundServer& server : found.servers) {
      StoppedServer one{.project_root = server.project_root};
      if (server.process)
        one.pid = server.process->identity.pid;
      else if (server.survey.record)
        one.pid = server.survey.record->pid;
      // One that has let go of its lock and not ended yet has no directory any more.
      const std::pair who(one.pid, one.pid == 0 ? server.path : std::string());
      if (tried.contains(who)) continue;
      const auto ran = stop_one(call, home, server);
      if (ran && !*ran) continue;
      has_ended_one = has_ended_one || ran;
      tried.insert(who);
      if (!ran) one.left = ran.error();
      one.may_run = server.problem && !server.process;
      servers.push_back(std::move(one));
    }
    if (has_ended_one) {
      ++passes;
      last_found = clock.monotonic();
      continue;
    }
    if (!found.start_goes_on || clock.monotonic() - last_found >= kTimeToAppear) break;
    std::vector<os::PollEntry> nothing;
    os::poll(nothing, kLook);
  }
  return servers;
}

int report_stopped(const Call& call, const std::vector<StoppedServer>& servers) {
  json::array stopped;
  json::array left;
  int code = kExitOk;
  for (const StoppedServer& server : servers) {
    json::object row{{"projectRoot", server.project_root}};
    if (server.pid != 0) row["pid"] = server.pid;
    if (server.left) {
      row["error"] = {{"code", error_name(server.left->code)},
                      {"message", server.left->message},
                      {"hint", text_or_null(server.left->hint)}};
      if (code == kExitOk) code = api::exit_code(server.left->code);
    }
    (server.left ? left : stopped).push_back(std::move(row));
  }
  call.report.answer({{"stopped", std::move(stopped)}, {"left", std::move(left)}}, [&](const Screen& screen) {
    std::string text;
    for (const StoppedServer& server : servers) {
      const std::string who = printable(server.project_root);
      if (!server.left) {
        text += fmt::format("{} stopped the server of {}\n", screen.style.paint(Tone::kDone, "✓"), who);
        continue;
      }
      text += fmt::format("{} the server of {} {}\n", screen.style.paint(Tone::kStuck, "✗"), who,
                          server.may_run ? "can not be looked for" : "still runs");
      text += fmt::format("  {}\n", printable(server.left->message));
      if (!server.left->hint.empty())
        text += fmt::format("  {}\n", screen.style.paint(Tone::kFaint, "→ " + printable(server.left->hint)));
    }
    return text.empty() ? std::string("nothing to stop\n") : text;
  });
  return code;
}

}  // namespace stream_status::cli
