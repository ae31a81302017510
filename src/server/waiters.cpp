#include "server/waiters.h"

#include <utility>

namespace stream_status::server {

/// Absent: nothing to tell.
std::optional<Response> Waiters::look(service::ChangeQuery& query, bool at_end) const {
  service::Mailbox& mailbox = state_.service.mailbox();
  const bool has_news = mailbox.has_for(query.caller, reader_);
  const auto found = service::find_changes(
      query, reader_, state_.store.head(),
      has_news ? service::Ending::kNow : (at_end ? service::Ending::kTimedOut : service::Ending::kNone));
  if (!found) return error_response(found.error());
  if (!*found) return std::nullopt;
  return json_response((*found)->status, mailbox.add_to((*found)->body, query.caller, reader_, lane_));
}

void Waiters::add(service::ChangeQuery query, Reply reply) {
  // Counted before the look: what is committed after it finds somebody to wake.
  state_.waiters.fetch_add(1);
  if (auto response = look(query, false)) {
    state_.waiters.fetch_sub(1);
    return reply(std::move(*response));
  }
  const MonotonicTime until = state_.clock.monotonic() + query.timeout;
  waiters_.push_back({std::move(query), until, std::move(reply)});
}

/// First all looks, then the replies: each may bring its connection's next call, and that may be another wait.
void Waiters::look_through(std::optional<MonotonicTime> now) {
  std::vector<std::pair<Reply, Response>> answered;
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    auto response = look(waiter->query, now && *now >= waiter->until);
    if (!response) {
      ++waiter;
      continue;
    }
    answered.emplace_back(std::move(waiter->reply), std::move(*response));
    waiter = waiters_.erase(waiter);
  }
  state_.waiters.fetch_sub(static_cast<std::int64_t>(answered.size()));
  for (auto& [reply, response] : answered) reply(std::move(response));
}

void Waiters::wake() { look_through(std::nullopt); }

void Waiters::step(MonotonicTime now) { look_through(now); }

void Waiters::turn_away_all() {
  const auto waiters = std::exchange(waiters_, {});
  state_.waiters.fetch_sub(static_cast<std::int64_t>(waiters.size()));
  for (const Waiter& waiter : waiters)
    waiter.reply(error_response({ErrorCode::kDraining, "wait: the server is stopping", "ask again in a second"}));
}

}  // namespace stream_status::server
