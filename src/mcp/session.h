// One MCP conversation: JSON-RPC messages in, messages out, by the rules of the Model Context
// Protocol. Knows no transport; the host frames messages.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mcp/backend.h"

namespace stream_status::mcp {

/// Single-threaded. Outlive it with the backend; a call that is answered after the session is gone is dropped.
class Session {
 public:
  using Send = std::function<void(std::string message)>;  ///< one whole JSON-RPC message, no newline

  Session(Backend& backend, Send send);
  ~Session();

  /// Takes one message, without its line ending or with it. Answers at once or when the backend has
  /// answered. Never throws, never ends the conversation: what can not be understood gets the JSON-RPC
  /// error for it.
  void receive(std::string_view message);

  /// A message larger than the host reads: answered with an error, not read.
  void refuse_oversized(std::size_t bytes, std::size_t limit);

  /// Tool calls whose answer is still owed. A cancelled call is not: the backend may still be at it.
  std::size_t calls_in_flight() const;

  /// clientInfo.name of initialize; empty before.
  const std::string& client_name() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace stream_status::mcp
