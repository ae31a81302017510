// The headers that MCP 2026-07-28 has a request repeat from its body, so that a proxy need not read it.
#pragma once

#include <optional>
#include <string_view>

#include "mcp/exchange.h"
#include "server/http.h"

namespace stream_status::server {

/// What is wrong with the headers of this message; absent: nothing. Legacy messages need none.
/// Source: MCP 2026-07-28, "Streamable HTTP", "Server validation".
std::optional<mcp::Refusal> check_mcp_headers(const Request& request, const mcp::Request& message);

/// The text of a header that may be encoded as =?base64?…?=; absent when it is encoded wrongly.
std::optional<std::string> decode_mcp_header(std::string_view value);

}  // namespace stream_status::server
