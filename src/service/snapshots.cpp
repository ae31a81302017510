#include "service/snapshots.h"

#include <fmt/format.h>

#include <algorithm>

#include "os/copy.h"
#include "os/file.h"
#include "os/file_parts.h"
#include "os/random.h"
#include "project/backups.h"
#include "store/sqlite/database_file.h"

namespace stream_status::service {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 4min + 30s;  // with the copy itself, a change is at most 5 minutes without one
constexpr auto kIntervalLarge = 30min;
constexpr std::uint64_t kLarge = 64u << 20;
constexpr const char* kPartial = "snapshot.partial";

/// Its revision; 0: there is none, as of a project without a change.
std::int64_t newest_snapshot(const Snapshots::Place& place) {
  const auto directory = os::open_private_directory(place.path, place.trusted, os::IfMissing::kFail);
  if (!directory) return 0;
  const auto backups = project::list_backups(*directory);
  if (!backups) return 0;
  const auto newest = std::find_if(backups->begin(), backups->end(), [](const project::Backup& backup) {
    return backup.kind == project::BackupKind::kSnapshot;
  });
  return newest == backups->end() ? 0 : newest->revision;
}

}  // namespace

Snapshots::Snapshots(Place place, store::Store& store, const Log& log)
    : place_(std::move(place)), store_(store), log_(log), saved_revision_(newest_snapshot(place_)) {}

void Snapshots::step(MonotonicTime now, WallTime wall, std::int64_t keep) {
  if (store_.head() == saved_revision_) return;
  if (!unsaved_since_) unsaved_since_ = now;
  const auto interval =
      store_.size_bytes() > kLarge ? MonotonicTime::duration(kIntervalLarge) : MonotonicTime::duration(kInterval);
  if (now - *unsaved_since_ < interval) return;
  if (!take(wall, keep, "interval")) unsaved_since_ = now - interval + 1min;
}

Result<void> Snapshots::take_if_changed(WallTime wall, std::int64_t keep, std::string_view reason) {
  if (store_.head() == saved_revision_) return {};
  TRY(take(wall, keep, reason));
  return {};
}

/// Leaves the copy as kPartial in the directory.
Result<Snapshots::Copy> Snapshots::copy_and_check() const {
  os::Fd directory = TRY(os::open_private_directory(place_.path, place_.trusted, os::IfMissing::kCreate));
  TRY(os::remove_file(directory, kPartial));
  const std::string path = fmt::format("{}/{}", place_.path, kPartial);
  const std::int64_t before = store_.head();
  const std::int64_t revision = TRY(store_.snapshot(path));
  const store::DatabaseFacts facts =
      TRY(store::examine_database(path, store::OpenMode::kImmutable, store::Check::kFull));
  if (facts.revision != revision || revision < before)
    return fail(ErrorCode::kStorageFailed,
                fmt::format("snapshot {}: it has revision {}, and {} was committed", path, facts.revision, before));
  return Copy{std::move(directory), revision};
}

Result<Snapshots::Taken> Snapshots::take(WallTime wall, std::int64_t keep, std::string_view reason) {
  const auto work = [&]() -> Result<Taken> {
    const Copy copy = TRY(copy_and_check());
    const std::string name = project::backup_name(project::BackupKind::kSnapshot, wall, copy.revision);
    const std::uint64_t bytes = os::file_size(copy.directory, kPartial).value_or(0);
    TRY(project::sign_backups(copy.directory, place_.path, place_.owner, os::Durability::kDisk));
    TRY(os::publish_file(copy.directory, kPartial, copy.directory, name));
    saved_revision_ = copy.revision;
    unsaved_since_.reset();
    log_.info("snapshot_taken file={} revision={} reason={}", name, copy.revision, reason);
    TRY(project::prune_backups(copy.directory, keep));
    return Taken{fmt::format("{}/{}", place_.path, name), copy.revision, bytes, wall};
  };
  Result<Taken> taken = work();
  note(taken);
  return taken;
}

Result<Snapshots::Taken> Snapshots::take_to(const std::string& path, WallTime wall) {
  if (os::kind_of(path) != os::FileKind::kMissing)
    return fail(ErrorCode::kInvalidArgument, fmt::format("backup to {}: it exists already", path),
                "name a file that is not there yet");
  const std::string::size_type slash = path.rfind('/');
  const os::Fd target = TRY(os::open_directory(path.substr(0, std::max<std::string::size_type>(slash, 1))));
  const std::string name = path.substr(slash + 1);
  const std::string partial = fmt::format("{}.{}.partial", name, os::random_hex(4));
  const Copy copy = TRY(copy_and_check());
  const std::uint64_t bytes = os::file_size(copy.directory, kPartial).value_or(0);
  // Maybe to another disk: then it is complete before it has its name there.
  Result<void> placed = os::copy_file(copy.directory, kPartial, target, partial);
  if (placed) placed = os::publish_file(target, partial, target, name);
  (void)os::remove_file(copy.directory, kPartial);
  if (!placed) {
    (void)os::remove_file(target, partial);
    return add_context(fmt::format("backup to {}", path), placed.error());
  }
  log_.info("snapshot_taken file=\"{}\" revision={} reason=backup", path, copy.revision);
  return Taken{path, copy.revision, bytes, wall};
}

void Snapshots::note(const Result<Taken>& outcome) {
  if (!outcome) log_.error("snapshot_failed error=\"{}\"", outcome.error().message);
  const std::lock_guard lock(mutex_);
  state_.problem = outcome ? "" : outcome.error().message;
  if (outcome) state_.last = *outcome;
}

Snapshots::State Snapshots::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace stream_status::service
