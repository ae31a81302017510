// What agents are to be told (domain/message.h): each gets it once, with its next answer or while it waits. Handed to a
// process, a message is kept until that process calls again, which shows that it read it; ends the process before, the
// agent's next process gets it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "domain/message.h"
#include "service/call.h"
#include "service/presence.h"
#include "service/writer.h"
#include "store/store.h"

namespace stream_status::service {

/// Any thread, each with a reader of its own.
class Mailbox {
 public:
  static constexpr std::size_t kAtOnce = 3;  ///< messages in one answer
  static constexpr std::size_t kCharactersAtOnce = 2000;
  /// Unread messages of one agent; what would come on top is refused, or, if nobody sent it, left out.
  static constexpr std::int64_t kCapacity = 100;

  Mailbox(store::Store& store, Writer& writer, const Presence& presence)
      : store_(store), writer_(writer), presence_(presence) {}

  /// The caller calls: what its process was handed before, it has read.
  void note_call(const Caller& caller, Lane& lane);
  /// Is there something that the caller has not been handed?
  bool has_for(const Caller& caller, store::Reader& reader);
  /// The answer's JSON object, with up to kAtOnce messages for the caller as its member `news`.
  std::string add_to(std::string body, const Caller& caller, store::Reader& reader, Lane& lane);

 private:
  bool refresh(store::Reader& reader);
  bool is_for(const domain::Message& message, const Caller& caller) const;
  void write(std::vector<domain::Message> handed, std::vector<std::int64_t> read, Lane& lane) const;

  store::Store& store_;
  Writer& writer_;
  const Presence& presence_;
  std::mutex mutex_;                       ///< guards what follows, but for the atomics
  std::vector<domain::Message> messages_;  ///< unread, oldest first
  std::atomic<std::size_t> count_{0};      ///< of messages_
  std::atomic<std::int64_t> loaded_{0};    ///< id of the newest that messages_ had
};

/// {kind, from, streamId, text, at}
json::object to_json(const domain::Message& message);

/// For handlers that tell somebody what happened: dropped when there is nobody, it is the caller itself, or its mailbox
/// is full.
Result<void> tell_if_room(store::Transaction& transaction, const Caller& caller, domain::Message message);

}  // namespace stream_status::service
