#include "client/launch.h"

#include <fmt/format.h>

#include <array>

#include "api/errors.h"
#include "base/fault_point.h"
#include "base/text.h"
#include "client/connection.h"
#include "os/log_file.h"
#include "os/stdio.h"
#include "project/config.h"

namespace stream_status::client {
namespace {

constexpr std::size_t kTextLimit = std::size_t{64} << 10;
constexpr int kShownLogLines = 10;
constexpr std::string_view kErrorWord = "ERR ";

std::vector<std::string> arguments_of(const Settings& settings) {
  std::vector<std::string> arguments = {"--project", settings.project.worktree};
  using Chosen = project::Home::Chosen;
  if (settings.home.chosen == Chosen::kFlag || settings.home.chosen == Chosen::kEnvironment)
    arguments.insert(arguments.end(), {"--home", settings.home.base});
  arguments.insert(arguments.end(), {"--ready-fd", "3"});
  return arguments;
}

Error error_of(std::string_view text) {
  const auto value = parse_json(text);
  if (value) return api::error_from_json(*value);
  return {ErrorCode::kServerUnavailable, fmt::format("start server: {}", shorten(text, 400))};
}

}  // namespace

Result<Launch> Launch::begin(const Settings& settings, const os::Fd& directory) {
  const std::vector<std::string> for_commands = project::find_command_environment(directory);
  SS_FAULT_POINT("before_spawn");
  auto child = os::spawn_detached(settings.server_program, arguments_of(settings),
                                  os::server_environment(settings.environment, for_commands));
  SS_FAULT_POINT("after_spawn");
  if (child) return Launch(std::move(*child));
  Error error = std::move(child).error();
  if (error.code == ErrorCode::kNotFound || error.code == ErrorCode::kPermissionDenied) {
    error.code = ErrorCode::kServerUnavailable;
    error.hint = "the server's program is missing or may not be run: build or install stream-status again";
  }
  return add_context("start server", std::move(error));
}

Word Launch::step(const std::vector<os::PollEntry>& entries) {
  const os::PollEntry* ready = find_entry(entries, child_.output.get());
  if (word_ != Word::kNone || ready == nullptr || !ready->readable) return word_;
  SS_FAULT_POINT("before_ready_read");
  std::array<char, 4096> buffer;
  bool ended = false;
  for (;;) {
    const os::Transfer got = os::read_some(child_.output.get(), buffer);
    text_.append(buffer.data(), got.bytes);
    ended = got.state == os::StreamState::kEnded || text_.size() > kTextLimit;
    if (ended || got.bytes == 0) break;
  }
  word_ = read_word(ended);
  // The process that we started has forked before any word, or ended with the end of the file: no waiting here.
  if (word_ != Word::kNone) os::reap(child_.pid);
  return word_;
}

Word Launch::read_word(bool ended) {
  const std::size_t end = text_.find('\n');
  if (end == std::string::npos && !ended) return Word::kNone;
  const std::string_view line = std::string_view(text_).substr(0, end);
  if (line == "READY") return Word::kReady;
  if (line == "LOST") return Word::kLost;
  if (!line.starts_with(kErrorWord)) return Word::kCrashed;
  error_ = error_of(line.substr(kErrorWord.size()));
  return Word::kFailed;
}

void Launch::add_wait(std::vector<os::PollEntry>& entries) const {
  if (word_ == Word::kNone) entries.push_back({.fd = child_.output.get(), .want_read = true});
}

Error crash_error(const Settings& settings, const std::string& log_name, std::string_view what) {
  Error error{ErrorCode::kServerUnavailable, fmt::format("start server: {}: {}", settings.server_program, what),
              "`stream-status logs` shows all of its log"};
  const auto logs = os::open_private_directory(settings.home.logs(), settings.home.trusted, os::IfMissing::kFail);
  const std::string tail = logs ? os::read_log_tail(*logs, log_name, kShownLogLines) : std::string();
  if (tail.empty())
    error.message += "; it wrote no log";
  else
    error.message += fmt::format("; the end of {}/{}:\n{}", settings.home.logs(), log_name, tail);
  return error;
}

}  // namespace stream_status::client
