#include "support/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "api/answers.h"
#include "api/arguments.h"
#include "api/errors.h"
#include "api/openapi.h"
#include "api/operation.h"
#include "api/wire.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/mcp_command.h"

namespace stream_status::testing {
namespace {

using api::Operation;

// ---- markdown ------------------------------------------------------------------------------------------

std::string escaped(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|' || c == '<') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

std::string code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", text); }

std::string table(const std::vector<std::string>& heading, const std::vector<std::vector<std::string>>& rows) {
  const auto line = [](const std::vector<std::string>& cells) {
    return fmt::format("| {} |\n", fmt::join(cells, " | "));
  };
  std::string text = line(heading) + line(std::vector<std::string>(heading.size(), "---"));
  for (const auto& row : rows) text += line(row);
  return text;
}

/// The anchor that GitHub makes of a heading.
std::string link(std::string_view heading) {
  std::string anchor;
  for (const char c : heading) anchor += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return fmt::format("[{}](#{})", heading, anchor);
}

/// A type with links to the shapes it names: "[Stream]" → "list of Stream".
std::string type_text(std::string_view type) {
  if (type.starts_with('[')) return "list of " + type_text(type.substr(1, type.size() - 2));
  if (type.find('|') != std::string_view::npos) return escaped(type);
  if (!type.empty() && type.front() >= 'A' && type.front() <= 'Z') return link(type);
  return std::string(type);
}

// ---- operations ------------------------------------------------------------------------------------------

std::string type_of(const api::Argument& argument) {
  using enum api::ArgumentType;
  if (!argument.choices.empty()) return escaped(fmt::format("{}", fmt::join(argument.choices, "|")));
  switch (argument.type) {
    case kInteger:
      return argument.maximum < 1'000'000 ? fmt::format("integer {}–{}", argument.minimum, argument.maximum)
                                          : fmt::format("integer from {}", argument.minimum);
    case kBoolean: return "boolean";
    case kTextList: return fmt::format("list of at most {} texts", argument.maximum);
    case kTimestamp: return "time";
    case kText: return fmt::format("text, at most {} characters", argument.maximum);
    case kLine: return fmt::format("one line, at most {} characters", argument.maximum);
  }
  return "";
}

const cli::Command* find_command(const std::vector<cli::Command>& commands, std::string_view name) {
  const auto found =
      std::find_if(commands.begin(), commands.end(), [&](const auto& each) { return each.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

std::string option_of(const cli::Command* command, std::string_view key) {
  if (command == nullptr) return "";
  for (const cli::OptionSpec& option : command->options) {
    if (option.key != key) continue;
    if (option.place == cli::Place::kPositional) return code(option.value_name);
    if (option.form == cli::Form::kSwitch && !option.off_names.front().starts_with("--no-"))
      return code(option.names.front()) + ", " + code(option.off_names.front());
    return code(option.names.front());
  }
  return "";
}

std::string arguments_of(const Operation& operation, const cli::Command* command) {
  if (operation.arguments.empty()) return "No arguments.\n";
  std::vector<std::vector<std::string>> rows;
  for (const api::Argument& argument : operation.arguments) {
    std::string name = code(argument.name);
    for (const std::string_view alias : argument.aliases) name += fmt::format(" (or `{}`)", alias);
    std::string about = escaped(argument.description);
    if (argument.presence == api::Presence::kRequired) about = "**required**; " + about;
    if (argument.shown == api::Shown::kNotInTools && operation.is_tool)
      about += "; taken, but not in the tool's schema";
    rows.push_back({name, type_of(argument), option_of(command, argument.name), about});
  }
  return table({"argument", "type", "command line", "what it says"}, rows);
}

bool takes(const Operation& operation, std::string_view name) {
  return std::any_of(operation.arguments.begin(), operation.arguments.end(),
                     [name](const api::Argument& argument) { return argument.name == name; });
}

std::vector<ErrorCode> errors_of(const Operation& operation) {
  using enum ErrorCode;
  std::vector<ErrorCode> codes;
  const bool acts_on_git = operation.access == api::Access::kLook || operation.access == api::Access::kWork;
  if (!operation.arguments.empty()) codes.push_back(kInvalidArgument);
  if (operation.id == api::OperationId::kAddStream)
    codes.push_back(kStreamExists);
  else if (takes(operation, "streamId"))
    codes.push_back(kStreamNotFound);
  if (takes(operation, "expectedRevision")) codes.push_back(kRevisionConflict);
  if (takes(operation, "force") && takes(operation, "streamId")) codes.push_back(kWorkAtRisk);
  if (takes(operation, "requestId")) codes.push_back(kRequestIdReused);
  if (acts_on_git) codes.push_back(kGitError);
  return codes;
}

std::string effect_of(const Operation& operation) {
  if (api::is_read_only(operation.access)) return "changes nothing";
  std::string text = operation.destructive ? "may delete" : "deletes nothing";
  return text + (operation.idempotent ? ", the same call again changes nothing more" : "");
}

std::string doors_of(const Operation& operation, const cli::Command* command) {
  std::string routes = fmt::format("`{} {}`", api::name_of(operation.method), operation.path);
  if (!operation.path_without_id.empty())
    routes += fmt::format(", without id `{} {}`", api::name_of(operation.method), operation.path_without_id);
  std::string text;
  if (operation.is_tool) text += fmt::format("- tool `{}`: {}\n", operation.name, effect_of(operation));
  text += fmt::format("- HTTP {} → {}{}\n", routes, operation.success_status,
                      operation.is_tool ? "" : fmt::format(": {}", effect_of(operation)));
  if (command != nullptr) text += fmt::format("- command `{}`\n", cli::usage_of(*command));
  return text;
}

std::string members_of_shape(const api::Shape& shape) {
  std::vector<std::vector<std::string>> rows;
  for (const api::Member& member : api::members_of(shape)) {
    std::string type = type_text(member.type);
    if (member.may_be_null) type += " or null";
    std::string about = escaped(member.remark);
    if (member.may_be_absent) about = about.empty() ? "may be absent" : "may be absent; " + about;
    rows.push_back({code(member.name), type, about});
  }
  return table({"member", "type", "what it says"}, rows);
}

std::string examples_of(const cli::Command& command) {
  if (command.examples.empty()) return "";
  std::string text = "```sh\n";
  for (const std::string& example : command.examples) text += fmt::format("stream-status {}\n", example);
  return text + "```\n";
}

std::string operation_text(const Operation& operation, const std::vector<cli::Command>& commands) {
  const cli::Command* command = operation.verb.empty() ? nullptr : find_command(commands, operation.verb);
  std::string text = fmt::format("### {}\n\n{}\n\n", operation.name, escaped(operation.description));
  text += doors_of(operation, command) + "\n" + arguments_of(operation, command);
  text += fmt::format("\nAnswers {}.", link(api::answer_of(operation.id)));
  std::vector<std::string> codes;
  for (const ErrorCode each : errors_of(operation)) codes.push_back(code(error_name(each)));
  if (!codes.empty()) text += fmt::format(" Errors: {}.", fmt::join(codes, ", "));
  text += "\n";
  if (command != nullptr) text += "\n" + examples_of(*command);
  return text + "\n";
}

// ---- the rest ------------------------------------------------------------------------------------------------

std::string options_table(std::span<const cli::OptionSpec> options) {
  std::vector<std::vector<std::string>> rows;
  for (const cli::OptionSpec& option : options) {
    std::string names;
    for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + code(name);
    const bool has_value = option.form == cli::Form::kValue || option.form == cli::Form::kList;
    rows.push_back({names, has_value ? code(option.value_name) : "", escaped(option.description)});
  }
  return table({"option", "value", "what it says"}, rows);
}

std::string command_text(const cli::Command& command) {
  std::string text = fmt::format("### {}\n\n`{}`\n\n{}\n", command.name, cli::usage_of(command),
                                 escaped(command.details.empty() ? command.summary : command.details));
  if (!command.options.empty()) text += "\n" + options_table(command.options);
  if (!command.examples.empty()) text += "\n" + examples_of(command);
  return text + "\n";
}

std::string errors_text() {
  using enum ErrorCode;
  constexpr std::array kMeanings = {
      std::pair{kInvalidArgument, "an argument is missing or does not fit; the message names it and what is allowed"},
      std::pair{kStreamNotFound, "there is no such stream; the hint names those near it"},
      std::pair{kStreamExists, "the id is taken"},
      std::pair{kRevisionConflict, "the stream has changed since; the data has it as it is now"},
      std::pair{kRequestIdReused, "this requestId was used for another call"},
      std::pair{kWorkAtRisk, "work would be lost with the worktree; the data has the plan with what"},
      std::pair{kProjectNotFound, "the directory is gone, or is / or the home directory"},
      std::pair{kServerUnavailable, "no server answers and none could be started"},
      std::pair{kDraining, "the server is stopping; the next call starts another"},
      std::pair{kStorageFull, "the disk is full"},
      std::pair{kStorageFailed, "the database could not be written"},
      std::pair{kGitError, "git is missing, refuses, or failed"},
      std::pair{kPermissionDenied, "a file or directory belongs to somebody else"},
      std::pair{kIncompatible, "data or server of another version"},
      std::pair{kForbidden, "a foreign Host, Origin or user"},
      std::pair{kNotFound, "there is no such route"},
      std::pair{kMethodNotAllowed, "the route is there, with other methods"},
      std::pair{kPayloadTooLarge, "the body is too long"},
      std::pair{kUnsupportedMediaType, "the body is not application/json"},
      std::pair{kTooManyRequests, "too many at once"},
      std::pair{kInternal, "a defect; the log says more"},
  };
  std::vector<std::vector<std::string>> rows;
  for (const auto& [each, meaning] : kMeanings)
    rows.push_back({code(error_name(each)), std::to_string(api::http_status(each)),
                    std::to_string(api::exit_code(each)), is_retryable(each) ? "yes" : "no", meaning});
  return table({"code", "HTTP", "exit code", "send again", "what it means"}, rows);
}

std::string routes_text() {
  return table(
      {"route", "what it does"},
      {{fmt::format("`GET {}`", api::kHealthPath), "answers " + link("Health") + " at once, whatever the server does"},
       {fmt::format("`GET {}`", api::kEventsPath),
        "server-sent events: `streams` and `commits` with their revision as id, `connected`, `heartbeat`, "
        "`stats` and `reset` without; resumes from `Last-Event-ID` or `?since=`"},
       {fmt::format("`GET {}`", api::kOpenApiPath), "OpenAPI 3.1 of all this"},
       {fmt::format("`POST {}`", api::kStopPath),
        "`{instanceId}`: the server finishes its calls and leaves; with `reason` upgrade, only for a newer `version`"},
       {fmt::format("`POST {}`", api::kLoginLinkPath), "a link that signs a browser in once"},
       {fmt::format("`POST {}`", api::kBackupPath),
        "`{file?}` → " + link("BackupTaken") + "; unix socket only, as the next three"},
       {fmt::format("`POST {}`", api::kExportPath), "`{file}` → " + link("Exported")},
       {fmt::format("`POST {}`", api::kRestorePath), "`{file}` → " + link("Accepted")},
       {fmt::format("`POST {}`", api::kImportPath), "`{file, replace?}` → " + link("Accepted")},
       {fmt::format("`GET {}`", api::kIntegrityPath), "reads and checks the whole database: " + link("Integrity")},
       {"`GET /`", "the dashboard"}});
}

constexpr std::string_view kOpening =
    "# Reference\n"
    "\n"
    "Made from the tables that the programs use; a test compares it, and `UPDATE_GOLDEN=1` writes it anew.\n"
    "\n"
    "An operation has up to three doors with the same arguments and the same answer: an MCP tool, an HTTP route and a\n"
    "command. Tools answer an agent in few words; HTTP answers the objects below; `--json` gives the same object in "
    "an\n"
    "envelope `{\"version\":1,\"command\":…,\"data\":…}`.\n"
    "\n"
    "Arguments are forgiving: numbers and booleans may come as text, a list as one text with commas, null as absent.\n"
    "What an operation does not know is left out and named in `ignored`. Each operation that takes `requestId` gives "
    "the\n"
    "first answer again when the same id comes again; over HTTP the header `Idempotency-Key` is the same, and "
    "`If-Match`\n"
    "is `expectedRevision`. Reads take their arguments from the query, writes from a JSON body.\n";

}  // namespace

std::string reference_text() {
  const std::vector<cli::Command> verbs = cli::stream_commands();
  std::string text(kOpening);
  text +=
      "\n- [Tools](#tools)\n- [Further operations](#further-operations)\n- [Other routes](#other-routes)\n"
      "- [Other commands](#other-commands)\n- [Errors](#errors)\n- [Answers](#answers)\n";
  text += "\n## Tools\n\n";
  for (const Operation& operation : api::operations())
    if (operation.is_tool) text += operation_text(operation, verbs);
  text += "## Further operations\n\nNo tools: for HTTP and the command line.\n\n";
  for (const Operation& operation : api::operations())
    if (!operation.is_tool) text += operation_text(operation, verbs);
  text += "## Other routes\n\n" + routes_text() + "\n## Other commands\n\n";
  text += "Every command takes these, and a stream command those of its operation.\n\n" +
          options_table(cli::global_options()) + "\n";
  std::vector<cli::Command> others = cli::server_commands();
  if (find_command(others, "mcp") == nullptr) others.push_back(cli::mcp_command());
  for (const std::vector<cli::Command>& group : {others, cli::data_commands(), cli::diagnosis_commands()})
    for (const cli::Command& command : group) text += command_text(command);
  text += "## Errors\n\nHTTP answers " + link("Error") +
          "; tools answer code, message, hint and the call to make next.\n\n" + errors_text() +
          "\n## Answers\n\nMembers may be added.\n\n";
  for (const api::Shape& shape : api::shapes())
    text += fmt::format("### {}\n\n{}\n\n{}\n", shape.name, shape.about, members_of_shape(shape));
  text.pop_back();
  return text;
}

}  // namespace stream_status::testing
