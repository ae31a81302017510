// What a server says of itself before anyone calls it: the answers to initialize and server/discover, and the
// project's own offer. All of it constants and the operations table; no server process is needed.
#pragma once

#include <string>

#include "mcp/catalog.h"

namespace stream_status::mcp {

/// May a client subscribe, and be told in the same conversation? A single HTTP request of the legacy era can not.
enum class Subscriptions { kAreTold, kAreNot };

/// The result of initialize, as JSON text.
std::string initialize_result(const Offer& offer, Revision revision, Subscriptions subscriptions);
/// The result of server/discover, as JSON text.
std::string discover_result(const Offer& offer);

/// What stream-status offers. Rendered on the first call. Any thread.
const Offer& project_offer();

/// "list_streams, get_stream, …"
std::string tool_names();

}  // namespace stream_status::mcp
