// Waiting for any of several directories to change (inotify): the refs of a repository.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

/// One thread. Watches directories, not their subdirectories: `set` is called again when the set may have grown.
class TreeWatch {
 public:
  /// `matters`: does a change of this name (last component) count?
  using Matters = std::function<bool(std::string_view name)>;
  /// kInternal: no inotify instance can be had.
  static Result<TreeWatch> open(Matters matters);

  /// Watches exactly these from now on; those that do not exist are left out. True: some are new, and what happened
  /// there before was not seen. kInternal: the user's limit is reached, and nothing is watched any more.
  Result<bool> set(const std::vector<std::string>& directories);
  int fd() const { return inotify_.get(); }  ///< readable: something may have changed
  /// Takes what has happened: did something that matters change (or were events lost)?
  bool take_changes();

 private:
  TreeWatch(Fd inotify, Matters matters) : inotify_(std::move(inotify)), matters_(std::move(matters)) {}
  Fd inotify_;
  Matters matters_;
  std::map<std::string, int> watches_;
};

/// `directory` and all directories below it; symlinks are not followed. At most `limit`.
std::vector<std::string> list_directories(const std::string& directory, std::size_t limit);

}  // namespace stream_status::os
