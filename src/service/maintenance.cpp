#include "service/maintenance.h"

#include <fmt/format.h>

#include <algorithm>

#include "os/copy.h"
#include "os/file.h"
#include "os/file_parts.h"
#include "project/backups.h"
#include "service/answer.h"
#include "service/retention.h"
#include "service/transfer.h"
#include "store/sqlite/database_file.h"

namespace stream_status::service {
namespace {

using namespace std::chrono_literals;

constexpr auto kSweepInterval = 10s;
constexpr auto kFoldInterval = 1h;
constexpr std::size_t kImportLimit = 1u << 30;

std::string directory_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// A database is whole without its log only when its server closed it. That it did not may stand in the log alone.
Result<void> refuse_unclosed(const std::string& path, const store::DatabaseFacts& facts) {
  const os::Fd directory = TRY(os::open_directory(directory_of(path)));
  if (facts.was_closed && os::file_size(directory, name_of(path) + "-wal").value_or(0) == 0) return {};
  return fail(ErrorCode::kInvalidArgument,
              "it was not closed by its server: what is in the log beside it would be missing",
              "`stream-status backup` or `export`, called in its project, makes a whole file");
}

Result<void> refuse_revision(std::int64_t revision) {
  if (revision <= kLargestRevision) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("its revision {} is above {}, which no project reaches", revision, kLargestRevision));
}

/// A path of the caller's: it has no meaning here unless it is absolute.
Result<std::string> path_argument(const json::object& arguments) {
  const auto file = find_string(arguments, "file");
  if (!file || !file->starts_with('/') || file->ends_with('/') || file->find('\0') != std::string_view::npos)
    return fail(ErrorCode::kInvalidArgument, "file: the absolute path of a file is required");
  return std::string(*file);
}

}  // namespace

Maintenance::Maintenance(Parts parts)
    : parts_(std::move(parts)),
      ledger_(parts_.writer),
      started_wall_(parts_.clock.wall()),
      started_(parts_.clock.monotonic()),
      thread_(parts_.clock, {[this](MonotonicTime now) { return step(now); }, [] { return -1; }}) {}

void Maintenance::stop() {
  stopping_ = true;
  for (Worker::Job& job : thread_.stop()) job();  // sees `stopping_` and refuses
}

MonotonicTime Maintenance::step(MonotonicTime now) {
  const auto config = parts_.config.get();
  parts_.snapshots.step(now, parts_.clock.wall(), config->backups_keep);
  if (next_sweep_ == MonotonicTime{}) {  // a start has other things to do first
    next_sweep_ = now + kSweepInterval;
    next_fold_ = now + kSweepInterval;
  }
  if (now >= next_sweep_) {
    next_sweep_ = now + kSweepInterval;
    if (const auto swept = sweep_answers(); !swept && swept.error().code != ErrorCode::kDraining)
      parts_.log.error("sweep_failed error=\"{}\"", swept.error().message);
  }
  if (now >= next_fold_) {
    next_fold_ = now + kFoldInterval;
    const auto folded = fold_history(parts_.store, ledger_, *config, parts_.clock.wall(), stopping_);
    if (!folded && folded.error().code != ErrorCode::kDraining)
      parts_.log.error("fold_failed error=\"{}\"", folded.error().message);
    if (folded && *folded > 0) parts_.log.info("history_folded events={}", *folded);
  }
  return now + 1s;
}

/// Most ids begin with their time, so what is old lies in front; a slice that goes round finds the rest.
Result<void> Maintenance::sweep_answers() {
  // Not the wall clock: it may have jumped since the answers were given.
  const WallTime now = started_wall_ + std::chrono::duration_cast<milliseconds>(parts_.clock.monotonic() - started_);
  const auto sweep = [&](const RequestId& after) -> Result<store::Transaction::Sweep> {
    store::Transaction::Sweep swept;
    TRY(ledger_.write([&](store::Transaction& transaction, WallTime) -> Result<void> {
      swept = TRY(transaction.forget_answers(now - kAnswersKept, after));
      return {};
    }));
    return swept;
  };
  for (RequestId after; !stopping_;) {
    const auto swept = TRY(sweep(after));
    if (swept.forgotten == 0 || swept.last.text.empty()) break;
    after = swept.last;
  }
  swept_ = TRY(sweep(swept_)).last;
  return {};
}

void Maintenance::run(MaintenanceTask task, json::object arguments, Lane& lane, Completion done) {
  // Shared: std::function wants what it holds to be copied.
  auto shared_done = std::make_shared<Completion>(std::move(done));
  const Error refusal{ErrorCode::kDraining, "call: the server is stopping", "send the call again"};
  const bool taken = thread_.submit([this, task, arguments = std::move(arguments), &lane, shared_done, refusal] {
    Result<Answer> answer = tl::make_unexpected(refusal);
    if (!stopping_ && !is_leaving_) {
      auto done_well = carry_out(task, arguments);
      if (done_well)
        answer = Answer{200, json::serialize(*done_well)};
      else
        answer = tl::make_unexpected(std::move(done_well).error());
    }
    std::vector<Delivery> batch;
    batch.push_back({std::move(*shared_done), std::move(answer)});
    lane.deliver(std::move(batch), nullptr);
  });
  if (!taken) (*shared_done)(tl::make_unexpected(refusal));
}

Result<json::object> Maintenance::carry_out(MaintenanceTask task, const json::object& arguments) {
  switch (task) {
    case MaintenanceTask::kBackup: return back_up(arguments);
    case MaintenanceTask::kIntegrity: return check();
    case MaintenanceTask::kExport: return export_all(arguments);
    case MaintenanceTask::kRestore: return restore(arguments);
    case MaintenanceTask::kImport: return import_all(arguments);
  }
  return fail(ErrorCode::kInternal, "maintenance: no such task");
}

Result<json::object> Maintenance::back_up(const json::object& arguments) {
  const WallTime now = parts_.clock.wall();
  const Snapshots::Taken taken = arguments.contains("file")
                                     ? TRY(parts_.snapshots.take_to(TRY(path_argument(arguments)), now))
                                     : TRY(parts_.snapshots.take(now, parts_.config.get()->backups_keep, "asked"));
  return json::object{{"file", taken.path},
                      {"bytes", taken.bytes},
                      {"revision", taken.revision},
                      {"timestamp", format_rfc3339(taken.at)}};
}

Result<json::object> Maintenance::check() const {
  const MonotonicTime begun = parts_.clock.monotonic();
  const std::string verdict = TRY(parts_.store.check_integrity());
  const auto took = std::chrono::duration_cast<milliseconds>(parts_.clock.monotonic() - begun);
  if (verdict != "ok") parts_.log.error("integrity verdict=\"{}\"", verdict);
  return json::object{{"ok", verdict == "ok"},
                      {"verdict", verdict},
                      {"bytes", parts_.store.size_bytes()},
                      {"revision", parts_.store.head()},
                      {"tookMs", took.count()}};
}

/// From a copy: the export is one state, and holds up nobody.
Result<json::object> Maintenance::export_all(const json::object& arguments) {
  constexpr const char* kCopy = "export.partial";
  const std::string target = TRY(path_argument(arguments));
  const os::Fd backups = TRY(os::open_directory(parts_.backups_path));
  TRY(os::remove_file(backups, kCopy));
  const std::string copy = fmt::format("{}/{}", parts_.backups_path, kCopy);
  TRY(parts_.store.snapshot(copy));
  const auto report = export_database({backups, parts_.backups_path, kCopy}, parts_.config.get()->project_name, target,
                                      parts_.clock.wall());
  for (const char* side : {"", "-wal", "-shm"}) (void)os::remove_file(backups, std::string(kCopy) + side);
  if (!report) return add_context(fmt::format("export to {}", target), report.error());
  return json::object{{"file", target},
                      {"revision", report->revision},
                      {"events", report->counts.events},
                      {"streams", report->counts.streams},
                      {"commits", report->counts.commits},
                      {"sha256", report->sha256}};
}

Result<std::string> Maintenance::choose_backup(const std::string& named) const {
  if (named.starts_with('/')) return named;
  const os::Fd backups = TRY(os::open_directory(parts_.backups_path));
  const auto all = TRY(project::list_backups(backups));
  const auto chosen = std::find_if(all.begin(), all.end(), [&](const project::Backup& backup) {
    return named == "latest" ? backup.kind == project::BackupKind::kSnapshot : backup.name == named;
  });
  if (chosen == all.end())
    return fail(ErrorCode::kNotFound, fmt::format("restore: there is no backup {} in {}", named, parts_.backups_path),
                "`stream-status restore` lists them; any other file is named by its path");
  return fmt::format("{}/{}", parts_.backups_path, chosen->name);
}

/// Closing any descriptor of a file drops this process's POSIX locks on it: SQLite's would be gone.
Result<void> Maintenance::refuse_live_file(const std::string& path) const {
  const auto named = os::identity_at(path);
  for (const char* side : {"", "-wal", "-shm"})
    if (named && named == os::identity_of(parts_.directory, parts_.file + side))
      return fail(ErrorCode::kInvalidArgument, fmt::format("{}: it is the project's own database, in use", path),
                  "`stream-status backup` makes a whole copy of it, `stream-status export` a file to import");
  return {};
}

/// The next server begins with what was chosen; this one does nothing more with it.
Result<void> Maintenance::leave(const RestoreRequest& request) {
  TRY(save_restore_request(parts_.directory, request));
  is_leaving_ = true;
  parts_.request_stop(request.kind == RestoreRequest::Kind::kImport ? "import" : "restore");
  return {};
}

/// Copied first: what was checked is what the next server finds, whatever happens to the file meanwhile.
Result<json::object> Maintenance::restore(const json::object& arguments) {
  const std::string path = TRY(choose_backup(std::string(find_string(arguments, "file").value_or(""))));
  if (os::kind_of(path) != os::FileKind::kRegular)
    return fail(ErrorCode::kNotFound, fmt::format("restore: {}: there is no such file", path),
                "`stream-status restore` lists the backups");
  if (const auto other = refuse_live_file(path); !other) return add_context("restore", other.error());
  const std::string chosen = chosen_name(parts_.file);
  TRY(store::remove_database(parts_.directory, chosen));
  const auto check_copy = [&]() -> Result<store::DatabaseFacts> {
    TRY(os::copy_file(TRY(os::open_directory(directory_of(path))), name_of(path), parts_.directory, chosen));
    const auto copied = TRY(store::examine_database(fmt::format("{}/{}", parts_.path, chosen),
                                                    store::OpenMode::kImmutable, store::Check::kFull));
    TRY(refuse_unclosed(path, copied));
    TRY(refuse_revision(copied.revision));
    return copied;
  };
  const auto facts = check_copy();
  if (!facts) {
    (void)store::remove_database(parts_.directory, chosen);
    Error error = facts.error();
    if (error.hint.empty() || store::is_damage(error)) error.hint = "nothing was changed; choose another backup";
    error.data = nullptr;
    return add_context(fmt::format("restore from {}", path), std::move(error));
  }
  parts_.log.info("restore_asked file=\"{}\" revision={}", path, facts->revision);
  TRY(leave({path, RestoreRequest::Kind::kRestore}));
  return json::object{{"accepted", true},
                      {"file", path},
                      {"revision", facts->revision},
                      {"streams", facts->streams},
                      {"replaces", parts_.store.head()}};
}

/// Streams are replaced only when the caller says so.
Result<void> Maintenance::refuse_in_use(const json::object& arguments) const {
  const json::value* replace = arguments.if_contains("replace");
  if (replace != nullptr && *replace == true) return {};
  const std::int64_t streams = TRY(parts_.store.counts(parts_.clock.local_midnight(parts_.clock.wall()))).streams;
  if (streams == 0) return {};
  return fail(ErrorCode::kStreamExists, fmt::format("import: the project has {} streams already", streams),
              "give --replace to put the import in their place; the state before is kept as a backup");
}

Result<json::object> Maintenance::import_all(const json::object& arguments) {
  const std::string path = TRY(path_argument(arguments));
  TRY(refuse_in_use(arguments));
  if (const auto other = refuse_live_file(path); !other) return add_context("import", other.error());
  const auto text = TRY(os::read_file(path, kImportLimit));
  if (!text)
    return fail(ErrorCode::kNotFound, fmt::format("import: {}: there is no such file", path),
                "name a file that `stream-status export` has written");
  const std::string chosen = chosen_name(parts_.file);
  const TransferReport report =
      TRY(import_database(*text, {parts_.directory, parts_.path, chosen}, parts_.clock.wall()));
  // It may have taken minutes, and agents went on.
  if (const auto unused = refuse_in_use(arguments); !unused) {
    (void)os::remove_file(parts_.directory, chosen);
    return tl::make_unexpected(unused.error());
  }
  parts_.log.info("import_asked file=\"{}\" streams={}", path, report.counts.streams);
  TRY(leave({path, RestoreRequest::Kind::kImport}));
  return json::object{{"accepted", true},
                      {"file", path},
                      {"events", report.counts.events},
                      {"streams", report.counts.streams},
                      {"commits", report.counts.commits},
                      {"replaces", parts_.store.head()}};
}

json::object Maintenance::status() const {
  json::object status{{"bytes", parts_.store.size_bytes()}};
  const Snapshots::State state = parts_.snapshots.state();
  if (state.last)
    status["lastSnapshot"] = json::object{
        {"file", state.last->path}, {"revision", state.last->revision}, {"timestamp", format_rfc3339(state.last->at)}};
  if (!state.problem.empty()) status["snapshotProblem"] = state.problem;
  return status;
}

}  // namespace stream_status::service
