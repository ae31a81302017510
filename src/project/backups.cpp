#include "project/backups.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "os/file.h"
#include "os/file_parts.h"
#include "project/directory.h"

namespace stream_status::project {
namespace {

constexpr std::string_view kSuffix = ".db";
constexpr std::int64_t kKeptAside = 5;
/// JSON's integers end there (RFC 8259 §6): no project of ours has come further, and no file's name makes one.
constexpr std::int64_t kRevisionLimit = std::int64_t{1} << 53;

struct KindNames {
  std::string_view word;
  std::string_view prefix;
};
constexpr std::array<KindNames, 4> kKinds = {
    {{"snapshot", "streams-"}, {"rescued", "rescued-"}, {"replaced", "replaced-"}, {"founding", "founding-"}}};

const KindNames& names_of(BackupKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::optional<Backup> parse_name(const std::string& name) {
  std::string_view rest = name;
  if (!rest.ends_with(kSuffix)) return std::nullopt;
  rest.remove_suffix(kSuffix.size());
  const auto kind =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const KindNames& each) { return rest.starts_with(each.prefix); });
  if (kind == kKinds.end()) return std::nullopt;
  rest.remove_prefix(kind->prefix.size());
  Backup backup{.name = name, .kind = static_cast<BackupKind>(kind - kKinds.begin()), .time = std::string(rest)};
  if (backup.kind == BackupKind::kFounding) return backup;
  const std::size_t mark = rest.rfind("-r");
  if (mark == std::string_view::npos) return std::nullopt;
  const auto [end, failure] = std::from_chars(rest.data() + mark + 2, rest.data() + rest.size(), backup.revision);
  if (failure != std::errc{} || end != rest.data() + rest.size()) return std::nullopt;
  if (backup.revision < 0 || backup.revision > kRevisionLimit) return std::nullopt;
  backup.time = rest.substr(0, mark);
  return backup;
}

}  // namespace

std::string_view name_of(BackupKind kind) { return names_of(kind).word; }

std::string compact_time(WallTime time) {
  std::string text = format_rfc3339(time);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return text;
}

std::string backup_name(BackupKind kind, WallTime taken, std::int64_t revision) {
  return fmt::format("{}{}-r{}{}", names_of(kind).prefix, compact_time(taken), revision, kSuffix);
}

Result<bool> are_signed(const os::Fd& directory, const std::string& path, const std::string& key) {
  const auto owner = TRY(find_owner(directory));
  if (owner && *owner != key)
    return fail(ErrorCode::kIncompatible,
                fmt::format("open {}: these backups belong to another project, {}", path, *owner),
                fmt::format("if they are this project's, which was moved: echo '{0}' > '{1}/{2}'; else move them away: "
                            "mv '{1}' '{1}.old'",
                            key, path, kOwnerName));
  return owner.has_value();
}

Result<void> sign_backups(const os::Fd& directory, const std::string& path, const std::string& key,
                          os::Durability durability) {
  if (!TRY(are_signed(directory, path, key))) return save_owner(directory, key, durability);
  if (durability == os::Durability::kPageCache) return {};
  TRY(os::sync_file(directory, kOwnerName));  // whoever wrote it may not have waited for the disk
  return os::fsync_directory(directory);
}

Result<std::vector<Backup>> list_backups(const os::Fd& directory) {
  std::vector<Backup> backups;
  for (const std::string& name : TRY(os::list_directory(directory))) {
    auto backup = parse_name(name);
    if (!backup) continue;
    backup->bytes = os::file_size(directory, name).value_or(0);
    backups.push_back(std::move(*backup));
  }
  std::sort(backups.begin(), backups.end(), [](const Backup& a, const Backup& b) {
    return a.revision != b.revision ? a.revision > b.revision : a.name > b.name;
  });
  return backups;
}

Result<void> prune_backups(const os::Fd& directory, std::int64_t keep) {
  std::array<std::int64_t, kKinds.size()> seen{};
  for (const Backup& backup : TRY(list_backups(directory))) {
    if (backup.kind == BackupKind::kFounding) continue;
    const std::int64_t limit = backup.kind == BackupKind::kSnapshot ? std::max<std::int64_t>(keep, 1) : kKeptAside;
    if (++seen[static_cast<std::size_t>(backup.kind)] > limit) TRY(os::remove_file(directory, backup.name));
  }
  return {};
}

}  // namespace stream_status::project
