// A project's own directory: which one it is, and its open descriptor. projects/.lock decides who
// owns which name; the file `owner` in the directory holds the owner's key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/fd.h"
#include "project/home.h"
#include "project/identity.h"

namespace stream_status::project {

inline constexpr const char* kRecordName = ".api-server.lock";
inline constexpr const char* kServerLockName = "server.lock";
inline constexpr const char* kStartLockName = "start.lock";
inline constexpr const char* kSocketName = "api.sock";
inline constexpr const char* kTokenName = "token";
inline constexpr const char* kConfigName = "config.json";
inline constexpr const char* kDatabaseName = "streams.db";
inline constexpr const char* kScratchName = "scratch";  ///< directory; emptied at each start
inline constexpr const char* kOwnerName = "owner";

/// An open project directory, proved to be ours.
struct ProjectDirectory {
  os::Fd fd;
  std::string path;      ///< absolute, for messages and records
  std::string name;      ///< "egirl-platform" or "egirl-platform-1a2b3c4d"
  std::string key = {};  ///< the project's, as `owner` says

  std::string log_name() const { return "api-server-" + name + ".log"; }
};

/// Opens the project's directory, deciding and creating it under projects/.lock when it is new:
/// `<base>-<hash>` if it exists; else `<base>` if its owner is this project or it does not exist; else
/// creates `<base>-<hash>`. (<hash>: first 8 hex digits of sha256(key).)
/// An owner never changes, so a directory that has one is found without the lock.
/// Backups outlive it and are called like it, so they have an `owner` too, and a new directory goes where the project's
/// own are: never to a name whose backups are another's.
/// Errors: kPermissionDenied (a directory that is not private, see os/file.h; for a new project also a root that this
/// user can not write); kInvalidArgument (the user's home directory does not exist); kStorageFull; kIncompatible.
///
/// `<base>` with data of the founding implementation (a database or its record, no `owner`) becomes this project's,
/// unless the record names another root that exists: then it is another project's. While the record's process lives, it
/// is kIncompatible, naming the process and the way to stop it, and nothing is touched; so it is with files of nobody
/// known.
Result<ProjectDirectory> open_project_directory(const Home& home, const Project& project);

/// As above, but creates and takes over nothing. Absent: this project has no directory yet.
Result<std::optional<ProjectDirectory>> find_project_directory(const Home& home, const Project& project);

/// Where the project's backups are, or would be: in the directory of this name. As above, and nothing is made.
Result<std::string> find_backups_name(const Home& home, const Project& project);

/// The key that the file `owner` in a project's directory, or in that of its backups, names. Absent: there is none.
Result<std::optional<std::string>> find_owner(const os::Fd& directory);
/// With kDisk it is on disk when it returns.
Result<void> save_owner(const os::Fd& directory, const std::string& key, os::Durability durability);

/// What lies in the directory that is called like the project and is not the project's.
struct Namesake {
  enum class Kind {
    kFoundingData,  ///< taken over when the project is opened first
    kOtherProject,  ///< this project's own directory has a suffix
  } kind = Kind::kOtherProject;
  std::string path;
  std::string owner;  ///< the other project's key, or the root that its founding record names
};
/// Absent: there is no such directory, or it is this project's.
Result<std::optional<Namesake>> find_namesake(const Home& home, const Project& project);

/// Every project directory of this user (names sorted), with its owner's key ("" if it has none).
struct KnownDirectory {
  ProjectDirectory directory;
  std::string owner_key;
};
Result<std::vector<KnownDirectory>> list_project_directories(const Home& home);

}  // namespace stream_status::project
