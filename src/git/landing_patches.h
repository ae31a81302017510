// What commits change, compared without running anything of the repository's: first by the files, which is cheap, and
// by patch only where the files are the same. What is known of a commit stays known, because commits do not change.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "git/git.h"

namespace stream_status::git {

/// Which files a change touches, as numbers: equal files, equal numbers.
struct TouchedFiles {
  std::vector<std::uint64_t> paths;  ///< one per file
  std::vector<std::string> names;    ///< the same as text; only from files_between
  std::uint64_t fingerprint = 0;     ///< of all paths and what happened to each (added, changed, deleted)
  bool empty() const { return paths.empty(); }
};

/// From one commit to another.
struct Span {
  ObjectId from;
  ObjectId to;
};

struct Patch {
  std::string id;           ///< git's stable patch id: the change with the lines around it
  std::uint64_t lines = 0;  ///< of the added and removed lines alone: the same change in other surroundings
};

/// Not thread-safe.
class PatchBook {
 public:
  /// Against the first parent. Merges and commits that git can not read (missing objects) stay unknown.
  Result<void> learn_files(const Git& git, const std::vector<ObjectId>& commits);
  Result<void> learn_patches(const Git& git, const std::vector<ObjectId>& commits);
  /// Null: not learned, a merge, or unreadable.
  const TouchedFiles* files_of(const ObjectId& commit) const;
  /// Null as above, or when the commit changes nothing.
  const Patch* patch_of(const ObjectId& commit) const;
  /// Forgets all when it has grown beyond what a large repository needs.
  void trim();

 private:
  std::unordered_map<ObjectId, TouchedFiles> files_;
  std::unordered_map<ObjectId, Patch> patches_;
};

/// By `to`, which must differ from each other. Spans that change nothing have no files; those that git can not read
/// are absent.
Result<std::unordered_map<ObjectId, TouchedFiles>> files_between(const Git& git, const std::vector<Span>& spans);
/// By `to`; those that change nothing or can not be read are absent.
Result<std::unordered_map<ObjectId, Patch>> patches_between(const Git& git, const std::vector<Span>& spans);

/// By `to`, for each file in git's order: the lines that the span adds, by hash_of_line. Absent as above.
Result<std::unordered_map<ObjectId, std::vector<std::vector<std::uint64_t>>>> lines_added_between(
    const Git& git, const std::vector<Span>& spans);
std::uint64_t hash_of_line(std::string_view line);

/// Of these merges, those whose result is not what their parents make of it: a conflict was resolved by hand, or
/// something was slipped in.
Result<std::vector<ObjectId>> merges_with_own_content(const Git& git, const std::vector<ObjectId>& merges);

}  // namespace stream_status::git
