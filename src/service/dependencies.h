// Streams that wait for others: no circles, and a blocked stream opens by itself when nothing it waits for is open.
#pragma once

#include <span>
#include <vector>

#include "base/json.h"
#include "domain/change.h"
#include "store/store.h"

namespace stream_status::service {

/// For a stream as it is about to be. Only open streams make a circle: what is completed blocks nobody.
/// kInvalidArgument: it would wait for itself; the error names the whole circle.
Result<void> check_no_circle(store::Transaction& transaction, const domain::Stream& stream);

/// What a blocked stream becomes once no blocker of it is open: paused if work on it had begun, else initializing.
/// None while one is open, and for a stream that is not blocked.
Result<std::vector<domain::Change>> plan_opening(store::Transaction& transaction, const domain::Stream& stream);

/// Adds `openBlockers` to an answer that shows these streams: whom one of them waits for, the blockers that are open.
/// Absent where none is named. It stands beside the streams, which are what the event log says of them.
/// `Source` is a store::Reader or a store::Transaction.
template <class Source>
Result<void> add_open_blockers(json::object& body, Source& source, std::span<const domain::Stream> streams);

}  // namespace stream_status::service
