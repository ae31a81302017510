// Agents' clients: where each keeps its MCP servers and hooks, and how an entry of ours looks there.
// Source: each client's own documentation.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace stream_status::cli::setup {

enum class Notation { kJson, kToml };

/// Paths of files are relative to the project's root or to the user's home; empty: the client has none.
struct AgentClient {
  std::string_view name;   ///< "claude-code", as the command line says it
  std::string_view title;  ///< "Claude Code"
  Notation notation = Notation::kJson;
  std::string_view servers;  ///< the member or table that its servers are in
  std::string_view project_file = {};
  std::string_view user_file = {};
  std::string_view type = {};         ///< what an entry says as its "type"; empty: nothing
  bool knows_project = true;          ///< it starts servers in the project; else the entry must name it
  std::string_view hooks_file = {};   ///< beside the servers, of the project or the user
  std::string_view home_marker = {};  ///< in the user's home, when the client is installed
};

std::span<const AgentClient> agent_clients();
/// Null: there is no such client.
const AgentClient* find_agent_client(std::string_view name);

/// "claude-code, claude-desktop, …"
std::string agent_client_names();

}  // namespace stream_status::cli::setup
