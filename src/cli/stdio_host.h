// The host of `stream-status mcp`: frames JSON-RPC lines on stdin and stdout around one mcp::Session, and waits for
// both and for the backend in one poll. Single-threaded; made of steps.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "mcp/project_catalog.h"
#include "mcp/session.h"
#include "os/clock.h"
#include "os/poll.h"

namespace stream_status::cli {

/// A backend that waits for descriptors and times of its own.
class DrivenBackend : public mcp::Backend {
 public:
  virtual void add_wait(std::vector<os::PollEntry>& entries) const = 0;
  virtual std::optional<MonotonicTime> wake_at() const = 0;
  /// Does what can be done without waiting; answers calls from within.
  virtual void step(MonotonicTime now, const std::vector<os::PollEntry>& entries) = 0;
};

/// Descriptors as inherited; their flags stay as they are.
struct StdioStreams {
  int input = 0;
  int output = 1;
  int parent = -1;  ///< becomes readable when the parent process ends; -1: not watched
};

class StdioHost {
 public:
  static constexpr std::size_t kLineLimit = std::size_t{4} << 20;
  /// Above this the client does not read its answers: no new lines are taken.
  static constexpr std::size_t kQueueLimit = std::size_t{8} << 20;
  static constexpr std::size_t kCallLimit = 256;
  /// What calls in flight get after the end of the input, and a client that hung up without having read its answers.
  static constexpr milliseconds kDrainTime{150};

  StdioHost(StdioStreams streams, DrivenBackend& backend);

  mcp::Session& session() { return session_; }

  enum class State { kRunning, kEnded };

  void add_wait(std::vector<os::PollEntry>& entries) const;
  std::optional<MonotonicTime> wake_at() const;
  /// `entries` as filled by os::poll after add_wait.
  State step(MonotonicTime now, const std::vector<os::PollEntry>& entries);

 private:
  void read_input();
  void take_lines();
  void queue(std::string message);
  void flush();
  bool may_take_more() const;

  StdioStreams streams_;
  DrivenBackend& backend_;
  mcp::ProjectCatalog catalog_;
  mcp::Session session_;

  // Read but not taken: input_[begin_, end_). No newline in [begin_, searched_).
  std::vector<char> input_;
  std::size_t begin_ = 0;
  std::size_t searched_ = 0;
  std::size_t end_ = 0;
  std::size_t discarded_ = 0;  ///< bytes of an oversized line that are gone already
  bool stalled_ = false;       ///< a limit was reached with input left to take
  bool input_ended_ = false;
  std::optional<MonotonicTime> drain_until_;

  std::deque<std::string> output_;
  std::size_t output_bytes_ = 0;
  std::size_t written_ = 0;  ///< of the front message
  bool output_ended_ = false;
};

/// Steps until the conversation is over.
void run_until_end(StdioHost& host, const os::Clock& clock);

}  // namespace stream_status::cli
