// What the protocol layer needs of the rest: someone who carries out operations. The stdio host gives
// it the client; the server's POST /mcp will give it the service.
#pragma once

#include <functional>

#include "api/operation.h"
#include "base/json.h"

namespace stream_status::mcp {

/// Single-threaded: `done` is called on the thread that drives the session, at once or later, exactly once.
class Backend {
 public:
  using Done = std::function<void(Result<json::value>)>;
  virtual ~Backend() = default;
  /// Carries out one operation with arguments as the caller sent them (the service binds them).
  virtual void call(const api::Operation& operation, json::object arguments, Done done) = 0;
};

}  // namespace stream_status::mcp
