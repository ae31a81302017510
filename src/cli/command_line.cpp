#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "cli/text.h"

namespace stream_status::cli {
namespace {

bool looks_like_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

const OptionSpec* find_by_name(std::span<const OptionSpec> specs, std::string_view name) {
  for (const OptionSpec& spec : specs)
    if (std::find(spec.names.begin(), spec.names.end(), name) != spec.names.end()) return &spec;
  return nullptr;
}

const OptionSpec* find_by_off_name(std::span<const OptionSpec> specs, std::string_view name) {
  for (const OptionSpec& spec : specs)
    if (std::find(spec.off_names.begin(), spec.off_names.end(), name) != spec.off_names.end()) return &spec;
  return nullptr;
}

tl::unexpected<Error> unknown_option(std::string_view name, std::span<const OptionSpec> specs) {
  std::vector<std::string> names;
  for (const std::span<const OptionSpec> some : {specs, global_options()})
    for (const OptionSpec& spec : some)
      for (const std::vector<std::string>& of : {spec.names, spec.off_names})
        if (!of.empty()) names.push_back(of.front());
  const auto nearest = find_nearest(name, names);
  return fail(ErrorCode::kInvalidArgument, fmt::format("unknown option {}", fit(printable(name), 60)),
              nearest ? fmt::format("did you mean {}?", *nearest) : "");
}

/// One pass over the words of one command.
class Matcher {
 public:
  Matcher(std::span<const std::string> words, std::span<const OptionSpec> specs) : words_(words), specs_(specs) {
    for (const OptionSpec& spec : specs)
      if (spec.place == Place::kPositional) positionals_.push_back(&spec);
  }

  Result<Options> run() {
    bool options_ended = false;
    while (at_ < words_.size()) {
      const std::string_view word = words_[at_++];
      if (!options_ended && word == "--")
        options_ended = true;
      else if (options_ended || !looks_like_option(word))
        TRY(take_positional(word));
      else if (word.starts_with("--"))
        TRY(take_long(word));
      else
        TRY(take_short(word));
    }
    return std::move(options_);
  }

 private:
  const OptionSpec* find(std::string_view name) const {
    const OptionSpec* spec = find_by_name(specs_, name);
    return spec != nullptr ? spec : find_by_name(global_options(), name);
  }

  Result<void> take_value(const OptionSpec& spec, std::string_view name) {
    if (at_ == words_.size())
      return fail(ErrorCode::kInvalidArgument, fmt::format("{} needs a value", name),
                  fmt::format("{} {}", name, spec.value_name));
    options_.add(spec, words_[at_++]);
    return {};
  }

  Result<void> take_long(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const bool has_value = equals != std::string_view::npos;
    const OptionSpec* spec = find(name);
    const OptionSpec* off = spec == nullptr ? find_by_off_name(specs_, name) : nullptr;
    if (spec == nullptr && off == nullptr) return unknown_option(name, specs_);
    if (has_value && (off != nullptr || spec->form == Form::kFlag))
      return fail(ErrorCode::kInvalidArgument, fmt::format("{} takes no value", name));
    if (off != nullptr) {
      options_.add(*off, "false");
      return {};
    }
    if (spec->form == Form::kFlag || (spec->form == Form::kSwitch && !has_value)) {
      options_.add(*spec, spec->form == Form::kSwitch ? "true" : "");
      return {};
    }
    if (!has_value) return take_value(*spec, name);
    options_.add(*spec, word.substr(equals + 1));
    return {};
  }

  Result<void> take_short(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name = {'-', word[i]};
      const OptionSpec* spec = find(name);
      if (spec == nullptr) {
        auto error = unknown_option(word, specs_);
        if (error.value().hint.empty()) error.value().hint = "a text that begins with a dash goes after --";
        return error;
      }
      if (spec->form == Form::kFlag) {
        options_.add(*spec, "");
        continue;
      }
      if (i + 1 == word.size()) return take_value(*spec, name);
      options_.add(*spec, word.substr(i + 1));
      return {};
    }
    return {};
  }

  Result<void> take_positional(std::string_view word) {
    // One that was given by name leaves its place to the next; the last takes them all if it is a list.
    while (!positionals_.empty() && (positionals_.front()->form != Form::kList || positionals_.size() > 1) &&
           options_.has(positionals_.front()->key))
      positionals_.erase(positionals_.begin());
    if (positionals_.empty())
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("unexpected argument {}", shell_quoted(fit(printable(word), 60))),
                  "put a text with spaces in quotes");
    options_.add(*positionals_.front(), word);
    return {};
  }

  std::span<const std::string> words_;
  std::span<const OptionSpec> specs_;
  std::vector<const OptionSpec*> positionals_;
  std::size_t at_ = 0;
  Options options_;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::string> Options::text(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Options::list(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

void Options::add(const OptionSpec& spec, std::string_view value) {
  std::vector<std::string>& values = values_[spec.key];
  if (spec.form != Form::kList) {
    values.emplace_back(value);
    return;
  }
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string_view item = trimmed(value.substr(0, comma));
    if (!item.empty()) values.emplace_back(item);
    value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
  }
}

std::span<const OptionSpec> global_options() {
  static const std::vector<OptionSpec> kGlobals = {
      {.key = "--project",
       .names = {"--project"},
       .value_name = "DIR",
       .description = "the project; default: PROJECT_ROOT, CLAUDE_PROJECT_DIR, this directory"},
      {.key = "--home", .names = {"--home"}, .value_name = "DIR", .description = "where the files of all projects lie"},
      {.key = "--agent", .names = {"--agent"}, .value_name = "NAME", .description = "who is calling"},
      {.key = "--json", .names = {"--json"}, .form = Form::kFlag, .description = "answer as JSON"},
      {.key = "--help", .names = {"--help", "-h"}, .form = Form::kFlag, .description = "show help"},
  };
  return kGlobals;
}

Result<CommandLine> find_verb(std::span<const std::string> words) {
  std::size_t verb = 0;
  for (; verb < words.size() && looks_like_option(words[verb]); ++verb) {
    const OptionSpec* spec = find_by_name(global_options(), words[verb]);
    if (spec != nullptr && spec->form == Form::kValue) ++verb;
  }
  verb = std::min(verb, words.size());
  CommandLine line;
  line.before = TRY(parse_words(words.first(verb), {}));
  if (verb == words.size()) return line;
  line.verb = words[verb];
  line.after.assign(words.begin() + static_cast<std::ptrdiff_t>(verb) + 1, words.end());
  return line;
}

Result<Options> parse_words(std::span<const std::string> words, std::span<const OptionSpec> specs) {
  return Matcher(words, specs).run();
}

std::optional<std::string> find_nearest(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> nearest;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::vector<std::size_t> row;
  for (const std::string& candidate : candidates) {
    // Levenshtein distance, one row at a time.
    row.resize(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < word.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i + 1);
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t changed = diagonal + (word[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
      }
    }
    // A word of which nothing is left is no slip.
    if (row.back() < least && row.back() < std::max(word.size(), candidate.size())) {
      least = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

std::string kebab_case(std::string_view camel_case) {
  std::string kebab;
  for (const char c : camel_case) {
    if (c >= 'A' && c <= 'Z') {
      kebab += '-';
      kebab += static_cast<char>(c - 'A' + 'a');
    } else {
      kebab += c;
    }
  }
  return kebab;
}

}  // namespace stream_status::cli
