#include "domain/markdown_heading.h"

#include <algorithm>

namespace stream_status::domain {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// How often the first character stands at the front.
std::size_t run_of(std::string_view text) {
  return text.empty() ? 0 : std::min(text.find_first_not_of(text.front()), text.size());
}

/// Four blanks or a tab in front: code, or the continuation of what is above.
bool is_indented(std::string_view line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first != std::string_view::npos && (first >= 4 || line[first] == '\t');
}

/// Absent: the line is no heading of level 1. The text may be empty.
std::optional<std::string_view> heading_text(std::string_view line) {
  if (!line.starts_with('#') || (line.size() > 1 && kBlanks.find(line[1]) == std::string_view::npos)) return {};
  std::string_view text = trim(line.substr(1));
  const std::size_t last = text.find_last_not_of('#');  // closing #s count only behind a blank
  if (last == std::string_view::npos) return "";
  if (last + 1 < text.size() && kBlanks.find(text[last]) != std::string_view::npos) text = trim(text.substr(0, last));
  return text;
}

/// Begins a quote, a list, a heading or a table row: text that an underline below does not make a heading.
bool begins_other_block(std::string_view line) {
  if (line.find_first_of("#>|") == 0) return true;
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  const std::string_view mark = line.substr(digits);
  const bool is_bullet = digits == 0 && mark.find_first_of("-*+") == 0;
  const bool is_number = digits > 0 && mark.find_first_of(".)") == 0;
  return (is_bullet || is_number) && (mark.size() == 1 || kBlanks.find(mark[1]) != std::string_view::npos);
}

/// A thematic break, or the underline of a smaller heading.
bool is_rule(std::string_view content) {
  if (content.find_first_of("-*_") != 0) return false;
  if (content.front() == '-' && run_of(content) == content.size()) return true;
  const char mark = content.front();
  return std::count(content.begin(), content.end(), mark) >= 3 &&
         std::all_of(content.begin(), content.end(), [&](char c) { return c == mark || c == ' ' || c == '\t'; });
}

class Finder {
 public:
  /// True when the line completes a heading: then `found` has it.
  bool take(std::string_view line, std::size_t index) {
    const std::string_view content = trim(line);
    if (in_comment_) {
      in_comment_ = content.find("-->") == std::string_view::npos;
      return false;
    }
    if (is_indented(line) && (paragraph_.empty() || !fence_.empty())) return false;
    const std::size_t run = run_of(content);
    const bool is_fence = run >= 3 && (content.front() == '`' || content.front() == '~');
    if (!fence_.empty()) {
      if (is_fence && content.size() == run && content.front() == fence_.front() && run >= fence_.size()) fence_ = {};
      return false;
    }
    if (is_fence && (content.front() == '~' || content.find('`', run) == std::string_view::npos)) {
      fence_ = content.substr(0, run);
      end_paragraph();
      return false;
    }
    if (content.starts_with("<!--")) {
      in_comment_ = content.find("-->", 4) == std::string_view::npos;
      end_paragraph();
      return false;
    }
    return take_text(line, content, index);
  }

  const MarkdownHeading& found() const { return found_; }

 private:
  bool take_text(std::string_view line, std::string_view content, std::size_t index) {
    if (content.empty() || is_rule(content)) {
      end_paragraph();
      return false;
    }
    if (const auto heading = is_indented(line) ? std::nullopt : heading_text(content)) {
      end_paragraph();
      found_ = {index, std::string(*heading)};
      return !heading->empty();
    }
    if (!paragraph_.empty() && is_heading_possible_ && content.front() == '=' && run_of(content) == content.size()) {
      found_ = {paragraph_line_, paragraph_};
      return true;
    }
    if (paragraph_.empty()) {
      paragraph_line_ = index;
      is_heading_possible_ = !begins_other_block(content);
    } else {
      paragraph_ += ' ';
      is_heading_possible_ = is_heading_possible_ && !begins_other_block(content);
    }
    paragraph_ += content;
    return false;
  }

  void end_paragraph() { paragraph_.clear(); }

  MarkdownHeading found_;
  std::string_view fence_;  ///< the open one's marks
  bool in_comment_ = false;
  std::string paragraph_;  ///< of the lines directly above
  std::size_t paragraph_line_ = 0;
  bool is_heading_possible_ = false;
};

}  // namespace

std::optional<MarkdownHeading> find_first_heading(const std::vector<std::string_view>& lines, std::size_t from) {
  Finder finder;
  for (std::size_t i = from; i < lines.size(); ++i)
    if (finder.take(lines[i], i)) return finder.found();
  return std::nullopt;
}

}  // namespace stream_status::domain
