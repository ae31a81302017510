// SQLite's view of the disk, with faults: a layer over its usual VFS that can fail the n-th operation of a kind, and
// can lose power: then everything that was written since its file's last sync is gone.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace stream_status::testing {

enum class DiskOperation { kOpen, kRead, kWrite, kSync, kTruncate };

/// Thread-safe: one mutex. One per process; as long as it lives it is SQLite's default.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  struct Fault {
    DiskOperation operation = DiskOperation::kWrite;
    int nth = 1;  ///< counted from `arm` on
    int code = SQLITE_IOERR_WRITE;
    enum class Length {
      kOnce,         ///< that one alone
      kUntilDisarm,  ///< it and all of its kind after it
      kPowerLoss,    ///< it and everything that changes a file after it
    } length = Length::kOnce;
    enum class Part { kNothing, kHalf } part = Part::kNothing;  ///< kWrite: how much of it reaches the file
  };
  void arm(const Fault& fault);
  /// The disk works again. True: the fault has happened.
  bool disarm();

  /// After a power loss, when no connection is open any more: files are as their last sync left them.
  void drop_unsynced();

  // For the functions that SQLite calls.
  struct Undo {
    std::int64_t offset = 0;
    std::string bytes;      ///< what was there
    std::int64_t size = 0;  ///< of the file before
  };
  struct Verdict {
    int code = SQLITE_OK;
    bool half = false;
  };
  Verdict ask(DiskOperation operation);
  void remember(const std::string& path, Undo undo);
  void synced(const std::string& path);
  bool is_without_power();

 private:
  std::mutex mutex_;
  std::optional<Fault> fault_;
  int seen_ = 0;
  bool fired_ = false;
  std::map<std::string, std::vector<Undo>> unsynced_;
  sqlite3_vfs* usual_;
  sqlite3_vfs vfs_;
};

}  // namespace stream_status::testing
