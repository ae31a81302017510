// A whole project as JSON lines, for another machine or another version: written from a database file, and read back
// into a new one. First a header, then one line for each event, stream, commit, scan and intent, then an end line with
// the counts and the SHA-256 of all lines between; so a file that was cut or changed is noticed. What is not in it:
// answers of request ids (they live for a day) and config.json (it is about this machine).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

namespace stream_status::service {

struct TransferCounts {
  std::int64_t events = 0;
  std::int64_t streams = 0;
  std::int64_t commits = 0;
  std::int64_t scans = 0;
  std::int64_t intents = 0;
  friend bool operator==(const TransferCounts&, const TransferCounts&) = default;
};

struct TransferReport {
  TransferCounts counts;
  std::int64_t revision = 0;  ///< of the project that was exported
  std::string sha256;         ///< the same for equal contents, whenever and wherever they were exported
};

/// A database file by directory and name; no server has it open.
struct DatabaseAt {
  const os::Fd& directory;
  std::string path;  ///< of the directory
  std::string file;
};

/// Writes to `target`, where nothing may be yet. Errors: kInvalidArgument, kStorageFailed, kStorageFull,
/// kPermissionDenied.
Result<TransferReport> export_database(const DatabaseAt& source, const std::string& project_name,
                                       const std::string& target, WallTime now);

/// Reads everything and checks it (each line, each stream against its events, counts and sum) while it builds
/// `target`, which is whole and closed then; on error it is gone.
/// Error: kInvalidArgument naming line and field.
Result<TransferReport> import_database(std::string_view text, const DatabaseAt& target, WallTime now);

}  // namespace stream_status::service
