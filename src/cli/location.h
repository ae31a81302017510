// Where a command works: the home of all projects, this project, and a client of its server.
#pragma once

#include <string>

#include "cli/command.h"
#include "client/client.h"
#include "project/home.h"
#include "project/identity.h"

namespace stream_status::cli {

Result<project::Home> locate_home(const Call& call);

struct Location {
  project::Home home;
  project::Project project;
};
Result<Location> locate(const Call& call);

/// --agent › STREAM_STATUS_AGENT › "<user>@cli".
std::string agent_name(const Call& call);

/// Where the server's program is, or would be: that it is missing matters only when a server must be started.
std::string server_program(const World& world);

/// Not connected yet: the first call does that.
client::Client make_client(const Call& call, const Location& location, std::string agent, client::StartPolicy start,
                           std::size_t connections = 1, seconds deadline = seconds{30});

}  // namespace stream_status::cli
