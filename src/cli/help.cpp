#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/rows.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

Row row_of(const OptionSpec& option) {
  // Of a switch that has a word for its opposite, that word: it is what people give.
  const bool by_opposite =
      option.form == Form::kSwitch && !option.off_names.empty() && !option.off_names.front().starts_with("--no-");
  if (by_opposite)
    return {option.off_names.front(), Tone::kStrong,
            fmt::format("do it; without this, {} counts", option.names.front())};
  std::string left = option.place == Place::kPositional ? option.value_name : option.names.front();
  for (const std::string& name : option.names)
    if (name.size() == 2) left = name + ", " + left;
  if (option.place == Place::kOption && option.form != Form::kFlag && option.form != Form::kSwitch)
    left += " " + option.value_name;
  return {left, Tone::kStrong, option.description};
}

std::string heading(const Screen& screen, std::string_view text) {
  return "\n" + screen.style.paint(Tone::kFaint, text) + "\n";
}

}  // namespace

std::string usage_of(const Command& command) {
  std::string usage = "stream-status " + command.name;
  bool options = false;
  for (const OptionSpec& option : command.options) {
    if (option.place == Place::kPositional)
      usage += option.required ? " " + option.value_name : fmt::format(" [{}]", option.value_name);
    else
      options = true;
  }
  return options ? usage + " [options]" : usage;
}

std::string render_help(std::span<const Command> commands, const Screen& screen) {
  std::string text =
      screen.style.paint(Tone::kStrong, "stream-status") + "  one board for many coding agents on one project\n";
  text += "\n  stream-status COMMAND [options]\n";
  constexpr std::array kGroups = {std::pair{Group::kStreams, "Streams"}, std::pair{Group::kServer, "Server"},
                                  std::pair{Group::kDiagnosis, "Look, start nothing"}};
  for (const auto& [group, title] : kGroups) {
    std::vector<Row> rows;
    for (const Command& command : commands)
      if (command.group == group) rows.push_back({command.name, Tone::kStrong, command.summary});
    text += heading(screen, title) + render_rows(rows, screen);
  }
  std::vector<Row> rows;
  for (const OptionSpec& option : global_options()) rows.push_back(row_of(option));
  text += heading(screen, "Options of every command") + render_rows(rows, screen);
  text += heading(screen, "Start here");
  text += "  stream-status dashboard\n  stream-status add \"What it does\" --priority high\n  stream-status help add\n";
  return text;
}

std::string render_command_help(const Command& command, const Screen& screen) {
  std::string text = screen.style.paint(Tone::kStrong, usage_of(command)) + "\n";
  for (const std::string& line :
       wrap(command.details.empty() ? command.summary : command.details, text_width(screen) - 2))
    text += "  " + line + "\n";
  std::vector<Row> arguments;
  std::vector<Row> options;
  for (const OptionSpec& option : command.options)
    (option.place == Place::kPositional ? arguments : options).push_back(row_of(option));
  if (!arguments.empty()) text += heading(screen, "Arguments") + render_rows(arguments, screen);
  if (!options.empty()) text += heading(screen, "Options") + render_rows(options, screen);
  std::vector<Row> globals;
  for (const OptionSpec& option : global_options()) {
    globals.push_back(row_of(option));
    const bool hidden = std::any_of(command.options.begin(), command.options.end(), [&](const OptionSpec& own) {
      return std::find(own.names.begin(), own.names.end(), option.names.front()) != own.names.end();
    });
    if (hidden) globals.back().right += fmt::format("; before the word {}", command.name);
  }
  text += heading(screen, "Options of every command") + render_rows(globals, screen);
  if (!command.examples.empty()) text += heading(screen, "Examples");
  for (const std::string& example : command.examples) text += "  stream-status " + example + "\n";
  return text;
}

}  // namespace stream_status::cli
