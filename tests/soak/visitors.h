// Whoever is not a lasting agent: people at the dashboard, command lines, git commits in worktrees, listeners that come
// and go. A thread of their own, so that agents are timed without them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/http.h"
#include "support/world.h"

namespace stream_status::testing {

/// Started by its construction, ended by `stop`. The thread owns everything but the atomics.
class Visitors {
 public:
  Visitors(const World& world, std::vector<std::string> stream_ids);
  ~Visitors() { stop(); }
  void stop();

  std::int64_t errors() const { return errors_; }
  std::int64_t pages() const { return pages_; }
  std::int64_t command_lines() const { return command_lines_; }
  std::int64_t commits() const { return commits_; }
  std::int64_t events() const { return events_; }

 private:
  void run();
  void look_at_pages(int round);
  void run_a_command(int round);
  void commit(int round);
  void change_worktrees(int round);
  void listen(int round);
  void note(const std::string& what);

  const World& world_;
  const std::vector<std::string> stream_ids_;
  const std::uint16_t port_;
  std::vector<std::string> worktrees_;
  std::string passing_worktree_;
  std::unique_ptr<HttpConnection> dashboard_;
  std::vector<std::unique_ptr<EventStream>> listeners_;

  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> errors_{0};
  std::atomic<std::int64_t> pages_{0};
  std::atomic<std::int64_t> command_lines_{0};
  std::atomic<std::int64_t> commits_{0};
  std::atomic<std::int64_t> events_{0};
  std::thread thread_;
};

}  // namespace stream_status::testing
