#include "cli/setup/files.h"

#include <fmt/format.h>

#include <filesystem>

#include "os/file.h"

namespace stream_status::cli::setup {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargest = std::size_t{32} << 20;

/// Where the text really lies: people keep such files elsewhere, and link to them.
fs::path target_of(const std::string& path) {
  std::error_code failure;
  const fs::path target = fs::canonical(path, failure);
  return failure ? fs::path(path) : target;
}

}  // namespace

Result<ClientText> read_client_file(const std::string& path) {
  std::error_code failure;
  const fs::file_status found = fs::status(path, failure);
  if (!fs::exists(found)) {
    if (fs::is_symlink(fs::symlink_status(path, failure)))
      return fail(ErrorCode::kNotFound, fmt::format("{}: a link to nowhere", path), "remove it, or make what it names");
    return ClientText{};
  }
  if (!fs::is_regular_file(found))
    return fail(ErrorCode::kPermissionDenied, fmt::format("{}: it is no file", path), "move it away");
  if ((found.permissions() & fs::perms::owner_write) == fs::perms::none)
    return fail(ErrorCode::kPermissionDenied, fmt::format("{}: it is read-only", path), "make it writable");
  auto text = TRY(os::read_file(path, kLargest));
  if (!text) return ClientText{};
  if (text->find_first_not_of(" \t\r\n") == std::string::npos && path.ends_with(".json"))
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}: it is there, and empty", path), "remove it");
  return ClientText{std::move(*text), true};
}

Result<void> write_client_file(const std::string& path, const std::string& text, const std::string& root) {
  const fs::path target = target_of(path);
  std::error_code failure;
  if (text.empty()) {
    if (!fs::remove(target, failure) && failure)
      return fail(ErrorCode::kPermissionDenied, fmt::format("{}: {}", path, failure.message()));
    const fs::path parent = target.parent_path();
    if (parent != fs::path(root) && parent.string().starts_with(root + "/")) fs::remove(parent, failure);  // if empty
    return {};
  }
  const fs::file_status before = fs::status(target, failure);
  fs::create_directories(target.parent_path(), failure);
  const os::Fd directory = TRY(os::open_directory(target.parent_path().string()));
  TRY(os::write_file_atomically(directory, target.filename().string(), text, os::Durability::kDisk));
  constexpr fs::perms kUsual =
      fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read;
  fs::permissions(target, fs::exists(before) ? before.permissions() : kUsual, failure);
  return {};
}

}  // namespace stream_status::cli::setup
