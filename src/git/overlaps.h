// Where two sides change the same lines of one file. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "git/differences.h"

namespace stream_status::git {

/// Lines `start` to `end` of the old file, both included; where both sides only put something in, the line that it
/// comes before.
struct Overlap {
  std::int64_t start = 1;
  std::int64_t end = 1;
  std::int64_t a_lines = 0;  ///< that side a changes there: those it replaces or those it puts in, whichever are more
  std::int64_t b_lines = 0;
  friend bool operator==(const Overlap&, const Overlap&) = default;
};

/// Hunks that have a line in common or lie next to each other, as git takes them for one conflict; those that hang
/// together make one overlap. Both lists are in the order of their lines.
std::vector<Overlap> find_overlaps(const std::vector<Hunk>& a, const std::vector<Hunk>& b);

}  // namespace stream_status::git
