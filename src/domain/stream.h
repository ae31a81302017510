// A stream: one line of parallel work, its fields and their allowed values. Plain values, no I/O.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace stream_status::domain {

enum class Status { kInitializing, kActive, kBlocked, kPaused, kCompleted, kArchived };
inline constexpr std::array<std::string_view, 6> kStatusNames = {"initializing", "active",    "blocked",
                                                                 "paused",       "completed", "archived"};

enum class Priority { kCritical, kHigh, kMedium, kLow };
inline constexpr std::array<std::string_view, 4> kPriorityNames = {"critical", "high", "medium", "low"};

/// The built-in categories; config.json adds more.
inline constexpr std::array<std::string_view, 6> kCategoryNames = {"frontend", "backend",       "infrastructure",
                                                                   "testing",  "documentation", "refactoring"};

std::string_view name_of(Status status);
std::string_view name_of(Priority priority);
std::optional<Status> parse_status(std::string_view name);
std::optional<Priority> parse_priority(std::string_view name);

// Limits of text fields, in characters.
inline constexpr std::int64_t kTitleLimit = 200;
inline constexpr std::int64_t kNumberLimit = 16;
inline constexpr std::int64_t kPathLimit = 4096;
inline constexpr std::int64_t kBranchLimit = 255;
inline constexpr std::int64_t kTextLimit = 10'000;  ///< goal, note, summary, commit message
inline constexpr std::int64_t kPhaseLimit = 50;
inline constexpr std::int64_t kBlockerLimit = 50;
inline constexpr std::int64_t kChoiceLimit = 10;      ///< answers that a question offers
inline constexpr std::int64_t kMessageLimit = 2'000;  ///< question, answer, message: characters

struct RecentActivity {
  std::string last_commit;  ///< message of the newest commit, empty if there is none
  std::optional<WallTime> last_commit_time;
  std::int64_t files_changed = 0;  ///< by that commit
  friend bool operator==(const RecentActivity&, const RecentActivity&) = default;
};

/// A lease on a stream: who works on it. Until when is not part of it: each call of its holder renews it, and that is
/// no change of the stream (service/leases.h).
struct Claim {
  AgentName agent;
  std::string process = {};  ///< which of this agent's processes (service/presence.h); empty: any of them
  WallTime since = {};
  friend bool operator==(const Claim&, const Claim&) = default;
};

/// What a stream's agent asks people; open until somebody answers it or the agent takes it back.
struct Question {
  std::string text;
  std::vector<std::string> choices;  ///< answers it offers; empty: any
  AgentName asker;
  WallTime asked_at = {};
  friend bool operator==(const Question&, const Question&) = default;
};

struct Stream {
  StreamId id;
  std::string number;  ///< "0101"
  std::string title;
  std::string category;
  Priority priority = Priority::kMedium;
  Status status = Status::kInitializing;
  int progress = 0;       ///< 0–100
  int current_phase = 0;  ///< index into phases
  std::vector<std::string> phases;
  std::vector<int> completed_phases;  ///< indices into phases, ascending
  std::string worktree_path;          ///< empty: none
  std::string branch;                 ///< empty: none
  std::vector<StreamId> blockers;
  std::optional<Claim> claim = std::nullopt;
  std::string goal;
  std::string last_note;
  std::optional<Question> question = std::nullopt;
  WallTime created_at;
  WallTime updated_at;
  std::optional<WallTime> completed_at;
  std::int64_t revision = 0;  ///< of its last event
  RecentActivity recent;
  friend bool operator==(const Stream&, const Stream&) = default;
};

/// Neither completed nor archived: it still blocks others and counts as active.
inline bool is_open(Status status) { return status != Status::kCompleted && status != Status::kArchived; }

/// New ids match [a-z0-9][a-z0-9-]{0,63}. Older ones are kept as they are.
bool is_valid_new_id(std::string_view id);

/// An id made of a title: "Rotate refresh tokens!" → "rotate-refresh-tokens"; at most 48 characters, cut
/// at a word; "stream" if nothing of the title fits an id.
std::string slug_of(std::string_view title);

struct Commit {
  std::int64_t id = 0;
  StreamId stream_id = {};
  std::string hash = {};
  std::string message = {};
  std::string author = {};
  std::int64_t files_changed = 0;
  std::int64_t insertions = 0;
  std::int64_t deletions = 0;
  WallTime timestamp = {};
  std::int64_t revision = 0;
  friend bool operator==(const Commit&, const Commit&) = default;
};

/// The seven numbers (contract §5).
struct Stats {
  std::int64_t active_streams = 0;  ///< open
  std::int64_t in_progress = 0;     ///< active
  std::int64_t blocked = 0;
  std::int64_t ready_to_start = 0;   ///< initializing or paused, no open blocker, unclaimed
  std::int64_t completed_today = 0;  ///< since the last local midnight
  std::int64_t total_commits = 0;
  std::int64_t commits_today = 0;
  friend bool operator==(const Stats&, const Stats&) = default;
};

}  // namespace stream_status::domain
