#include "domain/plan_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "domain/markdown_heading.h"

namespace stream_status::domain {
namespace {

template <class T>
using Read = tl::expected<T, PlanFileError>;

constexpr std::size_t kShownValue = 60;  // characters of a wrong value that a reason quotes
constexpr std::size_t kPhaseNameLimit = 200;
constexpr std::size_t kCategoryLimit = 64;
// A bracket that is never closed is not looked for through a whole file, again from each line on.
constexpr int kBracketLines = 200;
constexpr std::size_t kBracketText = 100'000;

constexpr std::array<std::string_view, 7> kKeys = {"title",  "streamNumber", "category", "priority",
                                                   "status", "branch",       "phases"};

tl::unexpected<PlanFileError> wrong(int line, std::string reason) {
  return tl::make_unexpected(PlanFileError{line, std::move(reason)});
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The lines without their ends: LF, CR LF or CR.
std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(text.substr(0, end));
    const bool is_pair = text.substr(end).starts_with("\r\n");
    text.remove_prefix(std::min(end + (is_pair ? 2 : 1), text.size()));
  }
  return lines;
}

int number_of(std::size_t index) { return static_cast<int>(index) + 1; }

Read<void> check_text(const std::vector<std::string_view>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (i == 0 && (line.starts_with("\xff\xfe") || line.starts_with("\xfe\xff")))
      return wrong(1, "is UTF-16; save it as UTF-8");
    if (line.find('\0') != std::string_view::npos) return wrong(number_of(i), "is binary: it has a NUL byte");
    if (!is_utf8(line)) return wrong(number_of(i), "is not valid UTF-8; save it as UTF-8");
  }
  return {};
}

// ---- one value -----------------------------------------------------------------------------------

/// A value, or an item of a list, as it stands in the file.
struct Written {
  std::string_view key;
  int line = 0;
  std::string_view text;
};

/// A # inside a word, or right before one ("issue #12"), is none.
bool is_comment(std::string_view text, std::size_t at) {
  return text[at] == '#' && (at == 0 || is_blank(text[at - 1])) && (at + 1 == text.size() || is_blank(text[at + 1]));
}

std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_comment(text, i)) return trim(text.substr(0, i));
  return trim(text);
}

bool is_quote(char c) { return c == '"' || c == '\''; }

/// Between double quotes \" and \\ stand for one character, between single ones '' does; all else is as written.
Read<std::string> unquote(const Written& written) {
  const std::string_view text = written.text;
  const char quote = text.front();
  std::string value;
  std::size_t i = 1;
  for (;; ++i) {
    if (i == text.size())
      return wrong(written.line, fmt::format("{}: the quote {} is never closed", written.key, quote));
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool is_escape =
        quote == '"' ? text[i] == '\\' && (next == '"' || next == '\\') : text[i] == '\'' && next == '\'';
    if (is_escape)
      ++i;
    else if (text[i] == quote)
      break;
    value.push_back(text[i]);
  }
  const std::string_view rest = trim(text.substr(i + 1));
  if (!rest.empty() && rest.front() != '#')
    return wrong(written.line, fmt::format("{}: text after the closing quote; put all of the value between quotes, or "
                                           "none of it",
                                           written.key));
  return value;
}

/// One line of text: tabs become blanks, other control characters are refused.
Read<std::string> one_line(std::string_view key, int line, std::string text) {
  for (char& c : text) {
    if (c == '\t') c = ' ';
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      return wrong(line, fmt::format("{}: has a control character (0x{:02x})", key, byte));
  }
  return std::string(trim(text));
}

/// Empty, ~ and null say nothing.
Read<std::string> read_value(const Written& written) {
  const std::string_view text = trim(written.text);
  if (!text.empty() && is_quote(text.front()))
    return one_line(written.key, written.line, TRY(unquote({written.key, written.line, text})));
  const std::string_view plain = without_comment(text);
  if (plain == "~" || plain == "null") return std::string();
  return one_line(written.key, written.line, std::string(plain));
}

// ---- lists ---------------------------------------------------------------------------------------

struct Pieces {
  std::vector<std::string_view> items;
  std::optional<std::string_view> rest;  ///< behind the closing bracket, if it was found
};

/// Cuts at commas that are not between quotes: up to a comment, or for a list in brackets up to the closing one.
enum class Brackets { kNo, kYes };
Pieces cut_items(std::string_view text, Brackets brackets) {
  Pieces pieces;
  std::size_t start = 0;
  std::size_t i = 0;
  char quote = '\0';
  bool at_start = true;  // of an item: only there a quote opens
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (quote == '"' && c == '\\')
        ++i;
      else if (c == quote)
        quote = '\0';
    } else if (brackets == Brackets::kYes && c == ']') {
      pieces.rest = trim(text.substr(i + 1));
      break;
    } else if (brackets == Brackets::kNo && is_comment(text, i)) {
      break;
    } else if (c == ',') {
      pieces.items.push_back(trim(text.substr(start, i - start)));
      start = i + 1;
      at_start = true;
    } else if (at_start && !is_blank(c)) {
      at_start = false;
      if (is_quote(c)) quote = c;
    }
  }
  pieces.items.push_back(trim(text.substr(start, std::min(i, text.size()) - start)));
  return pieces;
}

/// Adds the items that say something.
Read<void> add_items(std::string_view key, int line, const std::vector<std::string_view>& items,
                     std::vector<std::string>& list) {
  for (const std::string_view item : items)
    if (std::string value = TRY(read_value({key, line, item})); !value.empty()) list.push_back(std::move(value));
  return {};
}

// ---- front matter --------------------------------------------------------------------------------

struct Value {
  int line = 0;
  std::string text;
  std::vector<std::string> items;  ///< of phases
};

bool is_border(std::string_view line) { return line.starts_with("---") && trim(line.substr(3)).empty(); }

bool is_item(std::string_view line) { return line == "-" || line.starts_with("- ") || line.starts_with("-\t"); }

/// The known key that is meant, or empty.
std::string_view known_key(std::string_view written) {
  if (written == "stream_number") return "streamNumber";
  const auto* const key = std::find(kKeys.begin(), kKeys.end(), written);
  return key == kKeys.end() ? std::string_view() : *key;
}

class FrontMatter {
 public:
  explicit FrontMatter(const std::vector<std::string_view>& lines) : lines_(lines) {}

  Read<void> read() {
    if (lines_.empty() || !is_border(lines_.front())) return {};
    for (at_ = 1; at_ < lines_.size(); ++at_) {
      if (is_border(lines_[at_])) {
        body_ = at_ + 1;
        return {};
      }
      TRY(take(lines_[at_]));
    }
    return wrong(1, "the front matter that begins here is never closed by a line ---");
  }

  /// Index of the first line behind it.
  std::size_t body() const { return body_; }

  /// Absent when the key is not there or says nothing.
  const Value* find(std::string_view key) const {
    const auto value = values_.find(key);
    if (value == values_.end() || (value->second.text.empty() && value->second.items.empty())) return nullptr;
    return &value->second;
  }

 private:
  Read<void> take(std::string_view line) {
    const std::string_view content = trim(line);
    if (content.empty() || content.front() == '#') return {};
    const std::size_t colon = content.find(':');
    const bool is_key = !is_blank(line.front()) && !is_item(content) && colon != std::string_view::npos && colon > 0;
    if (is_key) return take_key(trim(content.substr(0, colon)), content.substr(colon + 1));
    if (place_ == Place::kUnknownKey) return {};  // it may be of any shape
    if (is_item(content)) return take_item(content.substr(1));
    if (is_blank(line.front()) && place_ == Place::kKey)
      return wrong(number_of(at_), fmt::format("{}: goes on on a second line; write it on one", key_));
    return wrong(number_of(at_),
                 fmt::format("\"{}\" is not `key: value`", stream_status::one_line(content, kShownValue)));
  }

  Read<void> take_key(std::string_view written, std::string_view text) {
    key_ = known_key(written);
    place_ = key_.empty() ? Place::kUnknownKey : Place::kKey;
    if (key_.empty()) return {};
    const auto [entry, is_new] = values_.try_emplace(key_);
    Value& value = entry->second;
    const int line = number_of(at_);
    if (!is_new) return wrong(line, fmt::format("{}: is there twice, first in line {}", written, value.line));
    value.line = line;
    if (key_ == "phases") return take_phases(trim(text), value);
    value.text = TRY(read_value({key_, line, text}));
    return {};
  }

  Read<void> take_phases(std::string_view text, Value& value) {
    if (text.starts_with('[')) return take_brackets(std::string(text.substr(1)), value);
    const auto items = cut_items(text, Brackets::kNo).items;
    if (items.size() > 1 || items.front().empty() || !is_quote(items.front().front()))
      return add_items(key_, value.line, items, value.items);
    const std::string whole = TRY(read_value({key_, value.line, items.front()}));  // "a, b" in one pair of quotes
    return add_items(key_, value.line, cut_items(whole, Brackets::kNo).items, value.items);
  }

  Read<void> take_brackets(std::string text, Value& value) {
    for (;;) {
      const Pieces pieces = cut_items(text, Brackets::kYes);
      if (pieces.rest) {
        if (!without_comment(*pieces.rest).empty())
          return wrong(number_of(at_), fmt::format("{}: text after the closing ]", key_));
        return add_items(key_, value.line, pieces.items, value.items);
      }
      const bool is_over = at_ + 1 == lines_.size() || is_border(lines_[at_ + 1]);
      if (is_over || number_of(at_) - value.line > kBracketLines || text.size() > kBracketText)
        return wrong(value.line, fmt::format("{}: the list is never closed by ]", key_));
      text = fmt::format("{} {}", without_comment(text), trim(lines_[++at_]));
    }
  }

  Read<void> take_item(std::string_view text) {
    const int line = number_of(at_);
    if (place_ == Place::kStart) return wrong(line, "an item of a list without a key above it");
    if (key_ != "phases") return wrong(line, fmt::format("{}: takes one value, not a list", key_));
    return add_items(key_, line, {text}, values_[key_].items);
  }

  enum class Place { kStart, kKey, kUnknownKey };

  const std::vector<std::string_view>& lines_;
  std::map<std::string_view, Value> values_;
  std::size_t at_ = 0;
  std::size_t body_ = 0;
  Place place_ = Place::kStart;
  std::string_view key_;  ///< the last known one
};

// ---- the stream ----------------------------------------------------------------------------------

Read<void> check_length(std::string_view key, int line, std::string_view text, std::size_t limit) {
  const std::size_t length = count_characters(text);
  if (length <= limit) return {};
  return wrong(line, fmt::format("{}: {} characters are too many; at most {}", key, length, limit));
}

/// Sets the field if the file says it.
Read<void> take_text(const FrontMatter& matter, std::string_view key, std::int64_t limit, std::string& field) {
  const Value* value = matter.find(key);
  if (value == nullptr) return {};
  TRY(check_length(key, value->line, value->text, static_cast<std::size_t>(limit)));
  field = value->text;
  return {};
}

template <class T, std::size_t N>
Read<void> take_choice(const FrontMatter& matter, std::string_view key, std::optional<T> (*parse)(std::string_view),
                       const std::array<std::string_view, N>& allowed, T& field) {
  const Value* value = matter.find(key);
  if (value == nullptr) return {};
  const std::optional<T> choice = parse(to_lower(value->text));
  if (!choice)
    return wrong(value->line, fmt::format("{}: \"{}\" is not one of: {}", key, shorten(value->text, kShownValue),
                                          fmt::join(allowed, ", ")));
  field = *choice;
  return {};
}

Read<void> take_phases(const FrontMatter& matter, std::vector<std::string>& phases) {
  const Value* value = matter.find("phases");
  if (value == nullptr) return {};
  if (value->items.size() > kPhaseLimit)
    return wrong(value->line, fmt::format("phases: {} are too many; at most {}", value->items.size(), kPhaseLimit));
  for (const std::string& phase : value->items) TRY(check_length("phases", value->line, phase, kPhaseNameLimit));
  phases = value->items;
  return {};
}

std::string_view leading_digits(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

std::string number_in_id(std::string_view id) {
  constexpr std::string_view kWord = "stream-";
  for (std::size_t at = id.find(kWord); at != std::string_view::npos; at = id.find(kWord, at + 1)) {
    const std::string_view digits = leading_digits(id.substr(at + kWord.size()));
    const bool is_word = at == 0 || id[at - 1] == '-';
    if (is_word && !digits.empty() && digits.size() <= kNumberLimit) return std::string(digits);
  }
  const std::string_view digits = leading_digits(id);
  const bool ends = digits.size() == id.size() || id[digits.size()] == '-';
  return ends && (digits.size() == 3 || digits.size() == 4) ? std::string(digits) : std::string();
}

Read<std::string> title_of(const FrontMatter& matter, const std::vector<std::string_view>& lines, std::string_view id) {
  std::string title;
  TRY(take_text(matter, "title", kTitleLimit, title));
  if (!title.empty()) return title;
  const std::optional<MarkdownHeading> heading = find_first_heading(lines, matter.body());
  if (!heading) return std::string(id);
  const int line = number_of(heading->line);
  title = TRY(one_line("title", line, heading->text));
  TRY(check_length("title", line, title, kTitleLimit));
  return title;
}

}  // namespace

tl::expected<PlannedStream, PlanFileError> parse_plan_file(std::string_view id, std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::vector<std::string_view> lines = split_lines(text);
  TRY(check_text(lines));
  FrontMatter matter(lines);
  TRY(matter.read());

  PlannedStream stream;
  stream.id.text = id;
  stream.title = TRY(title_of(matter, lines, id));
  stream.number = number_in_id(id);
  TRY(take_text(matter, "streamNumber", kNumberLimit, stream.number));
  TRY(take_text(matter, "category", kCategoryLimit, stream.category));
  if (const Value* category = matter.find("category")) stream.category_line = category->line;
  TRY(take_choice(matter, "priority", parse_priority, kPriorityNames, stream.priority));
  TRY(take_choice(matter, "status", parse_status, kStatusNames, stream.status));
  stream.branch = id;
  TRY(take_text(matter, "branch", kBranchLimit, stream.branch));
  TRY(take_phases(matter, stream.phases));
  return stream;
}

}  // namespace stream_status::domain
