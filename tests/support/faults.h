// The plan that programs with fault points follow (src/base/fault_point.h, tests/faults), and what they have reached.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/world.h"

namespace stream_status::testing {

class Faults {
 public:
  /// From now on the world runs the programs in `programs`, which have fault points.
  Faults(World& world, const std::string& programs);

  /// Lines "<point> <action>[=<milliseconds>] [<n>|always]"; actions: kill, stop, exit, sleep, sleep_with_progress,
  /// busy. The n-th arrival (1 unless told) of any process, from the first plan on. Replaces the plan before it.
  void plan(const std::string& lines) const;
  /// The wall clock of every program of the world, from now on.
  void put_clock_forward(seconds by) const;

  /// What was reached so far counts no more.
  void forget() const;

  /// The processes that have reached the point, in order, once for each time.
  std::vector<pid_t> reached(std::string_view point) const;
  bool wait_reached(std::string_view point, std::size_t times = 1, const Deadline& deadline = Deadline()) const;
  /// Waits until the process stands still at a `stop`.
  static bool wait_stopped(pid_t pid, const Deadline& deadline = Deadline());

 private:
  void write(const std::string& name, const std::string& text) const;
  std::string home_;
};

}  // namespace stream_status::testing
