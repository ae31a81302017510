#include "base/json.h"

#include <fmt/format.h>

namespace stream_status {

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 32;
  json::stream_parser parser({}, options);
  json::error_code failure;
  const std::size_t read = parser.write_some(text.data(), text.size(), failure);
  if (!failure && read < text.size()) failure = json::make_error_code(json::error::extra_data);
  if (!failure) parser.finish(failure);
  if (failure)
    return fail(ErrorCode::kInvalidArgument, fmt::format("parse JSON: {} at byte {}", failure.message(), read),
                "send one JSON value in valid UTF-8");
  return parser.release();
}

Result<json::object> parse_json_object(std::string_view text) {
  json::value value = TRY(parse_json(text));
  if (!value.is_object())
    return fail(ErrorCode::kInvalidArgument, "parse JSON: not an object", "send a JSON object: {…}");
  return std::move(value.get_object());
}

std::optional<std::string_view> find_string(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return text_of(value->get_string());
}

std::optional<std::int64_t> find_integer(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  json::error_code inexact;
  const auto number = value->to_number<std::int64_t>(inexact);
  if (inexact) return std::nullopt;
  return number;
}

}  // namespace stream_status
