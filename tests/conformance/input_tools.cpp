// Tools and a prompt of the suite's scenarios input-required-result-*: they need input of the client first.
#include <fmt/format.h>
#include <sha2.h>

#include "conformance/everything_catalog.h"
#include "mcp/phrase.h"
#include "os/random.h"

namespace stream_status::conformance {
namespace {

constexpr std::string_view kPrefix = "test_input_required_result_";

json::object elicitation(std::string_view message, std::string_view field, std::string_view type = "string") {
  return {{"method", "elicitation/create"},
          {"params",
           {{"message", message},
            {"requestedSchema",
             {{"type", "object"}, {"properties", {{field, {{"type", type}}}}}, {"required", json::array{field}}}}}}};
}

json::object sampling(std::string_view message) {
  return {{"method", "sampling/createMessage"},
          {"params",
           {{"messages", json::array{{{"role", "user"}, {"content", {{"type", "text"}, {"text", message}}}}}},
            {"maxTokens", 100}}}};
}

json::object roots() { return {{"method", "roots/list"}, {"params", json::object{}}}; }

const json::object* response(const json::object& responses, std::string_view key) {
  const json::value* found = responses.if_contains(key);
  return found == nullptr ? nullptr : found->if_object();
}

/// content.<field> of a user's answer.
std::string said(const json::object& answer, std::string_view field) {
  const json::value* content = answer.if_contains("content");
  return content != nullptr && content->is_object() ? std::string(mcp::text_member(content->get_object(), field)) : "";
}

// A state goes through the client: what comes back is believed only with our signature, made with a key that no other
// run of this program has.
std::string signature_of(std::string_view text) {
  static const std::string key = os::random_hex(32);
  const std::string whole = key + std::string(text) + key;
  std::array<char, SHA256_DIGEST_STRING_LENGTH> hex;
  ::SHA256Data(reinterpret_cast<const std::uint8_t*>(whole.data()), whole.size(), hex.data());
  return hex.data();
}
std::string sign(std::string_view text) { return fmt::format("{}.{}", signature_of(text), text); }
std::optional<std::string> verify(std::string_view state) {
  const std::size_t dot = state.find('.');
  if (dot == std::string_view::npos || state.substr(0, dot) != signature_of(state.substr(dot + 1))) return std::nullopt;
  return std::string(state.substr(dot + 1));
}

void several(mcp::Exchange& exchange, const json::object& given) {
  const json::object* name = response(given, "user_name");
  const json::object* greeting = response(given, "greeting");
  const json::object* found = response(given, "client_roots");
  if (name != nullptr && greeting != nullptr && found != nullptr)
    return exchange.complete(
        text_result(fmt::format("Name: {}; Greeting: {}", said(*name, "name"), said(*greeting, "text"))));
  exchange.finish(mcp::InputRequired{{{"user_name", elicitation("What is your name?", "name")},
                                      {"greeting", sampling("Generate a greeting")},
                                      {"client_roots", roots()}},
                                     sign("several")});
}

void two_rounds(mcp::Exchange& exchange, const json::object& given) {
  const std::string state = verify(exchange.input_state()).value_or("");
  const json::object* first = response(given, "step1");
  const json::object* second = response(given, "step2");
  if (state.starts_with("2:") && second != nullptr)
    return exchange.complete(
        text_result(fmt::format("Multi-round complete for {} who likes {}", state.substr(2), said(*second, "color"))));
  if (state == "1" && first != nullptr)
    return exchange.finish(mcp::InputRequired{{{"step2", elicitation("Step 2: What is your favorite color?", "color")}},
                                              sign("2:" + said(*first, "name"))});
  exchange.finish(mcp::InputRequired{{{"step1", elicitation("Step 1: What is your name?", "name")}}, sign("1")});
}

void guarded(mcp::Exchange& exchange, const json::object& given, std::string_view confirmation) {
  if (!exchange.input_state().empty()) {
    if (!verify(exchange.input_state()))
      return exchange.refuse(mcp::RpcCode::kInvalidParams, "requestState is not what was sent");
    if (response(given, "confirm") != nullptr) return exchange.complete(text_result(confirmation));
  }
  exchange.finish(mcp::InputRequired{{{"confirm", elicitation("Please confirm", "ok", "boolean")}}, sign("guarded")});
}

void what_it_can(mcp::Exchange& exchange, const json::object& given) {
  if (!given.empty()) return exchange.complete(text_result("capabilities-ok"));
  json::object requests;
  if (exchange.capabilities().contains("elicitation"))
    requests["elicit_input"] = elicitation("Elicitation input", "value");
  if (exchange.capabilities().contains("sampling")) requests["sample_input"] = sampling("Sample request");
  if (requests.empty()) return exchange.complete(text_result("No supported capabilities declared"));
  exchange.finish(mcp::InputRequired{std::move(requests), sign("capabilities")});
}

}  // namespace

bool call_input_tool(mcp::Exchange& exchange, std::string_view name) {
  const json::object given = exchange.input_responses();
  if (name == "test_missing_capability") {
    if (exchange.capabilities().contains("sampling"))
      exchange.complete(text_result("Success"));
    else
      exchange.refuse(mcp::RpcCode::kMissingCapability, "sampling is needed",
                      {{"requiredCapabilities", {{"sampling", json::object{}}}}});
    return true;
  }
  if (!name.starts_with(kPrefix)) return false;
  const std::string_view which = name.substr(kPrefix.size());
  if (which == "elicitation") {
    if (const json::object* answer = response(given, "user_name"))
      exchange.complete(text_result(fmt::format("Hello, {}!", said(*answer, "name"))));
    else
      exchange.finish(mcp::InputRequired{{{"user_name", elicitation("What is your name?", "name")}}});
  } else if (which == "sampling") {
    if (const json::object* answer = response(given, "sample_request"))
      exchange.complete(text_result("Sampling result: " + said(*answer, "text")));
    else
      exchange.finish(mcp::InputRequired{{{"sample_request", sampling("What is the capital of France?")}}});
  } else if (which == "list_roots") {
    if (response(given, "roots_request") != nullptr)
      exchange.complete(text_result("Found roots"));
    else
      exchange.finish(mcp::InputRequired{{{"roots_request", roots()}}});
  } else if (which == "prompt") {
    if (const json::object* answer = response(given, "user_context"))
      exchange.complete(json::serialize(json::object{
          {"messages",
           json::array{
               {{"role", "user"},
                {"content", {{"type", "text"}, {"text", "Prompt with context: " + said(*answer, "context")}}}}}}}));
    else
      exchange.finish(
          mcp::InputRequired{{{"user_context", elicitation("What context should the prompt use?", "context")}}});
  } else if (which == "multiple_inputs") {
    several(exchange, given);
  } else if (which == "multi_round") {
    two_rounds(exchange, given);
  } else if (which == "request_state") {
    guarded(exchange, given, "state-ok: requestState validated");
  } else if (which == "tampered_state") {
    guarded(exchange, given, "integrity-ok: state verified");
  } else if (which == "capabilities") {
    what_it_can(exchange, given);
  } else {
    return false;
  }
  return true;
}

}  // namespace stream_status::conformance
