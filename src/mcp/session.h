// One MCP conversation: JSON-RPC messages in, messages out, by the rules of the Model Context
// Protocol, both eras. Knows no transport and no tool; the host frames messages, the catalog answers.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "mcp/catalog.h"
#include "mcp/introduction.h"

namespace stream_status::mcp {

/// Questions to clients that wait for their answers. Over HTTP the answer comes in a request, and so a session, of its
/// own: the host keeps one table for all.
class Questions {
 public:
  using Answered = std::function<void(json::value result)>;
  std::optional<RpcId> add(Answered answered);
  void answer(const Response& response);
  void forget(const RpcId& id) { waiting_.erase(id.json); }

 private:
  static constexpr std::size_t kMost = 64;
  std::uint64_t last_ = 0;
  std::map<std::string, Answered> waiting_;
};

/// Single-threaded. Outlive it with the catalog; when it goes, what it still owes is cancelled.
class Session {
 public:
  /// What a host knows of the messages to come.
  struct Circumstances {
    Subscriptions subscriptions = Subscriptions::kAreTold;
    std::string revision = {};       ///< MCP-Protocol-Version, if the transport has such a header
    Questions* questions = nullptr;  ///< null: clients can not be asked
  };

  Session(Catalog& catalog, Send send, Circumstances circumstances);
  Session(Catalog& catalog, Send send) : Session(catalog, std::move(send), Circumstances{}) {}
  ~Session();

  /// Takes one message, without its line ending or with it. Answers at once or when the catalog has
  /// answered. Never throws, never ends the conversation: what can not be understood gets the JSON-RPC
  /// error for it.
  void receive(std::string_view message);
  void receive(Incoming message);

  /// A message larger than the host reads: answered with an error, not read.
  void refuse_oversized(std::size_t bytes, std::size_t limit);

  /// Ends what is open by its nature, as the era says: for a host that stops.
  void end_subscriptions();

  /// Requests whose answer is still owed, but for subscriptions.
  std::size_t calls_in_flight() const;

  std::size_t open_subscriptions() const;

  /// clientInfo.name of initialize; empty before.
  const std::string& client_name() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace stream_status::mcp
