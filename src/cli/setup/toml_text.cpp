#include "cli/setup/toml_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace stream_status::cli::setup {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// true, 12, -0.5, inf, 1979-05-27 07:32:00Z
bool is_scalar(std::string_view text) {
  if (text == "true" || text == "false") return true;
  const bool is_signed = text.starts_with('+') || text.starts_with('-');
  const std::string_view number = text.substr(is_signed ? 1 : 0);
  if (number == "inf" || number == "nan") return true;
  return !number.empty() && number.front() >= '0' && number.front() <= '9' &&
         std::all_of(number.begin(), number.end(),
                     [](char c) { return is_bare(c) || std::string_view("+.: ").find(c) != std::string_view::npos; });
}

/// Reads on from `at_`; each step says whether the text was as it must be.
class TomlReader {
 public:
  explicit TomlReader(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  Result<std::vector<TomlStatement>> read() {
    while (to_next_statement())
      if (!statement())
        return fail(ErrorCode::kInvalidArgument,
                    fmt::format("line {}: it is not valid TOML",
                                std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n') + 1));
    return std::move(statements_);
  }

 private:
  bool is_over() const { return at_ >= text_.size(); }
  bool is_at(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  bool take(std::string_view token) {
    if (!is_at(token)) return false;
    at_ += token.size();
    return true;
  }
  void skip(std::string_view characters) { at_ = std::min(text_.find_first_not_of(characters, at_), text_.size()); }
  void skip_blanks() { skip(" \t"); }
  void skip_comment() {
    if (is_at("#")) at_ = std::min(text_.find('\n', at_), text_.size());
  }

  bool to_next_statement() {
    for (skip(" \t\r\n"); is_at("#"); skip(" \t\r\n")) skip_comment();
    return !is_over();
  }

  /// Blanks, perhaps a comment, and the end of the line or of the text.
  bool end_of_line() {
    skip_blanks();
    skip_comment();
    return is_over() || is_at("\n") || is_at("\r\n");
  }

  bool statement() {
    TomlStatement found{.kind = TomlStatement::Kind::kValue, .path = {}, .place = {.begin = at_, .end = at_}};
    if (is_at("[")) {
      const bool is_one_of_many = take("[[");
      if (!is_one_of_many) take("[");
      found.kind = is_one_of_many ? TomlStatement::Kind::kTables : TomlStatement::Kind::kTable;
      if (!key(found.path) || !take(is_one_of_many ? "]]" : "]")) return false;
      table_ = found.path;
    } else {
      found.path = table_;
      if (!key(found.path) || !take("=")) return false;
      skip_blanks();
      if (!value()) return false;
    }
    if (!end_of_line()) return false;
    found.place.end = text_.find_last_not_of(" \t\r\n", at_ - 1) + 1;
    statements_.push_back(std::move(found));
    return true;
  }

  /// `a . "b c".'d'` with blanks around it
  bool key(std::vector<std::string>& path) {
    do {
      skip_blanks();
      const std::size_t begin = at_;
      if (is_at("\"") || is_at("'")) {
        if (!line_string()) return false;
        path.emplace_back(text_.substr(begin + 1, at_ - begin - 2));
      } else {
        while (!is_over() && is_bare(text_[at_])) ++at_;
        if (at_ == begin) return false;
        path.emplace_back(text_.substr(begin, at_ - begin));
      }
      skip_blanks();
    } while (take("."));
    return true;
  }

  bool value() {
    if (is_at("\"") || is_at("'")) return string();
    if (is_at("[") || is_at("{")) return container();
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of("#\r\n", at_), text_.size());
    const std::string_view said = text_.substr(begin, at_ - begin);
    return is_scalar(said.substr(0, said.find_last_not_of(" \t") + 1));
  }

  bool string() {
    const std::string_view quotes = is_at("\"") ? "\"\"\"" : "'''";
    if (!take(quotes)) return line_string();
    for (; !is_over(); ++at_) {
      if (quotes.front() == '"' && is_at("\\")) {
        ++at_;
      } else if (take(quotes)) {
        while (is_at(quotes.substr(0, 1))) ++at_;  // up to two belong to the text
        return true;
      }
    }
    at_ = text_.size();
    return false;
  }

  bool line_string() {
    const char quote = text_[at_];
    for (++at_; !is_over() && !is_at("\n"); ++at_) {
      if (quote == '"' && is_at("\\")) {
        ++at_;
      } else if (text_[at_] == quote) {
        ++at_;
        return true;
      }
    }
    at_ = std::min(at_, text_.size());
    return false;
  }

  /// An array or an inline table: what opens closes, in its order.
  bool container() {
    std::string closers;
    do {
      if (is_at("\"") || is_at("'")) {
        if (!string()) return false;
        continue;
      }
      if (is_at("#")) {
        skip_comment();
        continue;
      }
      const char c = text_[at_];
      if (c == '[') closers += ']';
      if (c == '{') closers += '}';
      if (c == ']' || c == '}') {
        if (closers.back() != c) return false;
        closers.pop_back();
      }
      ++at_;
    } while (!closers.empty() && !is_over());
    return closers.empty();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> table_;
  std::vector<TomlStatement> statements_;
};

}  // namespace

Result<std::vector<TomlStatement>> read_toml(std::string_view text) { return TomlReader(text).read(); }

}  // namespace stream_status::cli::setup
