// A process that holds a project's server.lock as a server does, listens, names itself in the record, and never answers
// anybody: what a server looks like that hangs in its own code.
#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "os/fd.h"
#include "support/waiting.h"

namespace stream_status::testing {

/// Killed and waited for when destroyed.
class HungServer {
 public:
  enum class Sigterm { kLeaves, kIsDeafTo };
  struct Plan {
    std::string directory;  ///< of the project; exists, without a server
    std::string project_root;
    Sigterm sigterm = Sigterm::kIsDeafTo;
    /// Changes what it writes into server.lock, which is the truth about it; its answer is the text.
    std::function<std::string(json::object truth)> lock_text = [](json::object truth) {
      return json::serialize(truth);
    };
  };
  /// Returns when it holds the lock and listens.
  explicit HungServer(const Plan& plan);
  HungServer(const HungServer&) = delete;
  HungServer& operator=(const HungServer&) = delete;
  ~HungServer();

  const os::Fd& process() const { return process_; }
  bool runs() const { return !wait_readable(process_.get(), Deadline(milliseconds{0})); }
  /// How often it was sent SIGTERM.
  int terms() const;

 private:
  std::string notes_;  ///< a byte for each SIGTERM
  os::Fd process_;
};

}  // namespace stream_status::testing
