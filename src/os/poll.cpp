#include "os/poll.h"

#include <poll.h>

#include <algorithm>

namespace stream_status::os {

void poll(std::vector<PollEntry>& entries, std::optional<milliseconds> timeout) {
  thread_local std::vector<pollfd> descriptors;
  descriptors.clear();
  for (const PollEntry& entry : entries) {
    const int events = (entry.want_read ? POLLIN : 0) | (entry.want_write ? POLLOUT : 0);
    descriptors.push_back({entry.fd, static_cast<short>(events), 0});
  }
  const int wait_ms = timeout ? static_cast<int>(std::clamp<std::int64_t>(timeout->count(), 0, 3'600'000)) : -1;
  const int ready = ::poll(descriptors.data(), descriptors.size(), wait_ms);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const int got = ready > 0 ? descriptors[i].revents : 0;
    entries[i].readable = (got & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0;
    entries[i].writable = (got & (POLLOUT | POLLHUP | POLLERR | POLLNVAL)) != 0;
  }
}

}  // namespace stream_status::os
