#include "git/scratch_objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "os/file.h"
#include "os/random.h"
#include "os/temporary_directory.h"

namespace stream_status::git {
namespace {

constexpr std::string_view kPrefix = "objects-";
constexpr std::string_view kLockSuffix = ".lock";

/// Memory is everybody's: with less than that free it is left to others.
constexpr std::uint64_t kMemoryToSpare = 256u << 20;

/// How long a stopping server goes on removing: in memory that is enough for thousands of objects.
constexpr milliseconds kPatienceOfStop{100};

std::string lock_name(std::string_view name) { return fmt::format("{}{}", name, kLockSuffix); }

std::string name_of_ours(const std::string& directory) {
  return fmt::format("{}/stream-status-{}", directory, os::current_user());
}

/// Piece by piece, so that a stop need not wait for all. False: it was cut short.
bool remove_objects(const Git& git, const os::Fd& place, const std::string& name, const std::string& path) {
  std::optional<MonotonicTime> stop_seen;
  const auto is_out_of_patience = [&] {
    if (!git.is_cancelled()) return false;
    const MonotonicTime now = std::chrono::steady_clock::now();
    if (!stop_seen) stop_seen = now;
    return now - *stop_seen >= kPatienceOfStop;
  };
  if (const auto directory = os::open_private_subdirectory(place, name, path, os::IfMissing::kFail))
    if (const auto entries = os::list_directory(*directory))
      for (const std::string& entry : *entries) {
        if (is_out_of_patience()) return false;
        os::remove_tree(fmt::format("{}/{}", path, entry));
      }
  os::remove_tree(path);
  return true;
}

}  // namespace

Result<ScratchObjects::Place> ScratchObjects::choose_place(const std::string& parent_directory,
                                                           const std::string& memory_directory) {
  if (!memory_directory.empty()) {
    std::string path = name_of_ours(memory_directory);
    auto directory = os::open_private_directory(path, memory_directory, os::IfMissing::kCreate);
    if (directory && os::free_bytes(*directory) > kMemoryToSpare)
      return Place{std::move(path), std::move(*directory), true};
  }
  if (parent_directory.empty()) {
    std::string path = name_of_ours("/tmp");
    os::Fd directory = TRY(os::open_private_directory(path, "/tmp", os::IfMissing::kCreate));
    return Place{std::move(path), std::move(directory)};
  }
  const std::string above = parent_directory.substr(0, std::max<std::size_t>(parent_directory.rfind('/'), 1));
  // Not inside the braces: an early return out of them would leak what is constructed already.
  os::Fd directory = TRY(os::open_private_directory(parent_directory, above, os::IfMissing::kFail));
  return Place{parent_directory, std::move(directory)};
}

void ScratchObjects::remove_leftovers(const Git& git, const Place& place) {
  const auto names = os::list_directory(place.directory);
  if (!names) return;  // then nothing can be made here either, and that says why
  for (const std::string& lock_file : *names) {
    if (!lock_file.starts_with(kPrefix) || !lock_file.ends_with(kLockSuffix)) continue;
    const auto lock = os::FileLock::try_acquire(place.directory, lock_file);
    if (!lock || !*lock) continue;  // in use
    const std::string name = lock_file.substr(0, lock_file.size() - kLockSuffix.size());
    if (!remove_objects(git, place.directory, name, place.path + "/" + name)) return;
    (void)os::remove_file(place.directory, lock_file);  // if it stays, the next one tries again
  }
}

Result<ScratchObjects> ScratchObjects::make(const Git& git, const std::string& parent_directory,
                                            const std::string& memory_directory) {
  Place place = TRY(choose_place(parent_directory, memory_directory));
  remove_leftovers(git, place);
  return make_in(git, std::move(place));
}

Result<ScratchObjects> ScratchObjects::make_in(const Git& git, Place place) {
  // git splits the list at colons; in quotes a path may hold them.
  std::string alternates = "\"";
  for (const char byte : git.common_directory() + "/objects") {
    if (byte == '"' || byte == '\\') alternates += '\\';
    alternates += byte;
  }
  alternates += '"';
  std::string name = fmt::format("{}{}", kPrefix, os::random_hex(8));
  // The lock first: a directory whose lock is free is somebody's to remove.
  auto lock = TRY(os::FileLock::try_acquire(place.directory, lock_name(name)));
  if (!lock) return fail(ErrorCode::kInternal, fmt::format("make {}/{}: its lock is held", place.path, name));
  auto directory =
      os::open_private_subdirectory(place.directory, name, place.path + "/" + name, os::IfMissing::kCreate);
  if (!directory) {
    (void)os::remove_file(place.directory, lock_name(name));
    return tl::make_unexpected(std::move(directory).error());
  }
  return ScratchObjects(git, std::move(place), std::move(name), std::move(*lock), std::move(alternates));
}

ScratchObjects::ScratchObjects(const Git& git, Place place, std::string name, os::FileLock lock, std::string alternates)
    : git_(&git),
      place_(std::move(place)),
      name_(std::move(name)),
      lock_(std::move(lock)),
      path_(fmt::format("{}/{}", place_.path, name_)),
      alternates_(std::move(alternates)) {}

ScratchObjects::ScratchObjects(ScratchObjects&& other) noexcept
    : git_(other.git_),
      place_(std::move(other.place_)),
      name_(std::move(other.name_)),
      lock_(std::move(other.lock_)),
      path_(std::exchange(other.path_, std::string())),
      alternates_(std::move(other.alternates_)) {}

ScratchObjects::~ScratchObjects() {
  if (path_.empty() || !remove_objects(*git_, place_.directory, name_, path_)) return;
  (void)os::remove_file(place_.directory, lock_name(name_));  // an empty file may stay; the next one removes it
}

os::Environment ScratchObjects::environment() const {
  return {{"GIT_OBJECT_DIRECTORY", path_}, {"GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates_}};
}

}  // namespace stream_status::git
