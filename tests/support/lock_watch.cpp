#include "support/lock_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kEveryMs = 10;

bool is_held(const os::Fd& file) {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return ::fcntl(file.get(), F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

/// Who holds it, as the file says.
std::string text_of(const os::Fd& file) {
  std::array<char, 512> text;
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(std::max(size, ssize_t{0}))};
}

}  // namespace

LockWatch::LockWatch(std::string projects) : projects_(std::move(projects)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] {
    for (pollfd entry{stop_.get(), POLLIN, 0}; ::poll(&entry, 1, kEveryMs) == 0;) step();
  });
}

LockWatch::~LockWatch() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

std::vector<std::string> LockWatch::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

void LockWatch::step() {
  std::error_code absent;
  for (fs::directory_iterator entry(projects_, absent), end; !absent && entry != end; entry.increment(absent))
    if (entry->path().filename() != ".lock") look_at(entry->path());
}

void LockWatch::look_at(const std::string& directory) {
  std::vector<Seen>& files = seen_[directory];
  const std::string path = directory + "/server.lock";
  struct stat status {};
  // Opened only when it is a new one: tests count who opens it.
  if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    const std::pair identity{status.st_dev, status.st_ino};
    if (files.empty() || files.back().identity != identity)
      if (os::Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)})
        files.push_back({identity, std::move(file)});
  }
  std::vector<std::string> holders;
  for (const Seen& seen : files)
    if (is_held(seen.file)) holders.push_back(text_of(seen.file));
  if (holders.size() < 2) return;
  const std::lock_guard lock(mutex_);
  if (violations_.size() < 10) violations_.push_back(path + ": held by " + ::testing::PrintToString(holders));
}

}  // namespace stream_status::testing
