// Snapshots: complete copies of the database beside the state directory, because caches get wiped.
#pragma once

#include <string>

#include "base/log.h"
#include "os/fd.h"
#include "store/store.h"

namespace stream_status::service {

/// Owned by one thread, which is not the writer. `step` is called about once a second.
class Snapshots {
 public:
  struct Place {
    os::Fd directory;  ///< …/backups/<project>
    std::string path;
  };
  Snapshots(Place place, store::Store& store, const Log& log);

  /// Takes a snapshot when a change has waited for 4½ minutes (30 above 64 MiB) since the last one, and removes all
  /// but the newest `keep`. A failure is logged and tried again a minute later.
  void step(MonotonicTime now, WallTime wall, std::int64_t keep);

  /// Takes one now, if something changed since the last. `reason` is for the log: "clean_stop", "before_migration".
  Result<void> take(WallTime wall, std::int64_t keep, std::string_view reason);

 private:
  Result<void> prune(std::int64_t keep) const;

  Place place_;
  store::Store& store_;
  const Log& log_;
  std::int64_t saved_revision_;
  std::optional<MonotonicTime> unsaved_since_;
};

}  // namespace stream_status::service
