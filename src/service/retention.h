// Retention: the history of streams that were closed long ago is folded into a baseline, which is the stream as it is.
// Streams that are open keep every event. The log still gives every state from store::Store::readers_floor on.
#pragma once

#include <atomic>

#include "base/result.h"
#include "base/time.h"
#include "project/config.h"
#include "service/ledger.h"
#include "store/store.h"

namespace stream_status::service {

/// Folds what had not changed for config.retention_days (0: nothing) by `now`, or by the newest event if that is
/// earlier: so a clock that is ahead does no harm, and a project at rest keeps what it has. A few hundred events per
/// transaction, so that others' writes go on between. Gives how many events went. Any thread but the writer's.
Result<std::int64_t> fold_history(store::Store& store, const Ledger& ledger, const project::Config& config,
                                  WallTime now, const std::atomic<bool>& cancelled);

}  // namespace stream_status::service
