#include "os/byte_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/error.h"

namespace stream_status::os {

Result<std::optional<std::int64_t>> find_lock_holder(const Fd& directory, const std::string& name, std::int64_t first,
                                                     std::int64_t length) {
  const Fd file(::openat(directory.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) {
    if (errno == ENOENT) return std::nullopt;
    return errno_error("look at", name);
  }
  struct flock wanted {};
  wanted.l_type = F_WRLCK;  // in conflict with every other lock; asking needs no permission to write
  wanted.l_whence = SEEK_SET;
  wanted.l_start = first;
  wanted.l_len = length;
  if (::fcntl(file.get(), F_GETLK, &wanted) != 0) return errno_error("look at the locks of", name);
  if (wanted.l_type == F_UNLCK) return std::nullopt;
  return std::max<std::int64_t>(wanted.l_pid, 0);
}

}  // namespace stream_status::os
