#include "service/dependencies.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

namespace stream_status::service {
namespace {

using domain::Status;
using domain::Stream;

using ReachedFrom = std::unordered_map<std::string, StreamId>;

/// `last` waits for `stream`, and was reached from it: everybody between, in the order of waiting.
tl::unexpected<Error> fail_circle(const StreamId& stream, const StreamId& last, const ReachedFrom& reached_from) {
  std::vector<std::string> chain{stream.text};
  for (StreamId at = last; at != stream; at = reached_from.at(at.text)) chain.push_back(at.text);
  chain.push_back(stream.text);
  std::reverse(chain.begin(), chain.end());
  const std::string& first = chain[1];
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("blockers: a circle, in which nobody could begin: {}", fmt::join(chain, " waits for ")),
              fmt::format("leave {0} out, or change what {0} waits for: update_stream with its blockers", first));
}

}  // namespace

Result<void> check_no_circle(store::Transaction& transaction, const Stream& stream) {
  if (!domain::is_open(stream.status)) return {};
  ReachedFrom reached_from;
  std::vector<StreamId> to_visit;
  for (const StreamId& blocker : stream.blockers)
    if (reached_from.try_emplace(blocker.text, stream.id).second) to_visit.push_back(blocker);
  while (!to_visit.empty()) {
    const StreamId id = std::move(to_visit.back());
    to_visit.pop_back();
    const auto blocker = TRY(transaction.find_stream(id));
    if (!blocker || !domain::is_open(blocker->status)) continue;
    for (const StreamId& next : blocker->blockers) {
      if (next == stream.id) return fail_circle(stream.id, id, reached_from);
      if (reached_from.try_emplace(next.text, id).second) to_visit.push_back(next);
    }
  }
  return {};
}

Result<std::vector<domain::Change>> plan_opening(store::Transaction& transaction, const Stream& stream) {
  std::vector<domain::Change> changes;
  if (stream.status != Status::kBlocked || TRY(transaction.count_open_blockers(stream)) > 0) return changes;
  const bool has_begun = stream.progress > 0 || stream.current_phase > 0 || stream.recent.last_commit_time.has_value();
  changes.emplace_back(domain::StatusChanged{Status::kBlocked, has_begun ? Status::kPaused : Status::kInitializing});
  return changes;
}

template <class Source>
Result<void> add_open_blockers(json::object& body, Source& source, std::span<const Stream> streams) {
  if (std::all_of(streams.begin(), streams.end(), [](const Stream& each) { return each.blockers.empty(); })) return {};
  std::unordered_map<std::string_view, bool> is_open;
  for (const Stream& stream : streams) is_open.emplace(stream.id.text, domain::is_open(stream.status));
  std::set<std::string_view> open;
  for (const Stream& stream : streams)
    for (const StreamId& id : stream.blockers) {
      auto known = is_open.find(id.text);
      if (known == is_open.end()) {
        const auto blocker = TRY(source.find_stream(id));
        known = is_open.emplace(id.text, blocker && domain::is_open(blocker->status)).first;
      }
      if (known->second) open.insert(id.text);
    }
  body["openBlockers"] = json::array(open.begin(), open.end());
  return {};
}

template Result<void> add_open_blockers(json::object&, store::Reader&, std::span<const Stream>);
template Result<void> add_open_blockers(json::object&, store::Transaction&, std::span<const Stream>);

}  // namespace stream_status::service
