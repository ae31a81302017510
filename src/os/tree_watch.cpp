#include "os/tree_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "os/error.h"

namespace stream_status::os {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR;

tl::unexpected<Error> limit_error() {
  return fail(ErrorCode::kInternal, "watch the repository: this user's inotify limit is reached",
              "raise the sysctls fs.inotify.max_user_instances and fs.inotify.max_user_watches");
}

}  // namespace

Result<TreeWatch> TreeWatch::open(Matters matters) {
  Fd inotify{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!inotify) return limit_error();
  return TreeWatch(std::move(inotify), std::move(matters));
}

Result<bool> TreeWatch::set(const std::vector<std::string>& directories) {
  std::map<std::string, int> next;
  bool grew = false;
  for (const std::string& directory : directories) {
    // The same directory gives the same number: a change between two calls is not lost.
    const int watch = ::inotify_add_watch(inotify_.get(), directory.c_str(), kEvents);
    if (watch >= 0) {
      next.emplace(directory, watch);
      grew = grew || !watches_.contains(directory);
    } else if (errno == ENOSPC || errno == EMFILE || errno == ENOMEM) {
      return limit_error();
    }
  }
  for (const auto& [directory, watch] : watches_) {
    const bool kept =
        std::any_of(next.begin(), next.end(), [w = watch](const auto& entry) { return entry.second == w; });
    if (!kept) ::inotify_rm_watch(inotify_.get(), watch);
  }
  watches_.swap(next);
  return grew;
}

bool TreeWatch::take_changes() {
  alignas(inotify_event) std::array<char, 16384> events;
  bool changed = false;
  for (;;) {
    const ssize_t got = ::read(inotify_.get(), events.data(), events.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return changed;
    const auto size = static_cast<std::size_t>(got);
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
      inotify_event event;
      std::memcpy(&event, events.data() + at, sizeof event);
      // The name is filled up with zeros.
      const std::string_view name = event.len == 0 ? std::string_view{} : events.data() + at + sizeof event;
      changed = changed || (event.mask & IN_Q_OVERFLOW) != 0 || (!name.empty() && matters_(name));
      at += sizeof event + event.len;
    }
  }
}

std::vector<std::string> list_directories(const std::string& directory, std::size_t limit) {
  std::vector<std::string> found{directory};
  for (std::size_t at = 0; at < found.size() && found.size() < limit; ++at) {
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(found[at].c_str()), &::closedir);
    if (open == nullptr) continue;
    const std::string base = found[at];
    while (const dirent* entry = ::readdir(open.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat status {};
      const bool is_directory =
          entry->d_type == DT_DIR ||
          (entry->d_type == DT_UNKNOWN &&
           ::fstatat(::dirfd(open.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode));
      if (is_directory && found.size() < limit) found.push_back(base + "/" + std::string(name));
    }
  }
  return found;
}

}  // namespace stream_status::os
