// The program `stream-status`: from the words of its command line to an exit code.
#pragma once

#include <span>
#include <string>

#include "cli/world.h"

namespace stream_status::cli {

/// `words`: argv, the program's name first; called `mcp-stream-workflow-status` it is `stream-status mcp`.
/// Exit codes: contract §8.
int run(std::span<const std::string> words, const World& world);

}  // namespace stream_status::cli
