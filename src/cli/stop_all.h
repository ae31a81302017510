// `stream-status stop --all`: ends every server of a home, each by itself, and says of each what became of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "os/process.h"

namespace stream_status::cli {

struct StoppedServer {
  std::string project_root;
  std::int64_t pid = 0;            ///< 0: not known
  std::optional<Error> left = {};  ///< why it still runs
  bool may_run = false;            ///< with `left`: whether it runs at all could not be found out
};

/// Looks again until none is there and no start goes on, so that a server that comes meanwhile is stopped too; where
/// agents start one after the other it gives up after some. One entry for each server that ran. Servers of other homes
/// are another's business, and are not touched.
Result<std::vector<StoppedServer>> stop_all(const Call& call);

/// Asks one process to leave, by pidfd and only while it is still the one that is meant, and waits for its end; never
/// more than asks, because it may be saving what others have lost. Error: kServerUnavailable when it stays.
Result<void> ask_to_leave(const Call& call, const os::ProcessIdentity& process);

/// A line for each; the exit code of what was left, else 0.
int report_stopped(const Call& call, const std::vector<StoppedServer>& servers);

}  // namespace stream_status::cli
