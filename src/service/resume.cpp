// get_stream without an id, "where was I?": the stream of the caller's worktree with what somebody who comes to it
// without a memory needs: the next step, what is in the way, notes, commits, what is not committed, who is near.

#include <fmt/format.h>

#include "api/codec.h"
#include "base/text.h"
#include "service/find_stream.h"
#include "service/work_handlers.h"

namespace stream_status::service {
namespace {

using domain::Stream;

constexpr std::int64_t kEventsRead = 200;  ///< of the history: notes further back are told by it alone
constexpr std::size_t kNotes = 5;
constexpr std::int64_t kCommits = 5;

/// What people and agents left to remember, newest first.
Result<json::array> notes_of(store::Reader& reader, const Stream& stream) {
  json::array notes;
  const store::HistoryPage page = TRY(reader.history(stream.id, std::nullopt, kEventsRead));
  for (const store::EventRow& event : page.events) {
    if (notes.size() == kNotes) break;
    const domain::Change change = TRY(api::decode(event.type, event.old_value, event.new_value));
    std::string text;
    if (const auto* note = std::get_if<domain::NoteAdded>(&change))
      text = note->text;
    else if (const auto* answered = std::get_if<domain::QuestionAnswered>(&change))
      text = fmt::format("{} → {}", answered->question.text, answered->answer);
    else
      continue;
    notes.push_back(json::object{{"text", std::move(text)},
                                 {"type", event.type},
                                 {"agent", text_or_null(event.agent.text)},
                                 {"timestamp", format_rfc3339(event.at)}});
  }
  return notes;
}

Result<json::array> commits_of(store::Reader& reader, const Stream& stream) {
  json::array commits;
  for (const domain::Commit& commit : TRY(reader.list_commits(stream.id, kCommits, 0)).commits)
    commits.push_back(json::object{
        {"commitHash", commit.hash}, {"message", commit.message}, {"timestamp", format_rfc3339(commit.timestamp)}});
  return commits;
}

struct Obstacles {
  json::array shown;  ///< {streamId, title, status, progress} of those that are open
  std::string names;
};

Result<Obstacles> obstacles_of(store::Reader& reader, const Stream& stream) {
  Obstacles obstacles;
  for (const StreamId& id : stream.blockers) {
    const auto blocker = TRY(reader.find_stream(id));
    if (!blocker || !domain::is_open(blocker->status)) continue;
    obstacles.shown.push_back(json::object{{"streamId", id.text},
                                           {"title", blocker->title},
                                           {"status", domain::name_of(blocker->status)},
                                           {"progress", blocker->progress}});
    obstacles.names += (obstacles.names.empty() ? "" : ", ") + id.text;
  }
  return obstacles;
}

bool contains(const json::array& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const json::value& each) { return each.is_string() && text_of(each.get_string()) == name; });
}

/// Who else changes files of this stream, from an answer of check_conflicts.
Result<json::array> neighbours_of(store::Reader& reader, const Stream& stream, const json::object& conflicts) {
  json::array neighbours;
  for (const json::value& each : conflicts.at("pairs").as_array()) {
    const json::object& pair = each.as_object();
    const bool is_first = pair.at("a") == json::value(stream.id.text);
    const StreamId other{std::string(text_of(pair.at(is_first ? "b" : "a").as_string()))};
    const auto found = TRY(reader.find_stream(other));
    json::array files = pair.at("files").as_array();
    for (const json::value& file : pair.at("uncommittedFiles").as_array())
      if (!contains(files, text_of(file.as_string()))) files.push_back(file);
    const bool is_held = found && found->claim;
    neighbours.push_back(json::object{{"streamId", other.text},
                                      {"agent", is_held ? json::value(found->claim->agent.text) : json::value(nullptr)},
                                      {"state", pair.at("state")},
                                      {"files", std::move(files)}});
  }
  return neighbours;
}

/// Files of the stream's worktree that are not committed; null where git does not tell.
json::value uncommitted_of(const Stream& stream, const json::object& conflicts) {
  for (const json::value& each : conflicts.at("streams").as_array())
    if (each.at("streamId") == json::value(stream.id.text)) return each.at("uncommitted");
  return nullptr;
}

/// One sentence for whoever goes on.
std::string next_step(const Stream& stream, const Caller& caller, const Leases& leases, const Obstacles& obstacles,
                      bool is_clean) {
  if (!domain::is_open(stream.status)) return fmt::format("it is {}", domain::name_of(stream.status));
  if (stream.claim && !leases.holds(caller, *stream.claim) && !leases.has_run_out(*stream.claim))
    return fmt::format("{} holds it: ask, or take another with claim_stream", stream.claim->agent.text);
  if (stream.question) return "wait for the answer with wait_for_change, or go on without it";
  if (!obstacles.names.empty()) return fmt::format("wait until {} is done: wait_for_change", obstacles.names);
  if (!stream.claim || !leases.holds(caller, *stream.claim)) return "claim it: claim_stream";
  const auto current = static_cast<std::size_t>(stream.current_phase);
  const bool all_done = !stream.phases.empty() && stream.completed_phases.size() == stream.phases.size();
  if (!is_clean) return "commit what is not committed, then add_commit";
  if (all_done || stream.progress == 100) return "if it is done: update_stream with status completed";
  if (current < stream.phases.size())
    return fmt::format("go on with phase {} of {}, {}; then update_stream with completePhase", current + 1,
                       stream.phases.size(), stream.phases[current]);
  return "go on; update_stream with progress and notes";
}

Result<Stream> find_own_stream(WorkContext& context) {
  if (!context.caller.worktree.empty())
    if (auto stream = TRY(context.reader.find_stream_of_worktree(context.caller.worktree))) return *std::move(stream);
  // In no worktree of a stream: what the caller holds, if it holds anything.
  store::StreamFilter held;
  held.holder = context.caller.agent;
  held.limit = 1;
  if (!context.caller.agent.text.empty())
    if (auto page = TRY(context.reader.list_streams(held)); !page.streams.empty()) return page.streams.front();
  Error error{ErrorCode::kStreamNotFound,
              context.caller.worktree.empty()
                  ? "find your stream: the caller's worktree is not known"
                  : fmt::format("find your stream: no open stream has the worktree {}", context.caller.worktree)};
  error.hint = "claim_stream takes the most urgent that is ready; add_stream starts one here";
  error.suggested_call = "list_streams";
  return tl::make_unexpected(std::move(error));
}

}  // namespace

Result<Outcome> resume(WorkContext& context, const api::Arguments&) {
  const Stream stream = TRY(find_own_stream(context));
  json::object body = context.leases->describe(stream);
  Obstacles obstacles = TRY(obstacles_of(context.reader, stream));
  json::value uncommitted;
  json::array neighbours;
  const auto asked =
      api::Arguments::bind(api::operation(api::OperationId::kCheckConflicts), {{"streamId", stream.id.text}});
  // Without git there is nothing to tell of files; the rest is as true.
  if (const auto conflicts = asked ? check_conflicts(context, *asked) : tl::make_unexpected(asked.error())) {
    uncommitted = uncommitted_of(stream, conflicts->body);
    neighbours = TRY(neighbours_of(context.reader, stream, conflicts->body));
  }
  const bool is_clean = !uncommitted.is_array() || uncommitted.get_array().empty();
  body["nextStep"] = next_step(stream, context.caller, *context.leases, obstacles, is_clean);
  body["waitsFor"] = std::move(obstacles.shown);
  body["notes"] = TRY(notes_of(context.reader, stream));
  body["commits"] = TRY(commits_of(context.reader, stream));
  body["uncommitted"] = std::move(uncommitted);
  body["sharedFiles"] = std::move(neighbours);
  return Outcome{std::move(body)};
}

}  // namespace stream_status::service
