#include "store/sqlite/rows.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json.h"

namespace stream_status::store {
namespace {

std::optional<WallTime> read_time(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}

std::vector<std::string> parse_texts(std::string_view text) {
  std::vector<std::string> texts;
  if (text == "[]") return texts;
  const auto value = parse_json(text);
  if (!value || !value->is_array()) return texts;
  for (const json::value& item : value->get_array())
    if (item.is_string()) texts.emplace_back(text_of(item.get_string()));
  return texts;
}

std::vector<int> parse_indices(std::string_view text) {
  std::vector<int> indices;
  if (text == "[]") return indices;
  const auto value = parse_json(text);
  if (!value || !value->is_array()) return indices;
  for (const json::value& item : value->get_array())
    if (item.is_int64()) indices.push_back(static_cast<int>(item.get_int64()));
  return indices;
}

template <class Items, class TextOf>
std::string join_json(const Items& items, TextOf text_of_item) {
  if (items.empty()) return "[]";
  json::array array;
  for (const auto& item : items) array.emplace_back(text_of_item(item));
  return json::serialize(array);
}

}  // namespace

Result<StreamRow> read_stream(const Statement& row) {
  const auto priority = domain::parse_priority(row.text(5));
  const auto status = domain::parse_status(row.text(6));
  if (!priority || !status)
    return fail(ErrorCode::kStorageFailed,
                fmt::format("read stream {}: unknown status or priority in the database", row.text(1)),
                "was it changed by hand? see 'stream-status doctor'");
  StreamRow result;
  result.position = row.integer(0);
  domain::Stream& stream = result.stream;
  stream.id.text = row.text(1);
  stream.number = row.text(2);
  stream.title = row.text(3);
  stream.category = row.text(4);
  stream.priority = *priority;
  stream.status = *status;
  stream.progress = static_cast<int>(row.integer(7));
  stream.current_phase = static_cast<int>(row.integer(8));
  stream.phases = parse_texts(row.text(9));
  stream.worktree_path = row.text(10);
  stream.branch = row.text(11);
  for (std::string& id : parse_texts(row.text(12))) stream.blockers.push_back({std::move(id)});
  stream.goal = row.text(13);
  stream.last_note = row.text(14);
  stream.created_at = from_unix_ms(row.integer(15));
  stream.updated_at = from_unix_ms(row.integer(16));
  stream.completed_at = read_time(row, 17);
  stream.revision = row.integer(18);
  stream.recent = {std::string(row.text(19)), read_time(row, 20), row.integer(21)};
  result.open_blockers = row.integer(22);
  if (const auto since = read_time(row, 25))
    stream.claim = domain::Claim{{std::string(row.text(23))}, std::string(row.text(24)), *since};
  stream.completed_phases = parse_indices(row.text(26));
  if (const auto asked = read_time(row, 30))
    stream.question =
        domain::Question{std::string(row.text(27)), parse_texts(row.text(28)), {std::string(row.text(29))}, *asked};
  return result;
}

domain::Commit read_commit(const Statement& row) {
  domain::Commit commit;
  commit.id = row.integer(0);
  commit.stream_id.text = row.text(1);
  commit.hash = row.text(2);
  commit.message = row.text(3);
  commit.author = row.text(4);
  commit.files_changed = row.integer(5);
  commit.insertions = row.integer(6);
  commit.deletions = row.integer(7);
  commit.timestamp = from_unix_ms(row.integer(8));
  commit.revision = row.integer(9);
  return commit;
}

EventRow read_event(const Statement& row) {
  EventRow event;
  event.revision = row.integer(0);
  event.previous = row.integer(1);
  event.stream_id.text = row.text(2);
  event.type = row.text(3);
  event.old_value = row.text(4);
  event.new_value = row.text(5);
  event.agent.text = row.text(6);
  event.at = from_unix_ms(row.integer(7));
  return event;
}

namespace {
constexpr std::array<std::string_view, 3> kIntentStates = {"open", "done", "failed"};
}

std::string_view name_of(IntentState state) { return kIntentStates[static_cast<std::size_t>(state)]; }

IntentRow read_intent(const Statement& row) {
  IntentRow intent;
  intent.id = row.integer(0);
  intent.kind = row.text(1);
  intent.stream_id.text = row.text(2);
  intent.payload = row.text(3);
  const auto state = std::find(kIntentStates.begin(), kIntentStates.end(), row.text(4));
  intent.state =
      state == kIntentStates.end() ? IntentState::kFailed : static_cast<IntentState>(state - kIntentStates.begin());
  intent.attempts = row.integer(5);
  intent.error = row.text(6);
  intent.due = from_unix_ms(row.integer(7));
  return intent;
}

std::string to_json_text(const std::vector<std::string>& texts) {
  return join_json(texts, [](const std::string& text) { return json::value(text); });
}

std::string to_json_text(const std::vector<StreamId>& ids) {
  return join_json(ids, [](const StreamId& id) { return json::value(id.text); });
}

std::string to_json_text(const std::vector<int>& indices) {
  return join_json(indices, [](int index) { return json::value(index); });
}

domain::Message read_message(const Statement& row) {
  domain::Message message;
  message.id = row.integer(0);
  message.recipient.text = row.text(1);
  message.sender.text = row.text(2);
  message.kind = domain::parse_message_kind(row.text(3));
  message.stream_id.text = row.text(4);
  message.text = row.text(5);
  message.handed_to = row.text(6);
  message.at = from_unix_ms(row.integer(7));
  return message;
}

std::string prefix_end(const std::string& prefix) { return prefix + '\xff'; }

}  // namespace stream_status::store
