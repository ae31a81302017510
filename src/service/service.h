// What each operation does. Reads are answered on the calling thread, writes by the writer. Every door calls
// this and nothing below it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/log.h"
#include "os/clock.h"
#include "project/config.h"
#include "service/call.h"
#include "service/writer.h"
#include "store/store.h"

namespace stream_status::service {

/// Which server this is, for health and get_version.
struct Identity {
  std::string project_name;
  std::string project_root;
  std::string instance_id;
  std::int64_t pid = 0;
};

/// The configuration in force. Thread-safe: one mutex; readers keep what they took.
class LiveConfig {
 public:
  explicit LiveConfig(project::Config config) : config_(std::make_shared<const project::Config>(std::move(config))) {}
  std::shared_ptr<const project::Config> get() const {
    const std::lock_guard lock(mutex_);
    return config_;
  }
  void set(project::Config config) {
    auto next = std::make_shared<const project::Config>(std::move(config));
    const std::lock_guard lock(mutex_);
    config_.swap(next);
  }
  /// Why the last edit of config.json was not taken; empty if it was.
  std::string problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
  }
  void set_problem(std::string problem) {
    const std::lock_guard lock(mutex_);
    problem_ = std::move(problem);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const project::Config> config_;
  std::string problem_;
};

/// Callable from any thread, with a reader of that thread.
class Service {
 public:
  Service(Identity identity, store::Store& store, Writer& writer, const LiveConfig& config, const os::Clock& clock)
      : identity_(std::move(identity)), store_(store), writer_(writer), config_(config), clock_(clock) {}

  /// A read operation. Errors: kInvalidArgument, kStreamNotFound, kStorageFailed.
  Result<Answer> read(const Call& call, store::Reader& reader) const;

  /// A write operation. `done` is called through `lane` after the commit, or at once when the arguments do
  /// not fit. A request id (argument requestId) makes the effect happen once: the same id again gets the first
  /// answer; with other arguments it is kRequestIdReused.
  void write(Call call, Lane& lane, Completion done) const;

  /// {status:"ok", …} (contract §6): never waits for the store. `configProblem` is there while an edit of config.json
  /// is not in force.
  std::string health() const;

  /// The local day that "today" means now.
  WallTime day_start() const { return clock_.local_midnight(clock_.wall()); }
  std::int64_t revision() const { return store_.head(); }
  Result<domain::Stats> stats() const;
  const Identity& identity() const { return identity_; }

 private:
  Identity identity_;
  store::Store& store_;
  Writer& writer_;
  const LiveConfig& config_;
  const os::Clock& clock_;
};

}  // namespace stream_status::service
