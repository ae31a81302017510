// A place among the connections of a server. It is taken when a connection is accepted, not when its lane comes to it:
// a burst finds no more room than those who come one by one.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace stream_status::server {

/// One of at most so many; move-only, given back in the destructor. The counter must outlive it.
class Place {
 public:
  /// Absent: all `limit` places are taken. Any thread.
  static std::optional<Place> take(std::atomic<std::int64_t>& counter, std::int64_t limit) {
    std::int64_t taken = counter.load();
    do {
      if (taken >= limit) return std::nullopt;
    } while (!counter.compare_exchange_weak(taken, taken + 1));
    return Place(counter);
  }
  Place(Place&& other) noexcept : counter_(std::exchange(other.counter_, nullptr)) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(counter_, other.counter_);
    return *this;
  }
  ~Place() {
    if (counter_ != nullptr) counter_->fetch_sub(1);
  }

 private:
  explicit Place(std::atomic<std::int64_t>& counter) : counter_(&counter) {}
  std::atomic<std::int64_t>* counter_;
};

/// What a connection holds as long as it is there.
struct Admission {
  Place of_all;
  std::optional<Place> of_tcp;  ///< of the half that TCP may have
};

}  // namespace stream_status::server
