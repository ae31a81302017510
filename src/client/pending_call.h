// One call on its way: what to send, whom to answer, until when, and whether it may be sent again.
#pragma once

#include <string>

#include "api/wire.h"
#include "base/result.h"
#include "base/time.h"
#include "client/client.h"
#include "client/connection.h"

namespace stream_status::client {

/// After its connection is lost: reads again, writes again under the same request id, the rest not.
enum class Resend { kAllowed, kNever };

struct PendingCall {
  static constexpr int kMostResends = 3;

  api::HttpCall http;
  std::string request_id;  ///< of a write; empty: it has none
  Resend resend = Resend::kNever;
  MonotonicTime deadline;
  MonotonicTime doubt_at;       ///< once sent: when to ask whether its server still lives
  seconds once_sent{0};         ///< the server may take at least this long: it works on git, or waits
  bool waits = false;           ///< for something to happen: it holds up no other call
  bool given_up = false;        ///< nobody waits for its answer
  bool is_before_wait = false;  ///< finds out since when the wait of the same ticket is
  Client::Ticket ticket = 0;
  InNameOf caller = InNameOf::kAgent;
  Client::Done done;
  int resends = 0;
  bool sent = false;  ///< a server may have carried it out

  bool may_be_resent() const { return resend == Resend::kAllowed && resends < kMostResends; }
};

/// A write gets a new request id unless its arguments bring one.
PendingCall make_call(const api::Operation& operation, json::object arguments, WallTime now);
PendingCall make_request(api::Method method, std::string target, const json::object& body);

/// 2xx: the body; else the server's own error.
Result<json::value> result_of(const Answer& answer);
bool says_draining(const Answer& answer);

/// The error of a call that got no answer: says so when it is not known whether a write took effect.
Error no_answer(const PendingCall& call, Error cause);
Error lost_error(const PendingCall& call, const Connection& connection);
Error timeout_error(const PendingCall& call, std::string_view waited_for);

}  // namespace stream_status::client
