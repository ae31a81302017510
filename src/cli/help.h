// Help: all commands, or one of them with its options and examples.
#pragma once

#include <span>
#include <string>

#include "cli/command.h"

namespace stream_status::cli {

std::string render_help(std::span<const Command> commands, const Screen& screen);
std::string render_command_help(const Command& command, const Screen& screen);

/// "stream-status show [ID]".
std::string usage_of(const Command& command);

}  // namespace stream_status::cli
