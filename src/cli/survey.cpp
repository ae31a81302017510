#include "cli/survey.h"

#include "cli/style.h"
#include "client/patience.h"
#include "os/file.h"
#include "project/record.h"

namespace stream_status::cli {
namespace {

constexpr std::size_t kLockTextLimit = std::size_t{4} << 10;
constexpr std::size_t kConfigLimit = std::size_t{1} << 20;

}  // namespace

std::string describe_holder(const Call& call, const project::ProjectDirectory& directory) {
  const auto text = os::read_file(directory.fd, project::kServerLockName, kLockTextLimit);
  client::HolderWatch holder;
  holder.look(call.world.clock.monotonic(), text && *text ? **text : std::string());
  return holder.describe();
}

LockText read_lock_text(const project::ProjectDirectory& directory) {
  const auto text = os::read_file(directory.fd, project::kServerLockName, kLockTextLimit);
  const auto holder = text && *text ? parse_json_object(**text) : Result<json::object>(json::object{});
  if (!holder) return {};
  return {find_integer(*holder, "pid").value_or(0), std::string(find_string(*holder, "phase").value_or(""))};
}

Result<ServerSurvey> survey_server(const Call& call, const project::ProjectDirectory& directory) {
  client::Probe probe = TRY(client::probe(directory, call.world.clock));
  ServerSurvey survey;
  survey.problem = probe.problem;
  if (probe.record) {
    survey.state = ServerState::kRunning;
    survey.revision = find_integer(probe.health, "revision").value_or(0);
    if (const json::value* git = probe.health.if_contains("git"); git != nullptr && git->is_object()) {
      survey.watching = find_string(git->get_object(), "watching").value_or("");
      survey.git_problem = find_string(git->get_object(), "problem").value_or("");
    }
    if (const json::value* kept = probe.health.if_contains("storage"); kept != nullptr && kept->is_object())
      survey.snapshot_problem = find_string(kept->get_object(), "snapshotProblem").value_or("");
    survey.notice = find_string(probe.health, "notice").value_or("");
    survey.record = std::move(probe.record);
    return survey;
  }
  survey.record = project::find_record(directory.fd);
  if (probe.held) {
    survey.state =
        probe.silent && read_lock_text(directory).phase == "ready" ? ServerState::kHung : ServerState::kSilent;
    survey.holder = describe_holder(call, directory);
  } else if (survey.record) {
    survey.state = ServerState::kLeftover;
  }
  return survey;
}

json::object to_json(const ServerSurvey& survey, WallTime now) {
  json::object object{{"state", name_of(survey.state)}, {"running", survey.state == ServerState::kRunning}};
  if (survey.record) {
    const project::Record& record = *survey.record;
    object["pid"] = record.pid;
    object["port"] = record.port;
    object["socket"] = record.socket;
    object["startedAt"] = record.started_at;
    object["instanceId"] = record.instance_id;
    object["serverVersion"] = record.server_version;
    object["protocol"] = record.protocol;
    if (const auto length = uptime(record, now); length && survey.state == ServerState::kRunning)
      object["uptimeSeconds"] = *length / seconds{1};
  }
  if (survey.state == ServerState::kRunning) object["revision"] = survey.revision;
  if (!survey.holder.empty()) object["holder"] = survey.holder;
  if (!survey.problem.empty()) object["problem"] = survey.problem;
  if (!survey.notice.empty()) object["notice"] = survey.notice;
  return object;
}

std::string_view name_of(ServerState state) {
  switch (state) {
    case ServerState::kRunning: return "running";
    case ServerState::kSilent: return "no answer";
    case ServerState::kHung: return "hung";
    case ServerState::kLeftover: return "left over";
    case ServerState::kNone: return "not running";
  }
  return "";
}

std::string shown_uptime(const project::Record& record, WallTime now) {
  const auto length = uptime(record, now);
  return length ? duration(*length) : std::string("?");
}

std::optional<milliseconds> uptime(const project::Record& record, WallTime now) {
  const auto started = parse_rfc3339(record.started_at);
  if (!started) return std::nullopt;
  return std::max(now - *started, milliseconds{0});
}

ConfigSurvey survey_config(const project::ProjectDirectory& directory, const project::Project& project) {
  ConfigSurvey survey;
  const auto text = os::read_file(directory.fd, project::kConfigName, kConfigLimit);
  if (!text) {
    survey.problem = text.error();
    return survey;
  }
  if (!*text) return survey;
  survey.there = true;
  project::Config defaults;
  defaults.project_root = project.root;
  defaults.project_name = project.name;
  const auto config = project::parse_config(**text, defaults);
  if (config)
    survey.warnings = config->warnings;
  else
    survey.problem = config.error();
  return survey;
}

}  // namespace stream_status::cli
