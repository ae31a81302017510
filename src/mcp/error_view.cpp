// Errors as an agent reads them. An error that does not say what to do next costs the agent a guess, so
// what the error leaves out is filled in from its kind and the operations table.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "mcp/json_text.h"
#include "mcp/phrase.h"
#include "mcp/views.h"

namespace stream_status::mcp {
namespace {

constexpr std::size_t kMessageLimit = 1'000;  // the end of a log may be in it
constexpr std::size_t kMessageTokens = 1'200;
constexpr std::size_t kDataTokens = 3'000;
constexpr std::size_t kCallLimit = 400;
constexpr std::size_t kIdLimit = 200;

/// Texts of the operating system and of logs come as bytes; an answer must be UTF-8.
std::string readable(std::string_view text) {
  std::string clean = shorten(text, kMessageLimit);
  if (!is_utf8(clean))
    for (char& c : clean)
      if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  return shorten_to_tokens(clean, kMessageTokens);
}

const api::Argument* find_argument(const api::Operation& operation, std::string_view name) {
  for (const api::Argument& argument : operation.arguments)
    if (argument.name == name || std::count(argument.aliases.begin(), argument.aliases.end(), name) > 0)
      return &argument;
  return nullptr;
}

/// The caller's call with "…" where it has to think again: at what the message is about, and at what is
/// missing. By convention a message about an argument begins with its name and a colon.
std::string corrected_call(const api::Operation& operation, const json::object& sent, std::string_view message) {
  const std::string_view wrong = message.substr(0, message.find(':'));
  json::object arguments;
  for (const auto& [name, value] : sent)
    if (const api::Argument* argument = find_argument(operation, name); argument != nullptr && !value.is_null())
      arguments[argument->name] = argument->name == wrong ? json::value("…") : value;
  for (const api::Argument& argument : operation.arguments)
    if (argument.presence == api::Presence::kRequired && !arguments.contains(argument.name))
      arguments[argument.name] = "…";
  std::string call = call_text(operation.name, arguments);
  return call.size() <= kCallLimit ? call : fmt::format("{} with {} corrected", operation.name, one_line(wrong, 60));
}

std::string argument_names(const api::Operation& operation) {
  std::string names;
  for (const api::Argument& argument : operation.arguments) {
    if (argument.shown == api::Shown::kNotInTools) continue;
    names += fmt::format("{}{}{}", names.empty() ? "" : ", ", argument.name,
                         argument.presence == api::Presence::kRequired ? " (required)" : "");
  }
  return names.empty() ? "none" : names;
}

std::string same_call(const api::Operation& operation, const json::object& arguments) {
  std::string call = call_text(operation.name, arguments);
  return call.size() <= kCallLimit ? call : fmt::format("{} with the same arguments", operation.name);
}

std::string hint_for(const api::Operation& operation, const Error& error) {
  if (!error.hint.empty()) return readable(error.hint);
  if (is_retryable(error.code))
    return !api::is_read_only(operation.access) ? "send the same call again in a few seconds, with the same requestId"
                                                : "send the same call again in a few seconds";
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return fmt::format("arguments of {}: {}", operation.name, argument_names(operation));
    case ErrorCode::kStreamNotFound: return "list_streams names all ids";
    case ErrorCode::kStreamExists: return "choose another streamId, or update the stream that exists";
    case ErrorCode::kRevisionConflict: return "read what changed, then send your change with the current revision";
    case ErrorCode::kAlreadyClaimed: return "take another stream, or wait until it is released";
    case ErrorCode::kRequestIdReused: return "a new call needs a new requestId";
    case ErrorCode::kWorkAtRisk:
      return "commit and push what matters, or send force true: what would be lost is kept under refs/stream-status";
    default: return "run stream-status doctor to see what is in the way; stream-status logs says more";
  }
}

/// The stream that the call was about; empty when nobody says.
std::string stream_id_of(const json::object& sent, const Error& error) {
  if (const auto id = text_member(sent, "streamId"); !id.empty()) return shorten(id, kIdLimit);
  if (const auto id = text_member(sent, "id"); !id.empty()) return shorten(id, kIdLimit);
  const json::object* data = error.data.if_object();
  return data == nullptr ? "" : shorten(text_member(*data, "streamId"), kIdLimit);
}

/// A suggestion that is only a tool's name, as the caller would write the call.
std::string completed_call(std::string_view suggested, const std::string& stream_id) {
  const api::Operation* operation = api::find_operation(suggested);
  if (operation == nullptr) return readable(suggested);
  json::object arguments;
  if (!stream_id.empty() && find_argument(*operation, "streamId") != nullptr) arguments["streamId"] = stream_id;
  for (const api::Argument& argument : operation->arguments)
    if (argument.presence == api::Presence::kRequired && !arguments.contains(argument.name))
      arguments[argument.name] = "…";
  return call_text(operation->name, arguments);
}

/// Empty when no call of an agent helps.
std::string call_after(const api::Operation& operation, const json::object& sent, const Error& error) {
  const std::string stream_id = stream_id_of(sent, error);
  if (!error.suggested_call.empty()) return completed_call(error.suggested_call, stream_id);
  if (is_retryable(error.code)) return same_call(operation, sent);
  switch (error.code) {
    case ErrorCode::kInvalidArgument: return corrected_call(operation, sent, error.message);
    case ErrorCode::kStreamExists:
    case ErrorCode::kRevisionConflict:
    case ErrorCode::kAlreadyClaimed:
      return completed_call(stream_id.empty() ? "list_streams" : "get_stream", stream_id);
    case ErrorCode::kStreamNotFound: return "list_streams {}";
    case ErrorCode::kRequestIdReused: return fmt::format("{} with a new requestId", operation.name);
    default: return "";
  }
}

/// What the error carries beside its words: the stream as it is now, in the form that get_stream gives it,
/// with long texts cut; get_stream gives the whole.
void add_data(Presentation& view, json::value data) {
  if (data.is_null()) return;
  json::object* members = data.if_object();
  if (json::value* claim = members == nullptr ? nullptr : members->if_contains("claim");
      claim != nullptr && claim->is_object())
    claim->get_object().stable_erase("process");  // whose name is there
  if (json::value* stream = members == nullptr ? nullptr : members->if_contains("stream");
      stream != nullptr && stream->is_object()) {
    shorten_texts(*stream, 60);
    Presentation current = stream_view({}, stream->get_object(), kDataTokens);
    view.text.append("\nNow: ").append(current.text);
    *stream = std::move(current.structured);
  } else if (const json::value* plan = members == nullptr ? nullptr : members->if_contains("plan");
             plan != nullptr && plan->is_object()) {
    view.text += add_risks(view.structured, plan->get_object());
    return;
  } else {
    for (const std::size_t limit : {400, 40, 10})
      if (!costs_at_most(json::serialize(data), kDataTokens)) shorten_texts(data, limit);
    view.text += "\nData: ";
    append_json(view.text, data);
  }
  view.structured["data"] = std::move(data);
}

}  // namespace

Presentation present_error(const api::Operation& operation, const json::object& arguments, const Error& error) {
  const std::string_view code = error_name(error.code);
  const bool retryable = is_retryable(error.code);
  const std::string message = readable(error.message);
  const std::string hint = hint_for(operation, error);
  const std::string call = call_after(operation, arguments, error);

  Presentation view;
  view.text = fmt::format("{}: {}\nHint: {}", code, message, hint);
  if (!call.empty()) view.text += "\nNext call: " + call;
  view.text += retryable ? "\nRetryable: yes" : "\nRetryable: no";
  view.structured = {{"code", code}, {"message", message}, {"retryable", retryable}, {"hint", hint}};
  view.structured["suggestedCall"] = call.empty() ? json::value(nullptr) : json::value(call);
  add_data(view, error.data);
  return view;
}

}  // namespace stream_status::mcp
