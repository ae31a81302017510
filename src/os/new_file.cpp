#include "os/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "os/error.h"
#include "os/file.h"
#include "os/random.h"

namespace stream_status::os {
namespace {

constexpr std::size_t kPiece = 1 << 18;

}  // namespace

Result<NewFile> NewFile::create(const std::string& path) {
  if (kind_of(path) != FileKind::kMissing)
    return fail(ErrorCode::kInvalidArgument, "write " + path + ": it exists already",
                "name a file that is not there yet");
  const std::string partial = fmt::format("{}.{}.partial", path, random_hex(4));
  Fd file{::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) return errno_error("write", path);
  return NewFile(path, partial, std::move(file));
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      partial_(std::move(other.partial_)),
      file_(std::move(other.file_)),
      pending_(std::move(other.pending_)) {}

NewFile::~NewFile() {
  if (file_) ::unlink(partial_.c_str());
}

Result<void> NewFile::append(std::string_view bytes) {
  pending_ += bytes;
  return pending_.size() < kPiece ? Result<void>() : flush();
}

Result<void> NewFile::flush() {
  std::string_view left = pending_;
  while (!left.empty()) {
    const ssize_t wrote = ::write(file_.get(), left.data(), left.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno_error("write", path_);
    left.remove_prefix(static_cast<std::size_t>(wrote));
  }
  pending_.clear();
  return {};
}

Result<void> NewFile::publish() {
  TRY(flush());
  if (::fsync(file_.get()) != 0) return errno_error("write to disk", path_);
  if (::rename(partial_.c_str(), path_.c_str()) != 0) return errno_error("rename to", path_);
  file_.reset();
  const std::string::size_type slash = path_.rfind('/');
  return fsync_directory(TRY(open_directory(path_.substr(0, slash == 0 ? 1 : slash))));
}

}  // namespace stream_status::os
