// The text of server.lock, as its holder keeps it: who that is, how far its start or stop has come, and the port it
// had, for the next holder. Clients tell by it a slow server from one that hangs (client/patience.h).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/json.h"
#include "os/lock.h"

namespace stream_status::server {

/// What the holder before wrote under this key; 0 where it says nothing.
std::int64_t read_lock_number(const os::Fd& directory, std::string_view key);
std::uint16_t read_last_port(const os::Fd& directory);

/// `phase` and the setters from the owner's thread; a thread of its own beats.
class LockText {
 public:
  /// What a stop may take, in seconds: without any work being done, and in all.
  static constexpr int kStillBeats = 15;
  static constexpr int kStopBeats = 300;

  /// What passes from holder to holder.
  struct Known {
    std::uint16_t last_port = 0;
    std::int64_t revision = 0;  ///< how far the data had come, for a start that finds an older state of it
  };
  /// On the thread that starts and stops the server. `lock` must outlive it. `stuck`: called, on its own thread, when a
  /// stop does not end; must end the process.
  LockText(const os::FileLock& lock, Known known, std::function<void(std::string_view phase)> stuck);
  ~LockText();

  enum class Stage {
    kWorking,   ///< it starts
    kServing,   ///< its answers show that it lives
    kStopping,  ///< as kWorking, and must come to an end
  };
  /// While it starts or stops, nobody gets answers, and single steps (a check of a large database, a last checkpoint)
  /// take as long as they take: each second in which the threads that take these steps have worked counts as progress.
  /// Who is stopped, or waits for something that does not come, shows none, however often others knock.
  void phase(std::string_view name, Stage stage = Stage::kWorking);
  /// From now on this thread's work is progress too.
  void follow(std::int64_t thread);
  void set_port(std::uint16_t port);
  /// The same progress: a server that only writes this may hang all the same.
  void set_revision(std::int64_t revision);
  std::uint16_t last_port() const;

 private:
  struct Work {
    std::uint64_t ticks = 0;  ///< of processor time; a thread that ends takes its share away, which is progress as well
    bool waits_for_disk = false;  ///< nothing would be faster without this process
  };
  Work work() const;
  void write() const;
  void beat();

  const os::FileLock& lock_;
  const json::object me_;
  const std::function<void(std::string_view phase)> stuck_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::vector<std::int64_t> threads_;
  std::string phase_;
  Known known_;
  Stage stage_ = Stage::kWorking;
  int progress_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace stream_status::server
