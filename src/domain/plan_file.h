// A plan file: a Markdown file that says which stream is planned, in front matter or by its first heading. Text to
// values; where the files lie, and which categories there are, the caller knows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/stream.h"

namespace stream_status::domain {

/// The caller reads no more than this of one file.
inline constexpr std::size_t kPlanFileLimit = std::size_t{1} << 20;

struct PlannedStream {
  StreamId id = {};
  std::string number = {};  ///< empty: neither the file nor the id says one
  std::string title = {};
  std::string category = "backend";  ///< as written: the configuration decides whether it exists
  int category_line = 0;             ///< 0: the default
  Priority priority = Priority::kMedium;
  Status status = Status::kInitializing;  ///< a plan alone is nobody's work yet: ready to be claimed
  std::vector<std::string> phases = {};
  std::string branch = {};
  friend bool operator==(const PlannedStream&, const PlannedStream&) = default;
};

struct PlanFileError {
  int line = 0;  ///< from 1
  std::string reason = {};
};

/// Reads one plan file. Front matter stands between lines `---` at the very start: `key: value` with the keys title,
/// streamNumber (or stream_number), category, priority, status, branch, phases; other keys are ignored, whatever their
/// value. A value may be quoted; a comment begins with a # between blanks; phases are `a, b`, `[a, b]` or lines `- a`.
/// What it leaves out: the title is the first heading of level 1, else the id; the number is the digits after "stream-"
/// in the id, or the three or four that the id begins with; the branch is the id. `text`: any line ends, with or
/// without a byte order mark.
/// Errors: the first line that is wrong, and what is wrong with it: not UTF-8, binary, front matter that is never
/// closed, a line that is no `key: value`, a key twice, a value that is too long, not allowed or not one line.
tl::expected<PlannedStream, PlanFileError> parse_plan_file(std::string_view id, std::string_view text);

}  // namespace stream_status::domain
