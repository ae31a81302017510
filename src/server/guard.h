// Who may talk to the server (lifecycle.md, "Guard"): decided before routing, for every path.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "server/http.h"

namespace stream_status::server {

enum class Transport { kUnixSocket, kLoopback };

/// What the kernel says about the other end.
enum class Peer { kSameUser, kOther };

/// Thread-safe: immutable but for the one-time codes, which have a mutex.
class Guard {
 public:
  Guard(std::string token, const std::string& instance_id, std::uint16_t port);

  /// Error kForbidden: foreign Host, Origin or site; another user, or one the kernel does not know, without the token,
  /// who may only get /login, with no body.
  /// The unix socket needs the same user and no more, but a browser's Origin is refused there too.
  Result<void> check(const Request& request, Transport transport, Peer peer) const;

  /// Writes need Content-Type: application/json (kUnsupportedMediaType).
  static Result<void> check_body_type(const Request& request);

  /// A path that signs a browser in once, within 10 minutes: "/login?code=…".
  std::string new_login_path(MonotonicTime now);
  /// The Set-Cookie value for a code of new_login_path, which is used up by it. Absent: unknown, used or too old.
  std::optional<std::string> redeem(std::string_view code, MonotonicTime now);

 private:
  bool is_own_host(std::string_view host) const;
  bool has_token(const Request& request) const;

  const std::string token_;
  const std::string cookie_name_;
  const std::string session_;      ///< what the cookie carries: a secret of its own, not the token
  const std::string port_suffix_;  ///< ":3001", as it ends a Host

  std::mutex codes_mutex_;
  std::map<std::string, MonotonicTime> codes_;  ///< code → valid until
};

}  // namespace stream_status::server
