// `stream-status logs`: the end of the server's log, and what is added to it.
#pragma once

#include "cli/command.h"

namespace stream_status::cli {

Command logs_command();

}  // namespace stream_status::cli
