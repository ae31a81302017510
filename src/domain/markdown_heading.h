// Where a Markdown text says what it is about: its first heading of level 1. Not a Markdown reader.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stream_status::domain {

struct MarkdownHeading {
  std::size_t line = 0;  ///< index into the lines
  std::string text;      ///< as written, trimmed; never empty
};

/// The first `# heading`, or text underlined with `===`, from the line `from` on; what stands in code fences, indented
/// code, quotes, lists and HTML comments is none. Source: CommonMark 0.30, §§4.2–4.6.
std::optional<MarkdownHeading> find_first_heading(const std::vector<std::string_view>& lines, std::size_t from);

}  // namespace stream_status::domain
