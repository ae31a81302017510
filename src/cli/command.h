// The commands of the program: what each is called, takes and does. Verbs of the operations table are commands too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "cli/command_line.h"
#include "cli/report.h"
#include "cli/world.h"

namespace stream_status::cli {

/// What a command is run with.
struct Call {
  const World& world;
  const Options& options;
  const Report& report;
  const Log& log;
};

enum class Group { kStreams, kServer, kDiagnosis };

struct Command {
  std::string name;
  Group group = Group::kStreams;
  std::string summary;
  std::vector<OptionSpec> options = {};
  std::vector<std::string> examples = {};    ///< without the program's name
  std::string details = {};                  ///< a sentence or two for its own help
  std::function<int(const Call&)> run = {};  ///< gives the exit code
};

/// In the order help shows them.
std::vector<Command> stream_commands();     ///< the verbs of the operations table
Command prime_command();                    ///< "where was I?" for hooks of agents' clients
std::vector<Command> setup_commands();      ///< init uninstall
std::vector<Command> server_commands();     ///< dashboard serve stop restart mcp
std::vector<Command> data_commands();       ///< backup restore export import
std::vector<Command> diagnosis_commands();  ///< status ps logs where doctor version

}  // namespace stream_status::cli
