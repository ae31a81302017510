// What the server says of itself before anyone calls it: the answers to initialize and tools/list. Both
// are made of constants and the operations table; no server process is needed for them.
#pragma once

#include <string>

#include "mcp/era.h"

namespace stream_status::mcp {

/// The result of initialize, as JSON text.
std::string initialize_result(Revision revision);

/// The result of tools/list, as JSON text: all tools, in their fixed order, on one page. Rendered on the
/// first call. Any thread.
const std::string& tool_list();

/// "list_streams, get_stream, …"
std::string tool_names();

}  // namespace stream_status::mcp
