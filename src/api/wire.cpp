#include "api/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace stream_status::api {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string query_text(const json::value& value) {
  if (value.is_string()) return std::string(text_of(value.get_string()));
  // Boost.JSON writes 50.0 as 5E1, which is no whole number to who reads it.
  return value.is_double() ? fmt::format("{}", value.get_double()) : json::serialize(value);
}

/// The part of `text` up to `end` (or all of it); `text` keeps what follows.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return part;
}

Result<std::string> decode_part(std::string_view part) {
  if (auto text = percent_decode(part)) return std::move(*text);
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("read the address: \"{}\" is not percent-encoded UTF-8", one_line(part, 60)),
              "encode it as %XX, in UTF-8");
}

/// Adds to what the path says; what stands in both is refused.
Result<void> read_query(std::string_view query, json::object& arguments) {
  const json::object in_path = arguments;
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string name = TRY(decode_part(take_until(value, '=')));
    if (name.empty()) continue;
    if (in_path.contains(name))
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("read the address: {} is in its path already", one_line(name, 60)),
                  "leave it out of the query");
    std::string plain(value);
    for (char& c : plain)
      if (c == '+') c = ' ';
    arguments[name] = TRY(decode_part(plain));
  }
  return {};
}

/// Compares a path with a row's pattern, segment by segment; fills the arguments of ":name" segments.
Result<bool> match_path(std::string_view pattern, std::string_view path, json::object& arguments) {
  if (path.ends_with('/')) return false;  // an id that is missing is not the list
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_until(pattern, '/');
    const std::string_view found = take_until(path, '/');
    if (!wanted.empty() && wanted.front() == ':') {
      if (found.empty()) return false;
      arguments[wanted.substr(1)] = TRY(decode_part(found));
    } else if (wanted != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c))
      encoded.push_back(c);
    else
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (!is_utf8(decoded)) return std::nullopt;
  return decoded;
}

HttpCall to_http(const Operation& operation, const json::object& arguments) {
  HttpCall call{operation.method, {}, {}};
  std::vector<std::string_view> in_path;
  std::string_view pattern = operation.path;
  const auto given = [&arguments](std::string_view name) {
    const json::value* value = arguments.if_contains(name);
    return value != nullptr && !value->is_null();
  };
  const bool without_id = !operation.path_without_id.empty() && !given("streamId") && !given("id");
  if (without_id) pattern = operation.path_without_id;
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const std::string_view segment = take_until(pattern, '/');
    call.target.push_back('/');
    if (segment.front() != ':') {
      call.target += segment;
      continue;
    }
    std::string_view name = segment.substr(1);
    if (!given(name) && name == "streamId") name = "id";
    in_path.push_back(name);
    // Callers bind before they send, so it is there; a blank reaches the right route all the same.
    const std::string text = given(name) ? query_text(arguments.at(name)) : "";
    call.target += text.empty() ? "%20" : percent_encode(text);
  }

  json::object rest;
  for (const auto& [name, value] : arguments) {
    const bool used = std::find(in_path.begin(), in_path.end(), std::string_view(name)) != in_path.end();
    if (!used) rest[name] = value;
  }
  if (operation.method != Method::kGet) {
    call.body = json::serialize(rest);
    return call;
  }
  char separator = '?';
  for (const auto& [name, value] : rest) {
    if (value.is_null()) continue;
    call.target += fmt::format("{}{}={}", separator, percent_encode(name), percent_encode(query_text(value)));
    separator = '&';
  }
  return call;
}

Result<std::optional<RouteMatch>> match_route(Method method, std::string_view target) {
  std::string_view query = target;
  std::string_view path = take_until(query, '?');
  if (path.empty() || path.front() != '/') return std::nullopt;
  path.remove_prefix(1);

  std::optional<RouteMatch> other_method;
  // What an operation is called by itself comes before what another is called without its id.
  for (const auto pattern_of : {&Operation::path, &Operation::path_without_id})
    for (const Operation& row : operations()) {
      const std::string_view pattern = row.*pattern_of;
      if (pattern.empty()) continue;
      json::object arguments;
      if (!TRY(match_path(pattern.substr(1), path, arguments))) continue;
      if (row.method != method) {
        if (!other_method) other_method = RouteMatch{};
        other_method->allow.append(other_method->allow.empty() ? "" : ", ").append(name_of(row.method));
        continue;
      }
      TRY(read_query(query, arguments));
      return RouteMatch{&row, {}, std::move(arguments)};
    }
  return other_method;
}

}  // namespace stream_status::api
