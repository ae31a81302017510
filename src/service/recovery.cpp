#include "service/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "os/copy.h"
#include "os/file.h"
#include "os/file_parts.h"
#include "project/backups.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/schema.h"

namespace stream_status::service {
namespace {

using project::Backup;
using project::BackupKind;
using store::Check;
using store::OpenMode;

constexpr std::size_t kKeptDamaged = 3;
constexpr std::size_t kHeadBytes = 100;

/// May a server go on with it by itself? What a person put aside or a founding program wrote is nobody's to choose.
bool may_be_restored(const Backup& backup) {
  return backup.kind == BackupKind::kSnapshot || backup.kind == BackupKind::kRescued;
}

std::int64_t newest_revision(const std::vector<Backup>& backups) {
  return backups.empty() ? 0 : backups.front().revision;
}

/// Only databases that a server of ours has open are in WAL mode. Source: SQLite file format §1.3, byte 18.
bool may_have_log(std::string_view head) { return head.size() < kHeadBytes || head[18] == 2; }

constexpr const char* kRequestName = "restore.json";
constexpr std::string_view kImportWord = "import";
constexpr std::string_view kRestoreWord = "restore";
constexpr std::string_view kInPlace = "inPlace";

Result<std::optional<RestoreRequest>> find_request(const os::Fd& directory) {
  const auto text = TRY(os::read_file(directory, kRequestName, 64 * 1024));
  if (!text) return std::nullopt;
  RestoreRequest request;
  if (const auto object = parse_json_object(*text)) {
    request.from = find_string(*object, "from").value_or("");
    if (find_string(*object, "kind").value_or("") == kImportWord) request.kind = RestoreRequest::Kind::kImport;
    request.is_in_place = object->contains(kInPlace);
  }
  return request;
}

}  // namespace

std::string chosen_name(const std::string& file) { return file + ".chosen"; }

Result<void> save_restore_request(const os::Fd& directory, const RestoreRequest& request) {
  const bool is_import = request.kind == RestoreRequest::Kind::kImport;
  json::object text{{"from", request.from}, {"kind", is_import ? kImportWord : kRestoreWord}};
  if (request.is_in_place) text[kInPlace] = true;
  return os::write_file_atomically(directory, kRequestName, json::serialize(text), os::Durability::kDisk);
}

Recovery::Recovery(RecoveryPlace place, std::int64_t known_revision, WallTime now, const Log& log)
    : place_(std::move(place)), known_revision_(known_revision), now_(now), log_(log) {}

void Recovery::say(std::string notice) {
  log_.warn("recovery notice=\"{}\"", notice);
  notice_ = notice_.empty() ? std::move(notice) : fmt::format("{} {}", notice_, notice);
}

Result<void> Recovery::prepare() {
  TRY(carry_out_request());
  const std::vector<Backup> backups = TRY(project::list_backups(*place_.backups));
  known_revision_ = std::max(known_revision_, newest_revision(backups));
  const std::string log = place_.file + "-wal";
  const bool has_log = os::file_size(*place_.directory, log).value_or(0) > 0;
  const auto head = TRY(os::read_head(*place_.directory, place_.file, kHeadBytes));
  if (head) {
    // A copy that was put beside the log of the database before it: SQLite would mix the two.
    if (has_log && !may_have_log(*head)) {
      const std::string aside = fmt::format("{}.damaged-{}-wal", place_.file, project::compact_time(now_));
      TRY(os::remove_file(*place_.directory, place_.file + "-shm"));
      TRY(os::publish_file(*place_.directory, log, *place_.directory, aside));
      say(fmt::format("{} was replaced by a copy, beside the log of another: that log was put aside as {}.",
                      place_.file, aside));
      is_put_in_place_ = true;
    }
    return {};
  }
  if (std::any_of(backups.begin(), backups.end(), may_be_restored)) return restore(place_.file + " was gone");
  const auto founding = std::find_if(backups.begin(), backups.end(),
                                     [](const Backup& backup) { return backup.kind == BackupKind::kFounding; });
  if (founding != backups.end()) {
    TRY(set_aside());
    TRY(os::remove_file(*place_.directory, restoring_name()));
    TRY(os::copy_file(*place_.backups, founding->name, *place_.directory, restoring_name()));
    TRY(os::publish_file(*place_.directory, restoring_name(), *place_.directory, place_.file));
    say(
        fmt::format("{} was gone: the data of the founding implementation was taken over again from {}; what was "
                    "changed since is lost.",
                    place_.file, founding->name));
    return {};
  }
  const bool has_journal = os::file_size(*place_.directory, place_.file + "-journal").value_or(0) > 0;
  if (has_log || has_journal || known_revision_ > 0) return restore(place_.file + " was gone");
  return {};
}

Result<void> Recovery::carry_out_request() {
  const auto request = TRY(find_request(*place_.directory));
  if (!request) return store::remove_database(*place_.directory, chosen_name(place_.file));
  const bool is_there = os::file_size(*place_.directory, chosen_name(place_.file)).has_value();
  Result<void> placed;
  if (is_there)
    placed = put_chosen_in_place(*request);
  else if (!request->is_in_place)
    placed = fail(ErrorCode::kNotFound, fmt::format("{} is gone", chosen_name(place_.file)));
  else  // a server did it, and died before it could say so
    say(fmt::format("restored from {} as asked for.", request->from));
  if (!placed)
    say(fmt::format("the restore from {} was not done, everything is as it was: {}", request->from,
                    placed.error().message));
  TRY(os::remove_file(*place_.directory, kRequestName));
  return store::remove_database(*place_.directory, chosen_name(place_.file));
}

Result<void> Recovery::put_chosen_in_place(const RestoreRequest& request) {
  const std::string chosen = fmt::format("{}/{}", place_.path, chosen_name(place_.file));
  const store::DatabaseFacts facts = TRY(store::examine_database(chosen, OpenMode::kImmutable, Check::kFull));
  known_revision_ = std::max(known_revision_, newest_revision(TRY(project::list_backups(*place_.backups))));
  known_epoch_ = std::max(known_epoch_, facts.epoch);
  if (facts.revision > kLargestRevision)
    return fail(ErrorCode::kIncompatible, fmt::format("its revision {} is above {}", facts.revision, kLargestRevision));
  const std::string kept = TRY(keep_replaced());
  const std::int64_t above = std::max(known_revision_, facts.revision) + kRevisionGap;
  TRY(store::continue_above(chosen, above, known_epoch_ + 1));
  TRY(save_restore_request(*place_.directory, {request.from, request.kind, true}));
  for (const char* side : {"-wal", "-shm", "-journal"}) TRY(os::remove_file(*place_.directory, place_.file + side));
  TRY(os::publish_file(*place_.directory, chosen_name(place_.file), *place_.directory, place_.file));
  known_revision_ = above;
  say(fmt::format("{} from {} as asked for ({} streams).{} Revisions go on above {}.",
                  request.kind == RestoreRequest::Kind::kImport ? "imported" : "restored", request.from, facts.streams,
                  kept.empty() ? "" : fmt::format(" The state before is kept as {}.", kept), above));
  return {};
}

/// The state that is about to be replaced, as a backup; a damaged one as it is. Gives its name; "": there was none.
Result<std::string> Recovery::keep_replaced() {
  constexpr const char* kPartial = "replace.partial";
  if (!os::file_size(*place_.directory, place_.file)) return std::string();
  TRY(os::remove_file(*place_.backups, kPartial));
  const std::string copy = fmt::format("{}/{}", place_.backups_path, kPartial);
  const auto copied = store::copy_database(database_path(), copy);
  if (!copied && !store::is_damage(copied.error())) return tl::make_unexpected(copied.error());
  if (!copied) return set_aside();
  known_revision_ = std::max(known_revision_, copied->revision);
  known_epoch_ = std::max(known_epoch_, copied->epoch);
  const std::string name = project::backup_name(BackupKind::kReplaced, now_, copied->revision);
  TRY(os::publish_file(*place_.backups, kPartial, *place_.backups, name));
  return name;
}

Result<std::unique_ptr<store::SqliteStore>> Recovery::open(const Open& open, store::OpenReport& report) {
  auto opened = open(report);
  std::string damage;
  if (!opened && store::is_damage(opened.error())) damage = opened.error().message;
  // All that its server has ever committed was in the log.
  if (opened && report.was_unclean && report.log_was_missing && (*opened)->head() < known_revision_) {
    damage = fmt::format("open {}: its write-ahead log was removed", database_path());
    opened->reset();
  }
  if (!damage.empty()) {
    log_.error("database_damaged error=\"{}\"", damage);
    TRY(restore(damage));
    report = {};
    opened = open(report);
  }
  if (!opened) return opened;
  const std::int64_t head = (*opened)->head();
  // What the log that was put aside had given is not known.
  if (head >= known_revision_ && !is_put_in_place_) return opened;
  TRY((*opened)->continue_above(std::max(head, known_revision_) + kRevisionGap));
  if (head < known_revision_ && !is_lost_ && !report.created)
    say(
        fmt::format("{} is an older state (revision {}, and {} was known): it was taken as it is; revisions go on "
                    "above {}.",
                    place_.file, head, known_revision_, known_revision_ + kRevisionGap));
  return opened;
}

Result<std::optional<Recovery::Candidate>> Recovery::find_best_backup() {
  for (const Backup& backup : TRY(project::list_backups(*place_.backups))) {
    known_revision_ = std::max(known_revision_, backup.revision);
    if (!may_be_restored(backup)) continue;
    const std::string path = fmt::format("{}/{}", place_.backups_path, backup.name);
    const auto facts = store::examine_database(path, OpenMode::kImmutable, Check::kFull);
    if (facts) return Candidate{backup.name, backup.kind, facts->revision, facts->epoch, facts->streams};
    if (store::is_unreadable(facts.error()) || store::is_newer(facts.error()))
      return tl::make_unexpected(facts.error());
    log_.warn("backup_not_usable file={} error=\"{}\"", backup.name, facts.error().message);
  }
  return std::nullopt;
}

Result<void> Recovery::restore(std::string why) {
  // What is still to be read of the damaged one only says how far it had come; its log is read with it.
  const bool is_there = os::file_size(*place_.directory, place_.file).has_value();
  Result<store::DatabaseFacts> current = store::DatabaseFacts{};
  if (is_there) {
    current = store::examine_database(database_path(), OpenMode::kReadOnly, Check::kNone);
    if (current) {
      known_revision_ = std::max(known_revision_, current->revision);
      known_epoch_ = std::max(known_epoch_, current->epoch);
      current = store::examine_database(database_path(), OpenMode::kReadOnly, Check::kFull);
    }
    if (!current && (store::is_unreadable(current.error()) || store::is_newer(current.error())))
      return tl::make_unexpected(current.error());
  }
  const auto best = TRY(find_best_backup());
  if (best) known_epoch_ = std::max(known_epoch_, best->epoch);
  const std::int64_t above = known_revision_ + kRevisionGap;
  if (is_there && current && (!best || current->revision >= best->revision)) {
    TRY(store::continue_above(database_path(), above, known_epoch_ + 1));
    known_revision_ = above;
    say(fmt::format(
        "{}: what is left of it is whole, up to revision {}, and no backup is newer; later changes are lost. "
        "Revisions go on above {}.",
        why, current->revision, above));
    return {};
  }
  if (!best) {
    const std::string aside = TRY(set_aside());
    is_lost_ = true;
    say(fmt::format("{}, and there is no good backup: the project begins again empty.{}", why,
                    aside.empty() ? "" : fmt::format(" What was there is kept as {}.", aside)));
    return {};
  }
  TRY(put_in_place(*best, above));
  const std::string aside = TRY(set_aside());
  TRY(os::publish_file(*place_.directory, restoring_name(), *place_.directory, place_.file));
  known_revision_ = above;
  const std::string_view extent =
      best->kind == BackupKind::kRescued ? "which has everything that was acknowledged" : "changes after it are lost";
  say(fmt::format("{}: restored from {} (revision {}, {} streams; {}).{} Revisions go on above {}.", why, best->name,
                  best->revision, best->streams, extent,
                  aside.empty() ? "" : fmt::format(" What was there is kept as {}.", aside), above));
  return prune_aside();
}

/// A complete database under another name; nothing of the old one is touched.
Result<void> Recovery::put_in_place(const Candidate& candidate, std::int64_t above) const {
  TRY(store::remove_database(*place_.directory, restoring_name()));
  TRY(os::copy_file(*place_.backups, candidate.name, *place_.directory, restoring_name()));
  return store::continue_above(fmt::format("{}/{}", place_.path, restoring_name()), above, known_epoch_ + 1);
}

/// Log and journal first: a new database must never lie beside those of another. Gives the name to look for; "":
/// nothing was there.
Result<std::string> Recovery::set_aside() {
  const std::string aside = fmt::format("{}.damaged-{}", place_.file, project::compact_time(now_));
  std::string first;
  TRY(os::remove_file(*place_.directory, place_.file + "-shm"));
  for (const char* side : {"-journal", "-wal", ""}) {
    const auto bytes = os::file_size(*place_.directory, place_.file + side);
    if (!bytes) continue;
    if (*bytes == 0) {
      TRY(os::remove_file(*place_.directory, place_.file + side));
      continue;
    }
    TRY(os::publish_file(*place_.directory, place_.file + side, *place_.directory, aside + side));
    first = aside + side;
  }
  return first;
}

/// The newest few stay; their names sort by time.
Result<void> Recovery::prune_aside() const {
  const std::string prefix = place_.file + ".damaged-";
  std::vector<std::string> names = TRY(os::list_directory(*place_.directory));
  std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
  std::size_t kept = 0;
  std::string last;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const std::string set = name->substr(0, name->find('-', prefix.size()));
    if (set != last) ++kept;
    last = set;
    if (kept > kKeptDamaged) TRY(os::remove_file(*place_.directory, *name));
  }
  return {};
}

}  // namespace stream_status::service
