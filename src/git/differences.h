// What differs between a commit and another one, or the worktree: which files, how many lines, in which places.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "git/git.h"
#include "git/worktrees.h"

namespace stream_status::git {

enum class FileChange { kAdded, kModified, kDeleted, kRenamed };
std::string_view name_of(FileChange change);  ///< "added", "modified", "deleted", "renamed"

struct Difference {
  std::string path;
  std::string old_path = {};  ///< kRenamed: what it was called; else empty
  FileChange change = FileChange::kModified;
  ObjectId old_object = {};                               ///< empty: the file was not there
  std::optional<std::int64_t> insertions = std::nullopt;  ///< absent: binary
  std::optional<std::int64_t> deletions = std::nullopt;
};

/// Consecutive lines that are replaced. `lines` 0: nothing is, what is new comes before line `start`.
struct Hunk {
  std::int64_t start = 1;      ///< in lines of the old file, from 1
  std::int64_t lines = 0;      ///< of the old file
  std::int64_t new_lines = 0;  ///< in their place
  friend bool operator==(const Hunk&, const Hunk&) = default;
};
struct FileHunks {
  std::string path;
  ObjectId old_object = {};  ///< empty: the file was not there
  std::vector<Hunk> hunks = {};
};

/// From a commit to another; renames are found. Sorted by path.
Result<std::vector<Difference>> read_differences(const Git& git, const ObjectId& from, const ObjectId& to);
/// From a commit to what lies in the worktree, committed or not; of what git does not track, nothing. A file whose time
/// has changed may be among them, and its lines all be the same.
Result<std::vector<Difference>> read_differences(const Git& git, const ObjectId& from, const Worktree& to);

/// The places, of these files only; renames are two files. A file without any difference is left out.
Result<std::vector<FileHunks>> read_hunks(const Git& git, const ObjectId& from, const ObjectId& to,
                                          const std::vector<std::string>& paths);
Result<std::vector<FileHunks>> read_hunks(const Git& git, const ObjectId& from, const Worktree& to,
                                          const std::vector<std::string>& paths);

/// How many lines each object has, in order; absent: binary, no file, too large to be looked at, or not there.
Result<std::vector<std::optional<std::int64_t>>> count_lines(const Git& git, const std::vector<ObjectId>& objects);
/// Of a text; absent: it is binary, by git's own rule.
std::optional<std::int64_t> count_lines(std::string_view content);

}  // namespace stream_status::git
