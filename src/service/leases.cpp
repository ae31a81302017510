#include "service/leases.h"

#include <algorithm>

#include "api/codec.h"
#include "os/process_key.h"

namespace stream_status::service {

milliseconds Leases::left(const domain::Claim& claim) const {
  const milliseconds lease = seconds{config_.get()->lease_seconds};
  // Wall time counts only for what was left when this server began: from then on the clock may jump.
  const auto left_at_start = std::chrono::duration_cast<milliseconds>(claim.since + lease - started_at_);
  MonotonicTime end = started_ + std::clamp<milliseconds>(left_at_start, kGrace, std::max<milliseconds>(lease, kGrace));
  if (const auto sign = presence_.last_sign(claim.agent, claim.process)) end = std::max(end, *sign + lease);
  return std::chrono::duration_cast<milliseconds>(end - clock_.monotonic());
}

bool Leases::holds(const Caller& caller, const domain::Claim& claim) const {
  if (!caller.process.empty() && caller.process == claim.process) return true;
  if (caller.agent != claim.agent || caller.agent.text.empty()) return false;
  if (caller.process.empty() || claim.process.empty()) return true;
  if (const os::Fate fate = os::fate_of(claim.process); fate != os::Fate::kUnknown) return fate == os::Fate::kEnded;
  // Another process of this name: the one that claimed has ended, or it would have kept the name to itself. Just after
  // a server start it may only not have called yet.
  const bool may_come_back = claim.since < started_at_ && clock_.monotonic() - started_ < kGrace &&
                             !presence_.last_sign(claim.agent, claim.process);
  return !may_come_back && !presence_.is_connected(claim.process);
}

json::object Leases::describe(const domain::Claim& claim) const {
  json::object shown = api::to_json(claim);
  shown["expiresAt"] = format_rfc3339(clock_.wall() + left(claim));
  return shown;
}

json::object Leases::describe(const domain::Stream& stream) const {
  json::object shown = api::to_json(stream);
  if (stream.claim) shown["claim"] = describe(*stream.claim);
  return shown;
}

}  // namespace stream_status::service
