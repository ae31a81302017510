#include "mcp/exchange.h"

#include <fmt/format.h>

#include <utility>

#include "base/overloaded.h"
#include "base/release.h"
#include "mcp/json_text.h"
#include "mcp/phrase.h"

namespace stream_status::mcp {

const std::string& server_info() {
  static const std::string text =
      json::serialize(json::object{{"name", "stream-status"}, {"title", "Stream status"}, {"version", kVersion}});
  return text;
}

Exchange::Exchange(Request request, Send send, Ask ask)
    : request_(std::move(request)), send_(std::move(send)), ask_(std::move(ask)) {}

json::object Exchange::input_responses() const {
  const json::value* found = request_.params.if_contains("inputResponses");
  return found != nullptr && found->is_object() ? found->get_object() : json::object{};
}

std::string_view Exchange::input_state() const { return text_member(request_.params, "requestState"); }

void Exchange::say(Kind kind, std::string text) {
  if (!over_) send_({std::move(text), kind});
}

void Exchange::report_progress(double done, std::optional<double> total, std::string_view message) {
  if (!wants_progress()) return;
  std::string params = fmt::format(R"({{"progressToken":{},"progress":{:g})", request_.progress_token, done);
  if (total) params += fmt::format(R"(,"total":{:g})", *total);
  params += R"(,"message":)";
  append_json_string(params, message);
  say(Kind::kNotification, write_notification("notifications/progress", params += "}"));
}

void Exchange::notify(std::string_view method, const json::object& params) {
  std::string text;
  append_json(text, params);
  say(Kind::kNotification, write_notification(method, text));
}

bool Exchange::ask(std::string_view method, const json::object& params,
                   std::function<void(json::value result)> answered) {
  if (era() == Era::kModern || over_ || !ask_) return false;
  const auto id = ask_(std::move(answered));
  if (id) say(Kind::kRequest, write_request(*id, method, params));
  return id.has_value();
}

/// `{"a":1}` → `{"resultType":"complete","_meta":{…},"a":1}`. What has a _meta of its own has named the server there.
std::string Exchange::with_era(std::string_view result, std::string_view type) const {
  if (era() == Era::kLegacy) return std::string(result);
  std::string text = fmt::format(R"({{"resultType":"{}")", type);
  if (!result.starts_with(R"({"_meta":)"))
    text.append(R"(,"_meta":{"io.modelcontextprotocol/serverInfo":)").append(server_info()).append("}");
  if (type == "complete" && request_.caching == Caching::kConstant) text += R"(,"ttlMs":3600000,"cacheScope":"public")";
  if (type == "complete" && request_.caching == Caching::kMomentary) text += R"(,"ttlMs":0,"cacheScope":"private")";
  const std::string_view members = result.substr(1);
  if (members != "}") text += ",";
  return text.append(members);
}

/// What the client never said it can do must not be asked of it.
std::optional<std::string> Exchange::find_missing_capability(const json::object& requests) const {
  for (const auto& [key, request] : requests) {
    const std::string_view method = request.is_object() ? text_member(request.get_object(), "method") : "";
    const std::string_view needed = method == "elicitation/create"       ? "elicitation"
                                    : method == "sampling/createMessage" ? "sampling"
                                                                         : "roots";
    if (!request_.capabilities.contains(needed)) return std::string(needed);
  }
  return std::nullopt;
}

void Exchange::finish(Outcome outcome) {
  if (over_) return;
  if (const auto* input = std::get_if<InputRequired>(&outcome)) {
    if (era() == Era::kLegacy)
      outcome = Refusal{RpcCode::kInternalError, "this needs a client that speaks MCP 2026-07-28"};
    else if (const auto missing = find_missing_capability(input->requests))
      outcome = Refusal{RpcCode::kMissingCapability,
                        fmt::format("this needs a client with the capability {}", *missing),
                        {{"requiredCapabilities", {{*missing, json::object{}}}}}};
  }
  std::visit(Overloaded{[&](const Completed& done) {
                          say(Kind::kAnswer, write_result(id(), with_era(done.result, "complete")));
                        },
                        [&](const InputRequired& input) {
                          json::object result;
                          if (!input.requests.empty()) result["inputRequests"] = input.requests;
                          if (!input.state.empty()) result["requestState"] = input.state;
                          std::string text;
                          append_json(text, result);
                          say(Kind::kAnswer, write_result(id(), with_era(text, "input_required")));
                        },
                        [&](const Refusal& refusal) {
                          RpcCode code = refusal.code;
                          if (code == RpcCode::kResourceNotFound && era() == Era::kModern)
                            code = RpcCode::kInvalidParams;
                          const Kind kind = code == RpcCode::kMissingCapability ? Kind::kBadRequest : Kind::kAnswer;
                          say(kind, write_error(id(), code, refusal.message, refusal.data));
                        }},
             outcome);
  end();
}

void Exchange::reject(RpcCode code, std::string_view message, const json::value& data) {
  Kind kind = Kind::kBadRequest;
  if (code == RpcCode::kMethodNotFound) kind = era() == Era::kModern ? Kind::kUnknownMethod : Kind::kAnswer;
  say(kind, write_error(id(), code, message, data));
  end();
}

void Exchange::cancel() {
  if (over_) return;
  over_ = true;
  if (const auto cancelled = std::exchange(cancelled_, nullptr)) cancelled();
  end();
}

void Exchange::end() {
  over_ = true;
  cancelled_ = nullptr;
  if (const auto ended = std::exchange(ended_, nullptr)) ended();
}

}  // namespace stream_status::mcp
