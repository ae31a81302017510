// What a new stream is filled with, wherever it comes from: a call, a plan file, a worktree that was found.
#pragma once

#include <string>

#include "project/config.h"
#include "store/store.h"

namespace stream_status::service {

/// The first unused id of `slug`, `slug-2`, `slug-3`, …
Result<StreamId> free_id(store::Transaction& transaction, const std::string& slug);

/// The category as it is spelt in the list of them. Error: kInvalidArgument naming those that are allowed.
Result<std::string> check_category(const project::Config& config, const std::string& wanted);

/// Where the worktree of a new stream is expected.
std::string usual_worktree(const project::Config& config, const StreamId& id);

}  // namespace stream_status::service
