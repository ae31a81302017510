#include "os/fd.h"

#include <unistd.h>

namespace stream_status::os {

void Fd::reset() {
  // Linux frees the number even when close() is interrupted: a second try could hit a stranger's descriptor.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace stream_status::os
