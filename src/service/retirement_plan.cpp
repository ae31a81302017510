// What retiring a stream would do, and what it would lose: looked up, nothing changed.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "git/commits.h"
#include "git/retire.h"
#include "service/git_json.h"
#include "service/plan_files.h"
#include "service/retirement.h"

namespace stream_status::service {
namespace {

using Risk = RetirementPlan::Risk;

constexpr std::size_t kShownItems = 50;
constexpr std::size_t kShownIgnored = 10;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// Commits as "1a2b3c4d5e message", the newest first.
std::vector<std::string> titles_of(const std::vector<git::CommitInfo>& commits) {
  std::vector<std::string> titles;
  titles.reserve(commits.size());
  for (const git::CommitInfo& commit : commits)
    titles.push_back(
        fmt::format("{} {}", commit.id.substr(0, 10), commit.message.substr(0, commit.message.find('\n'))));
  return titles;
}

Result<void> add_uncommitted(const git::Git& git, const git::Worktree& worktree, bool removes, RetirementPlan& plan) {
  const git::WorktreeStatus status = TRY(git::read_status(git, worktree));
  Risk changed{"uncommitted", ""};
  Risk untracked{"untracked", ""};
  std::size_t changed_count = 0;
  std::size_t untracked_count = 0;
  for (const git::UncommittedFile& file : status.files) {
    const bool is_untracked = file.state == git::FileState::kUntracked;
    ++(is_untracked ? untracked_count : changed_count);
    Risk& risk = is_untracked ? untracked : changed;
    if (risk.items.size() < kShownItems) risk.items.push_back(file.path);
  }
  changed.detail = counted(changed_count, "file with uncommitted changes", "files with uncommitted changes");
  untracked.detail = counted(untracked_count, "untracked file", "untracked files");
  for (Risk* risk : {&changed, &untracked}) {
    if (risk->items.empty()) continue;
    if (removes) plan.uncommitted.insert(plan.uncommitted.end(), risk->items.begin(), risk->items.end());
    if (removes)
      plan.at_risk.push_back(std::move(*risk));
    else
      plan.notes.push_back(fmt::format("{} stay in {}", risk->detail, worktree.path));
  }
  if (!removes) return {};
  if (status.has_submodules) plan.at_risk.push_back({"submodules", "its submodules' own work is not looked at", {}});
  const auto ignored = TRY(git::list_ignored(git, worktree, kShownIgnored + 1));
  if (!ignored.empty()) {
    const bool more = ignored.size() > kShownIgnored;
    const auto end = ignored.begin() + static_cast<std::ptrdiff_t>(std::min(ignored.size(), kShownIgnored));
    plan.notes.push_back(fmt::format("ignored files go with the worktree: {}{}", fmt::join(ignored.begin(), end, ", "),
                                     more ? ", …" : ""));
  }
  return {};
}

/// Commits that only this branch has: on no main branch, and where there are remotes, on none of them.
Result<void> add_commits_at_risk(const git::Git& git, const Look& look, RetirementPlan& plan) {
  if (plan.tip.empty() || plan.landing.has_landed()) return {};
  std::vector<git::ObjectId> mains;
  for (const git::Ref& tip : look.main.tips) mains.push_back(tip.target);
  const auto unlanded = TRY(git::read_commits(git, plan.tip, mains, kShownItems));
  if (unlanded.empty() || plan.landing.state == git::LandingState::kEmpty) return {};
  plan.at_risk.push_back({"unlanded", plan.landing.evidence, titles_of(unlanded)});
  if (!look.refs.has_remotes()) return {};
  std::vector<git::ObjectId> elsewhere = mains;
  for (const git::Ref* ref : look.refs.remote_branches()) elsewhere.push_back(ref->target);
  const auto unpushed = TRY(git::read_commits(git, plan.tip, elsewhere, kShownItems));
  if (!unpushed.empty())
    plan.at_risk.push_back({"unpushed",
                            fmt::format("{}{} on no remote branch", unpushed.size() == kShownItems ? "at least " : "",
                                        counted(unpushed.size(), "commit is", "commits are")),
                            titles_of(unpushed)});
  return {};
}

}  // namespace

json::object to_json(const RetirementPlan& plan) {
  json::array steps;
  for (const RetirementPlan::Step& step : plan.steps)
    steps.push_back(json::object{{"step", step.step}, {"subject", step.subject}});
  json::array risks;
  for (const Risk& risk : plan.at_risk)
    risks.push_back(json::object{{"kind", risk.kind}, {"detail", risk.detail}, {"items", texts_to_json(risk.items)}});
  return {{"steps", std::move(steps)}, {"atRisk", std::move(risks)}, {"notes", texts_to_json(plan.notes)}};
}

Result<RetirementPlan> Retirement::plan(const domain::Stream& stream, const RetirementOptions& options) {
  RetirementPlan plan;
  const auto look = parts_.repository.look(*parts_.config.get());
  if (!look) {
    if (look.error().code == ErrorCode::kServerUnavailable) return tl::make_unexpected(look.error());
    plan.notes.push_back(fmt::format("git is left alone: {}", look.error().message));
  } else {
    plan.has_git = true;
    const git::Git& git = parts_.repository.git();
    const Place place = place_of(stream, *look);
    plan.branch = place.branch;
    plan.tip = place.tip;
    for (const std::string& warning : look->warnings) plan.notes.push_back(warning);
    const bool on_main = !place.branch.empty() && place.branch == look->main.name;
    if (!place.branch.empty() && !on_main) {
      auto landings = TRY(parts_.repository.judge().judge(git, look->main, {git::BranchTip{place.branch, place.tip}}));
      plan.landing = std::move(landings.front());
    }
    if (on_main) plan.tip.clear();  // it needs no keeping
    if (!plan.tip.empty())
      plan.steps.push_back({"keep_tip", fmt::format("{} as {}{}", plan.tip.substr(0, 10), git::kRetiredPrefix,
                                                    git::ref_component(stream.id.text))});
    const git::Worktree* worktree = place.worktree != nullptr && place.worktree->exists ? place.worktree : nullptr;
    if (worktree != nullptr && worktree->is_main) {
      if (options.delete_worktree) plan.notes.emplace_back("it works in the main worktree, which is never removed");
      worktree = nullptr;
    }
    if (worktree != nullptr) TRY(add_uncommitted(git, *worktree, options.delete_worktree, plan));
    if (options.delete_worktree) {
      if (worktree != nullptr) {
        plan.worktree = worktree->path;
        plan.steps.push_back({"remove_worktree", worktree->path});
        if (worktree->lock_reason)
          plan.at_risk.push_back(
              {"locked", fmt::format("the worktree is locked{}{}; unlock it first",
                                     worktree->lock_reason->empty() ? "" : ": ", *worktree->lock_reason)});
        if (!worktree->operation.empty())
          plan.at_risk.push_back({"in_progress", fmt::format("a {} is going on there", worktree->operation)});
        const bool elsewhere = worktree->branch != place.branch;
        if (elsewhere)
          plan.at_risk.push_back(
              {"elsewhere", worktree->is_detached
                                ? fmt::format("the worktree is on a detached HEAD at {}", worktree->head.substr(0, 10))
                                : fmt::format("the worktree is on another branch, {}", worktree->branch)});
      }
      const git::Worktree* holder = git::find_worktree_of_branch(look->worktrees, place.branch);
      const bool held = holder != nullptr && holder != worktree && holder->exists;
      plan.deletes_branch = !place.branch.empty() && !on_main && !held && look->refs.branch_tip(place.branch);
      if (plan.deletes_branch)
        plan.steps.push_back({"delete_branch", place.branch});
      else if (held)
        plan.notes.push_back(fmt::format("the branch stays: it is checked out in {}", holder->path));
      if (plan.deletes_branch) TRY(add_commits_at_risk(git, *look, plan));
      for (const domain::Stream& other : TRY(parts_.reader.list_streams({})).streams) {
        const bool shares = other.id != stream.id && domain::is_open(other.status) &&
                            ((!plan.worktree.empty() && other.worktree_path == plan.worktree) ||
                             (plan.deletes_branch && other.branch == plan.branch));
        if (shares) plan.at_risk.push_back({"shared", fmt::format("stream {} works there too", other.id.text)});
      }
    }
  }
  plan.steps.push_back({"write_report", "a report below .project/history"});
  if (options.cleanup_plan_files) {
    for (std::string& path : plan_paths_of(parts_.project_root, stream.id.text)) {
      plan.steps.push_back({"remove_plan_files", path});
      plan.plan_paths.push_back(std::move(path));
    }
    // Last, because it goes only when nothing else is in it.
    if (auto directory = plan_directory_of(parts_.project_root, stream.id.text))
      plan.plan_paths.push_back(std::move(*directory));
    if (plan.plan_paths.empty()) plan.notes.emplace_back("it has no plan files");
  }
  plan.steps.push_back({"archive", stream.id.text});
  return plan;
}

}  // namespace stream_status::service
