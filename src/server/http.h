// Requests and responses as the server's parts see them. Parsing is connection.cpp's business; here are plain values.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stream_status::server {

/// Views into the parsed message: valid until the handler returns. Missing headers are empty.
struct Request {
  std::string_view method;
  std::string_view target;
  std::string_view path;   ///< target without query
  std::string_view query;  ///< without '?'
  std::string_view host;
  std::string_view origin;
  std::string_view fetch_site;
  std::string_view fetch_mode;
  std::string_view fetch_dest;
  std::string_view content_type;
  std::string_view authorization;
  std::string_view cookie;
  std::string_view idempotency_key;
  std::string_view if_match;
  std::string_view if_none_match;
  std::string_view accept_encoding;
  std::string_view last_event_id;
  std::string_view mcp_revision;  ///< MCP-Protocol-Version
  std::string_view mcp_method;
  std::string_view mcp_name;
  std::string_view agent;
  std::string_view process;
  std::string_view client;
  std::string_view worktree;
  std::string_view branch;
  std::string_view body;
  bool has_body = false;  ///< its head announces one, which may not have come yet
  bool is_head = false;   ///< `method` says GET: the same answer, without its body and without any effect
};

/// A complete response: head and body as they go over the wire. Shared, because answers of reads are cached.
///
/// A response that goes on is followed by others, each only more bytes, until one that does not; its connection ends
/// with it.
struct Response {
  std::shared_ptr<const std::string> bytes;  ///< head, and body unless `body` is set
  std::string_view body = {};                ///< static bytes (assets) sent after `bytes`
  bool goes_on = false;
};

using Reply = std::function<void(Response)>;

/// An answer that takes its time.
class Pending {
 public:
  virtual ~Pending() = default;
  /// Nobody waits for it any longer. Nothing is replied after this.
  virtual void give_up() = 0;
};

/// The value of a query parameter, not decoded; empty if it is not there.
std::string_view query_parameter(std::string_view query, std::string_view name);

enum class Caching { kNoStore, kRevalidate, kImmutable };

struct Head {
  int status = 200;
  std::string_view content_type = "application/json; charset=utf-8";
  Caching caching = Caching::kNoStore;
  std::string_view extra = {};  ///< further header lines, each ending in CRLF
};

/// Header lines of every response, whatever it is: what a page may do with it, and that no other site may use it.
inline constexpr std::string_view kProtection =
    "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

/// Status line and headers, with kProtection.
std::string render_head(const Head& head, std::size_t content_length);

Response json_response(int status, std::string_view body, std::string_view extra_headers = {});
/// The head of a stream of events, for as long as the connection lasts.
const std::string& event_stream_head();
Response error_response(const Error& error, std::string_view extra_headers = {});

}  // namespace stream_status::server
