// Changes that the service makes by itself (scans, retirements): handed to the one writer, and waited for.
#pragma once

#include <functional>

#include "service/writer.h"

namespace stream_status::service {

/// Callable from any thread but the writer's.
class Ledger {
 public:
  explicit Ledger(Writer& writer) : writer_(writer) {}

  /// Runs on the writer thread, in a savepoint of its own. What it leaves in captured variables counts only when this
  /// succeeds, which is after the commit. Errors: the change's own; kDraining, kStorageFull, kStorageFailed.
  using Change = std::function<Result<void>(store::Transaction&, WallTime now)>;
  Result<void> write(Change change) const;

 private:
  Writer& writer_;
};

}  // namespace stream_status::service
