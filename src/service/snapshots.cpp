#include "service/snapshots.h"

#include <fmt/format.h>

#include <vector>

#include "os/file.h"
#include "os/file_parts.h"

namespace stream_status::service {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 4min + 30s;  // with the copy itself, a change is at most 5 minutes without one
constexpr auto kIntervalLarge = 30min;
constexpr std::uint64_t kLarge = 64u << 20;
constexpr std::string_view kSuffix = ".db";
constexpr const char* kPartial = "snapshot.partial";

/// "streams-20261122T140000000Z-r1482.db": sorts by time.
std::string name_of_snapshot(WallTime wall, std::int64_t revision) {
  std::string time = format_rfc3339(wall);
  std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return fmt::format("streams-{}-r{}{}", time, revision, kSuffix);
}

bool is_snapshot(const std::string& name) { return name.starts_with("streams-") && name.ends_with(kSuffix); }

}  // namespace

Snapshots::Snapshots(Place place, store::Store& store, const Log& log)
    : place_(std::move(place)), store_(store), log_(log), saved_revision_(store.head()) {}

void Snapshots::step(MonotonicTime now, WallTime wall, std::int64_t keep) {
  if (store_.head() == saved_revision_) return;
  if (!unsaved_since_) unsaved_since_ = now;
  const auto interval =
      store_.size_bytes() > kLarge ? MonotonicTime::duration(kIntervalLarge) : MonotonicTime::duration(kInterval);
  if (now - *unsaved_since_ < interval) return;
  if (const auto taken = take(wall, keep, "interval"); !taken) {
    log_.error("snapshot_failed error=\"{}\"", taken.error().message);
    unsaved_since_ = now - interval + 1min;
  }
}

Result<void> Snapshots::take(WallTime wall, std::int64_t keep, std::string_view reason) {
  const std::int64_t revision = store_.head();
  if (revision == saved_revision_ && reason != "before_migration") return {};
  TRY(os::remove_file(place_.directory, kPartial));
  TRY(store_.snapshot(fmt::format("{}/{}", place_.path, kPartial)));
  const std::string name = name_of_snapshot(wall, revision);
  TRY(os::publish_file(place_.directory, kPartial, place_.directory, name));
  saved_revision_ = revision;
  unsaved_since_.reset();
  log_.info("snapshot_taken file={} revision={} reason={}", name, revision, reason);
  return prune(keep);
}

Result<void> Snapshots::prune(std::int64_t keep) const {
  std::vector<std::string> names = TRY(os::list_directory(place_.directory));
  std::erase_if(names, [](const std::string& name) { return !is_snapshot(name); });
  for (std::size_t i = 0; i + static_cast<std::size_t>(std::max<std::int64_t>(keep, 1)) < names.size(); ++i)
    TRY(os::remove_file(place_.directory, names[i]));
  return {};
}

}  // namespace stream_status::service
