// What can be found out about a server without starting one: for status, ps, doctor and version.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/location.h"
#include "client/client.h"
#include "project/config.h"
#include "project/directory.h"

namespace stream_status::cli {

enum class ServerState {
  kRunning,   ///< answers, verified
  kSilent,    ///< somebody holds server.lock and can not be reached: starts, drains, or has lost its record
  kHung,      ///< its start is done, it takes connections, and says nothing
  kLeftover,  ///< a record, and nobody behind it: ended without cleaning up, harmless
  kNone,
};

struct ServerSurvey {
  ServerState state = ServerState::kNone;
  std::optional<project::Record> record;  ///< verified when kRunning; as read when kSilent or kLeftover
  std::int64_t revision = 0;
  std::string watching = {};          ///< kRunning: how it watches git: "inotify", "polling", "nothing"
  std::string notice = {};            ///< kRunning: what must be known about the data; may be empty
  std::string snapshot_problem = {};  ///< kRunning: why its last snapshot failed; may be empty
  std::string git_problem = {};       ///< kRunning: why not by inotify, or not at all; empty: all is well
  std::string holder;                 ///< kSilent, kHung: "pid 812 (opening, progress 3)"
  std::string problem;                ///< why it does not answer
};
Result<ServerSurvey> survey_server(const Call& call, const project::ProjectDirectory& directory);

/// Who holds server.lock, by the lock's own text: "pid 812 (opening, progress 3)".
std::string describe_holder(const Call& call, const project::ProjectDirectory& directory);

/// "running", "no answer", "hung", "left over", "not running".
std::string_view name_of(ServerState state);

/// As status and ps give it.
json::object to_json(const ServerSurvey& survey, WallTime now);

/// What server.lock says about its holder; empty, 0 what it does not say.
struct LockText {
  std::int64_t pid = 0;
  std::string phase;
};
LockText read_lock_text(const project::ProjectDirectory& directory);

/// How long the server of this record runs; empty when the record does not say.
std::optional<milliseconds> uptime(const project::Record& record, WallTime now);
std::string shown_uptime(const project::Record& record, WallTime now);  ///< "3 h 12 min", "?"

/// config.json as it stands; nothing is created.
struct ConfigSurvey {
  bool there = false;
  std::vector<std::string> warnings;
  std::optional<Error> problem;
};
ConfigSurvey survey_config(const project::ProjectDirectory& directory, const project::Project& project);

}  // namespace stream_status::cli
