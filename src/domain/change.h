// What can happen to a stream, as values, and the two rules around it: an update is planned as a list
// of changes, and a change is applied the same way live, in a replay and on the dashboard.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "domain/stream.h"

namespace stream_status::domain {

struct Created {
  Stream stream;
  friend bool operator==(const Created&, const Created&) = default;
};
struct StatusChanged {
  Status from;
  Status to;
  friend bool operator==(const StatusChanged&, const StatusChanged&) = default;
};
struct ProgressChanged {
  int from;
  int to;
  friend bool operator==(const ProgressChanged&, const ProgressChanged&) = default;
};
struct PhaseChanged {
  int from;
  int to;
  friend bool operator==(const PhaseChanged&, const PhaseChanged&) = default;
};
/// Which phases are done, all of them each time.
struct PhasesCompleted {
  std::vector<int> from;
  std::vector<int> to;
  friend bool operator==(const PhasesCompleted&, const PhasesCompleted&) = default;
};
struct NoteAdded {
  std::string text;
  friend bool operator==(const NoteAdded&, const NoteAdded&) = default;
};
struct BlockersChanged {
  std::vector<StreamId> from;
  std::vector<StreamId> to;
  friend bool operator==(const BlockersChanged&, const BlockersChanged&) = default;
};
struct CommitAdded {
  Commit commit;
  friend bool operator==(const CommitAdded&, const CommitAdded&) = default;
};

/// A commit that a rebase, an amend or a reset left on no branch.
struct CommitRemoved {
  Commit commit;
  RecentActivity recent;  ///< the stream's without it
  friend bool operator==(const CommitRemoved&, const CommitRemoved&) = default;
};

/// The whole stream as it was at this point, in place of the events that led there (retention).
struct Baseline {
  Stream stream;
  friend bool operator==(const Baseline&, const Baseline&) = default;
};

/// The descriptive fields that changed; absent ones did not.
struct Details {
  std::optional<std::string> number = std::nullopt;
  std::optional<std::string> title = std::nullopt;
  std::optional<std::string> category = std::nullopt;
  std::optional<Priority> priority = std::nullopt;
  std::optional<std::string> worktree_path = std::nullopt;
  std::optional<std::string> branch = std::nullopt;
  std::optional<std::vector<std::string>> phases = std::nullopt;
  std::optional<std::string> goal = std::nullopt;
  friend bool operator==(const Details&, const Details&) = default;
};
struct DetailsChanged {
  Details from;
  Details to;
  friend bool operator==(const DetailsChanged&, const DetailsChanged&) = default;
};

/// The stream is taken: by its first holder, or from one whose lease had run out.
struct Claimed {
  std::optional<Claim> from;
  Claim to;
  friend bool operator==(const Claimed&, const Claimed&) = default;
};
struct Released {
  Claim from;
  friend bool operator==(const Released&, const Released&) = default;
};

/// A question is asked, or another in its place; absent `to`: its stream's agents take it back.
struct QuestionChanged {
  std::optional<Question> from;
  std::optional<Question> to;
  friend bool operator==(const QuestionChanged&, const QuestionChanged&) = default;
};
struct QuestionAnswered {
  Question question;
  std::string answer;
  friend bool operator==(const QuestionAnswered&, const QuestionAnswered&) = default;
};

using Change = std::variant<Created, StatusChanged, ProgressChanged, PhaseChanged, PhasesCompleted, NoteAdded,
                            BlockersChanged, CommitAdded, CommitRemoved, DetailsChanged, Claimed, Released,
                            QuestionChanged, QuestionAnswered, Baseline>;

/// The history type of a change: "created", "status_changed" ("unretired" when it leaves archived; "completed" and
/// "archived" when that is where it goes), "progress_updated", "phase_changed", "phase_completed" ("phase_reopened"
/// when fewer are done than before), "note", "blockers_changed", "commit_added", "commit_removed", "details_changed",
/// "claimed", "released", "question_asked", "question_withdrawn", "question_answered", "baseline".
std::string_view type_of(const Change& change);

/// What a caller asks of an existing stream; absent fields stay.
struct Update {
  std::optional<Status> status = std::nullopt;
  std::optional<int> progress = std::nullopt;
  std::optional<int> current_phase = std::nullopt;
  std::optional<int> completed_phase = std::nullopt;  ///< index of one that is done now
  std::optional<std::vector<StreamId>> blockers = std::nullopt;
  std::optional<std::string> note = std::nullopt;
  std::optional<Question> question = std::nullopt;  ///< with an empty text: none any more
  Details details = {};
};

/// The changes that bring `stream` to what `update` asks; none for what is already so. Completing a stream
/// without naming a progress sets it to 100. A stream that is completed or archived is nobody's any more, and asks
/// nothing. A phase that is completed moves the current phase to the first that is not, and progress, unless it is
/// named, up to the share of phases that are done; going back to a completed phase reopens it, and moves progress down.
/// Errors: kInvalidArgument (a phase index beyond the phases, a stream that blocks itself).
Result<std::vector<Change>> plan_update(const Stream& stream, const Update& update);

/// Applies one change at a revision. For Created, `stream` becomes the created stream.
void apply(Stream& stream, const Change& change, std::int64_t revision, WallTime at);

}  // namespace stream_status::domain
