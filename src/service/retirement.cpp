#include "service/retirement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "domain/change.h"
#include "domain/plan_file.h"
#include "git/retire.h"
#include "os/document.h"
#include "os/file.h"
#include "service/find_stream.h"
#include "service/git_json.h"
#include "service/journal.h"
#include "service/payload.h"
#include "service/retirement_answer.h"
#include "service/retirement_document.h"
#include "service/summaries.h"

namespace stream_status::service {
namespace {

constexpr const char* kRetire = "retire";
constexpr const char* kUnretire = "unretire";

Error work_at_risk(const domain::Stream& stream, const RetirementPlan& plan) {
  std::vector<std::string> details;
  for (const RetirementPlan::Risk& risk : plan.at_risk) {
    std::string detail = risk.detail;
    if (!risk.items.empty()) {
      constexpr std::size_t kShown = 5;
      const auto end = risk.items.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, risk.items.size()));
      detail +=
          fmt::format(" ({}{})", fmt::join(risk.items.begin(), end, ", "), risk.items.size() > kShown ? ", …" : "");
    }
    details.push_back(std::move(detail));
  }
  Error error{
      ErrorCode::kWorkAtRisk,
      fmt::format("retire {}: work would be lost: {}", stream.id.text, fmt::join(details, "; ")),
      "commit, push or land it first; or leave deleteWorktree out, which removes nothing; or repeat with force: "
      "what is removed is kept under refs/stream-status, and 'unretire' brings it back"};
  error.data = json::object{{"plan", to_json(plan)}};
  return error;
}

/// What the stream was before it was archived, by its history.
Result<domain::Status> status_before_archive(store::Reader& reader, const StreamId& id) {
  constexpr std::int64_t kSearched = 200;
  for (const store::EventRow& event : TRY(reader.history(id, {}, kSearched)).events) {
    if (event.type != "archived") continue;
    const auto value = TRY(parse_json(event.old_value));
    if (value.is_string())
      if (const auto status = domain::parse_status(text_of(value.get_string()))) return *status;
  }
  return domain::Status::kPaused;
}

/// For the call whose request id the intent carries, if it had one: nobody may be there to hear it, but it may be sent
/// again.
Result<void> save_answer(store::Transaction& transaction, const json::object& payload, json::object body,
                         WallTime now) {
  const json::value* request = payload.if_contains("request");
  if (request == nullptr || !request->is_object()) return {};
  const auto once = AnswerOnce::from_json(request->get_object());
  if (!once.has_id()) return {};
  return once.save(transaction, once.render(Outcome{std::move(body)}), now);
}

}  // namespace

Result<store::IntentRow> Retirement::open_intent(std::string kind, const StreamId& id, const json::object& payload) {
  store::IntentRow intent;
  intent.kind = std::move(kind);
  intent.stream_id = id;
  intent.payload = json::serialize(payload);
  TRY(parts_.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
    // One that a crash or a full disk left open is the same wish, older: this one takes its place.
    if (auto open = TRY(transaction.find_open_intent(id, intent.kind))) {
      open->state = store::IntentState::kFailed;
      open->error = "taken over by a later call";
      TRY(transaction.update_intent(*open, now));
    }
    intent.due = now;
    intent.id = TRY(transaction.insert_intent(intent, now));
    return {};
  }));
  return intent;
}

void Retirement::note_failure(store::IntentRow intent, const Error& error) {
  // The server stops: the next one goes on.
  if (error.code == ErrorCode::kServerUnavailable || error.code == ErrorCode::kDraining) return;
  intent.state = store::IntentState::kFailed;
  intent.error = error.message;
  ++intent.attempts;
  const auto saved = parts_.ledger.write(
      [&](store::Transaction& transaction, WallTime now) { return transaction.update_intent(intent, now); });
  parts_.log.error("{}_failed stream={} error=\"{}\"{}", intent.kind, intent.stream_id.text, error.message,
                   saved ? "" : " saved=no");
}

Result<Retired> Retirement::retire(const domain::Stream& stream, const RetirementPlan& plan,
                                   const RetirementOptions& options, const std::string& summary, const AgentName& agent,
                                   const AnswerOnce& once) {
  const bool locked = std::any_of(plan.at_risk.begin(), plan.at_risk.end(),
                                  [](const RetirementPlan::Risk& risk) { return risk.kind == "locked"; });
  if (!plan.at_risk.empty() && (!options.force || locked)) return tl::make_unexpected(work_at_risk(stream, plan));
  std::string worktree = plan.worktree;
  bool deletes_branch = plan.deletes_branch;
  if (const auto last = TRY(parts_.reader.last_intent(stream.id, kRetire))) {
    const json::object was = TRY(parse_json_object(last->payload));
    const bool nothing_left = worktree.empty() && !deletes_branch && plan.plan_paths.empty();
    if (stream.status == domain::Status::kArchived && nothing_left) {
      Retired retired{stream};
      retired.was_archived = true;
      retired.report = text_in(was, "report");
      return retired;
    }
    if (last->state == store::IntentState::kFailed && stream.status != domain::Status::kArchived) {
      // Half of it was done then: what is gone already belongs to this retirement, too.
      if (worktree.empty()) worktree = text_in(was, "worktree");
      deletes_branch = deletes_branch || flag_in(was, "deletesBranch");
    }
  }
  // Their text goes into the report: after a crash they may be gone already.
  json::array plan_files;
  for (const std::string& path : plan.plan_paths) {
    json::object file{{"path", path}, {"text", nullptr}};
    if (os::kind_of(fmt::format("{}/{}", parts_.project_root, path)) == os::FileKind::kRegular)
      if (const auto text = TRY(os::read_document(parts_.project_root, path, domain::kPlanFileLimit)))
        file["text"] = to_utf8(*text);
    plan_files.push_back(std::move(file));
  }
  auto intent = open_intent(kRetire, stream.id,
                            {{"summary", summary},
                             {"agent", agent.text},
                             {"at", format_rfc3339(parts_.clock.wall())},
                             {"hasGit", plan.has_git},
                             {"branch", plan.branch},
                             {"tip", plan.tip},
                             {"worktree", worktree},
                             {"deletesBranch", deletes_branch},
                             {"force", options.force},
                             {"landing", landing_to_json(plan.landing)},
                             {"planFiles", std::move(plan_files)},
                             {"uncommitted", texts_to_json(plan.uncommitted)},
                             {"report", report_path(stream.id, os::local_date(parts_.clock.wall()))},
                             {"plan", to_json(plan)},
                             {"request", once.to_json()}});
  if (!intent) return tl::make_unexpected(std::move(intent).error());
  auto retired = perform_retire(*intent);
  if (!retired) note_failure(*intent, retired.error());
  return retired;
}

/// The steps that touch git. Each is done already, or done now.
Result<void> Retirement::act_on_git(const StreamId& id, const json::object& payload, Retired& retired) {
  const Look look = TRY(parts_.repository.look(*parts_.config.get()));
  const git::Git& git = parts_.repository.git();
  const std::string tip = text_in(payload, "tip");
  if (!tip.empty()) {
    TRY(git::keep_tip(git, id.text, tip));
    retired.kept_ref = std::string(git::kRetiredPrefix) + git::ref_component(id.text);
  }
  const std::string path = text_in(payload, "worktree");
  const git::Worktree* worktree = path.empty() ? nullptr : git::find_worktree(look.worktrees, path);
  if (worktree != nullptr && worktree->exists) {
    const bool force = flag_in(payload, "force");
    if (force) TRY(git::keep_uncommitted(git, id.text, *worktree));
    TRY(git::remove_worktree(git, *worktree, force ? git::Force::kYes : git::Force::kNo));
  }
  retired.worktree_deleted = !path.empty();
  if (flag_in(payload, "deletesBranch")) {
    TRY(git::delete_branch(git, text_in(payload, "branch"), tip));
    retired.branch_deleted = true;
  }
  return {};
}

Result<Retired> Retirement::perform_retire(store::IntentRow intent) {
  parts_.progress.set(fmt::format("retiring {}", intent.stream_id.text), 0, 0);
  const json::object payload = TRY(parse_json_object(intent.payload));
  const domain::Stream stream = TRY(get_stream_by_id(parts_.reader, intent.stream_id.text, Matching::kExact));
  Retired retired;
  retired.was_archived = stream.status == domain::Status::kArchived;
  retired.report = text_in(payload, "report");
  // The report first: it needs nothing of what is removed after it, and says how to bring that back.
  TRY(os::write_document(parts_.project_root, retired.report, TRY(render_document(parts_.reader, stream, payload))));
  if (flag_in(payload, "hasGit")) TRY(act_on_git(stream.id, payload, retired));
  if (const json::value* paths = payload.if_contains("planFiles"); paths != nullptr && paths->is_array()) {
    retired.plan_files_cleaned_up = !paths->get_array().empty();
    for (const json::value& file : paths->get_array()) {
      const json::object* named = file.if_object();
      const std::string path = named == nullptr ? "" : text_in(*named, "path");
      const bool gone = !path.empty() && TRY(os::remove_document(parts_.project_root, path));
      retired.plan_files_cleaned_up = retired.plan_files_cleaned_up && gone;
    }
  }
  retired.summary_queued = !parts_.config.get()->summary_command.empty();
  TRY(parts_.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
    const auto before = TRY(transaction.find_stream(stream.id));
    if (!before) return {};
    domain::Update update;
    update.status = domain::Status::kArchived;
    if (std::string summary = text_in(payload, "summary"); !summary.empty()) update.note = std::move(summary);
    const auto changes = TRY(domain::plan_update(*before, update));
    retired.stream =
        TRY(change_stream(transaction, *before, changes, AgentName{text_in(payload, "agent")}, now)).stream;
    intent.state = store::IntentState::kDone;
    TRY(transaction.update_intent(intent, now));
    if (retired.summary_queued) TRY(transaction.insert_intent(summary_intent(stream.id, intent.payload, now), now));
    return save_answer(transaction, payload, removal_answer(retired.stream, value_in(payload, "plan"), retired), now);
  }));
  if (retired.summary_queued) parts_.summary_queued();
  parts_.log.info("stream_retired stream={} worktree_deleted={} branch_deleted={} report=\"{}\"", stream.id.text,
                  retired.worktree_deleted, retired.branch_deleted, retired.report);
  return retired;
}

Result<Restored> Retirement::unretire(const domain::Stream& stream, const AgentName& agent, const AnswerOnce& once) {
  if (stream.status != domain::Status::kArchived) return Restored{.stream = stream, .was_archived = false};
  json::object payload{{"agent", agent.text},
                       {"request", once.to_json()},
                       {"status", name_of(TRY(status_before_archive(parts_.reader, stream.id)))}};
  if (const auto retired = TRY(parts_.reader.last_intent(stream.id, kRetire))) {
    const json::object was = TRY(parse_json_object(retired->payload));
    for (const std::string_view key : {"branch", "worktree", "deletesBranch", "hasGit"})
      if (const json::value* value = was.if_contains(key)) payload[key] = *value;
  }
  auto intent = open_intent(kUnretire, stream.id, payload);
  if (!intent) return tl::make_unexpected(std::move(intent).error());
  auto restored = perform_unretire(*intent);
  if (!restored) note_failure(*intent, restored.error());
  return restored;
}

Result<Restored> Retirement::perform_unretire(store::IntentRow intent) {
  parts_.progress.set(fmt::format("bringing back {}", intent.stream_id.text), 0, 0);
  const json::object payload = TRY(parse_json_object(intent.payload));
  const StreamId& id = intent.stream_id;
  Restored restored;
  const bool has_git = flag_in(payload, "hasGit");
  if (has_git) {
    const Look look = TRY(parts_.repository.look(*parts_.config.get()));
    const git::Git& git = parts_.repository.git();
    const std::string branch = text_in(payload, "branch");
    if (flag_in(payload, "deletesBranch")) {
      restored.branch = !look.refs.branch_tip(branch).has_value();
      TRY(git::restore_branch(git, look.refs, id.text, branch));
    }
    if (const std::string path = text_in(payload, "worktree"); !path.empty() && !branch.empty()) {
      const git::Worktree* there = git::find_worktree(look.worktrees, path);
      restored.worktree = there == nullptr || !there->exists;
      restored.uncommitted = restored.worktree && look.refs.find(std::string(git::kUncommittedPrefix) +
                                                                 git::ref_component(id.text)) != nullptr;
      TRY(git::restore_worktree(git, id.text, path, branch));
    }
  }
  TRY(parts_.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
    const auto before = TRY(transaction.find_stream(id));
    if (!before) return {};
    domain::Update update;
    if (before->status == domain::Status::kArchived)
      update.status = domain::parse_status(text_in(payload, "status")).value_or(domain::Status::kPaused);
    update.progress = before->progress;  // back to completed is no new completion
    const auto changes = TRY(domain::plan_update(*before, update));
    restored.stream =
        TRY(change_stream(transaction, *before, changes, AgentName{text_in(payload, "agent")}, now)).stream;
    intent.state = store::IntentState::kDone;
    TRY(transaction.update_intent(intent, now));
    return save_answer(transaction, payload, restoration_answer(restored), now);
  }));
  // Only now: until the outcome is saved, what is kept is the way back.
  if (has_git)
    if (const auto forgotten = git::forget_kept(parts_.repository.git(), id.text); !forgotten)
      parts_.log.warn("forget_kept stream={} error=\"{}\"", id.text, forgotten.error().message);
  parts_.log.info("stream_unretired stream={} branch={} worktree={}", id.text, restored.branch, restored.worktree);
  return restored;
}

void Retirement::resume() {
  const auto intents = parts_.reader.open_intents();
  if (!intents) return parts_.log.error("resume_failed error=\"{}\"", intents.error().message);
  for (const store::IntentRow& intent : *intents) {
    Result<void> done;
    if (intent.kind == kRetire) {
      if (auto retired = perform_retire(intent); !retired) done = tl::make_unexpected(std::move(retired).error());
    } else if (intent.kind == kUnretire) {
      if (auto restored = perform_unretire(intent); !restored) done = tl::make_unexpected(std::move(restored).error());
    } else {
      continue;
    }
    if (done)
      parts_.log.info("resumed kind={} stream={}", intent.kind, intent.stream_id.text);
    else
      note_failure(intent, done.error());
  }
  parts_.progress.clear();
}

}  // namespace stream_status::service
