// Until when a claim holds. Each call of its holder renews it, and so does being connected (presence.h): renewals are
// derived, not stored, and are no events.
#pragma once

#include "base/json.h"
#include "domain/stream.h"
#include "service/call.h"
#include "service/live_config.h"
#include "service/presence.h"

namespace stream_status::service {

/// Any thread.
class Leases {
 public:
  /// What every claim has at least after a server start: its holder may have called the server before.
  static constexpr seconds kGrace{60};

  Leases(const Presence& presence, const LiveConfig& config, const os::Clock& clock)
      : presence_(presence), config_(config), clock_(clock), started_(clock.monotonic()), started_at_(clock.wall()) {}

  /// Time that is left; zero or less: it has run out, and others may take the stream.
  milliseconds left(const domain::Claim& claim) const;
  bool has_run_out(const domain::Claim& claim) const { return left(claim) <= milliseconds{0}; }

  /// Is the caller the holder? The same process; or, where one of the two is not known or has ended, the same name.
  bool holds(const Caller& caller, const domain::Claim& claim) const;

  /// The claim as callers see it: with expiresAt.
  json::object describe(const domain::Claim& claim) const;
  /// A stream as callers see it: as api::to_json, with expiresAt in its claim.
  json::object describe(const domain::Stream& stream) const;

 private:
  const Presence& presence_;
  const LiveConfig& config_;
  const os::Clock& clock_;
  const MonotonicTime started_;
  const WallTime started_at_;
};

}  // namespace stream_status::service
