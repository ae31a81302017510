// Words of a command line, matched against what a command takes. Knows no command.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace stream_status::cli {

/// kList: comma-separated, and may be given again. kSwitch: "--x" is "true", "--no-x" is "false", "--x=WORD" is WORD.
enum class Form { kFlag, kValue, kList, kSwitch };
enum class Place { kOption, kPositional };

struct OptionSpec {
  std::string key;                 ///< under which Options has it
  std::vector<std::string> names;  ///< "--current-phase", "-n"; the first is shown; all are accepted
  Form form = Form::kValue;
  Place place = Place::kOption;  ///< a positional may also be given by name
  std::string value_name = {};   ///< "ID" in usage and help
  std::string description = {};
  std::vector<std::string> off_names = {};  ///< kSwitch: names that mean "false"
  bool required = false;                    ///< how usage shows it; the command itself says when it is missing
};

/// What was given, by key. The last one of a repeated kValue counts.
class Options {
 public:
  bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
  std::optional<std::string> text(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;
  void add(const OptionSpec& spec, std::string_view value);
  /// Takes over what `before` has and this has not.
  void complete_from(const Options& before) { values_.insert(before.values_.begin(), before.values_.end()); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// The options every command takes. Their keys begin with dashes ("--agent"): a command may have an option of the same
/// name (list --agent), which then counts after the verb.
std::span<const OptionSpec> global_options();

/// The first word that is neither a global option nor its value, what stands before it and what after it.
struct CommandLine {
  Options before;
  std::string verb;  ///< empty: none
  std::vector<std::string> after;
};
/// Error: kInvalidArgument for an option before the verb that is not global.
Result<CommandLine> find_verb(std::span<const std::string> words);

/// Matches words with global_options() and `specs`: --name value, --name=value, -n value, -nvalue, flags together
/// (-fn5), switches, positionals (a kList takes all that are left), and "--" after which all are positional. A value
/// may begin with "-". Errors, kInvalidArgument: unknown option (with the nearest one), missing value, value for a
/// flag, one word too many.
Result<Options> parse_words(std::span<const std::string> words, std::span<const OptionSpec> specs);

/// The candidate that differs least, if it is near enough to be a slip of the hand.
std::optional<std::string> find_nearest(std::string_view word, std::span<const std::string> candidates);

/// "currentPhase" → "current-phase".
std::string kebab_case(std::string_view camel_case);

}  // namespace stream_status::cli
