#include "cli/setup/clients.h"

#include <algorithm>
#include <array>

namespace stream_status::cli::setup {
namespace {

constexpr std::array<AgentClient, 8> kClients = {{
    {.name = "claude-code",
     .title = "Claude Code",
     .servers = "mcpServers",
     .project_file = ".mcp.json",
     .user_file = ".claude.json",
     .hooks_file = ".claude/settings.json",
     .home_marker = ".claude"},
    {.name = "claude-desktop",
     .title = "Claude Desktop",
     .servers = "mcpServers",
     .user_file = ".config/Claude/claude_desktop_config.json",
     .knows_project = false,
     .home_marker = ".config/Claude"},
    {.name = "cursor",
     .title = "Cursor",
     .servers = "mcpServers",
     .project_file = ".cursor/mcp.json",
     .user_file = ".cursor/mcp.json",
     .home_marker = ".cursor"},
    {.name = "vscode",
     .title = "VS Code",
     .servers = "servers",
     .project_file = ".vscode/mcp.json",
     .user_file = ".config/Code/User/mcp.json",
     .type = "stdio",
     .home_marker = ".config/Code"},
    {.name = "codex",
     .title = "Codex",
     .notation = Notation::kToml,
     .servers = "mcp_servers",
     .user_file = ".codex/config.toml",
     .hooks_file = ".codex/hooks.json",
     .home_marker = ".codex"},
    {.name = "gemini",
     .title = "Gemini CLI",
     .servers = "mcpServers",
     .project_file = ".gemini/settings.json",
     .user_file = ".gemini/settings.json",
     .hooks_file = ".gemini/settings.json",
     .home_marker = ".gemini"},
    {.name = "windsurf",
     .title = "Windsurf",
     .servers = "mcpServers",
     .user_file = ".codeium/windsurf/mcp_config.json",
     .knows_project = false,
     .home_marker = ".codeium/windsurf"},
    {.name = "zed",
     .title = "Zed",
     .servers = "context_servers",
     .user_file = ".config/zed/settings.json",
     .home_marker = ".config/zed"},
}};

}  // namespace

std::span<const AgentClient> agent_clients() { return kClients; }

const AgentClient* find_agent_client(std::string_view name) {
  const auto* const found =
      std::find_if(kClients.begin(), kClients.end(), [&](const AgentClient& each) { return each.name == name; });
  return found == kClients.end() ? nullptr : found;
}

std::string agent_client_names() {
  std::string names;
  for (const AgentClient& client : kClients) names.append(names.empty() ? "" : ", ").append(client.name);
  return names;
}

}  // namespace stream_status::cli::setup
