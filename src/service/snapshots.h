// Snapshots: complete, checked copies of the database outside the state directory, because caches get wiped.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/log.h"
#include "os/fd.h"
#include "store/store.h"

namespace stream_status::service {

/// `step` and `take` from one thread at a time, which is not the writer; `last` from any.
class Snapshots {
 public:
  struct Place {
    std::string path;     ///< …/backups/<project>; made again when it is gone
    std::string trusted;  ///< as os::open_private_directory takes it
    std::string owner;    ///< the project's key, which signs the directory
  };
  struct Taken {
    std::string path;
    std::int64_t revision = 0;
    std::uint64_t bytes = 0;
    WallTime at;
  };
  Snapshots(Place place, store::Store& store, const Log& log);

  /// Takes a snapshot when a change has waited for 4½ minutes (30 above 64 MiB) since the last one, and removes all
  /// but the newest `keep`. A failure is logged and tried again a minute later.
  void step(MonotonicTime now, WallTime wall, std::int64_t keep);

  /// Takes one now, if something changed since the last. `reason` is for the log: "clean_stop".
  Result<void> take_if_changed(WallTime wall, std::int64_t keep, std::string_view reason);

  /// Takes one now: copied, read back whole (integrity check, revision), and only then named. Older ones go after that,
  /// so the newest one of that directory is always good. Errors: kStorageFull, kStorageFailed, kPermissionDenied.
  Result<Taken> take(WallTime wall, std::int64_t keep, std::string_view reason);

  /// As take, but to a path of the caller's choice, where nothing may be yet; nothing is removed.
  Result<Taken> take_to(const std::string& path, WallTime wall);

  /// The last one that was taken by this server, and why the last attempt failed ("": it did not).
  struct State {
    std::optional<Taken> last;
    std::string problem;
  };
  State state() const;

 private:
  struct Copy {
    os::Fd directory;
    std::int64_t revision = 0;
  };
  Result<Copy> copy_and_check() const;
  void note(const Result<Taken>& outcome);

  Place place_;
  store::Store& store_;
  const Log& log_;
  std::int64_t saved_revision_;
  std::optional<MonotonicTime> unsaved_since_;
  mutable std::mutex mutex_;  ///< guards state_
  State state_;
};

}  // namespace stream_status::service
