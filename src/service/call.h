// One call as the service sees it, and its answer, whatever door it came through.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/operation.h"
#include "base/ids.h"
#include "base/json.h"

namespace stream_status::service {

/// Who calls, from where. Empty members: not said.
struct Caller {
  AgentName agent;
  std::string worktree;
  std::string branch;
  std::string process = {};  ///< of the agent; empty: a program that makes one call and ends
};

struct Call {
  const api::Operation* operation = nullptr;
  json::object arguments;  ///< as sent; the service binds them
  Caller caller;
};

struct Answer {
  int status = 200;  ///< HTTP status
  std::string body;  ///< JSON text
};

using Completion = std::function<void(Result<Answer>)>;

struct Delivery {
  Completion done;
  Result<Answer> answer;
};

/// A thread that waits for answers. The writer hands each lane its part of a group in one go: one wake-up per
/// batch, not per answer.
class Lane {
 public:
  virtual ~Lane() = default;
  /// Called on the writer thread; must only post. `unanswered` is let go when the batch has been answered: when every
  /// lane has let go, the listeners are woken.
  virtual void deliver(std::vector<Delivery> batch, std::shared_ptr<const void> unanswered) = 0;
};

}  // namespace stream_status::service
