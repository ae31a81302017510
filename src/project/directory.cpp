#include "project/directory.h"

#include <fmt/format.h>
#include <sha2.h>

#include <algorithm>
#include <array>

#include "os/file.h"
#include "os/lock.h"
#include "os/poll.h"
#include "os/process.h"
#include "project/record.h"

namespace stream_status::project {
namespace {

using os::Fd;
using os::IfMissing;

constexpr const char* kDecisionLock = ".lock";
constexpr std::size_t kLongestName = 200;  // leaves room for the hash, and for the log's name in 255 bytes
constexpr std::size_t kLargestKey = 8 << 10;

std::string hash_of(const std::string& key) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> hex;
  ::SHA256Data(reinterpret_cast<const std::uint8_t*>(key.data()), key.size(), hex.data());
  return std::string(hex.data(), 8);
}

/// The two names a project may have.
struct Names {
  std::string plain;   ///< basename; empty if it can not be a directory here
  std::string hashed;  ///< basename-hash: taken only when another project has the plain one
};
Names names_of(const Project& project) {
  std::string base = project.name;
  const bool fits = base.size() <= kLongestName;
  if (!fits) {
    base.resize(kLongestName);
    while ((static_cast<unsigned char>(base.back()) & 0xc0) == 0x80) base.pop_back();
    if (static_cast<unsigned char>(base.back()) >= 0xc0) base.pop_back();
  }
  return {fits && base != kDecisionLock ? base : "", base + "-" + hash_of(project.key)};
}

/// Errors about the home's directories end with the way around them.
tl::unexpected<Error> at_home(Error error) {
  constexpr std::string_view kElsewhere = "or choose another home: --home DIR or STREAM_STATUS_HOME=DIR";
  error.hint = error.hint.empty() ? std::string(kElsewhere.substr(3)) : fmt::format("{}; {}", error.hint, kElsewhere);
  return tl::make_unexpected(std::move(error));
}

Result<Fd> open_projects(const Home& home, IfMissing if_missing) {
  auto base = os::open_private_directory(home.base, home.trusted, if_missing);
  if (!base) return at_home(base.error());
  auto projects = os::open_private_subdirectory(*base, "projects", home.projects(), if_missing);
  if (!projects) return at_home(projects.error());
  return projects;
}

Result<std::optional<ProjectDirectory>> find_named(const Home& home, const Fd& projects, const std::string& name) {
  const std::string path = home.projects() + "/" + name;
  auto fd = os::open_private_subdirectory(projects, name, path, IfMissing::kFail);
  if (!fd && fd.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!fd) return at_home(fd.error());
  return ProjectDirectory{std::move(*fd), path, name};
}

/// Holds nothing yet: made by somebody who died before writing `owner`.
Result<bool> is_unused(const ProjectDirectory& directory) {
  const std::vector<std::string> names = TRY(os::list_directory(directory.fd));
  return std::all_of(names.begin(), names.end(), [](const std::string& name) { return name.starts_with(kOwnerName); });
}

/// In an error's data: there are files, and none says whose they are.
constexpr std::string_view kNoOwner = "noOwner";

tl::unexpected<Error> refuse_without_owner(std::string message, std::string hint) {
  return tl::make_unexpected(
      Error{ErrorCode::kIncompatible, std::move(message), std::move(hint), {}, boost::json::object{{kNoOwner, true}}});
}

bool says_no_owner(const Error& error) {
  const auto* data = error.data.if_object();
  return data != nullptr && data->contains(kNoOwner);
}

tl::unexpected<Error> without_owner(const ProjectDirectory& directory, const Project& project) {
  if (os::identity_of(directory.fd, kServerLockName))
    return refuse_without_owner(
        fmt::format("open project directory: {}: its file `{}`, which says whose it is, is gone", directory.path,
                    kOwnerName),
        fmt::format("if it belongs to {0}: echo '{1}' > '{2}/{3}'; else move it away: mv '{2}' '{2}.old'", project.root,
                    project.key, directory.path, kOwnerName));
  return refuse_without_owner(
      fmt::format("open project directory: {}: it holds files of nobody known, left untouched", directory.path),
      fmt::format("move it away: mv '{0}' '{0}.old'; or use another home: --home DIR or STREAM_STATUS_HOME=DIR",
                  directory.path));
}

/// kFounding: data of the founding implementation that becomes this project's.
enum class Owned { kByThis, kByOther, kByNobody, kFounding };

bool is_root_of(const Project& project, const std::string& root) {
  if (root == project.root || root == project.worktree) return true;
  const os::Environment none;
  const auto named = find_project({.flag = root, .environment = &none, .current_directory = "/"});
  return named && named->key == project.key;
}

/// The founding implementation called a directory by the project's basename and wrote no owner. Its record, which a
/// server that was killed leaves, tells the root; without one, or when that root is gone, the name decides.
Result<Owned> founding_owner(const ProjectDirectory& directory, const Project& project) {
  const auto record = find_record(directory.fd);
  const bool has_record = record && record->is_founding();
  if (os::identity_of(directory.fd, kServerLockName)) return without_owner(directory, project);
  if (!has_record && !os::identity_of(directory.fd, kDatabaseName)) return without_owner(directory, project);
  if (!has_record) return Owned::kFounding;
  if (!is_root_of(project, record->project_root) && os::kind_of(record->project_root) == os::FileKind::kDirectory)
    return Owned::kByOther;
  if (!os::process_exists(record->pid)) return Owned::kFounding;
  return fail(
      ErrorCode::kIncompatible,
      fmt::format("open project directory: {}: a server of the founding Node implementation runs there (pid {}, "
                  "port {}); its data is taken over once it has stopped",
                  directory.path, record->pid, record->port),
      fmt::format("stop it (`kill {0}`) and call again; if pid {0} is no such server, remove '{1}/{2}'", record->pid,
                  directory.path, kRecordName));
}

Result<Owned> owner_of(const ProjectDirectory& directory, const Project& project) {
  auto owner = TRY(find_owner(directory.fd));
  if (!owner && TRY(is_unused(directory))) return Owned::kByNobody;
  // `owner` is written before every other file, so after seeing one of those, a second look at it is final.
  if (!owner) owner = TRY(find_owner(directory.fd));
  if (!owner) return founding_owner(directory, project);
  return *owner == project.key ? Owned::kByThis : Owned::kByOther;
}

/// Looks without the decision lock: an owner, once written, never changes.
Result<std::optional<ProjectDirectory>> find_owned(const Home& home, const Fd& projects, const Project& project) {
  const Names names = names_of(project);
  auto found = TRY(find_named(home, projects, names.hashed));
  if (!found && !names.plain.empty()) found = TRY(find_named(home, projects, names.plain));
  if (!found || TRY(owner_of(*found, project)) != Owned::kByThis) return std::nullopt;
  found->key = project.key;
  return found;
}

enum class Backups { kNone, kOfNobody, kOfThis, kOfOther };

/// Of nobody: an earlier version made them.
Result<Backups> backups_of(const Home& home, const std::string& name, const Project& project) {
  const auto fd = os::open_private_directory(fmt::format("{}/{}", home.backups, name), home.trusted, IfMissing::kFail);
  if (!fd && fd.error().code == ErrorCode::kNotFound) return Backups::kNone;
  if (!fd) return at_home(fd.error());
  const auto owner = TRY(find_owner(*fd));
  if (!owner) return Backups::kOfNobody;
  return *owner == project.key ? Backups::kOfThis : Backups::kOfOther;
}

/// May a directory that is to be made have the plain name? The project must find its own backups, and never another's.
Result<bool> may_be_plain(const Home& home, const Names& names, const Project& project) {
  if (names.plain.empty()) return false;
  const Backups hashed = TRY(backups_of(home, names.hashed, project));
  if (hashed == Backups::kOfThis) return false;
  switch (TRY(backups_of(home, names.plain, project))) {
    case Backups::kOfThis: return true;
    case Backups::kOfOther: return false;
    case Backups::kNone:
    case Backups::kOfNobody: break;
  }
  return hashed != Backups::kOfNobody;  // the hash is of this project's key
}

/// Takes `name` for the project if it is free; absent: it belongs to another one. Under the decision lock.
Result<std::optional<ProjectDirectory>> claim(const Home& home, const Fd& projects, const Project& project,
                                              const std::string& name) {
  const std::string path = home.projects() + "/" + name;
  if (const auto there = TRY(find_named(home, projects, name)))  // what is another's keeps even its mode
    if (TRY(owner_of(*there, project)) == Owned::kByOther) return std::nullopt;
  auto fd = os::open_private_subdirectory(projects, name, path, IfMissing::kCreate);
  if (!fd) return at_home(fd.error());
  ProjectDirectory directory{std::move(*fd), path, name, project.key};
  const Owned owned = TRY(owner_of(directory, project));
  if (owned == Owned::kByOther) return std::nullopt;
  if (owned != Owned::kByThis) {
    // On disk before anything else is: a database without an owner could not be told from a foreign one.
    auto written = save_owner(directory.fd, project.key, os::Durability::kDisk);
    if (written) written = os::fsync_directory(projects);
    if (!written) return at_home(written.error());
  }
  return directory;
}

Result<ProjectDirectory> create(const Home& home, const Fd& projects, const Project& project) {
  if (!os::is_writable(project.root))
    return fail(
        ErrorCode::kPermissionDenied,
        fmt::format("set up project: {}: this user can not write there, so no work could be done in it", project.root),
        "give this user write permission there, or name another project: --project DIR or PROJECT_ROOT=DIR");
  auto decision = os::FileLock::acquire(projects, kDecisionLock, seconds{10});
  if (!decision) return at_home(decision.error());

  const Names names = names_of(project);
  const bool has_hashed = TRY(find_named(home, projects, names.hashed)).has_value();
  if (!has_hashed && TRY(may_be_plain(home, names, project)))
    if (auto plain = TRY(claim(home, projects, project, names.plain))) return std::move(*plain);
  if (auto hashed = TRY(claim(home, projects, project, names.hashed))) return std::move(*hashed);
  return fail(
      ErrorCode::kIncompatible,
      fmt::format("open project directory: {}/{}: it belongs to another project", home.projects(), names.hashed),
      "rename one of the two projects' directories");
}

Result<ProjectDirectory> open_once(const Home& home, const Project& project) {
  auto opened = open_projects(home, IfMissing::kCreate);
  if (!opened && opened.error().code == ErrorCode::kNotFound)  // to a caller, "not found" would mean a stream
    opened.error().code = ErrorCode::kInvalidArgument;
  const Fd projects = TRY(std::move(opened));
  auto found = TRY(find_owned(home, projects, project));
  if (!found) return create(home, projects, project);
  // Once more, as a creator would: it is about to be written to, so its mode must be right.
  auto fd = os::open_private_subdirectory(projects, found->name, found->path, IfMissing::kCreate);
  if (!fd) return at_home(fd.error());
  found->fd = std::move(*fd);
  return std::move(*found);
}

}  // namespace

Result<std::optional<std::string>> find_owner(const os::Fd& directory) {
  auto text = TRY(os::read_file(directory, kOwnerName, kLargestKey));
  if (text && text->ends_with('\n')) text->pop_back();
  if (text && text->empty()) return std::nullopt;
  return text;
}

Result<void> save_owner(const os::Fd& directory, const std::string& key, os::Durability durability) {
  return os::write_file_atomically(directory, kOwnerName, key + "\n", durability);
}

Result<ProjectDirectory> open_project_directory(const Home& home, const Project& project) {
  // A directory that is just being removed file by file looks like one that nobody owns, or is gone between two steps:
  // what is found is believed when it stays so.
  constexpr int kLooks = 25;
  constexpr milliseconds kPause{20};
  for (int look = 1;; ++look) {
    auto opened = open_once(home, project);
    if (opened || look == kLooks) return opened;
    const bool may_pass = opened.error().code == ErrorCode::kNotFound || says_no_owner(opened.error());
    if (!may_pass) return opened;
    std::vector<os::PollEntry> nothing;
    os::poll(nothing, kPause);
  }
}

Result<std::optional<ProjectDirectory>> find_project_directory(const Home& home, const Project& project) {
  const auto projects = open_projects(home, IfMissing::kFail);
  if (!projects && projects.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!projects) return tl::make_unexpected(projects.error());
  return find_owned(home, *projects, project);
}

Result<std::string> find_backups_name(const Home& home, const Project& project) {
  if (const auto directory = TRY(find_project_directory(home, project))) return directory->name;
  const Names names = names_of(project);
  return TRY(may_be_plain(home, names, project)) ? names.plain : names.hashed;
}

Result<std::optional<Namesake>> find_namesake(const Home& home, const Project& project) {
  const Names names = names_of(project);
  const auto projects = open_projects(home, IfMissing::kFail);
  if (names.plain.empty() || (!projects && projects.error().code == ErrorCode::kNotFound)) return std::nullopt;
  if (!projects) return tl::make_unexpected(projects.error());
  const auto plain = TRY(find_named(home, *projects, names.plain));
  if (!plain) return std::nullopt;
  switch (TRY(owner_of(*plain, project))) {
    case Owned::kByThis:
    case Owned::kByNobody: return std::nullopt;
    case Owned::kFounding: return Namesake{Namesake::Kind::kFoundingData, plain->path, project.root};
    case Owned::kByOther: break;
  }
  if (auto owner = TRY(find_owner(plain->fd))) return Namesake{Namesake::Kind::kOtherProject, plain->path, *owner};
  const auto record = find_record(plain->fd);
  return Namesake{Namesake::Kind::kOtherProject, plain->path, record ? record->project_root : ""};
}

Result<std::vector<KnownDirectory>> list_project_directories(const Home& home) {
  std::vector<KnownDirectory> known;
  const auto projects = open_projects(home, IfMissing::kFail);
  if (!projects && projects.error().code == ErrorCode::kNotFound) return known;
  if (!projects) return tl::make_unexpected(projects.error());
  for (const std::string& name : TRY(os::list_directory(*projects))) {
    auto directory = find_named(home, *projects, name);
    if (!directory || !*directory) continue;  // a file, or not ours to look into
    const auto owner = find_owner((*directory)->fd);
    std::string key = owner ? owner->value_or("") : std::string();
    known.push_back({std::move(**directory), std::move(key)});
  }
  return known;
}

}  // namespace stream_status::project
