// Longer summaries of retired streams, written by the command that config.json names: in the background, with retries.
#pragma once

#include <atomic>
#include <string>

#include "base/json.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/process.h"
#include "service/ledger.h"
#include "service/live_config.h"
#include "store/store.h"

namespace stream_status::service {

/// The intent of one summary, for the retirement's outcome transaction. `payload`: the retirement's.
store::IntentRow summary_intent(const StreamId& id, const std::string& payload, WallTime now);

/// The summing thread only.
class Summaries {
 public:
  struct Parts {
    store::Reader& reader;
    const Ledger& ledger;
    const LiveConfig& config;
    const os::Clock& clock;
    const Log& log;
    std::string project_root;
    os::Environment inherited;  ///< commandEnv of config.json chooses from it
    const std::atomic<bool>* cancelled;
  };
  explicit Summaries(Parts parts) : parts_(std::move(parts)) {}

  /// Runs what is due. → when the next is.
  MonotonicTime step(MonotonicTime now);

 private:
  void attempt(store::IntentRow intent);
  Result<std::string> write_summary(const domain::Stream& stream, const json::object& payload);
  Result<void> save(store::IntentRow intent, const domain::Stream& stream, const json::object& payload,
                    const std::string& summary);

  Parts parts_;
};

}  // namespace stream_status::service
