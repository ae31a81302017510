// The tables, as steps that lead from one user_version to the next, and whose file a database is.
#pragma once

#include <string_view>

#include "store/sqlite/connection.h"

namespace stream_status::store {

/// "StSt": marks a database file as ours (PRAGMA application_id).
inline constexpr std::int64_t kApplicationId = 0x53745374;
/// The user_version this build writes.
inline constexpr std::int64_t kSchemaVersion = 4;

// → the newest revision that was given; a restore raises the floor, so that no revision is given twice
inline constexpr const char* kNewestRevision =
    "SELECT max((SELECT coalesce(max(revision), 0) FROM events), "
    "coalesce((SELECT value FROM meta WHERE key = 'revision_floor'), 0))";

enum class DatabaseKind { kOurs, kNewer, kFounding, kForeign, kDamaged };

/// Tells from the first 100 bytes of a file, opening nothing. `version` is its user_version.
/// Source: SQLite file format §1.3 (page size at 16, pages at 28, user_version at 60, application_id at 68,
/// big-endian).
struct DatabaseHeader {
  DatabaseKind kind = DatabaseKind::kDamaged;
  std::int64_t version = 0;
  std::uint64_t bytes = 0;  ///< that the file must have at least; of kOurs
};
DatabaseHeader read_database_header(std::string_view head);

/// Runs the steps from the connection's user_version to kSchemaVersion, each in one transaction.
Result<void> run_schema_steps(Connection& connection);

}  // namespace stream_status::store
