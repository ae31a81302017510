// The Store contract: what the rest of the program may expect of a back-end, whichever it is. No SQLite
// type appears here. A suite in tests/contract holds every back-end to it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/message.h"
#include "domain/stream.h"

namespace stream_status::store {

/// One row of the event log. The values are JSON texts, opaque to the store.
struct EventRow {
  std::int64_t revision = 0;
  std::int64_t previous = 0;  ///< revision of the stream's event before this one; 0: there is none
  StreamId stream_id;
  std::string type;
  std::string old_value;
  std::string new_value;
  AgentName agent;
  WallTime at;
};

/// Which streams; absent members do not filter. `before`: only streams created before the one with this
/// position (a page's `next`). `limit` 0: all.
struct StreamFilter {
  std::optional<domain::Status> status = std::nullopt;
  bool only_open = false;  ///< neither completed nor archived
  std::optional<std::string> category = std::nullopt;
  std::optional<domain::Priority> priority = std::nullopt;
  std::optional<AgentName> holder = std::nullopt;  ///< of the claim
  std::optional<std::string> query = std::nullopt;
  std::int64_t limit = 0;
  std::optional<std::int64_t> before = std::nullopt;
};

struct StreamPage {
  std::vector<domain::Stream> streams;  ///< newest created first
  std::int64_t total = 0;               ///< that match, on all pages
  std::optional<std::int64_t> next;
};

struct HistoryPage {
  std::vector<EventRow> events;  ///< newest first
  std::optional<std::int64_t> next;
};

struct CommitPage {
  std::vector<domain::Commit> commits;  ///< newest first
  std::int64_t total = 0;
};

/// The answer of a write, kept with its request id.
struct StoredAnswer {
  std::string fingerprint;  ///< of operation and arguments
  int status = 0;           ///< HTTP status
  std::string body;
};

/// How far a stream's branch has been read for commits.
struct ScanRow {
  StreamId stream_id;
  std::string branch;  ///< as it was called then
  std::string tip;     ///< full object id
  WallTime at;
};

enum class IntentState { kOpen, kDone, kFailed };

/// Something to be done outside the database: committed before it begins, so that a crash in the middle can be resumed.
/// What `kind` and `payload` mean is the service's.
struct IntentRow {
  std::int64_t id = 0;
  std::string kind;
  StreamId stream_id;
  std::string payload;  ///< JSON
  IntentState state = IntentState::kOpen;
  std::int64_t attempts = 0;
  std::string error;  ///< of the last attempt
  WallTime due;       ///< not before
};

/// Reads committed state. One per thread, not shared. Each call sees one consistent state, at least as new
/// as every write that was answered before the call. Errors: kStorageFailed.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<std::optional<domain::Stream>> find_stream(const StreamId& id) = 0;
  /// The newest open stream whose worktree is `path`.
  virtual Result<std::optional<domain::Stream>> find_stream_of_worktree(const std::string& path) = 0;
  virtual Result<StreamPage> list_streams(const StreamFilter& filter) = 0;
  /// Ids that start with `prefix` (ASCII case ignored), at most `limit`, in order.
  virtual Result<std::vector<StreamId>> ids_with_prefix(const std::string& prefix, int limit) = 0;
  /// At most `limit` ids, newest first: where suggestions for a mistyped id are looked for.
  virtual Result<std::vector<StreamId>> recent_ids(int limit) = 0;
  /// Events of one stream with revision ≤ `from` (absent: the newest on).
  virtual Result<HistoryPage> history(const StreamId& id, std::optional<std::int64_t> from, std::int64_t limit) = 0;
  /// Hashes of the commits that are recorded for a stream, in order.
  virtual Result<std::vector<std::string>> commit_hashes(const StreamId& stream) = 0;
  virtual Result<std::vector<ScanRow>> scans() = 0;
  /// The stream's newest intent of this kind, whatever its state.
  virtual Result<std::optional<IntentRow>> last_intent(const StreamId& stream, const std::string& kind) = 0;
  /// Open intents, oldest first.
  virtual Result<std::vector<IntentRow>> open_intents() = 0;
  /// All intents, oldest first.
  virtual Result<std::vector<IntentRow>> intents() = 0;
  /// `limit` −1: all.
  virtual Result<CommitPage> list_commits(const std::optional<StreamId>& stream, std::int64_t limit,
                                          std::int64_t offset) = 0;
  /// Streams that are completed or archived, have not changed since `before`, and have a history that can be folded: at
  /// most `limit`.
  virtual Result<std::vector<StreamId>> foldable_streams(WallTime before, int limit) = 0;
  /// Messages with an id > `id`, oldest first.
  virtual Result<std::vector<domain::Message>> messages_after(std::int64_t id) = 0;
  /// Events with revision > `revision`, oldest first, at most `limit`.
  virtual Result<std::vector<EventRow>> events_after(std::int64_t revision, std::int64_t limit) = 0;
  /// Events with revision < `revision`, newest first, at most `limit`.
  virtual Result<std::vector<EventRow>> events_before(std::int64_t revision, std::int64_t limit) = 0;
  /// The log gives the streams as they were at any revision from this one on: the newest baseline's; 0: nothing is
  /// folded. Not readers_floor, which a restore raises as well.
  virtual Result<std::int64_t> log_floor() = 0;
};

/// One group of writes. Only the writer thread uses it. Everything between two savepoints is one request.
/// Errors: kStorageFull, kStorageFailed; after either, ask `is_open`.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual Result<void> savepoint() = 0;
  virtual Result<void> release() = 0;
  virtual Result<void> rollback_to_savepoint() = 0;
  /// False once the back-end has rolled everything back by itself.
  virtual bool is_open() const = 0;

  virtual Result<std::optional<domain::Stream>> find_stream(const StreamId& id) = 0;
  virtual Result<std::optional<domain::Stream>> find_stream_of_worktree(const std::string& path) = 0;
  virtual Result<std::vector<StreamId>> ids_with_prefix(const std::string& prefix, int limit) = 0;
  virtual Result<std::vector<StreamId>> recent_ids(int limit) = 0;
  /// An unused stream number: one more than the highest, "0101" for the first.
  virtual Result<std::string> next_stream_number() = 0;

  /// Appends an event and gives it the next revision.
  virtual Result<std::int64_t> append_event(const EventRow& event) = 0;
  /// Appends an event with the revision that it has in another database; it must be above all that are there.
  virtual Result<void> import_event(const EventRow& event) = 0;
  /// Puts `baseline` (type and values) in the place of the stream's last event, and removes at most `limit` of those
  /// before it; gives how many. 0: all are folded. The events of other streams stay as they are, and so does the head;
  /// readers_floor rises to the baseline.
  virtual Result<std::int64_t> fold_history(const EventRow& baseline, std::int64_t limit) = 0;
  virtual Result<void> insert_stream(const domain::Stream& stream) = 0;
  virtual Result<void> update_stream(const domain::Stream& before, const domain::Stream& after) = 0;
  /// How many of the stream's blockers, as given here, are there and open.
  virtual Result<std::int64_t> count_open_blockers(const domain::Stream& stream) = 0;
  /// Streams that name `blocker` among their blockers, oldest first.
  virtual Result<std::vector<domain::Stream>> streams_waiting_for(const StreamId& blocker) = 0;
  /// The most urgent stream that can be begun (as Stats::ready_to_start counts them); of these the oldest.
  virtual Result<std::optional<domain::Stream>> find_ready_stream() = 0;
  /// All that somebody holds, oldest first.
  virtual Result<std::vector<domain::Stream>> claimed_streams() = 0;
  /// The revision the next append_event will give.
  virtual std::int64_t next_revision() const = 0;
  /// The id the next insert_commit will give.
  virtual Result<std::int64_t> next_commit_id() = 0;
  /// The stream's commit with this hash, or with one of which the other is an abbreviation (7 digits at least).
  virtual Result<std::optional<domain::Commit>> find_commit(const StreamId& stream, const std::string& hash) = 0;
  virtual Result<void> insert_commit(const domain::Commit& commit) = 0;
  virtual Result<void> remove_commit(const domain::Commit& commit) = 0;
  virtual Result<std::optional<domain::Commit>> newest_commit(const StreamId& stream) = 0;
  virtual Result<void> save_scan(const ScanRow& scan) = 0;

  /// → its id
  virtual Result<std::int64_t> insert_intent(const IntentRow& intent, WallTime at) = 0;
  /// Saves state, payload, attempts, error and due.
  virtual Result<void> update_intent(const IntentRow& intent, WallTime at) = 0;
  /// The stream's open intent of one of these kinds.
  virtual Result<std::optional<IntentRow>> find_open_intent(const StreamId& stream, const std::string& kind) = 0;

  /// Gives it the next id; none is given twice while the store is open.
  virtual Result<std::int64_t> insert_message(const domain::Message& message) = 0;
  virtual Result<void> set_message_handed_to(std::int64_t id, const std::string& process) = 0;
  virtual Result<void> remove_message(std::int64_t id) = 0;
  virtual Result<std::int64_t> count_messages(const AgentName& recipient) = 0;

  /// However old it is: by the wall clock alone, which may jump, nothing that was done is done again.
  virtual Result<std::optional<StoredAnswer>> find_answer(const RequestId& id) = 0;
  virtual Result<void> save_answer(const RequestId& id, const StoredAnswer& answer, WallTime at) = 0;
  /// Looks at some hundreds of answers from `after` on, in the order of their ids, and forgets those from before
  /// `before`.
  struct Sweep {
    RequestId last;  ///< look on after this one; empty: it was the end
    std::int64_t forgotten = 0;
  };
  virtual Result<Sweep> forget_answers(WallTime before, const RequestId& after) = 0;

  /// Makes everything durable, then visible. On error nothing of the group has happened.
  virtual Result<void> commit() = 0;
};

/// The seven numbers, and what a count without filter would give.
struct Counts {
  domain::Stats stats;
  std::int64_t streams = 0;  ///< all, archived ones too
  std::array<std::int64_t, domain::kStatusNames.size()> by_status{};
  std::int64_t revision = 0;
  std::int64_t message = 0;  ///< id of the newest
};

/// Thread-safe where it says so; `begin` and `checkpoint` belong to the writer thread.
class Store {
 public:
  virtual ~Store() = default;

  /// A reader for the calling thread. Any thread.
  virtual Result<std::unique_ptr<Reader>> open_reader() = 0;

  /// Starts a group at `day_start`, the last local midnight. Proves that this server's epoch is still the newest:
  /// kServerUnavailable if a later server has opened the store.
  virtual Result<std::unique_ptr<Transaction>> begin(WallTime day_start) = 0;

  /// Newest committed revision. Any thread, no waiting.
  virtual std::int64_t head() const = 0;
  /// Id of the newest committed message. Any thread, no waiting.
  virtual std::int64_t newest_message() const = 0;
  /// Who has seen a revision below this one only must start anew: what came after it is not all there, or was undone.
  /// Any thread, no waiting.
  virtual std::int64_t readers_floor() const = 0;
  /// Counts as of the newest commit, for the day that began at `day_start`. Any thread, no I/O unless the day changed.
  virtual Result<Counts> counts(WallTime day_start) = 0;

  /// Are the open files still those at their paths? Any thread.
  virtual bool is_in_place() const = 0;

  /// Writes a complete copy of the committed state to `path` (which must not exist), 0600, not durable until published;
  /// gives its revision. Any thread; does not block writers. Error: kStorageFailed when another file is at our path.
  virtual Result<std::int64_t> snapshot(const std::string& path) = 0;
  /// As snapshot, but of the open handle, whatever is at its path by now. Writer thread, or after it has ended.
  virtual Result<std::int64_t> rescue(const std::string& path) = 0;
  /// Reads everything: "ok", or the first thing that is wrong. Any thread; does not block writers.
  virtual Result<std::string> check_integrity() = 0;
  /// After a failed commit: closes the writing connection and opens it again; what fails here is tried again by the
  /// next `begin`. Refused while another file is at our path: the open handle is all that is left then. Writer thread.
  virtual Result<void> reopen() = 0;
  /// Moves the log into the database. Writer thread, when idle and at the end.
  virtual Result<void> checkpoint() = 0;
  /// Bytes of the database. Any thread.
  virtual std::uint64_t size_bytes() const = 0;
};

}  // namespace stream_status::store
