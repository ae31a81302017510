// The plan files of a project as they lie on the disk: .project/plan/streams/<id>.md or <id>/README.md. Reads only, and
// never outside of the project. Whoever synchronises or retires streams calls it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/plan_file.h"

namespace stream_status::service {

inline constexpr std::string_view kPlanDirectory = ".project/plan/streams";
inline constexpr std::size_t kMostPlanFiles = 1000;

struct PlanFiles {
  struct Problem {
    std::string file = {};  ///< relative to the project, valid UTF-8
    std::optional<int> line = std::nullopt;
    std::string reason = {};
  };
  std::vector<domain::PlannedStream> streams;  ///< by file name
  std::vector<std::string> files;              ///< of each stream, in the same order: relative to the project
  std::vector<Problem> problems;               ///< what should be a plan file and is none that can be taken
  std::int64_t skipped = 0;                    ///< what is no plan file: other names, directories without README.md
};

/// Is there a directory of plan files at all?
bool has_plan(const std::string& project_root);

/// Reads them all, in the order of their names. A project without the directory has none. Symlinks are not followed,
/// FIFOs and devices not opened, files over domain::kPlanFileLimit not read, and after kMostPlanFiles it stops: each is
/// a problem with its reason.
PlanFiles read_plan_files(const std::string& project_root);

/// The stream's plan files that are there, `<id>.md` and `<id>/README.md`, relative to the project. Other files of the
/// directory are not the plan, and symlinks are none.
std::vector<std::string> plan_paths_of(const std::string& project_root, std::string_view id);

/// The stream's own directory of plans, relative to the project, if there is one: may go once it is empty.
std::optional<std::string> plan_directory_of(const std::string& project_root, std::string_view id);

}  // namespace stream_status::service
