#include "server/http.h"

#include <fmt/format.h>

#include "api/errors.h"
#include "base/json.h"

namespace stream_status::server {
namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return status < 500 ? "Error" : "Internal Server Error";
  }
}

std::string_view caching_header(Caching caching) {
  switch (caching) {
    case Caching::kNoStore: return "no-store";
    case Caching::kRevalidate: return "no-cache";
    case Caching::kImmutable: return "public, max-age=31536000, immutable";
  }
  return "no-store";
}

}  // namespace

std::string_view query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name)
      return equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
  }
  return {};
}

std::string render_head(const Head& head, std::size_t content_length) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Content-Type: {}\r\n"
      "Content-Length: {}\r\n"
      "Cache-Control: {}\r\n"
      "{}{}\r\n",
      head.status, reason_of(head.status), head.content_type, content_length, caching_header(head.caching), kProtection,
      head.extra);
}

Response json_response(int status, std::string_view body, std::string_view extra_headers) {
  std::string bytes = render_head({.status = status, .extra = extra_headers}, body.size());
  bytes += body;
  return {std::make_shared<const std::string>(std::move(bytes))};
}

const std::string& event_stream_head() {
  // X-Accel-Buffering: a proxy passes each event on at once. Source: MCP 2026-07-28, "Receiving messages".
  static const std::string head = fmt::format(
      "HTTP/1.1 200 OK\r\n"
      "Content-Type: text/event-stream\r\n"
      "Cache-Control: no-store\r\n"
      "{}"
      "X-Accel-Buffering: no\r\n"
      "Connection: close\r\n"
      "\r\n",
      kProtection);
  return head;
}

Response error_response(const Error& error, std::string_view extra_headers) {
  std::string extra(extra_headers);
  const int status = api::http_status(error.code);
  if (status == 503 || status == 429) extra += "Retry-After: 1\r\n";
  return json_response(status, json::serialize(api::to_json(error)), extra);
}

}  // namespace stream_status::server
