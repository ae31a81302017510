#include "service/transfer_lines.h"

#include <fmt/format.h>

#include <array>

#include "api/codec.h"
#include "service/handlers.h"

namespace stream_status::service {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"open", "done", "failed"};

std::string line(std::string_view kind, std::string_view member, const json::object& value) {
  return fmt::format(R"({{"kind":"{}","{}":{}}})", kind, member, json::serialize(value));
}

tl::unexpected<Error> bad(std::string_view field, std::string_view wanted) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {} is required", field, wanted));
}

Result<WallTime> time_field(const json::object& object, std::string_view field) {
  const auto time = parse_rfc3339(find_string(object, field).value_or(""));
  if (!time) return bad(field, "an RFC 3339 time");
  return *time;
}

Result<const json::object*> object_field(const json::object& object, std::string_view field) {
  const json::value* value = object.if_contains(field);
  if (value == nullptr || !value->is_object()) return bad(field, "an object");
  return &value->get_object();
}

/// Any JSON, as text.
Result<std::string> json_field(const json::object& object, std::string_view field) {
  const json::value* value = object.if_contains(field);
  if (value == nullptr) return bad(field, "a value");
  return json::serialize(*value);
}

/// The codec reads what was written by us, and forgives; what comes from outside must come out as it went in.
template <class T, class Decode>
Result<T> decoded(const json::object& object, std::string_view field, Decode decode) {
  auto value = decode(json::value(object));
  if (!value) return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", field, value.error().message));
  const json::object again = api::to_json(*value);
  for (const auto& [name, wanted] : again) {
    const json::value* found = object.if_contains(name);
    if (found == nullptr || *found != wanted)
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}.{}: {} is not a value that it can have", field, std::string_view(name),
                              found == nullptr ? std::string("nothing") : json::serialize(*found)));
  }
  return std::move(*value);
}

}  // namespace

Result<std::string> text_field(const json::object& object, std::string_view field) {
  const auto text = find_string(object, field);
  if (!text) return bad(field, "a text");
  return std::string(*text);
}

Result<std::int64_t> number_field(const json::object& object, std::string_view field) {
  const auto number = find_integer(object, field);
  if (!number || *number < 0) return bad(field, "a whole number from 0 on");
  return *number;
}

std::string line_of(const store::EventRow& event) {
  std::string text = fmt::format(R"({{"kind":"event","previous":{},"event":)", event.previous);
  append_event_json(text, event);
  return text + "}";
}

std::string line_of(const domain::Stream& stream) { return line("stream", "stream", api::to_json(stream)); }
std::string line_of(const domain::Commit& commit) { return line("commit", "commit", api::to_json(commit)); }

std::string line_of(const store::ScanRow& scan) {
  return line("scan", "scan",
              {{"streamId", scan.stream_id.text},
               {"branch", scan.branch},
               {"tip", scan.tip},
               {"timestamp", format_rfc3339(scan.at)}});
}

std::string line_of(const store::IntentRow& intent) {
  return line("intent", "intent",
              {{"name", intent.kind},
               {"streamId", intent.stream_id.text},
               {"payload", intent.payload},
               {"state", kStates[static_cast<std::size_t>(intent.state)]},
               {"attempts", intent.attempts},
               {"error", intent.error},
               {"due", format_rfc3339(intent.due)}});
}

Result<store::EventRow> event_of(const json::object& object) {
  const json::object& fields = *TRY(object_field(object, "event"));
  store::EventRow event;
  event.previous = TRY(number_field(object, "previous"));
  event.revision = TRY(number_field(fields, "revision"));
  event.stream_id.text = TRY(text_field(fields, "streamId"));
  event.type = TRY(text_field(fields, "type"));
  event.old_value = TRY(json_field(fields, "oldValue"));
  event.new_value = TRY(json_field(fields, "newValue"));
  event.agent.text = TRY(text_field(fields, "agent"));
  event.at = TRY(time_field(fields, "timestamp"));
  return event;
}

Result<domain::Stream> stream_of(const json::object& object) {
  return decoded<domain::Stream>(*TRY(object_field(object, "stream")), "stream", api::stream_from_json);
}

Result<domain::Commit> commit_of(const json::object& object) {
  return decoded<domain::Commit>(*TRY(object_field(object, "commit")), "commit", api::commit_from_json);
}

Result<store::ScanRow> scan_of(const json::object& object) {
  const json::object& fields = *TRY(object_field(object, "scan"));
  store::ScanRow scan;
  scan.stream_id.text = TRY(text_field(fields, "streamId"));
  scan.branch = TRY(text_field(fields, "branch"));
  scan.tip = TRY(text_field(fields, "tip"));
  scan.at = TRY(time_field(fields, "timestamp"));
  return scan;
}

Result<store::IntentRow> intent_of(const json::object& object) {
  const json::object& fields = *TRY(object_field(object, "intent"));
  store::IntentRow intent;
  intent.kind = TRY(text_field(fields, "name"));
  intent.stream_id.text = TRY(text_field(fields, "streamId"));
  intent.payload = TRY(text_field(fields, "payload"));
  if (!parse_json_object(intent.payload)) return bad("intent.payload", "a JSON object, as text,");
  const std::string state = TRY(text_field(fields, "state"));
  const auto* const known = std::find(kStates.begin(), kStates.end(), state);
  if (known == kStates.end()) return bad("intent.state", "open, done or failed");
  intent.state = static_cast<store::IntentState>(known - kStates.begin());
  intent.attempts = TRY(number_field(fields, "attempts"));
  intent.error = TRY(text_field(fields, "error"));
  intent.due = TRY(time_field(fields, "due"));
  // A server carries out what is open before its first call: files of this machine would be changed unasked.
  if (intent.state == store::IntentState::kOpen) {
    intent.state = store::IntentState::kFailed;
    intent.error = "open when it was exported";
  }
  return intent;
}

void LineSum::add(std::string_view line) {
  ::SHA256Update(&context_, reinterpret_cast<const std::uint8_t*>(line.data()), line.size());
  ::SHA256Update(&context_, reinterpret_cast<const std::uint8_t*>("\n"), 1);
}

std::string LineSum::hex() {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> text;
  ::SHA256End(&context_, text.data());
  return text.data();
}

}  // namespace stream_status::service
