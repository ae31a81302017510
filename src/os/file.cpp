#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "os/error.h"
#include "os/random.h"

namespace stream_status::os {
namespace {

std::string shown(const Fd& directory, const std::string& name) { return path_of(directory) + "/" + name; }

// ---- private directories -----------------------------------------------------------------

/// A component on the way to our directories (~/.cache), or one of our directories itself.
enum class Place { kOnTheWay, kOurs };

/// Many systems give each user a group of the same number, and create directories writable by it.
bool is_private_group(gid_t group) { return group == ::getegid() && group == ::geteuid(); }

Result<void> check_directory(const Fd& fd, const std::string& path, Place place, IfMissing if_missing) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return errno_error("open directory", path);
  const mode_t mode = status.st_mode & 07777;
  if (status.st_uid != ::geteuid())
    return fail(
        ErrorCode::kPermissionDenied,
        fmt::format("open directory: {}: owned by user {}, and this is user {}", path, status.st_uid, ::geteuid()),
        fmt::format("run as its owner, or give it to this user: chown {} {}", ::geteuid(), path));
  const bool open_to_others = (mode & S_IWOTH) != 0 && (place == Place::kOurs || (mode & S_ISVTX) == 0);
  const bool open_to_group = (mode & S_IWGRP) != 0 && !is_private_group(status.st_gid);
  if (open_to_others || open_to_group)
    return fail(ErrorCode::kPermissionDenied,
                fmt::format("open directory: {}: other users can write to it (mode {:04o})", path, mode),
                fmt::format("look at what is in it, then: chmod go-w {}", path));
  if (place == Place::kOnTheWay || if_missing == IfMissing::kFail) return {};
  if ((mode & 0700) != 0700)
    return fail(ErrorCode::kPermissionDenied, fmt::format("open directory: {}: not writable (mode {:04o})", path, mode),
                fmt::format("make it usable again: chmod 700 {}", path));
  if (mode != 0700 && ::fchmod(fd.get(), 0700) != 0) return errno_error("make private", path);
  return {};
}

/// May this symlink be followed? Only one that this user (or root) put there, on the way to our directories: whoever
/// may write its parent is known to be this user alone.
bool is_own_symlink(const Fd& parent, const std::string& name) {
  struct stat status {};
  if (::fstatat(parent.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return S_ISLNK(status.st_mode) && (status.st_uid == ::geteuid() || status.st_uid == 0);
}

Result<Fd> open_component(const Fd& parent, const std::string& name, const std::string& path, Place place,
                          IfMissing if_missing) {
  // O_PATH: directories on the way may be searchable and not readable.
  const int flags = (place == Place::kOurs ? O_RDONLY : O_PATH) | O_DIRECTORY | O_CLOEXEC;
  Fd fd{::openat(parent.get(), name.c_str(), flags | O_NOFOLLOW)};
  if (!fd && errno == ENOENT && if_missing == IfMissing::kCreate) {
    if (::mkdirat(parent.get(), name.c_str(), 0700) != 0 && errno != EEXIST)
      return errno_error("create directory", path);
    fd = Fd{::openat(parent.get(), name.c_str(), flags | O_NOFOLLOW)};
  }
  if (!fd && (errno == ENOTDIR || errno == ELOOP)) {
    const bool may_follow = place == Place::kOnTheWay && is_own_symlink(parent, name);
    if (may_follow) fd = Fd{::openat(parent.get(), name.c_str(), flags)};
    if (!fd && may_follow) return errno_error("open directory", path);
    if (!fd)
      return fail(ErrorCode::kPermissionDenied, "open directory: " + path + ": not a directory, or a symlink to one",
                  "move it away; the directory is made anew");
  }
  if (!fd) return errno_error("open directory", path);
  TRY(check_directory(fd, path, place, if_missing));
  return fd;
}

// ---- reading -------------------------------------------------------------------------------

/// `directory` may be null for an absolute `name`.
Result<std::optional<std::string>> read_at(const Fd* directory, const std::string& name, int follow,
                                           std::size_t limit) {
  const auto path = [&] { return directory != nullptr ? shown(*directory, name) : name; };
  const int start = directory != nullptr ? directory->get() : AT_FDCWD;
  // O_NONBLOCK: opening a FIFO for reading would wait for its writer.
  const Fd file{::openat(start, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | follow)};
  const auto refuse = [&](std::string_view cause) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("read: {}: {}", path(), cause));
  };
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file && errno == ELOOP) return refuse("a symlink, not a regular file");
  if (!file && errno == ENXIO) return refuse("not a regular file");
  if (!file) return errno_error("read", path());
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return errno_error("read", path());
  if (!S_ISREG(status.st_mode)) return refuse("not a regular file");
  if (static_cast<std::uint64_t>(status.st_size) > limit)
    return refuse(fmt::format("{} bytes, more than the {} allowed", status.st_size, limit));

  // One byte more than expected, so that the first read also sees the end. Files of /proc claim to be empty.
  std::string text(status.st_size > 0 ? static_cast<std::size_t>(status.st_size) + 1 : 4096, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("read", path());
    size += static_cast<std::size_t>(got);
    if (size > limit) return refuse(fmt::format("more than the {} bytes allowed", limit));
    if (got == 0 || (status.st_size > 0 && size == static_cast<std::size_t>(status.st_size))) break;
    if (size == text.size()) text.resize(text.size() * 2);
  }
  text.resize(size);
  return text;
}

// ---- writing -------------------------------------------------------------------------------

Result<void> write_all(const Fd& file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("write", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

FileIdentity identity_from(const struct stat& status) { return {status.st_dev, status.st_ino}; }

}  // namespace

Result<Fd> open_private_directory(const std::string& path, const std::string& trusted_prefix, IfMissing if_missing) {
  const std::string_view below = std::string_view(path).substr(std::min(trusted_prefix.size(), path.size()));
  const bool is_below = path.starts_with(trusted_prefix) && (trusted_prefix.ends_with('/') || below.starts_with('/'));
  if (!is_below || !trusted_prefix.starts_with('/'))
    return fail(ErrorCode::kInternal, fmt::format("open directory: {}: not below {}", path, trusted_prefix));
  Fd current{::open(trusted_prefix.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!current) return errno_error("open directory", trusted_prefix);

  std::string so_far = trusted_prefix;
  std::size_t at = trusted_prefix.size();
  for (;;) {
    at = path.find_first_not_of('/', at);
    if (at == std::string::npos) break;
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string name = path.substr(at, end - at);
    const bool last = path.find_first_not_of('/', end) == std::string::npos;
    if (name == "..") return fail(ErrorCode::kInvalidArgument, "open directory: " + path + ": '..' in the path");
    if (!so_far.ends_with('/')) so_far += '/';
    so_far += name;
    current = TRY(open_component(current, name, so_far, last ? Place::kOurs : Place::kOnTheWay, if_missing));
    at = end;
  }
  return current;
}

Result<Fd> open_private_subdirectory(const Fd& parent, const std::string& name, const std::string& shown_path,
                                     IfMissing if_missing) {
  return open_component(parent, name, shown_path, Place::kOurs, if_missing);
}

Result<Fd> open_directory(const std::string& path) {
  Fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory) return errno_error("open directory", path);
  return directory;
}

Result<std::optional<std::string>> read_file(const Fd& directory, const std::string& name, std::size_t limit) {
  return read_at(&directory, name, O_NOFOLLOW, limit);
}

Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit) {
  return read_at(nullptr, path, 0, limit);
}

Result<void> write_file_atomically(const Fd& directory, const std::string& name, std::string_view content,
                                   Durability durability) {
  const std::string temporary = name + ".tmp-" + random_hex(8);
  const auto write = [&]() -> Result<void> {
    const Fd file{
        ::openat(directory.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!file) return errno_error("write", shown(directory, name));
    TRY(write_all(file, content, shown(directory, name)));
    if (durability == Durability::kDisk && ::fsync(file.get()) != 0)
      return errno_error("write to disk", shown(directory, name));
    if (::renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) != 0)
      return errno_error("replace", shown(directory, name));
    return {};
  };
  if (auto written = write(); !written) {
    ::unlinkat(directory.get(), temporary.c_str(), 0);
    return written;
  }
  if (durability == Durability::kDisk) return fsync_directory(directory);
  return {};
}

Result<void> fsync_directory(const Fd& directory) {
  // EINVAL: a filesystem that can not sync directories has nothing to sync.
  if (::fsync(directory.get()) != 0 && errno != EINVAL) return errno_error("write to disk", path_of(directory));
  return {};
}

Result<void> remove_file(const Fd& directory, const std::string& name) {
  if (::unlinkat(directory.get(), name.c_str(), 0) != 0 && errno != ENOENT)
    return errno_error("remove", shown(directory, name));
  return {};
}

std::optional<FileIdentity> identity_of(const Fd& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return std::nullopt;
  return identity_from(status);
}

std::optional<FileIdentity> identity_of(const Fd& directory, const std::string& name) {
  struct stat status {};
  if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return identity_from(status);
}

Result<std::string> real_path(const std::string& path) {
  // Three system calls instead of one for each component. The kernel marks what was removed meanwhile.
  if (const Fd file{::open(path.c_str(), O_PATH | O_CLOEXEC)}) {
    std::string real = path_of(file);
    if (real.starts_with('/') && !real.starts_with("/proc/self/fd/") && !real.ends_with(" (deleted)")) return real;
  }
  std::array<char, PATH_MAX> buffer;
  if (::realpath(path.c_str(), buffer.data()) == nullptr) return errno_error("find", path);
  return std::string(buffer.data());
}

Result<std::string> current_directory() {
  std::array<char, PATH_MAX> buffer;
  if (::getcwd(buffer.data(), buffer.size()) == nullptr) return errno_error("find", "the current directory");
  return std::string(buffer.data());
}

bool is_writable(const std::string& path) { return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0; }

FileKind kind_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return FileKind::kMissing;
  if (S_ISREG(status.st_mode)) return FileKind::kRegular;
  return S_ISDIR(status.st_mode) ? FileKind::kDirectory : FileKind::kOther;
}

Result<std::vector<std::string>> list_directory(const Fd& directory) {
  // A description of its own: reading moves the position, and fdopendir takes the descriptor.
  Fd own{::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!own) return errno_error("list", path_of(directory));
  const auto close_directory = [](DIR* stream) { ::closedir(stream); };
  const std::unique_ptr<DIR, decltype(close_directory)> stream{::fdopendir(own.get()), close_directory};
  if (!stream) return errno_error("list", path_of(directory));
  own.release();
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return errno_error("list", path_of(directory));
  std::sort(names.begin(), names.end());
  return names;
}

bool is_network_filesystem(const std::string& path) {
  // By number, as linux/magic.h has no names: Lustre, GPFS, GFS2, PanFS, BeeGFS, OrangeFS, StorNext, the shared folders
  // of VirtualBox, VMware and Parallels, ACFS.
  constexpr std::array<std::uint32_t, 22> kNetwork = {
      NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, V9FS_MAGIC,        CEPH_SUPER_MAGIC,
      AFS_SUPER_MAGIC, AFS_FS_MAGIC,    CODA_SUPER_MAGIC, NCP_SUPER_MAGIC,  OCFS2_SUPER_MAGIC, 0x0bd00bd0,
      0x47504653,      0x01161970,      0xaad7aaea,       0x19830326,       0x20030528,        0xbeefdead,
      0x786f4256,      0xbacbacbc,      0x7c7c6673,       0x61636673};
  constexpr std::uint32_t kFuse = 0x65735546;

  std::string place = path;
  struct statfs filesystem {};
  while (::statfs(place.c_str(), &filesystem) != 0) {
    if ((errno != ENOENT && errno != ENOTDIR) || place.size() <= 1) return false;
    const std::size_t slash = place.rfind('/');  // not there yet: its nearest ancestor tells
    if (slash == std::string::npos) return false;
    place.resize(std::max<std::size_t>(slash, 1));
  }
  const auto magic = static_cast<std::uint32_t>(filesystem.f_type);
  if (magic == kFuse) {
    // fuseblk (ntfs-3g, exfat) sits on a block device of this machine; what is behind any other FUSE can not be told.
    struct stat status {};
    return ::stat(place.c_str(), &status) != 0 || major(status.st_dev) == 0;
  }
  return std::find(kNetwork.begin(), kNetwork.end(), magic) != kNetwork.end();
}

std::uint64_t free_bytes(const Fd& directory) {
  struct statvfs filesystem {};
  if (::fstatvfs(directory.get(), &filesystem) != 0) return 0;
  return std::uint64_t{filesystem.f_bavail} * filesystem.f_frsize;
}

std::string descriptor_path(const Fd& directory) { return fmt::format("/proc/self/fd/{}", directory.get()); }

std::string path_of(const Fd& file) {
  std::array<char, PATH_MAX> buffer;
  const std::string link = descriptor_path(file);
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : link;
}

}  // namespace stream_status::os
