// A database file that no store has open: what it holds, whether it is whole, and what must change in a copy of an
// older state before it goes on as the project's.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "os/fd.h"
#include "store/sqlite/connection.h"

namespace stream_status::store {

struct DatabaseFacts {
  std::int64_t schema = 0;
  std::int64_t revision = 0;  ///< newest that it has given
  std::int64_t epoch = 0;
  std::int64_t streams = 0;
  bool was_closed = false;  ///< by a server that stopped cleanly, or made as a snapshot
};

/// kNone reads the facts alone; kFull checks every page and index (some 300 MB a second), kQuick all but the indexes.
enum class Check { kNone, kQuick, kFull };

/// Reads only. kImmutable for files that nobody has open (backups); kReadOnly where a write-ahead log may be beside it.
/// Errors: kIncompatible (not ours, or of a newer version), kStorageFailed (is_damage when the file is), kStorageFull.
Result<DatabaseFacts> examine_database(const std::string& path, OpenMode mode, Check check);

/// With everything that SQLite may have left beside it, and what was being built for it: the log of one database beside
/// another would be replayed into it.
Result<void> remove_database(const os::Fd& directory, const std::string& file);

/// SQLite's verdict over an open database: "ok", or what is wrong first. kStorageFailed (no damage) when the disk does
/// not give it all.
Result<std::string> verdict_of(Connection& connection, Check check);

/// Copies an open database, with what is in its log, into a new file, 0600, that is complete in itself; gives what it
/// holds. Not durable until published. On error nothing of it stays: half a copy would keep a full disk full.
Result<DatabaseFacts> copy_into(Connection& connection, const std::string& target);
/// As copy_into, of a database that nobody has open; reads the copy back whole.
Result<DatabaseFacts> copy_database(const std::string& path, const std::string& target);

/// Makes an older state the newest: the next revision is above `revision`, the next epoch above `epoch`, and whoever
/// has seen an earlier revision starts anew. The file is whole and durable afterwards, without a log beside it.
Result<void> continue_above(const std::string& path, std::int64_t revision, std::int64_t epoch);

}  // namespace stream_status::store
