#include "cli/location.h"

#include <utility>

namespace stream_status::cli {

Result<project::Home> locate_home(const Call& call) {
  return project::locate_home({call.options.text("--home").value_or(""), &call.world.environment});
}

Result<Location> locate(const Call& call) {
  Location location;
  location.home = TRY(locate_home(call));
  location.project = TRY(project::find_project(
      {call.options.text("--project").value_or(""), &call.world.environment, call.world.current_directory}));
  return location;
}

std::string agent_name(const Call& call) {
  if (const auto given = call.options.text("--agent"); given && !given->empty()) return *given;
  if (const auto set = variable(call.world, "STREAM_STATUS_AGENT"); !set.empty()) return std::string(set);
  return call.world.user_name() + "@cli";
}

std::string server_program(const World& world) {
  if (auto found = client::find_server_program(world.executable)) return *std::move(found);
  return world.executable.substr(0, world.executable.rfind('/') + 1) + "stream-statusd";
}

client::Client make_client(const Call& call, const Location& location, std::string agent, client::StartPolicy start,
                           std::size_t connections, seconds deadline) {
  client::Settings settings;
  settings.home = location.home;
  settings.project = location.project;
  settings.agent.name = std::move(agent);
  settings.environment = call.world.environment;
  settings.start = start;
  settings.connections = connections;
  settings.deadline = deadline;
  settings.server_program = server_program(call.world);
  return client::Client(std::move(settings), call.world.clock, call.log);
}

}  // namespace stream_status::cli
