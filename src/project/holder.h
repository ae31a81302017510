// Who holds a kernel lock: its holder says so in the text of the locked file, and whoever wants to send it a signal
// proves first that the text still means that process.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "os/process.h"

namespace stream_status::project {

/// {pid, startTicks, bootId, pidNamespace} of this process.
json::object describe_holder();

/// The process that the text of the file at `lock_path` names, proved to be the one that wrote it: of this boot, this
/// pid namespace and this user, alive, with the same start time. A pid alone proves nothing.
/// Error: kServerUnavailable, saying which of these does not hold, who holds `lock_path` and what to do.
Result<os::ProcessIdentity> prove_holder(const std::string& lock_path, std::string_view text);

/// kServerUnavailable: `holder` holds `lock_path`, hangs, and was not signalled, because of `why`.
tl::unexpected<Error> holder_left_alone(const std::string& lock_path, const std::string& holder, std::string_view why,
                                        std::string hint);

}  // namespace stream_status::project
