// What `init` puts into a client's files, and `uninstall` takes out: one thing each, as a function of the file's text.
// Nothing here reads or writes a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "cli/setup/clients.h"

namespace stream_status::cli::setup {

/// How clients start our program.
struct Program {
  std::string command;                     ///< a name on the PATH, or an absolute path
  std::vector<std::string> location = {};  ///< words that say which home or project; after the verb
};

struct Edited {
  enum class State {
    kAsItIs,  ///< nothing to do
    kChanged,
    kLeft,  ///< `reason` says why, and what to do
  } state = State::kAsItIs;
  std::string text;  ///< the file's; empty: it need not be there
  std::string reason = {};
};

/// The name of our entry among a client's servers. A client that starts servers anywhere has an entry for each project.
std::string entry_name(const AgentClient& client, std::string_view project_name);

/// The MCP server. An entry of that name that is not like one of ours is left, and so is a file that can not be read.
Edited put_server(const AgentClient& client, const Program& program, std::string_view name, std::string_view text);
Edited take_server(const AgentClient& client, std::string_view name, std::string_view text);

/// "Where was I?" at the start of a session, which after a compaction is one too. JSON clients only.
Edited put_hook(const Program& program, std::string_view text);
Edited take_hook(std::string_view text);

/// A few lines for agents, in AGENTS.md.
Edited put_section(std::string_view text);
Edited take_section(std::string_view text);

}  // namespace stream_status::cli::setup
