// Claims: who works on a stream, for a while. On the writer thread, so that of two who ask at once one gets it.

#include <fmt/format.h>

#include <algorithm>

#include "api/codec.h"
#include "domain/change.h"
#include "service/dependencies.h"
#include "service/find_stream.h"
#include "service/handlers.h"
#include "service/journal.h"
#include "service/mailbox.h"

namespace stream_status::service {
namespace {

using domain::Change;
using domain::Claim;
using domain::Status;
using domain::Stream;

/// "12 s", "7 min", "3 h"
std::string span_text(milliseconds span) {
  const std::int64_t whole = std::max<std::int64_t>(span.count() / 1000, 0);
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 7200) return fmt::format("{} min", whole / 60);
  return fmt::format("{} h", whole / 3600);
}

/// As Stats::ready_to_start counts them.
Result<bool> is_ready(store::Transaction& transaction, const Stream& stream) {
  const bool may_begin = stream.status == Status::kInitializing || stream.status == Status::kPaused;
  return may_begin && !stream.claim && TRY(transaction.count_open_blockers(stream)) == 0;
}

tl::unexpected<Error> fail_claimed(const WriteContext& context, std::string_view doing, const Stream& stream) {
  const Claim& claim = *stream.claim;
  const milliseconds held = context.now - claim.since;
  const milliseconds left = context.leases.left(claim);
  // Else a second process of one client would take the name for its own.
  const bool is_namesake = context.caller.agent.text.starts_with(claim.agent.text + "#");
  Error error{ErrorCode::kAlreadyClaimed,
              fmt::format("{} {}: {}{} holds it, since {} ({} ago)", doing, stream.id.text, claim.agent.text,
                          is_namesake ? fmt::format(", another process (you are {}),", context.caller.agent.text) : "",
                          format_rfc3339(claim.since), span_text(held)),
              left > milliseconds{0}
                  ? fmt::format("take another: claim_stream without streamId; if {} stays silent, the lease ends in {}",
                                claim.agent.text, span_text(left))
                  : std::string("its lease has run out: claim_stream takes it over"),
              left > milliseconds{0} ? "list_streams" : "claim_stream"};
  error.data = json::object{{"streamId", stream.id.text}, {"claim", context.leases.describe(claim)}};
  return tl::make_unexpected(std::move(error));
}

Result<void> check_named(const WriteContext& context) {
  if (!context.caller.agent.text.empty()) return {};
  return fail(ErrorCode::kInvalidArgument, "claim: it is not said who claims",
              "name the agent: --agent, STREAM_STATUS_AGENT, or the header Stream-Status-Agent");
}

/// The best that can be begun: the stream of the caller's own worktree, else the most urgent, else the oldest that its
/// holder has abandoned.
Result<Stream> choose_stream(WriteContext& context) {
  store::Transaction& transaction = context.transaction;
  if (!context.caller.worktree.empty())
    if (const auto here = TRY(transaction.find_stream_of_worktree(context.caller.worktree))) {
      const bool is_mine = here->claim && context.leases.holds(context.caller, *here->claim);
      if (is_mine || TRY(is_ready(transaction, *here))) return *here;
    }
  if (auto ready = TRY(transaction.find_ready_stream())) return *std::move(ready);
  std::vector<Stream> held = TRY(transaction.claimed_streams());
  for (const Stream& stream : held) {
    if (!context.leases.has_run_out(*stream.claim) || stream.status == Status::kBlocked) continue;
    if (TRY(transaction.count_open_blockers(stream)) == 0) return stream;
  }
  Error error{ErrorCode::kStreamNotFound,
              held.empty() ? std::string("claim: no stream is ready to begin")
                           : fmt::format("claim: no stream is ready to begin; {} are held by others", held.size()),
              "wait for one with wait_for_change, or add_stream for new work", "list_streams"};
  return tl::make_unexpected(std::move(error));
}

/// The row, the events and the answer of what became of a claim.
Result<Outcome> answer_with(WriteContext& context, const Stream& before, const std::vector<Change>& changes,
                            std::string message) {
  const Stream after =
      TRY(change_stream(context.transaction, before, changes, context.caller.agent, context.now)).stream;
  json::object shown = context.leases.describe(after);
  json::value claim = shown.at("claim");
  Outcome outcome{{{"success", true},
                   {"streamId", after.id.text},
                   {"message", std::move(message)},
                   {"claim", std::move(claim)},
                   {"stream", std::move(shown)}}};
  TRY(add_open_blockers(outcome.body, context.transaction, std::span(&after, 1)));
  return outcome;
}

Result<Outcome> take(WriteContext& context, const api::Arguments& arguments) {
  TRY(check_named(context));
  const auto id = arguments.text("streamId");
  const Stream before =
      id ? TRY(get_stream_by_id(context.transaction, *id, Matching::kExact)) : TRY(choose_stream(context));
  if (!domain::is_open(before.status))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("claim {}: it is {}", before.id.text, domain::name_of(before.status)),
                before.status == Status::kArchived ? "bring it back first: `stream-status unretire`"
                                                   : "open it again first: update_stream with status");
  if (before.claim && context.leases.holds(context.caller, *before.claim))
    return answer_with(context, before, {}, fmt::format("Stream {} is yours already", before.id.text));
  if (before.claim && !context.leases.has_run_out(*before.claim) && !arguments.flag("force").value_or(false))
    return fail_claimed(context, "claim", before);

  std::vector<Change> changes{
      domain::Claimed{before.claim, {context.caller.agent, context.caller.process, context.now}}};
  const bool begins = before.status == Status::kInitializing || before.status == Status::kPaused;
  if (begins && TRY(context.transaction.count_open_blockers(before)) == 0)
    changes.emplace_back(domain::StatusChanged{before.status, Status::kActive});
  std::string message = fmt::format("Stream {} is yours", before.id.text);
  if (!before.claim) return answer_with(context, before, changes, std::move(message));
  const bool had_run_out = context.leases.has_run_out(*before.claim);
  message += fmt::format(", taken over from {}, {}", before.claim->agent.text,
                         had_run_out ? "whose lease had run out" : "who still held it");
  Outcome outcome = TRY(answer_with(context, before, changes, std::move(message)));
  outcome.body["takenFrom"] = context.leases.describe(*before.claim);
  TRY(tell_former_holder(context, before, had_run_out ? "your lease had run out: it was taken" : "it was taken"));
  return outcome;
}

Result<Outcome> renew(WriteContext& context, const api::Arguments& arguments) {
  const Stream stream = TRY(get_stream_by_id(context.transaction, *arguments.text("streamId"), Matching::kExact));
  if (!stream.claim)
    return fail(ErrorCode::kClaimExpired, fmt::format("renew {}: nobody holds it any more", stream.id.text),
                "claim it again: claim_stream");
  if (!context.leases.holds(context.caller, *stream.claim)) return fail_claimed(context, "renew", stream);
  return answer_with(context, stream, {}, fmt::format("Stream {} stays yours", stream.id.text));  // the call renews it
}

Result<Outcome> release(WriteContext& context, const api::Arguments& arguments) {
  const Stream before = TRY(get_stream_by_id(context.transaction, *arguments.text("streamId"), Matching::kExact));
  if (!before.claim)
    return answer_with(context, before, {}, fmt::format("Stream {} was nobody's already", before.id.text));
  const bool may = context.leases.holds(context.caller, *before.claim) || context.leases.has_run_out(*before.claim) ||
                   arguments.flag("force").value_or(false);
  if (!may) return fail_claimed(context, "release", before);
  std::vector<Change> changes;
  if (auto note = arguments.text("note")) changes.emplace_back(domain::NoteAdded{*std::move(note)});
  changes.emplace_back(domain::Released{*before.claim});
  if (before.status == Status::kActive) changes.emplace_back(domain::StatusChanged{Status::kActive, Status::kPaused});
  Outcome outcome = TRY(answer_with(context, before, changes, fmt::format("Stream {} is free", before.id.text)));
  TRY(tell_former_holder(context, before, "it was released"));
  return outcome;
}

tl::unexpected<Error> fail_without_id(std::string_view action) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("streamId: is missing: {} what?", action),
              "name the stream; get_stream without streamId shows yours");
}

}  // namespace

Result<Outcome> claim_stream(WriteContext& context, const api::Arguments& arguments) {
  const std::string action = arguments.text("action").value_or("claim");
  if (action == "claim") return take(context, arguments);
  if (!arguments.has("streamId")) return fail_without_id(action);
  return action == "renew" ? renew(context, arguments) : release(context, arguments);
}

Result<Outcome> renew_claim(WriteContext& context, const api::Arguments& arguments) {
  return renew(context, arguments);
}

Result<Outcome> release_claim(WriteContext& context, const api::Arguments& arguments) {
  return release(context, arguments);
}

}  // namespace stream_status::service
