// The database against git: which streams are active, have landed, have lost their worktree; which worktrees have no
// stream.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "domain/change.h"
#include "service/find_stream.h"
#include "service/git_json.h"
#include "service/journal.h"
#include "service/new_stream.h"
#include "service/work_handlers.h"

namespace stream_status::service {
namespace {

using domain::Status;
using domain::Stream;

struct Options {
  bool dry_run = true;
  bool archive_stale = false;
  bool add_orphaned = false;
};

enum class Group { kActive, kCompleted, kStale };

struct Verdict {
  Group group = Group::kActive;
  std::string reason;
  std::optional<Status> new_status = std::nullopt;  ///< what a run makes of it
};

struct Examined {
  Stream stream;
  Place place = {};
  std::optional<git::Landing> landing = std::nullopt;
  Verdict verdict = {};
};

bool has_worktree(const Examined& examined) {
  return examined.place.worktree != nullptr && examined.place.worktree->exists;
}

/// Named, but not begun: the branch and the worktree are the agent's to make.
bool is_not_begun(const Examined& examined, const std::set<std::string>& scanned) {
  return examined.stream.status == Status::kInitializing && examined.place.tip.empty() &&
         !examined.stream.recent.last_commit_time && !scanned.contains(examined.stream.id.text);
}

Verdict verdict_of(const Examined& examined, const std::set<std::string>& scanned, const Options& options) {
  const Stream& stream = examined.stream;
  const std::string evidence = examined.landing ? examined.landing->evidence : std::string();
  if (examined.landing && examined.landing->has_landed())
    return {Group::kCompleted, evidence,
            stream.status == Status::kCompleted ? std::nullopt : std::optional(Status::kCompleted)};
  if (stream.status == Status::kCompleted)
    return {Group::kCompleted,
            evidence.empty() ? "it was marked completed" : fmt::format("it was marked completed; {}", evidence)};
  if (has_worktree(examined)) {
    const git::Worktree& worktree = *examined.place.worktree;
    std::string reason = evidence.empty() ? "its worktree exists" : fmt::format("its worktree exists; {}", evidence);
    if (!worktree.operation.empty()) reason += fmt::format("; a {} is going on there", worktree.operation);
    if (worktree.is_detached) reason += "; HEAD is detached there";
    const bool works = examined.landing && examined.landing->state == git::LandingState::kAhead;
    const bool wakes = works && stream.status == Status::kInitializing;
    return {Group::kActive, std::move(reason), wakes ? std::optional(Status::kActive) : std::nullopt};
  }
  if (is_not_begun(examined, scanned)) return {Group::kActive, "not begun: neither branch nor worktree is there yet"};
  std::string reason = stream.worktree_path.empty()
                           ? "it has no worktree"
                           : fmt::format("its worktree {} does not exist", stream.worktree_path);
  if (examined.place.tip.empty())
    reason += stream.branch.empty() ? "" : fmt::format("; its branch {} does not exist either", stream.branch);
  else if (!evidence.empty())
    reason += fmt::format("; its branch {} is there: {}", examined.place.branch, evidence);
  return {Group::kStale, std::move(reason), options.archive_stale ? std::optional(Status::kArchived) : std::nullopt};
}

/// A linked worktree that no stream has.
struct Orphan {
  const git::Worktree* worktree;
  std::string reason;
  bool may_be_added = true;
};

std::vector<Orphan> find_orphans(const Look& look, const std::vector<Examined>& examined,
                                 const std::vector<Stream>& archived) {
  std::vector<Orphan> orphans;
  for (const git::Worktree& worktree : look.worktrees) {
    if (worktree.is_main || worktree.is_bare || !worktree.exists) continue;
    const bool is_known = std::any_of(examined.begin(), examined.end(), [&](const Examined& one) {
      return one.place.worktree == &worktree || one.stream.worktree_path == worktree.path;
    });
    if (is_known) continue;
    const auto former = std::find_if(archived.begin(), archived.end(),
                                     [&](const Stream& stream) { return stream.worktree_path == worktree.path; });
    if (former != archived.end())
      orphans.push_back({&worktree, fmt::format("its stream {} is archived", former->id.text), false});
    else
      orphans.push_back({&worktree, "no stream has this worktree"});
  }
  return orphans;
}

/// Everything that reconciliation found, and then did.
struct Findings {
  Look look;
  std::vector<Examined> examined;
  std::vector<Orphan> orphans;  ///< of look.worktrees
  json::array errors;
  json::array applied;
};

/// Judges the branches of all, in one go.
Result<void> judge_all(WorkContext& context, Findings& findings) {
  std::vector<git::BranchTip> branches;
  std::vector<Examined*> judged;
  for (Examined& one : findings.examined) {
    if (one.place.branch.empty() || one.place.tip.empty() || one.place.branch == findings.look.main.name) continue;
    git::BranchTip branch{one.place.branch, one.place.tip};
    for (std::string& hash : TRY(context.reader.commit_hashes(one.stream.id)))
      if (hash.size() == one.place.tip.size()) branch.own_commits.push_back(std::move(hash));
    branches.push_back(std::move(branch));
    judged.push_back(&one);
  }
  auto landings = TRY(context.repository.judge().judge(context.repository.git(), findings.look.main, branches));
  for (std::size_t i = 0; i < judged.size(); ++i) judged[i]->landing = std::move(landings[i]);
  return {};
}

Result<std::unique_ptr<Findings>> examine(WorkContext& context, const Options& options) {
  context.progress.set("comparing streams with git", 0, 0);
  auto findings = std::make_unique<Findings>();  // verdicts point into the look: it must not move
  findings->look = TRY(context.repository.look(context.config));
  std::vector<Stream> archived;
  for (Stream& stream : TRY(context.reader.list_streams({})).streams) {
    if (stream.status == Status::kArchived) {
      archived.push_back(std::move(stream));
      continue;
    }
    Examined one{std::move(stream)};
    one.place = place_of(one.stream, findings->look);
    findings->examined.push_back(std::move(one));
  }
  TRY(judge_all(context, *findings));
  std::set<std::string> scanned;
  for (const store::ScanRow& row : TRY(context.reader.scans())) scanned.insert(row.stream_id.text);
  for (Examined& one : findings->examined) one.verdict = verdict_of(one, scanned, options);
  findings->orphans = find_orphans(findings->look, findings->examined, archived);
  std::size_t gone = 0;
  for (const git::Worktree& worktree : findings->look.worktrees) gone += worktree.exists || worktree.is_bare ? 0 : 1;
  if (gone > 0)
    findings->look.warnings.push_back(
        fmt::format("{} registered worktree{} no longer there: 'git worktree prune' forgets {}", gone,
                    gone == 1 ? " is" : "s are", gone == 1 ? "it" : "them"));
  return findings;
}

Result<void> set_status(WorkContext& context, const Examined& one, Status status) {
  return context.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
    const auto before = TRY(transaction.find_stream(one.stream.id));
    if (!before || before->status != one.stream.status) return {};  // somebody was faster: theirs counts
    domain::Update update;
    update.status = status;
    if (status == Status::kCompleted) update.note = fmt::format("completed: {}", one.verdict.reason);
    const auto changes = TRY(domain::plan_update(*before, update));
    TRY(change_stream(transaction, *before, changes, context.caller.agent, now));
    return {};
  });
}

Result<void> archive(WorkContext& context, const Examined& one) {
  const RetirementPlan plan = TRY(context.retirement.plan(one.stream, {}));
  TRY(context.retirement.retire(one.stream, plan, {}, fmt::format("archived as stale: {}", one.verdict.reason),
                                context.caller.agent, {}));
  return {};
}

/// "feature/rotate-tokens" → "Rotate tokens"
std::string title_of(std::string_view branch) {
  std::string title(branch.substr(branch.rfind('/') + 1));
  for (char& c : title)
    if (c == '-' || c == '_') c = ' ';
  if (!title.empty() && title.front() >= 'a' && title.front() <= 'z')
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
  return shorten(to_utf8(title), static_cast<std::size_t>(domain::kTitleLimit));
}

Result<StreamId> add(WorkContext& context, const git::Worktree& worktree) {
  const std::string name =
      worktree.branch.empty() ? worktree.path.substr(worktree.path.rfind('/') + 1) : worktree.branch;
  Stream stream;
  stream.title = title_of(name);
  stream.category = "backend";
  stream.status = Status::kActive;
  stream.worktree_path = to_utf8(worktree.path);
  stream.branch = to_utf8(worktree.branch);
  TRY(context.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
    stream.id = TRY(free_id(transaction, domain::slug_of(name)));
    stream.number = TRY(transaction.next_stream_number());
    TRY(append_changes(transaction, stream, {domain::Created{stream}}, context.caller.agent, now));
    return transaction.insert_stream(stream);
  }));
  return stream.id;
}

void apply(WorkContext& context, const Options& options, Findings& findings) {
  const auto note = [&](const StreamId& id, std::string_view action) {
    findings.applied.push_back(json::object{{"streamId", id.text}, {"action", action}});
  };
  const auto fail_with = [&](std::string_view id, const Error& error) {
    findings.errors.push_back(json::object{{"streamId", id}, {"error", error.message}});
  };
  for (const Examined& one : findings.examined) {
    if (!one.verdict.new_status) continue;
    const Status status = *one.verdict.new_status;
    const auto done = status == Status::kArchived ? archive(context, one) : set_status(context, one, status);
    if (done)
      note(one.stream.id, name_of(status));
    else
      fail_with(one.stream.id.text, done.error());
  }
  if (!options.add_orphaned) return;
  for (const Orphan& orphan : findings.orphans) {
    if (!orphan.may_be_added) continue;
    if (const auto id = add(context, *orphan.worktree))
      note(*id, "added");
    else
      fail_with(orphan.worktree->path, id.error());
  }
}

json::object to_json(const Examined& one) {
  return {
      {"streamId", one.stream.id.text},
      {"title", one.stream.title},
      {"branch", text_or_null(one.place.branch.empty() ? one.stream.branch : to_utf8(one.place.branch))},
      {"worktreePath", text_or_null(has_worktree(one) ? to_utf8(one.place.worktree->path) : one.stream.worktree_path)},
      {"previousStatus", name_of(one.stream.status)},
      {"newStatus", one.verdict.new_status ? json::value(name_of(*one.verdict.new_status)) : json::value(nullptr)},
      {"reason", to_utf8(one.verdict.reason)},
      {"landing", one.landing ? json::value(landing_to_json(*one.landing)) : json::value(nullptr)}};
}

json::object answer(const WorkContext& context, const Options& options, Findings& findings) {
  json::object groups;
  for (const auto& [group, name] :
       {std::pair(Group::kActive, "active"), {Group::kCompleted, "completed"}, {Group::kStale, "stale"}}) {
    json::array entries;
    for (const Examined& one : findings.examined)
      if (one.verdict.group == group) entries.push_back(to_json(one));
    groups[name] = std::move(entries);
  }
  json::array orphaned;
  for (const Orphan& orphan : findings.orphans)
    orphaned.push_back(json::object{{"path", to_utf8(orphan.worktree->path)},
                                    {"branch", text_or_null(to_utf8(orphan.worktree->branch))},
                                    {"commitHash", text_or_null(orphan.worktree->head)},
                                    {"isMain", false},
                                    {"reason", orphan.reason}});
  const auto linked = std::count_if(findings.look.worktrees.begin(), findings.look.worktrees.end(),
                                    [](const git::Worktree& worktree) { return !worktree.is_main; });
  const json::object summary{{"totalInDb", findings.examined.size()},
                             {"totalWorktrees", linked},
                             {"active", groups["active"].as_array().size()},
                             {"completed", groups["completed"].as_array().size()},
                             {"stale", groups["stale"].as_array().size()},
                             {"orphaned", orphaned.size()},
                             {"errors", findings.errors.size()}};
  return {{"timestamp", format_rfc3339(context.clock.wall())},
          {"dryRun", options.dry_run},
          {"autoArchiveStale", options.archive_stale},
          {"autoAddOrphaned", options.add_orphaned},
          {"mainBranch", main_to_json(findings.look.main)},
          {"active", std::move(groups["active"])},
          {"completed", std::move(groups["completed"])},
          {"stale", std::move(groups["stale"])},
          {"orphaned", std::move(orphaned)},
          {"errors", std::move(findings.errors)},
          {"summary", summary},
          {"applied", std::move(findings.applied)},
          {"warnings", texts_to_json(findings.look.warnings)}};
}

Result<Outcome> reconcile(WorkContext& context, const Options& options) {
  const auto findings = TRY(examine(context, options));
  if (!options.dry_run) apply(context, options, *findings);
  return Outcome{answer(context, options, *findings)};
}

}  // namespace

Result<Outcome> reconcile_worktrees(WorkContext& context, const api::Arguments& arguments) {
  return reconcile(context,
                   {arguments.flag("dryRun").value_or(true), arguments.flag("autoArchiveStale").value_or(false),
                    arguments.flag("autoAddOrphaned").value_or(false)});
}

Result<Outcome> reconciliation_status(WorkContext& context, const api::Arguments&) { return reconcile(context, {}); }

Result<Outcome> list_worktrees(WorkContext& context, const api::Arguments&) {
  const Look look = TRY(context.repository.look(context.config));
  const std::vector<Stream> streams = TRY(context.reader.list_streams({})).streams;
  json::array worktrees;
  for (const git::Worktree& worktree : look.worktrees) {
    const auto owner = std::find_if(streams.begin(), streams.end(), [&](const Stream& stream) {
      return stream.status != Status::kArchived && !worktree.is_main &&
             (place_of(stream, look).worktree == &worktree || stream.worktree_path == worktree.path);
    });
    const std::string name = to_utf8(worktree.path.substr(worktree.path.rfind('/') + 1));
    worktrees.push_back(json::object{
        {"id", worktree.is_main ? "main" : name},
        {"path", to_utf8(worktree.path)},
        {"branch", text_or_null(to_utf8(worktree.branch))},
        {"commitHash", text_or_null(worktree.head)},
        {"isMain", worktree.is_main},
        {"streamId", owner == streams.end() ? json::value(nullptr) : json::value(owner->id.text)},
        {"isDetached", worktree.is_detached},
        {"exists", worktree.exists},
        {"lockReason", worktree.lock_reason ? json::value(to_utf8(*worktree.lock_reason)) : json::value(nullptr)},
        {"operation", text_or_null(worktree.operation)}});
  }
  return Outcome{{{"timestamp", format_rfc3339(context.clock.wall())},
                  {"total", worktrees.size()},
                  {"worktrees", std::move(worktrees)}}};
}

Result<Outcome> list_merged(WorkContext& context, const api::Arguments&) {
  context.progress.set("judging branches", 0, 0);
  const Look look = TRY(context.repository.look(context.config));
  std::vector<git::BranchTip> branches;
  for (const git::Ref& ref : look.refs.refs) {
    if (!ref.name.starts_with(git::kBranchPrefix)) continue;
    std::string name = ref.name.substr(git::kBranchPrefix.size());
    if (name != look.main.name) branches.push_back({std::move(name), ref.target});
  }
  const auto landings = TRY(context.repository.judge().judge(context.repository.git(), look.main, branches));
  json::array names;
  json::array evidence;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    if (!landings[i].has_landed()) continue;
    const std::string name = to_utf8(branches[i].branch);
    names.emplace_back(name);
    evidence.push_back(json::object{{"branch", name},
                                    {"state", git::name_of(landings[i].state)},
                                    {"evidence", to_utf8(landings[i].evidence)},
                                    {"landedBy", text_or_null(landings[i].landed_by)}});
  }
  return Outcome{{{"timestamp", format_rfc3339(context.clock.wall())},
                  {"total", names.size()},
                  {"branches", std::move(names)},
                  {"evidence", std::move(evidence)}}};
}

}  // namespace stream_status::service
