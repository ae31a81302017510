// Streams that wait for others: no circles, and a blocked stream opens by itself when nothing it waits for is open.
#pragma once

#include <vector>

#include "domain/change.h"
#include "store/store.h"

namespace stream_status::service {

/// For a stream as it is about to be. Only open streams make a circle: what is completed blocks nobody.
/// kInvalidArgument: it would wait for itself; the error names the whole circle.
Result<void> check_no_circle(store::Transaction& transaction, const domain::Stream& stream);

/// What a blocked stream becomes once no blocker of it is open: paused if work on it had begun, else initializing.
/// None while one is open, and for a stream that is not blocked.
Result<std::vector<domain::Change>> plan_opening(store::Transaction& transaction, const domain::Stream& stream);

}  // namespace stream_status::service
