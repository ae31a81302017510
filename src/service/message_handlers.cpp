// People and agents tell agents something: the answer to a stream's question, or a message. On the writer thread.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "domain/change.h"
#include "service/find_stream.h"
#include "service/handlers.h"
#include "service/journal.h"
#include "service/mailbox.h"

namespace stream_status::service {
namespace {

using domain::Message;
using domain::MessageKind;
using domain::Stream;

/// The choice that is meant: by its text, whatever its case, or by its number, from 1; else what was said.
std::string read_answer(const domain::Question& question, const std::string& said) {
  for (const std::string& choice : question.choices)
    if (to_lower(choice) == to_lower(said)) return choice;
  std::size_t number = 0;
  const auto [end, failure] = std::from_chars(said.data(), said.data() + said.size(), number);
  const bool is_number = failure == std::errc{} && end == said.data() + said.size();
  return is_number && number >= 1 && number <= question.choices.size() ? question.choices[number - 1] : said;
}

json::array names_json(const std::set<std::string>& names) { return json::array(names.begin(), names.end()); }

std::string joined(const std::set<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

/// Everybody who was seen since this server began, or holds a stream.
Result<std::set<std::string>> known_agents(WriteContext& context) {
  std::set<std::string> names;
  for (const PresentAgent& agent : context.presence.agents()) names.insert(agent.name.text);
  for (const Stream& stream : TRY(context.transaction.claimed_streams())) names.insert(stream.claim->agent.text);
  return names;
}

/// Those that are connected, but for the caller.
std::set<std::string> connected_agents(const WriteContext& context) {
  std::set<std::string> names;
  for (const PresentAgent& agent : context.presence.agents())
    if (agent.state != PresenceState::kGone && agent.name != context.caller.agent) names.insert(agent.name.text);
  return names;
}

/// The agents that one word of `to` means: an agent by its name or the beginning of it, or whoever holds a stream.
Result<void> add_recipients(WriteContext& context, const std::string& word, const std::set<std::string>& known,
                            std::set<std::string>& recipients) {
  if (word == "all") {
    recipients.merge(connected_agents(context));
    return {};
  }
  if (known.contains(word)) {
    recipients.insert(word);
    return {};
  }
  if (const auto stream = TRY(context.transaction.find_stream({to_lower(word)})); stream && stream->claim) {
    recipients.insert(stream->claim->agent.text);
    return {};
  }
  std::set<std::string> meant;
  for (const std::string& name : known)
    if (to_lower(name).starts_with(to_lower(word))) meant.insert(name);
  if (meant.size() == 1) {
    recipients.merge(meant);
    return {};
  }
  return fail(ErrorCode::kNotFound,
              meant.empty() ? fmt::format("to: no agent is called \"{}\", and nobody holds a stream of that id",
                                          one_line(word, 80))
                            : fmt::format("to: \"{}\" may be {}", one_line(word, 80), joined(meant)),
              known.empty() ? std::string("nobody has called this server yet")
                            : fmt::format("agents: {}; or all", joined(known)));
}

}  // namespace

Result<Outcome> answer_question(WriteContext& context, const api::Arguments& arguments) {
  const Stream before = TRY(get_stream_by_id(context.transaction, *arguments.text("streamId"), Matching::kExact));
  if (!before.question)
    return fail(ErrorCode::kInvalidArgument, fmt::format("answer {}: it asks nothing", before.id.text),
                "send_message tells an agent something without being asked");
  const domain::Question question = *before.question;
  std::string answer = read_answer(question, *arguments.text("answer"));
  const Stream after = TRY(change_stream(context.transaction, before, {domain::QuestionAnswered{question, answer}},
                                         context.caller.agent, context.now))
                           .stream;
  std::set<std::string> recipients{question.asker.text};
  if (before.claim) recipients.insert(before.claim->agent.text);
  recipients.erase("");
  for (const std::string& recipient : recipients) {
    const Message message{.recipient = {recipient},
                          .sender = context.caller.agent,
                          .kind = MessageKind::kAnswer,
                          .stream_id = before.id,
                          .text = fmt::format("{} → {}", shorten(question.text, 200), answer),
                          .at = context.now};
    TRY(context.transaction.insert_message(message));
  }
  return Outcome{{{"success", true},
                  {"streamId", before.id.text},
                  {"message", recipients.empty() ? std::string("Answered")
                                                 : fmt::format("Answered; {} gets it next", joined(recipients))},
                  {"to", names_json(recipients)},
                  {"stream", context.leases.describe(after)}}};
}

Result<Outcome> send_message(WriteContext& context, const api::Arguments& arguments) {
  const std::set<std::string> known = TRY(known_agents(context));
  std::set<std::string> recipients;
  const std::vector<std::string> words = *arguments.list("to");
  for (const std::string& word : words) TRY(add_recipients(context, word, known, recipients));
  for (const std::string& recipient : recipients) {
    if (TRY(context.transaction.count_messages({recipient})) >= Mailbox::kCapacity)
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("to: {} has {} messages that it has not read", recipient, Mailbox::kCapacity),
                  "wait until it calls, or leave it out");
    const Message message{.recipient = {recipient},
                          .sender = context.caller.agent,
                          .kind = MessageKind::kMessage,
                          .stream_id = {},
                          .text = *arguments.text("text"),
                          .at = context.now};
    TRY(context.transaction.insert_message(message));
  }
  return Outcome{
      {{"success", true},
       {"message", recipients.empty() ? std::string("Nobody is connected: nobody was told")
                                      : fmt::format("{} will be told with the next answer", joined(recipients))},
       {"to", names_json(recipients)}}};
}

Result<void> tell_former_holder(const WriteContext& context, const Stream& before, const std::string& text) {
  if (!before.claim) return {};
  const std::string& by = context.caller.agent.text;
  return tell_if_room(context.transaction, context.caller,
                      {.recipient = before.claim->agent,
                       .sender = {},
                       .kind = MessageKind::kTaken,
                       .stream_id = before.id,
                       .text = by.empty() ? text : fmt::format("{} by {}", text, by),
                       .at = context.now});
}

}  // namespace stream_status::service
