#include "service/mailbox.h"

#include <fmt/format.h>

#include <algorithm>

namespace stream_status::service {

bool Mailbox::refresh(store::Reader& reader) {
  const std::int64_t newest = store_.newest_message();
  if (newest > loaded_.load(std::memory_order_acquire)) {
    const std::lock_guard lock(mutex_);
    const std::int64_t known = loaded_.load(std::memory_order_relaxed);
    // What fails here is read by the next call.
    if (auto messages = reader.messages_after(known)) {
      std::int64_t last = std::max(newest, known);
      for (domain::Message& message : *messages) {
        last = std::max(last, message.id);
        messages_.push_back(std::move(message));
      }
      loaded_.store(last, std::memory_order_release);
    }
    count_.store(messages_.size(), std::memory_order_release);
  }
  return count_.load(std::memory_order_acquire) > 0;
}

bool Mailbox::is_for(const domain::Message& message, const Caller& caller) const {
  if (message.recipient != caller.agent) return false;
  if (message.handed_to.empty()) return true;
  return message.handed_to != caller.process && !presence_.is_connected(message.handed_to);
}

void Mailbox::note_call(const Caller& caller, Lane& lane) {
  if (caller.process.empty() || count_.load(std::memory_order_acquire) == 0) return;
  std::vector<std::int64_t> read;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(messages_, [&](const domain::Message& message) {
      const bool is_read = message.handed_to == caller.process;
      if (is_read) read.push_back(message.id);
      return is_read;
    });
    count_.store(messages_.size(), std::memory_order_release);
  }
  if (!read.empty()) write({}, std::move(read), lane);
}

bool Mailbox::has_for(const Caller& caller, store::Reader& reader) {
  if (caller.agent.text.empty() || !refresh(reader)) return false;
  const std::lock_guard lock(mutex_);
  return std::any_of(messages_.begin(), messages_.end(),
                     [&](const domain::Message& message) { return is_for(message, caller); });
}

std::string Mailbox::add_to(std::string body, const Caller& caller, store::Reader& reader, Lane& lane) {
  if (caller.agent.text.empty() || !body.starts_with('{') || !refresh(reader)) return body;
  json::array news;
  std::vector<domain::Message> handed;
  std::vector<std::int64_t> read;
  {
    const std::lock_guard lock(mutex_);
    std::size_t characters = 0;
    for (auto message = messages_.begin(); message != messages_.end() && news.size() < kAtOnce;) {
      if (!is_for(*message, caller)) {
        ++message;
        continue;
      }
      characters += message->text.size();
      if (!news.empty() && characters > kCharactersAtOnce) break;
      news.emplace_back(to_json(*message));
      if (caller.process.empty()) {  // makes one call and ends: nothing will ever show that it was read
        read.push_back(message->id);
        message = messages_.erase(message);
        continue;
      }
      message->handed_to = caller.process;
      handed.push_back(*message);
      ++message;
    }
    count_.store(messages_.size(), std::memory_order_release);
  }
  if (news.empty()) return body;
  write(std::move(handed), std::move(read), lane);
  const bool is_empty = body.starts_with("{}");
  return fmt::format(R"({{"news":{}{}{})", json::serialize(news), is_empty ? "" : ",",
                     std::string_view(body).substr(1));
}

/// Nobody waits for it: after a crash in between, a message is told once more rather than never.
void Mailbox::write(std::vector<domain::Message> handed, std::vector<std::int64_t> read, Lane& lane) const {
  auto apply = [handed = std::move(handed), read = std::move(read)](store::Transaction& transaction,
                                                                    WallTime) -> Result<Answer> {
    for (const domain::Message& message : handed) TRY(transaction.set_message_handed_to(message.id, message.handed_to));
    for (const std::int64_t id : read) TRY(transaction.remove_message(id));
    return Answer{};
  };
  writer_.submit({std::move(apply), [](const Result<Answer>&) {}, &lane});
}

json::object to_json(const domain::Message& message) {
  return {{"kind", domain::name_of(message.kind)},
          {"from", text_or_null(message.sender.text)},
          {"streamId", text_or_null(message.stream_id.text)},
          {"text", message.text},
          {"at", format_rfc3339(message.at)}};
}

Result<void> tell_if_room(store::Transaction& transaction, const Caller& caller, domain::Message message) {
  if (message.recipient.text.empty() || message.recipient == caller.agent) return {};
  if (TRY(transaction.count_messages(message.recipient)) >= Mailbox::kCapacity) return {};
  message.sender = caller.agent;
  TRY(transaction.insert_message(message));
  return {};
}

}  // namespace stream_status::service
