// An AI agent as the programs see one: a process that speaks MCP through the pipes of `stream-status mcp`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/program.h"
#include "support/world.h"

namespace stream_status::testing {

/// The answer to one tools/call.
struct ToolAnswer {
  bool is_error = false;
  json::object data;  ///< structuredContent
  std::string text;   ///< what the model reads
};

/// One thread.
class Agent {
 public:
  explicit Agent(const Start& start);
  /// `stream-status mcp` in the world's project, or in `directory`.
  explicit Agent(const World& world, const std::string& directory = {});

  /// initialize and its notification; returns the id of its answer.
  int initialize();
  /// Sends a call; returns its id. Nothing is waited for.
  int send(std::string_view tool, const json::object& arguments = {});
  /// Sends a call and waits for its answer; the test fails when none comes.
  ToolAnswer call(std::string_view tool, const json::object& arguments = {});
  /// As call; the answer must be no error.
  json::object get(std::string_view tool, const json::object& arguments = {});

  /// Reads what is there without waiting. False: its output has ended.
  bool read();
  bool has_answer(int id) const { return answers_.contains(id); }
  /// Takes it away.
  ToolAnswer take(int id);
  bool wait_for(int id, const Deadline& deadline = Deadline(seconds{60}));

  Program& program() { return program_; }

 private:
  Program program_;
  int last_id_ = 0;
  std::string unread_;
  std::map<int, ToolAnswer> answers_;
};

using Agents = std::vector<std::unique_ptr<Agent>>;

/// Reads from all of them, and calls `step` after each time (and after `longest` without one), until it says true.
/// False: the deadline came first, or an agent has ended.
bool listen_until(const Agents& agents, const std::function<bool()>& step,
                  const Deadline& deadline = Deadline(seconds{60}), milliseconds longest = milliseconds::max());

}  // namespace stream_status::testing
