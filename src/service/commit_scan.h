// Reads what was committed on each stream's branch into its record: new commits are added, and those that a rebase or
// an amend left behind are removed. Incremental: a branch whose tip has not moved costs nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "git/commits.h"
#include "service/ledger.h"
#include "service/progress.h"
#include "service/repository.h"
#include "store/store.h"

namespace stream_status::service {

struct ScanReport {
  struct Scanned {
    StreamId id;
    std::string branch;
    std::int64_t added = 0;
    std::int64_t removed = 0;
    std::int64_t total = 0;  ///< recorded now
    std::string note = {};
  };
  struct Skipped {
    StreamId id;
    std::string reason;
  };
  std::vector<Scanned> streams;  ///< whose record changed, and the one that was asked for
  std::vector<Skipped> skipped;
  std::vector<std::string> warnings;
  std::int64_t added = 0;
  std::int64_t removed = 0;
};

/// One thread. Only the first line of a message is recorded: git has the rest.
class CommitScan {
 public:
  struct Parts {
    Repository& repository;
    store::Reader& reader;
    const Ledger& ledger;
    const Log& log;
    Progress& progress;
  };
  explicit CommitScan(Parts parts) : parts_(parts) {}

  /// All streams that are not archived, or `only` one. `look` is what the scan went by. Errors: as Repository::look;
  /// the ledger's.
  Result<ScanReport> run(const Look& look, const std::optional<StreamId>& only);

 private:
  struct Findings {
    std::vector<domain::Commit> added;  ///< oldest first
    std::vector<std::string> gone;      ///< recorded hashes
    std::string note;
  };
  Result<std::vector<domain::Stream>> streams_to_scan(const std::optional<StreamId>& only);
  Result<Findings> examine(const domain::Stream& stream, const Place& place, const Look& look,
                           const std::string& old_tip, const std::vector<std::string>& recorded);
  Result<std::vector<git::CommitInfo>> read_new(const Place& place, const Look& look, const std::string& old_tip,
                                                std::string& note);
  Result<void> find_gone(const domain::Stream& stream, const Place& place, const std::string& old_tip,
                         const std::vector<std::string>& recorded, Findings& findings);
  Result<void> save(const domain::Stream& stream, const Place& place, const Findings& findings, ScanReport& report);
  Result<void> follow(const domain::Stream& stream, const Place& place, const Look& look);

  Parts parts_;
  /// Recorded hashes that were seen on the branch, or looked for, by this process.
  std::map<std::string, std::set<std::string>> verified_;  ///< by stream
};

}  // namespace stream_status::service
