// "Revision N is committed": wakes whoever waits for it. Holds no data: a reader that is woken asks the
// store for revision > what it has seen, so nobody can miss anything.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace stream_status::feed {

/// Subscribe while one thread exists; publish from any thread afterwards.
class Feed {
 public:
  /// `wake` is called on the publishing thread and must only post.
  using Wake = std::function<void(std::int64_t revision)>;

  void subscribe(Wake wake) { wakes_.push_back(std::move(wake)); }
  void publish(std::int64_t revision) const {
    for (const Wake& wake : wakes_) wake(revision);
  }

 private:
  std::vector<Wake> wakes_;
};

}  // namespace stream_status::feed
