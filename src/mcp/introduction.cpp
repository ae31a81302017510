#include "mcp/introduction.h"

#include "api/arguments.h"
#include "api/operation.h"
#include "base/json.h"
#include "mcp/project_names.h"

namespace stream_status::mcp {
namespace {

// Clients cut it at 2048 characters, and every session pays for it: 700 are the limit.
constexpr std::string_view kInstructions =
    "stream-status is this project's shared board: all agents and people on the repository, in every worktree, see and "
    "change the same streams. A stream is one line of parallel work with a title, branch, worktree, status, progress "
    "and blockers. Use it when you start, resume, block, hand over or finish work, and before you touch what someone "
    "else may be changing. Loop: get_stream without streamId (where was I?) or list_streams; add_stream for new work; "
    "claim_stream so that nobody else does it; update_stream with progress, notes, blockers; add_commit after each "
    "commit; update_stream to completed; remove_stream archives it. Wait with wait_for_change, never by polling. "
    "Answers name the next call.";
static_assert(kInstructions.size() <= 700);

/// Every hint: what a client assumes where one is missing differs from client to client. No title: each session would
/// pay 400 bytes for what the names say as well.
json::object annotations(const api::Operation& operation) {
  return {{"readOnlyHint", api::is_read_only(operation.access)},
          {"destructiveHint", operation.destructive},
          {"idempotentHint", operation.idempotent},
          {"openWorldHint", false}};
}

std::string render_tools() {
  json::array tools;
  for (const api::Operation& operation : api::operations()) {
    if (!operation.is_tool) continue;
    json::object tool{{"name", operation.name},
                      {"description", operation.description},
                      {"inputSchema", api::input_schema(operation)},
                      {"annotations", annotations(operation)}};
    if (operation.id == api::OperationId::kListStreams) tool["_meta"] = {{"ui", {{"resourceUri", kBoardAppUri}}}};
    tools.push_back(std::move(tool));
  }
  return json::serialize(tools);
}

std::string render_resources() {
  return json::serialize(json::array{{{"uri", kBoardUri},
                                      {"name", "board"},
                                      {"title", "Board"},
                                      {"description", "All open streams: who is on what, how far, what blocks it"},
                                      {"mimeType", "text/markdown"}},
                                     {{"uri", kStatsUri},
                                      {"name", "stats"},
                                      {"title", "Numbers"},
                                      {"description", "The project's seven numbers: active, blocked, ready, commits …"},
                                      {"mimeType", "application/json"}},
                                     {{"uri", kBoardAppUri},
                                      {"name", "board-app"},
                                      {"title", "Board, to look at"},
                                      {"description", "The board as a page, for hosts that show MCP Apps"},
                                      {"mimeType", kAppType}}});
}

std::string render_templates() {
  return json::serialize(json::array{{{"uriTemplate", kStreamTemplate},
                                      {"name", "stream"},
                                      {"title", "Stream"},
                                      {"description", "One stream, whole"},
                                      {"mimeType", "text/markdown"}}});
}

std::string render_prompts() {
  const auto stream = [](std::string_view description) {
    return json::array{{{"name", "streamId"}, {"description", description}, {"required", false}}};
  };
  return json::serialize(json::array{{{"name", kResumePrompt},
                                      {"title", "Where was I?"},
                                      {"description", "Go on with a stream from where it was left"},
                                      {"arguments", stream("which stream; yours if absent")}},
                                     {{"name", kStandupPrompt},
                                      {"title", "Standup"},
                                      {"description", "What happened, what goes on, what is stuck, for a person"}},
                                     {{"name", kHandoffPrompt},
                                      {"title", "Hand over"},
                                      {"description", "Leave a stream so that the next agent can go on at once"},
                                      {"arguments", stream("which stream; yours if absent")}}});
}

json::object capabilities(const Offer& offer, bool subscribes) {
  json::object all{{"tools", {{"listChanged", offer.tools_change}}}};
  if (offer.resources != "[]") all["resources"] = {{"subscribe", subscribes}, {"listChanged", false}};
  if (offer.prompts != "[]") all["prompts"] = {{"listChanged", offer.prompts_change}};
  all["completions"] = json::object{};
  return all;
}

}  // namespace

std::string initialize_result(const Offer& offer, Revision revision, Subscriptions subscriptions) {
  json::object result{{"protocolVersion", name_of(revision)},
                      {"capabilities", capabilities(offer, subscriptions == Subscriptions::kAreTold)},
                      {"serverInfo", json::parse(server_info())}};
  if (!offer.instructions.empty()) result["instructions"] = offer.instructions;
  return json::serialize(result);
}

std::string discover_result(const Offer& offer) {
  json::object result{{"supportedVersions", supported_revisions()}, {"capabilities", capabilities(offer, true)}};
  if (!offer.instructions.empty()) result["instructions"] = offer.instructions;
  return json::serialize(result);
}

const Offer& project_offer() {
  static const Offer offer{.instructions = std::string(kInstructions),
                           .tools = render_tools(),
                           .resources = render_resources(),
                           .resource_templates = render_templates(),
                           .prompts = render_prompts()};
  return offer;
}

std::string tool_names() {
  std::string names;
  for (const api::Operation& operation : api::operations()) {
    if (!operation.is_tool) continue;
    if (!names.empty()) names += ", ";
    names += operation.name;
  }
  return names;
}

}  // namespace stream_status::mcp
