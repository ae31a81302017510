// What remove_stream and unretire answer. Kept apart from their handlers: work that a crash cut short is answered by
// the server that finishes it.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "service/retirement.h"

namespace stream_status::service {

/// {worktreeDeleted, branchDeleted, archiveWritten, planFilesCleanedUp, summaryQueued, errors}
json::object to_json(const Retired& retired);

/// {success, streamId, message, stream, dryRun, deleted, plan, retirement, report, keptRef}. Without `retired` it was a
/// dry run. `plan`: as to_json(RetirementPlan) gives it.
json::object removal_answer(const domain::Stream& stream, json::value plan, const std::optional<Retired>& retired);

/// {success, streamId, message, stream, branchRestored, worktreeRestored, uncommittedRestored}
json::object restoration_answer(const Restored& restored);

}  // namespace stream_status::service
