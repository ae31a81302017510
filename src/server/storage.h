// The project's data as one server holds it: custody, recovery, founding data, the store, its snapshots. Opened once by
// the life of the server, under server.lock.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "os/clock.h"
#include "os/lock.h"
#include "project/directory.h"
#include "service/snapshots.h"
#include "store/sqlite/sqlite_store.h"

namespace stream_status::server {

/// Custody is a second kernel lock, beside the backups. It is held as long as any connection to the database is open:
/// when the project's directory or server.lock is removed under a living server, the next one can have a new
/// server.lock at once, and must not look for backups before the old one has saved what it has open.
class Storage {
 public:
  struct Settings {
    const project::Home& home;
    const project::ProjectDirectory& directory;
    std::int64_t known_revision = 0;  ///< as server.lock's text says
    std::int64_t backups_keep = 0;
    /// Called with what is being done, as often as it moves.
    std::function<void(std::string_view phase)> progress;
  };
  /// Errors: kServerUnavailable (an earlier server still has the data and does not let go), kIncompatible (the backups
  /// are another project's), those of Recovery::open and service::migrate_founding.
  static Result<std::unique_ptr<Storage>> open(const Settings& settings, const os::Clock& clock, const Log& log);

  store::SqliteStore& store() { return *store_; }
  service::Snapshots& snapshots() { return *snapshots_; }
  const std::string& backups_path() const { return backups_path_; }

  /// What people and agents must know about the data, for a day after it happened; may be empty.
  const std::string& notice() const { return notice_; }

  /// After the files were taken away: saves what is committed as a backup, from the open handle. The writer thread, or
  /// any after it has ended.
  Result<void> rescue();
  bool is_rescued() const { return is_rescued_; }

 private:
  Storage(const Settings& settings, const os::Clock& clock, const Log& log);
  Result<void> sign_backups() const;
  Result<void> take_custody(const Settings& settings);
  Result<void> wait_for_custody(const Settings& settings);
  void wake_custodian() const;
  Result<void> take_over_founding_data(const Settings& settings);
  Result<void> open_store(const Settings& settings);
  Result<void> keep_earlier_rescue() const;
  Result<void> keep_notice(std::string notice);

  const os::Clock& clock_;
  const Log& log_;
  const project::ProjectDirectory& directory_;
  std::string trusted_;
  std::string backups_path_;
  os::Fd backups_;
  std::optional<os::FileLock> custody_;  ///< let go after the store is closed: members end in reverse order
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<service::Snapshots> snapshots_;
  std::string notice_;
  bool is_rescued_ = false;
};

}  // namespace stream_status::server
