#include "api/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/text.h"

namespace stream_status::api {
namespace {

/// The value as its sender wrote it, more or less; Boost.JSON would show 50.5 as 5.05E1.
std::string shown(const json::value& value) {
  return value.is_double() ? fmt::format("{}", value.get_double()) : one_line(json::serialize(value), 40);
}

tl::unexpected<Error> wrong(const Argument& argument, const json::value& found, std::string_view allowed) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {} is not {}", argument.name, shown(found), allowed),
              fmt::format("send {} as {}", argument.name, allowed));
}

Result<json::value> bind_integer(const Argument& argument, const json::value& found) {
  const std::string allowed = fmt::format("a whole number from {} to {}", argument.minimum, argument.maximum);
  std::optional<std::int64_t> number;
  if (found.is_int64()) number = found.get_int64();
  if (found.is_double() && std::trunc(found.get_double()) == found.get_double() && std::abs(found.get_double()) < 9e15)
    number = static_cast<std::int64_t>(found.get_double());
  if (found.is_string()) {
    const std::string_view text = text_of(found.get_string());
    std::int64_t parsed = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (failure == std::errc{} && end == text.data() + text.size()) number = parsed;
  }
  if (!number || *number < argument.minimum || *number > argument.maximum) return wrong(argument, found, allowed);
  return json::value(*number);
}

Result<json::value> bind_boolean(const Argument& argument, const json::value& found) {
  if (found.is_bool()) return found;
  std::string text;
  if (found.is_string())
    text = to_lower(text_of(found.get_string()));
  else if (found.is_int64())
    text = json::serialize(found);
  if (text == "true" || text == "1") return json::value(true);
  if (text == "false" || text == "0") return json::value(false);
  return wrong(argument, found, "true or false");
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// One text item: encoding, length, line, choices.
Result<std::string> bind_text(const Argument& argument, const json::value& found, std::int64_t minimum,
                              std::int64_t maximum) {
  // Some clients send ids and numbers like 0101 as JSON numbers.
  std::string text;
  if (found.is_string())
    text = text_of(found.get_string());
  else if (found.is_int64() || found.is_uint64())
    text = json::serialize(found);
  else
    return wrong(argument, found, "a text");
  if (!is_utf8(text))
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}: the text is not valid UTF-8", argument.name),
                fmt::format("send {} in UTF-8", argument.name));
  if (!argument.choices.empty()) {
    const std::string lower = to_lower(text);
    if (std::find(argument.choices.begin(), argument.choices.end(), lower) == argument.choices.end())
      return wrong(argument, found, fmt::format("one of: {}", fmt::join(argument.choices, ", ")));
    return lower;
  }
  const auto length = static_cast<std::int64_t>(count_characters(text));
  if (maximum > 0 && length > maximum)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: {} characters are too many; at most {}", argument.name, length, maximum),
                fmt::format("shorten {}", argument.name));
  const bool blank =
      std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  if (minimum > 0 && (length < minimum || blank))
    return fail(ErrorCode::kInvalidArgument,
                blank
                    ? fmt::format("{}: is empty", argument.name)
                    : fmt::format("{}: {} is too short; at least {} characters", argument.name, shown(found), minimum),
                fmt::format("send {}: {}", argument.name, argument.description));
  if (argument.type != ArgumentType::kText && has_control_character(text))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: has a line break or another control character", argument.name),
                fmt::format("send {} as one line of text", argument.name));
  return text;
}

Result<json::value> bind_list(const Argument& argument, const json::value& found) {
  json::array items;
  const auto written = found.is_string() && text_of(found.get_string()).starts_with('[')
                           ? parse_json(text_of(found.get_string()))
                           : Result<json::value>(json::value());
  if (found.is_array()) {
    items = found.get_array();
  } else if (written && written->is_array()) {  // as JSON text: from a query, and from clients that write all values so
    items = written->get_array();
  } else if (found.is_string()) {
    std::string_view rest = text_of(found.get_string());
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      std::string_view item = rest.substr(0, comma);
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
      while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
      while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
      if (!item.empty()) items.emplace_back(item);
    }
  } else {
    return wrong(argument, found, "a list of texts");
  }
  if (static_cast<std::int64_t>(items.size()) > argument.maximum)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: {} items are too many; at most {}", argument.name, items.size(), argument.maximum),
                fmt::format("send fewer {}", argument.name));
  if (static_cast<std::int64_t>(items.size()) < argument.minimum)
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}: is empty", argument.name),
                fmt::format("send {}: {}", argument.name, argument.description));
  constexpr std::int64_t kItemLimit = 200;
  json::array texts;
  for (const json::value& item : items) texts.emplace_back(TRY(bind_text(argument, item, 1, kItemLimit)));
  return json::value(std::move(texts));
}

Result<json::value> bind_one(const Argument& argument, const json::value& found) {
  switch (argument.type) {
    case ArgumentType::kInteger: return bind_integer(argument, found);
    case ArgumentType::kBoolean: return bind_boolean(argument, found);
    case ArgumentType::kTextList: return bind_list(argument, found);
    case ArgumentType::kTimestamp: {
      const std::string text = TRY(bind_text(argument, found, 1, 64));
      if (const auto time = parse_rfc3339(text)) return json::value(format_rfc3339(*time));
      return wrong(argument, found, "a time like 2026-11-22T14:00:00.000Z");
    }
    case ArgumentType::kText:
    case ArgumentType::kLine: return json::value(TRY(bind_text(argument, found, argument.minimum, argument.maximum)));
  }
  return json::value(nullptr);
}

const Argument* find_argument(const Operation& operation, std::string_view name) {
  for (const Argument& argument : operation.arguments) {
    if (argument.name == name) return &argument;
    if (std::find(argument.aliases.begin(), argument.aliases.end(), name) != argument.aliases.end()) return &argument;
  }
  return nullptr;
}

}  // namespace

Result<Arguments> Arguments::bind(const Operation& operation, const json::object& input) {
  Arguments bound;
  for (const auto& [name, value] : input) {
    const Argument* argument = find_argument(operation, name);
    if (argument == nullptr) {
      bound.ignored_.emplace_back(shorten(name, 60));
      continue;
    }
    if (value.is_null()) {
      bound.nulls_.emplace_back(argument->name);
      continue;
    }
    bound.values_[argument->name] = TRY(bind_one(*argument, value));
  }
  for (const Argument& argument : operation.arguments)
    if (argument.presence == Presence::kRequired && !bound.has(argument.name))
      return fail(ErrorCode::kInvalidArgument, fmt::format("{}: is missing", argument.name),
                  fmt::format("send {}: {}", argument.name, argument.description));
  return bound;
}

bool Arguments::is_null(std::string_view name) const {
  return std::find(nulls_.begin(), nulls_.end(), name) != nulls_.end();
}

std::optional<std::string> Arguments::text(std::string_view name) const {
  const auto text = find_string(values_, name);
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<std::int64_t> Arguments::integer(std::string_view name) const { return find_integer(values_, name); }

std::optional<std::vector<std::string>> Arguments::list(std::string_view name) const {
  const json::value* value = values_.if_contains(name);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const json::value& item : value->get_array()) texts.emplace_back(text_of(item.get_string()));
  return texts;
}

std::optional<bool> Arguments::flag(std::string_view name) const {
  const json::value* value = values_.if_contains(name);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

std::optional<WallTime> Arguments::time(std::string_view name) const {
  const auto text = find_string(values_, name);
  return text ? parse_rfc3339(*text) : std::nullopt;
}

std::string Arguments::canonical() const {
  std::vector<std::pair<std::string_view, const json::value*>> sorted;
  for (const auto& [name, value] : values_)
    if (name != "requestId") sorted.emplace_back(name, &value);
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const auto& [name, value] : sorted) text += fmt::format("{}={}\n", name, json::serialize(*value));
  const std::set<std::string_view> nulls(nulls_.begin(), nulls_.end());
  for (const std::string_view name : nulls) text += fmt::format("{}=null\n", name);
  return text;
}

namespace {

/// "streamId" → "stream id"
std::string words_of(std::string_view name) {
  std::string words;
  for (const char c : name) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    if (is_capital) words += ' ';
    words += is_capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return words;
}

}  // namespace

json::object argument_schema(const Argument& argument) {
  json::object schema;
  switch (argument.type) {
    case ArgumentType::kInteger:
      schema["type"] = "integer";
      schema["minimum"] = argument.minimum;
      if (argument.maximum <= 1000) schema["maximum"] = argument.maximum;
      break;
    case ArgumentType::kTextList:
      schema["type"] = "array";
      schema["items"] = {{"type", "string"}};
      break;
    case ArgumentType::kBoolean: schema["type"] = "boolean"; break;
    case ArgumentType::kText:
    case ArgumentType::kLine:
    case ArgumentType::kTimestamp: schema["type"] = "string"; break;
  }
  if (!argument.choices.empty()) {
    json::array choices;
    for (const std::string_view choice : argument.choices) choices.emplace_back(choice);
    (argument.type == ArgumentType::kTextList ? schema["items"].get_object() : schema)["enum"] = std::move(choices);
  }
  if (argument.description != words_of(argument.name)) schema["description"] = argument.description;
  return schema;
}

json::object input_schema(const Operation& operation) {
  json::object properties;
  json::array required;
  for (const Argument& argument : operation.arguments) {
    if (argument.shown == Shown::kNotInTools) continue;
    properties[argument.name] = argument_schema(argument);
    if (argument.presence == Presence::kRequired) required.emplace_back(argument.name);
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace stream_status::api
