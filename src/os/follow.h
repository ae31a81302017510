// What is appended to a file, as it comes.
#pragma once

#include <cstdint>
#include <string>

#include "os/fd.h"

namespace stream_status::os {

/// Single-threaded. Follows the name: when the file is rotated away, its rest is read and then the new one from its
/// start.
class FollowedFile {
 public:
  /// Begins at the file's present end; the file need not be there yet. `directory` must outlive it.
  FollowedFile(const Fd& directory, std::string name);

  /// What was appended since, at most 64 KiB; empty: nothing.
  std::string read_new();

 private:
  Fd open() const;

  const Fd& directory_;
  std::string name_;
  Fd file_;
  std::int64_t offset_ = 0;
};

}  // namespace stream_status::os
