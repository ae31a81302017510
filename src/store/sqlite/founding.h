// A database of the founding Node implementation (tables streams, commits, stream_history, summary_jobs; no
// user_version): read as plain rows, held still while it is replaced, and the rows that have no table here kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "os/fd.h"
#include "store/sqlite/connection.h"

namespace stream_status::store {

/// Absent: NULL. A number is as SQLite writes it.
using FoundingValue = std::optional<std::string>;

/// A table as it is, whatever columns its age gave it; no columns: there is no such table. Rows in rowid order.
struct FoundingTable {
  struct Row {
    std::int64_t id = 0;  ///< rowid; the `id` of the tables that count their rows
    std::vector<FoundingValue> values;
  };
  std::string name;
  std::vector<std::string> columns;
  std::vector<Row> rows;

  std::optional<std::size_t> find_column(std::string_view column) const;
};

struct FoundingDatabase {
  FoundingTable streams;
  FoundingTable commits;
  FoundingTable history;
  FoundingTable summary_jobs;
  std::vector<std::string> other_tables;  ///< of nobody known; they stay in the backup
};

/// What a founding row says that no row of ours says the same way.
struct FoundingRemainder {
  std::string table;
  std::string row;  ///< the stream's id, or the row's number
  std::string column;
  FoundingValue value;
};

/// Is the file at this name in a founding format (by its first bytes)? Absent file: no.
Result<bool> is_founding_database(const os::Fd& directory, const std::string& file);

/// Which process has the database open (SQLite's own locks show it): its pid, 0 if that can not be told. Absent: none.
Result<std::optional<std::int64_t>> find_founding_user(const os::Fd& directory, const std::string& file);

/// Moves the write-ahead log of a copy into it, so that one file is all, and checks that file.
/// Errors: kStorageFailed (damaged, with SQLite's verdict), kStorageFull.
Result<void> settle_founding_copy(const std::string& path);

/// Every row. Errors: kIncompatible (there is no table `streams` with ids), kStorageFailed.
Result<FoundingDatabase> read_founding_database(const std::string& path);

/// Held on the database that is about to be replaced: its log is in it, and no process can read or write it.
class FoundingGuard {
 public:
  /// Error: kIncompatible when another process has it open, kStorageFailed.
  static Result<FoundingGuard> hold(const std::string& path);

 private:
  explicit FoundingGuard(Connection connection) : connection_(std::move(connection)) {}
  Connection connection_;
};

/// Writes the tables `founding_summary_jobs` (the founding columns) and `founding_values` (the remainders) into a new
/// database that no store has open, and checks the file. Errors: kStorageFailed, kStorageFull.
Result<void> save_founding_rest(const std::string& path, const FoundingTable& summary_jobs,
                                std::vector<FoundingRemainder> remainders);

}  // namespace stream_status::store
