#include "cli/setup/edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/setup/json_text.h"
#include "cli/setup/text_block.h"
#include "cli/setup/toml_text.h"
#include "cli/text.h"

namespace stream_status::cli::setup {
namespace {

using State = Edited::State;

constexpr std::string_view kName = "stream-status";
constexpr std::string_view kHook = "prime --hook";

constexpr std::string_view kSectionBegin = "<!-- stream-status:begin -->";
constexpr std::string_view kSectionEnd = "<!-- stream-status:end -->";
constexpr std::string_view kSection =
    "<!-- stream-status:begin -->\n"
    "## Streams of work\n"
    "\n"
    "Several agents work on this repository at once. What each is on is shared through the MCP server `stream-status`\n"
    "(without it: the command of that name).\n"
    "\n"
    "- Begin with `get_stream` without an id: where was I? Nothing yet: `claim_stream` takes the most urgent that is "
    "ready,\n"
    "  `add_stream` begins one.\n"
    "- Work in the stream's worktree. `add_commit` after each commit, `update_stream` with progress, decisions "
    "(`note`) and\n"
    "  what is in the way (`blockers`).\n"
    "- Before you touch what others may be changing: `check_conflicts`.\n"
    "- To wait for others: `wait_for_change`, not a loop. To ask a person: `update_stream` with `question`.\n"
    "- Done: `update_stream` to completed. Not done: `claim_stream` with action release and a note for whoever is "
    "next.\n"
    "<!-- stream-status:end -->";

Edited left(std::string_view text, std::string reason) { return {State::kLeft, std::string(text), std::move(reason)}; }
Edited as_it_is(std::string_view text) { return {State::kAsItIs, std::string(text)}; }

bool is_our_program(std::string_view command) {
  const std::string_view name = command.substr(command.rfind('/') + 1);
  return name == kName || name == "mcp-stream-workflow-status";
}

/// What `init` of some time and place may have written, and nothing more.
bool is_ours(const json::value& entry) {
  const json::object* object = entry.if_object();
  if (object == nullptr || !is_our_program(find_string(*object, "command").value_or(""))) return false;
  for (const auto& [key, value] : *object)
    if (key != "command" && key != "args" && key != "type") return false;
  const json::value* words = object->if_contains("args");
  return words != nullptr && words->is_array() && !words->get_array().empty() && words->get_array()[0] == "mcp";
}

json::object entry_of(const AgentClient& client, const Program& program) {
  json::object entry;
  if (!client.type.empty()) entry["type"] = client.type;
  entry["command"] = program.command;
  json::array words = {"mcp"};
  for (const std::string& word : program.location) words.emplace_back(word);
  entry["args"] = std::move(words);
  return entry;
}

std::string not_ours(std::string_view name) {
  return fmt::format("there is a server {} already that init did not write, or that was changed: remove it, or keep it",
                     name);
}

std::string unreadable(const Error& error) { return fmt::format("{}: mend it, then run this again", error.message); }

Edited put_json_server(const AgentClient& client, const Program& program, std::string_view name,
                       std::string_view text) {
  const auto root = parse_jsonc(text);
  if (!root) return left(text, unreadable(root.error()));
  const json::object entry = entry_of(client, program);
  const Path path = {std::string(client.servers)};
  const json::value* servers = root->if_contains(client.servers);
  if (servers != nullptr && !servers->is_object())
    return left(text, fmt::format("{} is not an object: mend it, then run this again", client.servers));
  const json::value* found = servers == nullptr ? nullptr : servers->get_object().if_contains(name);
  if (found == nullptr) return {State::kChanged, insert_member(text, path, name, entry)};
  if (*found == json::value(entry)) return as_it_is(text);
  if (!is_ours(*found)) return left(text, not_ours(name));
  return {State::kChanged, replace_member(text, path, name, entry)};
}

Edited take_json_server(const AgentClient& client, std::string_view name, std::string_view text) {
  const auto root = parse_jsonc(text);
  if (!root) return left(text, unreadable(root.error()));
  const json::value* servers = root->if_contains(client.servers);
  const json::value* found =
      servers == nullptr || !servers->is_object() ? nullptr : servers->get_object().if_contains(name);
  if (found == nullptr) return as_it_is(text);
  if (!is_ours(*found)) return left(text, not_ours(name));
  return {State::kChanged, remove_member(text, {std::string(client.servers)}, name)};
}

std::string toml_text(std::string_view text) { return json::serialize(json::string(text)); }

std::string toml_block(const AgentClient& client, const Program& program, std::string_view name) {
  std::string words = toml_text("mcp");
  for (const std::string& word : program.location) words += ", " + toml_text(word);
  return fmt::format("[{}.{}]\ncommand = {}\nargs = [{}]", client.servers, name, toml_text(program.command), words);
}

/// The lines of a table without their line ends and blanks around them.
std::vector<std::string> lines_of(std::string_view block) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= block.size();) {
    const std::size_t end = std::min(block.find('\n', begin), block.size());
    std::string line(block.substr(begin, end - begin));
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

bool is_our_table(std::string_view block) {
  const std::vector<std::string> lines = lines_of(block);
  if (lines.size() != 3 || !lines[1].starts_with("command = \"") || !lines[2].starts_with("args = [\"mcp\""))
    return false;
  return is_our_program(std::string_view(lines[1]).substr(11, lines[1].size() - 12));
}

/// What a TOML file says of a server.
struct TomlServer {
  std::optional<Block> table = {};  ///< [mcp_servers.NAME] with its values, as init writes it
  bool is_foreign = false;          ///< there is one of that name, in another form
  bool has_place = true;            ///< a table can be put beside the others
};

bool begins_with(const std::vector<std::string>& path, const std::vector<std::string>& beginning) {
  return path.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), path.begin());
}

Result<TomlServer> find_toml_server(const AgentClient& client, std::string_view name, std::string_view text) {
  using Kind = TomlStatement::Kind;
  const std::vector<std::string> servers = {std::string(client.servers)};
  const std::vector<std::string> wanted = {std::string(client.servers), std::string(name)};
  TomlServer found;
  bool is_inside = false;  // the statement before belongs to the table
  for (const TomlStatement& statement : TRY(read_toml(text))) {
    if (statement.path == wanted && statement.kind == Kind::kTable && !found.table) {
      found.table = statement.place;
      is_inside = true;
      continue;
    }
    is_inside = is_inside && statement.kind == Kind::kValue;
    if (is_inside)
      found.table->end = statement.place.end;
    else if (begins_with(statement.path, wanted))
      found.is_foreign = true;
    else if (statement.path == servers && statement.kind != Kind::kTable)
      found.has_place = false;  // mcp_servers = {…}, which no table may add to
  }
  if (found.table && !is_our_table(text.substr(found.table->begin, found.table->end - found.table->begin)))
    found.is_foreign = true;
  return found;
}

Edited put_toml_server(const AgentClient& client, const Program& program, std::string_view name,
                       std::string_view text) {
  const auto found = find_toml_server(client, name, text);
  if (!found) return left(text, unreadable(found.error()));
  if (found->is_foreign) return left(text, not_ours(name));
  if (!found->has_place)
    return left(text, fmt::format("{0} is one value: write a table [{0}.NAME] for each server, then run this again",
                                  client.servers));
  const std::string block = toml_block(client, program, name);
  if (!found->table) return {State::kChanged, append_block(text, block)};
  std::string with = replace_block(text, *found->table, block);
  if (with == text) return as_it_is(text);
  return {State::kChanged, std::move(with)};
}

Edited take_toml_server(const AgentClient& client, std::string_view name, std::string_view text) {
  const auto found = find_toml_server(client, name, text);
  if (!found) return left(text, unreadable(found.error()));
  if (found->is_foreign) return left(text, not_ours(name));
  if (!found->table) return as_it_is(text);
  return {State::kChanged, remove_block(text, *found->table)};
}

const Path& hook_path() {
  static const Path path = {"hooks", "SessionStart"};
  return path;
}

/// The elements of hooks.SessionStart; null when they are not there, or not a list.
const json::array* session_hooks(const json::object& root) {
  const json::value* hooks = root.if_contains("hooks");
  if (hooks == nullptr || !hooks->is_object()) return nullptr;
  const json::value* list = hooks->get_object().if_contains("SessionStart");
  return list == nullptr ? nullptr : list->if_array();
}

/// Is this element ours, and only ours?
bool is_our_hook(const json::value& element) {
  const json::object* object = element.if_object();
  const json::value* commands = object == nullptr ? nullptr : object->if_contains("hooks");
  if (commands == nullptr || !commands->is_array() || object->size() != 1 || commands->get_array().size() != 1)
    return false;
  const json::object* command = commands->get_array()[0].if_object();
  const std::string_view words = command == nullptr ? "" : find_string(*command, "command").value_or("");
  return words.find(kName) != std::string_view::npos && words.find(kHook) != std::string_view::npos;
}

std::optional<std::size_t> find_hook(const json::object& root) {
  const json::array* list = session_hooks(root);
  if (list == nullptr) return std::nullopt;
  const auto* const found = std::find_if(list->begin(), list->end(), is_our_hook);
  return found == list->end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - list->begin()));
}

std::string hook_command(const Program& program) {
  std::string command = fmt::format("{} {}", shell_quoted(program.command), kHook);
  for (const std::string& word : program.location) command += " " + shell_quoted(word);
  return command;
}

}  // namespace

std::string entry_name(const AgentClient& client, std::string_view project_name) {
  return client.knows_project ? std::string(kName) : fmt::format("{}-{}", kName, project_name);
}

Edited put_server(const AgentClient& client, const Program& program, std::string_view name, std::string_view text) {
  return client.notation == Notation::kJson ? put_json_server(client, program, name, text)
                                            : put_toml_server(client, program, name, text);
}

Edited take_server(const AgentClient& client, std::string_view name, std::string_view text) {
  return client.notation == Notation::kJson ? take_json_server(client, name, text)
                                            : take_toml_server(client, name, text);
}

Edited put_hook(const Program& program, std::string_view text) {
  const auto root = parse_jsonc(text);
  if (!root) return left(text, unreadable(root.error()));
  const json::value element{{"hooks", json::array{{{"type", "command"}, {"command", hook_command(program)}}}}};
  if (const auto found = find_hook(*root)) {
    if ((*session_hooks(*root))[*found] == element) return as_it_is(text);
    return {State::kChanged, insert_element(remove_element(text, hook_path(), *found), hook_path(), element)};
  }
  if (const json::value* hooks = root->if_contains("hooks");
      hooks != nullptr &&
      (!hooks->is_object() || (hooks->get_object().contains("SessionStart") && session_hooks(*root) == nullptr)))
    return left(text, "its hooks are not as expected: add 'stream-status prime --hook' to SessionStart by hand");
  return {State::kChanged, insert_element(text, hook_path(), element)};
}

Edited take_hook(std::string_view text) {
  const auto root = parse_jsonc(text);
  if (!root) return left(text, unreadable(root.error()));
  const auto found = find_hook(*root);
  if (!found) return as_it_is(text);
  return {State::kChanged, remove_element(text, hook_path(), *found)};
}

Edited put_section(std::string_view text) {
  const auto found = find_section(text, kSectionBegin, kSectionEnd);
  if (!found) return {State::kChanged, append_block(text, kSection)};
  std::string with = replace_block(text, *found, kSection);
  if (with == text) return as_it_is(text);
  return {State::kChanged, std::move(with)};
}

Edited take_section(std::string_view text) {
  const auto found = find_section(text, kSectionBegin, kSectionEnd);
  if (!found) return as_it_is(text);
  return {State::kChanged, remove_block(text, *found)};
}

}  // namespace stream_status::cli::setup
