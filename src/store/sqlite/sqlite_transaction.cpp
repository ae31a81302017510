#include "store/sqlite/sqlite_transaction.h"

#include <fmt/format.h>

#include <charconv>

#include "store/sqlite/rows.h"

namespace stream_status::store {

using domain::Stream;

/// Everything the writer runs, prepared once when the store opens.
struct SqliteStore::Statements {
  Statement begin, commit, rollback, savepoint, release, rollback_to_savepoint;
  Statement epoch, find_stream, find_stream_of_worktree, ids_with_prefix, recent_ids, insert_event, insert_stream,
      update_plain, update_indexed, find_ready, claimed_streams;
  Statement count_open, unlink, link, dependents, set_open_blockers;
  Statement previous_of, remove_event, set_baseline, set_readers_floor;
  Statement highest_commit, find_commit, insert_commit, remove_commit, newest_commit, save_scan;
  Statement highest_intent, insert_intent, update_intent, find_open_intent;
  Statement insert_message, hand_message, remove_message, count_messages;
  Statement find_answer, save_answer, end_of_sweep, forget_answers;
};

Result<void> SqliteStore::prepare_statements() {
  auto prepared = std::make_shared<Statements>();
  Statements& s = *prepared;
  struct Row {
    Statement& statement;
    const char* sql;
  };
  const Row rows[] = {
      {s.begin, "BEGIN IMMEDIATE"},
      {s.commit, "COMMIT"},
      {s.rollback, "ROLLBACK"},
      {s.savepoint, "SAVEPOINT request"},
      {s.release, "RELEASE request"},
      {s.rollback_to_savepoint, "ROLLBACK TO request"},
      // → the newest server's epoch
      {s.epoch, "SELECT value FROM meta WHERE key = 'epoch'"},
      // 1: id → the stream
      {s.find_stream, "SELECT " STREAM_COLUMNS " FROM streams WHERE id = ?"},
      // 1: path → the newest open stream of that worktree
      {s.find_stream_of_worktree, kFindStreamOfWorktree},
      // 1: prefix, 2: end of its range, 3: limit → ids
      {s.ids_with_prefix, "SELECT id FROM streams WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"},
      // 1: limit → ids, newest first
      {s.recent_ids, "SELECT id FROM streams ORDER BY position DESC LIMIT ?"},
      // 1–8: EVENT_COLUMNS
      {s.insert_event, "INSERT INTO events (" EVENT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      // 1–30: STREAM_COLUMNS without position
      {s.insert_stream,
       "INSERT INTO streams (id, number, title, category, priority, status, progress, current_phase, phases, "
       "worktree_path, branch, blockers, goal, last_note, created_ms, updated_ms, completed_ms, revision, "
       "last_commit, last_commit_ms, last_commit_files, open_blockers, claim_agent, claim_process, claim_ms, "
       "completed_phases, question, question_choices, question_asker, question_ms) "
       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      // 1–20: the columns below, 21: id. None of them is in an index: a progress update dirties one page.
      {s.update_plain,
       "UPDATE streams SET number = ?, title = ?, category = ?, progress = ?, current_phase = ?, phases = ?, "
       "branch = ?, blockers = ?, goal = ?, last_note = ?, updated_ms = ?, revision = ?, last_commit = ?, "
       "last_commit_ms = ?, last_commit_files = ?, completed_phases = ?, question = ?, question_choices = ?, "
       "question_asker = ?, question_ms = ? WHERE id = ?"},
      // 1–8: the columns that are in an index, 9: id
      {s.update_indexed,
       "UPDATE streams SET status = ?, completed_ms = ?, worktree_path = ?, priority = ?, open_blockers = ?, "
       "claim_agent = ?, claim_process = ?, claim_ms = ? WHERE id = ?"},
      // 1: priority → the oldest stream of it that can be begun
      {s.find_ready,
       "SELECT " STREAM_COLUMNS
       " FROM streams WHERE status IN ('initializing', 'paused') AND open_blockers = 0 AND claim_agent = '' "
       "AND priority = ? ORDER BY position LIMIT 1"},
      // → all that somebody holds, the oldest first
      {s.claimed_streams, "SELECT " STREAM_COLUMNS " FROM streams WHERE claim_agent <> '' ORDER BY position"},
      // 1: JSON array of ids → how many of them are open streams
      {s.count_open,
       "SELECT count(*) FROM streams WHERE id IN (SELECT value FROM json_each(?)) "
       "AND status NOT IN ('completed', 'archived')"},
      {s.unlink, "DELETE FROM blocker_links WHERE blocker_id = ? AND stream_id = ?"},
      {s.link, "INSERT OR IGNORE INTO blocker_links (blocker_id, stream_id) VALUES (?, ?)"},
      // 1: blocker → streams that wait for it
      {s.dependents,
       "SELECT " STREAM_COLUMNS " FROM streams WHERE id IN (SELECT stream_id FROM blocker_links WHERE blocker_id = ?) "
       "ORDER BY position"},
      {s.set_open_blockers, "UPDATE streams SET open_blockers = ? WHERE id = ?"},
      // 1: revision → that of the stream's event before
      {s.previous_of, "SELECT previous FROM events WHERE revision = ?"},
      {s.remove_event, "DELETE FROM events WHERE revision = ?"},
      // 1–4: previous, type, old value, new value, 5: revision
      {s.set_baseline, "UPDATE events SET previous = ?, type = ?, old_value = ?, new_value = ? WHERE revision = ?"},
      {s.set_readers_floor, "INSERT OR REPLACE INTO meta (key, value) VALUES ('readers_floor', ?)"},
      {s.highest_commit, "SELECT coalesce(max(id), 0) FROM commits"},
      // 1: stream, 2: hash, 3: end of the range that it abbreviates, 4: JSON array of its abbreviations → the commit
      {s.find_commit, "SELECT " COMMIT_COLUMNS " FROM commits WHERE stream_id = ?1 AND hash >= ?2 AND hash < ?3 "
                      "UNION ALL SELECT " COMMIT_COLUMNS
                      " FROM commits WHERE stream_id = ?1 AND hash IN (SELECT value FROM json_each(?4)) LIMIT 1"},
      // 1–10: COMMIT_COLUMNS
      {s.insert_commit, "INSERT INTO commits (" COMMIT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      // 1: stream, 2: hash
      {s.remove_commit, "DELETE FROM commits WHERE stream_id = ? AND hash = ?"},
      // 1: stream → its newest commit
      {s.newest_commit,
       "SELECT " COMMIT_COLUMNS " FROM commits WHERE stream_id = ? ORDER BY committed_ms DESC, revision DESC LIMIT 1"},
      // 1–4: stream, branch, tip, time
      {s.save_scan, "INSERT OR REPLACE INTO scans (stream_id, branch, tip, at_ms) VALUES (?, ?, ?, ?)"},
      {s.highest_intent, "SELECT coalesce(max(id), 0) FROM intents"},
      // 1–8: INTENT_COLUMNS, 9: now
      {s.insert_intent,
       "INSERT INTO intents (" INTENT_COLUMNS ", created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?9, ?9)"},
      // 1–6: the columns below, 7: id
      {s.update_intent,
       "UPDATE intents SET payload = ?, state = ?, attempts = ?, error = ?, due_ms = ?, updated_ms = ? WHERE id = ?"},
      // 1: stream, 2: kind → the open intent
      {s.find_open_intent,
       "SELECT " INTENT_COLUMNS " FROM intents WHERE stream_id = ? AND kind = ? AND state = 'open' LIMIT 1"},
      // 1–8: MESSAGE_COLUMNS
      {s.insert_message, "INSERT INTO messages (" MESSAGE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      {s.hand_message, "UPDATE messages SET handed_to = ? WHERE id = ?"},
      {s.remove_message, "DELETE FROM messages WHERE id = ?"},
      {s.count_messages, "SELECT count(*) FROM messages WHERE recipient = ?"},
      // 1: request id → its answer
      {s.find_answer, "SELECT fingerprint, status, body FROM requests WHERE id = ?"},
      {s.save_answer, "INSERT INTO requests (id, fingerprint, status, body, at_ms) VALUES (?, ?, ?, ?, ?)"},
      // 1: after this id, 2: how many → the id that far on, and how many there are
      {s.end_of_sweep, "SELECT max(id), count(*) FROM (SELECT id FROM requests WHERE id > ? ORDER BY id LIMIT ?)"},
      // 1: after this id, 2: up to this one, 3: time
      {s.forget_answers, "DELETE FROM requests WHERE id > ? AND id <= ? AND at_ms < ?"},
  };
  for (const Row& row : rows) row.statement = TRY(connection_.prepare(row.sql));
  statements_ = std::move(prepared);
  return {};
}

namespace {

std::optional<std::int64_t> to_ms(const std::optional<WallTime>& time) {
  return time ? std::optional(to_unix_ms(*time)) : std::nullopt;
}

/// The texts of a stream row that have no home in the Stream itself; they must outlive the bind.
struct BoundLists {
  explicit BoundLists(const Stream& stream)
      : phases(to_json_text(stream.phases)),
        blockers(to_json_text(stream.blockers)),
        completed_phases(to_json_text(stream.completed_phases)),
        choices(stream.question ? to_json_text(stream.question->choices) : "[]") {}
  std::string phases;
  std::string blockers;
  std::string completed_phases;
  std::string choices;
};

std::string_view holder_of(const Stream& stream) {
  return stream.claim ? std::string_view(stream.claim->agent.text) : std::string_view();
}
std::optional<std::int64_t> claim_ms(const Stream& stream) {
  return stream.claim ? std::optional(to_unix_ms(stream.claim->since)) : std::nullopt;
}

/// The five columns from completed_phases on.
void bind_question(Statement& statement, const Stream& stream, const BoundLists& lists) {
  const domain::Question* question = stream.question ? &*stream.question : nullptr;
  statement.bind(lists.completed_phases)
      .bind(question != nullptr ? std::string_view(question->text) : std::string_view())
      .bind(lists.choices)
      .bind(question != nullptr ? std::string_view(question->asker.text) : std::string_view())
      .bind(question != nullptr ? std::optional(to_unix_ms(question->asked_at)) : std::nullopt);
}

void bind_new_stream(Statement& statement, const Stream& stream, const BoundLists& lists, std::int64_t open_blockers) {
  statement.bind(stream.id.text)
      .bind(stream.number)
      .bind(stream.title)
      .bind(stream.category)
      .bind(domain::name_of(stream.priority))
      .bind(domain::name_of(stream.status))
      .bind(stream.progress)
      .bind(stream.current_phase)
      .bind(lists.phases)
      .bind(stream.worktree_path)
      .bind(stream.branch)
      .bind(lists.blockers)
      .bind(stream.goal)
      .bind(stream.last_note)
      .bind(to_unix_ms(stream.created_at))
      .bind(to_unix_ms(stream.updated_at))
      .bind(to_ms(stream.completed_at))
      .bind(stream.revision)
      .bind(stream.recent.last_commit)
      .bind(to_ms(stream.recent.last_commit_time))
      .bind(stream.recent.files_changed)
      .bind(open_blockers)
      .bind(holder_of(stream))
      .bind(stream.claim ? std::string_view(stream.claim->process) : std::string_view())
      .bind(claim_ms(stream));
  bind_question(statement, stream, lists);
}

void bind_plain_columns(Statement& statement, const Stream& stream, const BoundLists& lists) {
  statement.bind(stream.number)
      .bind(stream.title)
      .bind(stream.category)
      .bind(stream.progress)
      .bind(stream.current_phase)
      .bind(lists.phases)
      .bind(stream.branch)
      .bind(lists.blockers)
      .bind(stream.goal)
      .bind(stream.last_note)
      .bind(to_unix_ms(stream.updated_at))
      .bind(stream.revision)
      .bind(stream.recent.last_commit)
      .bind(to_ms(stream.recent.last_commit_time))
      .bind(stream.recent.files_changed);
  bind_question(statement, stream, lists);
  statement.bind(stream.id.text);
}

/// Adds (+1) or takes away (−1) one stream's part in the counts.
void count_stream(Counts& counts, const Stream& stream, std::int64_t open_blockers, WallTime day, std::int64_t sign) {
  using domain::Status;
  const Status status = stream.status;
  counts.streams += sign;
  counts.by_status[static_cast<std::size_t>(status)] += sign;
  domain::Stats& stats = counts.stats;
  if (domain::is_open(status)) stats.active_streams += sign;
  if (status == Status::kActive) stats.in_progress += sign;
  if (status == Status::kBlocked) stats.blocked += sign;
  if ((status == Status::kInitializing || status == Status::kPaused) && open_blockers == 0 && !stream.claim)
    stats.ready_to_start += sign;
  if (stream.completed_at && *stream.completed_at >= day) stats.completed_today += sign;
}

/// "0104" → 104; 0 for a number that is none.
std::int64_t numeric(const std::string& number) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
  return failure == std::errc{} && end == number.data() + number.size() && value < 1'000'000'000 ? value : 0;
}

Result<std::vector<StreamId>> read_ids(Statement& statement) {
  std::vector<StreamId> ids;
  while (TRY(statement.step())) ids.push_back({std::string(statement.text(0))});
  return ids;
}

Result<void> run(Statement& statement) {
  Use use(statement);
  return use->run();
}

}  // namespace

SqliteTransaction::SqliteTransaction(SqliteStore& store)
    : store_(store),
      counts_before_group_(store.working_),
      counts_at_savepoint_(store.working_),
      readers_floor_(store.readers_floor()),
      floor_at_savepoint_(readers_floor_) {}

SqliteTransaction::~SqliteTransaction() {
  if (committed_) return;
  if (store_.connection_.in_transaction()) (void)run(store_.statements_->rollback);
  store_.working_ = counts_before_group_;
}

bool SqliteTransaction::is_open() const { return !committed_ && store_.connection_.in_transaction(); }

Result<void> SqliteTransaction::savepoint() {
  counts_at_savepoint_ = store_.working_;
  floor_at_savepoint_ = readers_floor_;
  return run(store_.statements_->savepoint);
}

Result<void> SqliteTransaction::release() { return run(store_.statements_->release); }

Result<void> SqliteTransaction::rollback_to_savepoint() {
  store_.working_ = counts_at_savepoint_;
  readers_floor_ = floor_at_savepoint_;
  TRY(run(store_.statements_->rollback_to_savepoint));
  return run(store_.statements_->release);
}

Result<std::optional<Stream>> SqliteTransaction::find_stream(const StreamId& id) {
  Use use(store_.statements_->find_stream);
  use->bind(id.text);
  if (!TRY(use->step())) return std::nullopt;
  return TRY(read_stream(*use)).stream;
}

Result<std::optional<Stream>> SqliteTransaction::find_stream_of_worktree(const std::string& path) {
  Use use(store_.statements_->find_stream_of_worktree);
  use->bind(path);
  if (!TRY(use->step())) return std::nullopt;
  return TRY(read_stream(*use)).stream;
}

Result<std::vector<StreamId>> SqliteTransaction::ids_with_prefix(const std::string& prefix, int limit) {
  Use use(store_.statements_->ids_with_prefix);
  const std::string end = prefix_end(prefix);
  use->bind(prefix).bind(end).bind(std::int64_t{limit});
  return read_ids(*use);
}

Result<std::vector<StreamId>> SqliteTransaction::recent_ids(int limit) {
  Use use(store_.statements_->recent_ids);
  use->bind(std::int64_t{limit});
  return read_ids(*use);
}

Result<std::string> SqliteTransaction::next_stream_number() {
  constexpr std::int64_t kFirst = 101;
  return fmt::format("{:04}", std::max(store_.highest_number_ + 1, kFirst));
}

Result<std::int64_t> SqliteTransaction::append_event(const EventRow& event) {
  const std::int64_t revision = next_revision();
  TRY(insert_event(event, revision));
  return revision;
}

Result<void> SqliteTransaction::import_event(const EventRow& event) {
  if (event.revision < next_revision())
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("event.revision: {} is not above {}", event.revision, store_.working_.revision));
  return insert_event(event, event.revision);
}

Result<std::int64_t> SqliteTransaction::fold_history(const EventRow& baseline, std::int64_t limit) {
  const auto previous_of = [&](std::int64_t revision) -> Result<std::int64_t> {
    Use use(store_.statements_->previous_of);
    use->bind(revision);
    return TRY(use->step()) ? use->integer(0) : std::int64_t{0};
  };
  std::int64_t previous = TRY(previous_of(baseline.revision));
  std::int64_t removed = 0;
  for (; previous != 0 && removed < limit; ++removed) {
    const std::int64_t before = TRY(previous_of(previous));
    Use use(store_.statements_->remove_event);
    use->bind(previous);
    TRY(use->run());
    previous = before;
  }
  if (removed == 0) return removed;
  {
    Use use(store_.statements_->set_baseline);
    use->bind(previous).bind(baseline.type).bind(baseline.old_value).bind(baseline.new_value).bind(baseline.revision);
    TRY(use->run());
  }
  if (baseline.revision > readers_floor_) {
    Use use(store_.statements_->set_readers_floor);
    use->bind(baseline.revision);
    TRY(use->run());
    readers_floor_ = baseline.revision;
  }
  return removed;
}

Result<void> SqliteTransaction::insert_event(const EventRow& event, std::int64_t revision) {
  Use use(store_.statements_->insert_event);
  use->bind(revision)
      .bind(event.previous)
      .bind(event.stream_id.text)
      .bind(event.type)
      .bind(event.old_value)
      .bind(event.new_value)
      .bind(event.agent.text)
      .bind(to_unix_ms(event.at));
  TRY(use->run());
  store_.working_.revision = revision;
  return {};
}

Result<std::int64_t> SqliteTransaction::count_open_blockers(const Stream& stream) {
  if (stream.blockers.empty()) return 0;
  Use use(store_.statements_->count_open);
  const std::string ids = to_json_text(stream.blockers);
  use->bind(ids);
  TRY(use->step());
  return use->integer(0);
}

Result<void> SqliteTransaction::link_blockers(const Stream& stream) {
  for (const StreamId& blocker : stream.blockers) {
    Use use(store_.statements_->link);
    use->bind(blocker.text).bind(stream.id.text);
    TRY(use->run());
  }
  return {};
}

Result<void> SqliteTransaction::insert_stream(const Stream& stream) {
  const std::int64_t open_blockers = TRY(count_open_blockers(stream));
  const BoundLists lists(stream);
  {
    Use use(store_.statements_->insert_stream);
    bind_new_stream(*use, stream, lists, open_blockers);
    TRY(use->run());
  }
  TRY(link_blockers(stream));
  count_stream(store_.working_, stream, open_blockers, store_.day_, +1);
  store_.highest_number_ = std::max(store_.highest_number_, numeric(stream.number));
  return {};
}

Result<void> SqliteTransaction::update_stream(const Stream& before, const Stream& after) {
  if (before.blockers != after.blockers) {
    for (const StreamId& blocker : before.blockers) {
      Use use(store_.statements_->unlink);
      use->bind(blocker.text).bind(before.id.text);
      TRY(use->run());
    }
    TRY(link_blockers(after));
  }
  const std::int64_t open_before = TRY(count_open_blockers(before));
  const std::int64_t open_after = before.blockers == after.blockers ? open_before : TRY(count_open_blockers(after));
  const BoundLists lists(after);
  {
    Use use(store_.statements_->update_plain);
    bind_plain_columns(*use, after, lists);
    TRY(use->run());
  }
  if (before.status != after.status || before.completed_at != after.completed_at ||
      before.worktree_path != after.worktree_path || before.priority != after.priority || open_before != open_after ||
      before.claim != after.claim) {
    Use use(store_.statements_->update_indexed);
    use->bind(domain::name_of(after.status))
        .bind(to_ms(after.completed_at))
        .bind(after.worktree_path)
        .bind(domain::name_of(after.priority))
        .bind(open_after)
        .bind(holder_of(after))
        .bind(after.claim ? std::string_view(after.claim->process) : std::string_view())
        .bind(claim_ms(after))
        .bind(after.id.text);
    TRY(use->run());
  }
  count_stream(store_.working_, before, open_before, store_.day_, -1);
  count_stream(store_.working_, after, open_after, store_.day_, +1);
  store_.highest_number_ = std::max(store_.highest_number_, numeric(after.number));
  if (domain::is_open(before.status) != domain::is_open(after.status)) TRY(refresh_dependents(after.id));
  return {};
}

Result<std::vector<StreamRow>> SqliteTransaction::rows_waiting_for(const StreamId& blocker) {
  std::vector<StreamRow> waiting;
  Use use(store_.statements_->dependents);
  use->bind(blocker.text);
  while (TRY(use->step())) waiting.push_back(TRY(read_stream(*use)));
  return waiting;
}

Result<std::vector<Stream>> SqliteTransaction::streams_waiting_for(const StreamId& blocker) {
  std::vector<Stream> streams;
  for (StreamRow& row : TRY(rows_waiting_for(blocker))) streams.push_back(std::move(row.stream));
  return streams;
}

Result<void> SqliteTransaction::refresh_dependents(const StreamId& blocker) {
  for (const StreamRow& row : TRY(rows_waiting_for(blocker))) {
    const std::int64_t open = TRY(count_open_blockers(row.stream));
    Use use(store_.statements_->set_open_blockers);
    use->bind(open).bind(row.stream.id.text);
    TRY(use->run());
    count_stream(store_.working_, row.stream, row.open_blockers, store_.day_, -1);
    count_stream(store_.working_, row.stream, open, store_.day_, +1);
  }
  return {};
}

Result<std::optional<Stream>> SqliteTransaction::find_ready_stream() {
  for (const std::string_view priority : domain::kPriorityNames) {
    Use use(store_.statements_->find_ready);
    use->bind(priority);
    if (TRY(use->step())) return TRY(read_stream(*use)).stream;
  }
  return std::nullopt;
}

Result<std::vector<Stream>> SqliteTransaction::claimed_streams() {
  std::vector<Stream> streams;
  Use use(store_.statements_->claimed_streams);
  while (TRY(use->step())) streams.push_back(TRY(read_stream(*use)).stream);
  return streams;
}

Result<std::int64_t> SqliteTransaction::next_commit_id() {
  Use use(store_.statements_->highest_commit);
  TRY(use->step());
  return use->integer(0) + 1;
}

Result<std::optional<domain::Commit>> SqliteTransaction::find_commit(const StreamId& stream, const std::string& hash) {
  // An abbreviation of fewer digits than this is taken as a name of its own.
  constexpr std::size_t kShortest = 7;
  const bool may_abbreviate = hash.size() >= kShortest;
  std::vector<std::string> shorter;
  for (std::size_t length = kShortest; length < hash.size(); ++length) shorter.push_back(hash.substr(0, length));
  const std::string end = may_abbreviate ? prefix_end(hash) : hash + '\0';
  const std::string abbreviations = to_json_text(shorter);
  Use use(store_.statements_->find_commit);
  use->bind(stream.text).bind(hash).bind(end).bind(abbreviations);
  if (!TRY(use->step())) return std::nullopt;
  return read_commit(*use);
}

Result<void> SqliteTransaction::insert_commit(const domain::Commit& commit) {
  Use use(store_.statements_->insert_commit);
  use->bind(commit.id)
      .bind(commit.stream_id.text)
      .bind(commit.hash)
      .bind(commit.message)
      .bind(commit.author)
      .bind(commit.files_changed)
      .bind(commit.insertions)
      .bind(commit.deletions)
      .bind(to_unix_ms(commit.timestamp))
      .bind(commit.revision);
  TRY(use->run());
  ++store_.working_.stats.total_commits;
  if (commit.timestamp >= store_.day_) ++store_.working_.stats.commits_today;
  return {};
}

Result<void> SqliteTransaction::remove_commit(const domain::Commit& commit) {
  Use use(store_.statements_->remove_commit);
  use->bind(commit.stream_id.text).bind(commit.hash);
  TRY(use->run());
  --store_.working_.stats.total_commits;
  if (commit.timestamp >= store_.day_) --store_.working_.stats.commits_today;
  return {};
}

Result<std::optional<domain::Commit>> SqliteTransaction::newest_commit(const StreamId& stream) {
  Use use(store_.statements_->newest_commit);
  use->bind(stream.text);
  if (!TRY(use->step())) return std::nullopt;
  return read_commit(*use);
}

Result<void> SqliteTransaction::save_scan(const ScanRow& scan) {
  Use use(store_.statements_->save_scan);
  use->bind(scan.stream_id.text).bind(scan.branch).bind(scan.tip).bind(to_unix_ms(scan.at));
  return use->run();
}

Result<std::int64_t> SqliteTransaction::insert_intent(const IntentRow& intent, WallTime at) {
  std::int64_t id = 1;
  {
    Use highest(store_.statements_->highest_intent);
    TRY(highest->step());
    id += highest->integer(0);
  }
  Use use(store_.statements_->insert_intent);
  use->bind(id)
      .bind(intent.kind)
      .bind(intent.stream_id.text)
      .bind(intent.payload)
      .bind(name_of(intent.state))
      .bind(intent.attempts)
      .bind(intent.error)
      .bind(to_unix_ms(intent.due))
      .bind(to_unix_ms(at));
  TRY(use->run());
  return id;
}

Result<void> SqliteTransaction::update_intent(const IntentRow& intent, WallTime at) {
  Use use(store_.statements_->update_intent);
  use->bind(intent.payload)
      .bind(name_of(intent.state))
      .bind(intent.attempts)
      .bind(intent.error)
      .bind(to_unix_ms(intent.due))
      .bind(to_unix_ms(at))
      .bind(intent.id);
  return use->run();
}

Result<std::optional<IntentRow>> SqliteTransaction::find_open_intent(const StreamId& stream, const std::string& kind) {
  Use use(store_.statements_->find_open_intent);
  use->bind(stream.text).bind(kind);
  if (!TRY(use->step())) return std::nullopt;
  return read_intent(*use);
}

Result<std::int64_t> SqliteTransaction::insert_message(const domain::Message& message) {
  const std::int64_t id = ++store_.working_.message;
  Use use(store_.statements_->insert_message);
  use->bind(id)
      .bind(message.recipient.text)
      .bind(message.sender.text)
      .bind(domain::name_of(message.kind))
      .bind(message.stream_id.text)
      .bind(message.text)
      .bind(message.handed_to)
      .bind(to_unix_ms(message.at));
  TRY(use->run());
  return id;
}

Result<void> SqliteTransaction::set_message_handed_to(std::int64_t id, const std::string& process) {
  Use use(store_.statements_->hand_message);
  use->bind(process).bind(id);
  return use->run();
}

Result<void> SqliteTransaction::remove_message(std::int64_t id) {
  Use use(store_.statements_->remove_message);
  use->bind(id);
  return use->run();
}

Result<std::int64_t> SqliteTransaction::count_messages(const AgentName& recipient) {
  Use use(store_.statements_->count_messages);
  use->bind(recipient.text);
  TRY(use->step());
  return use->integer(0);
}

Result<std::optional<StoredAnswer>> SqliteTransaction::find_answer(const RequestId& id) {
  Use use(store_.statements_->find_answer);
  use->bind(id.text);
  if (!TRY(use->step())) return std::nullopt;
  return StoredAnswer{std::string(use->text(0)), static_cast<int>(use->integer(1)), std::string(use->text(2))};
}

Result<void> SqliteTransaction::save_answer(const RequestId& id, const StoredAnswer& answer, WallTime at) {
  Use use(store_.statements_->save_answer);
  use->bind(id.text).bind(answer.fingerprint).bind(std::int64_t{answer.status}).bind(answer.body).bind(to_unix_ms(at));
  return use->run();
}

Result<Transaction::Sweep> SqliteTransaction::forget_answers(WallTime before, const RequestId& after) {
  constexpr std::int64_t kAtOnce = 500;
  Sweep sweep;
  bool is_end = false;
  {
    Use use(store_.statements_->end_of_sweep);
    use->bind(after.text).bind(kAtOnce);
    TRY(use->step());
    sweep.last.text = use->text(0);
    is_end = use->integer(1) < kAtOnce;
  }
  if (sweep.last.text.empty()) return sweep;
  {
    Use use(store_.statements_->forget_answers);
    use->bind(after.text).bind(sweep.last.text).bind(to_unix_ms(before));
    TRY(use->run());
  }
  sweep.forgotten = sqlite3_changes64(store_.connection_.handle());
  if (is_end) sweep.last.text.clear();
  return sweep;
}

Result<void> SqliteTransaction::commit() {
  TRY(run(store_.statements_->commit));
  committed_ = true;
  store_.readers_floor_.store(readers_floor_, std::memory_order_release);
  store_.publish(store_.working_);
  return {};
}

Result<std::unique_ptr<Transaction>> SqliteStore::begin(WallTime day_start) {
  if (!statements_) TRY(reopen());  // the last attempt failed
  TRY(run(statements_->begin));
  if (day_start != day_) {
    day_ = day_start;
    const Counts counts = TRY(counts_of(connection_, day_start));
    working_.stats.completed_today = counts.stats.completed_today;
    working_.stats.commits_today = counts.stats.commits_today;
  }
  auto transaction = std::make_unique<SqliteTransaction>(*this);
  Use use(statements_->epoch);
  TRY(use->step());
  if (const std::int64_t newest = use->integer(0); newest != epoch_)
    return fail(ErrorCode::kServerUnavailable,
                fmt::format("write: another server has taken over (epoch {}, this one has {})", newest, epoch_),
                "send the call again: it reaches the new server");
  return transaction;
}

}  // namespace stream_status::store
