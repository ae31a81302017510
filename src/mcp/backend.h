// What the protocol layer needs of the rest: someone who carries out operations. The stdio host gives
// it the client, the server's POST /mcp the service.
#pragma once

#include <cstdint>
#include <functional>

#include "api/operation.h"
#include "base/json.h"

namespace stream_status::mcp {

/// Single-threaded: `done` is called on the thread that drives the session, at once or later, at most once.
class Backend {
 public:
  using Done = std::function<void(Result<json::value>)>;
  using Ticket = std::uint64_t;  ///< of one call

  /// In whose name.
  enum class As {
    kAgent,  ///< it called: it is there, and is told its news
    kNobody  ///< its client only looks
  };

  virtual ~Backend() = default;
  /// Carries out one operation with arguments as the caller sent them (the service binds them).
  virtual Ticket call(const api::Operation& operation, json::object arguments, As as, Done done) = 0;
  /// Nobody waits for this call any longer: one that waits for something to happen ends on the server too, any other
  /// takes its course. `done` may still be called, if there was an answer already.
  virtual void cancel(Ticket ticket) = 0;
};

}  // namespace stream_status::mcp
