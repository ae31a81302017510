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

struct PhasePlan {
  std::vector<int> completed;
  int current = 0;
  int progress = 0;
};

/// Those that were done, by name, in another list of phases.
std::vector<int> completed_among(const Stream& stream, const std::vector<std::string>& phases) {
  std::vector<int> completed;
  for (std::size_t i = 0; i < phases.size(); ++i)
    for (const int old : stream.completed_phases)
      if (static_cast<std::size_t>(old) < stream.phases.size() &&
          stream.phases[static_cast<std::size_t>(old)] == phases[i]) {
        completed.push_back(static_cast<int>(i));
        break;
      }
  return completed;
}

int first_open_phase(const std::vector<int>& completed, int count) {
  for (int phase = 0; phase < count; ++phase)
    if (!std::binary_search(completed.begin(), completed.end(), phase)) return phase;
  return std::max(count - 1, 0);
}

Result<PhasePlan> plan_phases(const Stream& stream, const Update& update) {
  const auto& phases = update.details.phases.value_or(stream.phases);
  const int count = static_cast<int>(phases.size());
  if (update.current_phase) TRY(check_phase(*update.current_phase, phases));
  PhasePlan plan{stream.completed_phases, stream.current_phase, stream.progress};
  if (update.details.phases) plan.completed = completed_among(stream, phases);
  const auto place = [&](int phase) { return std::lower_bound(plan.completed.begin(), plan.completed.end(), phase); };
  const auto share = [&] { return static_cast<int>(plan.completed.size() * 100) / std::max(count, 1); };

  if (const auto done = update.completed_phase) {
    if (*done < 0 || *done >= count)
      return fail(ErrorCode::kInvalidArgument, fmt::format("completePhase: there is no phase {}", *done),
                  count == 0 ? "name the phases first: update_stream with phases"
                             : fmt::format("use an index from 0 to {}, or a name", count - 1));
    if (const auto at = place(*done); at == plan.completed.end() || *at != *done) plan.completed.insert(at, *done);
    plan.current = first_open_phase(plan.completed, count);
    plan.progress = std::max(plan.progress, share());
  }
  if (const auto current = update.current_phase) {
    plan.current = *current;
    if (const auto at = place(*current); at != plan.completed.end() && *at == *current) {
      plan.completed.erase(at);
      plan.progress = std::min(plan.progress, share());
    }
  }
  // Fewer phases than before must not leave the index pointing at nothing.
  plan.current = std::min(plan.current, count == 0 ? kUnnamedPhaseLimit : count - 1);
  return plan;
}

std::optional<QuestionChanged> plan_question(const Stream& stream, const Update& update, bool closes) {
  std::optional<Question> wanted = update.question ? update.question : stream.question;
  if (closes || (wanted && wanted->text.empty())) wanted.reset();
  if (wanted.has_value() == stream.question.has_value() &&
      (!wanted || (wanted->text == stream.question->text && wanted->choices == stream.question->choices)))
    return std::nullopt;
  return QuestionChanged{stream.question, std::move(wanted)};
}

}  // namespace

std::string_view type_of(const Change& change) {
  return std::visit(
      Overloaded{
          [](const Created&) -> std::string_view { return "created"; },
          [](const StatusChanged& c) -> std::string_view {
            if (c.from == Status::kArchived) return "unretired";
            if (c.to == Status::kCompleted) return "completed";
            if (c.to == Status::kArchived) return "archived";
            return "status_changed";
          },
          [](const ProgressChanged&) -> std::string_view { return "progress_updated"; },
          [](const PhaseChanged&) -> std::string_view { return "phase_changed"; },
          [](const PhasesCompleted& c) -> std::string_view {
            return c.to.size() < c.from.size() ? "phase_reopened" : "phase_completed";
          },
          [](const NoteAdded&) -> std::string_view { return "note"; },
          [](const BlockersChanged&) -> std::string_view { return "blockers_changed"; },
          [](const CommitAdded&) -> std::string_view { return "commit_added"; },
          [](const CommitRemoved&) -> std::string_view { return "commit_removed"; },
          [](const DetailsChanged&) -> std::string_view { return "details_changed"; },
          [](const Claimed&) -> std::string_view { return "claimed"; },
          [](const Released&) -> std::string_view { return "released"; },
          [](const QuestionChanged& c) -> std::string_view { return c.to ? "question_asked" : "question_withdrawn"; },
          [](const QuestionAnswered&) -> std::string_view { return "question_answered"; },
          [](const Baseline&) -> std::string_view { return "baseline"; },
      },
      change);
}

Result<std::vector<Change>> plan_update(const Stream& stream, const Update& update) {
  std::vector<Change> changes;

  if (auto details = plan_details(stream, update.details)) changes.emplace_back(std::move(*details));

  const PhasePlan phases = TRY(plan_phases(stream, update));
  if (phases.completed != stream.completed_phases)
    changes.emplace_back(PhasesCompleted{stream.completed_phases, phases.completed});
  if (phases.current != stream.current_phase) changes.emplace_back(PhaseChanged{stream.current_phase, phases.current});

  if (update.blockers && *update.blockers != stream.blockers) {
    if (std::find(update.blockers->begin(), update.blockers->end(), stream.id) != update.blockers->end())
      return fail(ErrorCode::kInvalidArgument, fmt::format("blockedBy: {} can not block itself", stream.id.text),
                  "name another stream, or null for no blocker");
    changes.emplace_back(BlockersChanged{stream.blockers, *update.blockers});
  }

  const bool completes = update.status == Status::kCompleted && stream.status != Status::kCompleted;
  const int progress = update.progress.value_or(completes ? 100 : phases.progress);
  if (progress != stream.progress) changes.emplace_back(ProgressChanged{stream.progress, progress});

  if (update.status && *update.status != stream.status)
    changes.emplace_back(StatusChanged{stream.status, *update.status});

  if (update.note) changes.emplace_back(NoteAdded{*update.note});
  const bool closes = update.status && !is_open(*update.status);
  if (auto question = plan_question(stream, update, closes)) changes.emplace_back(std::move(*question));
  if (closes && stream.claim) changes.emplace_back(Released{*stream.claim});
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
                 [&](const PhasesCompleted& c) { stream.completed_phases = c.to; },
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
                 [&](const QuestionChanged& c) { stream.question = c.to; },
                 [&](const QuestionAnswered&) { stream.question.reset(); },
                 [&](const Baseline& c) { stream = c.stream; },
             },
             change);
  stream.revision = revision;
  stream.updated_at = at;
}

}  // namespace stream_status::domain
