// config.json: per-project configuration, written with defaults on first use (contract §2).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/fd.h"
#include "os/process.h"
#include "project/identity.h"

namespace stream_status::project {

struct Config {
  std::string project_root;
  std::string project_name;
  std::uint16_t port = 3001;      ///< 0: any free one
  bool port_is_explicit = false;  ///< from API_PORT: tried before the project's last port
  std::uint16_t port_first = 3001;
  std::uint16_t port_last = 3010;
  double idle_timeout_minutes = 30;  ///< 0: never stops by itself
  std::int64_t scan_interval_seconds = 60;
  std::string main_branch = "auto";
  std::string worktree_root;            ///< empty: beside the project
  std::vector<std::string> categories;  ///< in addition to the built-in six
  std::int64_t lease_seconds = 900;
  std::int64_t retention_days = 0;  ///< 0: history is kept for ever
  std::int64_t backups_keep = 10;
  std::string summary_command;
  std::vector<std::string> command_environment;
  std::vector<std::string> warnings;  ///< unknown keys, one sentence each

  friend bool operator==(const Config&, const Config&) = default;
};

std::string to_json(const Config& config);  ///< pretty-printed, for people

/// What is not in the text has its value of `defaults`. projectRoot and projectName of the text are only compared with
/// them: a difference is a warning, as is an unknown key.
/// Error: kInvalidArgument naming the key, the value found and what is allowed.
Result<Config> parse_config(std::string_view text, const Config& defaults);

/// The variables that config.json keeps for commands; none when there is no valid file. Reads only.
std::vector<std::string> find_command_environment(const os::Fd& directory);

/// Reads config.json; writes it with defaults when there is none (or an empty one, as a power failure leaves). Then
/// API_PORT and WORKTREE_ROOT of `environment` win over it (the file keeps its own values). Errors: kInvalidArgument
/// (the file is not valid: it stays as it is, and the message has its path), kPermissionDenied, kStorageFull.
Result<Config> load_or_create_config(const os::Fd& directory, const Project& project,
                                     const os::Environment& environment);

}  // namespace stream_status::project
