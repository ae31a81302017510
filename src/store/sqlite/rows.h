// Rows of the tables ⇄ domain values: the column lists and the code that reads and binds them, in one place.
#pragma once

#include "domain/message.h"
#include "domain/stream.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace stream_status::store {

/// In the order that read_stream expects.
#define STREAM_COLUMNS                                                                                        \
  "position, id, number, title, category, priority, status, progress, current_phase, phases, worktree_path, " \
  "branch, blockers, goal, last_note, created_ms, updated_ms, completed_ms, revision, last_commit, "          \
  "last_commit_ms, last_commit_files, open_blockers, claim_agent, claim_process, claim_ms, "                  \
  "completed_phases, question, question_choices, question_asker, question_ms"
#define COMMIT_COLUMNS \
  "id, stream_id, hash, message, author, files_changed, insertions, deletions, committed_ms, revision"
#define INTENT_COLUMNS "id, kind, stream_id, payload, state, attempts, error, due_ms"
#define MESSAGE_COLUMNS "id, recipient, sender, kind, stream_id, text, handed_to, at_ms"
#define EVENT_COLUMNS "revision, previous, stream_id, type, old_value, new_value, agent, at_ms"

// 1: path → the newest open stream of that worktree
inline constexpr const char* kFindStreamOfWorktree =
    "SELECT " STREAM_COLUMNS
    " FROM streams WHERE worktree_path = ? AND worktree_path <> '' "
    "AND status NOT IN ('completed', 'archived') ORDER BY position DESC LIMIT 1";

struct StreamRow {
  std::int64_t position = 0;
  domain::Stream stream;
  std::int64_t open_blockers = 0;
};

/// Error: kStorageFailed naming the stream when a stored value is none that this version knows.
Result<StreamRow> read_stream(const Statement& row);
domain::Commit read_commit(const Statement& row);
EventRow read_event(const Statement& row);
IntentRow read_intent(const Statement& row);
std::string_view name_of(IntentState state);
domain::Message read_message(const Statement& row);

std::string to_json_text(const std::vector<std::string>& texts);
std::string to_json_text(const std::vector<int>& indices);
std::string to_json_text(const std::vector<StreamId>& ids);

/// The exclusive end of the range of texts that start with `prefix`.
std::string prefix_end(const std::string& prefix);

}  // namespace stream_status::store
