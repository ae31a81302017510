// What an agent is told: an answer to its question, a message, or what became of a stream of its own. Kept until the
// agent is seen to have it (service/mailbox.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"

namespace stream_status::domain {

enum class MessageKind {
  kMessage,  ///< somebody tells something
  kAnswer,   ///< to the question of a stream
  kOpened,   ///< nothing is in the way of a stream any more
  kTaken,    ///< a claim had run out, and another agent has it
};
inline constexpr std::array<std::string_view, 4> kMessageKindNames = {"message", "answer", "opened", "taken"};

inline std::string_view name_of(MessageKind kind) { return kMessageKindNames[static_cast<std::size_t>(kind)]; }
/// kMessage for a name that is none.
inline MessageKind parse_message_kind(std::string_view name) {
  for (std::size_t i = 0; i < kMessageKindNames.size(); ++i)
    if (kMessageKindNames[i] == name) return static_cast<MessageKind>(i);
  return MessageKind::kMessage;
}

struct Message {
  std::int64_t id = 0;  ///< given by the store, ascending
  AgentName recipient;
  AgentName sender;
  MessageKind kind = MessageKind::kMessage;
  StreamId stream_id;  ///< empty: about none
  std::string text;
  std::string handed_to = {};  ///< the recipient's process that got it last; empty: none
  WallTime at = {};
  friend bool operator==(const Message&, const Message&) = default;
};

}  // namespace stream_status::domain
