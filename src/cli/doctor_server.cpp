// The server: what its locks, its record, its socket and its port say, against the process that really runs.
#include <fmt/format.h>

#include "base/release.h"
#include "cli/doctor.h"
#include "cli/stop_all.h"
#include "os/lock.h"

namespace stream_status::cli {
namespace {

void check_port(const Examination& examination, const project::Record& record) {
  Findings& findings = examination.findings;
  if (record.port == 0)
    return findings.warn("port",
                         "the dashboard can not be reached: no loopback port could be had; agents use the socket",
                         "allow listening on 127.0.0.1, then `stream-status restart`");
  if (record.network_namespace != 0 && record.network_namespace != os::network_namespace())
    return findings.warn("port",
                         "the server runs in another network namespace: the dashboard can not be reached from here",
                         "run `stream-status restart` from where the browser runs");
  const std::string problem = client::find_port_problem(record, examination.call.world.clock);
  if (!problem.empty())
    return findings.fail("port", fmt::format("127.0.0.1:{}: {}", record.port, problem),
                         "`stream-status restart` finds another port");
  findings.ok("port", fmt::format("127.0.0.1:{} is this server", record.port));
}

void check_git_watch(const Examination& examination, const ServerSurvey& survey) {
  Findings& findings = examination.findings;
  if (!survey.git_problem.empty())
    findings.warn("refs", survey.git_problem,
                  survey.watching == "polling"
                      ? "raise the sysctls fs.inotify.max_user_instances and fs.inotify.max_user_watches, then "
                        "`stream-status restart`"
                      : "streams work all the same; commits and worktrees are not seen until this is mended");
  else if (survey.watching == "inotify")
    findings.ok("refs", "watched (inotify)");
}

/// Who holds server.lock by the kernel's word, and what the file's text says.
void check_lock(const Examination& examination, const project::ProjectDirectory& directory, const FoundServer& server) {
  Findings& findings = examination.findings;
  const LockText text = read_lock_text(directory);
  if (!server.process)
    return findings.warn("lock",
                         fmt::format("{} is held by a process that can not be seen from here (its text: {})",
                                     project::kServerLockName, describe_holder(examination.call, directory)),
                         "look where it runs: a container, a sandbox, or another machine that shares this directory");
  const std::int64_t holder = server.process->identity.pid;
  if (text.pid != holder && server.process->identity.pid_namespace == os::this_process().pid_namespace)
    return findings.warn(
        "lock", fmt::format("pid {} holds {}, whose text names pid {}", holder, project::kServerLockName, text.pid),
        "`stream-status restart` writes it anew; until then a hung server can not be replaced");
  findings.ok("lock", fmt::format("{} is held by {}{}", project::kServerLockName, describe(*server.process),
                                  text.phase.empty() ? "" : ": " + text.phase));
}

void check_running(const Examination& examination, const FoundServer& server) {
  Findings& findings = examination.findings;
  const project::Record& record = *server.survey.record;
  findings.ok("server", fmt::format("running, pid {}, up {}", record.pid,
                                    shown_uptime(record, examination.call.world.clock.wall())));
  if (server.process && server.process->identity.pid != record.pid &&
      record.pid_namespace == os::this_process().pid_namespace)
    findings.warn("record",
                  fmt::format("it names pid {}; pid {} is the server", record.pid, server.process->identity.pid),
                  "`stream-status restart` writes it anew");
  check_port(examination, record);
  check_git_watch(examination, server.survey);
  if (record.server_version != kVersion)
    findings.warn("version", fmt::format("the server is {}, this program {}", record.server_version, kVersion),
                  "`stream-status restart` brings them together");
}

}  // namespace

void check_server(const Examination& examination, const project::ProjectDirectory& directory,
                  const FoundServer* server) {
  Findings& findings = examination.findings;
  if (const auto starting = os::is_lock_held(directory.fd, project::kStartLockName); !starting)
    findings.fail("lock", starting.error());
  else if (*starting)
    findings.ok("lock", fmt::format("{} is held: an agent starts the server just now", project::kStartLockName));
  if (server != nullptr && server->problem) return;  // a row says it already
  if (server == nullptr || server->survey.state == ServerState::kNone ||
      server->survey.state == ServerState::kLeftover) {
    if (server == nullptr || !server->process) return findings.ok("server", "not running; starts when it is needed");
  }
  const ServerSurvey& survey = server->survey;
  if (survey.state == ServerState::kRunning) {
    check_running(examination, *server);
  } else {
    const bool hangs = survey.state == ServerState::kHung;
    findings.fail("server",
                  fmt::format("{} holds {} and {}{}{}", server->process ? describe(*server->process) : survey.holder,
                              project::kServerLockName, hangs ? "hangs" : "can not be reached",
                              survey.problem.empty() ? "" : ": ", survey.problem),
                  hangs ? "the next call of an agent replaces it within 30 s; so does `stream-status restart`"
                        : "it may be starting or stopping: look again in a moment; `stream-status logs` says more");
  }
  check_lock(examination, directory, *server);
}

void check_orphans(const Examination& examination, const project::Home& home, const FoundServers& servers) {
  Findings& findings = examination.findings;
  std::size_t orphans = 0;
  for (const FoundServer& server : servers.servers) {
    if (!server.is_orphan()) continue;
    const bool holds_nothing = server.place == FoundServer::Place::kHoldsNothing;
    ++orphans;
    Finding finding{"orphan", Verdict::kWarn,
                    holds_nothing ? fmt::format("{} is a server of {} that holds no lock: it serves nobody",
                                                describe(*server.process), server.project_root)
                                  : fmt::format("{} is a server whose files were removed: {}",
                                                describe(*server.process), server.path),
                    "`stream-status stop --all` ends it, or `stream-status doctor --fix`"};
    findings.mendable(std::move(finding), [&]() -> Result<std::string> {
      TRY(ask_to_leave(examination.call, server.process->identity));
      return std::string("asked to stop, and it left");
    });
  }
  if (orphans == 0) findings.ok("orphans", fmt::format("no server of {} runs without its files", home.base));
}

}  // namespace stream_status::cli
