// Takes over a database of the founding Node implementation: backs it up, builds ours beside it from the backup, checks
// that nothing is missing, and puts it in the old one's place. A crash at any moment leaves the complete old database
// or the complete new one; the next start goes on. Called by the server before it opens the store.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"
#include "service/founding_rows.h"

namespace stream_status::service {

struct FoundingPlace {
  const os::Fd* directory;  ///< the project's, open
  std::string path;         ///< its absolute path
  std::string file;         ///< name of the database in it
  const os::Fd* backups;    ///< …/backups/<project>, open
  std::string backups_path;
};

/// For the log.
struct FoundingReport {
  CarriedCounts rows;
  std::int64_t events = 0;
  std::int64_t summary_jobs = 0;
  std::int64_t pending_jobs = 0;          ///< of those, not done yet
  std::int64_t remainders = 0;            ///< values kept beside, in `founding_values`
  std::vector<std::string> other_tables;  ///< left in the backup only
  std::string backup;                     ///< its path
};

/// Called as the work goes on, with what is next ("back up", "build", "check", "publish"), at least every few thousand
/// rows.
using FoundingProgress = std::function<void(std::string_view step)>;

/// Error when the database was not taken over, and is as it was: kIncompatible (a founding process has it open, with
/// its pid; it belongs to another program), kStorageFailed (damaged; or something would be missing), kStorageFull.
Result<FoundingReport> migrate_founding(const FoundingPlace& place, WallTime now, const FoundingProgress& progress);

}  // namespace stream_status::service
