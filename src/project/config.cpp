#include "project/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>

#include "base/json.h"
#include "base/text.h"
#include "os/file.h"
#include "project/directory.h"

namespace stream_status::project {
namespace {

constexpr std::size_t kLargestConfig = 1 << 20;
constexpr std::int64_t kLastPort = 65'535;
constexpr std::size_t kShownValue = 60;  // characters of a wrong value that a message quotes

tl::unexpected<Error> wrong(std::string_view key, std::string_view found, std::string_view allowed) {
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is {}; allowed: {}", key, one_line(found, kShownValue), allowed),
              fmt::format("set {} to {}", key, allowed));
}

tl::unexpected<Error> wrong(std::string_view key, const json::value& found, std::string_view allowed) {
  // As people write it: Boost.JSON makes 3.0015E3 of 3001.5.
  return wrong(key, found.is_double() ? fmt::format("{}", found.get_double()) : json::serialize(found), allowed);
}

// ---- one reader per kind of value: `key` is its full name, for messages ----------------------

Result<std::int64_t> read_whole(std::string_view key, const json::value& value, std::int64_t least, std::int64_t most) {
  json::error_code inexact;
  if (value.is_number())
    if (const auto number = value.to_number<std::int64_t>(inexact); !inexact && number >= least && number <= most)
      return number;
  return wrong(key, value, fmt::format("a whole number from {} to {}", least, most));
}

Result<double> read_minutes(std::string_view key, const json::value& value) {
  constexpr double kYear = 525'600;
  json::error_code inexact;
  if (value.is_number())
    if (const double number = value.to_number<double>(inexact); !inexact && number >= 0 && number <= kYear)
      return number;
  return wrong(key, value, "a number of minutes from 0 (never) to 525600");
}

Result<std::string> read_text(std::string_view key, const json::value& value) {
  if (!value.is_string()) return wrong(key, value, "text in double quotes");
  return std::string(text_of(value.get_string()));
}

Result<std::string> read_text_or_null(std::string_view key, const json::value& value) {
  if (value.is_null()) return std::string();
  return read_text(key, value);
}

Result<std::string> read_directory(std::string_view key, const json::value& value) {
  std::string path = TRY(read_text_or_null(key, value));
  if (!path.empty() && !path.starts_with('/'))
    return wrong(key, value, "an absolute path, or \"\" for beside the project");
  return path;
}

Result<std::string> read_branch(std::string_view key, const json::value& value) {
  if (value.is_string() && !value.get_string().empty()) return read_text(key, value);
  return wrong(key, value, "a branch name, or \"auto\"");
}

bool is_category(std::string_view text) {
  const auto in_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 32 && text.front() != '-' && std::all_of(text.begin(), text.end(), in_name);
}

bool is_variable(std::string_view text) {
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
         std::all_of(text.begin(), text.end(), in_name);
}

Result<std::vector<std::string>> read_names(std::string_view key, const json::value& value,
                                            bool (*is_valid)(std::string_view), std::string_view allowed) {
  if (!value.is_array()) return wrong(key, value, allowed);
  std::vector<std::string> names;
  for (const json::value& item : value.get_array()) {
    if (!item.is_string() || !is_valid(text_of(item.get_string()))) return wrong(key, value, allowed);
    names.emplace_back(text_of(item.get_string()));
  }
  return names;
}

Result<std::vector<std::string>> read_categories(std::string_view key, const json::value& value) {
  return read_names(key, value, is_category,
                    "a list of names of at most 32 characters a-z, 0-9 and -, such as [\"design\"]");
}

Result<std::vector<std::string>> read_variables(std::string_view key, const json::value& value) {
  return read_names(key, value, is_variable, "a list of names of environment variables, such as [\"SSH_AUTH_SOCK\"]");
}

// ---- the table of settings -------------------------------------------------------------------

/// Sets one member of the configuration from its value in the file.
using Read = Result<void> (*)(std::string_view key, const json::value& value, Config& config);

template <auto kMember, auto kReader>
Result<void> set(std::string_view key, const json::value& value, Config& config) {
  config.*kMember = TRY(kReader(key, value));
  return {};
}

template <auto kMember, std::int64_t kLeast, std::int64_t kMost>
Result<void> set_whole(std::string_view key, const json::value& value, Config& config) {
  using Number = std::remove_reference_t<decltype(config.*kMember)>;
  config.*kMember = static_cast<Number>(TRY(read_whole(key, value, kLeast, kMost)));
  return {};
}

/// Says whose file this is, and decides nothing: the place of the file does.
template <auto kMember>
Result<void> check_name(std::string_view key, const json::value& value, Config& config) {
  const std::string found = TRY(read_text(key, value));
  if (found != config.*kMember)
    config.warnings.push_back(fmt::format("{}: it says \"{}\" and this is \"{}\"; the latter counts", key,
                                          one_line(found, kShownValue), config.*kMember));
  return {};
}

Result<void> set_port_range(std::string_view key, const json::value& value, Config& config) {
  constexpr std::string_view kAllowed = "two ports from 1 to 65535, the smaller one first, such as [3001, 3010]";
  if (!value.is_array() || value.get_array().size() != 2) return wrong(key, value, kAllowed);
  const auto first = read_whole(key, value.get_array()[0], 1, kLastPort);
  const auto last = read_whole(key, value.get_array()[1], 1, kLastPort);
  if (!first || !last || *first > *last) return wrong(key, value, kAllowed);
  config.port_first = static_cast<std::uint16_t>(*first);
  config.port_last = static_cast<std::uint16_t>(*last);
  return {};
}

Result<void> set_backups(std::string_view key, const json::value& value, Config& config) {
  if (!value.is_object()) return wrong(key, value, "an object such as {\"keep\": 10}");
  for (const auto& member : value.get_object()) {
    const std::string name = fmt::format("{}.{}", key, one_line(member.key(), kShownValue));
    if (member.key() == "keep")
      config.backups_keep = TRY(read_whole(name, member.value(), 1, 1000));
    else
      config.warnings.push_back(fmt::format("{}: unknown key, ignored; known: backups.keep", name));
  }
  return {};
}

struct Setting {
  std::string_view key;
  Read read;
};

constexpr std::array kSettings = {
    Setting{"projectRoot", check_name<&Config::project_root>},
    Setting{"projectName", check_name<&Config::project_name>},
    Setting{"port", set_whole<&Config::port, 0, kLastPort>},
    Setting{"portRange", set_port_range},
    Setting{"idleTimeoutMinutes", set<&Config::idle_timeout_minutes, read_minutes>},
    Setting{"scanIntervalSeconds", set_whole<&Config::scan_interval_seconds, 1, 86'400>},
    Setting{"mainBranch", set<&Config::main_branch, read_branch>},
    Setting{"worktreeRoot", set<&Config::worktree_root, read_directory>},
    Setting{"categories", set<&Config::categories, read_categories>},
    Setting{"leaseSeconds", set_whole<&Config::lease_seconds, 1, 604'800>},
    Setting{"retentionDays", set_whole<&Config::retention_days, 0, 36'500>},
    Setting{"backups", set_backups},
    Setting{"summaryCommand", set<&Config::summary_command, read_text_or_null>},
    Setting{"commandEnv", set<&Config::command_environment, read_variables>},
};

std::string known_keys() {
  std::string keys;
  for (const Setting& setting : kSettings) keys += fmt::format("{}{}", keys.empty() ? "" : ", ", setting.key);
  return keys;
}

Result<void> apply_environment(const os::Environment& environment, Config& config) {
  if (const auto entry = environment.find("API_PORT"); entry != environment.end() && !entry->second.empty()) {
    const std::string& text = entry->second;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), config.port);
    if (failure != std::errc{} || end != text.data() + text.size())
      return wrong("environment variable API_PORT", fmt::format("\"{}\"", text), "a whole number from 0 to 65535");
    config.port_is_explicit = true;
  }
  if (const auto entry = environment.find("WORKTREE_ROOT"); entry != environment.end() && !entry->second.empty()) {
    if (!entry->second.starts_with('/'))
      return wrong("environment variable WORKTREE_ROOT", fmt::format("\"{}\"", entry->second), "an absolute path");
    config.worktree_root = entry->second;
  }
  return {};
}

/// A list of texts as JSON on one line.
std::string list_to_json(const std::vector<std::string>& texts) {
  std::string line = "[";
  for (const std::string& text : texts)
    line += fmt::format("{}{}", line.size() > 1 ? ", " : "", json::serialize(json::string(text)));
  return line + "]";
}

}  // namespace

std::string to_json(const Config& config) {
  const auto text = [](const std::string& value) { return json::serialize(json::string(value)); };
  // Written by hand: Boost.JSON does not indent, and writes 30.0 as 3E1.
  return fmt::format(
      "{{\n"
      "  \"projectRoot\": {},\n"
      "  \"projectName\": {},\n"
      "  \"port\": {},\n"
      "  \"portRange\": [{}, {}],\n"
      "  \"idleTimeoutMinutes\": {},\n"
      "  \"scanIntervalSeconds\": {},\n"
      "  \"mainBranch\": {},\n"
      "  \"worktreeRoot\": {},\n"
      "  \"categories\": {},\n"
      "  \"leaseSeconds\": {},\n"
      "  \"retentionDays\": {},\n"
      "  \"backups\": {{\"keep\": {}}},\n"
      "  \"summaryCommand\": {},\n"
      "  \"commandEnv\": {}\n"
      "}}\n",
      text(config.project_root), text(config.project_name), config.port, config.port_first, config.port_last,
      config.idle_timeout_minutes, config.scan_interval_seconds, text(config.main_branch), text(config.worktree_root),
      list_to_json(config.categories), config.lease_seconds, config.retention_days, config.backups_keep,
      text(config.summary_command), list_to_json(config.command_environment));
}

Result<Config> parse_config(std::string_view text, const Config& defaults) {
  const json::object object = TRY(parse_json_object(text));
  Config config = defaults;
  for (const auto& member : object) {
    const std::string_view key = member.key();
    const auto setting =
        std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& known) { return known.key == key; });
    if (setting == kSettings.end())
      config.warnings.push_back(
          fmt::format("{}: unknown key, ignored; known: {}", one_line(key, kShownValue), known_keys()));
    else
      TRY(setting->read(key, member.value(), config));
  }
  return config;
}

std::vector<std::string> find_command_environment(const os::Fd& directory) {
  const auto text = os::read_file(directory, kConfigName, kLargestConfig);
  if (!text || !*text) return {};
  auto config = parse_config(**text, {});
  return config ? std::move(config->command_environment) : std::vector<std::string>();
}

Result<Config> load_or_create_config(const os::Fd& directory, const Project& project,
                                     const os::Environment& environment) {
  Config config;
  config.project_root = project.root;
  config.project_name = project.name;

  auto text = TRY(os::read_file(directory, kConfigName, kLargestConfig));
  if (text && !text->empty()) {
    auto parsed = parse_config(*text, config);
    if (!parsed) {
      Error error = parsed.error();
      error.hint += "; or remove the file: it is then made anew with the defaults";
      return add_context(fmt::format("read {}/{}", os::path_of(directory), kConfigName), std::move(error));
    }
    config = std::move(*parsed);
  } else {
    // Not synced: after a power failure it may be empty, which counts as not there.
    TRY(os::write_file_atomically(directory, kConfigName, to_json(config), os::Durability::kPageCache));
  }
  TRY(apply_environment(environment, config));
  return config;
}

}  // namespace stream_status::project
