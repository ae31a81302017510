// `stream-status ps`: the servers of all projects of this user.
#pragma once

#include "cli/command.h"

namespace stream_status::cli {

Command ps_command();

}  // namespace stream_status::cli
