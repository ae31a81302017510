// JSON-RPC 2.0 as MCP uses it: what an incoming text is, and how answers are written. Knows no method.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"

namespace stream_status::mcp {

/// Source: JSON-RPC 2.0 §5.1; from kHeaderMismatch on MCP 2026-07-28, "Error codes".
enum class RpcCode : int {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternalError = -32603,
  kResourceNotFound = -32002,  ///< legacy; the modern era says kInvalidParams
  kHeaderMismatch = -32020,
  kMissingCapability = -32021,
  kUnsupportedRevision = -32022,
};

/// A request's id as JSON text (`7`, `"7"`): echoed as it came, and 7 is not "7".
struct RpcId {
  std::string json;
  friend bool operator==(const RpcId&, const RpcId&) = default;
};

/// In answers to what has no readable id. Source: JSON-RPC 2.0 §5.
RpcId null_id();

/// The id in a message or in params.requestId: a string or a whole number; absent for anything else.
/// A whole number written as 7.0 counts as 7 up to 2^53, where doubles stop being exact.
std::optional<RpcId> read_id(const json::value& value);

struct Request {
  RpcId id;
  std::string method;
  json::object params;  ///< empty when absent or null
};
struct Notification {
  std::string method;
  json::object params;
};
/// To what we asked.
struct Response {
  std::optional<RpcId> id;
  json::value result;  ///< null when it is an error
};
struct Malformed {
  RpcId id;  ///< null_id() when it can not be read
  RpcCode code;
  std::string problem;
};
using Incoming = std::variant<Request, Notification, Response, Malformed>;

/// Reads one message. Surrounding white space (the \r of CRLF) and a byte order mark are no part of it.
Incoming read_message(std::string_view text);

/// `params` is JSON text.
std::string write_notification(std::string_view method, std::string_view params);
std::string write_request(const RpcId& id, std::string_view method, const json::object& params);

/// One whole answer; `result` is JSON text.
std::string write_result(const RpcId& id, std::string_view result);
std::string write_error(const RpcId& id, RpcCode code, std::string_view message, const json::value& data = nullptr);

}  // namespace stream_status::mcp
