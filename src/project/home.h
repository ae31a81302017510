// Where the files of all projects are (contract §2). Reads no XDG variable: clients strip them.
#pragma once

#include <string>

#include "base/result.h"
#include "os/file.h"
#include "os/process.h"

namespace stream_status::project {

struct HomeSettings {
  std::string flag;  ///< --home, empty if not given
  const os::Environment* environment = nullptr;
};

/// Paths only; nothing is opened or created by locating.
struct Home {
  std::string base;     ///< …/stream-workflow-status
  std::string backups;  ///< …/backups
  std::string trusted;  ///< leading part of both whose components are not ours to check
  enum class Chosen { kDefault, kFlag, kEnvironment, kNetworkFallback } chosen = Chosen::kDefault;
  std::string note;  ///< for `where` and `doctor`: why it is not the usual place; may be empty

  std::string projects() const { return base + "/projects"; }
  std::string logs() const { return base + "/logs"; }
};

/// --home › STREAM_STATUS_HOME › ~/.cache/mcp-services/stream-workflow-status. With either of the first two, backups
/// are below it, and what exists of its path is resolved (a symlink that a person names is followed). The home
/// directory is $HOME, else the passwd entry. On a network filesystem, however it was chosen:
/// /var/tmp/stream-status-<uid>, backups below it too; if that is no better, the place stays and `note` says so.
/// Errors: kInvalidArgument (a relative path, `/`, not UTF-8; no home directory at all).
Result<Home> locate_home(const HomeSettings& settings);

}  // namespace stream_status::project
