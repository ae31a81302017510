// The verbs of the operations table: `list`, `show`, `add` … Arguments become options; the answer is rendered.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/arguments.h"
#include "base/text.h"
#include "cli/location.h"
#include "cli/render.h"

namespace stream_status::cli {
namespace {

std::string value_name_of(const api::Argument& argument, std::string_view shown_name) {
  switch (argument.type) {
    case api::ArgumentType::kInteger: return "N";
    case api::ArgumentType::kTextList: return "A,B,…";
    case api::ArgumentType::kTimestamp: return "TIME";
    case api::ArgumentType::kText:
    case api::ArgumentType::kLine: break;
  }
  std::string name(shown_name);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

std::string lower_first(std::string_view text) { return to_lower(text.substr(0, 1)) + std::string(text.substr(1)); }

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
  spec.form = argument.type == api::ArgumentType::kTextList ? Form::kList : Form::kValue;
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
    case kAddCommit: return {"commit rotate-tokens 1f3c9ab --message \"auth: rotate on use\" --files-changed 3"};
    case kRemoveStream: return {"remove rotate-tokens --completion-summary \"tokens rotate on each use\""};
    case kGetHistory: return {"history rotate-tokens --limit 20"};
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
      const std::string verb = fmt::format("`stream-status {}`", operation.verb);
      text.replace(at, operation.name.size(), verb);
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
  return error;
}

struct Outcome {
  json::object answer;
  std::string project_root;
};

Result<Outcome> carry_out(const Call& call, const api::Operation& operation) {
  json::object arguments = TRY(arguments_of(operation, call.options));
  const Location location = TRY(locate(call));
  client::Client client = make_client(call, location, agent_name(call), client::StartPolicy::kStartServer);
  json::value answer = TRY(client::call_and_wait(client, call.world.clock, operation, std::move(arguments)));
  if (!answer.is_object()) return fail(ErrorCode::kInternal, "read the server's answer: it is no JSON object");
  return Outcome{std::move(answer.get_object()), location.project.root};
}

int run_operation(const Call& call, const api::Operation& operation) {
  auto outcome = carry_out(call, operation);
  if (!outcome) return call.report.failure(in_command_words(operation, std::move(outcome).error()));
  return call.report.answer(outcome->answer, [&](Screen screen) {
    screen.project = outcome->project_root;
    return render_answer(operation.id, outcome->answer, screen);
  });
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
    for (const api::Argument& argument : operation.arguments) command.options.push_back(option_of(argument));
    commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace stream_status::cli
