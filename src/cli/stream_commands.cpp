// The verbs of the operations table: `list`, `show`, `add` … Arguments become options; the answer is rendered.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/arguments.h"
#include "api/errors.h"
#include "base/text.h"
#include "cli/location.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr std::int64_t kEventsOnAScreen = 20;

std::string value_name_of(const api::Argument& argument, std::string_view shown_name) {
  switch (argument.type) {
    case api::ArgumentType::kInteger: return "N";
    case api::ArgumentType::kTextList:
      if (argument.command == api::Command::kPositional) return argument.name == "to" ? "WHO" : "ID…";
      return "A,B,…";
    case api::ArgumentType::kTimestamp: return "TIME";
    case api::ArgumentType::kBoolean: return "";
    case api::ArgumentType::kText:
    case api::ArgumentType::kLine: break;
  }
  std::string name(shown_name);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

std::string lower_first(std::string_view text) { return to_lower(text.substr(0, 1)) + std::string(text.substr(1)); }

Form form_of(api::ArgumentType type) {
  switch (type) {
    case api::ArgumentType::kTextList: return Form::kList;
    case api::ArgumentType::kBoolean: return Form::kSwitch;
    default: return Form::kValue;
  }
}

OptionSpec option_of(const api::Argument& argument) {
  OptionSpec spec;
  spec.key = argument.name;
  // A shorter alias is the name people are shown: --phases for estimatedPhases.
  std::vector<std::string_view> names(argument.aliases.begin(), argument.aliases.end());
  names.push_back(argument.name);
  for (const std::string_view name : names) {
    spec.names.push_back("--" + kebab_case(name));
    if (std::string given = "--" + std::string(name); given != spec.names.back())
      spec.names.push_back(std::move(given));
  }
  spec.form = form_of(argument.type);
  if (spec.form == Form::kSwitch) {
    for (const std::string& name : spec.names) spec.off_names.push_back("--no-" + name.substr(2));
    if (!argument.opposite.empty())
      spec.off_names.insert(spec.off_names.begin(), fmt::format("--{}", argument.opposite));
  }
  spec.place = argument.command == api::Command::kPositional ? Place::kPositional : Place::kOption;
  spec.value_name = value_name_of(argument, std::string_view(spec.names.front()).substr(2));
  spec.description = argument.description;
  if (!argument.choices.empty()) spec.description += fmt::format(": {}", fmt::join(argument.choices, ", "));
  spec.required = argument.presence == api::Presence::kRequired;
  return spec;
}

std::vector<std::string> examples_of(api::OperationId id) {
  using enum api::OperationId;
  switch (id) {
    case kListStreams: return {"list", "list --status active --limit 20", "list --query auth --json"};
    case kGetStream: return {"show rotate-tokens", "show"};
    case kAddStream:
      return {"add \"Rotate tokens\" --priority high --phases design,code,tests",
              "add \"New checkout\" --category frontend --branch checkout"};
    case kUpdateStream:
      return {"update rotate-tokens --status active --progress 40",
              "update rotate-tokens --note \"sessions last an hour\"",
              "update rotate-tokens --blocked-by new-checkout"};
    case kClaimStream: return {"claim", "claim rotate-tokens", "claim rotate-tokens --force"};
    case kReleaseClaim: return {"release rotate-tokens --note \"the tests of the old path still fail\""};
    case kAnswerQuestion: return {"answer rotate-tokens \"keep HS256\"", "answer rotate-tokens 2"};
    case kSendMessage:
      return {"tell codex@checkout \"main is frozen until noon\"", "tell all \"pull before you push\""};
    case kRenewClaim: return {};
    case kWaitForChange: return {"wait", "wait rotate-tokens --kinds completed,released --timeout-seconds 50"};
    case kListAgents: return {"agents", "agents --json"};
    case kAddCommit: return {"commit rotate-tokens 1f3c9ab --message \"auth: rotate on use\" --files-changed 3"};
    case kRemoveStream:
      return {"remove rotate-tokens --summary \"tokens rotate on each use\"", "remove rotate-tokens --dry-run",
              "remove rotate-tokens --delete-worktree"};
    case kArchiveBulk: return {"archive-bulk rotate-tokens new-checkout", "archive-bulk rotate-tokens --dry-run"};
    case kUnretire: return {"unretire rotate-tokens"};
    case kCheckConflicts: return {"conflicts", "conflicts rotate-tokens", "conflicts --json"};
    case kSyncFromFiles: return {"sync"};
    case kScanCommits: return {"scan", "scan rotate-tokens"};
    case kReconcileWorktrees: return {"reconcile", "reconcile --apply --auto-add-orphaned"};
    case kListWorktrees: return {"worktrees"};
    case kListMerged: return {"merged"};
    case kReconciliationStatus:
    case kGetHistory:
    case kGetPast:
    case kListProjects:
    case kBoardApp:
    case kStreamFiles:
    case kCompareStreams:
    case kResume: return {};
    case kListEvents:
      return {"history", "history rotate-tokens --limit 50", "history --agent codex@checkout --kinds note,completed"};
    case kListCommits: return {"commits", "commits rotate-tokens --limit 10"};
    case kGetStreamStats: return {"stats", "stats --json"};
    case kGetVersion: return {};
  }
  return {};
}

Result<json::object> arguments_of(const api::Operation& operation, const Options& options) {
  json::object arguments;
  for (const api::Argument& argument : operation.arguments) {
    if (!options.has(argument.name)) continue;
    if (argument.type == api::ArgumentType::kTextList) {
      json::array items;
      for (const std::string& item : options.list(argument.name)) items.emplace_back(item);
      arguments[argument.name] = std::move(items);
    } else {
      arguments[argument.name] = *options.text(argument.name);
    }
  }
  // By the server's rules, but here: a slip of the hand starts no server.
  TRY(api::Arguments::bind(operation, arguments));
  return arguments;
}

/// Tools by their verbs: "make the first with add_stream" → "make the first with `stream-status add`".
void name_verbs(std::string& text) {
  for (const api::Operation& operation : api::operations()) {
    if (operation.verb.empty()) continue;
    for (std::size_t at = 0; (at = text.find(operation.name, at)) != std::string::npos;) {
      std::size_t size = operation.name.size();
      if (std::string_view(text).substr(0, at).ends_with("stream-status ")) {
        at += size;
        continue;
      }
      if (at > 0 && text[at - 1] == '\'' && at + size < text.size() && text[at + size] == '\'') {
        --at;
        size += 2;
      }
      const std::string verb = fmt::format("`stream-status {}`", operation.verb);
      text.replace(at, size, verb);
      at += verb.size();
    }
  }
}

/// The error in the words of the command line: `--current-phase`, not `currentPhase`.
Error in_command_words(const api::Operation& operation, Error error) {
  name_verbs(error.hint);
  for (const api::Argument& argument : operation.arguments) {
    if (!error.message.starts_with(std::string(argument.name) + ":")) continue;
    const OptionSpec spec = option_of(argument);
    const std::string& shown = spec.place == Place::kPositional ? spec.value_name : spec.names.front();
    error.message.replace(0, argument.name.size(), shown);
    if (const std::string send = "send " + std::string(argument.name); error.hint.starts_with(send))
      error.hint = fmt::format("give {}{}", shown, error.hint.substr(send.size()));
    break;
  }
  // A name that is no ordinary word can only be the argument: "leave deleteWorktree out".
  for (const api::Argument& argument : operation.arguments) {
    if (argument.command == api::Command::kPositional) continue;
    const std::string option = option_of(argument).names.front();
    const bool is_a_word = to_lower(argument.name) == argument.name;
    if (is_a_word && argument.type != api::ArgumentType::kBoolean) continue;
    const std::string before = is_a_word ? "with " : "";  // "repeat with force" means the option, too
    const std::string sought = before + std::string(argument.name);
    const std::string replacement = before + option;
    for (std::size_t at = 0; (at = error.hint.find(sought, at)) != std::string::npos; at += replacement.size())
      error.hint.replace(at, sought.size(), replacement);
  }
  return error;
}

struct Outcome {
  json::object answer;
  std::string project_root;
};

/// What runs on git may take a while: whoever sits at a terminal is told how far it is.
bool is_watched(const Call& call, const api::Operation& operation) {
  const bool long_work = operation.access == api::Access::kLook || operation.access == api::Access::kWork;
  return long_work && call.report.format() == Format::kText && call.world.err.columns &&
         variable(call.world, "TERM") != "dumb";
}

Result<Outcome> carry_out(const Call& call, const api::Operation& operation) {
  json::object arguments = TRY(arguments_of(operation, call.options));
  // Whoever looks at a screen wants what was last.
  if (operation.id == api::OperationId::kListEvents && call.report.format() == Format::kText &&
      !arguments.contains("streamId") && !arguments.contains("limit"))
    arguments["limit"] = kEventsOnAScreen;
  const Location location = TRY(locate(call));
  const bool watched = is_watched(call, operation);
  client::Client client =
      make_client(call, location, agent_name(call), client::StartPolicy::kStartServer, watched ? 2 : 1);
  json::value answer = TRY(watched ? call_and_show(client, call.world, operation, std::move(arguments))
                                   : client::call_and_wait(client, call.world.clock, operation, std::move(arguments)));
  if (!answer.is_object()) return fail(ErrorCode::kInternal, "read the server's answer: it is no JSON object");
  return Outcome{std::move(answer.get_object()), location.project.root};
}

/// Of the first stream that was refused: scripts look at nothing else.
int exit_code_of_bulk(const json::object& answer) {
  for (const json::value& each : array_of(answer, "results")) {
    const json::object* result = each.if_object();
    const json::value* error = result == nullptr ? nullptr : result->if_contains("error");
    if (error == nullptr || error->is_null()) continue;
    // It carries the plan when it was refused for what would be lost.
    const bool at_risk = !array_of(object_of(*result, "plan"), "atRisk").empty();
    return at_risk ? api::exit_code(ErrorCode::kWorkAtRisk) : kExitFailed;
  }
  return kExitOk;
}

int run_operation(const Call& call, const api::Operation& operation) {
  auto outcome = carry_out(call, operation);
  if (!outcome) {
    const Error error = in_command_words(operation, std::move(outcome).error());
    const int code = call.report.failure(error);
    if (error.code == ErrorCode::kWorkAtRisk && call.report.format() == Format::kText && error.data.is_object())
      call.world.err.write(render_risks(error.data.get_object(), call.report.error_screen()));
    return code;
  }
  const int shown = call.report.answer(outcome->answer, [&](Screen screen) {
    screen.project = outcome->project_root;
    return render_answer(operation.id, outcome->answer, screen);
  });
  if (const auto notice = find_string(outcome->answer, "notice"))
    call.report.remark(fmt::format("note: {}", printable(*notice)));
  for (const json::value& each : array_of(outcome->answer, "news"))
    if (const json::object* news = each.if_object()) call.report.remark(render_news(*news));
  return operation.id == api::OperationId::kArchiveBulk ? exit_code_of_bulk(outcome->answer) : shown;
}

}  // namespace

std::vector<Command> stream_commands() {
  std::vector<Command> commands;
  for (const api::Operation& operation : api::operations()) {
    if (operation.verb.empty()) continue;
    Command command{.name = std::string(operation.verb),
                    .group = Group::kStreams,
                    .summary = lower_first(operation.title),
                    .examples = examples_of(operation.id),
                    .details = std::string(operation.description),
                    .run = [&operation](const Call& call) { return run_operation(call, operation); }};
    for (const api::Argument& argument : operation.arguments)
      if (argument.shown != api::Shown::kOnlyInTools) command.options.push_back(option_of(argument));
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace stream_status::cli
