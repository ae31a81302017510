#include "os/follow.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"

namespace stream_status::os {
namespace {
constexpr std::size_t kPiece = std::size_t{64} << 10;
}

FollowedFile::FollowedFile(const Fd& directory, std::string name) : directory_(directory), name_(std::move(name)) {
  file_ = open();
  struct stat status {};
  if (file_ && ::fstat(file_.get(), &status) == 0) offset_ = status.st_size;
}

Fd FollowedFile::open() const {
  return Fd{::openat(directory_.get(), name_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
}

std::string FollowedFile::read_new() {
  std::string text(kPiece, '\0');
  const ssize_t got = file_ ? ::pread(file_.get(), text.data(), text.size(), offset_) : 0;
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  offset_ += static_cast<std::int64_t>(text.size());
  // Only when the old file is read to its end is it time to look whether the name means another.
  if (!text.empty() || (file_ && identity_of(file_) == identity_of(directory_, name_))) return text;
  Fd next = open();
  if (!next) return text;
  file_ = std::move(next);
  offset_ = 0;
  return read_new();
}

}  // namespace stream_status::os
