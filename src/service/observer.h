// Watches the repository and keeps the record of commits up with it: at once when refs change, and every
// scanIntervalSeconds in any case.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "os/clock.h"
#include "os/tree_watch.h"
#include "service/commit_scan.h"
#include "service/live_config.h"

namespace stream_status::service {

/// `state` from any thread; the rest on the one that observes.
class Observer {
 public:
  struct Parts {
    Repository& repository;
    CommitScan& scan;
    const LiveConfig& config;
    const os::Clock& clock;
    const Log& log;
    Progress& progress;
  };
  explicit Observer(Parts parts);

  /// Scans when something changed or it is time. → when to be called again, unless `descriptor` is readable before.
  MonotonicTime step(MonotonicTime now);
  int descriptor() const { return watch_ ? watch_->fd() : -1; }

  /// Has the next step scan, soon. False: it was to do so already. Any thread.
  bool ask() { return !asked_.exchange(true); }

  /// Scans now: all streams, or `only` one.
  Result<ScanReport> scan(const std::optional<StreamId>& only);

  struct State {
    std::string watching = "nothing yet";  ///< "inotify", "polling", "nothing"
    std::string problem;                   ///< why not inotify, or why not at all; empty: all is well
    std::optional<WallTime> scanned_at;
  };
  State state() const;

 private:
  void watch(const Look& look, MonotonicTime now);
  MonotonicTime next_scan() const;
  void poll_instead(const Error& error);
  void set_state(State state);

  Parts parts_;
  std::optional<os::TreeWatch> watch_;
  std::atomic<bool> asked_{false};
  bool polling_ = false;
  std::string polling_problem_;           ///< why; empty: it does not poll
  MonotonicTime ended_;                   ///< of the last scan
  milliseconds took_{0};                  ///< the last scan
  MonotonicTime next_;                    ///< of the interval
  std::optional<MonotonicTime> changed_;  ///< first change that no scan has seen
  MonotonicTime last_change_;
  mutable std::mutex mutex_;  ///< guards state_
  State state_;
};

}  // namespace stream_status::service
