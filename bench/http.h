// Just enough HTTP/1.1 for a load generator: endpoints, requests, one blocking connection.
// Answers carry Content-Length; chunked ones are refused, but for event streams (listeners.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "process.h"

namespace bench {

/// A server's address: a unix socket or a port of 127.0.0.1.
class Endpoint {
 public:
  static Endpoint unix_socket(std::string path);
  static Endpoint tcp(std::uint16_t port);

  Fd connect() const;

  /// The bytes of a request as an agent sends it; a body makes it JSON.
  std::string request(std::string_view method, std::string_view target, std::string_view body = {}) const;

 private:
  std::string path_;
  std::uint16_t port_ = 0;
};

/// A listening socket of ours, for floors.
struct Listener {
  Fd fd;
  Endpoint endpoint;
};
Listener listen_tcp();
Listener listen_unix(const fs::path& path);

/// Size of the whole message at the start of `bytes`; 0 while its end has not arrived.
/// `needed` is a size below which asking again is pointless.
struct Extent {
  std::size_t size = 0;
  std::size_t needed = 0;
};
Extent http_extent(std::string_view bytes);

/// 200 of "HTTP/1.1 200 OK…".
int http_status(std::string_view answer);

/// One keep-alive connection. Not for two threads.
class HttpConnection {
 public:
  explicit HttpConnection(Endpoint endpoint);

  /// The whole answer, head and body, valid until the next call. Failure unless 2xx.
  std::string_view exchange(std::string_view request);

  /// The two halves of exchange, for calls that take long; any status.
  void ask(std::string_view method, std::string_view target, std::string_view body = {});
  std::string_view receive();

  std::string_view get(std::string_view target) { return exchange(endpoint_.request("GET", target)); }
  std::string_view send(std::string_view method, std::string_view target, std::string_view body) {
    return exchange(endpoint_.request(method, target, body));
  }
  int fd() const { return fd_.get(); }

 private:
  Endpoint endpoint_;
  Fd fd_;
  std::string buffer_;  ///< as large as the largest answer so far: growing costs microseconds
};

/// The first scalar member called `key`, without quotes. Looks at text, not at structure: enough
/// for answers of known shape, and free next to what is measured.
std::optional<std::string_view> find_member(std::string_view json, std::string_view key);

/// As find_member; Failure if it is absent or no number.
std::int64_t get_number(std::string_view json, std::string_view key);

}  // namespace bench
