// What the workers are doing right now, for whoever waits.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace stream_status::service {

/// Thread-safe: one mutex.
class Progress {
 public:
  struct State {
    std::string doing;  ///< "scanning commits"
    std::int64_t done = 0;
    std::int64_t total = 0;  ///< 0: not known
  };
  void set(std::string doing, std::int64_t done, std::int64_t total) {
    const std::lock_guard lock(mutex_);
    state_ = State{std::move(doing), done, total};
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    state_.reset();
  }
  std::optional<State> get() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<State> state_;
};

}  // namespace stream_status::service
