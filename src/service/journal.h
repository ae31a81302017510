// Changes become events: the one way to write history.
#pragma once

#include <vector>

#include "domain/change.h"
#include "store/store.h"

namespace stream_status::service {

/// Appends each change as an event and applies it to `stream`. The stream's row is the caller's to save.
Result<void> append_changes(store::Transaction& transaction, domain::Stream& stream,
                            const std::vector<domain::Change>& changes, const AgentName& agent, WallTime now);

struct Changed {
  domain::Stream stream;         ///< as it is now
  std::vector<StreamId> opened;  ///< streams that were blocked by it alone, and are not any more
};
/// As above, and saves the row. When the stream is done, those that were blocked by nothing else open. Nothing to
/// change: nothing happens.
Result<Changed> change_stream(store::Transaction& transaction, const domain::Stream& before,
                              const std::vector<domain::Change>& changes, const AgentName& agent, WallTime now);

}  // namespace stream_status::service
