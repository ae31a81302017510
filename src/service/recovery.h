// Opens the project's database, whatever state its files are in: gone, cut off, damaged, without their log, or older
// than what is known to have been. The newest good copy takes the place of what is lost, what is damaged is kept aside,
// and one sentence says so. Called by the server before anything else has the database open.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"
#include "project/backups.h"
#include "store/sqlite/sqlite_store.h"

namespace stream_status::service {

struct RecoveryPlace {
  const os::Fd* directory;  ///< the project's, open; its locks are held
  std::string path;         ///< its absolute path
  std::string file;         ///< name of the database in it
  const os::Fd* backups;    ///< …/backups/<project>, open
  std::string backups_path;
};

/// What a restore or an import goes above, so that no revision is given twice: nobody makes so many changes between
/// what is known of a lost database and its end.
inline constexpr std::int64_t kRevisionGap = 1'000'000;
/// A file whose revisions are above this is not taken: what follows them must be exact in every reader's JSON, which is
/// a double in some.
inline constexpr std::int64_t kLargestRevision = (std::int64_t{1} << 53) - 2 * kRevisionGap;

/// What a person chose to go on with: a checked database under this name in the project's directory, and a request
/// beside it. The next start puts it in place; until then everything is as it was.
std::string chosen_name(const std::string& file);
struct RestoreRequest {
  std::string from;  ///< what was chosen, for people
  enum class Kind { kRestore, kImport } kind = Kind::kRestore;
  bool is_in_place = false;  ///< or is about to be: that the file is gone means that it is the database
};
Result<void> save_restore_request(const os::Fd& directory, const RestoreRequest& request);

/// One start's recovery, in this order: prepare, open. Nothing is changed unless something is wrong.
class Recovery {
 public:
  /// `known_revision`: the newest that an earlier server is known to have committed; 0 if nothing is known.
  Recovery(RecoveryPlace place, std::int64_t known_revision, WallTime now, const Log& log);

  /// A restore that was asked for is done. A database that is gone comes back from a backup; a log that belongs to
  /// another database is put aside. For a new project nothing happens. Before a founding database is looked for: it may
  /// be what comes back.
  Result<void> prepare();

  /// Opens; what is damaged is replaced by the newest good backup (or by an empty database when there is none), and
  /// opened again. Errors: those of SqliteStore::open but damage; kStorageFull, kPermissionDenied while restoring.
  using Open = std::function<Result<std::unique_ptr<store::SqliteStore>>(store::OpenReport&)>;
  Result<std::unique_ptr<store::SqliteStore>> open(const Open& open, store::OpenReport& report);

  /// As open does by itself, for damage that was found otherwise. `why`: "streams.db is …".
  Result<void> restore(std::string why);

  /// What people and agents must know; empty: nothing was wrong.
  const std::string& notice() const { return notice_; }

 private:
  /// A file that may become the database.
  struct Candidate {
    std::string name;
    project::BackupKind kind = project::BackupKind::kSnapshot;
    std::int64_t revision = 0;
    std::int64_t epoch = 0;
    std::int64_t streams = 0;
  };
  Result<std::optional<Candidate>> find_best_backup();
  Result<void> carry_out_request();
  Result<void> put_chosen_in_place(const RestoreRequest& request);
  Result<std::string> keep_replaced();
  Result<void> put_in_place(const Candidate& candidate, std::int64_t above) const;
  Result<std::string> set_aside();
  Result<void> prune_aside() const;
  std::string restoring_name() const { return place_.file + ".restoring"; }
  std::string database_path() const { return place_.path + '/' + place_.file; }
  void say(std::string notice);

  RecoveryPlace place_;
  std::int64_t known_revision_;
  std::int64_t known_epoch_ = 0;
  WallTime now_;
  const Log& log_;
  bool is_lost_ = false;          ///< no backup was good: the project begins again, above what is known
  bool is_put_in_place_ = false;  ///< by a person, beside the log of another database
  std::string notice_;
};

}  // namespace stream_status::service
