// `stream-status prime`: "where was I?" as a text for an agent's context. Clients run it at the start of a session and
// after a compaction: whatever is wrong, it must never be in the way of a session.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/location.h"
#include "cli/text.h"
#include "client/client.h"
#include "mcp/presenter.h"
#include "project/directory.h"

namespace stream_status::cli {
namespace {

/// Who waits is an agent's client, which gives hooks a minute at most.
constexpr seconds kPatience{10};

Result<json::value> ask(const Call& call) {
  const Location location = TRY(locate(call));
  client::Client client =
      make_client(call, location, agent_name(call), client::StartPolicy::kStartServer, 1, kPatience);
  return client::call_and_wait(client, call.world.clock, api::operation(api::OperationId::kResume), {});
}

/// Hooks of the user run in every project: one that has nothing here yet gets no server and no files from them.
bool has_nothing_here(const Call& call) {
  const auto location = locate(call);
  if (!location) return false;
  const auto directory = project::find_project_directory(location->home, location->project);
  return directory && !*directory;
}

int prime(const Call& call) {
  if (call.options.has("hook") && has_nothing_here(call)) return 0;
  const auto answer = ask(call);
  if (!answer) {
    // No stream here is an ordinary beginning; anything else is the user's to know, not the session's to fail of.
    if (answer.error().code == ErrorCode::kStreamNotFound && !call.options.has("hook")) {
      const json::object nothing{{"stream", nullptr}, {"message", answer.error().hint}};
      call.report.answer(nothing, [&](const Screen&) {
        return fmt::format("stream-status: no stream belongs to this worktree yet. {}.\n", answer.error().hint);
      });
    } else {
      call.report.remark(fmt::format("stream-status prime: {}", printable(answer.error().message)));
    }
    return 0;
  }
  if (!answer->is_object()) return 0;
  if (call.options.has("hook")) {
    // As Claude Code and Gemini CLI take what a hook adds to a session.
    const auto shown = mcp::present(api::operation(api::OperationId::kResume), {}, *answer);
    const json::object output{
        {"hookSpecificOutput",
         {{"hookEventName", "SessionStart"},
          {"additionalContext", fmt::format("stream-status, where you were:\n{}\n", shown.text)}}}};
    call.world.out.write(json::serialize(output) + "\n");
    return 0;
  }
  call.report.answer(answer->get_object(), [&](const Screen&) {
    const auto shown = mcp::present(api::operation(api::OperationId::kResume), {}, *answer);
    return fmt::format("stream-status, where you were:\n{}\n", shown.text);
  });
  return 0;
}

}  // namespace

Command prime_command() {
  return {.name = "prime",
          .group = Group::kStreams,
          .summary = "where was I? A few lines for an agent's context",
          .options = {{.key = "hook",
                       .names = {"--hook"},
                       .form = Form::kFlag,
                       .description = "answer as hooks of Claude Code and Gemini CLI do"}},
          .examples = {"prime", "prime --hook"},
          .details =
              "The stream of this worktree: its next step, what is in the way, notes, commits, uncommitted "
              "files and who else changes them. Meant for hooks of agents' clients: it always ends with 0.",
          .run = prime};
}

}  // namespace stream_status::cli
