// The files of a project's backups directory: what they are called, which are there, how many stay. Opens none of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"
#include "os/file.h"

namespace stream_status::project {

/// Held by the server that has the project's data open, in a directory of its own: it outlives the project's directory.
inline constexpr const char* kCustodyLockName = "custody.lock";
/// What a server saves whose files were taken away, until it is whole and gets its name.
inline constexpr const char* kRescuePartial = "rescue.partial";

enum class BackupKind {
  kSnapshot,  ///< "streams-…": taken while a server runs, and when it stops
  kRescued,   ///< "rescued-…": what a server had open when its files were taken away
  kReplaced,  ///< "replaced-…": what a restore or an import put aside
  kFounding,  ///< "founding-…": as the founding implementation left it
};
std::string_view name_of(BackupKind kind);  ///< "snapshot", …

struct Backup {
  std::string name;  ///< "streams-20261122T140000000Z-r1482.db"
  BackupKind kind = BackupKind::kSnapshot;
  std::string time;           ///< "20261122T140000000Z"
  std::int64_t revision = 0;  ///< as the name says; 0 for kFounding
  std::uint64_t bytes = 0;
};

/// "streams-20261122T140000000Z-r1482.db"
std::string backup_name(BackupKind kind, WallTime taken, std::int64_t revision);
/// "20261122T140000000Z": sorts by time, fits every file system.
std::string compact_time(WallTime time);

/// Does the directory, which lies at `path`, say that it is of the project with this key? false: it says nothing.
/// Error: kIncompatible, it is another project's.
Result<bool> are_signed(const os::Fd& directory, const std::string& path, const std::string& key);

/// Makes it the project's; one that says nothing is of an earlier version. Error: as above.
/// kDisk before a backup is added, else a power loss could leave one that a namesake takes for its own.
Result<void> sign_backups(const os::Fd& directory, const std::string& path, const std::string& key,
                          os::Durability durability);

/// The newest state first: by revision, which no clock can turn around, then by name.
Result<std::vector<Backup>> list_backups(const os::Fd& directory);

/// Removes all but the newest `keep` snapshots, and all but the newest five of those that were rescued and replaced.
/// To be called when the newest is known to be good. Founding files stay.
Result<void> prune_backups(const os::Fd& directory, std::int64_t keep);

}  // namespace stream_status::project
