// The data: the database, the newest backup, and the clock that dates them. SQLite is the server's: a running one is
// asked, else its program reads the files.
#include <fmt/format.h>

#include <algorithm>

#include "api/wire.h"
#include "cli/doctor.h"
#include "os/file.h"
#include "os/file_facts.h"
#include "os/lock.h"
#include "os/program.h"
#include "project/backups.h"

namespace stream_status::cli {
namespace {

/// While a database is read, agents wait for the server: not longer than they are patient.
constexpr milliseconds kCheckTime{10'000};
constexpr milliseconds kOldBackup = std::chrono::hours(24);
constexpr milliseconds kFirstBackup = std::chrono::minutes(10);
constexpr milliseconds kClockSlack = std::chrono::minutes(5);

/// What was found about one database file.
struct Checked {
  bool finished = false;
  std::optional<Error> problem = {};
  std::int64_t revision = 0;
};

Checked from_answer(const json::object& answer) {
  Checked checked{.finished = true, .revision = find_integer(answer, "revision").value_or(0)};
  const json::value* ok = answer.if_contains("ok");
  if (ok != nullptr && ok->is_bool() && ok->get_bool()) return checked;
  checked.problem = Error{error_code_from_name(find_string(answer, "code").value_or("")),
                          std::string(find_string(answer, "message").value_or("the check failed")),
                          std::string(find_string(answer, "hint").value_or(""))};
  return checked;
}

Checked check_file(const Call& call, const std::string& path, bool is_copy) {
  const auto program = client::find_server_program(call.world.executable);
  if (!program) return {};
  os::ProgramCall run{.program = *program, .arguments = {"--check", path}, .environment = call.world.environment};
  if (is_copy) run.arguments.emplace_back("--copy");
  run.deadline = kCheckTime;
  const auto result = os::run_program(run);
  if (!result || result->ending != os::Ending::kExited) return {};
  const auto answer = parse_json_object(result->output);
  return answer ? from_answer(*answer) : Checked{};
}

/// A running server reads its own database, and says so in other words.
std::optional<Checked> ask_server(const Call& call, const Location& location) {
  client::Client client = make_client(call, location, agent_name(call), client::StartPolicy::kNeverStart);
  const auto answer =
      client::request_and_wait(client, call.world.clock, api::Method::kGet, std::string(api::kIntegrityPath), {});
  if (!answer || !answer->is_object()) return std::nullopt;
  Checked checked = from_answer(answer->get_object());
  if (checked.problem)
    checked.problem = Error{ErrorCode::kStorageFailed,
                            fmt::format("{} is damaged: {}", project::kDatabaseName,
                                        find_string(answer->get_object(), "verdict").value_or("the check failed")),
                            "`stream-status restart`: the next server takes the newest good backup"};
  return checked;
}

std::optional<Checked> check_live(const Examination& examination, const Location& location,
                                  const project::ProjectDirectory& directory, const FoundServer* server) {
  Findings& findings = examination.findings;
  if (server != nullptr && server->survey.state == ServerState::kRunning) {
    auto checked = ask_server(examination.call, location);
    if (!checked) findings.ok("database", "open in the server, which checks it when it starts");
    return checked;
  }
  if (server != nullptr && server->process) return std::nullopt;  // it has the files open and can not be asked
  // Nobody may start a server meanwhile: two programs would have the files open.
  const auto start_lock = os::FileLock::try_acquire(directory.fd, project::kStartLockName);
  if (!start_lock || !*start_lock) return std::nullopt;
  const auto held = os::is_lock_held(directory.fd, project::kServerLockName);
  if (!held || *held) return std::nullopt;
  // Without a log it is complete in itself, and is read without making one.
  const bool is_copy = !os::find_facts(directory.fd, std::string(project::kDatabaseName) + "-wal");
  return check_file(examination.call, directory.path + "/" + project::kDatabaseName, is_copy);
}

/// Its revision, once it is known.
std::optional<std::int64_t> check_database(const Examination& examination, const Location& location,
                                           const project::ProjectDirectory& directory, const FoundServer* server,
                                           bool has_backup) {
  Findings& findings = examination.findings;
  if (server != nullptr && !server->survey.notice.empty())
    findings.warn("data", server->survey.notice,
                  "`stream-status restore` lists the backups; `stream-status restore FILE` takes another");
  if (!os::find_facts(directory.fd, project::kDatabaseName)) {
    if (has_backup)
      findings.warn("database", fmt::format("{} is gone", project::kDatabaseName),
                    "the next server takes the newest good backup: any call of an agent starts it");
    else
      findings.ok("database", "none yet; made on first use");
    return std::nullopt;
  }
  const auto checked = check_live(examination, location, directory, server);
  if (!checked) return std::nullopt;
  if (checked->problem) {
    findings.fail("database", *checked->problem);
  } else if (!checked->finished) {
    findings.warn("database", fmt::format("{} could not be checked to its end", project::kDatabaseName),
                  "`stream-status restart`: the server checks it as it starts");
  } else {
    findings.ok("database", fmt::format("whole, revision {}", checked->revision));
    return checked->revision;
  }
  return std::nullopt;
}

/// "20261122T140000000Z", as backup names have it.
std::optional<WallTime> parse_compact(const std::string& time) {
  if (time.size() != 19) return std::nullopt;
  return parse_rfc3339(fmt::format("{}-{}-{}:{}:{}.{}", time.substr(0, 4), time.substr(4, 2), time.substr(6, 5),
                                   time.substr(11, 2), time.substr(13, 2), time.substr(15)));
}

void check_backup(const Examination& examination, const project::Backup& newest, const std::string& path,
                  const std::optional<std::int64_t>& revision) {
  Findings& findings = examination.findings;
  const auto taken = parse_compact(newest.time);
  const WallTime now = examination.call.world.clock.wall();
  const std::string when = taken ? ago(*taken, now) : "at an unknown time";
  const Checked checked = check_file(examination.call, path + "/" + newest.name, true);
  if (checked.problem)
    return findings.fail("backup", checked.problem->message,
                         "`stream-status backup` makes another; older ones are beside it");
  if (!checked.finished)
    return findings.warn("backup", fmt::format("{} could not be read to its end", newest.name),
                         "`stream-status backup` makes and checks another");
  const bool misses_changes = revision && *revision > newest.revision;
  if (misses_changes && taken && now - *taken > kOldBackup)
    return findings.warn(
        "backup", fmt::format("the newest was taken {} and misses {} changes", when, *revision - newest.revision),
        "`stream-status backup` makes one now");
  findings.ok("backup", fmt::format("the newest was taken {}, revision {}, whole", when, newest.revision));
}

/// A server takes the first within 5 minutes of a change; one that was killed before that has taken none.
void check_first_backup(const Examination& examination, const FoundServer* server) {
  const auto running = server != nullptr && server->survey.state == ServerState::kRunning
                           ? uptime(*server->survey.record, examination.call.world.clock.wall())
                           : std::nullopt;
  if (running && *running < kFirstBackup)
    return examination.findings.ok("backup", "none yet; the first is taken within 5 minutes of a change");
  examination.findings.warn("backup", "none yet", "`stream-status backup` makes one now");
}

void check_clock(const Examination& examination, const std::optional<WallTime>& newest) {
  const WallTime now = examination.call.world.clock.wall();
  if (newest && *newest - now > kClockSlack)
    return examination.findings.warn(
        "clock",
        fmt::format("it shows {}, and something was written at {}", format_rfc3339(now), format_rfc3339(*newest)),
        "set the clock; nothing is decided by it, but times of streams and commits come from it");
  examination.findings.ok("clock", format_rfc3339(now));
}

}  // namespace

void check_storage(const Examination& examination, const Location& location, const project::ProjectDirectory& directory,
                   const FoundServer* server) {
  const project::Home& home = location.home;
  const std::string path = home.backups + "/" + directory.name;
  std::vector<project::Backup> backups;
  if (const auto opened = os::open_private_directory(path, home.trusted, os::IfMissing::kFail))
    backups = project::list_backups(*opened).value_or(std::vector<project::Backup>{});
  std::erase_if(backups, [](const project::Backup& one) { return one.kind != project::BackupKind::kSnapshot; });

  const auto revision = check_database(examination, location, directory, server, !backups.empty());
  if (!backups.empty())
    check_backup(examination, backups.front(), path, revision);
  else if (revision && *revision > 0)
    check_first_backup(examination, server);
  if (server != nullptr && !server->survey.snapshot_problem.empty())
    examination.findings.fail("backup", server->survey.snapshot_problem, "`stream-status backup` tries again");

  std::optional<WallTime> newest;
  for (const project::Backup& one : backups) newest = std::max(newest, parse_compact(one.time));
  if (server != nullptr && server->survey.record)
    newest = std::max(newest, parse_rfc3339(server->survey.record->started_at));
  check_clock(examination, newest);
}

}  // namespace stream_status::cli
