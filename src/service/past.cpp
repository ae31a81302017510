#include "service/past.h"

#include <fmt/format.h>

#include <limits>

#include "api/codec.h"
#include "domain/change.h"

namespace stream_status::service {
namespace {

constexpr std::int64_t kSlice = 1000;

tl::unexpected<Error> out_of_reach(std::int64_t revision, std::int64_t floor, std::int64_t head) {
  Error error{ErrorCode::kInvalidArgument,
              revision > head
                  ? fmt::format("revision: {} is above the newest one, {}", revision, head)
                  : fmt::format("revision: what was at {} is not known any more: older history is folded", revision),
              fmt::format("ask for a revision from {} to {}", floor, head)};
  error.data = json::object{{"floor", floor}, {"revision", head}};
  return tl::make_unexpected(std::move(error));
}

}  // namespace

void Past::start_over() {
  streams_.clear();
  at_ = 0;
  newest_.reset();
}

Result<void> Past::go_to(std::int64_t revision) {
  if (revision < at_) start_over();
  while (at_ < revision) {
    if (cancelled_) return fail(ErrorCode::kDraining, "call: the server is stopping", "send the call again");
    // No more rows than there are revisions, so none is above the one that is wanted but in a log with gaps.
    const std::int64_t wanted = std::min(kSlice, revision - at_);
    const auto events = TRY(reader_.events_after(at_, wanted));
    for (const store::EventRow& event : events) {
      if (event.revision > revision) break;
      const domain::Change change = TRY(api::decode(event.type, event.old_value, event.new_value));
      domain::apply(streams_[event.stream_id.text], change, event.revision, event.at);
      at_ = event.revision;
      newest_ = event.at;
    }
    const bool is_end = static_cast<std::int64_t>(events.size()) < wanted || events.back().revision >= revision;
    if (is_end) at_ = revision;
  }
  return {};
}

Result<json::object> Past::get(const api::Arguments& arguments) {
  const std::int64_t revision = *arguments.integer("revision");
  const std::int64_t head = store_.head();
  std::int64_t floor = TRY(reader_.log_floor());
  if (revision > head || revision < floor) return out_of_reach(revision, floor, head);
  auto gone = go_to(revision);
  // What was folded meanwhile may be missing in what was read: its baseline raised the floor.
  if (gone) floor = TRY(reader_.log_floor());
  if (!gone || revision < floor) start_over();
  TRY(std::move(gone));
  if (revision < floor) return out_of_reach(revision, floor, head);

  json::array streams;
  streams.reserve(streams_.size());
  // Newest first, as in list_streams: nothing in the log tells the order once its beginning is folded.
  for (const StreamId& id : TRY(reader_.recent_ids(std::numeric_limits<int>::max())))
    if (const auto known = streams_.find(id.text); known != streams_.end())
      streams.emplace_back(api::to_json(known->second));
  return json::object{{"streams", std::move(streams)},
                      {"revision", revision},
                      {"timestamp", newest_ ? json::value(format_rfc3339(*newest_)) : json::value(nullptr)}};
}

}  // namespace stream_status::service
