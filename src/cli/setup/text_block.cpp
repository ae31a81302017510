#include "cli/setup/text_block.h"

#include <algorithm>

namespace stream_status::cli::setup {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::string_view line_end_of(std::string_view text) { return text.find("\r\n") == kNone ? "\n" : "\r\n"; }

std::string with_line_ends(std::string_view block, std::string_view line_end) {
  std::string out;
  for (const char each : block)
    if (each == '\n')
      out += line_end;
    else
      out += each;
  return out;
}

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == kNone) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

/// Calls `look(begin, line)` for each line, until it says false.
template <typename Look>
void each_line(std::string_view text, Look look) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (!look(begin, text.substr(begin, end - begin))) return;
    begin = end + 1;
  }
}

}  // namespace

std::string append_block(std::string_view text, std::string_view block) {
  const std::string_view line_end = line_end_of(text);
  std::string out(text);
  if (out.empty()) return with_line_ends(block, line_end).append(line_end);
  const bool ends = out.ends_with('\n');
  out.append(line_end);
  if (!ends) out.append(line_end);
  out += with_line_ends(block, line_end);
  if (ends) out.append(line_end);
  return out;
}

std::string remove_block(std::string_view text, const Block& block) {
  const std::string_view line_end = line_end_of(text);
  std::size_t begin = block.begin;
  std::size_t end = block.end;
  const bool ends = text.substr(end).starts_with(line_end);
  const auto take_before = [&] {
    if (text.substr(0, begin).ends_with(line_end)) begin -= line_end.size();
  };
  if (ends) end += line_end.size();
  if (begin > 0) take_before();
  if (!ends && begin > 0) take_before();
  return std::string(text.substr(0, begin)).append(text.substr(end));
}

std::string replace_block(std::string_view text, const Block& block, std::string_view with) {
  return std::string(text.substr(0, block.begin))
      .append(with_line_ends(with, line_end_of(text)))
      .append(text.substr(block.end));
}

std::optional<Block> find_section(std::string_view text, std::string_view first, std::string_view last) {
  std::optional<std::size_t> begin;
  std::optional<Block> found;
  each_line(text, [&](std::size_t at, std::string_view line) {
    if (trimmed(line) == first) begin = at;
    if (begin && trimmed(line) == last) found = Block{*begin, at + trimmed(line).size()};
    return !found;
  });
  return found;
}

}  // namespace stream_status::cli::setup
