#include "cli/ps_command.h"

#include <fmt/format.h>

#include "cli/servers.h"
#include "cli/table.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

using Place = FoundServer::Place;

std::string_view name_of(Place place) {
  switch (place) {
    case Place::kThisHome: return "this home";
    case Place::kOtherHome: return "another home";
    case Place::kFilesGone: return "its files are gone";
    case Place::kHoldsNothing: return "it holds no lock";
  }
  return "";
}

std::string state_of(const FoundServer& server) {
  if (server.place == Place::kFilesGone) return "orphan: its files were removed";
  if (server.place == Place::kHoldsNothing)
    return server.is_orphan() ? "orphan: it holds no lock" : "starting or ending";
  if (server.problem) return "not known: " + server.problem->message;
  std::string state(cli::name_of(server.survey.state));
  if (!server.known) state = "running, not to be seen from here";
  const bool says_who = server.survey.state == ServerState::kSilent || server.survey.state == ServerState::kHung;
  if (says_who && server.process && server.process->is_stopped)
    state += ": stopped by a signal";
  else if (says_who && !server.survey.problem.empty())
    state += ": " + server.survey.problem;
  if (says_who && !server.process) state += ", held by " + server.survey.holder;
  return state;
}

std::int64_t pid_of(const FoundServer& server) {
  if (server.process) return server.process->identity.pid;
  return server.survey.record ? server.survey.record->pid : 0;
}

Tone tone_of(const FoundServer& server) {
  if (server.is_orphan() || server.problem) return Tone::kRisk;
  switch (server.survey.state) {
    case ServerState::kRunning: return Tone::kDone;
    case ServerState::kSilent:
    case ServerState::kHung: return Tone::kStuck;
    case ServerState::kLeftover:
    case ServerState::kNone: break;
  }
  return Tone::kFaint;
}

std::string render_servers(const std::vector<const FoundServer*>& servers, const Screen& screen) {
  if (servers.empty()) return screen.style.paint(Tone::kFaint, "No server runs.") + "\n";
  Table table({{.heading = "PROJECT", .least = 16},
               {.heading = "PID", .align = Align::kRight},
               {.heading = "PORT", .align = Align::kRight},
               {.heading = "UP", .align = Align::kRight, .drop_rank = 1},
               {.heading = "VERSION", .drop_rank = 2},
               {.heading = "STATE", .least = 28}});
  for (const FoundServer* server : servers) {
    const bool running = server->survey.state == ServerState::kRunning;
    const auto& record = server->survey.record;
    const std::int64_t pid = pid_of(*server);
    std::string state = fmt::format("{} {}", running ? "●" : "○", printable(state_of(*server)));
    if (server->place == Place::kOtherHome) state += ", of another home";
    const std::string up = running           ? shown_uptime(*record, screen.now)
                           : server->process ? duration(server->process->age)
                                             : std::string();
    table.add({{printable(server->project_root), running ? Tone::kStrong : Tone::kInk},
               {pid != 0 ? std::to_string(pid) : "", Tone::kInk},
               {record && record->port != 0 ? std::to_string(record->port) : "", Tone::kLive},
               {up, Tone::kFaint},
               {record ? printable(record->server_version) : "", Tone::kFaint},
               {state, tone_of(*server)}});
  }
  return table.render(screen.style, screen.columns);
}

json::object to_json(const FoundServer& server, WallTime now) {
  json::object row = cli::to_json(server.survey, now);
  row["projectRoot"] = server.project_root;
  row["directory"] = text_or_null(server.path);
  row["place"] = name_of(server.place);
  row["orphan"] = server.is_orphan();
  if (server.is_orphan()) row["state"] = "orphan";
  if (server.problem) {
    row["state"] = "not known";
    row["problem"] = server.problem->message;
  }
  if (const std::int64_t pid = pid_of(server); pid != 0) row["pid"] = pid;
  if (server.process) row["stopped"] = server.process->is_stopped;
  return row;
}

int run_ps(const Call& call) {
  const auto home = locate_home(call);
  if (!home) return call.report.failure(home.error());
  const auto found = find_servers(call, *home);
  if (!found) return call.report.failure(found.error());
  std::vector<const FoundServer*> shown;
  for (const FoundServer& server : found->servers) shown.push_back(&server);
  const bool all = call.options.has("all");
  if (all)
    for (const FoundServer& server : found->elsewhere) shown.push_back(&server);
  json::array rows;
  for (const FoundServer* server : shown) rows.push_back(to_json(*server, call.world.clock.wall()));
  const int code = call.report.answer({{"servers", std::move(rows)}, {"otherHomes", found->elsewhere.size()}},
                                      [&](const Screen& screen) { return render_servers(shown, screen); });
  if (!all && !found->elsewhere.empty())
    call.report.remark(fmt::format("{} more of other homes: stream-status ps --all", found->elsewhere.size()));
  return code;
}

}  // namespace

Command ps_command() {
  return {.name = "ps",
          .group = Group::kDiagnosis,
          .summary = "the servers of all your projects",
          .options = {{.key = "all",
                       .names = {"--all"},
                       .form = Form::kFlag,
                       .description = "also those of other homes (--home, STREAM_STATUS_HOME)"}},
          .examples = {"ps", "ps --all"},
          .details =
              "Also a server whose record or files are gone, and one that hangs: what runs is asked of the "
              "kernel.",
          .run = run_ps};
}

}  // namespace stream_status::cli
