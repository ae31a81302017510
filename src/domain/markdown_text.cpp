#include "domain/markdown_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace stream_status::domain {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & '\x80') != 0;
}

/// Length of the UTF-8 character at the front, 0 if there is none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length)
    if (is_utf8(text.substr(0, length))) return length;
  return 0;
}

bool is_control(char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }

std::size_t longest_run(std::string_view text, char mark) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == mark ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::size_t run_at(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(text[at], at), text.size()) - at;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (;;) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string_view without_blank_ends(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\n");
  if (last == std::string_view::npos) return {};
  text = text.substr(0, last + 1);
  const std::size_t first = text.find_first_not_of(" \t\n");
  const std::size_t line = text.rfind('\n', first);  // the first line keeps its indentation
  return line == std::string_view::npos ? text : text.substr(line + 1);
}

/// Where the code span that begins at `at` ends, by this line alone; npos: it is none.
std::size_t span_end(std::string_view line, std::size_t at) {
  const std::size_t run = run_at(line, at);
  for (std::size_t i = line.find('`', at + run); i != std::string_view::npos; i = line.find('`', i)) {
    const std::size_t next = run_at(line, i);
    if (next == run) return i + run;
    i += next;
  }
  return std::string_view::npos;
}

/// Follows the code blocks of a text line by line. Only fences without indentation open one: deeper ones may belong to
/// a list, and end with it.
class Fences {
 public:
  /// Is the line a fence, or inside a code block?
  bool take(std::string_view line) {
    const bool was_open = open_ > 0;
    const std::size_t indentation = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(indentation);
    const std::size_t run = line.empty() ? 0 : run_at(line, 0);
    const bool is_fence = run >= 3 && (line.front() == '`' || line.front() == '~');
    if (was_open) {
      const bool closes = is_fence && indentation < 4 && line.front() == mark_ && run >= open_ &&
                          line.find_first_not_of(" \t", run) == std::string_view::npos;
      if (closes) open_ = 0;
      return true;
    }
    if (!is_fence || indentation > 0) return false;
    if (line.front() == '`' && line.find('`', run) != std::string_view::npos) return false;
    mark_ = line.front();
    open_ = run;
    return true;
  }

 private:
  char mark_ = '`';
  std::size_t open_ = 0;  ///< length of the open fence
};

/// Can code spans be told line by line? A run of backticks that its line leaves open may pair with one further down.
bool spans_end_in_their_lines(const std::vector<std::string_view>& lines) {
  Fences fences;
  for (const std::string_view line : lines) {
    if (fences.take(line)) continue;
    if (line.find("\\`") != std::string_view::npos) return false;
    for (std::size_t i = line.find('`'); i != std::string_view::npos; i = line.find('`', i)) {
      i = span_end(line, i);
      if (i == std::string_view::npos) return false;
    }
  }
  return true;
}

enum class Spans { kAsCode, kAsText };

/// The line with every < that is not code escaped, so that no HTML can begin.
std::string without_html(std::string_view line, Spans spans) {
  std::string text;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '`' && spans == Spans::kAsCode) {
      const std::size_t end = std::min(span_end(line, i), line.size());
      text += line.substr(i, end - i);
      i = end;
      continue;
    }
    // A backslash before it would be escaped by ours, and the < be free again.
    if (line[i] == '<')
      text += i > 0 && line[i - 1] == '\\' ? "&lt;" : "\\<";
    else
      text += line[i];
    ++i;
  }
  return text;
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const char c = text.front();
    if (c == '\r') {
      clean += '\n';
      if (text.starts_with("\r\n")) text.remove_prefix(1);
    } else if (length == 0 || (is_control(c) && c != '\n' && c != '\t')) {
      clean += kReplacement;
    } else {
      clean += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return clean;
}

std::string escape_markdown(std::string_view text) {
  const std::string clean = clean_text(text);
  std::string escaped;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char c = clean[i];
    const char before = i > 0 ? clean[i - 1] : ' ';
    const char after = i + 1 < clean.size() ? clean[i + 1] : ' ';
    const bool is_inside_word = is_letter_or_digit(before) && is_letter_or_digit(after);
    if (c == '\n' || c == '\t') {
      escaped += ' ';
      continue;
    }
    // What only counts in certain places stays readable in all others: snake_case, C#.
    const bool is_mark = std::string_view("\\`*[]<>&|~$").find(c) != std::string_view::npos ||
                         (c == '_' && !is_inside_word) || (c == '#' && !is_letter_or_digit(before)) ||
                         (c == '!' && after == '[');
    if (is_mark) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string code_span(std::string_view text) {
  if (text.empty()) return {};
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const char c = text.front();
    if (c == '\n')
      shown += "\\n";
    else if (c == '\t')
      shown += "\\t";
    else if (length == 0 || is_control(c))
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      shown += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  const std::string fence(longest_run(shown, '`') + 1, '`');
  // One blank on each side is taken away again, unless all is blank.
  const bool is_blank = shown.find_first_not_of(' ') == std::string::npos;
  const bool at_edge = shown.front() == '`' || shown.back() == '`' || shown.front() == ' ' || shown.back() == ' ';
  const std::string_view pad = at_edge && !is_blank ? " " : "";
  return fmt::format("{}{}{}{}{}", fence, pad, shown, pad, fence);
}

std::string code_block(std::string_view text, std::string_view language) {
  std::string clean = clean_text(text);
  if (!clean.empty() && clean.back() != '\n') clean += '\n';
  const std::string fence(std::max<std::size_t>(3, longest_run(clean, '`') + 1), '`');
  return fmt::format("{}{}\n{}{}\n", fence, language, clean, fence);
}

std::string quote_block(std::string_view text) {
  const std::string clean = clean_text(text);
  const std::vector<std::string_view> lines = lines_of(without_blank_ends(clean));
  const bool spans_are_known = spans_end_in_their_lines(lines);
  std::string quote;
  Fences fences;
  for (const std::string_view line : lines) {
    // In a table a | ends a cell, and a code span with it.
    const bool has_code = spans_are_known && line.find('|') == std::string_view::npos;
    const std::string shown =
        fences.take(line) ? std::string(line) : without_html(line, has_code ? Spans::kAsCode : Spans::kAsText);
    quote += shown.empty() ? ">\n" : fmt::format("> {}\n", shown);
  }
  return quote;
}

}  // namespace stream_status::domain
