// One handler per row of the operations table. A handler binds nothing and knows no transport.
#pragma once

#include "api/arguments.h"
#include "project/config.h"
#include "service/call.h"
#include "service/leases.h"
#include "service/service.h"
#include "store/store.h"

namespace stream_status::service {

struct ReadContext {
  const Identity& identity;
  store::Store& store;
  store::Reader& reader;
  const Caller& caller;
  const os::Clock& clock;
  const Leases& leases;
  const Presence& presence;
  std::string_view board_app;  ///< HTML
};

struct WriteContext {
  store::Transaction& transaction;
  const project::Config& config;
  const Caller& caller;
  WallTime now;
  const Leases& leases;
  const Presence& presence;
};

using ReadHandler = Result<json::object> (*)(ReadContext&, const api::Arguments&);

struct Outcome {
  json::object body;
  std::optional<int> status = std::nullopt;  ///< when it is not the operation's success_status
};
using WriteHandler = Result<Outcome> (*)(WriteContext&, const api::Arguments&);

Result<json::object> list_streams(ReadContext&, const api::Arguments&);
Result<json::object> get_stream(ReadContext&, const api::Arguments&);
Result<json::object> get_stream_stats(ReadContext&, const api::Arguments&);
Result<json::object> get_version(ReadContext&, const api::Arguments&);
Result<json::object> get_history(ReadContext&, const api::Arguments&);
Result<json::object> list_events(ReadContext&, const api::Arguments&);
Result<json::object> list_commits(ReadContext&, const api::Arguments&);
Result<json::object> list_agents(ReadContext&, const api::Arguments&);
Result<json::object> board_app(ReadContext&, const api::Arguments&);

Result<Outcome> add_stream(WriteContext&, const api::Arguments&);
Result<Outcome> update_stream(WriteContext&, const api::Arguments&);
Result<Outcome> add_commit(WriteContext&, const api::Arguments&);
Result<Outcome> claim_stream(WriteContext&, const api::Arguments&);
Result<Outcome> renew_claim(WriteContext&, const api::Arguments&);
Result<Outcome> release_claim(WriteContext&, const api::Arguments&);
Result<Outcome> answer_question(WriteContext&, const api::Arguments&);
Result<Outcome> send_message(WriteContext&, const api::Arguments&);

/// {revision, streamId, type, oldValue, newValue, agent, timestamp}: a history event as JSON text. The stored
/// values are copied as they are, not parsed.
void append_event_json(std::string& text, const store::EventRow& event);
Result<json::value> event_to_json(const store::EventRow& event);  ///< the same, as a value

/// Tells whoever held the stream before this call, and holds it no more. `text`: what became of it; by whom is added.
Result<void> tell_former_holder(const WriteContext& context, const domain::Stream& before, const std::string& text);

}  // namespace stream_status::service
