#include "server/waiters.h"

#include <algorithm>
#include <utility>

namespace stream_status::server {

/// Absent: nothing to tell.
std::optional<Result<service::Answer>> Waiters::look(service::ChangeQuery& query, bool at_end) const {
  service::Mailbox& mailbox = state_.service.mailbox();
  const bool has_news = mailbox.has_for(query.caller, reader_);
  auto found = service::find_changes(
      query, reader_, state_.store.head(),
      has_news ? service::Ending::kNow : (at_end ? service::Ending::kTimedOut : service::Ending::kNone));
  if (!found) return tl::make_unexpected(std::move(found).error());
  if (!*found) return std::nullopt;
  service::Answer& answer = **found;
  answer.body = mailbox.add_to(std::move(answer.body), query.caller, reader_, lane_);
  return std::move(answer);
}

Waiters::Ticket Waiters::add(service::ChangeQuery query, service::Completion done) {
  const Ticket ticket = ++last_ticket_;
  // Counted before the look: what is committed after it finds somebody to wake.
  state_.waiters.fetch_add(1);
  if (auto answer = look(query, false)) {
    state_.waiters.fetch_sub(1);
    done(std::move(*answer));
    return ticket;
  }
  const MonotonicTime until = state_.clock.monotonic() + query.timeout;
  waiters_.push_back({ticket, std::move(query), until, std::move(done)});
  return ticket;
}

void Waiters::cancel(Ticket ticket) {
  const auto waiter =
      std::find_if(waiters_.begin(), waiters_.end(), [&](const Waiter& each) { return each.ticket == ticket; });
  if (waiter == waiters_.end()) return;
  const Waiter ended = std::move(*waiter);  // what it holds may hold the connection that cancels
  waiters_.erase(waiter);
  state_.waiters.fetch_sub(1);
}

/// First all looks, then the answers: each may bring its connection's next call, and that may be another wait.
void Waiters::look_through(std::optional<MonotonicTime> now) {
  std::vector<std::pair<service::Completion, Result<service::Answer>>> answered;
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    auto answer = look(waiter->query, now && *now >= waiter->until);
    if (!answer) {
      ++waiter;
      continue;
    }
    answered.emplace_back(std::move(waiter->done), std::move(*answer));
    waiter = waiters_.erase(waiter);
  }
  state_.waiters.fetch_sub(static_cast<std::int64_t>(answered.size()));
  for (auto& [done, answer] : answered) done(std::move(answer));
}

void Waiters::wake() { look_through(std::nullopt); }

void Waiters::step(MonotonicTime now) { look_through(now); }

void Waiters::turn_away_all() {
  const auto waiters = std::exchange(waiters_, {});
  state_.waiters.fetch_sub(static_cast<std::int64_t>(waiters.size()));
  for (const Waiter& waiter : waiters)
    waiter.done(fail(ErrorCode::kDraining, "wait: the server is stopping", "ask again in a second"));
}

}  // namespace stream_status::server
