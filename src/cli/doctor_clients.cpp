// MCP clients: which of them have this program in their configuration, and whether what they would start is there.
// Reads only.
#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor.h"
#include "cli/program.h"
#include "cli/setup/clients.h"
#include "cli/setup/json_text.h"
#include "os/file.h"

namespace stream_status::cli {
namespace {

constexpr std::size_t kLargest = std::size_t{32} << 20;

/// One server in a client's configuration.
struct Entry {
  std::string name;
  std::string command = {};
  std::vector<std::string> arguments = {};
};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool names_us(std::string_view word) {
  const std::string_view name = base_name(word);
  return name == "stream-status" || name == "mcp-stream-workflow-status";
}

/// Also one that is called like ours: what it starts is then looked at.
bool is_ours(const Entry& entry) {
  return names_us(entry.command) || names_us(entry.name) || entry.name == "stream-workflow-status" ||
         std::any_of(entry.arguments.begin(), entry.arguments.end(), names_us);
}

void add_servers(const json::object& object, std::vector<Entry>& entries) {
  for (const char* key : {"mcpServers", "servers", "context_servers"}) {
    const json::value* servers = object.if_contains(key);
    if (servers == nullptr || !servers->is_object()) continue;
    for (const auto& [name, value] : servers->get_object()) {
      if (!value.is_object()) continue;
      Entry entry{.name = std::string(name),
                  .command = std::string(find_string(value.get_object(), "command").value_or(""))};
      if (const json::value* words = value.get_object().if_contains("args"); words != nullptr && words->is_array())
        for (const json::value& word : words->get_array())
          if (word.is_string()) entry.arguments.emplace_back(text_of(word.get_string()));
      entries.push_back(std::move(entry));
    }
  }
}

/// Claude Code also has servers for one project each, under "projects".
Result<std::vector<Entry>> parse_json_servers(std::string_view text, const std::string& project_root) {
  const json::object object = TRY(setup::parse_jsonc(text));
  std::vector<Entry> entries;
  add_servers(object, entries);
  const json::value* projects = object.if_contains("projects");
  if (projects != nullptr && projects->is_object())
    if (const json::value* own = projects->get_object().if_contains(project_root); own != nullptr && own->is_object())
      add_servers(own->get_object(), entries);
  return entries;
}

/// The text of a basic or literal TOML string at the front; empty when it is none, or has escapes.
std::string front_string(std::string_view text) {
  if (text.empty() || (text.front() != '"' && text.front() != '\'')) return {};
  const std::size_t end = text.find(text.front(), 1);
  if (end == std::string_view::npos) return {};
  return std::string(text.substr(1, end - 1));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// [mcp_servers.NAME] tables with command and args on a line each: as Codex writes them.
std::vector<Entry> parse_toml_servers(std::string_view text) {
  constexpr std::string_view kTable = "[mcp_servers.";
  std::vector<Entry> entries;
  bool in_server = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) {
      const std::string_view inside = line.substr(0, line.find(']'));
      std::string name;
      if (inside.starts_with(kTable)) name = inside.substr(kTable.size());
      if (const std::string bare = front_string(name); !bare.empty()) name = bare;
      in_server = !name.empty() && name.find('.') == std::string::npos;
      if (in_server) entries.push_back({.name = name});
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!in_server || equals == std::string_view::npos) continue;
    const std::string_view key = trimmed(line.substr(0, equals));
    std::string_view value = trimmed(line.substr(equals + 1));
    if (key == "command") entries.back().command = front_string(value);
    if (key != "args") continue;
    for (std::size_t at = value.find_first_of("\"'"); at != std::string_view::npos; at = value.find_first_of("\"'")) {
      value.remove_prefix(at);
      const std::string word = front_string(value);
      value.remove_prefix(std::min(word.size() + 2, value.size()));
      entries.back().arguments.push_back(word);
    }
  }
  return entries;
}

/// What the client would start: the path, or where the PATH has it; empty when it is not there.
std::string find_command(const World& world, const std::string& command) {
  const std::string path = command.starts_with('/') ? command : find_program(world, command);
  return os::kind_of(path) == os::FileKind::kRegular ? path : std::string();
}

void check_entry(const Examination& examination, std::string_view client, const std::string& path, const Entry& entry) {
  Findings& findings = examination.findings;
  const World& world = examination.call.world;
  const std::string what = fmt::format("{} ({}): {}", client, path, entry.name);
  if (entry.command.empty())
    return findings.warn("client", what + " has no command", "give it \"command\": the path of stream-status");
  const std::string command = find_command(world, entry.command);
  if (command.empty())
    return findings.fail("client",
                         fmt::format("{} starts {}, which is not {}", what, entry.command,
                                     entry.command.starts_with('/') ? "there" : "on the PATH"),
                         fmt::format("name the program by its path: {}", world.executable));
  if (!names_us(entry.command)) return findings.ok("client", fmt::format("{}, by {}", what, entry.command));
  const auto real = os::real_path(command);
  const auto own = os::real_path(world.executable);
  if (real && own && *real == *own) return findings.ok("client", what);
  const std::string theirs = ask_version(world, command, milliseconds{3000});
  const std::string ours = ask_version(world, world.executable, milliseconds{3000});
  if (theirs.empty())
    return findings.fail("client", fmt::format("{} starts {}, which does not say its version", what, command),
                         fmt::format("name the program by its path: {}", world.executable));
  if (theirs != ours)
    return findings.warn("client", fmt::format("{} starts another version: {} ({})", what, command, theirs),
                         fmt::format("this one is {}: {}", world.executable, ours));
  findings.ok("client", fmt::format("{}, by {}", what, command));
}

}  // namespace

void check_clients(const Examination& examination, const std::string& project_root) {
  const World& world = examination.call.world;
  std::string home(variable(world, "HOME"));
  if (home.empty()) home = os::home_directory();
  std::size_t registered = 0;  // or perhaps: what can not be read may name us
  std::string others;
  const auto look_into = [&](const setup::AgentClient& client, const std::string& root, std::string_view file) {
    if (root.empty() || file.empty()) return;
    const std::string path = fmt::format("{}/{}", root, file);
    const auto text = os::read_file(path, kLargest);
    if (text && !*text) return;
    const auto entries = !text ? Result<std::vector<Entry>>(tl::make_unexpected(text.error()))
                         : client.notation == setup::Notation::kToml ? parse_toml_servers(**text)
                                                                     : parse_json_servers(**text, project_root);
    if (!entries) {
      ++registered;
      examination.findings.warn("client",
                                fmt::format("{}: {} can not be read: {}", client.title, path, entries.error().message),
                                "what is registered there is not known; the client may refuse it as well");
      return;
    }
    std::size_t ours = 0;
    for (const Entry& entry : *entries) {
      if (!is_ours(entry)) continue;
      ++ours;
      check_entry(examination, client.title, path, entry);
    }
    registered += ours;
    if (ours == 0) others += fmt::format("{}{}", others.empty() ? "" : ", ", path);
  };
  for (const setup::AgentClient& client : setup::agent_clients()) {
    look_into(client, home, client.user_file);
    look_into(client, project_root, client.project_file);
  }
  if (registered == 0)
    examination.findings.ok("client", others.empty() ? "no MCP client is configured here; 'stream-status init' does it"
                                                     : "not registered with any MCP client ('stream-status init' does "
                                                       "it); looked into " +
                                                           others);
}

}  // namespace stream_status::cli
