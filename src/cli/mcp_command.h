// `stream-status mcp`: the stdio server that agents start. Kept apart from the other commands: it starts in half a
// millisecond and parses only its own options.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"
#include "cli/stdio_host.h"

namespace stream_status::cli {

/// What mcp takes beside the global options: nothing.
Command mcp_command();

/// Agent name of an mcp process: --agent › STREAM_STATUS_AGENT › "<client>@<last component of the worktree>".
std::string mcp_agent_name(const World& world, const Options& options, std::string_view client_name,
                           std::string_view worktree);

/// Serves until the input ends, the reader or the parent is gone. 0.
int run_mcp(const Call& call, StdioStreams streams);

}  // namespace stream_status::cli
