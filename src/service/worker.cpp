#include "service/worker.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "os/poll.h"
#include "os/process.h"

namespace stream_status::service {
namespace {

constexpr std::size_t kQueueLimit = 1000;

}  // namespace

Worker::Worker(const os::Clock& clock, Periodic periodic) : clock_(clock), periodic_(std::move(periodic)) {}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

std::deque<Worker::Job> Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.wake();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  return std::exchange(queue_, {});
}

bool Worker::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= kQueueLimit) return false;
    queue_.push_back(std::move(job));
  }
  wake_.wake();
  return true;
}

void Worker::run() {
  id_ = os::this_thread();
  periodic_.step(clock_.monotonic());  // before any job: it may resume what was left open
  for (;;) {
    Job job;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (!queue_.empty()) {
        job = std::move(queue_.front());
        queue_.pop_front();
      }
    }
    if (job) {
      job();
      continue;
    }
    const MonotonicTime now = clock_.monotonic();
    const MonotonicTime next = periodic_.step(now);
    const auto left = std::chrono::ceil<milliseconds>(next - clock_.monotonic());
    std::vector<os::PollEntry> entries = {{wake_.fd(), true, false}, {periodic_.watched(), true, false}};
    os::poll(entries, std::clamp(left, milliseconds{0}, milliseconds{60'000}));
    if (entries[0].readable) wake_.drain();
  }
}

}  // namespace stream_status::service
