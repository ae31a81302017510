#include "project/git_config.h"

#include "base/text.h"

namespace stream_status::project {
namespace {

std::string_view trim_front(std::string_view text) {
  const std::size_t at = text.find_first_not_of(" \t\r");
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

/// A value: quotes, escapes, comments; `rest` starts after the "=" and is moved to the next line. Blanks at its end
/// go, unless they are quoted.
std::string take_value(std::string_view& rest) {
  std::string value;
  std::size_t kept = 0;  // length up to which blanks stay
  bool quoted = false;
  bool comment = false;
  std::size_t at = 0;
  while (at < rest.size() && (rest[at] == ' ' || rest[at] == '\t')) ++at;
  for (; at < rest.size() && rest[at] != '\n'; ++at) {
    const char c = rest[at];
    if (comment) continue;
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '#' || c == ';')) {
      comment = true;
    } else if (c == '\\' && at + 1 < rest.size()) {
      const char escaped = rest[++at];
      if (escaped == '\r' && at + 1 < rest.size() && rest[at + 1] == '\n')
        ++at;
      else if (escaped != '\n')
        value.push_back(escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped);
      kept = value.size();
    } else {
      value.push_back(c);
      if (quoted || (c != ' ' && c != '\t' && c != '\r')) kept = value.size();
    }
  }
  rest.remove_prefix(at);
  value.resize(kept);
  return value;
}

}  // namespace

std::optional<std::string> find_git_setting(std::string_view text, std::string_view section, std::string_view key) {
  std::optional<std::string> found;
  bool in_section = false;
  std::string_view rest = text;
  while (!rest.empty()) {
    rest = trim_front(rest);
    if (rest.starts_with('[')) {
      const std::size_t end = rest.find_first_of("]\n");
      if (end == std::string_view::npos || rest[end] == '\n') return found;  // not a config file any more
      in_section = to_lower(rest.substr(1, end - 1)) == section;
      rest.remove_prefix(end + 1);  // a setting may follow on the same line
      continue;
    }
    const std::size_t name_end = rest.find_first_of(" \t\r\n=#;");
    const std::string name = to_lower(rest.substr(0, name_end));
    rest = trim_front(name_end == std::string_view::npos ? std::string_view() : rest.substr(name_end));
    if (!name.empty() && rest.starts_with('=')) {
      rest.remove_prefix(1);
      std::string value = take_value(rest);
      if (in_section && name == key) found = std::move(value);
    }
    const std::size_t line_end = rest.find('\n');
    rest = line_end == std::string_view::npos ? std::string_view() : rest.substr(line_end + 1);
  }
  return found;
}

}  // namespace stream_status::project
