#include "mcp/message.h"

#include <fmt/format.h>

#include <cmath>

#include "mcp/json_text.h"

namespace stream_status::mcp {
namespace {

constexpr std::string_view kHead = R"({"jsonrpc":"2.0","id":)";

Malformed invalid(RpcId id, std::string problem) {
  return {std::move(id), RpcCode::kInvalidRequest, std::move(problem)};
}

/// The request or notification that `object` is, once everything around params is known to be right.
Incoming take_call(std::optional<RpcId> id, std::string method, json::object& object) {
  json::object params;
  if (json::value* found = object.if_contains("params"); found != nullptr && !found->is_null()) {
    if (!found->is_object()) {
      if (!id) return Notification{std::move(method), {}};
      return Malformed{std::move(*id), RpcCode::kInvalidParams, "params must be an object"};
    }
    params = std::move(found->get_object());
  }
  if (!id) return Notification{std::move(method), std::move(params)};
  return Request{std::move(*id), std::move(method), std::move(params)};
}

}  // namespace

RpcId null_id() { return {"null"}; }

std::optional<RpcId> read_id(const json::value& value) {
  if (value.is_double()) {
    constexpr double kExact = 9007199254740992.0;  // 2^53
    const double number = value.get_double();
    if (std::trunc(number) != number || std::abs(number) > kExact) return std::nullopt;
    return RpcId{std::to_string(static_cast<std::int64_t>(number))};
  }
  if (!value.is_string() && !value.is_int64() && !value.is_uint64()) return std::nullopt;
  RpcId id;
  append_json(id.json, value);
  return id;
}

Incoming read_message(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());

  Result<json::value> parsed = parse_json(text);
  if (!parsed)
    return Malformed{null_id(), RpcCode::kParseError,
                     fmt::format("{}; {}", parsed.error().message, "send one JSON-RPC message in valid UTF-8")};
  if (parsed->is_array()) return invalid(null_id(), "batches are not supported; send each message on its own");
  if (!parsed->is_object()) return invalid(null_id(), "a message must be a JSON object");

  json::object& object = parsed->get_object();
  const json::value* method = object.if_contains("method");
  if (method == nullptr && (object.contains("result") || object.contains("error"))) {
    Response response;
    if (const json::value* id = object.if_contains("id")) response.id = read_id(*id);
    if (json::value* result = object.if_contains("result")) response.result = std::move(*result);
    return response;
  }

  std::optional<RpcId> id;
  if (const json::value* found = object.if_contains("id")) {
    id = read_id(*found);
    if (!id) return invalid(null_id(), "id must be a string or a whole number");
  }
  const auto known_id = [&] { return id.value_or(null_id()); };
  if (find_string(object, "jsonrpc") != "2.0") return invalid(known_id(), R"(jsonrpc must be "2.0")");
  if (method == nullptr || !method->is_string()) return invalid(known_id(), "method must be a string");

  std::string name(text_of(method->get_string()));
  return take_call(std::move(id), std::move(name), object);
}

std::string write_notification(std::string_view method, std::string_view params) {
  std::string message = R"({"jsonrpc":"2.0","method":)";
  append_json_string(message, method);
  return message.append(R"(,"params":)").append(params).append("}");
}

std::string write_request(const RpcId& id, std::string_view method, const json::object& params) {
  std::string message = fmt::format(R"({}{},"method":)", kHead, id.json);
  append_json_string(message, method);
  message += R"(,"params":)";
  append_json(message, params);
  return message += "}";
}

std::string write_result(const RpcId& id, std::string_view result) {
  constexpr std::string_view kResult = R"(,"result":)";
  std::string message;
  message.reserve(kHead.size() + id.json.size() + kResult.size() + result.size() + 1);
  message.append(kHead).append(id.json).append(kResult).append(result).push_back('}');
  return message;
}

std::string write_error(const RpcId& id, RpcCode code, std::string_view text, const json::value& data) {
  std::string message = fmt::format(R"({}{},"error":{{"code":{},"message":)", kHead, id.json, static_cast<int>(code));
  append_json_string(message, text);
  if (!data.is_null()) {
    message += R"(,"data":)";
    append_json(message, data);
  }
  return message += "}}";
}

}  // namespace stream_status::mcp
