// What client and server agree on beside the operations: protocol number, header names, server routes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/operation.h"
#include "base/json.h"
#include "base/release.h"

namespace stream_status::api {

using stream_status::kProtocol;

inline constexpr std::string_view kAgentHeader = "Stream-Status-Agent";        ///< agent name, percent-encoded
inline constexpr std::string_view kProcessHeader = "Stream-Status-Process";    ///< random, of an agent's process
inline constexpr std::string_view kClientHeader = "Stream-Status-Client";      ///< which program that is
inline constexpr std::string_view kWorktreeHeader = "Stream-Status-Worktree";  ///< caller's worktree, percent-encoded
inline constexpr std::string_view kBranchHeader = "Stream-Status-Branch";      ///< branch checked out there

inline constexpr std::string_view kHealthPath = "/api/health";
inline constexpr std::string_view kChangesPath = "/api/changes";
inline constexpr std::string_view kEventsPath = "/api/events";
inline constexpr std::string_view kStopPath = "/api/server/stop";            ///< POST {instanceId}
inline constexpr std::string_view kLoginLinkPath = "/api/server/login";      ///< POST {} → {url}
inline constexpr std::string_view kBackupPath = "/api/server/backup";        ///< POST {file?}
inline constexpr std::string_view kExportPath = "/api/server/export";        ///< POST {file}
inline constexpr std::string_view kRestorePath = "/api/server/restore";      ///< POST {file}
inline constexpr std::string_view kImportPath = "/api/server/import";        ///< POST {file, replace?}
inline constexpr std::string_view kIntegrityPath = "/api/server/integrity";  ///< GET

std::string percent_encode(std::string_view text);  ///< all but RFC 3986 unreserved characters
/// Absent when an escape is broken or the result is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

/// The HTTP request of a call: path arguments in the path, the rest in the query (GET) or body.
struct HttpCall {
  Method method;
  std::string target;
  std::string body;  ///< JSON; empty for GET
};
HttpCall to_http(const Operation& operation, const json::object& arguments);

/// The operation a request addresses, with its path and query arguments. Absent: no such path.
struct RouteMatch {
  const Operation* operation = nullptr;  ///< null: the path exists, but not with this method
  std::string allow = {};                ///< then: the methods it has, as an Allow header
  json::object arguments = {};
};
Result<std::optional<RouteMatch>> match_route(Method method, std::string_view target);

}  // namespace stream_status::api
