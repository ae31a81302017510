// The configuration in force, while config.json may be edited.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "project/config.h"

namespace stream_status::service {

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

}  // namespace stream_status::service
