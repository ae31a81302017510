// Commands that look and never start anything: status, ps, where, version; with logs and doctor of their own files.
#include <fmt/format.h>

#include "base/release.h"
#include "cli/doctor.h"
#include "cli/logs_command.h"
#include "cli/ps_command.h"
#include "cli/survey.h"
#include "cli/table.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

// ── status ───────────────────────────────────────────────────────────────────────────────────────────────────────────

struct Status {
  project::Project project;
  ServerSurvey server;
  ConfigSurvey config;
};

Result<Status> find_status(const Call& call) {
  const Location location = TRY(locate(call));
  Status status{.project = location.project, .server = {}, .config = {}};
  const auto directory = TRY(project::find_project_directory(location.home, location.project));
  if (!directory) return status;
  status.server = TRY(survey_server(call, *directory));
  status.config = survey_config(*directory, location.project);
  return status;
}

std::string render_status(const Status& status, const Screen& screen) {
  const ServerSurvey& server = status.server;
  const bool running = server.state == ServerState::kRunning;
  const bool is_absent = server.state == ServerState::kNone || server.state == ServerState::kLeftover;
  const Tone tone = running ? Tone::kDone : is_absent ? Tone::kFaint : Tone::kStuck;
  std::string text = fmt::format("{} {}  {}\n", screen.style.paint(tone, running ? "●" : "○"),
                                 screen.style.paint(tone, name_of(server.state)),
                                 screen.style.paint(Tone::kStrong, printable(status.project.name)));
  std::vector<Fact> facts = {{"project", printable(status.project.root)}};
  if (running) {
    const project::Record& record = *server.record;
    if (record.port != 0) facts.push_back({"dashboard", fmt::format("http://127.0.0.1:{}/", record.port), Tone::kLive});
    if (record.network_namespace != 0 && record.network_namespace != os::network_namespace())
      facts.push_back({"", "in another network namespace: a browser here can not reach it", Tone::kRisk});
    facts.push_back({"pid", std::to_string(record.pid)});
    facts.push_back({"socket", printable(record.socket)});
    facts.push_back({"up", shown_uptime(record, screen.now)});
    facts.push_back({"version", printable(record.server_version)});
    facts.push_back({"revision", std::to_string(server.revision)});
  }
  if (!server.holder.empty()) facts.push_back({"held by", printable(server.holder), Tone::kStuck});
  if (!server.problem.empty()) facts.push_back({"problem", printable(server.problem), Tone::kStuck});
  if (!server.notice.empty()) facts.push_back({"notice", printable(server.notice), Tone::kRisk});
  if (server.state == ServerState::kSilent || server.state == ServerState::kHung)
    facts.push_back(
        {"next", "stream-status restart replaces it if it hangs; so does any call of an agent", Tone::kFaint});
  if (is_absent)
    facts.push_back({"next", "stream-status dashboard starts it; so does any call of an agent", Tone::kFaint});
  for (const std::string& warning : status.config.warnings)
    facts.push_back({"config", printable(warning), Tone::kRisk});
  if (status.config.problem) {
    facts.push_back({"config", printable(status.config.problem->message), Tone::kStuck});
    if (!status.config.problem->hint.empty()) facts.push_back({"", printable(status.config.problem->hint)});
  }
  return text + render_facts(facts, screen);
}

int run_status(const Call& call) {
  const auto status = find_status(call);
  if (!status) return call.report.failure(status.error());
  json::object data = to_json(status->server, call.world.clock.wall());
  data["projectRoot"] = status->project.root;
  data["projectName"] = status->project.name;
  json::array warnings(status->config.warnings.begin(), status->config.warnings.end());
  data["config"] = {
      {"warnings", std::move(warnings)},
      {"problem", status->config.problem ? json::value(status->config.problem->message) : json::value(nullptr)}};
  call.report.answer(std::move(data), [&](const Screen& screen) { return render_status(*status, screen); });
  return status->server.state == ServerState::kRunning ? kExitOk : kExitFailed;
}

// ── where ────────────────────────────────────────────────────────────────────────────────────────────────────────────

std::string_view reason_for(project::Home::Chosen chosen) {
  switch (chosen) {
    case project::Home::Chosen::kDefault: return "the usual place";
    case project::Home::Chosen::kFlag: return "by --home";
    case project::Home::Chosen::kEnvironment: return "by STREAM_STATUS_HOME";
    case project::Home::Chosen::kNetworkFallback: return "the usual place is on a network filesystem";
  }
  return "";
}

int run_where(const Call& call) {
  const auto location = locate(call);
  if (!location) return call.report.failure(location.error());
  const auto directory = project::find_project_directory(location->home, location->project);
  if (!directory) return call.report.failure(directory.error());
  const project::Home& home = location->home;
  const project::Project& project = location->project;
  const bool there = directory->has_value();
  const std::string name = there ? (*directory)->name : project.name;
  const std::string path = home.projects() + "/" + name;
  const json::object data{{"projectRoot", project.root},
                          {"projectKey", project.key},
                          {"worktree", project.worktree},
                          {"isGit", project.is_git},
                          {"directory", path},
                          {"exists", there},
                          {"database", path + "/" + project::kDatabaseName},
                          {"socket", path + "/" + project::kSocketName},
                          {"config", path + "/" + project::kConfigName},
                          {"record", path + "/" + project::kRecordName},
                          {"log", home.logs() + "/api-server-" + name + ".log"},
                          {"backups", home.backups + "/" + name},
                          {"home", home.base},
                          {"homeChosen", reason_for(home.chosen)},
                          {"homeNote", text_or_null(home.note)}};
  return call.report.answer(data, [&](const Screen& screen) {
    const auto value = [&](std::string_view key) { return printable(find_string(data, key).value_or("")); };
    std::vector<Fact> facts = {{"project", value("projectRoot"), Tone::kStrong}, {"key", value("projectKey")}};
    if (project.worktree != project.root) facts.push_back({"worktree", value("worktree")});
    facts.push_back({"directory", value("directory") + (there ? "" : "  (made on first use)")});
    for (const char* key : {"database", "socket", "config", "log", "backups"}) facts.push_back({key, value(key)});
    facts.push_back({"home", fmt::format("{}  ({})", value("home"), value("homeChosen"))});
    if (!home.note.empty()) facts.push_back({"note", value("homeNote"), Tone::kRisk});
    return render_facts(facts, screen);
  });
}

// ── version ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/// The server of this directory, if there is a project and its server runs.
std::optional<project::Record> find_running(const Call& call) {
  const auto location = locate(call);
  if (!location) return std::nullopt;
  const auto directory = project::find_project_directory(location->home, location->project);
  if (!directory || !*directory) return std::nullopt;
  const auto survey = survey_server(call, **directory);
  if (!survey || survey->state != ServerState::kRunning) return std::nullopt;
  return survey->record;
}

int run_version(const Call& call) {
  const auto server = find_running(call);
  json::object data{
      {"name", "stream-status"}, {"version", kVersion}, {"protocol", api::kProtocol}, {"server", nullptr}};
  if (server)
    data["server"] = {{"version", server->server_version},
                      {"protocol", server->protocol},
                      {"pid", server->pid},
                      {"projectRoot", server->project_root}};
  return call.report.answer(std::move(data), [&](const Screen& screen) {
    std::string text = fmt::format("stream-status {}  {}\n", kVersion,
                                   screen.style.paint(Tone::kFaint, fmt::format("protocol {}", api::kProtocol)));
    if (server)
      text += fmt::format("server {}  {}\n", printable(server->server_version),
                          screen.style.paint(Tone::kFaint, fmt::format("protocol {} · pid {} · {}", server->protocol,
                                                                       server->pid, printable(server->project_root))));
    return text;
  });
}

}  // namespace

std::vector<Command> diagnosis_commands() {
  return {
      {.name = "status",
       .group = Group::kDiagnosis,
       .summary = "does this project's server run, and how is it",
       .examples = {"status", "status --json"},
       .details = "Exits 0 when it runs, 1 when it does not.",
       .run = run_status},
      ps_command(),
      logs_command(),
      {.name = "where",
       .group = Group::kDiagnosis,
       .summary = "which project this is, and where its files lie",
       .examples = {"where", "where --json"},
       .run = run_where},
      doctor_command(),
      {.name = "version",
       .group = Group::kDiagnosis,
       .summary = "version of this program, and of the server if it runs",
       .examples = {"version"},
       .run = run_version},
  };
}

}  // namespace stream_status::cli
