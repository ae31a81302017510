// Wall-clock instants as the project shows them: UTC, milliseconds. Deadlines and intervals
// use MonotonicTime; nothing compares a wall time with "now" to decide who is alive.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace stream_status {

using std::chrono::milliseconds;
using std::chrono::seconds;

using WallTime = std::chrono::sys_time<milliseconds>;
using MonotonicTime = std::chrono::steady_clock::time_point;

/// "2026-11-22T14:00:00.000Z" (RFC 3339, UTC, milliseconds).
std::string format_rfc3339(WallTime time);

/// Reads any RFC 3339 instant between years 0001 and 9999: offset `Z` or `±hh:mm`, fraction of any
/// length (cut to milliseconds). Absent for anything else. Source: RFC 3339 §5.6.
std::optional<WallTime> parse_rfc3339(std::string_view text);

inline std::int64_t to_unix_ms(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_unix_ms(std::int64_t ms) { return WallTime{milliseconds{ms}}; }

}  // namespace stream_status
