#include "os/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <optional>

#include "os/error.h"
#include "os/file.h"

namespace stream_status::os {

struct LogFile::State {
  const Fd directory;
  const std::string name;
  const Rotation rotation;
  const std::uint64_t rotate_at;
  const int keep;
  std::mutex mutex;
  Fd file = {};  // with the rest below: guarded by `mutex`
  FileIdentity identity = {};
  bool takes_stderr = false;

  Result<void> reopen() {
    const auto refuse = [&] {
      return fail(ErrorCode::kInvalidArgument, "open log: " + path_of(directory) + "/" + name + ": not a regular file",
                  "remove it; it is made anew");
    };
    Fd opened{::openat(directory.get(), name.c_str(),
                       O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600)};
    if (!opened && (errno == ELOOP || errno == ENXIO || errno == EISDIR)) return refuse();
    if (!opened) return errno_error("open log", path_of(directory) + "/" + name);
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0) return errno_error("open log", path_of(directory) + "/" + name);
    if (!S_ISREG(status.st_mode)) return refuse();
    identity = {status.st_dev, status.st_ino};
    file = std::move(opened);
    if (takes_stderr) ::dup2(file.get(), STDERR_FILENO);
    return {};
  }

  /// name.4 → name.5, …, name → name.1. A failed step leaves a longer file, which is better than none.
  void rotate() {
    const auto numbered = [&](int number) { return number == 0 ? name : name + "." + std::to_string(number); };
    for (int number = keep - 1; number >= 0; --number)
      ::renameat(directory.get(), numbered(number).c_str(), directory.get(), numbered(number + 1).c_str());
    if (keep == 0) ::unlinkat(directory.get(), name.c_str(), 0);
  }

  /// Makes `file` the one at the path: it may have been rotated by the server, or removed by anybody.
  void follow_path(std::size_t next_line) {
    struct stat status {};
    const bool exists = ::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    const bool same = exists && identity == FileIdentity{status.st_dev, status.st_ino};
    const bool full = same && rotation == Rotation::kBySize && status.st_size > 0 &&
                      static_cast<std::uint64_t>(status.st_size) + next_line > rotate_at;
    if (full) rotate();
    if (!same || full) (void)reopen();  // else the old file takes the line, wherever it is now
  }
};

LogFile::LogFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogFile::~LogFile() = default;

Result<std::shared_ptr<LogFile>> LogFile::open(Fd directory, std::string name, Rotation rotation,
                                               std::uint64_t rotate_at_bytes, int keep) {
  std::unique_ptr<State> state{new State{std::move(directory), std::move(name), rotation, rotate_at_bytes, keep, {}}};
  TRY(state->reopen());
  return std::shared_ptr<LogFile>(new LogFile(std::move(state)));
}

void LogFile::write_line(std::string_view line) {
  const std::lock_guard guard(state_->mutex);
  state_->follow_path(line.size());
  ssize_t written = 0;
  do {
    written = ::write(state_->file.get(), line.data(), line.size());
  } while (written < 0 && errno == EINTR);
}

void LogFile::take_stderr() {
  const std::lock_guard guard(state_->mutex);
  state_->takes_stderr = true;
  ::dup2(state_->file.get(), STDERR_FILENO);
}

std::string read_log_tail(const Fd& directory, const std::string& name, int lines) {
  constexpr off_t kMost = 64 << 10;
  const Fd file{::openat(directory.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
  struct stat status {};
  if (!file || lines <= 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const off_t start = std::max<off_t>(status.st_size - kMost, 0);
  std::string text(static_cast<std::size_t>(status.st_size - start), '\0');
  const ssize_t got = ::pread(file.get(), text.data(), text.size(), start);
  if (got <= 0) return {};
  text.resize(static_cast<std::size_t>(got));
  if (start > 0) text.erase(0, text.find('\n') + 1);  // the first line is cut

  std::size_t from = text.size();
  for (int found = 0; from > 0; --from)
    if (text[from - 1] == '\n' && from != text.size() && ++found == lines) break;
  return text.substr(from);
}

}  // namespace stream_status::os
