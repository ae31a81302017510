#include "cli/cli.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/mcp_command.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr std::string_view kFoundingName = "mcp-stream-workflow-status";

std::vector<Command> all_commands() {
  std::vector<Command> commands = stream_commands();
  commands.push_back(prime_command());
  for (std::vector<Command> more : {setup_commands(), server_commands(), data_commands(), diagnosis_commands()})
    std::move(more.begin(), more.end(), std::back_inserter(commands));
  return commands;
}

const Command* find_command(std::span<const Command> commands, std::string_view name) {
  const auto found =
      std::find_if(commands.begin(), commands.end(), [&](const Command& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

Error unknown_command(std::span<const Command> commands, std::string_view name) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  const auto nearest = find_nearest(name, names);
  return {
      ErrorCode::kInvalidArgument, fmt::format("there is no command {}", shell_quoted(fit(printable(name), 60))),
      nearest ? fmt::format("did you mean `stream-status {}`?", *nearest) : "`stream-status help` shows all commands"};
}

/// Diagnostics only when asked for: what a person reads on stderr is the error itself.
Log make_log(const World& world) {
  if (variable(world, "STREAM_STATUS_LOG") != "debug") return {};
  return Log(
      LogLevel::kDebug, [&world] { return world.clock.wall(); },
      [&world](std::string_view line) { world.err.write(line); });
}

bool asks_for_json(std::span<const std::string> words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--json") != end;
}

/// One run of the program, once its verb is known.
class Run {
 public:
  Run(const World& world, std::string verb, Format format)
      : world_(world), report_(world, std::move(verb), format), log_(make_log(world)) {}

  const Report& report() const { return report_; }

  int command(const Command& command, std::span<const std::string> words, const Options& before) {
    auto options = parse_words(words, command.options);
    if (!options) {
      Error error = std::move(options).error();
      if (error.hint.empty()) error.hint = fmt::format("`stream-status help {}` shows what it takes", command.name);
      return report_.failure(error);
    }
    options->complete_from(before);
    if (options->has("--help")) {
      world_.out.write(render_command_help(command, report_.screen()));
      return kExitOk;
    }
    return command.run(Call{world_, *options, report_, log_});
  }

  int help(std::span<const Command> commands, std::span<const std::string> words) {
    const auto named =
        std::find_if(words.begin(), words.end(), [](const std::string& word) { return !word.starts_with('-'); });
    if (named == words.end()) {
      world_.out.write(render_help(commands, report_.screen()));
      return kExitOk;
    }
    const Command* command = find_command(commands, *named);
    if (command == nullptr) return report_.failure(unknown_command(commands, *named));
    world_.out.write(render_command_help(*command, report_.screen()));
    return kExitOk;
  }

 private:
  const World& world_;
  Report report_;
  Log log_;
};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

int run(std::span<const std::string> argv, const World& world) {
  std::vector<std::string> words(argv.begin() + (argv.empty() ? 0 : 1), argv.end());
  if (!argv.empty() && base_name(argv.front()) == kFoundingName) words.insert(words.begin(), "mcp");
  if (!words.empty() && words.front() == "--version") words.front() = "version";

  const auto line = find_verb(words);
  Run program(world, line ? line->verb : std::string(), asks_for_json(words) ? Format::kJson : Format::kText);
  if (!line) return program.report().failure(line.error());

  // An agent waits for this one: no table of all commands before it.
  if (line->verb == "mcp") return program.command(mcp_command(), line->after, line->before);

  const std::vector<Command> commands = all_commands();
  if (line->verb.empty() || line->verb == "help") return program.help(commands, line->after);
  const Command* command = find_command(commands, line->verb);
  if (command == nullptr) return program.report().failure(unknown_command(commands, line->verb));
  return program.command(*command, line->after, line->before);
}

}  // namespace stream_status::cli
