// Which of the project's resources changed: a reader of "revision > N", by calls of wait_for_change one after the
// other, for all subscriptions of one conversation. Survives the server: what happened meanwhile is told by the next.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "mcp/backend.h"
#include "mcp/catalog.h"

namespace stream_status::mcp {

/// Single-threaded.
class ChangeReader {
 public:
  explicit ChangeReader(Backend& backend);
  ~ChangeReader();

  /// Is this the URI of a resource of the project? It need not be there.
  static bool can_watch(std::string_view uri);
  /// Until the handle goes. With the last one the call ends too.
  std::shared_ptr<void> watch(Subscription wanted, Watcher watcher);

  std::optional<MonotonicTime> wake_at() const;
  void step(MonotonicTime now);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace stream_status::mcp
