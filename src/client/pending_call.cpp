#include "client/pending_call.h"

#include <fmt/format.h>

#include "api/errors.h"
#include "base/text.h"
#include "os/random.h"

namespace stream_status::client {
namespace {

constexpr std::string_view kRequestId = "requestId";
constexpr int kShownBody = 200;
/// Ten thousand commits, or a worktree with all its packages to delete: git's own time limits end it sooner.
constexpr seconds kGitPatience{300};
/// For what waits by itself for 50 s at most.
constexpr seconds kWaitPatience{60};

std::string shown(const PendingCall& call) {
  return fmt::format("call {} {}", api::name_of(call.http.method), call.http.target);
}

}  // namespace

PendingCall make_call(const api::Operation& operation, json::object arguments, WallTime now) {
  PendingCall call;
  call.resend = Resend::kAllowed;
  if (!api::is_read_only(operation.access)) {
    json::value& id = arguments[kRequestId];
    if (id.is_null()) id = os::new_uuid_v7(now);
    call.request_id = id.is_string() ? std::string(text_of(id.get_string())) : json::serialize(id);
  }
  if (operation.access == api::Access::kLook || operation.access == api::Access::kWork) call.once_sent = kGitPatience;
  if (operation.access == api::Access::kWait) {
    call.waits = true;
    call.once_sent = kWaitPatience;
  }
  call.http = api::to_http(operation, arguments);
  return call;
}

PendingCall make_request(api::Method method, std::string target, const json::object& body) {
  PendingCall call;
  call.http = {method, std::move(target), {}};
  if (method == api::Method::kGet)
    call.resend = Resend::kAllowed;
  else
    call.http.body = json::serialize(body);
  return call;
}

Result<json::value> result_of(const Answer& answer) {
  const bool success = answer.status >= 200 && answer.status < 300;
  if (success && answer.body.empty()) return json::value(nullptr);
  auto body = parse_json(answer.body);
  if (success && body) return body;
  if (body && body->is_object()) return tl::make_unexpected(api::error_from_json(*body));
  return fail(ErrorCode::kInternal, fmt::format("read the server's answer: {} without a JSON object: {}", answer.status,
                                                one_line(answer.body, kShownBody)));
}

bool says_draining(const Answer& answer) {
  if (answer.status != 503) return false;
  const auto body = parse_json_object(answer.body);
  return body && find_string(*body, "code") == error_name(ErrorCode::kDraining);
}

Error no_answer(const PendingCall& call, Error cause) {
  if (!call.sent || call.http.method == api::Method::kGet) return cause;
  cause.message += "; it is not known whether the call took effect";
  if (call.request_id.empty()) return cause;
  cause.hint = fmt::format("call again with requestId \"{}\": it then takes effect once at most{}{}", call.request_id,
                           cause.hint.empty() ? "" : "; ", cause.hint);
  if (cause.data.is_null()) cause.data = json::object{{kRequestId, call.request_id}};
  return cause;
}

Error lost_error(const PendingCall& call, const Connection& connection) {
  if (!connection.well_formed())
    return {ErrorCode::kInternal, fmt::format("{}: {}", shown(call), connection.problem())};
  const std::string times = call.resends > 0 ? fmt::format(", {} times", call.resends + 1) : "";
  return {ErrorCode::kServerUnavailable,
          fmt::format("{}: the server went before it answered{}: {}", shown(call), times, connection.problem())};
}

Error timeout_error(const PendingCall& call, std::string_view waited_for) {
  return {ErrorCode::kServerUnavailable, fmt::format("{}: time is over, waiting for {}", shown(call), waited_for),
          "try again; `stream-status status` shows what the server does"};
}

}  // namespace stream_status::client
