// What a server that was killed leaves behind. Looked at only when none runs, and removed only under the locks that a
// server would hold: nothing that lives can be hit.
#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor.h"
#include "os/file.h"
#include "os/file_facts.h"
#include "os/lock.h"
#include "project/backups.h"
#include "project/record.h"

namespace stream_status::cli {
namespace {

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

/// "config.json.tmp-0123456789abcdef": a file of ours before its rename. `owner` is written by clients, under another
/// lock.
bool is_partial(std::string_view name) {
  constexpr std::string_view kMark = ".tmp-";
  const std::size_t mark = name.rfind(kMark);
  if (mark == std::string_view::npos || name.starts_with(project::kOwnerName)) return false;
  const std::string_view number = name.substr(mark + kMark.size());
  return number.size() == 16 && is_hex(number);
}

std::vector<std::string> names_that(const os::Fd& directory, bool (*holds)(std::string_view)) {
  std::vector<std::string> names = os::list_directory(directory).value_or(std::vector<std::string>{});
  std::erase_if(names, [&](const std::string& name) { return !holds(name); });
  return names;
}

std::string counted(std::size_t files) { return files == 1 ? "1 file" : fmt::format("{} files", files); }

/// The lock, or why it can not be had.
Result<os::FileLock> take(const os::Fd& directory, const char* name) {
  auto lock = TRY(os::FileLock::try_acquire(directory, name));
  if (lock) return std::move(*lock);
  return fail(ErrorCode::kAlreadyClaimed, fmt::format("a server starts just now: {} is held", name),
              "look again in a moment");
}

Result<std::string> remove_all(const os::Fd& directory, const std::vector<std::string>& names) {
  for (const std::string& name : names) TRY(os::remove_file(directory, name));
  return std::string("removed");
}

/// A server whose files were removed was killed while it saved what it had open: the copy may be whole, and the only
/// one. Nobody takes it by itself, and nothing of ours removes it here.
void check_rescue(const Examination& examination, const os::Fd& backups, const std::string& path) {
  if (!os::find_facts(backups, project::kRescuePartial)) return;
  examination.findings.warn(
      "rescue",
      fmt::format("{0}/{1} is what a server saved when its files were gone, before it was killed: it may be the only "
                  "copy of its last changes",
                  path, project::kRescuePartial),
      fmt::format("`stream-status restore '{}/{}'` checks it first and keeps what is there now as a backup; remove "
                  "it when it is not needed",
                  path, project::kRescuePartial));
}

}  // namespace

void check_leftovers(const Examination& examination, const Location& location,
                     const project::ProjectDirectory& directory, const FoundServer* server) {
  const std::string path = location.home.backups + "/" + directory.name;
  const auto backups = os::open_private_directory(path, location.home.trusted, os::IfMissing::kFail);
  const bool is_alive = server != nullptr && (server->process || server->survey.state != ServerState::kLeftover);
  // Whoever has custody of the data and does not answer may be saving them just now.
  const bool answers = server != nullptr && server->survey.state == ServerState::kRunning;
  if (backups && (answers || !os::is_lock_held(*backups, project::kCustodyLockName).value_or(true)))
    check_rescue(examination, *backups, path);
  if (is_alive) return;
  Findings& findings = examination.findings;
  const auto mend_in_directory = [&](const std::vector<std::string>& names) -> Result<std::string> {
    const os::FileLock start_lock = TRY(take(directory.fd, project::kStartLockName));
    const os::FileLock server_lock = TRY(take(directory.fd, project::kServerLockName));
    return remove_all(directory.fd, names);
  };

  if (os::find_facts(directory.fd, project::kRecordName)) {
    std::string problem;
    const auto record = project::find_record(directory.fd, &problem);
    if (record && !record->is_founding())
      findings.mendable({"record", Verdict::kWarn,
                         fmt::format("{} names pid {}, which serves nobody: that server was killed",
                                     project::kRecordName, record->pid),
                         "harmless: the next server replaces it, or `stream-status doctor --fix`"},
                        [&] { return mend_in_directory({project::kRecordName}); });
    else if (!record)
      findings.mendable(
          {"record", Verdict::kWarn, problem, "harmless: the next server replaces it, or `stream-status doctor --fix`"},
          [&] { return mend_in_directory({project::kRecordName}); });
  }
  if (const auto socket = os::find_facts(directory.fd, project::kSocketName);
      socket && socket->kind == os::FileFacts::Kind::kSocket)
    findings.mendable({"socket", Verdict::kWarn, fmt::format("{} has nobody behind it", project::kSocketName),
                       "harmless: the next server replaces it, or `stream-status doctor --fix`"},
                      [&] { return mend_in_directory({project::kSocketName}); });

  const auto partial = names_that(directory.fd, is_partial);
  if (!partial.empty())
    findings.mendable(
        {"leftovers", Verdict::kWarn, fmt::format("{} half-written in {}", counted(partial.size()), directory.path)},
        [&] { return mend_in_directory(partial); });
  if (!backups) return;
  const auto copies = names_that(
      *backups, [](std::string_view name) { return name.ends_with(".partial") && name != project::kRescuePartial; });
  if (!copies.empty())
    findings.mendable({"leftovers", Verdict::kWarn, fmt::format("{} half-made in {}", counted(copies.size()), path)},
                      [&]() -> Result<std::string> {
                        const os::FileLock server_lock = TRY(take(directory.fd, project::kServerLockName));
                        const os::FileLock custody = TRY(take(*backups, project::kCustodyLockName));
                        return remove_all(*backups, copies);
                      });
}

}  // namespace stream_status::cli
