#include "store/sqlite/sqlite_store.h"

#include <fmt/format.h>

#include "os/file_parts.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_reader.h"

namespace stream_status::store {
namespace {

constexpr const char* kWritingPragmas =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -4096;"
    "PRAGMA wal_autocheckpoint = 1000;"
    // What a long reader made of the log is given back when it has ended; this much is kept, to be overwritten.
    "PRAGMA journal_size_limit = 16777216;"
    // Reads the file: from now on its log is there.
    "PRAGMA user_version;";

/// Until `close`, the log stays when the connection goes, as when the process is killed: an end that was not clean is
/// seen by the next start, and nothing is removed by name that may be another server's by then.
Result<void> begin_writing(Connection& connection) {
  connection.set_log_at_close(Connection::LogAtClose::kKept);
  return connection.execute(kWritingPragmas);
}

/// A database that can not be ours to write: says what it is and what to do, touches nothing.
tl::unexpected<Error> refuse(DatabaseKind kind, std::int64_t version, const std::string& path) {
  switch (kind) {
    case DatabaseKind::kFounding:
      return fail(
          ErrorCode::kIncompatible,
          fmt::format("open {}: this database is of the founding Node implementation; it was left untouched", path),
          "a server takes it over when it starts: call again");
    case DatabaseKind::kNewer:
      return fail(
          ErrorCode::kIncompatible,
          fmt::format("open {}: schema {} is newer than this version knows ({})", path, version, kSchemaVersion),
          "use the newer stream-status that wrote it; nothing was changed");
    case DatabaseKind::kForeign:
      return fail(ErrorCode::kIncompatible, fmt::format("open {}: this database belongs to another program", path),
                  "move it away; nothing was changed");
    case DatabaseKind::kDamaged:
    case DatabaseKind::kOurs: break;
  }
  return fail_damaged(fmt::format("open {}: not a database, or a damaged one; it was left untouched", path));
}

/// A file that is shorter than its header says has lost its end. (While there is a log, pages may still be in it.)
bool is_cut_off(const SqliteStore::Place& place, const DatabaseHeader& header) {
  const auto log = os::file_size(*place.directory, place.file + "-wal");
  return log.value_or(0) == 0 && os::file_size(*place.directory, place.file).value_or(0) < header.bytes;
}

/// Builds an empty database under another name and publishes it: one fsync instead of one per statement,
/// and never a half-built file under the real name.
Result<void> build(const SqliteStore::Place& place) {
  const std::string name = place.file + ".new";
  TRY(os::remove_file(*place.directory, name));
  {
    Connection connection = TRY(Connection::open(fmt::format("{}/{}", place.path, name), OpenMode::kCreate));
    TRY(connection.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE"));
    TRY(connection.execute(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str()));
    TRY(run_schema_steps(connection));
    // Already the state that the first server opens: four fsyncs less than changing the real file afterwards.
    TRY(connection.execute(
        "UPDATE meta SET value = 1 WHERE key = 'epoch'; UPDATE meta SET value = 0 WHERE key = 'clean'"));
    TRY(connection.execute("PRAGMA journal_mode = WAL"));
  }
  // A write-ahead log without its database is of one that was removed: SQLite would replay it into the new file.
  const std::string log = place.file + "-wal";
  if (os::file_size(*place.directory, log))
    TRY(os::publish_file(*place.directory, log, *place.directory, log + ".orphaned"));
  TRY(os::remove_file(*place.directory, place.file + "-shm"));
  return os::publish_file(*place.directory, name, *place.directory, place.file);
}

}  // namespace

Result<Counts> counts_of(Connection& connection, WallTime day_start) {
  const std::int64_t day_ms = to_unix_ms(day_start);
  Counts counts;
  counts.stats.completed_today =
      TRY(connection.query_integer(fmt::format("SELECT count(*) FROM streams WHERE completed_ms >= {}", day_ms)));
  counts.stats.commits_today =
      TRY(connection.query_integer(fmt::format("SELECT count(*) FROM commits WHERE committed_ms >= {}", day_ms)));
  return counts;
}

SqliteStore::SqliteStore(Place place, Connection connection)
    : place_(std::move(place)), connection_(std::move(connection)) {}

SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(Place place, const BeforeMigration& before_migration,
                                                       OpenReport& report) {
  const std::string path = fmt::format("{}/{}", place.path, place.file);
  std::int64_t version = kSchemaVersion;
  // An empty one says nothing: a start that failed leaves it where none was.
  const std::uint64_t log_bytes = os::file_size(*place.directory, place.file + "-wal").value_or(0);
  const LogFile log = log_bytes > 0 ? LogFile::kThere : LogFile::kMissing;
  if (const auto head = TRY(os::read_head(*place.directory, place.file, 100))) {
    const DatabaseHeader header = read_database_header(*head);
    if (header.kind != DatabaseKind::kOurs) return refuse(header.kind, header.version, path);
    if (is_cut_off(place, header)) return fail_damaged(fmt::format("open {}: its end is missing", path));
    version = header.version;
  } else {
    TRY(build(place));
    report.created = true;
  }

  Connection opened = TRY(Connection::open(path, OpenMode::kReadWrite));
  auto store = std::unique_ptr<SqliteStore>(new SqliteStore(place, std::move(opened)));
  Connection& connection = store->connection_;
  TRY(begin_writing(connection));
  const auto identity = os::identity_of(*place.directory, place.file);
  const auto log_identity = os::identity_of(*place.directory, place.file + "-wal");
  if (!identity || !log_identity)
    return fail(ErrorCode::kStorageFailed, fmt::format("open {}: it or its log was removed meanwhile", path));
  store->identity_ = *identity;
  store->log_identity_ = *log_identity;

  if (version < kSchemaVersion) {
    report.migrated_from = version;
    TRY(before_migration(*store, version));
    TRY(run_schema_steps(connection));
  }
  if (!report.created) TRY(store->take_over(log, report));
  store->epoch_ = TRY(connection.query_integer("SELECT value FROM meta WHERE key = 'epoch'"));
  report.epoch = store->epoch_;
  TRY(store->load_counts());
  TRY(store->prepare_statements());
  return store;
}

/// Checks a database that was not closed cleanly, and raises the epoch: from now on no earlier server can write.
Result<void> SqliteStore::take_over(LogFile log, OpenReport& report) {
  Connection& connection = connection_;
  report.was_unclean = TRY(connection.query_integer("SELECT value FROM meta WHERE key = 'clean'")) == 0;
  if (report.was_unclean) {
    // A server that was killed leaves its log behind, unless it never wrote.
    report.log_was_missing = log == LogFile::kMissing;
    if (log == LogFile::kMissing && TRY(connection.query_integer(kNewestRevision)) > 0)
      return fail_damaged(fmt::format("open {}: its write-ahead log was removed", file_path()));
    const std::string verdict = TRY(verdict_of(connection, Check::kQuick));
    if (verdict != "ok") return fail_damaged(fmt::format("open {}: the database is damaged: {}", file_path(), verdict));
  }
  TRY(
      connection.execute("BEGIN IMMEDIATE;"
                         "UPDATE meta SET value = value + 1 WHERE key = 'epoch';"
                         "UPDATE meta SET value = 0 WHERE key = 'clean';"
                         "COMMIT"));
  // Into the database itself, so that it is seen when the log is taken away.
  return report.was_unclean ? Result<void>() : checkpoint();
}

Result<void> SqliteStore::continue_above(std::int64_t revision) {
  TRY(connection_.execute(
      fmt::format("BEGIN IMMEDIATE;"
                  "INSERT OR REPLACE INTO meta VALUES ('revision_floor', {0}), ('readers_floor', {0});"
                  "COMMIT",
                  revision)
          .c_str()));
  return load_counts();
}

Result<void> SqliteStore::load_counts() {
  Counts counts;
  // → one row per status: how many streams, and how many of them have no open blocker and no holder
  Statement by_status = TRY(connection_.prepare(
      "SELECT status, count(*), sum(open_blockers = 0 AND claim_agent = '') FROM streams GROUP BY status"));
  while (TRY(by_status.step())) {
    const auto status = domain::parse_status(by_status.text(0));
    if (!status) continue;
    const std::int64_t streams = by_status.integer(1);
    counts.streams += streams;
    counts.by_status[static_cast<std::size_t>(*status)] = streams;
    if (domain::is_open(*status)) counts.stats.active_streams += streams;
    if (*status == domain::Status::kActive) counts.stats.in_progress = streams;
    if (*status == domain::Status::kBlocked) counts.stats.blocked = streams;
    if (*status == domain::Status::kInitializing || *status == domain::Status::kPaused)
      counts.stats.ready_to_start += by_status.integer(2);
  }
  counts.stats.total_commits = TRY(connection_.query_integer("SELECT count(*) FROM commits"));
  counts.revision = TRY(connection_.query_integer(kNewestRevision));
  // One that was read and removed keeps its id while this store is open.
  counts.message =
      std::max(newest_message(), TRY(connection_.query_integer("SELECT coalesce(max(id), 0) FROM messages")));
  readers_floor_.store(
      TRY(connection_.query_integer("SELECT coalesce((SELECT value FROM meta WHERE key = 'readers_floor'), 0)")),
      std::memory_order_release);
  highest_number_ = TRY(connection_.query_integer(
      "SELECT coalesce(max(CAST(number AS INTEGER)), 0) FROM streams WHERE length(number) < 10"));
  working_ = counts;
  day_ = WallTime::max();  // no day yet: the first caller brings one
  publish(counts);
  return {};
}

void SqliteStore::publish(const Counts& counts) {
  const std::lock_guard lock(published_mutex_);
  published_ = counts;
  published_day_ = day_;
  head_.store(counts.revision, std::memory_order_release);
  newest_message_.store(counts.message, std::memory_order_release);
}

Result<std::unique_ptr<Reader>> SqliteStore::open_reader() {
  return TRY(SqliteReader::open(*this, fmt::format("{}/{}", place_.path, place_.file)));
}

Result<Counts> SqliteStore::counts(WallTime day_start) {
  Counts counts;
  {
    const std::lock_guard lock(published_mutex_);
    counts = published_;
    if (published_day_ == day_start) return counts;
  }
  Connection connection = TRY(Connection::open(file_path(), OpenMode::kReadOnly));
  const Counts today = TRY(counts_of(connection, day_start));
  counts.stats.completed_today = today.stats.completed_today;
  counts.stats.commits_today = today.stats.commits_today;
  const std::lock_guard lock(published_mutex_);
  if (published_.revision == counts.revision) {
    published_ = counts;
    published_day_ = day_start;
  }
  return counts;
}

bool SqliteStore::is_in_place() const {
  return os::identity_at(file_path()) == identity_ && os::identity_at(log_path()) == log_identity_;
}

Result<std::int64_t> SqliteStore::snapshot(const std::string& path) {
  // A connection of its own: reading the whole database must not hold up the writer or a reader.
  Connection connection = TRY(Connection::open(file_path(), OpenMode::kReadOnly));
  const std::int64_t revision = TRY(copy_into(connection, path)).revision;
  if (!is_in_place())
    return fail(ErrorCode::kStorageFailed, fmt::format("snapshot: another file is at {}", file_path()));
  return revision;
}

Result<std::int64_t> SqliteStore::rescue(const std::string& path) { return TRY(copy_into(connection_, path)).revision; }

Result<std::string> SqliteStore::check_integrity() {
  Connection connection = TRY(Connection::open(file_path(), OpenMode::kReadOnly));
  return verdict_of(connection, Check::kFull);
}

Result<void> SqliteStore::reopen() {
  if (!is_in_place()) return fail(ErrorCode::kStorageFailed, fmt::format("reopen: another file is at {}", file_path()));
  statements_.reset();
  connection_.close();  // first: two connections that write must never be there at once
  connection_ = TRY(Connection::open(file_path(), OpenMode::kReadWrite));
  TRY(begin_writing(connection_));
  TRY(load_counts());
  return prepare_statements();
}

Result<void> SqliteStore::checkpoint() { return connection_.execute("PRAGMA wal_checkpoint(PASSIVE)"); }

std::uint64_t SqliteStore::size_bytes() const { return os::file_size(*place_.directory, place_.file).value_or(0); }

Result<void> SqliteStore::close() {
  TRY(connection_.execute("UPDATE meta SET value = 1 WHERE key = 'clean'"));
  TRY(connection_.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  statements_.reset();
  connection_.set_log_at_close(Connection::LogAtClose::kMoved);
  return {};
}

}  // namespace stream_status::store
