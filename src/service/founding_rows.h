// Rows of the founding Node implementation → streams and events of ours. Pure: no files, no store.
// The events alone rebuild the streams; what they can not say is in the remainders.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/change.h"
#include "store/sqlite/founding.h"

namespace stream_status::service {

/// The agent that migrated events name.
inline constexpr std::string_view kFoundingAgent = "founding";

struct CarriedEvent {
  StreamId stream;
  domain::Change change;
  WallTime at;
};

/// How many rows were found, and what became of those that did not fit.
struct CarriedCounts {
  std::int64_t streams = 0;
  std::int64_t commits = 0;         ///< rows, doubles too
  std::int64_t double_commits = 0;  ///< the same hash on the same stream again: in the remainders
  std::int64_t history_rows = 0;    ///< each is an event, or told by its stream's `created`
  std::int64_t notes = 0;           ///< rows and values kept as notes
  std::int64_t without_stream = 0;  ///< commits and history rows whose stream is gone
};

struct Carried {
  std::vector<domain::Stream> streams;  ///< by time of creation; as the events leave them, revisions aside
  std::vector<CarriedEvent> events;     ///< in the order of the log; a commit's revision is not set
  std::vector<store::FoundingRemainder> remainders;
  CarriedCounts counts;
};

/// Per stream: `created` with the state that its history began with, its history rows and commits by time, and, where
/// these do not end at the row's state, what leads there. `now` stands where no row tells a time.
Carried carry_over(const store::FoundingDatabase& database, WallTime now);

/// A founding time: RFC 3339, or SQLite's "2025-12-11 10:00:00", or either without an offset (UTC).
std::optional<WallTime> parse_founding_time(std::string_view text);

}  // namespace stream_status::service
