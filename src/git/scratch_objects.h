// A temporary object directory on top of a repository's own: commands that must write objects to answer a question
// (merge-tree) write them here, and the repository stays byte for byte as it is. Kept in memory where that can be had:
// a merge writes an object for each file that both sides changed, and a disk needs longer for them than git.
#pragma once

#include <string>

#include "git/git.h"
#include "os/fd.h"
#include "os/lock.h"

namespace stream_status::git {

/// Where Linux keeps files in memory.
inline constexpr const char* kMemoryDirectory = "/dev/shm";

/// Move-only; the destructor removes the objects. What was written into it can be read by looks with the same
/// environment only.
///
/// It is made as "objects-<random>" beside a lock file of that name, which is held as long as it lives: what a killed
/// process left, or a removal that was cut short by a stop, is the one whose lock is free, and the next one made in
/// that place removes it. The place is "<memory_directory>/stream-status-<uid>" (0700), for all servers of this user,
/// or `parent_directory`.
class ScratchObjects {
 public:
  /// `parent_directory`: private and existing; empty: one of ours in the system's temporary directory. It is used when
  /// `memory_directory` (empty: none) is not there, not writable, or has no room to spare. `git` must live longer: when
  /// it is cancelled, the objects are removed for a tenth of a second at most, and the rest is left to the next one.
  /// Errors: as errno_error.
  static Result<ScratchObjects> make(const Git& git, const std::string& parent_directory,
                                     const std::string& memory_directory = kMemoryDirectory);

  ScratchObjects(ScratchObjects&& other) noexcept;
  ScratchObjects& operator=(ScratchObjects&&) = delete;
  ~ScratchObjects();

  /// For RunOptions.environment.
  os::Environment environment() const;
  /// Where the objects are. To run in it (with GIT_DIR) keeps files that a merge driver needs out of the worktree.
  const std::string& path() const { return path_; }
  /// Then they cost memory for as long as they are there; on a disk it is making and removing them that costs.
  bool is_in_memory() const { return place_.is_memory; }

 private:
  struct Place {
    std::string path;
    os::Fd directory;
    bool is_memory = false;
  };
  ScratchObjects(const Git& git, Place place, std::string name, os::FileLock lock, std::string alternates);
  static Result<Place> choose_place(const std::string& parent_directory, const std::string& memory_directory);
  static void remove_leftovers(const Git& git, const Place& place);
  static Result<ScratchObjects> make_in(const Git& git, Place place);

  const Git* git_;
  Place place_;
  std::string name_;
  os::FileLock lock_;
  std::string path_;  ///< empty: moved from
  std::string alternates_;
};

}  // namespace stream_status::git
