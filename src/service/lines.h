// The streams that have work in git, as the lines of a forecast.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "domain/stream.h"
#include "git/forecast.h"
#include "service/repository.h"

namespace stream_status::service {

/// The live streams that have work in git, and why the others are left out.
struct Lines {
  std::vector<domain::Stream> streams;
  std::vector<git::Line> lines;  ///< of each stream, in order
  json::array left_out;          ///< of {streamId, reason}
};
Lines lines_of(std::vector<domain::Stream> streams, const Look& look);

/// The worktree whose uncommitted changes are the stream's; null: there is none.
const git::Worktree* own_worktree(const Place& place);

}  // namespace stream_status::service
