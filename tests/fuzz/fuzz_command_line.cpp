// Words of a command line, one per line of the input.
#include <algorithm>

#include "cli/command.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"

namespace stream_status::fuzz {
namespace {

const std::vector<cli::Command>& commands() {
  static const std::vector<cli::Command> kAll = [] {
    std::vector<cli::Command> all = cli::stream_commands();
    for (auto* more : {&cli::server_commands, &cli::diagnosis_commands})
      for (cli::Command& command : (*more)()) all.push_back(std::move(command));
    return all;
  }();
  return kAll;
}

}  // namespace

void fuzz_command_line(std::string_view input) {
  std::vector<std::string> words;
  for (const std::string_view word : split(input, '\n')) words.emplace_back(word);
  const auto line = cli::find_verb(words);
  if (!line) return require_sentence(line.error());
  require(line->after.size() <= words.size(), "no word is made up");
  std::vector<std::string> names;
  for (const cli::Command& each : commands()) names.push_back(each.name);
  const auto command =
      std::find_if(commands().begin(), commands().end(), [&](const auto& each) { return each.name == line->verb; });
  if (command == commands().end()) {
    const auto near = cli::find_nearest(line->verb, names);
    require(!near || std::find(names.begin(), names.end(), *near) != names.end(), "a suggestion is a command");
    return;
  }
  const auto options = cli::parse_words(line->after, command->options);
  if (!options) {
    require(options.error().code == ErrorCode::kInvalidArgument, "a wrong word is an invalid argument");
    return require_sentence(options.error());
  }
  for (const cli::OptionSpec& spec : command->options) {
    require(options->has(spec.key) || !options->text(spec.key), "what was not given has no value");
    if (spec.form == cli::Form::kSwitch || spec.form == cli::Form::kFlag) continue;
    for (const std::string& value : options->list(spec.key))
      require(std::any_of(line->after.begin(), line->after.end(),
                          [&](const std::string& word) { return word.find(value) != std::string::npos; }),
              "a value is a part of a word", value);
  }
}

}  // namespace stream_status::fuzz
