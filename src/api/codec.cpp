#include "api/codec.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.h"

namespace stream_status::api {
namespace {

using namespace domain;

json::array to_json(const std::vector<std::string>& texts) {
  json::array array;
  array.reserve(texts.size());
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

json::array to_json(const std::vector<StreamId>& ids) {
  json::array array;
  array.reserve(ids.size());
  for (const StreamId& id : ids) array.emplace_back(id.text);
  return array;
}

json::array to_json(const std::vector<int>& indices) { return json::array(indices.begin(), indices.end()); }

json::value to_json(const std::optional<WallTime>& time) {
  return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

json::object to_json(const RecentActivity& recent) {
  return {{"lastCommit", text_or_null(recent.last_commit)},
          {"lastCommitTime", to_json(recent.last_commit_time)},
          {"filesChanged", recent.files_changed}};
}

json::object to_json(const Details& details) {
  json::object object;
  if (details.number) object["streamNumber"] = *details.number;
  if (details.title) object["title"] = *details.title;
  if (details.category) object["category"] = *details.category;
  if (details.priority) object["priority"] = name_of(*details.priority);
  if (details.worktree_path) object["worktreePath"] = text_or_null(*details.worktree_path);
  if (details.branch) object["branch"] = text_or_null(*details.branch);
  if (details.phases) object["phases"] = to_json(*details.phases);
  if (details.goal) object["goal"] = text_or_null(*details.goal);
  return object;
}

tl::unexpected<Error> bad(std::string_view field) {
  return fail(ErrorCode::kInternal, fmt::format("read a stored value: {}: missing or of the wrong type", field));
}

/// Reads members of one stored object; a missing or null text is empty.
class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  std::string text(std::string_view key) const { return std::string(find_string(object_, key).value_or("")); }
  std::int64_t integer(std::string_view key) const { return find_integer(object_, key).value_or(0); }
  std::optional<WallTime> time(std::string_view key) const { return parse_rfc3339(text(key)); }

  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> list;
    const json::value* value = object_.if_contains(key);
    if (value == nullptr || !value->is_array()) return list;
    for (const json::value& item : value->get_array())
      if (item.is_string()) list.emplace_back(text_of(item.get_string()));
    return list;
  }

  const json::value* find(std::string_view key) const { return object_.if_contains(key); }

 private:
  const json::object& object_;
};

RecentActivity recent_from_json(const json::value* value) {
  if (value == nullptr || !value->is_object()) return {};
  const Reader activity(value->get_object());
  return {activity.text("lastCommit"), activity.time("lastCommitTime"), activity.integer("filesChanged")};
}

std::vector<StreamId> to_ids(std::vector<std::string> texts) {
  std::vector<StreamId> ids;
  ids.reserve(texts.size());
  for (std::string& text : texts) ids.push_back({std::move(text)});
  return ids;
}

Details details_from_json(const json::object& object) {
  const Reader read(object);
  Details details;
  const auto take_text = [&](std::string_view key, std::optional<std::string>& field) {
    if (read.find(key) != nullptr) field = read.text(key);
  };
  take_text("streamNumber", details.number);
  take_text("title", details.title);
  take_text("category", details.category);
  if (read.find("priority") != nullptr) details.priority = parse_priority(read.text("priority"));
  take_text("worktreePath", details.worktree_path);
  take_text("branch", details.branch);
  if (read.find("phases") != nullptr) details.phases = read.texts("phases");
  take_text("goal", details.goal);
  return details;
}

/// Absent for anything that is no claim.
std::optional<Claim> claim_from_json(const json::value* value) {
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const Reader read(value->get_object());
  const auto since = read.time("since");
  if (!since) return std::nullopt;
  return Claim{{read.text("agent")}, read.text("process"), *since};
}

std::optional<Question> question_from_json(const json::value* value) {
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const Reader read(value->get_object());
  const auto asked = read.time("askedAt");
  if (!asked) return std::nullopt;
  return Question{read.text("text"), read.texts("choices"), {read.text("asker")}, *asked};
}

/// Ascending, each once; what is none is left out.
std::vector<int> indices_from_json(const json::value* value) {
  std::vector<int> indices;
  if (value == nullptr || !value->is_array()) return indices;
  for (const json::value& item : value->get_array())
    if (item.is_int64() && item.get_int64() >= 0 && item.get_int64() < kPhaseLimit)
      indices.push_back(static_cast<int>(item.get_int64()));
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

}  // namespace

json::object to_json(const Question& question) {
  return {{"text", question.text},
          {"choices", to_json(question.choices)},
          {"asker", text_or_null(question.asker.text)},
          {"askedAt", format_rfc3339(question.asked_at)}};
}

json::object to_json(const Claim& claim) {
  return {
      {"agent", claim.agent.text}, {"process", text_or_null(claim.process)}, {"since", format_rfc3339(claim.since)}};
}

json::object to_json(const Stream& stream) {
  json::object object;
  object.reserve(25);
  object["id"] = stream.id.text;
  object["streamNumber"] = stream.number;
  object["title"] = stream.title;
  object["category"] = stream.category;
  object["priority"] = name_of(stream.priority);
  object["status"] = name_of(stream.status);
  object["progress"] = stream.progress;
  object["currentPhase"] = stream.current_phase;
  object["phases"] = to_json(stream.phases);
  object["completedPhases"] = to_json(stream.completed_phases);
  object["worktreePath"] = text_or_null(stream.worktree_path);
  object["branch"] = text_or_null(stream.branch);
  object["blockedBy"] = stream.blockers.empty() ? json::value(nullptr) : json::value(stream.blockers.front().text);
  object["blockers"] = to_json(stream.blockers);
  object["createdAt"] = format_rfc3339(stream.created_at);
  object["updatedAt"] = format_rfc3339(stream.updated_at);
  object["completedAt"] = to_json(stream.completed_at);
  object["revision"] = stream.revision;
  object["claim"] = stream.claim ? json::value(to_json(*stream.claim)) : json::value(nullptr);
  object["goal"] = text_or_null(stream.goal);
  object["lastNote"] = text_or_null(stream.last_note);
  object["question"] = stream.question ? json::value(to_json(*stream.question)) : json::value(nullptr);
  object["recentActivity"] = to_json(stream.recent);
  return object;
}

json::object to_json(const Commit& commit) {
  return {{"id", std::to_string(commit.id)},
          {"streamId", commit.stream_id.text},
          {"commitHash", commit.hash},
          {"message", commit.message},
          {"author", commit.author},
          {"filesChanged", commit.files_changed},
          {"insertions", commit.insertions},
          {"deletions", commit.deletions},
          {"timestamp", format_rfc3339(commit.timestamp)},
          {"revision", commit.revision}};
}

json::object to_json(const Stats& stats) {
  return {{"activeStreams", stats.active_streams},
          {"inProgress", stats.in_progress},
          {"blocked", stats.blocked},
          {"readyToStart", stats.ready_to_start},
          {"completedToday", stats.completed_today},
          {"totalCommits", stats.total_commits},
          {"commitsToday", stats.commits_today}};
}

Result<Commit> commit_from_json(const json::value& value) {
  if (!value.is_object()) return bad("commit");
  const Reader read(value.get_object());
  const auto timestamp = read.time("timestamp");
  if (!timestamp) return bad("timestamp");
  Commit commit;
  const std::string id = read.text("id");
  commit.id = id.empty() ? 0 : std::strtoll(id.c_str(), nullptr, 10);
  commit.stream_id.text = read.text("streamId");
  commit.hash = read.text("commitHash");
  commit.message = read.text("message");
  commit.author = read.text("author");
  commit.files_changed = read.integer("filesChanged");
  commit.insertions = read.integer("insertions");
  commit.deletions = read.integer("deletions");
  commit.timestamp = *timestamp;
  commit.revision = read.integer("revision");
  return commit;
}

Result<Stream> stream_from_json(const json::value& value) {
  if (!value.is_object()) return bad("stream");
  const Reader read(value.get_object());
  const auto status = parse_status(read.text("status"));
  const auto priority = parse_priority(read.text("priority"));
  const auto created = read.time("createdAt");
  const auto updated = read.time("updatedAt");
  if (!status) return bad("status");
  if (!priority) return bad("priority");
  if (!created) return bad("createdAt");
  if (!updated) return bad("updatedAt");
  Stream stream;
  stream.id.text = read.text("id");
  stream.number = read.text("streamNumber");
  stream.title = read.text("title");
  stream.category = read.text("category");
  stream.priority = *priority;
  stream.status = *status;
  stream.progress = static_cast<int>(read.integer("progress"));
  stream.current_phase = static_cast<int>(read.integer("currentPhase"));
  stream.phases = read.texts("phases");
  stream.completed_phases = indices_from_json(read.find("completedPhases"));
  stream.worktree_path = read.text("worktreePath");
  stream.branch = read.text("branch");
  stream.blockers = to_ids(read.texts("blockers"));
  stream.claim = claim_from_json(read.find("claim"));
  stream.goal = read.text("goal");
  stream.last_note = read.text("lastNote");
  stream.question = question_from_json(read.find("question"));
  stream.created_at = *created;
  stream.updated_at = *updated;
  stream.completed_at = read.time("completedAt");
  stream.revision = read.integer("revision");
  stream.recent = recent_from_json(read.find("recentActivity"));
  return stream;
}

EncodedChange encode(const Change& change) {
  const auto text = [](const json::value& value) { return json::serialize(value); };
  return std::visit(
      Overloaded{
          [&](const Created& c) {
            return EncodedChange{"null", text(to_json(c.stream))};
          },
          [&](const StatusChanged& c) {
            return EncodedChange{text(json::value(name_of(c.from))), text(json::value(name_of(c.to)))};
          },
          [&](const ProgressChanged& c) {
            return EncodedChange{std::to_string(c.from), std::to_string(c.to)};
          },
          [&](const PhaseChanged& c) {
            return EncodedChange{std::to_string(c.from), std::to_string(c.to)};
          },
          [&](const PhasesCompleted& c) {
            return EncodedChange{text(to_json(c.from)), text(to_json(c.to))};
          },
          [&](const NoteAdded& c) {
            return EncodedChange{"null", text(json::value(c.text))};
          },
          [&](const BlockersChanged& c) {
            return EncodedChange{text(to_json(c.from)), text(to_json(c.to))};
          },
          [&](const CommitAdded& c) {
            return EncodedChange{"null", text(to_json(c.commit))};
          },
          [&](const CommitRemoved& c) {
            return EncodedChange{text(to_json(c.commit)), text(json::object{{"recentActivity", to_json(c.recent)}})};
          },
          [&](const DetailsChanged& c) {
            return EncodedChange{text(to_json(c.from)), text(to_json(c.to))};
          },
          [&](const Claimed& c) {
            return EncodedChange{c.from ? text(to_json(*c.from)) : "null", text(to_json(c.to))};
          },
          [&](const Released& c) {
            return EncodedChange{text(to_json(c.from)), "null"};
          },
          [&](const QuestionChanged& c) {
            return EncodedChange{c.from ? text(to_json(*c.from)) : "null", c.to ? text(to_json(*c.to)) : "null"};
          },
          [&](const QuestionAnswered& c) {
            return EncodedChange{text(to_json(c.question)), text(json::value(c.answer))};
          },
          [&](const Baseline& c) {
            return EncodedChange{"null", text(to_json(c.stream))};
          },
      },
      change);
}

Result<Change> decode(std::string_view type, std::string_view old_value, std::string_view new_value) {
  const json::value before = TRY(parse_json(old_value));
  const json::value after = TRY(parse_json(new_value));
  const auto status = [](const json::value& value) {
    return value.is_string() ? parse_status(text_of(value.get_string())) : std::nullopt;
  };
  const auto texts = [](const json::value& value) {
    return to_ids(Reader(json::object{{"list", value}}).texts("list"));
  };
  const auto number = [](const json::value& value) {
    return value.is_int64() ? static_cast<int>(value.get_int64()) : 0;
  };

  if (type == "baseline") return Baseline{TRY(stream_from_json(after))};
  if (type == "created") return Created{TRY(stream_from_json(after))};
  if (type == "status_changed" || type == "completed" || type == "archived" || type == "unretired") {
    const auto from = status(before);
    const auto to = status(after);
    if (!from || !to) return bad("status");
    return StatusChanged{*from, *to};
  }
  if (type == "progress_updated") return ProgressChanged{number(before), number(after)};
  if (type == "phase_changed") return PhaseChanged{number(before), number(after)};
  if (type == "phase_completed" || type == "phase_reopened")
    return PhasesCompleted{indices_from_json(&before), indices_from_json(&after)};
  if (type == "question_asked" || type == "question_withdrawn")
    return QuestionChanged{question_from_json(&before), question_from_json(&after)};
  if (type == "question_answered" && after.is_string())
    if (auto question = question_from_json(&before))
      return QuestionAnswered{*std::move(question), std::string(text_of(after.get_string()))};
  if (type == "note" && after.is_string()) return NoteAdded{std::string(text_of(after.get_string()))};
  if (type == "blockers_changed") return BlockersChanged{texts(before), texts(after)};
  if (type == "commit_added") return CommitAdded{TRY(commit_from_json(after))};
  if (type == "commit_removed" && after.is_object())
    return CommitRemoved{TRY(commit_from_json(before)),
                         recent_from_json(after.get_object().if_contains("recentActivity"))};
  if (type == "claimed" || type == "released") {
    const auto from = claim_from_json(&before);
    const auto to = claim_from_json(&after);
    if (type == "claimed" && to) return Claimed{from, *to};
    if (type == "released" && from) return Released{*from};
    return bad(type);
  }
  if (type == "details_changed" && before.is_object() && after.is_object())
    return DetailsChanged{details_from_json(before.get_object()), details_from_json(after.get_object())};
  return bad(type);
}

}  // namespace stream_status::api
