// `stream-status doctor`: looks at everything that has to be right and says what to do; with --fix it mends what is
// safe to mend. It never removes data, and starts nothing. Each check_… looks at one subject and lies in the file of
// that subject.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/finding.h"
#include "cli/servers.h"

namespace stream_status::cli {

struct Examination {
  const Call& call;
  Findings& findings;
};

// doctor_programs.cpp
void check_programs(const Examination& examination);

// doctor_files.cpp
/// False: there is no home, or no directory of projects, that can be looked into, and a row says so.
bool check_home(const Examination& examination, const project::Home& home);
/// Owner, mode and kind of everything in the project's directory, its log and its backups.
void check_project_files(const Examination& examination, const Location& location,
                         const project::ProjectDirectory& directory);
// doctor_leftovers.cpp
/// What a killed server left; only when none runs.
void check_leftovers(const Examination& examination, const Location& location,
                     const project::ProjectDirectory& directory, const FoundServer* server);

// doctor_server.cpp
/// Locks, record, socket and port against what really runs. `server`: as find_servers has it; null: none.
void check_server(const Examination& examination, const project::ProjectDirectory& directory,
                  const FoundServer* server);
void check_orphans(const Examination& examination, const project::Home& home, const FoundServers& servers);

// doctor_storage.cpp
/// Database, newest backup and the clock.
void check_storage(const Examination& examination, const Location& location, const project::ProjectDirectory& directory,
                   const FoundServer* server);

// doctor_clients.cpp
/// MCP clients whose configuration names this program. `project_root` empty: only those of the user.
void check_clients(const Examination& examination, const std::string& project_root);

std::string render_findings(const std::vector<Finding>& findings, const Screen& screen);

Command doctor_command();

}  // namespace stream_status::cli
