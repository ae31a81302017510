// poll(2), for loops that are made of steps.
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"

namespace stream_status::os {

struct PollEntry {
  int fd = -1;
  bool want_read = false;
  bool want_write = false;
  bool readable = false;  ///< data, end of file or error: a read will not block
  bool writable = false;
};

/// Waits until an entry is ready or the timeout is over (absent: for ever); sets the answers.
void poll(std::vector<PollEntry>& entries, std::optional<milliseconds> timeout);

}  // namespace stream_status::os
