#include "store/sqlite/founding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "os/byte_lock.h"
#include "os/file_parts.h"
#include "store/sqlite/schema.h"

namespace stream_status::store {
namespace {

// The bytes that SQLite locks. Source: SQLite's os.h (PENDING_BYTE, then the reserved byte and the shared range).
constexpr std::int64_t kFirstLockByte = 0x40000000;
constexpr std::int64_t kLockBytes = 512;

/// SQLite's own words for a file that is no sound database.
Error as_damage(Error error, const std::string& path) {
  if (error.code == ErrorCode::kStorageFailed)
    error.message = fmt::format("read {}: the database is damaged: {}", path, error.message);
  return error;
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

Result<FoundingTable> read_table(Connection& connection, const std::string& name) {
  FoundingTable table{.name = name, .columns = {}, .rows = {}};
  {
    // 1: table → its columns; none if there is no such table
    Statement columns = TRY(connection.prepare("SELECT name FROM pragma_table_info(?)"));
    columns.bind(name);
    while (TRY(columns.step())) table.columns.emplace_back(columns.text(0));
  }
  if (table.columns.empty()) return table;
  // → every row: its number, then the columns above
  Statement select = TRY(connection.prepare(fmt::format("SELECT rowid, * FROM {} ORDER BY rowid", quoted(name))));
  while (TRY(select.step())) {
    FoundingTable::Row row{.id = select.integer(0), .values = {}};
    row.values.reserve(table.columns.size());
    for (int column = 1; column <= static_cast<int>(table.columns.size()); ++column)
      row.values.push_back(select.is_null(column) ? FoundingValue() : FoundingValue(select.text(column)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

constexpr const char* kRestTables = R"sql(
CREATE TABLE founding_summary_jobs (     -- of the founding implementation, as they were
  id                   INTEGER PRIMARY KEY,
  stream_id            TEXT,
  stream_number        TEXT,
  stream_title         TEXT,
  stream_category      TEXT,
  stream_branch        TEXT,
  stream_worktree_path TEXT,
  stream_created_at    TEXT,
  stream_completed_at  TEXT,
  user_summary         TEXT,
  history_file_path    TEXT,
  status               TEXT,
  attempts             INTEGER,
  max_attempts         INTEGER,
  error_message        TEXT,
  created_at           TEXT,
  started_at           TEXT,
  completed_at         TEXT
) STRICT;

CREATE TABLE founding_values (           -- what a founding row said that no row of ours says the same way
  source TEXT NOT NULL,                  -- the founding table
  row    TEXT NOT NULL,                  -- the stream's id, or the row's number
  name   TEXT NOT NULL,                  -- the column
  value  TEXT
) STRICT;
)sql";

constexpr std::array<std::string_view, 17> kJobColumns = {"stream_id",
                                                          "stream_number",
                                                          "stream_title",
                                                          "stream_category",
                                                          "stream_branch",
                                                          "stream_worktree_path",
                                                          "stream_created_at",
                                                          "stream_completed_at",
                                                          "user_summary",
                                                          "history_file_path",
                                                          "status",
                                                          "attempts",
                                                          "max_attempts",
                                                          "error_message",
                                                          "created_at",
                                                          "started_at",
                                                          "completed_at"};

bool is_number_column(std::string_view column) { return column == "attempts" || column == "max_attempts"; }

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<void> save_jobs(Connection& connection, const FoundingTable& jobs, std::vector<FoundingRemainder>& remainders) {
  // 1: id, 2–18: kJobColumns
  Statement insert = TRY(connection.prepare(
      "INSERT INTO founding_summary_jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const FoundingTable::Row& job : jobs.rows) {
    Use use(insert);
    use->bind(job.id);
    for (const std::string_view column : kJobColumns) {
      const auto at = jobs.find_column(column);
      const FoundingValue* value = at ? &job.values[*at] : nullptr;
      if (value == nullptr || !*value) {
        use->bind_null();
      } else if (!is_number_column(column)) {
        use->bind(std::string_view(**value));
      } else if (const auto number = whole_number(**value)) {
        use->bind(*number);
      } else {
        use->bind_null();
        remainders.push_back({jobs.name, std::to_string(job.id), std::string(column), *value});
      }
    }
    TRY(use->run());
    for (std::size_t i = 0; i < jobs.columns.size(); ++i)
      if (jobs.columns[i] != "id" &&
          std::find(kJobColumns.begin(), kJobColumns.end(), jobs.columns[i]) == kJobColumns.end())
        remainders.push_back({jobs.name, std::to_string(job.id), jobs.columns[i], job.values[i]});
  }
  return {};
}

Result<void> save_remainders(Connection& connection, const std::vector<FoundingRemainder>& remainders) {
  Statement insert = TRY(connection.prepare("INSERT INTO founding_values VALUES (?, ?, ?, ?)"));
  for (const FoundingRemainder& rest : remainders) {
    Use use(insert);
    use->bind(rest.table).bind(rest.row).bind(rest.column);
    if (rest.value)
      use->bind(std::string_view(*rest.value));
    else
      use->bind_null();
    TRY(use->run());
  }
  return {};
}

}  // namespace

std::optional<std::size_t> FoundingTable::find_column(std::string_view column) const {
  const auto at = std::find(columns.begin(), columns.end(), column);
  if (at == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(at - columns.begin());
}

Result<bool> is_founding_database(const os::Fd& directory, const std::string& file) {
  const auto head = TRY(os::read_head(directory, file, 100));
  return head && read_database_header(*head).kind == DatabaseKind::kFounding;
}

Result<std::optional<std::int64_t>> find_founding_user(const os::Fd& directory, const std::string& file) {
  return os::find_lock_holder(directory, file, kFirstLockByte, kLockBytes);
}

Result<void> settle_founding_copy(const std::string& path) {
  const auto settle = [&]() -> Result<std::string> {
    Connection connection = TRY(Connection::open(path, OpenMode::kReadWrite));
    TRY(connection.query_text("PRAGMA journal_mode = DELETE"));
    return connection.query_text("PRAGMA quick_check(1)");
  };
  const Result<std::string> verdict = settle();
  if (!verdict) return tl::make_unexpected(as_damage(verdict.error(), path));
  if (*verdict == "ok") return {};
  return fail(ErrorCode::kStorageFailed, fmt::format("read {}: the database is damaged: {}", path, *verdict));
}

Result<FoundingDatabase> read_founding_database(const std::string& path) {
  Connection connection = TRY(Connection::open(path, OpenMode::kReadOnly));
  TRY(connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF"));
  FoundingDatabase database;
  const auto read = [&]() -> Result<void> {
    database.streams = TRY(read_table(connection, "streams"));
    database.commits = TRY(read_table(connection, "commits"));
    database.history = TRY(read_table(connection, "stream_history"));
    database.summary_jobs = TRY(read_table(connection, "summary_jobs"));
    // → tables beside the four
    Statement others =
        TRY(connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
                               "ESCAPE '\\' AND name NOT IN "
                               "('streams', 'commits', 'stream_history', 'summary_jobs') ORDER BY name"));
    while (TRY(others.step())) database.other_tables.emplace_back(others.text(0));
    return {};
  };
  if (const auto done = read(); !done) return tl::make_unexpected(as_damage(done.error(), path));
  if (!database.streams.find_column("id"))
    return fail(ErrorCode::kIncompatible, fmt::format("read {}: this database belongs to another program", path),
                "move it away; nothing was changed");
  return database;
}

Result<FoundingGuard> FoundingGuard::hold(const std::string& path) {
  Connection connection = TRY(Connection::open(path, OpenMode::kReadWrite));
  // Leaving the WAL mode needs the file for itself: with another user of it, SQLite says that it is busy.
  const auto mode = connection.query_text("PRAGMA journal_mode = DELETE");
  const bool alone = mode && *mode == "delete";
  if (!alone || !connection.execute("BEGIN EXCLUSIVE"))
    return fail(ErrorCode::kIncompatible, fmt::format("migrate {}: another process uses this founding database", path),
                "end the agents whose MCP server is the founding Node implementation, then call again");
  return FoundingGuard(std::move(connection));
}

Result<void> save_founding_rest(const std::string& path, const FoundingTable& summary_jobs,
                                std::vector<FoundingRemainder> remainders) {
  Connection connection = TRY(Connection::open(path, OpenMode::kReadWrite));
  TRY(connection.execute("BEGIN IMMEDIATE"));
  TRY(connection.execute(kRestTables));
  TRY(save_jobs(connection, summary_jobs, remainders));
  TRY(save_remainders(connection, remainders));
  TRY(connection.execute("COMMIT"));
  const std::int64_t jobs = TRY(connection.query_integer("SELECT count(*) FROM founding_summary_jobs"));
  const std::int64_t values = TRY(connection.query_integer("SELECT count(*) FROM founding_values"));
  const std::string verdict = TRY(connection.query_text("PRAGMA quick_check(1)"));
  if (jobs != static_cast<std::int64_t>(summary_jobs.rows.size()) ||
      values != static_cast<std::int64_t>(remainders.size()) || verdict != "ok")
    return fail(ErrorCode::kStorageFailed,
                fmt::format("migrate to {}: {} of {} summary jobs; {}", path, jobs, summary_jobs.rows.size(), verdict));
  return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace stream_status::store
