// The Store over SQLite: one read-write connection, used only by the writer thread, and read-only
// connections, one per reader. WAL, synchronous=FULL. One connection does all writing and all
// checkpointing: SQLite 3.40 has a race when two do (the WAL-reset bug).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "os/fd.h"
#include "os/file.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace stream_status::store {

/// What opening found, for the log.
struct OpenReport {
  bool created = false;             ///< there was no database
  bool was_unclean = false;         ///< the last server did not stop cleanly; quick_check has passed
  bool log_was_missing = false;     ///< there was a database, and no write-ahead log, or an empty one, beside it
  std::int64_t migrated_from = -1;  ///< user_version before the steps; -1: none were needed
  std::int64_t epoch = 0;
};

class SqliteStore final : public Store {
 public:
  struct Place {
    const os::Fd* directory;  ///< open project directory; must outlive the store
    std::string path;         ///< its absolute path
    std::string file;         ///< name of the database in it
  };
  /// Called before a migration with the version found, to take the backup. An error stops the open.
  using BeforeMigration = std::function<Result<void>(SqliteStore&, std::int64_t version)>;

  /// Opens, or builds under another name and publishes, the database. Raises the epoch by one.
  /// Errors: kIncompatible (founding, foreign or newer database: left untouched), kStorageFailed (for which is_damage
  /// is true when the file is no whole database, or its log is gone), kStorageFull, kPermissionDenied.
  static Result<std::unique_ptr<SqliteStore>> open(Place place, const BeforeMigration& before_migration,
                                                   OpenReport& report);
  ~SqliteStore() override;

  Result<std::unique_ptr<Reader>> open_reader() override;
  Result<std::unique_ptr<Transaction>> begin(WallTime day_start) override;
  std::int64_t head() const override { return head_.load(std::memory_order_acquire); }
  std::int64_t newest_message() const override { return newest_message_.load(std::memory_order_acquire); }
  std::int64_t readers_floor() const override { return readers_floor_.load(std::memory_order_acquire); }
  Result<Counts> counts(WallTime day_start) override;
  bool is_in_place() const override;
  Result<std::int64_t> snapshot(const std::string& path) override;
  Result<std::int64_t> rescue(const std::string& path) override;
  Result<std::string> check_integrity() override;
  Result<void> reopen() override;
  Result<void> checkpoint() override;
  std::uint64_t size_bytes() const override;

  /// The next revision is above `revision`, and whoever has seen an earlier one starts anew. Before the writer starts.
  Result<void> continue_above(std::int64_t revision);

  /// Marks the clean end and empties the log; nothing is written after it. Writer thread, last.
  Result<void> close();

 private:
  friend class SqliteTransaction;
  friend class SqliteReader;
  struct Statements;

  SqliteStore(Place place, Connection connection);
  enum class LogFile { kMissing, kThere };
  Result<void> take_over(LogFile log, OpenReport& report);
  std::string file_path() const { return place_.path + '/' + place_.file; }
  std::string log_path() const { return file_path() + "-wal"; }
  Result<void> prepare_statements();
  Result<void> load_counts();
  void publish(const Counts& counts);

  Place place_;
  os::FileIdentity identity_;
  os::FileIdentity log_identity_;  ///< of the write-ahead log, which stays the same file until close
  Connection connection_;
  std::shared_ptr<Statements> statements_;
  std::int64_t epoch_ = 0;

  // Writer thread only: counts of the state the open transaction would commit.
  Counts working_;
  WallTime day_;  ///< start of the day that working_'s two "today" numbers belong to
  std::int64_t highest_number_ = 0;

  mutable std::mutex published_mutex_;  ///< guards the two below
  Counts published_;
  WallTime published_day_;
  std::atomic<std::int64_t> head_{0};
  std::atomic<std::int64_t> newest_message_{0};
  std::atomic<std::int64_t> readers_floor_{0};
};

/// The two numbers of `day_start`'s day, read over `connection`; the rest of the counts is zero.
Result<Counts> counts_of(Connection& connection, WallTime day_start);

}  // namespace stream_status::store
