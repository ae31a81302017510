#include "server/storage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/json.h"
#include "os/file.h"
#include "os/file_parts.h"
#include "os/process.h"
#include "project/backups.h"
#include "project/holder.h"
#include "service/founding_migration.h"
#include "service/recovery.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/founding.h"

namespace stream_status::server {
namespace {

using namespace std::chrono_literals;

constexpr const char* kNoticeName = "notice.json";
constexpr auto kNoticeKept = std::chrono::hours(24);
// Whoever lost its files sees it within a second and then copies the database: 1 GB takes some seconds.
constexpr auto kCustodyPatience = 20s;
constexpr auto kCustodySlice = 500ms;
/// By then it would have begun to: it may be stopped (SIGSTOP).
constexpr auto kCustodyDoubt = 4s;

}  // namespace

Storage::Storage(const Settings& settings, const os::Clock& clock, const Log& log)
    : clock_(clock),
      log_(log),
      directory_(settings.directory),
      trusted_(settings.home.trusted),
      backups_path_(fmt::format("{}/{}", settings.home.backups, settings.directory.name)) {}

Result<std::unique_ptr<Storage>> Storage::open(const Settings& settings, const os::Clock& clock, const Log& log) {
  auto storage = std::unique_ptr<Storage>(new Storage(settings, clock, log));
  storage->backups_ =
      TRY(os::open_private_directory(storage->backups_path_, storage->trusted_, os::IfMissing::kCreate));
  TRY(project::are_signed(storage->backups_, storage->backups_path_,
                          settings.directory.key));  // what is another's is not even waited for
  TRY(storage->take_custody(settings));
  TRY(storage->sign_backups());
  TRY(storage->open_store(settings));
  return storage;
}

/// Before anything is taken from them, or added. A new project has nothing to add before its first snapshot, which
/// signs once more: its first caller does not wait for the disk here.
Result<void> Storage::sign_backups() const {
  const bool is_new =
      !os::file_size(directory_.fd, project::kDatabaseName) && TRY(project::list_backups(backups_)).empty();
  return project::sign_backups(backups_, backups_path_, directory_.key,
                               is_new ? os::Durability::kPageCache : os::Durability::kDisk);
}

Result<void> Storage::take_custody(const Settings& settings) {
  custody_ = TRY(os::FileLock::try_acquire(backups_, project::kCustodyLockName));
  if (!custody_) TRY(wait_for_custody(settings));
  (void)custody_->write_text(json::serialize(project::describe_holder()));  // only informs, as server.lock's
  return {};
}

Result<void> Storage::wait_for_custody(const Settings& settings) {
  log_.warn("custody_awaited reason=\"an earlier server still has the data open\"");
  const MonotonicTime begun = clock_.monotonic();
  bool woken = false;
  while (!custody_) {
    settings.progress("waiting for the earlier server to save its data");
    auto lock = os::FileLock::acquire(backups_, project::kCustodyLockName, kCustodySlice);
    if (lock) {
      custody_ = std::move(*lock);
    } else if (lock.error().code != ErrorCode::kServerUnavailable) {
      return tl::make_unexpected(lock.error());
    } else if (!woken && clock_.monotonic() >= begun + kCustodyDoubt) {
      woken = true;
      wake_custodian();
    } else if (clock_.monotonic() >= begun + kCustodyPatience) {
      return fail(ErrorCode::kServerUnavailable,
                  fmt::format("open {}: an earlier server, whose files were removed, still has the project's data and "
                              "does not save it",
                              directory_.path),
                  fmt::format("see who it is (fuser {}/{}) and end it with `kill`; then call again", backups_path_,
                              project::kCustodyLockName));
    }
  }
  return {};
}

/// A stopped server can not save what only it has. Going on harms no process, and it is never ended: that would lose
/// data.
void Storage::wake_custodian() const {
  const auto text = os::read_file(backups_, project::kCustodyLockName, 4096);
  const auto holder = project::prove_holder(fmt::format("{}/{}", backups_path_, project::kCustodyLockName),
                                            text ? text->value_or("") : "");
  if (!holder) return log_.warn("custodian_not_proved error=\"{}\"", holder.error().message);
  const auto process = os::watch_process(*holder);
  if (!process) return;  // it has just ended
  const auto sent = os::send_signal(*process, os::Signal::kContinue);
  log_.warn("custodian_woken pid={} sent={}", holder->pid, sent.has_value());
}

/// A database of the founding implementation becomes ours before the store opens it.
Result<void> Storage::take_over_founding_data(const Settings& settings) {
  if (!TRY(store::is_founding_database(directory_.fd, project::kDatabaseName))) return {};
  const MonotonicTime begun = clock_.monotonic();
  const service::FoundingReport report = TRY(service::migrate_founding(
      {&directory_.fd, directory_.path, project::kDatabaseName, &backups_, backups_path_}, clock_.wall(),
      [&](std::string_view step) { settings.progress(fmt::format("taking over founding data: {}", step)); }));
  const service::CarriedCounts& rows = report.rows;
  log_.info(
      "founding_data_taken_over streams={} commits={} double_commits={} history={} events={} notes={} "
      "without_stream={} summary_jobs={} pending_jobs={} kept_values={} other_tables=\"{}\" backup={} took_ms={}",
      rows.streams, rows.commits, rows.double_commits, rows.history_rows, report.events, rows.notes,
      rows.without_stream, report.summary_jobs, report.pending_jobs, report.remainders,
      fmt::join(report.other_tables, " "), report.backup,
      std::chrono::duration_cast<milliseconds>(clock_.monotonic() - begun).count());
  return {};
}

Result<void> Storage::open_store(const Settings& settings) {
  service::Recovery recovery({&directory_.fd, directory_.path, project::kDatabaseName, &backups_, backups_path_},
                             settings.known_revision, clock_.wall(), log_);
  TRY(recovery.prepare());
  TRY(take_over_founding_data(settings));
  const auto back_up = [&](store::SqliteStore& store, std::int64_t version) -> Result<void> {
    log_.info("migration from={}", version);
    TRY(service::Snapshots({backups_path_, trusted_, directory_.key}, store, log_)
            .take(clock_.wall(), settings.backups_keep, "before_migration"));
    return {};
  };
  store::OpenReport report;
  store_ = TRY(recovery.open(
      [&](store::OpenReport& opened) {
        return store::SqliteStore::open({&directory_.fd, directory_.path, project::kDatabaseName}, back_up, opened);
      },
      report));
  log_.info("store_opened epoch={} revision={} created={} unclean={}", report.epoch, store_->head(), report.created,
            report.was_unclean);
  snapshots_ = std::make_unique<service::Snapshots>(service::Snapshots::Place{backups_path_, trusted_, directory_.key},
                                                    *store_, log_);
  // A new beginning: what it is now must not depend on what it was made from.
  if (!recovery.notice().empty()) (void)snapshots_->take(clock_.wall(), settings.backups_keep, "recovered");
  if (const auto kept = keep_notice(recovery.notice()); !kept)
    log_.error("notice_not_kept error=\"{}\"", kept.error().message);
  return {};
}

/// The next server says it too, until a day is over.
Result<void> Storage::keep_notice(std::string notice) {
  if (!notice.empty()) {
    notice_ = std::move(notice);
    const json::object record{{"notice", notice_}, {"at", format_rfc3339(clock_.wall())}};
    return os::write_file_atomically(directory_.fd, kNoticeName, json::serialize(record), os::Durability::kPageCache);
  }
  const auto text = TRY(os::read_file(directory_.fd, kNoticeName, 64 * 1024));
  if (!text) return {};
  const auto record = parse_json_object(*text);
  const auto at = record ? parse_rfc3339(find_string(*record, "at").value_or("")) : std::nullopt;
  if (!at || clock_.wall() - *at > kNoticeKept) return os::remove_file(directory_.fd, kNoticeName);
  notice_ = find_string(*record, "notice").value_or("");
  return {};
}

/// One that a server was killed over: it may be whole, and is nobody else's to remove.
Result<void> Storage::keep_earlier_rescue() const {
  if (!os::file_size(backups_, project::kRescuePartial)) return {};
  const std::string path = fmt::format("{}/{}", backups_path_, project::kRescuePartial);
  const auto facts = store::examine_database(path, store::OpenMode::kImmutable, store::Check::kFull);
  if (!facts && store::is_damage(facts.error())) return os::remove_file(backups_, project::kRescuePartial);
  const std::string name =
      project::backup_name(project::BackupKind::kRescued, clock_.wall(), facts ? facts->revision : 0);
  return os::publish_file(backups_, project::kRescuePartial, backups_, name);
}

Result<void> Storage::rescue() {
  backups_ = TRY(os::open_private_directory(backups_path_, trusted_, os::IfMissing::kCreate));
  // They may have been removed, too; to save comes first.
  (void)project::sign_backups(backups_, backups_path_, directory_.key, os::Durability::kDisk);
  TRY(keep_earlier_rescue());
  const std::string path = fmt::format("{}/{}", backups_path_, project::kRescuePartial);
  const std::int64_t revision = TRY(store_->rescue(path));
  TRY(store::examine_database(path, store::OpenMode::kImmutable, store::Check::kFull));
  const std::string name = project::backup_name(project::BackupKind::kRescued, clock_.wall(), revision);
  TRY(os::publish_file(backups_, project::kRescuePartial, backups_, name));
  is_rescued_ = true;
  log_.error("rescued file={}/{}", backups_path_, name);
  return {};
}

}  // namespace stream_status::server
