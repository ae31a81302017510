// Step D of the way in (lifecycle.md): one start of the server, from the spawn to the server's first word.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "os/poll.h"
#include "os/process.h"

namespace stream_status::client {

/// What the server says on its ready-fd. kCrashed: end of file without a word.
enum class Word { kNone, kReady, kLost, kFailed, kCrashed };

/// Made of steps that never wait. The server goes its own way when this is gone.
class Launch {
 public:
  /// Errors: kServerUnavailable (the program is missing or can not be run), kInternal (try again).
  /// `directory`: of the project, whose config.json may name variables to keep for commands.
  static Result<Launch> begin(const Settings& settings, const os::Fd& directory);

  Word step(const std::vector<os::PollEntry>& entries);
  /// The server's own error, after kFailed.
  const Error& error() const { return error_; }

  void add_wait(std::vector<os::PollEntry>& entries) const;

 private:
  explicit Launch(os::Child child) : child_(std::move(child)) {}
  Word read_word(bool ended);

  os::Child child_;
  std::string text_;
  Word word_ = Word::kNone;
  Error error_;
};

/// kServerUnavailable with the end of the server's log, for a server that went without a word.
Error crash_error(const Settings& settings, const std::string& log_name, std::string_view what);

}  // namespace stream_status::client
