#include "cli/servers.h"

#include <fmt/format.h>

#include <algorithm>

#include "os/file.h"
#include "os/lock.h"

namespace stream_status::cli {
namespace {

using Place = FoundServer::Place;

constexpr std::string_view kProgramName = "stream-statusd";

/// What a flag is given: "--project /shop" and "--project=/shop" → "/shop".
std::string argument_after(const os::RunningProgram& process, std::string_view flag) {
  for (auto at = process.arguments.begin(); at != process.arguments.end(); ++at) {
    if (*at == flag) return at + 1 == process.arguments.end() ? std::string() : *(at + 1);
    if (at->starts_with(flag) && at->substr(flag.size()).starts_with('=')) return at->substr(flag.size() + 1);
  }
  return {};
}

/// As /proc names it: without symlinks, as far as it is there.
std::string real_path_of(const std::string& path) {
  if (auto real = os::real_path(path)) return *std::move(real);
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? path : real_path_of(path.substr(0, slash)) + path.substr(slash);
}

/// The home it was started for, by its own arguments and environment.
std::string home_of(const os::RunningProgram& process) {
  const auto home = project::locate_home({argument_after(process, "--home"), &process.environment});
  return home ? real_path_of(home->base) : std::string();
}

std::optional<os::HeldLock> find_server_lock(const os::RunningProgram& process) {
  const std::string suffix = fmt::format("/{}", project::kServerLockName);
  for (const os::HeldLock& lock : os::find_held_locks(process.identity.pid))
    if (lock.path.ends_with(suffix)) return lock;
  return std::nullopt;
}

/// A process of the server's program, and the server.lock that it holds.
struct Seen {
  os::RunningProgram process;
  std::optional<os::HeldLock> lock;
};

/// `child` is no server: it is about to become the program that its parent, which is one, has started. Until then it
/// shows what its parent shows, or has closed it already.
bool becomes_another_program(const Seen& child, const Seen& parent) {
  if (child.process.parent != parent.process.identity.pid || !parent.lock) return false;
  return child.lock ? child.lock->identity == parent.lock->identity
                    : child.process.arguments == parent.process.arguments;
}

/// `parent` is no server: it ends now that `child`, which will be one, runs by itself.
bool has_launched(const Seen& parent, const Seen& child) {
  return child.process.parent == parent.process.identity.pid && !parent.lock &&
         child.process.arguments == parent.process.arguments;
}

/// Every server of this user, also one that a server is the parent of, as in a container whose first process is one.
/// Without --project and without a lock it is none: doctor reads a database with this program.
std::vector<Seen> find_running_servers() {
  std::vector<Seen> all;
  for (os::RunningProgram& process : os::find_running_programs(kProgramName)) {
    auto lock = find_server_lock(process);
    if (lock || !argument_after(process, "--project").empty()) all.push_back({std::move(process), std::move(lock)});
  }
  std::vector<Seen> servers;
  for (const Seen& one : all)
    if (std::none_of(all.begin(), all.end(), [&](const Seen& other) {
          return becomes_another_program(one, other) || has_launched(one, other);
        }))
      servers.push_back(one);
  return servers;
}

std::string directory_of(const os::HeldLock& lock) { return lock.path.substr(0, lock.path.rfind('/')); }

void survey(const Call& call, FoundServer& found, const project::ProjectDirectory& directory) {
  auto survey = survey_server(call, directory);
  if (survey)
    found.survey = *std::move(survey);
  else
    found.problem = survey.error();
}

/// One that no project directory has named: whether it is of this home, its lock's path tells, else how it was started.
/// In another mount namespace both may be equal and mean other files.
bool is_of(const project::Home& home, const os::RunningProgram& process, const std::optional<os::HeldLock>& lock) {
  if (!process.sees_our_files) return false;
  if (lock) return lock->path.starts_with(real_path_of(home.projects()) + "/");
  return home_of(process) == real_path_of(home.base);
}

/// One that no project directory of this home has named.
FoundServer look_at(const Call& call, os::RunningProgram process, const std::optional<os::HeldLock>& lock, Place home) {
  FoundServer found{.place = lock ? Place::kFilesGone : Place::kHoldsNothing,
                    .path = lock ? directory_of(*lock) : "",
                    .project_root = argument_after(process, "--project")};
  const bool is_there = lock && lock->is_in_place && process.sees_our_files;
  auto directory = is_there ? os::open_private_directory(found.path, found.path.substr(0, found.path.rfind('/') + 1),
                                                         os::IfMissing::kFail)
                            : Result<os::Fd>(os::Fd{});
  found.process = std::move(process);
  if (lock && (lock->is_in_place || !found.process->sees_our_files)) found.place = home;
  if (!is_there || !directory) return found;
  found.known = project::KnownDirectory{
      {std::move(*directory), found.path, found.path.substr(found.path.rfind('/') + 1)}, found.project_root};
  survey(call, found, found.known->directory);
  if (found.survey.record) found.project_root = found.survey.record->project_root;
  return found;
}

}  // namespace

bool FoundServer::is_orphan() const {
  constexpr milliseconds kLongWithoutLock{60'000};
  return place == Place::kFilesGone || (place == Place::kHoldsNothing && process->age >= kLongWithoutLock);
}

bool FoundServer::is_held() const {
  return survey.state == ServerState::kRunning || survey.state == ServerState::kSilent ||
         survey.state == ServerState::kHung;
}

Result<FoundServers> find_servers(const Call& call, const project::Home& home) {
  FoundServers found;
  std::vector<project::KnownDirectory> directories = TRY(project::list_project_directories(home));
  // Before the processes: a start that is over by then is seen among them, or in what its directory says.
  for (const project::KnownDirectory& known : directories)
    if (os::is_lock_held(known.directory.fd, project::kStartLockName).value_or(false)) found.start_goes_on = true;
  std::vector<Seen> seen = find_running_servers();

  for (project::KnownDirectory& known : directories) {
    FoundServer server{.path = known.directory.path};
    survey(call, server, known.directory);
    // The file itself, by whatever path, and from whatever namespace, its holder has come to it.
    const auto identity = os::identity_of(known.directory.fd, project::kServerLockName);
    const auto find_holder = [&] {
      return std::find_if(seen.begin(), seen.end(),
                          [&](const Seen& one) { return identity && one.lock && one.lock->identity == *identity; });
    };
    auto holder = find_holder();
    if (holder == seen.end() && server.is_held()) {  // it may have taken the lock since it was looked at
      for (Seen& one : seen)
        if (!one.lock) one.lock = find_server_lock(one.process);
      holder = find_holder();
    }
    if (holder != seen.end()) {
      server.process = std::move(holder->process);
      seen.erase(holder);
    }
    if (server.survey.state == ServerState::kNone && !server.process && !server.problem) continue;
    server.project_root = server.survey.record ? server.survey.record->project_root : known.owner_key;
    server.known = std::move(known);
    found.servers.push_back(std::move(server));
  }
  for (Seen& one : seen) {
    const bool is_here = is_of(home, one.process, one.lock);
    FoundServer server = look_at(call, std::move(one.process), one.lock,
                                 is_here ? FoundServer::Place::kThisHome : FoundServer::Place::kOtherHome);
    (is_here ? found.servers : found.elsewhere).push_back(std::move(server));
  }
  return found;
}

std::string describe(const os::RunningProgram& process) {
  return fmt::format("pid {}{}", process.identity.pid, process.is_stopped ? ", stopped by a signal" : "");
}

}  // namespace stream_status::cli
