// Handlers that change something. Each runs on the writer thread, inside a transaction.

#include <fmt/format.h>

#include <algorithm>

#include "api/codec.h"
#include "base/text.h"
#include "domain/change.h"
#include "service/dependencies.h"
#include "service/find_stream.h"
#include "service/handlers.h"
#include "service/journal.h"
#include "service/mailbox.h"
#include "service/new_stream.h"

namespace stream_status::service {
namespace {

using domain::Change;
using domain::Stream;

Result<void> check_revision(const WriteContext& context, const Stream& stream, const api::Arguments& arguments) {
  const auto expected = arguments.integer("expectedRevision");
  if (!expected || *expected == stream.revision) return {};
  Error error{ErrorCode::kRevisionConflict,
              fmt::format("change stream {}: it is at revision {}, not {}", stream.id.text, stream.revision, *expected),
              "look at its current state below, then send the change again with that revision", "get_stream"};
  error.data = json::object{{"revision", stream.revision}, {"stream", context.leases.describe(stream)}};
  return tl::make_unexpected(std::move(error));
}

Result<StreamId> choose_id(store::Transaction& transaction, const api::Arguments& arguments) {
  const auto wanted = arguments.text("streamId");
  if (!wanted) return free_id(transaction, domain::slug_of(*arguments.text("title")));
  if (!domain::is_valid_new_id(*wanted))
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("streamId: \"{}\" is not an id: lower-case letters, digits and dashes, at most 64, not "
                            "starting with a dash",
                            one_line(*wanted, 70)),
                fmt::format("for example \"{}\", or leave it out", domain::slug_of(*wanted)));
  if (const auto existing = TRY(transaction.find_stream({*wanted})))
    return tl::make_unexpected(Error{ErrorCode::kStreamExists,
                                     fmt::format("add stream {}: it exists already (\"{}\", {})", *wanted,
                                                 existing->title, name_of(existing->status)),
                                     "change it with update_stream, or choose another id", "update_stream",
                                     json::object{{"streamId", *wanted}, {"revision", existing->revision}}});
  return StreamId{*wanted};
}

/// Where the stream's work happens: as asked; else the caller's own linked worktree, if no open stream has it; else
/// a place beside the project that git can make.
Result<void> choose_place(WriteContext& context, const api::Arguments& arguments, Stream& stream) {
  stream.branch = arguments.text("branch").value_or("");
  stream.worktree_path = arguments.text("worktreePath").value_or("");
  if (!stream.branch.empty() && !stream.worktree_path.empty()) return {};
  const Caller& caller = context.caller;
  const bool in_linked_worktree = !caller.worktree.empty() && caller.worktree != context.config.project_root;
  if (in_linked_worktree && stream.worktree_path.empty() && (stream.branch.empty() || stream.branch == caller.branch) &&
      !TRY(context.transaction.find_stream_of_worktree(caller.worktree))) {
    stream.worktree_path = caller.worktree;
    if (!caller.branch.empty()) stream.branch = caller.branch;
  }
  if (stream.branch.empty()) stream.branch = stream.id.text;
  if (stream.worktree_path.empty()) stream.worktree_path = usual_worktree(context.config, stream.id);
  return {};
}

/// Each as it is called in full, and once.
Result<std::vector<StreamId>> find_blockers(WriteContext& context, std::string_view argument,
                                            const std::vector<std::string>& typed) {
  std::vector<StreamId> blockers;
  for (const std::string& id : typed) {
    const auto blocker = get_stream_by_id(context.transaction, id, Matching::kExact);
    if (!blocker) return add_context(argument, blocker.error());
    if (std::find(blockers.begin(), blockers.end(), blocker->id) == blockers.end()) blockers.push_back(blocker->id);
  }
  return blockers;
}

/// `blockers` names all of them, `blockedBy` the only one; for it, "" and null mean none.
Result<std::optional<std::vector<StreamId>>> read_blockers(WriteContext& context, const api::Arguments& arguments) {
  const auto all = arguments.list("blockers");
  const auto only = arguments.text("blockedBy");
  if (all && only)
    return fail(ErrorCode::kInvalidArgument, "blockers: blockedBy says the same of one stream",
                "send blockers alone: it names all of them");
  if (all) return TRY(find_blockers(context, "blockers", *all));
  if (only && !only->empty()) return TRY(find_blockers(context, "blockedBy", {*only}));
  if (only || arguments.is_null("blockedBy") || arguments.is_null("blockers")) return std::vector<StreamId>{};
  return std::nullopt;
}

/// Would the stream, as it is after these changes, wait for itself? Asked only when they could have made it so.
Result<void> check_circle(WriteContext& context, const Stream& before, const domain::Update& update) {
  const bool opens = update.status && domain::is_open(*update.status) && !domain::is_open(before.status);
  if (!update.blockers && !opens) return {};
  Stream after = before;
  after.status = update.status.value_or(before.status);
  after.blockers = update.blockers.value_or(before.blockers);
  return check_no_circle(context.transaction, after);
}

void add_change(json::object& changes, std::string_view name, const json::value& from, const json::value& to) {
  if (from != to) changes[name] = {{"from", from}, {"to", to}};
}

/// What differs between two states, in the shape of contract §6: {status:{from,to}, progress, …}.
json::object changes_between(const Stream& before, const Stream& after, const std::optional<std::string>& note) {
  json::object changes;
  const json::object from = api::to_json(before);
  const json::object to = api::to_json(after);
  for (const std::string_view name : {"status", "currentPhase", "blockedBy", "title", "streamNumber", "category",
                                      "priority", "worktreePath", "branch", "phases", "completedPhases", "goal"})
    add_change(changes, name, from.at(name), to.at(name));
  const auto asked = [](const Stream& stream) {
    return stream.question ? json::value(stream.question->text) : json::value(nullptr);
  };
  add_change(changes, "question", asked(before), asked(after));
  if (std::max(before.blockers.size(), after.blockers.size()) > 1)  // else blockedBy says it
    add_change(changes, "blockers", from.at("blockers"), to.at("blockers"));
  if (before.progress != after.progress) changes["progress"] = after.progress;
  if (note) changes["note"] = *note;
  return changes;
}

/// By its name, the beginning of it, or its index from 0.
Result<int> find_phase(const std::vector<std::string>& phases, const std::string& said) {
  const auto index_of = [&](auto matches) {
    const auto found = std::find_if(phases.begin(), phases.end(), matches);
    const bool is_unique = found != phases.end() && std::none_of(found + 1, phases.end(), matches);
    return is_unique ? static_cast<int>(found - phases.begin()) : -1;
  };
  const std::string wanted = to_lower(said);
  if (const int exact = index_of([&](const std::string& name) { return to_lower(name) == wanted; }); exact >= 0)
    return exact;
  if (!said.empty() && said.size() <= 3 && said.find_first_not_of("0123456789") == std::string::npos)
    return std::stoi(said);
  if (const int begun = index_of([&](const std::string& name) { return to_lower(name).starts_with(wanted); });
      begun >= 0)
    return begun;
  return fail(ErrorCode::kInvalidArgument, fmt::format("completePhase: no phase is called \"{}\"", one_line(said, 80)),
              phases.empty() ? std::string("name the phases first: update_stream with phases")
                             : fmt::format("phases: {}", shorten(fmt::format("{}", fmt::join(phases, ", ")), 400)));
}

Result<domain::Update> read_update(WriteContext& context, const Stream& stream, const api::Arguments& arguments) {
  domain::Update update;
  if (const auto status = arguments.text("status")) update.status = domain::parse_status(*status);
  if (const auto progress = arguments.integer("progress")) update.progress = static_cast<int>(*progress);
  if (const auto phase = arguments.integer("currentPhase")) update.current_phase = static_cast<int>(*phase);
  update.blockers = TRY(read_blockers(context, arguments));
  update.note = arguments.text("note");
  if (auto question = arguments.text("question"))
    update.question =
        domain::Question{*std::move(question), arguments.list("choices").value_or(std::vector<std::string>{}),
                         context.caller.agent, context.now};
  else if (arguments.has("choices"))
    return fail(ErrorCode::kInvalidArgument, "choices: there is no question that they would answer",
                "send question with them");
  update.details.number = arguments.text("streamNumber");
  update.details.title = arguments.text("title");
  if (const auto category = arguments.text("category"))
    update.details.category = TRY(check_category(context.config, *category));
  if (const auto priority = arguments.text("priority")) update.details.priority = domain::parse_priority(*priority);
  update.details.worktree_path = arguments.text("worktreePath");
  update.details.branch = arguments.text("branch");
  update.details.phases = arguments.list("phases");
  update.details.goal = arguments.text("goal");
  if (const auto phase = arguments.text("completePhase"))
    update.completed_phase = TRY(find_phase(update.details.phases.value_or(stream.phases), *phase));
  return update;
}

/// Whoever holds a stream that waited for another learns that it need not wait any more.
Result<void> tell_of_opening(WriteContext& context, const StreamId& opened, const StreamId& done) {
  const auto stream = TRY(context.transaction.find_stream(opened));
  if (!stream || !stream->claim) return {};
  return tell_if_room(context.transaction, context.caller,
                      {.recipient = stream->claim->agent,
                       .sender = {},
                       .kind = domain::MessageKind::kOpened,
                       .stream_id = opened,
                       .text = fmt::format("it waits for nothing any more: {} is done", done.text),
                       .at = context.now});
}

}  // namespace

Result<Outcome> add_stream(WriteContext& context, const api::Arguments& arguments) {
  Stream stream;
  stream.id = TRY(choose_id(context.transaction, arguments));
  stream.title = *arguments.text("title");
  stream.number =
      arguments.has("streamNumber") ? *arguments.text("streamNumber") : TRY(context.transaction.next_stream_number());
  stream.category = TRY(check_category(context.config, arguments.text("category").value_or("backend")));
  if (const auto priority = arguments.text("priority")) stream.priority = *domain::parse_priority(*priority);
  if (const auto status = arguments.text("status")) stream.status = *domain::parse_status(*status);
  stream.phases = arguments.list("estimatedPhases").value_or(std::vector<std::string>{});
  stream.goal = arguments.text("goal").value_or("");
  stream.blockers =
      TRY(find_blockers(context, "blockers", arguments.list("blockers").value_or(std::vector<std::string>{})));
  TRY(choose_place(context, arguments, stream));
  if (stream.status == domain::Status::kCompleted) {
    stream.progress = 100;
    stream.completed_at = context.now;
  }

  TRY(append_changes(context.transaction, stream, {domain::Created{stream}}, context.caller.agent, context.now));
  TRY(context.transaction.insert_stream(stream));
  json::object body{{"success", true},
                    {"streamId", stream.id.text},
                    {"message", fmt::format("Stream {} added: {}", stream.number, stream.title)},
                    {"stream", api::to_json(stream)}};
  TRY(add_open_blockers(body, context.transaction, std::span(&stream, 1)));
  return Outcome{std::move(body)};
}

Result<Outcome> update_stream(WriteContext& context, const api::Arguments& arguments) {
  const Stream before = TRY(get_stream_by_id(context.transaction, *arguments.text("streamId"), Matching::kExact));
  TRY(check_revision(context, before, arguments));
  const domain::Update update = TRY(read_update(context, before, arguments));
  const std::vector<Change> changes = TRY(domain::plan_update(before, update));
  TRY(check_circle(context, before, update));
  auto [after, opened] = TRY(change_stream(context.transaction, before, changes, context.caller.agent, context.now));
  // What it waited for was taken away, and nothing said of its status.
  if (update.blockers && !update.status)
    after = TRY(change_stream(context.transaction, after, TRY(plan_opening(context.transaction, after)),
                              context.caller.agent, context.now))
                .stream;
  json::object body{{"success", true},
                    {"stream", context.leases.describe(after)},
                    {"changes", changes_between(before, after, update.note)}};
  TRY(add_open_blockers(body, context.transaction, std::span(&after, 1)));
  if (after.claim && !context.leases.holds(context.caller, *after.claim) && !context.leases.has_run_out(*after.claim))
    body["heldBy"] = after.claim->agent.text;
  if (!after.claim) TRY(tell_former_holder(context, before, fmt::format("it was {}", domain::name_of(after.status))));
  if (!opened.empty()) {
    json::array ids;
    for (const StreamId& id : opened) {
      ids.emplace_back(id.text);
      TRY(tell_of_opening(context, id, after.id));
    }
    body["opened"] = std::move(ids);
  }
  return Outcome{std::move(body)};
}

Result<Outcome> add_commit(WriteContext& context, const api::Arguments& arguments) {
  const Stream before = TRY(get_stream_by_id(context.transaction, *arguments.text("streamId"), Matching::kExact));
  const std::string hash = to_lower(*arguments.text("commitHash"));
  if (hash.find_first_not_of("0123456789abcdef") != std::string::npos)
    return fail(ErrorCode::kInvalidArgument, fmt::format("commitHash: \"{}\" is not hexadecimal", one_line(hash, 64)),
                "send the hash that 'git rev-parse HEAD' prints");
  if (const auto known = TRY(context.transaction.find_commit(before.id, hash))) {
    return Outcome{{{"success", true},
                    {"id", std::to_string(known->id)},
                    {"message", fmt::format("Commit {} was recorded already", hash.substr(0, 10))},
                    {"added", false},
                    {"streamId", before.id.text},
                    {"revision", before.revision}},
                   200};
  }
  domain::Commit commit;
  commit.id = TRY(context.transaction.next_commit_id());
  commit.stream_id = before.id;
  commit.hash = hash;
  commit.message = arguments.text("message").value_or("");
  commit.author = arguments.text("author").value_or("");
  commit.files_changed = arguments.integer("filesChanged").value_or(0);
  commit.insertions = arguments.integer("insertions").value_or(0);
  commit.deletions = arguments.integer("deletions").value_or(0);
  commit.timestamp = arguments.time("timestamp").value_or(context.now);
  commit.revision = context.transaction.next_revision();

  TRY(context.transaction.insert_commit(commit));
  const Stream after =
      TRY(change_stream(context.transaction, before, {domain::CommitAdded{commit}}, context.caller.agent, context.now))
          .stream;
  json::object body{{"success", true},
                    {"id", std::to_string(commit.id)},
                    {"message", fmt::format("Commit {} recorded on {}", hash.substr(0, 10), before.id.text)},
                    {"added", true},
                    {"streamId", before.id.text},
                    {"revision", after.revision}};
  return Outcome{std::move(body)};
}

}  // namespace stream_status::service
