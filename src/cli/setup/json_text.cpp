#include "cli/setup/json_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace stream_status::cli::setup {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kNone = std::string_view::npos;

/// One member of an object or element of an array, as places in the text.
struct Item {
  std::string key;        ///< of a member
  std::size_t lead = 0;   ///< after the token or comment before it
  std::size_t begin = 0;  ///< its first character
  std::size_t value = 0;  ///< first character of its value
  std::size_t end = 0;    ///< after its value
  std::size_t comma = kNone;
};
struct Container {
  std::size_t open = 0;   ///< the bracket
  std::size_t close = 0;  ///< likewise
  std::vector<Item> items;
};

/// Finds places in a text that is known to be right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t skip_blanks(std::size_t at) const {
    while (at < text_.size() && std::string_view(" \t\r\n").find(text_[at]) != kNone) ++at;
    return at;
  }
  /// Blanks and comments; `lead` gets where the blanks after the last comment begin.
  std::size_t skip(std::size_t at, std::size_t& lead) const {
    for (lead = at;; lead = at) {
      const std::size_t after = skip_blanks(at);
      const std::size_t comment = skip_comment(after);
      if (comment == after) return after;
      at = comment;
    }
  }
  std::size_t skip_value(std::size_t at) const {
    if (text_[at] == '{' || text_[at] == '[') return scan(at).close + 1;
    if (text_[at] == '"') return skip_string(at);
    while (at < text_.size() && std::string_view(",]} \t\r\n/").find(text_[at]) == kNone) ++at;
    return at;
  }
  Container scan(std::size_t open) const {
    Container container{.open = open, .close = open, .items = {}};
    const bool has_keys = text_[open] == '{';
    for (std::size_t at = open + 1;;) {
      Item item;
      at = skip(at, item.lead);
      if (text_[at] == '}' || text_[at] == ']') {
        container.close = at;
        return container;
      }
      item.begin = at;
      std::size_t ignored = 0;
      if (has_keys) {
        const std::size_t end = skip_string(at);
        item.key = json::parse(text_.substr(at, end - at)).as_string();
        at = skip(skip(end, ignored) + 1, ignored);  // the colon
      }
      item.value = at;
      item.end = skip_value(at);
      at = skip(item.end, ignored);
      if (text_[at] == ',') item.comma = at++;
      container.items.push_back(std::move(item));
    }
  }

 private:
  std::size_t skip_comment(std::size_t at) const {
    if (text_.substr(at, 2) == "//") {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      return text_[end - 1] == '\r' ? end - 1 : end;
    }
    if (text_.substr(at, 2) == "/*") return text_.find("*/", at + 2) + 2;
    return at;
  }
  std::size_t skip_string(std::size_t at) const {
    for (++at; text_[at] != '"'; ++at)
      if (text_[at] == '\\') ++at;
    return at + 1;
  }
  std::string_view text_;
};

/// How this text is laid out.
struct Layout {
  std::string line_end = "\n";
  std::string unit = "  ";  ///< of indentation
};
Layout layout_of(std::string_view text, const Container& root) {
  Layout layout;
  if (text.find("\r\n") != kNone) layout.line_end = "\r\n";
  if (root.items.empty()) return layout;
  const Item& first = root.items.front();
  const std::string_view lead = text.substr(first.lead, first.begin - first.lead);
  const std::size_t line = lead.rfind('\n');
  if (line != kNone && line + 1 < lead.size()) layout.unit = lead.substr(line + 1);
  return layout;
}

void write_pretty(std::string& out, const json::value& value, const Layout& layout, const std::string& indent) {
  const std::string deeper = indent + layout.unit;
  const auto* object = value.if_object();
  const auto* array = value.if_array();
  const bool is_short = array != nullptr && std::none_of(array->begin(), array->end(), [](const json::value& each) {
                          return each.is_object() || each.is_array();
                        });
  if (object != nullptr && !object->empty()) {
    out += "{";
    const char* separator = "";
    for (const auto& [key, member] : *object) {
      out.append(separator)
          .append(layout.line_end)
          .append(deeper)
          .append(json::serialize(json::string(key)))
          .append(": ");
      write_pretty(out, member, layout, deeper);
      separator = ",";
    }
    out.append(layout.line_end).append(indent).append("}");
  } else if (array != nullptr && !is_short) {
    out += "[";
    const char* separator = "";
    for (const json::value& element : *array) {
      out.append(separator).append(layout.line_end).append(deeper);
      write_pretty(out, element, layout, deeper);
      separator = ",";
    }
    out.append(layout.line_end).append(indent).append("]");
  } else if (array != nullptr) {
    out += "[";
    const char* separator = "";
    for (const json::value& element : *array) {
      out.append(separator).append(json::serialize(element));
      separator = ", ";
    }
    out += "]";
  } else {
    out += json::serialize(value);
  }
}

/// The blanks at the beginning of the line that `at` is on.
std::string indent_at(std::string_view text, std::size_t at) {
  const std::size_t newline = text.rfind('\n', at);
  const std::size_t line = newline == kNone ? 0 : newline + 1;
  const std::size_t end = text.find_first_not_of(" \t", line);
  return std::string(text.substr(line, std::min(end, text.size()) - line));
}

std::size_t find_root(std::string_view text) {
  std::size_t lead = 0;
  return Scanner(text).skip(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0, lead);
}

/// What an object that was made for us looks like once we have gone from it; its first line is ours to know it by.
std::string skeleton(const Layout& layout, const std::string& indent) { return layout.line_end + indent; }

/// `key` as `"key": `, or nothing for an element.
std::string label(std::string_view key, bool has_key) {
  return has_key ? json::serialize(json::string(key)) + ": " : std::string();
}

std::string put(std::string_view text, const Container& container, const Layout& layout, std::string_view key,
                bool has_key, const json::value& value) {
  std::string out(text);
  if (container.items.empty()) {
    // Ours is told from a container that was there: that one had no line of its own for us, so neither do we make one.
    const std::string_view inside = text.substr(container.open + 1, container.close - container.open - 1);
    const std::string indent = indent_at(text, container.open);
    const bool has_lines = inside.find('\n') != kNone && inside != skeleton(layout, indent);
    std::string item = has_lines ? layout.line_end + indent + layout.unit : "";
    item += label(key, has_key);
    write_pretty(item, value, layout, has_lines ? indent + layout.unit : indent);
    return out.insert(container.open + 1, item);
  }
  const Item& last = container.items.back();
  const std::string_view lead = text.substr(last.lead, last.begin - last.lead);
  const std::size_t line = lead.rfind('\n');
  const bool has_lines = line != kNone;
  const std::string indent(has_lines ? lead.substr(line + 1) : std::string_view{});
  std::string item = has_lines ? layout.line_end + indent : " ";
  item += label(key, has_key);
  if (has_lines)
    write_pretty(item, value, layout, indent);
  else
    item += json::serialize(value);
  // A comment on the line of the last one is about that one.
  std::size_t at = last.comma != kNone ? last.comma + 1 : last.end;
  const std::size_t line_end = std::min(text.find('\n', at), text.size());
  if (has_lines && line_end < container.close) {
    std::size_t lead_end = 0;
    Scanner(text).skip(at, lead_end);
    const std::size_t stop = text[line_end - 1] == '\r' ? line_end - 1 : line_end;
    if (text.substr(at, stop - at).find_first_not_of(" \t") != kNone && lead_end >= stop) at = stop;
  }
  if (last.comma != kNone) return out.insert(at, item + ",");
  out.insert(at, item);
  return out.insert(last.end, ",");
}

/// Without the item; `was_made` says whether the container was made for it.
std::string take(std::string_view text, const Container& container, const Layout& layout, std::size_t index,
                 bool& was_made) {
  std::string out(text);
  const Item& item = container.items[index];
  was_made = false;
  if (container.items.size() == 1) {
    const std::string indent = indent_at(text, container.open);
    const std::string lead(text.substr(container.open + 1, item.begin - container.open - 1));
    const std::size_t end = item.comma != kNone ? item.comma + 1 : item.end;
    const std::string rest(text.substr(end, container.close - end));
    const bool has_own_lines = lead == layout.line_end + indent + layout.unit && rest == skeleton(layout, indent);
    const bool is_one_line = lead.empty() && rest.empty() &&
                             text.substr(item.begin, end - item.begin).find('\n') == kNone &&
                             (item.value == item.begin || text[item.value - 1] == ':');
    was_made = item.comma == kNone && (has_own_lines || is_one_line);
    const std::size_t begin = lead.ends_with(layout.line_end + indent + layout.unit)
                                  ? item.begin - (layout.line_end + indent + layout.unit).size()
                                  : item.begin;
    return out.erase(begin, end - begin);
  }
  if (item.comma != kNone) return out.erase(item.lead, item.comma + 1 - item.lead);
  out.erase(item.lead, item.end - item.lead);
  return out.erase(container.items[index - 1].comma, 1);
}

/// The value around which `path` must still be made: {"a":{"b":value}} for the path a, b.
json::value wrapped(const Path& path, std::size_t from, json::value value) {
  for (std::size_t i = path.size(); i-- > from;) value = json::object{{path[i], std::move(value)}};
  return value;
}

/// The last of that key, as parsers take it; the number of items: there is none.
std::size_t index_of(const Container& container, std::string_view key) {
  const auto item =
      std::find_if(container.items.rbegin(), container.items.rend(), [&](const Item& each) { return each.key == key; });
  return item == container.items.rend() ? container.items.size()
                                        : static_cast<std::size_t>(container.items.rend() - item) - 1;
}

/// Containers from the root along the path, as far as they are there.
std::vector<Container> descend(std::string_view text, const Path& path) {
  const Scanner scanner(text);
  std::vector<Container> found = {scanner.scan(find_root(text))};
  for (const std::string& key : path) {
    const auto& items = found.back().items;
    const std::size_t index = index_of(found.back(), key);
    if (index == items.size() || (text[items[index].value] != '{' && text[items[index].value] != '[')) break;
    const std::size_t open = items[index].value;
    found.push_back(scanner.scan(open));
  }
  return found;
}

std::string insert(std::string_view text, const Path& path, std::string_view key, bool has_key,
                   const json::value& value) {
  const std::string whole = text.find_first_not_of(" \t\r\n") == kNone ? "" : std::string(text);
  const json::value item = has_key ? value : json::value(json::array{value});
  if (whole.empty()) {
    json::value root = has_key ? wrapped(path, 0, json::object{{key, value}}) : wrapped(path, 0, item);
    std::string out;
    write_pretty(out, root, Layout{}, "");
    return out + "\n";
  }
  const std::vector<Container> found = descend(whole, path);
  const Layout layout = layout_of(whole, found.front());
  const std::size_t there = found.size() - 1;  // of the path
  if (there == path.size()) return put(whole, found.back(), layout, key, has_key, value);
  const json::value made =
      has_key ? wrapped(path, there + 1, json::object{{key, value}}) : wrapped(path, there + 1, item);
  return put(whole, found.back(), layout, path[there], true, made);
}

std::string remove(std::string_view text, const Path& path, std::size_t index, const std::vector<Container>& found) {
  const Layout layout = layout_of(text, found.front());
  std::string out(text);
  for (std::size_t depth = found.size(); depth-- > 0;) {
    // What lies inside was taken out before; the places further out begin before it, and their ends are found anew.
    const Container container =
        depth + 1 == found.size()
            ? found[depth]
            : descend(out, Path(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(depth))).back();
    const std::size_t which = depth + 1 == found.size() ? index : index_of(container, path[depth]);
    bool was_made = false;
    const std::string before = out;
    out = take(before, container, layout, which, was_made);
    if (!was_made) return out;
    if (depth == 0) return {};  // the file itself was made
    out = before;               // the whole container goes, from the one around it
  }
  return out;
}

}  // namespace

Result<json::object> parse_jsonc(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find_first_not_of(" \t\r\n") == kNone) return json::object{};
  json::parse_options options;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  json::stream_parser parser({}, options);
  boost::system::error_code failure;
  const std::size_t read = parser.write_some(text.data(), text.size(), failure);
  if (!failure) parser.finish(failure);
  if (failure || text.substr(read).find_first_not_of(" \t\r\n") != kNone) {
    const auto line =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(read, text.size())), '\n');
    return fail(ErrorCode::kInvalidArgument, fmt::format("line {}: it is not valid JSON", line + 1));
  }
  json::value value = parser.release();
  if (!value.is_object()) return fail(ErrorCode::kInvalidArgument, "it is not a JSON object");
  return std::move(value.get_object());
}

std::string insert_member(std::string_view text, const Path& path, std::string_view key, const json::value& value) {
  return insert(text, path, key, true, value);
}

std::string insert_element(std::string_view text, const Path& path, const json::value& value) {
  return insert(text, path, {}, false, value);
}

std::string remove_member(std::string_view text, const Path& path, std::string_view key) {
  const std::vector<Container> found = descend(text, path);
  if (found.size() != path.size() + 1) return std::string(text);
  const std::size_t index = index_of(found.back(), key);
  return index == found.back().items.size() ? std::string(text) : remove(text, path, index, found);
}

std::string remove_element(std::string_view text, const Path& path, std::size_t index) {
  const std::vector<Container> found = descend(text, path);
  if (found.size() != path.size() + 1 || index >= found.back().items.size()) return std::string(text);
  return remove(text, path, index, found);
}

std::string replace_member(std::string_view text, const Path& path, std::string_view key, const json::value& value) {
  const std::vector<Container> found = descend(text, path);
  if (found.size() != path.size() + 1) return std::string(text);
  const std::size_t index = index_of(found.back(), key);
  if (index == found.back().items.size()) return std::string(text);
  const Item& item = found.back().items[index];
  std::string written;
  write_pretty(written, value, layout_of(text, found.front()), indent_at(text, item.begin));
  return std::string(text).replace(item.value, item.end - item.value, written);
}

}  // namespace stream_status::cli::setup
