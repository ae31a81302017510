#include "conformance/everything_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mcp/phrase.h"

namespace stream_status::conformance {
namespace {

using ExchangePtr = std::shared_ptr<mcp::Exchange>;

constexpr std::string_view kImage =  // one green pixel, PNG
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGPQqzUCAAFqANxIpY3WAAAAAElFTkSuQmCC";
constexpr std::string_view kSound = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";  // silence, WAV

struct Tool {
  std::string_view name;
  std::string_view description;
  std::string_view content;  ///< its whole answer; empty: made when called
};
constexpr auto kTools = std::to_array<Tool>({
    {"test_simple_text", "one text", R"([{"type":"text","text":"This is a simple text response for testing."}])"},
    {"test_image_content", "one image", R"([{"type":"image","data":"IMAGE","mimeType":"image/png"}])"},
    {"test_audio_content", "one sound", R"([{"type":"audio","data":"SOUND","mimeType":"audio/wav"}])"},
    {"test_embedded_resource", "one resource",
     R"([{"type":"resource","resource":{"uri":"test://embedded-resource","mimeType":"text/plain",)"
     R"("text":"This is an embedded resource content."}}])"},
    {"test_multiple_content_types", "a text, an image and a resource",
     R"([{"type":"text","text":"Multiple content types test:"},{"type":"image","data":"IMAGE","mimeType":"image/png"},)"
     R"({"type":"resource","resource":{"uri":"test://mixed-content-resource","mimeType":"application/json",)"
     R"("text":"{\"test\":\"data\",\"value\":123}"}}])"},
    {"test_streaming_elicitation", "answers in parts", ""},
    {"test_tool_with_progress", "tells of its progress", ""},
    {"test_tool_with_logging", "logs while it works", ""},
    {"test_logging_tool", "logs, if the client wants logs", ""},
    {"test_error_handling", "fails", ""},
    {"test_sampling", "asks the client's model", ""},
    {"test_elicitation", "asks the user", ""},
    {"test_elicitation_sep1034_defaults", "asks the user, with defaults", ""},
    {"test_elicitation_sep1330_enums", "asks the user, with choices", ""},
    {"test_trigger_tool_change", "changes the list of tools", ""},
    {"test_trigger_prompt_change", "changes the list of prompts", ""},
    {"test_missing_capability", "needs sampling", ""},
    {"test_input_required_result_elicitation", "needs input of the user", ""},
    {"test_input_required_result_sampling", "needs input of the model", ""},
    {"test_input_required_result_list_roots", "needs the roots", ""},
    {"test_input_required_result_request_state", "keeps state with the client", ""},
    {"test_input_required_result_multiple_inputs", "needs three inputs", ""},
    {"test_input_required_result_multi_round", "needs input twice", ""},
    {"test_input_required_result_tampered_state", "guards its state", ""},
    {"test_input_required_result_capabilities", "asks for what the client can do", ""},
});

/// Source: the scenario json-schema-2020-12.
constexpr std::string_view kSchemaTool =
    R"({"name":"json_schema_2020_12_tool","description":"a schema with everything","inputSchema":{)"
    R"("$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",)"
    R"("$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},)"
    R"("properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},)"
    R"("contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},)"
    R"("allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],)"
    R"("if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},)"
    R"("then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false}})";

std::string filled(std::string_view text) {
  std::string out(text);
  for (const auto& [name, data] : {std::pair("IMAGE", kImage), std::pair("SOUND", kSound)})
    for (std::size_t at = out.find(name); at != std::string::npos; at = out.find(name)) out.replace(at, 5, data);
  return out;
}

std::string render_tools() {
  json::array tools;
  for (const Tool& tool : kTools)
    tools.push_back({{"name", tool.name},
                     {"description", tool.description},
                     {"inputSchema", {{"type", "object"}, {"properties", json::object{}}}}});
  tools.push_back(json::parse(kSchemaTool));
  return json::serialize(tools);
}

constexpr std::string_view kResources =
    R"([{"uri":"test://static-text","name":"static-text","mimeType":"text/plain"},)"
    R"({"uri":"test://static-binary","name":"static-binary","mimeType":"image/png"},)"
    R"({"uri":"test://watched-resource","name":"watched-resource","mimeType":"text/plain"}])";
constexpr std::string_view kTemplates =
    R"([{"uriTemplate":"test://template/{id}/data","name":"template","mimeType":"application/json"}])";
constexpr std::string_view kPrompts =
    R"([{"name":"test_simple_prompt","description":"no arguments"},)"
    R"({"name":"test_prompt_with_arguments","description":"two arguments","arguments":[)"
    R"({"name":"arg1","required":true},{"name":"arg2","required":true}]},)"
    R"({"name":"test_prompt_with_embedded_resource","description":"a resource","arguments":[{"name":"resourceUri","required":true}]},)"
    R"({"name":"test_prompt_with_image","description":"an image"},)"
    R"({"name":"test_input_required_result_prompt","description":"needs input"}])";

std::string contents(json::object item) {
  return json::serialize(json::object{{"contents", json::array{std::move(item)}}});
}

std::string messages(std::initializer_list<json::value> blocks) {
  json::array all;
  for (const json::value& content : blocks) all.push_back({{"role", "user"}, {"content", content}});
  return json::serialize(json::object{{"messages", std::move(all)}});
}

std::string argument(mcp::Exchange& exchange, std::string_view name) {
  const json::value* arguments = exchange.params().if_contains("arguments");
  if (arguments == nullptr || !arguments->is_object()) return {};
  return std::string(mcp::text_member(arguments->get_object(), name));
}

void log(mcp::Exchange& exchange, std::string_view text) {
  exchange.notify("notifications/message", {{"level", "info"}, {"data", text}});
}

/// Asks with a form, and answers with what the user did.
void elicit(const ExchangePtr& exchange, std::string_view message, std::string_view properties) {
  const json::object params{
      {"message", message},
      {"requestedSchema", {{"type", "object"}, {"properties", json::parse(properties)}, {"required", json::array{}}}}};
  const bool asked = exchange->ask("elicitation/create", params, [exchange](const json::value& result) {
    const json::object* said = result.if_object();
    const json::value* content = said == nullptr ? nullptr : said->if_contains("content");
    exchange->complete(text_result(fmt::format("Elicitation completed: action={}, content={}",
                                               said == nullptr ? "none" : mcp::text_member(*said, "action"),
                                               content == nullptr ? "{}" : json::serialize(*content))));
  });
  if (!asked) exchange->complete(text_result("the client can not be asked"));
}

void sample(const ExchangePtr& exchange) {
  const json::object params{
      {"messages",
       json::array{{{"role", "user"}, {"content", {{"type", "text"}, {"text", argument(*exchange, "prompt")}}}}}},
      {"maxTokens", 100}};
  const bool asked = exchange->ask("sampling/createMessage", params, [exchange](const json::value& result) {
    std::string said = "none";
    if (const json::object* object = result.if_object())
      if (const json::value* content = object->if_contains("content"); content != nullptr && content->is_object())
        said = mcp::text_member(content->get_object(), "text");
    exchange->complete(text_result("LLM response: " + said));
  });
  if (!asked) exchange->complete(text_result("the client can not be asked"));
}

constexpr std::string_view kDefaults =
    R"({"name":{"type":"string","default":"John Doe"},"age":{"type":"integer","default":30},)"
    R"("score":{"type":"number","default":95.5},)"
    R"("status":{"type":"string","enum":["active","inactive","pending"],"default":"active"},)"
    R"("verified":{"type":"boolean","default":true}})";
constexpr std::string_view kEnums =
    R"({"untitledSingle":{"type":"string","enum":["option1","option2","option3"]},)"
    R"("titledSingle":{"type":"string","oneOf":[{"const":"value1","title":"First Option"},)"
    R"({"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},)"
    R"("legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},)"
    R"("untitledMulti":{"type":"array","minItems":1,"maxItems":3,"items":{"type":"string","enum":["option1","option2","option3"]}},)"
    R"("titledMulti":{"type":"array","minItems":1,"maxItems":3,"items":{"anyOf":[{"const":"value1","title":"First Choice"},)"
    R"({"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}})";

}  // namespace

std::string text_result(std::string_view text) {
  return json::serialize(json::object{{"content", json::array{{{"type", "text"}, {"text", text}}}}});
}

std::shared_ptr<void> Subscribers::add(mcp::Subscription wanted, mcp::Watcher watcher) {
  auto entry = std::make_shared<Entry>(Entry{std::move(wanted), std::move(watcher)});
  entries_.push_back(entry);
  entry->watcher.ready();
  return entry;
}

void Subscribers::tell_tools_changed() const {
  for (const auto& each : entries_)
    if (const auto entry = each.lock(); entry && entry->wanted.tools) entry->watcher.tools_changed();
}

void Subscribers::tell_prompts_changed() const {
  for (const auto& each : entries_)
    if (const auto entry = each.lock(); entry && entry->wanted.prompts) entry->watcher.prompts_changed();
}

const mcp::Offer& EverythingCatalog::offer() const {
  static const mcp::Offer offer{.instructions = "",
                                .tools = render_tools(),
                                .resources = std::string(kResources),
                                .resource_templates = std::string(kTemplates),
                                .prompts = std::string(kPrompts),
                                .tools_change = true,
                                .prompts_change = true};
  return offer;
}

void EverythingCatalog::call_tool(const ExchangePtr& exchange, std::string_view name) {
  const auto* const tool =
      std::find_if(kTools.begin(), kTools.end(), [&](const Tool& each) { return each.name == name; });
  if (tool == kTools.end() && name != "json_schema_2020_12_tool")
    return exchange->refuse(mcp::RpcCode::kInvalidParams, fmt::format("unknown tool: {}", name));
  if (tool != kTools.end() && !tool->content.empty())
    return exchange->complete(fmt::format(R"({{"content":{}}})", filled(tool->content)));
  if (call_input_tool(*exchange, name)) return;

  if (name == "test_error_handling")
    return exchange->complete(
        R"({"content":[{"type":"text","text":"This tool intentionally returns an error for testing"}],"isError":true})");
  if (name == "test_tool_with_progress" || name == "test_streaming_elicitation") {
    for (const int step : {0, 50, 100})
      exchange->report_progress(step, 100, fmt::format("Completed step {} of 100", step));
    return exchange->complete(text_result("done"));
  }
  if (name == "test_tool_with_logging") {
    for (const std::string_view text : {"Tool execution started", "Tool processing data", "Tool execution completed"})
      log(*exchange, text);
    return exchange->complete(text_result("Tool with logging executed successfully"));
  }
  if (name == "test_logging_tool") {
    if (!exchange->log_level().empty()) log(*exchange, "wanted");
    return exchange->complete(text_result("Logging evaluated"));
  }
  if (name == "test_sampling") return sample(exchange);
  if (name == "test_elicitation")
    return elicit(exchange, argument(*exchange, "message"), R"({"response":{"type":"string"}})");
  if (name == "test_elicitation_sep1034_defaults") return elicit(exchange, "Please review", kDefaults);
  if (name == "test_elicitation_sep1330_enums") return elicit(exchange, "Please select", kEnums);
  if (name == "test_trigger_tool_change") subscribers_.tell_tools_changed();
  if (name == "test_trigger_prompt_change") subscribers_.tell_prompts_changed();
  exchange->complete(text_result(name));
}

void EverythingCatalog::read_resource(const ExchangePtr& exchange, const std::string& uri) {
  constexpr std::string_view kBegin = "test://template/";
  constexpr std::string_view kEnd = "/data";
  if (uri == "test://static-text" || uri == "test://watched-resource")
    return exchange->complete(contents(
        {{"uri", uri}, {"mimeType", "text/plain"}, {"text", "This is the content of the static text resource."}}));
  if (uri == "test://static-binary")
    return exchange->complete(contents({{"uri", uri}, {"mimeType", "image/png"}, {"blob", kImage}}));
  if (uri.starts_with(kBegin) && uri.ends_with(kEnd) && uri.size() > kBegin.size() + kEnd.size()) {
    const std::string id = uri.substr(kBegin.size(), uri.size() - kBegin.size() - kEnd.size());
    const json::object data{{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}};
    return exchange->complete(
        contents({{"uri", uri}, {"mimeType", "application/json"}, {"text", json::serialize(data)}}));
  }
  mcp::refuse_resource(*exchange, uri);
}

void EverythingCatalog::get_prompt(const ExchangePtr& exchange, std::string_view name) {
  const auto text = [](std::string_view said) { return json::value{{"type", "text"}, {"text", said}}; };
  if (name == "test_simple_prompt") return exchange->complete(messages({text("This is a simple prompt for testing.")}));
  if (name == "test_prompt_with_arguments")
    return exchange->complete(messages({text(fmt::format("Prompt with arguments: arg1='{}', arg2='{}'",
                                                         argument(*exchange, "arg1"), argument(*exchange, "arg2")))}));
  if (name == "test_prompt_with_embedded_resource")
    return exchange->complete(messages({{{"type", "resource"},
                                         {"resource",
                                          {{"uri", argument(*exchange, "resourceUri")},
                                           {"mimeType", "text/plain"},
                                           {"text", "Embedded resource content for testing."}}}},
                                        text("Please process the embedded resource above.")}));
  if (name == "test_prompt_with_image")
    return exchange->complete(messages(
        {{{"type", "image"}, {"data", kImage}, {"mimeType", "image/png"}}, text("Please analyze the image above.")}));
  if (call_input_tool(*exchange, name)) return;
  exchange->refuse(mcp::RpcCode::kInvalidParams, fmt::format("unknown prompt: {}", name));
}

void EverythingCatalog::complete(const ExchangePtr& exchange) {
  exchange->complete(R"({"completion":{"values":[],"total":0,"hasMore":false}})");
}

}  // namespace stream_status::conformance
