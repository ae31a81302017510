// Looks at every server.lock of a home again and again, also at those that are no longer at their path: as long as it
// lives, one process at most may hold the lock of a project.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "os/fd.h"

namespace stream_status::testing {

/// Has a thread of its own; the rest is the owner's.
class LockWatch {
 public:
  /// `projects`: may not be there yet.
  explicit LockWatch(std::string projects);
  ~LockWatch();

  /// What was seen that must not be: one sentence for each time.
  std::vector<std::string> violations() const;

 private:
  /// A file that is or was a directory's server.lock.
  struct Seen {
    std::pair<dev_t, ino_t> identity;
    os::Fd file;
  };

  void step();
  void look_at(const std::string& directory);

  const std::string projects_;
  std::map<std::string, std::vector<Seen>> seen_;  ///< of the thread
  mutable std::mutex mutex_;                       ///< guards violations_
  std::vector<std::string> violations_;
  os::Fd stop_;
  std::thread thread_;
};

}  // namespace stream_status::testing
