// Directories and files: who owns them, who may touch them, how much room there is.
#include <fmt/format.h>

#include "cli/doctor.h"
#include "os/file.h"
#include "os/file_facts.h"
#include "os/process.h"

namespace stream_status::cli {
namespace {

using Kind = os::FileFacts::Kind;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kTooLittle = 16 * kMiB;
constexpr std::uint64_t kLittle = 256 * kMiB;
constexpr std::uint64_t kFewInodes = 1000;

std::uint32_t private_mode(Kind kind) { return kind == Kind::kDirectory ? 0700 : 0600; }

std::string name_in(const std::string& directory, const std::string& name) { return directory + "/" + name; }

/// Owner, mode and kind of one thing that lies in a directory of ours. False: there is something to say about it.
bool check_entry(const Examination& examination, const std::string& subject, const os::Fd& directory,
                 const std::string& name, const std::string& path) {
  Findings& findings = examination.findings;
  const auto facts = os::find_facts(directory, name);
  if (!facts) return true;  // gone meanwhile
  if (facts->owner != os::current_user()) {
    findings.fail(subject,
                  fmt::format("{} is owned by user {}, and this is user {}", path, facts->owner, os::current_user()),
                  "find out who put it there; move it away, or give it to this user with chown");
    return false;
  }
  if (facts->kind == Kind::kSymlink || facts->kind == Kind::kOther) {
    findings.fail(subject,
                  fmt::format("{} is {}; it is refused wherever it is met", path,
                              facts->kind == Kind::kSymlink ? "a symlink" : "neither a file nor a directory"),
                  "look what it is, then move it away");
    return false;
  }
  const std::uint32_t wanted = private_mode(facts->kind);
  if (facts->mode != wanted) {
    const bool is_open = (facts->mode & 077) != 0;
    findings.mendable({subject, is_open ? Verdict::kFail : Verdict::kWarn,
                       fmt::format("{} has mode {:04o}{}", path, facts->mode,
                                   is_open ? ": others may touch it" : fmt::format(", not {:04o}", wanted)),
                       fmt::format("`stream-status doctor --fix` sets {:04o}", wanted)},
                      [&]() -> Result<std::string> {
                        TRY(os::make_private(directory, name));
                        return fmt::format("mode set to {:04o}", wanted);
                      });
    return false;
  }
  if (facts->kind == Kind::kRegular && facts->links > 1) {
    findings.warn(subject, fmt::format("{} has {} names: another program can reach it elsewhere", path, facts->links),
                  fmt::format("find / -xdev -samefile '{}' shows them; remove the others", path));
    return false;
  }
  return true;
}

/// Everything in one directory whose name begins so. How many there are that nothing is to be said about.
std::size_t check_entries(const Examination& examination, const std::string& subject, const os::Fd& directory,
                          const std::string& path, const std::string& prefix) {
  std::size_t good = 0;
  for (const std::string& name : os::list_directory(directory).value_or(std::vector<std::string>{}))
    if (name.starts_with(prefix) && check_entry(examination, subject, directory, name, name_in(path, name))) ++good;
  return good;
}

/// One of our directories by its path. Absent: not there yet, or not usable; then a row says so.
std::optional<os::Fd> check_directory(const Examination& examination, const std::string& subject,
                                      const std::string& path, const std::string& trusted) {
  Findings& findings = examination.findings;
  const auto facts = os::find_facts(path);
  const bool is_ours = facts && facts->kind == Kind::kDirectory && facts->owner == os::current_user();
  bool mended = false;
  if (is_ours && facts->mode != 0700) {
    const bool is_writable = (facts->mode & 022) != 0;
    const bool cannot_use = (facts->mode & 0700) != 0700;
    findings.mendable({subject, is_writable || cannot_use ? Verdict::kFail : Verdict::kWarn,
                       fmt::format("{} has mode {:04o}: {}", path, facts->mode,
                                   is_writable  ? "others can put files there"
                                   : cannot_use ? "it can not be used"
                                                : "others can see what is in it"),
                       "look at what is in it; `stream-status doctor --fix` sets 0700"},
                      [&]() -> Result<std::string> {
                        TRY(os::make_private(path));
                        mended = true;
                        return std::string("mode set to 0700");
                      });
    if (!mended && (is_writable || cannot_use)) return std::nullopt;
  }
  auto directory = os::open_private_directory(path, trusted, os::IfMissing::kFail);
  if (!directory && directory.error().code == ErrorCode::kNotFound) {
    findings.ok(subject, path + "  (made on first use)");
    return std::nullopt;
  }
  if (!directory) {
    findings.fail(subject, directory.error());
    return std::nullopt;
  }
  if (!os::is_writable(path))
    findings.fail(subject, path + " can not be written",
                  "make it writable, or choose another home: --home DIR or STREAM_STATUS_HOME=DIR");
  else if (!is_ours || facts->mode == 0700)
    findings.ok(subject, path);
  return std::move(*directory);
}

void check_room(const Examination& examination, const os::Fd& directory, const std::string& path) {
  Findings& findings = examination.findings;
  const std::uint64_t free = os::free_bytes(directory);
  const std::string text = fmt::format("{} MiB free for {}", free / kMiB, path);
  if (free < kTooLittle)
    findings.fail("disk", text, "free some space: writes fail soon");
  else if (free < kLittle)
    findings.warn("disk", text, "free some space before writes fail");
  const auto inodes = os::free_inodes(directory);
  if (inodes && *inodes < kFewInodes)
    findings.warn("disk", fmt::format("{} inodes free for {}: files can hardly be made", *inodes, path),
                  "remove files that nobody needs");
  else if (free >= kLittle)
    findings.ok("disk", text);
}

}  // namespace

bool check_home(const Examination& examination, const project::Home& home) {
  Findings& findings = examination.findings;
  const auto base = check_directory(examination, "home", home.base, home.trusted);
  if (!home.note.empty())
    findings.warn("home", home.note, "STREAM_STATUS_HOME=DIR on a local disk chooses another place");
  if (os::is_network_filesystem(home.base))
    findings.warn("filesystem", home.base + " is on a network filesystem: its locks can not be trusted",
                  "choose a local disk: --home DIR or STREAM_STATUS_HOME=DIR");
  bool can_look = false;
  if (base) {
    const auto projects = check_directory(examination, "projects", home.projects(), home.trusted);
    can_look = projects.has_value();
    // Each project's own, here already: one that is open to others is refused before it can be looked into.
    if (projects) check_entries(examination, "projects", *projects, home.projects(), "");
    if (projects && !os::find_facts(home.logs()))
      findings.mendable({"logs", Verdict::kWarn, home.logs() + " is missing"}, [&]() -> Result<std::string> {
        TRY(os::open_private_directory(home.logs(), home.trusted, os::IfMissing::kCreate));
        return std::string("made");
      });
    else if (projects)
      check_directory(examination, "logs", home.logs(), home.trusted);
    check_room(examination, *base, home.base);
  }
  const auto backups = check_directory(examination, "backups", home.backups, home.trusted);
  if (backups && !home.backups.starts_with(home.base + "/")) check_room(examination, *backups, home.backups);
  return can_look;
}

void check_project_files(const Examination& examination, const Location& location,
                         const project::ProjectDirectory& directory) {
  const std::size_t before = examination.findings.rows().size();
  std::size_t files = check_entries(examination, "files", directory.fd, directory.path, "");
  const project::Home& home = location.home;
  if (const auto logs = os::open_private_directory(home.logs(), home.trusted, os::IfMissing::kFail))
    files += check_entries(examination, "files", *logs, home.logs(), directory.log_name());
  const std::string backups_path = name_in(home.backups, directory.name);
  if (const auto backups = os::open_private_directory(backups_path, home.trusted, os::IfMissing::kFail))
    files += check_entries(examination, "files", *backups, backups_path, "");
  if (examination.findings.rows().size() == before)
    examination.findings.ok("files", fmt::format("{}: {} files, all of them private", directory.path, files));
}

}  // namespace stream_status::cli
