#include "service/journal.h"

#include "api/codec.h"
#include "service/dependencies.h"

namespace stream_status::service {

Result<void> append_changes(store::Transaction& transaction, domain::Stream& stream,
                            const std::vector<domain::Change>& changes, const AgentName& agent, WallTime now) {
  for (const domain::Change& change : changes) {
    const std::int64_t revision = transaction.next_revision();
    const std::int64_t previous = stream.revision;
    domain::apply(stream, change, revision, now);
    api::EncodedChange encoded;
    if (std::holds_alternative<domain::Created>(change))
      encoded = api::encode(domain::Created{stream});  // with its revision and times, as readers will see it
    else
      encoded = api::encode(change);
    store::EventRow event;
    event.previous = previous;
    event.stream_id = stream.id;
    event.type = domain::type_of(change);
    event.old_value = std::move(encoded.old_value);
    event.new_value = std::move(encoded.new_value);
    event.agent = agent;
    event.at = now;
    TRY(transaction.append_event(event));
  }
  return {};
}

namespace {

Result<void> save_changes(store::Transaction& transaction, domain::Stream& stream,
                          const std::vector<domain::Change>& changes, const AgentName& agent, WallTime now) {
  if (changes.empty()) return {};
  const domain::Stream before = stream;
  TRY(append_changes(transaction, stream, changes, agent, now));
  return transaction.update_stream(before, stream);
}

}  // namespace

Result<Changed> change_stream(store::Transaction& transaction, const domain::Stream& before,
                              const std::vector<domain::Change>& changes, const AgentName& agent, WallTime now) {
  Changed changed{before, {}};
  domain::Stream& after = changed.stream;
  TRY(save_changes(transaction, after, changes, agent, now));
  if (!domain::is_open(before.status) || domain::is_open(after.status)) return changed;
  for (domain::Stream& waiting : TRY(transaction.streams_waiting_for(after.id))) {
    const auto opening = TRY(plan_opening(transaction, waiting));
    if (opening.empty()) continue;
    TRY(save_changes(transaction, waiting, opening, agent, now));
    changed.opened.push_back(waiting.id);
  }
  return changed;
}

}  // namespace stream_status::service
