#include "mcp/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/overloaded.h"
#include "base/text.h"
#include "mcp/era.h"
#include "mcp/introduction.h"
#include "mcp/json_text.h"
#include "mcp/message.h"
#include "mcp/phrase.h"
#include "mcp/presenter.h"

namespace stream_status::mcp {
namespace {

/// Arguments of tools/call. Some clients send the object as a JSON text, and "" or null for none.
Result<json::object> read_arguments(json::object& params) {
  json::value* found = params.if_contains("arguments");
  if (found == nullptr || found->is_null()) return json::object{};
  if (found->is_object()) return std::move(found->get_object());
  if (found->is_string()) {
    const std::string_view text = text_of(found->get_string());
    if (text.empty()) return json::object{};
    if (auto object = parse_json_object(text)) return object;
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("arguments: {} is not an object", shorten(json::serialize(*found), 60)),
              R"(send arguments as a JSON object: {"name":value,…})");
}

/// The result of tools/call, as JSON text.
std::string tool_result(const Presentation& shown, Revision revision, bool is_error) {
  std::string result;
  result.reserve(2 * shown.text.size() + 256);
  result += R"({"content":[{"type":"text","text":)";
  append_json_string(result, shown.text);
  result += "}]";
  if (revision >= Revision::k2025_06_18) {
    result += R"(,"structuredContent":)";
    append_json(result, shown.structured);
  }
  return result.append(R"(,"isError":)").append(is_error ? "true}" : "false}");
}

}  // namespace

struct Session::State : std::enable_shared_from_this<State> {
  struct Call {
    RpcId id;
    const api::Operation& operation;
    json::object arguments;
  };

  State(Backend& host_backend, Send host_send) : backend(host_backend), send(std::move(host_send)) {}

  void on_request(Request request);
  void on_notification(const Notification& notification);
  void on_legacy_request(Request& request);
  void on_modern_request(const Request& request) const;

  void initialize(const Request& request);
  void list_tools(const Request& request) const;
  void call_tool(Request& request);
  void start(Call call);
  void keep_news(const json::value& answer);
  void finish(std::uint64_t serial, Result<json::value> answer);
  void cancel(const json::object& params);

  void answer(const RpcId& id, std::string_view result) const { send(write_result(id, result)); }
  void refuse(const RpcId& id, RpcCode code, std::string_view message, const json::value& data = nullptr) const {
    send(write_error(id, code, message, data));
  }
  bool is_in_flight(const RpcId& id) const {
    return std::any_of(calls.begin(), calls.end(), [&](const auto& entry) { return entry.second.id == id; });
  }

  Backend& backend;
  Send send;
  Revision revision = kNewestLegacy;  // until initialize says otherwise
  std::string client_name;
  std::uint64_t last_serial = 0;
  json::array unread;                   // news that came with a call that was cancelled
  std::map<std::uint64_t, Call> calls;  // by our own number: an id is free again once its call is cancelled
};

void Session::State::on_request(Request request) {
  // Two answers with one id would reach the client as answers to one request.
  if (is_in_flight(request.id))
    return refuse(request.id, RpcCode::kInvalidRequest,
                  "this id belongs to a call in flight; use a new id for each request");
  switch (era_of(request.method, request.params)) {
    case Era::kLegacy: return on_legacy_request(request);
    case Era::kModern: return on_modern_request(request);
  }
}

/// The modern era is not spoken yet. -32601 and not one of that era's own errors: from this one a client
/// that probes with server/discover learns that it has to begin with initialize.
void Session::State::on_modern_request(const Request& request) const {
  json::array supported;
  for (auto name = kRevisionNames.rbegin(); name != kRevisionNames.rend(); ++name) supported.emplace_back(*name);
  refuse(request.id, RpcCode::kMethodNotFound,
         fmt::format("{} of MCP 2026-07-28 is not supported; send initialize", one_line(request.method, 80)),
         {{"supported", std::move(supported)}});
}

void Session::State::on_legacy_request(Request& request) {
  if (request.method == "tools/call") return call_tool(request);
  if (request.method == "tools/list") return list_tools(request);
  if (request.method == "initialize") return initialize(request);

  struct FixedAnswer {
    std::string_view method;
    std::string_view result;
  };
  static constexpr FixedAnswer kFixedAnswers[] = {
      {"ping", "{}"},
      // Not among our capabilities, but some clients ask without looking.
      {"resources/list", R"({"resources":[]})"},
      {"resources/templates/list", R"({"resourceTemplates":[]})"},
      {"prompts/list", R"({"prompts":[]})"},
      {"logging/setLevel", "{}"},  // no log message is ever sent, so each level is obeyed
  };
  for (const FixedAnswer& fixed : kFixedAnswers)
    if (fixed.method == request.method) return answer(request.id, fixed.result);
  refuse(request.id, RpcCode::kMethodNotFound, fmt::format("unknown method: {}", one_line(request.method, 80)));
}

void Session::State::on_notification(const Notification& notification) {
  if (notification.method == "notifications/cancelled") cancel(notification.params);
}

void Session::State::initialize(const Request& request) {
  revision = negotiate(text_member(request.params, "protocolVersion"));
  if (const json::value* info = request.params.if_contains("clientInfo"); info != nullptr && info->is_object())
    client_name = text_member(info->get_object(), "name");
  answer(request.id, initialize_result(revision));
}

void Session::State::list_tools(const Request& request) const {
  if (const auto cursor = text_member(request.params, "cursor"); !cursor.empty())
    return refuse(request.id, RpcCode::kInvalidParams, "there is no such cursor: tools/list is one page");
  answer(request.id, tool_list());
}

void Session::State::call_tool(Request& request) {
  const auto name = find_string(request.params, "name");
  if (!name) return refuse(request.id, RpcCode::kInvalidParams, "params.name must be the name of a tool");
  const api::Operation* operation = api::find_operation(*name);
  if (operation == nullptr || !operation->is_tool)
    return refuse(request.id, RpcCode::kInvalidParams,
                  fmt::format("unknown tool: {}; tools: {}", one_line(*name, 80), tool_names()));
  Result<json::object> arguments = read_arguments(request.params);
  if (!arguments) {
    const Presentation shown = present_error(*operation, {}, arguments.error());
    return answer(request.id, tool_result(shown, revision, true));
  }
  complete_arguments(*operation, *arguments);
  start({std::move(request.id), *operation, std::move(*arguments)});
}

void Session::State::start(Call call) {
  const std::uint64_t serial = ++last_serial;
  const api::Operation& operation = call.operation;
  json::object arguments = call.arguments;
  calls.emplace(serial, std::move(call));
  backend.call(operation, std::move(arguments), [weak = weak_from_this(), serial](Result<json::value> result) {
    if (const auto state = weak.lock()) state->finish(serial, std::move(result));
  });
}

/// Of an answer that the agent does not get: it is told with the next that it gets.
void Session::State::keep_news(const json::value& answer) {
  const json::value* news = answer.is_object() ? answer.get_object().if_contains("news") : nullptr;
  if (news != nullptr && news->is_array())
    unread.insert(unread.end(), news->get_array().begin(), news->get_array().end());
}

void Session::State::finish(std::uint64_t serial, Result<json::value> result) {
  auto found = calls.extract(serial);
  if (found.empty()) {  // cancelled
    if (result) keep_news(*result);
    return;
  }
  Call& call = found.mapped();
  if (!result) {
    const Presentation shown = present_error(call.operation, call.arguments, result.error());
    return answer(call.id, tool_result(shown, revision, true));
  }
  if (!unread.empty() && result->is_object()) {
    keep_news(*result);
    result->get_object()["news"] = std::exchange(unread, {});
  }
  const Presentation shown = present(call.operation, call.arguments, *result);
  const auto asked = find_integer(call.arguments, "limit");
  if (shown.narrower_limit > 0 && (!asked || shown.narrower_limit < *asked)) {
    keep_news(*result);
    call.arguments["limit"] = shown.narrower_limit;
    return start(std::move(call));
  }
  answer(call.id, tool_result(shown, revision, false));
}

void Session::State::cancel(const json::object& params) {
  const json::value* requested = params.if_contains("requestId");
  const auto id = requested == nullptr ? std::nullopt : read_id(*requested);
  if (!id) return;
  const auto found =
      std::find_if(calls.begin(), calls.end(), [&](const auto& entry) { return entry.second.id == *id; });
  if (found != calls.end()) calls.erase(found);
}

Session::Session(Backend& backend, Send send) : state_(std::make_shared<State>(backend, std::move(send))) {}
Session::~Session() = default;

void Session::receive(std::string_view message) {
  if (message.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  // Held, so that a host may drop the session from within Send.
  const std::shared_ptr<State> state = state_;
  std::visit(Overloaded{
                 [&](Request&& request) { state->on_request(std::move(request)); },
                 [&](const Notification& notification) { state->on_notification(notification); },
                 [&](Response) {},
                 [&](const Malformed& what) { state->refuse(what.id, what.code, what.problem); },
             },
             read_message(message));
}

void Session::refuse_oversized(std::size_t bytes, std::size_t limit) {
  state_->refuse(
      null_id(), RpcCode::kInvalidRequest,
      fmt::format("a message of {} bytes was not read: the limit is {} bytes; send less at once", bytes, limit));
}

std::size_t Session::calls_in_flight() const { return state_->calls.size(); }

const std::string& Session::client_name() const { return state_->client_name; }

}  // namespace stream_status::mcp
