#include "os/watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/error.h"
#include "os/file.h"

namespace stream_status::os {
namespace {

tl::unexpected<Error> watch_error(int number, const Fd& directory) {
  if (number != ENOSPC && number != EMFILE) return errno_error(number, "watch directory", path_of(directory));
  return fail(ErrorCode::kInternal, "watch directory: " + path_of(directory) + ": this user's inotify limit is reached",
              "raise the sysctls fs.inotify.max_user_instances and fs.inotify.max_user_watches");
}

}  // namespace

Result<Fd> watch_directory(const Fd& directory) {
  Fd watch{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!watch) return watch_error(errno, directory);
  constexpr std::uint32_t kEvents = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR;
  if (::inotify_add_watch(watch.get(), descriptor_path(directory).c_str(), kEvents) < 0)
    return watch_error(errno, directory);
  return watch;
}

void drain_watch(const Fd& watch) {
  alignas(inotify_event) std::array<char, 4096> events;
  ssize_t got = 0;
  do {
    got = ::read(watch.get(), events.data(), events.size());
  } while (got > 0 || (got < 0 && errno == EINTR));
}

bool saw_change_of(const Fd& watch, std::span<const std::string_view> names) {
  alignas(inotify_event) std::array<char, 4096> events;
  bool seen = false;
  for (;;) {
    const ssize_t got = ::read(watch.get(), events.data(), events.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return seen;
    const auto size = static_cast<std::size_t>(got);
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
      inotify_event event;
      std::memcpy(&event, events.data() + at, sizeof event);
      // The name is filled up with zeros.
      const std::string_view name = event.len == 0 ? std::string_view{} : events.data() + at + sizeof event;
      const bool named = std::find(names.begin(), names.end(), name) != names.end();
      seen = seen || named || (event.mask & (IN_Q_OVERFLOW | IN_IGNORED)) != 0;
      at += sizeof event + event.len;
    }
  }
}

}  // namespace stream_status::os
