#include "mcp/introduction.h"

#include "api/arguments.h"
#include "api/operation.h"
#include "base/json.h"
#include "base/release.h"
#include "mcp/json_text.h"

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

std::string render_tool_list() {
  json::array tools;
  for (const api::Operation& operation : api::operations()) {
    if (!operation.is_tool) continue;
    tools.push_back({{"name", operation.name},
                     {"description", operation.description},
                     {"inputSchema", api::input_schema(operation)},
                     {"annotations", annotations(operation)}});
  }
  std::string text;
  append_json(text, json::object{{"tools", std::move(tools)}});
  return text;
}

}  // namespace

std::string initialize_result(Revision revision) {
  const json::object result{
      {"protocolVersion", name_of(revision)},
      {"capabilities", {{"tools", {{"listChanged", false}}}}},
      {"serverInfo", {{"name", "stream-status"}, {"title", "Stream status"}, {"version", kVersion}}},
      {"instructions", kInstructions}};
  std::string text;
  append_json(text, result);
  return text;
}

const std::string& tool_list() {
  static const std::string text = render_tool_list();
  return text;
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
