// What keeps the data safe beside the writer, on a thread of its own: snapshots on time, and what people ask for: a
// backup, a check, an export, and a restore or an import, which the next server carries out.
#pragma once

#include <functional>
#include <string>

#include "service/call.h"
#include "service/ledger.h"
#include "service/live_config.h"
#include "service/recovery.h"
#include "service/snapshots.h"
#include "service/worker.h"
#include "store/store.h"

namespace stream_status::service {

enum class MaintenanceTask { kBackup, kIntegrity, kExport, kRestore, kImport };

/// `run` and `status` from any thread; the rest from the owner's.
class Maintenance {
 public:
  struct Parts {
    store::Store& store;
    Writer& writer;
    Snapshots& snapshots;
    const LiveConfig& config;
    const os::Clock& clock;
    const Log& log;
    const os::Fd& directory;  ///< the project's
    std::string path;         ///< its absolute path
    std::string file;         ///< name of the database in it
    std::string backups_path;
    /// Asks the server to leave, so that the next one begins with what was chosen.
    std::function<void(std::string_view reason)> request_stop;
  };
  explicit Maintenance(Parts parts);
  ~Maintenance() { stop(); }

  void start() { thread_.start(); }
  /// For whoever watches whether it gets on.
  std::int64_t thread() const { return thread_.thread(); }
  /// Finishes what runs; what waits is refused. Before the writer stops.
  void stop();

  /// Arguments: kBackup {file?}, kExport {file}, kRestore {file: "latest", a name in the backups directory or an
  /// absolute path}, kImport {file, replace?}. `done` is called through `lane`. After a restore or an import was
  /// accepted, everything is kDraining: the next server's.
  void run(MaintenanceTask task, json::object arguments, Lane& lane, Completion done);

  /// {bytes, lastSnapshot?: {file, revision, timestamp}, snapshotProblem?} for health.
  json::object status() const;

 private:
  Result<json::object> carry_out(MaintenanceTask task, const json::object& arguments);
  Result<json::object> back_up(const json::object& arguments);
  Result<json::object> check() const;
  Result<json::object> export_all(const json::object& arguments);
  Result<void> refuse_live_file(const std::string& path) const;
  Result<void> refuse_in_use(const json::object& arguments) const;
  Result<void> leave(const RestoreRequest& request);
  Result<json::object> restore(const json::object& arguments);
  Result<json::object> import_all(const json::object& arguments);
  Result<std::string> choose_backup(const std::string& named) const;
  MonotonicTime step(MonotonicTime now);
  Result<void> sweep_answers();

  Parts parts_;
  Ledger ledger_;
  WallTime started_wall_;
  MonotonicTime started_;
  RequestId swept_;  ///< maintenance thread only, as the next two
  MonotonicTime next_sweep_{};
  MonotonicTime next_fold_{};
  bool is_leaving_ = false;  ///< maintenance thread only: what was chosen is the next server's
  std::atomic<bool> stopping_{false};
  Worker thread_;
};

}  // namespace stream_status::service
