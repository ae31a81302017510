#include "service/journal.h"

#include "api/codec.h"

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

Result<domain::Stream> change_stream(store::Transaction& transaction, const domain::Stream& before,
                                     const std::vector<domain::Change>& changes, const AgentName& agent, WallTime now) {
  domain::Stream after = before;
  if (changes.empty()) return after;
  TRY(append_changes(transaction, after, changes, agent, now));
  TRY(transaction.update_stream(before, after));
  return after;
}

}  // namespace stream_status::service
