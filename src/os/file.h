// Files and directories, always relative to an open directory, so that a path that is swapped
// underneath can not redirect a write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

enum class IfMissing { kFail, kCreate };

/// Opens `path` (absolute) as a directory of ours. The components from `trusted_prefix` on (a
/// leading part of `path`, e.g. the home directory) are opened one by one with O_NOFOLLOW, created
/// 0700 if asked for, and must be owned by this user and not writable by others (a group whose number
/// is the user's own counts as the user). Components before the last keep their mode, may be sticky, and may
/// be symlinks that this user or root made (a ~/.cache on another disk); the last one is ours: never a
/// symlink, and with kCreate its mode becomes 0700. With kFail nothing is changed.
/// Errors: kPermissionDenied (foreign owner, writable by others, a symlink where a directory must
/// be, read-only disk: each with what is wrong and what to do), kNotFound, kStorageFull.
Result<Fd> open_private_directory(const std::string& path, const std::string& trusted_prefix, IfMissing if_missing);

/// One more component below an open private directory, by the rules for a last one.
Result<Fd> open_private_subdirectory(const Fd& parent, const std::string& name, const std::string& shown_path,
                                     IfMissing if_missing);

/// The whole regular file, or absent if there is none. Never follows a symlink, never blocks on a
/// FIFO; anything that is not a regular file, or is larger than `limit` bytes, is kInvalidArgument.
Result<std::optional<std::string>> read_file(const Fd& directory, const std::string& name, std::size_t limit);
/// The same for an absolute path, symlinks followed.
Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit);

/// Any directory that this user may use, as a person named it: symlinks are followed, nothing is checked or created.
Result<Fd> open_directory(const std::string& path);

enum class Durability { kPageCache, kDisk };

/// Replaces `name` whole: temporary file (0600) in the same directory, write, rename; with kDisk
/// also fsync of file and directory. A reader sees the old file or the new one, never a part.
Result<void> write_file_atomically(const Fd& directory, const std::string& name, std::string_view content,
                                   Durability durability);

Result<void> fsync_directory(const Fd& directory);

/// Removes the name; absent is success.
Result<void> remove_file(const Fd& directory, const std::string& name);

/// device + inode: is this still the same file?
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
std::optional<FileIdentity> identity_of(const Fd& file);
std::optional<FileIdentity> identity_of(const Fd& directory, const std::string& name);

/// Real, absolute path (realpath). kNotFound if it does not exist.
Result<std::string> real_path(const std::string& path);

/// Of this process. kNotFound if it was removed.
Result<std::string> current_directory();

/// May this process create files in the directory (or write the file)? Read-only disks count.
bool is_writable(const std::string& path);

enum class FileKind { kMissing, kRegular, kDirectory, kOther };
FileKind kind_of(const std::string& path);  ///< follows symlinks

/// Names in a directory, sorted, without "." and "..".
Result<std::vector<std::string>> list_directory(const Fd& directory);

/// Is this on a network filesystem (NFS, SMB, 9p, FUSE …), where locks and WAL can not be trusted? FUSE on a block
/// device (ntfs-3g) is local. A path that does not exist yet: its nearest existing ancestor is asked.
bool is_network_filesystem(const std::string& path);

/// Free bytes for this user on the filesystem of `directory`.
std::uint64_t free_bytes(const Fd& directory);

/// The path by which the kernel reaches an open directory: "/proc/self/fd/7". Short enough for a
/// socket address whatever the real path is.
std::string descriptor_path(const Fd& directory);

/// Where an open file or directory is now, for messages; costs a system call.
std::string path_of(const Fd& file);

}  // namespace stream_status::os
