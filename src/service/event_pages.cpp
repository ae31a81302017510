// list_events: pages of the whole log, or of one stream's part of it, newest first. Runs on an I/O lane, so a call
// looks at a bounded number of rows, whatever its filter leaves out.

#include <algorithm>
#include <set>

#include "service/find_stream.h"
#include "service/handlers.h"

namespace stream_status::service {
namespace {

constexpr std::int64_t kDefaultLimit = 200;
constexpr std::int64_t kMostLooked = 2000;
constexpr std::int64_t kRowsAtOnce = 250;

/// What is found on the way back, until the page is full, enough was looked at, or the log begins.
class Page {
 public:
  explicit Page(const api::Arguments& arguments) : limit_(arguments.integer("limit").value_or(kDefaultLimit)) {
    const auto kinds = arguments.list("kinds").value_or(std::vector<std::string>{});
    kinds_.insert(kinds.begin(), kinds.end());
    if (auto agent = arguments.text("agent")) agent_ = AgentName{*std::move(agent)};
  }

  bool wants_more() const { return looked_ < kMostLooked && static_cast<std::int64_t>(events_.size()) < limit_; }
  /// How many rows to read next. One more than are needed tells whether there is a page after this one.
  std::int64_t rows_to_read() const {
    const bool takes_all = kinds_.empty() && !agent_;
    return takes_all ? limit_ - static_cast<std::int64_t>(events_.size()) + 1 : kRowsAtOnce;
  }
  void pass() { ++looked_; }
  Result<void> look_at(const store::EventRow& event) {
    pass();
    if (!kinds_.empty() && !kinds_.contains(event.type)) return {};
    if (agent_ && event.agent != *agent_) return {};
    events_.push_back(TRY(event_to_json(event)));
    return {};
  }
  json::array take() { return std::move(events_); }

 private:
  std::int64_t limit_;
  std::set<std::string, std::less<>> kinds_;
  std::optional<AgentName> agent_;
  std::int64_t looked_ = 0;
  json::array events_;
};

/// Where the next page begins, as `before`; absent: nothing is left.
using Cursor = std::optional<std::int64_t>;

Result<Cursor> fill_from_log(store::Reader& reader, std::int64_t before, Page& page) {
  while (page.wants_more()) {
    const std::int64_t wanted = page.rows_to_read();
    const auto rows = TRY(reader.events_before(before, wanted));
    for (const store::EventRow& row : rows) {
      if (!page.wants_more()) return before;
      TRY(page.look_at(row));
      before = row.revision;
    }
    if (static_cast<std::int64_t>(rows.size()) < wanted) return std::nullopt;
  }
  return before;
}

/// Each event of a stream names the one before it. Where this chain is met below `before`, only the log tells; the
/// cursors that are given out point right at it.
Result<Cursor> fill_from_stream(store::Reader& reader, const domain::Stream& stream, std::int64_t before, Page& page) {
  std::optional<std::int64_t> next;
  if (before > stream.revision) next = stream.revision;
  while (!next) {
    if (!page.wants_more()) return before;
    const auto rows = TRY(reader.events_before(before, kRowsAtOnce));
    for (const store::EventRow& row : rows) {
      if (!next && row.stream_id == stream.id) next = row.revision;
      if (!next) page.pass();
      before = row.revision;
    }
    if (!next && static_cast<std::int64_t>(rows.size()) < kRowsAtOnce) return std::nullopt;
  }
  while (next && page.wants_more()) {
    const store::HistoryPage rows = TRY(reader.history(stream.id, next, page.rows_to_read()));
    next = rows.next;
    for (const store::EventRow& row : rows.events) {
      if (!page.wants_more()) return row.revision + 1;
      TRY(page.look_at(row));
    }
  }
  return next ? Cursor(*next + 1) : std::nullopt;
}

}  // namespace

Result<json::object> list_events(ReadContext& context, const api::Arguments& arguments) {
  const std::int64_t head = context.store.head();
  const std::int64_t before = std::min(arguments.integer("before").value_or(head + 1), head + 1);
  std::optional<domain::Stream> stream;
  if (const auto id = arguments.text("streamId"))
    stream = TRY(get_stream_by_id(context.reader, *id, Matching::kPrefix));
  Page page(arguments);
  const Cursor next = stream ? TRY(fill_from_stream(context.reader, *stream, before, page))
                             : TRY(fill_from_log(context.reader, before, page));
  json::object body{{"events", page.take()}, {"revision", head}, {"floor", TRY(context.reader.log_floor())}};
  if (stream) body["streamId"] = stream->id.text;
  if (next) body["nextCursor"] = std::to_string(*next);
  return body;
}

}  // namespace stream_status::service
