// When does a server that nobody uses stop? Steps on a clock, so that tests need no waiting.
#pragma once

#include <optional>

#include "base/time.h"

namespace stream_status::server {

/// One thread.
class IdleRule {
 public:
  /// True once there was neither a connection nor a call for `timeout`. A timeout of zero never ends it.
  bool step(MonotonicTime now, std::int64_t connections, MonotonicTime last_call, milliseconds timeout) {
    if (connections > 0 || !last_busy_) last_busy_ = now;
    if (last_call > *last_busy_) last_busy_ = last_call;
    return timeout.count() > 0 && now - *last_busy_ >= timeout;
  }

 private:
  std::optional<MonotonicTime> last_busy_;
};

}  // namespace stream_status::server
