#include "server/router.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "api/openapi.h"
#include "api/wire.h"
#include "base/fault_point.h"
#include "base/json.h"
#include "base/release.h"
#include "base/text.h"
#include "server/assets.h"

namespace stream_status::server {
namespace {

constexpr std::size_t kCacheBytes = 4u << 20;
constexpr std::chrono::seconds kForgetAfter{30};

std::optional<api::Method> parse_method(std::string_view name) {
  for (const api::Method method : {api::Method::kGet, api::Method::kPost, api::Method::kPatch})
    if (api::name_of(method) == name) return method;
  return std::nullopt;
}

bool is_api_path(std::string_view path) {
  return path.starts_with("/api/") || path == "/api" || path == "/mcp" || path == "/metrics";
}

/// Tells the caller what it is called here.
Reply with_name(Reply reply, const AgentName& name) {
  return [reply = std::move(reply),
          line = fmt::format("{}: {}\r\n", api::kAgentHeader, api::percent_encode(name.text))](Response response) {
    std::string bytes = *response.bytes;
    bytes.insert(bytes.find("\r\n") + 2, line);
    response.bytes = std::make_shared<const std::string>(std::move(bytes));
    reply(std::move(response));
  };
}

/// Header text that our clients percent-encode; anything that is not valid is as good as absent.
std::string decoded(std::string_view header) {
  if (header.empty()) return {};
  return shorten(api::percent_decode(header).value_or(""), 200);
}

Error no_such_path(std::string_view path) {
  return {ErrorCode::kNotFound, fmt::format("route: there is no {}", one_line(path, 100)),
          "the routes are listed in the README; the dashboard is at /"};
}

Error wrong_method(std::string_view method, std::string_view path, std::string_view allow) {
  return {ErrorCode::kMethodNotAllowed,
          fmt::format("route: {} is not for {}", one_line(path, 100), one_line(method, 20)),
          fmt::format("use {}", allow)};
}

/// "12" or "\"12\"" → 12, as If-Match carries a revision.
json::value revision_of(std::string_view if_match) {
  if (if_match.size() >= 2 && if_match.front() == '"' && if_match.back() == '"')
    if_match = if_match.substr(1, if_match.size() - 2);
  return json::value(if_match);
}

/// Path and query arguments, body members and the two headers that carry arguments. The path wins.
Result<json::object> gather_arguments(const Request& request, const api::Operation& operation,
                                      json::object from_target) {
  if (!api::takes_body(operation.access)) return from_target;
  TRY(Guard::check_body_type(request));
  json::object arguments = TRY(parse_json_object(request.body.empty() ? "{}" : request.body));
  for (const auto& [name, value] : from_target) {
    if (name == "streamId") arguments.erase("id");
    arguments[name] = value;
  }
  if (!request.idempotency_key.empty() && !arguments.contains("requestId"))
    arguments["requestId"] = request.idempotency_key;
  if (!request.if_match.empty() && !arguments.contains("expectedRevision"))
    arguments["expectedRevision"] = revision_of(request.if_match);
  return arguments;
}

struct MaintenanceRoute {
  std::string_view path;
  std::string_view method;
  service::MaintenanceTask task;
};
constexpr std::array<MaintenanceRoute, 5> kMaintenanceRoutes = {{
    {api::kBackupPath, "POST", service::MaintenanceTask::kBackup},
    {api::kExportPath, "POST", service::MaintenanceTask::kExport},
    {api::kRestorePath, "POST", service::MaintenanceTask::kRestore},
    {api::kImportPath, "POST", service::MaintenanceTask::kImport},
    {api::kIntegrityPath, "GET", service::MaintenanceTask::kIntegrity},
}};

/// Reads whose answer depends on target, revision and day alone.
bool is_cacheable(api::OperationId id) {
  return id == api::OperationId::kListStreams || id == api::OperationId::kGetStreamStats ||
         id == api::OperationId::kListCommits;
}

/// A call that waits for something to happen.
class PendingCall final : public Pending {
 public:
  PendingCall(Calls& calls, Waiters::Ticket ticket) : calls_(calls), ticket_(ticket) {}
  void give_up() override { calls_.give_up(ticket_); }

 private:
  Calls& calls_;
  Waiters::Ticket ticket_;
};

}  // namespace

Result<void> Router::admit(const Request& request, Transport transport, Peer peer) const {
  auto allowed = state_.guard.check(request, transport, peer);
  if (!allowed && state_.may_log_refusal())
    state_.log.warn("request_refused path=\"{}\" reason=\"{}\"", one_line(request.path, 100), allowed.error().message);
  return allowed;
}

Routed Router::handle(const Request& request, Transport transport, Peer peer,
                      std::optional<service::Presence::Visit>& visit, Reply reply) {
  SS_FAULT_POINT("in_request");
  if (const auto allowed = admit(request, transport, peer); !allowed) {
    reply(error_response(allowed.error()));
    return {};
  }
  if (request.method == "GET" && request.path == api::kHealthPath) {
    // Not counted as a call: whoever only looks does not keep the server alive.
    reply(json_response(200, state_.service.health(state_.waiters.load())));
    return {};
  }
  state_.last_call.store(state_.clock.monotonic(), std::memory_order_relaxed);
  if (state_.draining.load(std::memory_order_relaxed)) {
    reply(error_response({ErrorCode::kDraining, "call: the server is stopping", "send the call again in a second"}));
    return {};
  }
  service::Caller caller{{decoded(request.agent)},
                         api::percent_decode(request.worktree).value_or(""),
                         decoded(request.branch),
                         decoded(request.process)};
  if (request.path == kMcpPath)
    return {.wants_events = false,
            .pending = mcp_.handle(request, std::move(caller), decoded(request.client), visit, std::move(reply))};
  if (!caller.agent.text.empty()) {
    AgentName name = calls_.arrive(caller, decoded(request.client), visit);
    if (name != caller.agent) reply = with_name(std::move(reply), name);
    caller.agent = std::move(name);
  }
  if (request.method == "GET") {
    // Else answers differ from agent to agent.
    const bool may_repeat = !calls_.has_news(caller);
    if (const auto known = cache_.find(request.target);
        may_repeat && known != cache_.end() && known->second.revision == state_.store.head()) {
      reply(known->second.response);
      return {};
    }
    if (request.path == api::kEventsPath) return {.wants_events = true, .pending = nullptr};
  }
  return {.wants_events = false, .pending = route(request, std::move(caller), transport, reply)};
}

/// An answer ends the request: nothing is read of it after a reply.
std::shared_ptr<Pending> Router::route(const Request& request, service::Caller caller, Transport transport,
                                       Reply& reply) {
  const bool is_maintenance = std::any_of(kMaintenanceRoutes.begin(), kMaintenanceRoutes.end(),
                                          [&](const MaintenanceRoute& each) { return each.path == request.path; });
  if (request.path == api::kStopPath)
    stop_server(request, reply);
  else if (is_maintenance)
    maintain(request, transport, reply);
  else if (request.path == api::kOpenApiPath && request.method == "GET")
    reply(serve_openapi());
  else if (request.path == api::kLoginLinkPath && request.method == "POST")
    reply(make_login_link());
  else if (is_api_path(request.path))
    return call_operation(request, std::move(caller), reply);
  else
    reply(serve_page(request));
  return nullptr;
}

Response Router::serve_openapi() {
  static const std::string document = api::openapi_document(kVersion);
  return json_response(200, document);
}

Response Router::make_login_link() const {
  const std::string path = state_.guard.new_login_path(state_.clock.monotonic());
  const std::string url = state_.port == 0 ? "" : fmt::format("http://127.0.0.1:{}{}", state_.port, path);
  return json_response(200, json::serialize(json::object{{"url", text_or_null(url)}}));
}

Response Router::serve_page(const Request& request) {
  if (request.method != "GET")
    return error_response(wrong_method(request.method, request.path, "GET"), "Allow: GET, HEAD\r\n");
  if (request.path != "/login") return serve_asset(request);
  if (!request.is_head) return serve_login(request);
  return error_response(wrong_method("HEAD", request.path, "GET"), "Allow: GET\r\n");
}

std::shared_ptr<Pending> Router::call_operation(const Request& request, service::Caller caller, Reply& reply) {
  const auto answer_at_once = [&reply](Response response) {
    reply(std::move(response));
    return nullptr;
  };
  const auto method = parse_method(request.method);
  auto match = api::match_route(method.value_or(api::Method::kGet), request.target);
  if (!match) return answer_at_once(error_response(match.error()));
  if (!*match) return answer_at_once(error_response(no_such_path(request.path)));
  api::RouteMatch& route = **match;
  if (!method || route.operation == nullptr) {
    const std::string allow = route.allow.empty() ? "GET" : route.allow;
    return answer_at_once(
        error_response(wrong_method(request.method, request.path, allow), fmt::format("Allow: {}\r\n", allow)));
  }
  auto arguments = gather_arguments(request, *route.operation, std::move(route.arguments));
  if (!arguments) return answer_at_once(error_response(arguments.error()));

  const service::Call call{route.operation, std::move(*arguments), std::move(caller)};
  if (call.operation->access == api::Access::kRead) return answer_at_once(cached_read(call, request.target));

  const Waiters::Ticket ticket = calls_.run(call, [reply = std::move(reply)](const Result<service::Answer>& answer) {
    reply(answer ? json_response(answer->status, answer->body) : error_response(answer.error()));
  });
  if (ticket == 0) return nullptr;
  return std::make_shared<PendingCall>(calls_, ticket);
}

Response Router::cached_read(const service::Call& call, std::string_view target) {
  const std::int64_t revision = state_.store.head();  // before the read: what is cached may be newer, never older
  const auto answer = calls_.read(call);
  if (!answer) return error_response(answer.error());
  const bool is_same_for_all = !calls_.has_news(call.caller);
  Response response = json_response(answer->status, calls_.with_news(answer->body, call.caller));
  if (!is_cacheable(call.operation->id) || !is_same_for_all) return response;
  const std::size_t bytes = response.bytes->size() + target.size();
  if (cached_bytes_ + bytes > kCacheBytes) {
    cache_.clear();
    cached_bytes_ = 0;
  }
  if (bytes > kCacheBytes / 2) return response;
  const auto [entry, is_new] = cache_.try_emplace(std::string(target));
  cached_bytes_ += bytes - (is_new ? 0 : entry->second.response.bytes->size() + target.size());
  entry->second = {revision, response};
  return response;
}

void Router::turn_away_waiters() {
  mcp_.end_subscriptions();
  calls_.turn_away_waiters();
}

void Router::step(MonotonicTime now) {
  calls_.step(now);
  mcp_.step(now);
  const WallTime day = state_.service.day_start();
  if (day == day_ && now < forget_at_) return;
  day_ = day;
  forget_at_ = now + kForgetAfter;
  cache_.clear();
  cached_bytes_ = 0;
}

/// What names files of this machine is for its user's own programs: over the socket, which only they can open. A
/// browser that another user signed in must not read or write them.
void Router::maintain(const Request& request, Transport transport, Reply& reply) {
  const auto& [path, method, task] =
      *std::find_if(kMaintenanceRoutes.begin(), kMaintenanceRoutes.end(),
                    [&](const MaintenanceRoute& each) { return each.path == request.path; });
  if (request.method != method)
    return reply(
        error_response(wrong_method(request.method, request.path, method), fmt::format("Allow: {}\r\n", method)));
  json::object arguments;
  if (method == "POST") {
    if (transport != Transport::kUnixSocket)
      return reply(error_response({ErrorCode::kForbidden, fmt::format("{}: only over the unix socket", request.path),
                                   "use the command of the same name of stream-status"}));
    if (const auto typed = Guard::check_body_type(request); !typed) return reply(error_response(typed.error()));
    auto body = parse_json_object(request.body.empty() ? "{}" : request.body);
    if (!body) return reply(error_response(body.error()));
    arguments = std::move(*body);
  }
  state_.maintenance.run(task, std::move(arguments), lane_,
                         [reply = std::move(reply)](const Result<service::Answer>& answer) {
                           reply(answer ? json_response(answer->status, answer->body) : error_response(answer.error()));
                         });
}

void Router::stop_server(const Request& request, Reply& reply) const {
  if (request.method != "POST")
    return reply(error_response(wrong_method(request.method, request.path, "POST"), "Allow: POST\r\n"));
  if (const auto typed = Guard::check_body_type(request); !typed) return reply(error_response(typed.error()));
  const auto body = parse_json_object(request.body);
  if (!body) return reply(error_response(body.error()));
  const std::string& instance = state_.service.identity().instance_id;
  if (find_string(*body, "instanceId").value_or("") != instance)
    return reply(error_response({ErrorCode::kRevisionConflict, "stop: this is another server than the one you mean",
                                 "ask /api/health for its instanceId"}));
  const bool is_upgrade = find_string(*body, "reason").value_or("") == "upgrade";
  if (is_upgrade && !is_newer_version(find_string(*body, "version").value_or(""), kVersion))
    return reply(
        error_response({ErrorCode::kRevisionConflict,
                        fmt::format("stop: this server is {}, and not older than you", kVersion), "use it as it is"}));
  reply(json_response(200, json::serialize(json::object{{"success", true}, {"instanceId", instance}})));
  state_.request_stop(is_upgrade ? "upgrade" : "stop_called");
}

Response Router::serve_login(const Request& request) {
  const auto cookie = state_.guard.redeem(query_parameter(request.query, "code"), state_.clock.monotonic());
  if (!cookie)
    return error_response({ErrorCode::kForbidden, "sign in: this address was used already, or is older than 10 minutes",
                           "run 'stream-status dashboard --login' for a new one"});
  const std::string extra = fmt::format("Set-Cookie: {}\r\nLocation: /\r\n", *cookie);
  return {std::make_shared<const std::string>(render_head({.status = 303, .extra = extra}, 0))};
}

Response Router::serve_asset(const Request& request) const {
  const Asset* asset = find_asset(request.path);
  if (asset == nullptr) {
    // A path with a dot names a file; any other is a view of the dashboard (deep link).
    if (request.path.find('.') != std::string_view::npos) return error_response(no_such_path(request.path));
    asset = find_asset("/");
    if (asset == nullptr) return error_response(no_such_path(request.path));
  }
  const Caching caching = asset->immutable ? Caching::kImmutable : Caching::kRevalidate;
  std::string extra = fmt::format("ETag: {}\r\nVary: Accept-Encoding\r\n", asset->etag);
  if (request.if_none_match == asset->etag)
    return {std::make_shared<const std::string>(
        render_head({.status = 304, .content_type = asset->content_type, .caching = caching, .extra = extra}, 0))};
  const bool zipped = request.accept_encoding.find("gzip") != std::string_view::npos;
  if (zipped) extra += "Content-Encoding: gzip\r\n";
  const std::string_view body = zipped ? asset->gzip : asset->identity;
  return {std::make_shared<const std::string>(
              render_head({.content_type = asset->content_type, .caching = caching, .extra = extra}, body.size())),
          body};
}

}  // namespace stream_status::server
