#include "domain/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/overloaded.h"

namespace stream_status::domain {
namespace {

/// Moves a wanted value into the change if it differs from the current one.
template <class T>
bool differs(const T& current, const std::optional<T>& wanted, std::optional<T>& from, std::optional<T>& to) {
  if (!wanted || *wanted == current) return false;
  from = current;
  to = *wanted;
  return true;
}

std::optional<DetailsChanged> plan_details(const Stream& stream, const Details& wanted) {
  DetailsChanged change;
  Details& from = change.from;
  Details& to = change.to;
  bool changed = differs(stream.number, wanted.number, from.number, to.number);
  changed |= differs(stream.title, wanted.title, from.title, to.title);
  changed |= differs(stream.category, wanted.category, from.category, to.category);
  changed |= differs(stream.priority, wanted.priority, from.priority, to.priority);
  changed |= differs(stream.worktree_path, wanted.worktree_path, from.worktree_path, to.worktree_path);
  changed |= differs(stream.branch, wanted.branch, from.branch, to.branch);
  changed |= differs(stream.phases, wanted.phases, from.phases, to.phases);
  changed |= differs(stream.goal, wanted.goal, from.goal, to.goal);
  if (!changed) return std::nullopt;
  return change;
}

void apply_details(Stream& stream, const Details& to) {
  if (to.number) stream.number = *to.number;
  if (to.title) stream.title = *to.title;
  if (to.category) stream.category = *to.category;
  if (to.priority) stream.priority = *to.priority;
  if (to.worktree_path) stream.worktree_path = *to.worktree_path;
  if (to.branch) stream.branch = *to.branch;
  if (to.phases) stream.phases = *to.phases;
  if (to.goal) stream.goal = *to.goal;
}

/// A stream without phases takes any small index: clients of the founding system number phases
/// that they never named.
constexpr int kUnnamedPhaseLimit = 999;

Result<void> check_phase(int phase, const std::vector<std::string>& phases) {
  const int last = phases.empty() ? kUnnamedPhaseLimit : static_cast<int>(phases.size()) - 1;
  if (phase <= last) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("currentPhase: {} is beyond the last phase ({} \"{}\")", phase, last, phases.back()),
              fmt::format("use an index from 0 to {}, or change phases", last));
}

}  // namespace

std::string_view type_of(const Change& change) {
  return std::visit(Overloaded{
                        [](const Created&) -> std::string_view { return "created"; },
                        [](const StatusChanged& c) -> std::string_view {
                          if (c.from == Status::kArchived) return "unretired";
                          if (c.to == Status::kCompleted) return "completed";
                          if (c.to == Status::kArchived) return "archived";
                          return "status_changed";
                        },
                        [](const ProgressChanged&) -> std::string_view { return "progress_updated"; },
                        [](const PhaseChanged&) -> std::string_view { return "phase_changed"; },
                        [](const NoteAdded&) -> std::string_view { return "note"; },
                        [](const BlockersChanged&) -> std::string_view { return "blockers_changed"; },
                        [](const CommitAdded&) -> std::string_view { return "commit_added"; },
                        [](const CommitRemoved&) -> std::string_view { return "commit_removed"; },
                        [](const DetailsChanged&) -> std::string_view { return "details_changed"; },
                        [](const Claimed&) -> std::string_view { return "claimed"; },
                        [](const Released&) -> std::string_view { return "released"; },
                        [](const Baseline&) -> std::string_view { return "baseline"; },
                    },
                    change);
}

Result<std::vector<Change>> plan_update(const Stream& stream, const Update& update) {
  std::vector<Change> changes;

  if (auto details = plan_details(stream, update.details)) changes.emplace_back(std::move(*details));

  const auto& phases = update.details.phases.value_or(stream.phases);
  const int last_phase = phases.empty() ? kUnnamedPhaseLimit : static_cast<int>(phases.size()) - 1;
  if (update.current_phase) TRY(check_phase(*update.current_phase, phases));
  // Fewer phases than before must not leave the index pointing at nothing.
  const int phase = update.current_phase.value_or(std::min(stream.current_phase, last_phase));
  if (phase != stream.current_phase) changes.emplace_back(PhaseChanged{stream.current_phase, phase});

  if (update.blockers && *update.blockers != stream.blockers) {
    if (std::find(update.blockers->begin(), update.blockers->end(), stream.id) != update.blockers->end())
      return fail(ErrorCode::kInvalidArgument, fmt::format("blockedBy: {} can not block itself", stream.id.text),
                  "name another stream, or null for no blocker");
    changes.emplace_back(BlockersChanged{stream.blockers, *update.blockers});
  }

  const bool completes = update.status == Status::kCompleted && stream.status != Status::kCompleted;
  const int progress = update.progress.value_or(completes ? 100 : stream.progress);
  if (progress != stream.progress) changes.emplace_back(ProgressChanged{stream.progress, progress});

  if (update.status && *update.status != stream.status)
    changes.emplace_back(StatusChanged{stream.status, *update.status});

  if (update.note) changes.emplace_back(NoteAdded{*update.note});
  if (update.status && !is_open(*update.status) && stream.claim) changes.emplace_back(Released{*stream.claim});
  return changes;
}

void apply(Stream& stream, const Change& change, std::int64_t revision, WallTime at) {
  std::visit(Overloaded{
                 [&](const Created& c) {
                   stream = c.stream;
                   stream.created_at = at;
                 },
                 [&](const StatusChanged& c) {
                   stream.status = c.to;
                   // Out of the archive it is completed since it was completed.
                   if (c.to == Status::kCompleted && (c.from != Status::kArchived || !stream.completed_at))
                     stream.completed_at = at;
                   if (is_open(c.to)) stream.completed_at.reset();
                 },
                 [&](const ProgressChanged& c) { stream.progress = c.to; },
                 [&](const PhaseChanged& c) { stream.current_phase = c.to; },
                 [&](const NoteAdded& c) { stream.last_note = c.text; },
                 [&](const BlockersChanged& c) { stream.blockers = c.to; },
                 [&](const CommitAdded& c) {
                   if (!stream.recent.last_commit_time || *stream.recent.last_commit_time <= c.commit.timestamp)
                     stream.recent = {c.commit.message, c.commit.timestamp, c.commit.files_changed};
                 },
                 [&](const CommitRemoved& c) { stream.recent = c.recent; },
                 [&](const DetailsChanged& c) { apply_details(stream, c.to); },
                 [&](const Claimed& c) { stream.claim = c.to; },
                 [&](const Released&) { stream.claim.reset(); },
                 [&](const Baseline& c) { stream = c.stream; },
             },
             change);
  stream.revision = revision;
  stream.updated_at = at;
}

}  // namespace stream_status::domain
