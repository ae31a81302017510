// A private directory for files that nobody else needs to see, gone with its owner.
#pragma once

#include <string>

#include "base/result.h"

namespace stream_status::os {

/// Move-only; the destructor removes the directory with everything in it, following no symlink.
class TemporaryDirectory {
 public:
  /// Makes "<parent>/<name>-XXXXXX" (0700, random end). `parent` is absolute and exists; empty: the system's temporary
  /// directory. Errors: as errno_error.
  static Result<TemporaryDirectory> make(const std::string& parent, const std::string& name);

  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;
  ~TemporaryDirectory();

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;  ///< empty: moved from
};

/// Removes a directory with everything in it, following no symlink. What can not be removed stays.
void remove_tree(const std::string& path);

}  // namespace stream_status::os
