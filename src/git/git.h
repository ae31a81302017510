// The git program on one repository. Looking changes nothing and runs nothing but git: its environment is cleared,
// hooks, fsmonitor, filters, text conversion, external diff, merge drivers and lazy fetches are off, locks are not
// taken, and each command has a deadline. Porcelain and -z formats only.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/process.h"
#include "os/program.h"

namespace stream_status::git {

/// The full hexadecimal name of an object.
using ObjectId = std::string;

/// How a command is run, beside its arguments.
struct RunOptions {
  std::string directory = {};  ///< empty: the repository's
  std::string input = {};
  os::Environment environment = {};  ///< added last: an object directory, an index file
  std::size_t output_limit = 256u << 20;
};

/// Immutable but for the neutralised settings (one mutex). Callable from any thread; each call blocks until git has
/// ended, and git is killed when that thread ends.
class Git {
 public:
  struct Settings {
    std::string directory;  ///< a worktree or a bare repository
    os::Environment environment;
    const std::atomic<bool>* cancelled = nullptr;  ///< true: running commands are killed, calls fail
    milliseconds deadline{30'000};                 ///< of one command
  };

  /// Errors: kGitError (no git in PATH, not a repository, a git older than 2.38), kPermissionDenied (the repository
  /// belongs to somebody else: safe.directory). Each says what to do next.
  static Result<std::unique_ptr<Git>> open(Settings settings);

  /// Reads which filters and merge drivers the repository's configuration has now, so that they are off in what
  /// follows. Call before each pass of looking. True: there are some, and what they would change is seen without them.
  Result<bool> refresh();
  /// Their names as of the last refresh: "filter lfs", "merge driver ours".
  std::vector<std::string> neutralised() const;

  /// A command that only looks: its standard output. Errors: kGitError with git's own first line; kServerUnavailable
  /// when it was cancelled; kPermissionDenied (safe.directory).
  Result<std::string> look(const std::vector<std::string>& arguments, const RunOptions& run = {}) const;
  /// As look, for commands whose exit code answers too (merge-tree: 1 means conflicts). Any other code is an error.
  struct Answer {
    int exit_code = 0;
    std::string output;
    std::string error_output;
  };
  Result<Answer> look_with_code(const std::vector<std::string>& arguments, const std::vector<int>& expected,
                                const RunOptions& run = {}) const;
  /// Several looks, two at a time (git is mostly start-up), results in order. Non-zero exits are in the answers.
  std::vector<Result<Answer>> look_all(const std::vector<std::vector<std::string>>& commands,
                                       const RunOptions& run = {}) const;
  /// The same, each run in its own way.
  struct Look {
    std::vector<std::string> arguments;
    RunOptions run = {};
  };
  std::vector<Result<Answer>> look_each(const std::vector<Look>& looks) const;

  /// A command that changes the repository or a worktree: hooks are off, filters are as configured.
  Result<std::string> act(const std::vector<std::string>& arguments, const RunOptions& run = {}) const;

  /// Calls fail from now on: whoever makes many of them, or cleans up after them, stops.
  bool is_cancelled() const { return settings_.cancelled != nullptr && settings_.cancelled->load(); }

  const std::string& common_directory() const { return common_directory_; }  ///< real path
  const std::string& directory() const { return settings_.directory; }
  bool is_bare() const { return is_bare_; }
  bool is_shallow() const;  ///< as of now: history may end before its beginning

 private:
  explicit Git(Settings settings) : settings_(std::move(settings)) {}
  struct Override {
    std::string key;
    std::string value;
  };
  static void neutralise(std::string_view key, std::vector<Override>& overrides, std::vector<std::string>& names);
  os::ProgramCall call(std::vector<std::string> arguments, const RunOptions& run) const;
  os::ProgramCall looking_call(std::vector<std::string> arguments, const RunOptions& run) const;

  Settings settings_;
  std::string program_;
  std::string common_directory_;
  bool is_bare_ = false;
  mutable std::mutex mutex_;         ///< guards the two below
  std::vector<Override> overrides_;  ///< in force while looking
  std::vector<std::string> neutralised_;
};

/// 40 or 64 hexadecimal digits: safe to give to git where a name could be taken for an option.
bool is_object_id(std::string_view text);

/// Splits output of -z commands at each NUL; a last piece without NUL counts too.
std::vector<std::string_view> split_nul(std::string_view text);

}  // namespace stream_status::git
