// The one writer: a thread that takes what is queued, applies it in one transaction with a savepoint per
// request, commits, and only then answers (group commit). Only the store runs on it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "feed/feed.h"
#include "os/clock.h"
#include "service/call.h"
#include "store/store.h"

namespace stream_status::service {

/// One request for the writer.
struct WriteJob {
  /// Checks and applies, on the writer thread, between two savepoints. An error undoes what it wrote.
  std::function<Result<Answer>(store::Transaction&, WallTime now)> apply;
  Completion done;  ///< called through `lane`
  Lane* lane = nullptr;
};

/// `submit` from any thread; `start` and `stop` from the owner's.
class Writer {
 public:
  /// Asked after each commit, before anything is acknowledged: is the store still ours to speak for? When not,
  /// nothing of the group is acknowledged and `lost_custody` is called, once.
  struct Custody {
    std::function<bool()> is_ours;
    std::function<void()> lost_custody;
  };

  Writer(store::Store& store, const feed::Feed& feed, const os::Clock& clock, const Log& log, Custody custody);
  ~Writer();

  void start();
  /// Takes no more jobs, finishes those that are queued, ends the thread.
  void stop();

  /// Queues a job. A full queue (10,000) or a stopped writer answers at once on the calling thread.
  void submit(WriteJob job);

  /// For whoever watches whether it gets on. Any thread.
  struct Activity {
    std::int64_t thread = 0;   ///< 0: not started
    std::uint64_t groups = 0;  ///< done so far
    bool has_work = false;
  };
  Activity activity();

 private:
  void run();
  void run_group(std::vector<WriteJob>& jobs);
  Result<bool> apply_group(std::vector<WriteJob>& jobs, std::vector<Result<Answer>>& answers);
  void fail_all(std::vector<Result<Answer>>& answers, const Error& error) const;
  void deliver(std::vector<WriteJob>& jobs, std::vector<Result<Answer>>& answers,
               const std::shared_ptr<const void>& unanswered) const;

  store::Store& store_;
  const feed::Feed& feed_;
  const os::Clock& clock_;
  const Log& log_;
  Custody custody_;
  bool has_custody_ = true;  // writer thread only

  std::mutex mutex_;  ///< guards what follows, but the thread
  std::condition_variable queued_;
  std::vector<WriteJob> queue_;
  bool stopping_ = false;
  Activity activity_;
  std::thread thread_;
};

}  // namespace stream_status::service
