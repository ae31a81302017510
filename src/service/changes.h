// wait_for_change: what happened after a revision, as far as a caller asked for it. Asks the log of events, so that
// nothing that happened between two calls is missed.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "api/arguments.h"
#include "service/call.h"
#include "store/store.h"

namespace stream_status::service {

/// Which changes a caller waits for, and for how long.
struct ChangeQuery {
  std::int64_t since = 0;                      ///< revision: only what came after it
  std::set<std::string, std::less<>> streams;  ///< ids; empty: all
  std::set<std::string, std::less<>> kinds;    ///< history types; empty: all
  Caller caller;                               ///< who waits; is told its news as well
  AgentName but_not_by;                        ///< the waiting agent: it knows what it did
  seconds timeout{25};
  const api::Operation* operation = nullptr;  ///< for the answer
  std::vector<std::string> ignored;           ///< arguments that are none
};

/// Errors: kInvalidArgument, kStreamNotFound.
Result<ChangeQuery> read_change_query(const Call& call, store::Reader& reader, std::int64_t head);

/// Why a wait ends although nothing may have happened.
enum class Ending {
  kNone,      ///< it does not
  kTimedOut,  ///< its time is over
  kNow,       ///< the caller is to be told something else
};

/// The answer if something has happened, or the wait ends anyway; absent if not: then `query.since` is where to look on
/// from. Errors: kStorageFailed.
Result<std::optional<Answer>> find_changes(ChangeQuery& query, store::Reader& reader, std::int64_t head, Ending ending);

}  // namespace stream_status::service
