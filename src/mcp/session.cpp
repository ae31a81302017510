#include "mcp/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/overloaded.h"
#include "base/text.h"
#include "mcp/json_text.h"
#include "mcp/phrase.h"

namespace stream_status::mcp {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

/// Open subscriptions of one conversation, and resources in one of them.
constexpr std::size_t kMostSubscriptions = 16;
constexpr std::size_t kMostUris = 200;

constexpr std::string_view kSubscriptionKey = "io.modelcontextprotocol/subscriptionId";

bool flag(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found != nullptr && found->is_bool() && found->get_bool();
}

/// Each list is one page.
bool is_first_page(Exchange& exchange, std::string_view method) {
  if (text_member(exchange.params(), "cursor").empty()) return true;
  exchange.refuse(RpcCode::kInvalidParams, fmt::format("there is no such cursor: {} is one page", method));
  return false;
}

std::string listed(std::string_view member, std::string_view items) {
  return fmt::format(R"({{"{}":{}}})", member, items);
}

/// Of a modern request's _meta. Source: MCP 2026-07-28, "Per-request protocol fields", "Protocol version negotiation".
std::optional<Refusal> find_problem(const RequestMeta& meta) {
  if (meta.revision.empty())
    return Refusal{RpcCode::kInvalidParams,
                   "_meta: io.modelcontextprotocol/protocolVersion is missing; each request names its revision"};
  if (meta.revision != name_of(kModern))
    return Refusal{RpcCode::kUnsupportedRevision,
                   fmt::format("MCP {} is not spoken here in requests that name it", one_line(meta.revision, 40)),
                   json::object{{"supported", supported_revisions()}, {"requested", meta.revision}}};
  if (meta.capabilities == nullptr)
    return Refusal{RpcCode::kInvalidParams,
                   "_meta: io.modelcontextprotocol/clientCapabilities is missing; {} says: none"};
  return std::nullopt;
}

/// Answers to what an InputRequired asked for are objects, by key. Source: MCP 2026-07-28, "Multi round-trip requests".
bool has_malformed_input(const json::object& params) {
  const json::value* found = params.if_contains("inputResponses");
  if (found == nullptr) return false;
  if (!found->is_object()) return true;
  const auto& responses = found->get_object();
  return std::any_of(responses.begin(), responses.end(), [](const auto& each) { return !each.value().is_object(); });
}

}  // namespace

std::optional<RpcId> Questions::add(Answered answered) {
  if (waiting_.size() >= kMost) return std::nullopt;
  RpcId id{fmt::format(R"("ask-{}")", ++last_)};
  waiting_.emplace(id.json, std::move(answered));
  return id;
}

void Questions::answer(const Response& response) {
  if (!response.id) return;
  if (auto found = waiting_.extract(response.id->json); !found.empty()) found.mapped()(response.result);
}

struct Session::State : std::enable_shared_from_this<State> {
  State(Catalog& the_catalog, Send host_send, Circumstances facts)
      : catalog(the_catalog), send(std::move(host_send)), circumstances(std::move(facts)) {
    revision = negotiate(circumstances.revision);
    // Source: MCP 2025-11-25, transports: who sends no header speaks the revision before it was invented.
    if (circumstances.revision.empty() && circumstances.subscriptions == Subscriptions::kAreNot)
      revision = Revision::k2025_03_26;
  }

  struct Method {
    std::string_view name;
    bool legacy;
    bool modern;
    Caching caching;
    void (*run)(State& state, const ExchangePtr& exchange);
  };
  static const std::array<Method, 15> kMethods;
  template <auto kMethod>
  static void run_with(State& state, const ExchangePtr& exchange) {
    (state.*kMethod)(exchange);
  }

  void on_request(Request request);
  void on_notification(const Notification& notification);
  ExchangePtr open(Request& request, Era era);
  void run(const ExchangePtr& exchange, std::string_view method);

  void initialize(const ExchangePtr& exchange);
  void discover(const ExchangePtr& exchange) const { exchange->complete(discover_result(catalog.offer())); }
  void answer_empty(const ExchangePtr& exchange) { exchange->complete("{}"); }
  void list_tools(const ExchangePtr& exchange) const;
  void list_resources(const ExchangePtr& exchange) const;
  void list_templates(const ExchangePtr& exchange) const;
  void list_prompts(const ExchangePtr& exchange) const;
  void call_tool(const ExchangePtr& exchange);
  void read_resource(const ExchangePtr& exchange);
  void get_prompt(const ExchangePtr& exchange);
  void complete(const ExchangePtr& exchange) { catalog.complete(exchange); }
  void subscribe(const ExchangePtr& exchange);
  void unsubscribe(const ExchangePtr& exchange);
  void listen(const ExchangePtr& exchange);
  void cancel(const json::object& params);

  void refuse(const RpcId& id, RpcCode code, std::string_view message) const {
    send({write_error(id, code, message), Kind::kBadRequest});
  }
  bool is_in_flight(const RpcId& id) const {
    return std::any_of(open_exchanges.begin(), open_exchanges.end(),
                       [&](const ExchangePtr& each) { return each->id() == id; });
  }
  void forget(const Exchange* exchange) {
    std::erase_if(open_exchanges, [&](const ExchangePtr& each) { return each.get() == exchange; });
    listening.erase(exchange);
  }

  Catalog& catalog;
  Send send;
  Circumstances circumstances;
  Revision revision = kNewestLegacy;  // until initialize says otherwise
  std::string client_name;
  json::object client_capabilities;
  std::vector<ExchangePtr> open_exchanges;
  std::map<const Exchange*, std::shared_ptr<void>> listening;  ///< of the modern era
  struct Subscribed {
    std::shared_ptr<void> handle;
    std::weak_ptr<Exchange> begun_by;
  };
  std::map<std::string, Subscribed> subscribed;  ///< of the legacy era, by URI
};

const std::array<Session::State::Method, 15> Session::State::kMethods = {{
    {"tools/call", true, true, Caching::kNone, &run_with<&State::call_tool>},
    {"tools/list", true, true, Caching::kConstant, &run_with<&State::list_tools>},
    {"initialize", true, false, Caching::kNone, &run_with<&State::initialize>},
    {"server/discover", false, true, Caching::kConstant, &run_with<&State::discover>},
    {"ping", true, false, Caching::kNone, &run_with<&State::answer_empty>},
    {"resources/list", true, true, Caching::kConstant, &run_with<&State::list_resources>},
    {"resources/templates/list", true, true, Caching::kConstant, &run_with<&State::list_templates>},
    {"resources/read", true, true, Caching::kMomentary, &run_with<&State::read_resource>},
    {"resources/subscribe", true, false, Caching::kNone, &run_with<&State::subscribe>},
    {"resources/unsubscribe", true, false, Caching::kNone, &run_with<&State::unsubscribe>},
    {"prompts/list", true, true, Caching::kConstant, &run_with<&State::list_prompts>},
    {"prompts/get", true, true, Caching::kNone, &run_with<&State::get_prompt>},
    {"completion/complete", true, true, Caching::kNone, &run_with<&State::complete>},
    {"subscriptions/listen", false, true, Caching::kNone, &run_with<&State::listen>},
    // Not among our capabilities, but some clients ask without looking; no log message is ever sent, so each level is
    // obeyed.
    {"logging/setLevel", true, false, Caching::kNone, &run_with<&State::answer_empty>},
}};

ExchangePtr Session::State::open(Request& request, Era era) {
  RequestMeta meta = read_meta(request.params);
  Exchange::Request about{.id = std::move(request.id),
                          .era = era,
                          .revision = era == Era::kModern ? kModern : revision,
                          .client_name = era == Era::kModern ? std::move(meta.client_name) : client_name,
                          .capabilities = client_capabilities,
                          .log_level = std::move(meta.log_level),
                          .progress_token = std::move(meta.progress_token),
                          .params = {},
                          .caching = Caching::kNone};
  if (era == Era::kModern) about.capabilities = meta.capabilities != nullptr ? *meta.capabilities : json::object{};
  for (const Method& method : kMethods)
    if (method.name == request.method) about.caching = method.caching;
  about.params = std::move(request.params);
  Exchange::Ask ask;
  if (circumstances.questions != nullptr)
    ask = [questions = circumstances.questions](Questions::Answered answered) {
      return questions->add(std::move(answered));
    };
  auto exchange = std::make_shared<Exchange>(
      std::move(about),
      [weak = weak_from_this()](Outgoing message) {
        if (const auto state = weak.lock()) state->send(std::move(message));
      },
      std::move(ask));
  open_exchanges.push_back(exchange);
  exchange->on_over([weak = weak_from_this(), raw = exchange.get()] {
    if (const auto state = weak.lock()) state->forget(raw);
  });
  return exchange;
}

void Session::State::on_request(Request request) {
  // Two answers with one id would reach the client as answers to one request.
  if (is_in_flight(request.id))
    return refuse(request.id, RpcCode::kInvalidRequest,
                  "this id belongs to a call in flight; use a new id for each request");
  const Era era = era_of(request.method, request.params, circumstances.revision);
  const auto problem = era == Era::kModern ? find_problem(read_meta(request.params)) : std::nullopt;
  const std::string method = request.method;
  const ExchangePtr exchange = open(request, era);
  if (problem) return exchange->reject(problem->code, problem->message, problem->data);
  run(exchange, method);
}

void Session::State::run(const ExchangePtr& exchange, std::string_view method) {
  const bool modern = exchange->era() == Era::kModern;
  if (modern && has_malformed_input(exchange->params()))
    return exchange->reject(RpcCode::kInvalidParams, "params.inputResponses must be an object of objects");
  for (const Method& each : kMethods)
    if (each.name == method && (modern ? each.modern : each.legacy)) return each.run(*this, exchange);
  exchange->reject(RpcCode::kMethodNotFound, fmt::format("unknown method: {}", one_line(method, 80)));
}

void Session::State::on_notification(const Notification& notification) {
  if (notification.method == "notifications/cancelled") cancel(notification.params);
}

void Session::State::initialize(const ExchangePtr& exchange) {
  const json::object& params = exchange->params();
  revision = negotiate(text_member(params, "protocolVersion"));
  if (const json::value* info = params.if_contains("clientInfo"); info != nullptr && info->is_object())
    client_name = text_member(info->get_object(), "name");
  if (const json::value* said = params.if_contains("capabilities"); said != nullptr && said->is_object())
    client_capabilities = said->get_object();
  exchange->complete(initialize_result(catalog.offer(), revision, circumstances.subscriptions));
}

void Session::State::list_tools(const ExchangePtr& exchange) const {
  if (is_first_page(*exchange, "tools/list")) exchange->complete(listed("tools", catalog.offer().tools));
}
void Session::State::list_resources(const ExchangePtr& exchange) const {
  if (is_first_page(*exchange, "resources/list")) exchange->complete(listed("resources", catalog.offer().resources));
}
void Session::State::list_templates(const ExchangePtr& exchange) const {
  if (is_first_page(*exchange, "resources/templates/list"))
    exchange->complete(listed("resourceTemplates", catalog.offer().resource_templates));
}
void Session::State::list_prompts(const ExchangePtr& exchange) const {
  if (is_first_page(*exchange, "prompts/list")) exchange->complete(listed("prompts", catalog.offer().prompts));
}

void Session::State::call_tool(const ExchangePtr& exchange) {
  const auto name = find_string(exchange->params(), "name");
  if (!name) return exchange->refuse(RpcCode::kInvalidParams, "params.name must be the name of a tool");
  catalog.call_tool(exchange, std::string(*name));
}

void Session::State::read_resource(const ExchangePtr& exchange) {
  const auto uri = find_string(exchange->params(), "uri");
  if (!uri) return exchange->refuse(RpcCode::kInvalidParams, "params.uri must be the URI of a resource");
  catalog.read_resource(exchange, std::string(*uri));
}

void Session::State::get_prompt(const ExchangePtr& exchange) {
  const auto name = find_string(exchange->params(), "name");
  if (!name) return exchange->refuse(RpcCode::kInvalidParams, "params.name must be the name of a prompt");
  catalog.get_prompt(exchange, std::string(*name));
}

void Session::State::subscribe(const ExchangePtr& exchange) {
  const std::string uri(text_member(exchange->params(), "uri"));
  if (!catalog.can_watch(uri)) return refuse_resource(*exchange, uri);
  if (circumstances.subscriptions == Subscriptions::kAreNot || subscribed.contains(uri))
    return exchange->complete("{}");
  if (subscribed.size() >= kMostUris)
    return exchange->refuse(RpcCode::kInvalidRequest,
                            fmt::format("{} resources are subscribed to; unsubscribe from one first", kMostUris));
  Watcher watcher;
  watcher.ready = [exchange] { exchange->complete("{}"); };
  watcher.updated = [weak = weak_from_this()](const std::string& changed) {
    const auto state = weak.lock();
    if (!state) return;
    std::string params = R"({"uri":)";
    append_json_string(params, changed);
    state->send({write_notification("notifications/resources/updated", params += "}"), Kind::kNotification});
  };
  exchange->on_cancel([weak = weak_from_this(), uri] {
    if (const auto state = weak.lock()) state->subscribed.erase(uri);
  });
  auto handle = catalog.watch({.uris = {uri}}, std::move(watcher));
  subscribed.emplace(uri, Subscribed{std::move(handle), exchange});
}

void Session::State::unsubscribe(const ExchangePtr& exchange) {
  const auto ended = subscribed.extract(std::string(text_member(exchange->params(), "uri")));
  if (!ended.empty())  // perhaps before it had begun
    if (const auto begun = ended.mapped().begun_by.lock()) begun->complete("{}");
  exchange->complete("{}");
}

/// Source: MCP 2026-07-28, "Subscriptions".
void Session::State::listen(const ExchangePtr& exchange) {
  const json::value* found = exchange->params().if_contains("notifications");
  if (found == nullptr || !found->is_object())
    return exchange->refuse(RpcCode::kInvalidParams, "params.notifications must be an object: what to be told of");
  if (listening.size() >= kMostSubscriptions)
    return exchange->refuse(RpcCode::kInvalidRequest,
                            fmt::format("{} subscriptions are open; cancel one first", kMostSubscriptions));
  const json::object& filter = found->get_object();
  Subscription wanted{.uris = {},
                      .tools = catalog.offer().tools_change && flag(filter, "toolsListChanged"),
                      .prompts = catalog.offer().prompts_change && flag(filter, "promptsListChanged")};
  json::array uris;
  if (const json::value* asked = filter.if_contains("resourceSubscriptions"); asked != nullptr && asked->is_array())
    for (const json::value& uri : asked->get_array())
      if (uri.is_string() && wanted.uris.size() < kMostUris && catalog.can_watch(text_of(uri.get_string())) &&
          wanted.uris.emplace(text_of(uri.get_string())).second)
        uris.push_back(uri);
  json::object agreed;
  if (wanted.tools) agreed["toolsListChanged"] = true;
  if (wanted.prompts) agreed["promptsListChanged"] = true;
  if (!uris.empty()) agreed["resourceSubscriptions"] = std::move(uris);

  const auto tell = [weak = std::weak_ptr(exchange)](std::string_view method, json::object params) {
    const auto open_one = weak.lock();
    if (!open_one) return;
    params["_meta"] = {{kSubscriptionKey, json::parse(open_one->id().json)}};
    open_one->notify(method, params);
  };
  Watcher watcher;
  watcher.ready = [tell, agreed = std::move(agreed)] {
    tell("notifications/subscriptions/acknowledged", {{"notifications", agreed}});
  };
  watcher.updated = [tell](const std::string& uri) { tell("notifications/resources/updated", {{"uri", uri}}); };
  watcher.tools_changed = [tell] { tell("notifications/tools/list_changed", {}); };
  watcher.prompts_changed = [tell] { tell("notifications/prompts/list_changed", {}); };
  listening.emplace(exchange.get(), nullptr);
  auto handle = catalog.watch(std::move(wanted), std::move(watcher));
  if (const auto mine = listening.find(exchange.get()); mine != listening.end()) mine->second = std::move(handle);
}

void Session::State::cancel(const json::object& params) {
  const json::value* requested = params.if_contains("requestId");
  const auto id = requested == nullptr ? std::nullopt : read_id(*requested);
  if (!id) return;
  const auto found =
      std::find_if(open_exchanges.begin(), open_exchanges.end(), [&](const auto& each) { return each->id() == *id; });
  if (found == open_exchanges.end()) return;
  const ExchangePtr exchange = *found;
  exchange->cancel();
}

Session::Session(Catalog& catalog, Send send, Circumstances circumstances)
    : state_(std::make_shared<State>(catalog, std::move(send), std::move(circumstances))) {}

Session::~Session() {
  const auto open = std::exchange(state_->open_exchanges, {});
  state_->send = [](const Outgoing&) {};
  for (const ExchangePtr& each : open) each->cancel();
}

void Session::receive(std::string_view message) {
  if (message.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
  receive(read_message(message));
}

void Session::receive(Incoming message) {
  // Held, so that a host may drop the session from within Send.
  const std::shared_ptr<State> state = state_;
  std::visit(Overloaded{
                 [&](Request& request) { state->on_request(std::move(request)); },
                 [&](const Notification& notification) { state->on_notification(notification); },
                 [&](const Response& response) {
                   if (state->circumstances.questions != nullptr) state->circumstances.questions->answer(response);
                 },
                 [&](const Malformed& what) { state->refuse(what.id, what.code, what.problem); },
             },
             message);
}

void Session::refuse_oversized(std::size_t bytes, std::size_t limit) {
  state_->refuse(
      null_id(), RpcCode::kInvalidRequest,
      fmt::format("a message of {} bytes was not read: the limit is {} bytes; send less at once", bytes, limit));
}

/// Source: MCP 2026-07-28, "Graceful closure".
void Session::end_subscriptions() {
  const std::shared_ptr<State> state = state_;
  const auto open = state->open_exchanges;
  for (const ExchangePtr& each : open)
    if (state->listening.contains(each.get()))
      each->complete(fmt::format(R"({{"_meta":{{"{}":{}}}}})", kSubscriptionKey, each->id().json));
}

std::size_t Session::calls_in_flight() const { return state_->open_exchanges.size() - state_->listening.size(); }

std::size_t Session::open_subscriptions() const { return state_->listening.size(); }

const std::string& Session::client_name() const { return state_->client_name; }

}  // namespace stream_status::mcp
