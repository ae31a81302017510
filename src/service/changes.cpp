#include "service/changes.h"

#include "base/json.h"
#include "service/answer.h"
#include "service/find_stream.h"
#include "service/handlers.h"

namespace stream_status::service {
namespace {

constexpr std::int64_t kBatch = 256;
constexpr std::size_t kMostChanges = 50;  ///< in one answer; the next call gets the rest

bool matches(const ChangeQuery& query, const store::EventRow& event) {
  if (!query.streams.empty() && !query.streams.contains(event.stream_id.text)) return false;
  if (!query.kinds.empty() && !query.kinds.contains(event.type)) return false;
  return query.but_not_by.text.empty() || event.agent != query.but_not_by;
}

}  // namespace

Result<ChangeQuery> read_change_query(const Call& call, store::Reader& reader, std::int64_t head) {
  const api::Arguments arguments = TRY(api::Arguments::bind(*call.operation, call.arguments));
  ChangeQuery query;
  query.operation = call.operation;
  query.ignored = arguments.ignored();
  query.since = arguments.integer("since").value_or(head);
  for (const std::string& id : arguments.list("streamIds").value_or(std::vector<std::string>{}))
    query.streams.insert(TRY(get_stream_by_id(reader, id, Matching::kPrefix)).id.text);
  for (std::string& kind : arguments.list("kinds").value_or(std::vector<std::string>{}))
    query.kinds.insert(std::move(kind));
  // Who has no process of its own may be a person, at two terminals.
  query.caller = call.caller;
  if (!call.caller.process.empty()) query.but_not_by = call.caller.agent;
  query.timeout = seconds{arguments.integer("timeoutSeconds").value_or(query.timeout.count())};
  return query;
}

Result<std::optional<Answer>> find_changes(ChangeQuery& query, store::Reader& reader, std::int64_t head,
                                           Ending ending) {
  json::array changes;
  bool has_more = false;
  // A revision that nobody was given: the data was restored meanwhile, or it is a slip. From here on all is new.
  query.since = std::min(query.since, head);
  for (bool ended = false; !ended && !has_more;) {
    const auto events = TRY(reader.events_after(query.since, kBatch));
    ended = static_cast<std::int64_t>(events.size()) < kBatch;
    for (const store::EventRow& event : events) {
      if (matches(query, event)) {
        if (changes.size() == kMostChanges) {
          has_more = true;
          break;
        }
        changes.push_back(TRY(event_to_json(event)));
      }
      query.since = event.revision;
    }
  }
  if (changes.empty() && ending == Ending::kNone) return std::nullopt;
  json::object body{{"changes", std::move(changes)}, {"revision", query.since}, {"hasMore", has_more}};
  body["timedOut"] = ending == Ending::kTimedOut && body.at("changes").as_array().empty();
  return render(*query.operation, {std::move(body)}, query.ignored);
}

}  // namespace stream_status::service
