// A thread for work that may take long: git, files, commands. Never SQLite's writer, never a lane.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "os/clock.h"
#include "os/wake.h"

namespace stream_status::service {

/// `submit` from any thread; `start` and `stop` from the owner's.
class Worker {
 public:
  using Job = std::function<void()>;
  /// What the thread does beside its jobs. Called on it after each job, when `watched` becomes readable and when the
  /// time that it gave is over; gives the time of the next call.
  struct Periodic {
    std::function<MonotonicTime(MonotonicTime now)> step;
    std::function<int()> watched;  ///< a descriptor, -1: none
  };

  Worker(const os::Clock& clock, Periodic periodic);
  ~Worker() { stop(); }

  void start();
  /// Begins no more jobs and ends the thread; those not begun are returned to be refused.
  std::deque<Job> stop();
  /// False: too many wait already (1,000), or it has stopped.
  bool submit(Job job);
  /// Its kernel id; 0: it has not begun yet. Any thread.
  std::int64_t thread() const { return id_; }
  /// Has the next step happen now.
  void nudge() const { wake_.wake(); }

 private:
  void run();

  const os::Clock& clock_;
  Periodic periodic_;
  os::Wake wake_;
  std::mutex mutex_;  ///< guards the two below
  std::deque<Job> queue_;
  bool stopping_ = false;
  std::thread thread_;
  std::atomic<std::int64_t> id_{0};
};

}  // namespace stream_status::service
