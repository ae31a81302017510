// Time as a parameter: RealClock in the mains, a hand-moved clock in tests.
#pragma once

#include <string>

#include "base/time.h"

namespace stream_status::os {

/// Callable from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// For what people and other machines read. May jump.
  virtual WallTime wall() const = 0;
  /// For deadlines and intervals. Never jumps.
  virtual MonotonicTime monotonic() const = 0;
  /// The instant of the last local midnight at or before `now`.
  virtual WallTime local_midnight(WallTime now) const = 0;
};

class RealClock final : public Clock {
 public:
  WallTime wall() const override;
  MonotonicTime monotonic() const override;
  WallTime local_midnight(WallTime now) const override;
};

/// "2026-11-22": the day in the server's time zone.
std::string local_date(WallTime now);

}  // namespace stream_status::os
