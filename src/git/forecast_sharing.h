// Which lines of work changed the same files. Pure; cheap for hundreds of lines with thousands of files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "git/forecast.h"

namespace stream_status::git {

/// A pair of lines, by index, with what both changed.
struct Sharing {
  std::size_t a = 0;  ///< a < b
  std::size_t b = 0;
  std::vector<std::string> files = {};        ///< sorted, the first kMostListed
  std::int64_t count = 0;                     ///< of all
  std::vector<std::string> uncommitted = {};  ///< of all, those with an uncommitted side; sorted, the first kMostListed
  bool both_committed = false;                ///< at least one is committed on both sides: a merge can be tried
};

/// Only pairs that share a file, ordered by a, then b. A file where the other line has a directory is shared too.
std::vector<Sharing> find_sharing(const std::vector<ChangedFiles>& lines);

}  // namespace stream_status::git
