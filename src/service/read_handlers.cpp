// Handlers that only read.

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "api/codec.h"
#include "api/wire.h"
#include "base/release.h"
#include "service/dependencies.h"
#include "service/find_stream.h"
#include "service/handlers.h"

namespace stream_status::service {
namespace {

/// A cursor is the position or revision that the page before ended at.
Result<std::optional<std::int64_t>> read_cursor(const api::Arguments& arguments) {
  const auto text = arguments.text("cursor");
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (failure != std::errc{} || end != text->data() + text->size() || value < 1)
    return fail(ErrorCode::kInvalidArgument, fmt::format("cursor: \"{}\" is not one of ours", *text),
                "send nextCursor of the page before, or leave it out for the first page");
  return value;
}

/// Number and title of the streams that a page of commits belongs to, each looked up once.
class StreamNames {
 public:
  explicit StreamNames(store::Reader& reader) : reader_(reader) {}

  Result<void> add_to(json::object& commit, const StreamId& id) {
    auto known = streams_.find(id.text);
    if (known == streams_.end()) known = streams_.emplace(id.text, TRY(reader_.find_stream(id))).first;
    const std::optional<domain::Stream>& stream = known->second;
    commit["streamNumber"] = stream ? json::value(stream->number) : json::value(nullptr);
    commit["streamTitle"] = stream ? json::value(stream->title) : json::value(nullptr);
    return {};
  }

 private:
  store::Reader& reader_;
  std::map<std::string, std::optional<domain::Stream>, std::less<>> streams_;
};

Result<json::object> describe(ReadContext& context, const domain::Stream& stream) {
  json::object body = context.leases.describe(stream);
  TRY(add_open_blockers(body, context.reader, std::span(&stream, 1)));
  return body;
}

}  // namespace

Result<json::object> list_streams(ReadContext& context, const api::Arguments& arguments) {
  store::StreamFilter filter;
  if (const auto status = arguments.text("status")) filter.status = domain::parse_status(*status);
  filter.only_open = arguments.flag("open").value_or(false);
  if (const auto priority = arguments.text("priority")) filter.priority = domain::parse_priority(*priority);
  filter.category = arguments.text("category");
  if (auto agent = arguments.text("agent")) filter.holder = AgentName{*std::move(agent)};
  filter.query = arguments.text("query");
  filter.limit = arguments.integer("limit").value_or(0);
  filter.before = TRY(read_cursor(arguments));

  const std::int64_t revision = context.store.head();
  const store::StreamPage page = TRY(context.reader.list_streams(filter));
  json::array streams;
  streams.reserve(page.streams.size());
  for (const domain::Stream& stream : page.streams) streams.emplace_back(context.leases.describe(stream));
  json::object body;
  body["streams"] = std::move(streams);
  body["total"] = page.total;
  body["revision"] = revision;
  TRY(add_open_blockers(body, context.reader, std::span(page.streams)));
  if (page.next) body["nextCursor"] = std::to_string(*page.next);
  return body;
}

Result<json::object> get_stream(ReadContext& context, const api::Arguments& arguments) {
  if (const auto id = arguments.text("streamId"))
    return describe(context, TRY(get_stream_by_id(context.reader, *id, Matching::kPrefix)));
  if (!context.caller.worktree.empty())
    if (const auto stream = TRY(context.reader.find_stream_of_worktree(context.caller.worktree)))
      return describe(context, *stream);
  Error error{ErrorCode::kStreamNotFound,
              context.caller.worktree.empty()
                  ? "find your stream: the caller's worktree is not known"
                  : fmt::format("find your stream: no open stream has the worktree {}", context.caller.worktree)};
  error.hint = "name a streamId, or start a stream here with add_stream";
  error.suggested_call = "list_streams";
  return tl::make_unexpected(std::move(error));
}

Result<json::object> get_stream_stats(ReadContext& context, const api::Arguments&) {
  const WallTime day = context.clock.local_midnight(context.clock.wall());
  return api::to_json(TRY(context.store.counts(day)).stats);
}

Result<json::object> get_version(ReadContext& context, const api::Arguments&) {
  return json::object{{"name", "stream-status"},
                      {"version", kVersion},
                      {"protocol", api::kProtocol},
                      {"projectName", context.identity.project_name},
                      {"projectRoot", context.identity.project_root},
                      {"instanceId", context.identity.instance_id},
                      {"pid", context.identity.pid},
                      {"revision", context.store.head()}};
}

Result<json::object> get_history(ReadContext& context, const api::Arguments& arguments) {
  constexpr std::int64_t kDefaultLimit = 100;
  // Archived and older streams answer too; an id that never existed is an error.
  const domain::Stream stream = TRY(get_stream_by_id(context.reader, *arguments.text("streamId"), Matching::kPrefix));
  const auto from = TRY(read_cursor(arguments));
  const store::HistoryPage page =
      TRY(context.reader.history(stream.id, from, arguments.integer("limit").value_or(kDefaultLimit)));
  json::array events;
  for (const store::EventRow& event : page.events) events.push_back(TRY(event_to_json(event)));
  json::object body{{"events", std::move(events)}};
  if (page.next) body["nextCursor"] = std::to_string(*page.next);
  return body;
}

Result<json::object> list_commits(ReadContext& context, const api::Arguments& arguments) {
  constexpr std::int64_t kDefaultLimit = 50;
  const std::int64_t limit = arguments.integer("limit").value_or(kDefaultLimit);
  const std::int64_t offset = arguments.integer("offset").value_or(0);
  std::optional<StreamId> stream;
  if (const auto id = arguments.text("streamId")) {
    auto found = get_stream_by_id(context.reader, *id, Matching::kPrefix);
    // Commits that a founding database kept of a stream that was gone already.
    if (!found && TRY(context.reader.list_commits(StreamId{*id}, 1, 0)).total == 0)
      return tl::make_unexpected(std::move(found).error());
    stream = found ? found->id : StreamId{*id};
  }
  const store::CommitPage page = TRY(context.reader.list_commits(stream, limit, offset));
  json::array commits;
  commits.reserve(page.commits.size());
  StreamNames names(context.reader);
  for (const domain::Commit& commit : page.commits) {
    json::object body = api::to_json(commit);
    TRY(names.add_to(body, commit.stream_id));
    commits.emplace_back(std::move(body));
  }
  return json::object{{"commits", std::move(commits)}, {"total", page.total}, {"limit", limit}, {"offset", offset}};
}

Result<json::object> list_agents(ReadContext& context, const api::Arguments&) { return agents_json(context.presence); }

Result<json::object> board_app(ReadContext& context, const api::Arguments&) {
  if (context.board_app.empty())
    return fail(ErrorCode::kNotFound, "board: this server was built without its page",
                "install stream-status as a whole");
  return json::object{{"html", context.board_app}};
}

void append_event_json(std::string& text, const store::EventRow& event) {
  const json::string id(event.stream_id.text);
  const json::string agent(event.agent.text);
  fmt::format_to(
      std::back_inserter(text),
      R"({{"revision":{},"streamId":{},"type":"{}","oldValue":{},"newValue":{},"agent":{},"timestamp":"{}"}})",
      event.revision, json::serialize(id), event.type, event.old_value, event.new_value, json::serialize(agent),
      format_rfc3339(event.at));
}

Result<json::value> event_to_json(const store::EventRow& event) {
  std::string text;
  append_event_json(text, event);
  return parse_json(text);
}

}  // namespace stream_status::service
