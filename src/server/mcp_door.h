// POST /mcp: MCP's Streamable HTTP, both eras, one conversation a request. The protocol is src/mcp's; here are headers,
// statuses and the stream of an answer that comes in parts. On its lane's thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mcp/session.h"
#include "server/calls.h"
#include "server/http.h"
#include "server/state.h"

namespace stream_status::server {

inline constexpr std::string_view kMcpPath = "/mcp";

class McpDoor {
 public:
  McpDoor(ServerState& state, Calls& calls) : state_(state), calls_(calls) {}
  ~McpDoor();

  /// `caller` is who the request's own headers say; the name of the MCP client stands in for one that is missing.
  /// Null: answered.
  std::shared_ptr<Pending> handle(const Request& request, service::Caller caller, std::string client,
                                  std::optional<service::Presence::Visit>& visit, Reply reply);
  /// About once a second: progress, and signs of life on streams.
  void step(MonotonicTime now);
  /// The server stops.
  void end_subscriptions();

 private:
  class Conversation;
  std::vector<std::shared_ptr<Conversation>> open_conversations();

  ServerState& state_;
  Calls& calls_;
  mcp::Questions questions_;
  std::vector<std::weak_ptr<Conversation>> conversations_;
};

}  // namespace stream_status::server
