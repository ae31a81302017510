#include "store/sqlite/sqlite_reader.h"

#include <fmt/format.h>

#include "store/sqlite/rows.h"
#include "store/sqlite/sqlite_store.h"

namespace stream_status::store {
namespace {

/// WHERE of a filter and the values of its parameters, in order.
struct Condition {
  std::string where;
  std::vector<std::string> values;

  void add(std::string_view term, std::string value) {
    where += where.empty() ? " WHERE " : " AND ";
    where += term;
    values.push_back(std::move(value));
  }
};

/// A LIKE pattern that finds `text` anywhere, its wildcards taken literally.
std::string contains_pattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern + '%';
}

Condition condition_of(const StreamFilter& filter) {
  Condition condition;
  if (filter.status) condition.add("status = ?", std::string(domain::name_of(*filter.status)));
  if (filter.only_open) condition.add("status <> 'archived' AND status <> ?", "completed");
  if (filter.category) condition.add("category = ?", *filter.category);
  if (filter.priority) condition.add("priority = ?", std::string(domain::name_of(*filter.priority)));
  if (filter.holder) condition.add("claim_agent = ?", filter.holder->text);
  if (filter.query)
    condition.add("id || char(10) || number || char(10) || title || char(10) || branch LIKE ? ESCAPE '\\'",
                  contains_pattern(*filter.query));
  return condition;
}

Result<std::vector<StreamId>> read_ids(Statement& statement) {
  std::vector<StreamId> ids;
  while (TRY(statement.step())) ids.push_back({std::string(statement.text(0))});
  return ids;
}

}  // namespace

Result<std::unique_ptr<SqliteReader>> SqliteReader::open(SqliteStore& store, const std::string& path) {
  Connection connection = TRY(Connection::open(path, OpenMode::kReadOnly));
  TRY(connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -1024"));
  return std::unique_ptr<SqliteReader>(new SqliteReader(store, std::move(connection)));
}

Result<Statement*> SqliteReader::statement(const std::string& sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return &known->second;
  Statement prepared = TRY(connection_.prepare(sql));
  return &statements_.emplace(sql, std::move(prepared)).first->second;
}

Result<std::optional<domain::Stream>> SqliteReader::find_stream(const StreamId& id) {
  // 1: id → the stream
  Use use(*TRY(statement("SELECT " STREAM_COLUMNS " FROM streams WHERE id = ?")));
  use->bind(id.text);
  if (!TRY(use->step())) return std::nullopt;
  return TRY(read_stream(*use)).stream;
}

Result<std::optional<domain::Stream>> SqliteReader::find_stream_of_worktree(const std::string& path) {
  Use use(*TRY(statement(kFindStreamOfWorktree)));
  use->bind(path);
  if (!TRY(use->step())) return std::nullopt;
  return TRY(read_stream(*use)).stream;
}

Result<std::int64_t> SqliteReader::count_matches(const StreamFilter& filter) {
  const bool is_narrower = filter.category || filter.priority || filter.holder || filter.query;
  if (!is_narrower) {  // what the writer counts along; agents ask for the open ones after every change
    const std::lock_guard lock(store_.published_mutex_);
    const Counts& counts = store_.published_;
    if (!filter.status) return filter.only_open ? counts.stats.active_streams : counts.streams;
    if (filter.only_open && !domain::is_open(*filter.status)) return 0;
    return counts.by_status[static_cast<std::size_t>(*filter.status)];
  }
  Condition condition = condition_of(filter);
  const std::int64_t revision = store_.head();
  if (counted_.revision == revision && counted_.where == condition.where && counted_.values == condition.values)
    return counted_.total;
  Use use(*TRY(statement("SELECT count(*) FROM streams" + condition.where)));
  for (const std::string& value : condition.values) use->bind(value);
  TRY(use->step());
  const std::int64_t total = use->integer(0);
  counted_ = {std::move(condition.where), std::move(condition.values), revision, total};
  return total;
}

Result<StreamPage> SqliteReader::list_streams(const StreamFilter& filter) {
  StreamPage page;
  page.total = TRY(count_matches(filter));
  Condition condition = condition_of(filter);
  const std::string keyset = condition.where.empty() ? " WHERE position < ?" : " AND position < ?";
  // filter values, position, limit → streams before that position, newest created first
  Use use(*TRY(statement("SELECT " STREAM_COLUMNS " FROM streams" + condition.where + keyset +
                         " ORDER BY position DESC LIMIT ?")));
  for (const std::string& value : condition.values) use->bind(value);
  const std::int64_t limit = filter.limit > 0 ? filter.limit : std::numeric_limits<std::int64_t>::max() - 1;
  use->bind(filter.before.value_or(std::numeric_limits<std::int64_t>::max())).bind(limit + 1);
  std::int64_t last = 0;
  while (TRY(use->step())) {
    if (static_cast<std::int64_t>(page.streams.size()) == limit) {
      page.next = last;
      break;
    }
    StreamRow row = TRY(read_stream(*use));
    last = row.position;
    page.streams.push_back(std::move(row.stream));
  }
  return page;
}

Result<std::vector<StreamId>> SqliteReader::ids_with_prefix(const std::string& prefix, int limit) {
  // 1: prefix, 2: end of its range, 3: limit → ids
  Use use(*TRY(statement("SELECT id FROM streams WHERE id >= ? AND id < ? ORDER BY id LIMIT ?")));
  const std::string end = prefix_end(prefix);
  use->bind(prefix).bind(end).bind(std::int64_t{limit});
  return read_ids(*use);
}

Result<std::vector<StreamId>> SqliteReader::recent_ids(int limit) {
  // 1: limit → ids, newest first
  Use use(*TRY(statement("SELECT id FROM streams ORDER BY position DESC LIMIT ?")));
  use->bind(std::int64_t{limit});
  return read_ids(*use);
}

Result<HistoryPage> SqliteReader::history(const StreamId& id, std::optional<std::int64_t> from, std::int64_t limit) {
  HistoryPage page;
  std::int64_t revision = 0;
  if (from) {
    revision = *from;
  } else {
    Use use(*TRY(statement("SELECT revision FROM streams WHERE id = ?")));
    use->bind(id.text);
    if (!TRY(use->step())) return page;
    revision = use->integer(0);
  }
  // 1: revision, 2: stream → that event; `previous` leads to the one before
  Statement& find = *TRY(statement("SELECT " EVENT_COLUMNS " FROM events WHERE revision = ? AND stream_id = ?"));
  while (revision != 0) {
    if (static_cast<std::int64_t>(page.events.size()) == limit) {
      page.next = revision;
      break;
    }
    Use use(find);
    use->bind(revision).bind(id.text);
    if (!TRY(use->step())) break;  // folded into a baseline, or no event of this stream
    page.events.push_back(read_event(*use));
    revision = page.events.back().previous;
  }
  return page;
}

Result<std::vector<std::string>> SqliteReader::commit_hashes(const StreamId& stream) {
  // 1: stream → hashes
  Use use(*TRY(statement("SELECT hash FROM commits WHERE stream_id = ? ORDER BY hash")));
  use->bind(stream.text);
  std::vector<std::string> hashes;
  while (TRY(use->step())) hashes.emplace_back(use->text(0));
  return hashes;
}

Result<std::vector<ScanRow>> SqliteReader::scans() {
  Use use(*TRY(statement("SELECT stream_id, branch, tip, at_ms FROM scans ORDER BY stream_id")));
  std::vector<ScanRow> rows;
  while (TRY(use->step()))
    rows.push_back({{std::string(use->text(0))},
                    std::string(use->text(1)),
                    std::string(use->text(2)),
                    from_unix_ms(use->integer(3))});
  return rows;
}

Result<std::optional<IntentRow>> SqliteReader::last_intent(const StreamId& stream, const std::string& kind) {
  // 1: stream, 2: kind → the newest intent
  Use use(*TRY(
      statement("SELECT " INTENT_COLUMNS " FROM intents WHERE stream_id = ? AND kind = ? ORDER BY id DESC LIMIT 1")));
  use->bind(stream.text).bind(kind);
  if (!TRY(use->step())) return std::nullopt;
  return read_intent(*use);
}

Result<std::vector<IntentRow>> SqliteReader::open_intents() {
  Use use(*TRY(statement("SELECT " INTENT_COLUMNS " FROM intents WHERE state = 'open' ORDER BY id")));
  std::vector<IntentRow> rows;
  while (TRY(use->step())) rows.push_back(read_intent(*use));
  return rows;
}

Result<std::vector<IntentRow>> SqliteReader::intents() {
  Use use(*TRY(statement("SELECT " INTENT_COLUMNS " FROM intents ORDER BY id")));
  std::vector<IntentRow> rows;
  while (TRY(use->step())) rows.push_back(read_intent(*use));
  return rows;
}

Result<std::vector<StreamId>> SqliteReader::foldable_streams(WallTime before, int limit) {
  // 1: time, 2: limit → closed streams whose last event is no baseline yet, or one with events before it
  Use use(
      *TRY(statement("SELECT streams.id FROM streams JOIN events ON events.revision = streams.revision "
                     "WHERE status IN ('completed', 'archived') AND updated_ms < ? AND previous <> 0 LIMIT ?")));
  use->bind(to_unix_ms(before)).bind(std::int64_t{limit});
  return read_ids(*use);
}

Result<CommitPage> SqliteReader::list_commits(const std::optional<StreamId>& stream, std::int64_t limit,
                                              std::int64_t offset) {
  CommitPage page;
  const char* const where = stream ? " WHERE stream_id = ?" : "";
  {
    Use use(*TRY(statement(fmt::format("SELECT count(*) FROM commits{}", where))));
    if (stream) use->bind(stream->text);
    TRY(use->step());
    page.total = use->integer(0);
  }
  // [stream,] limit, offset → commits, newest first
  Use use(*TRY(statement(fmt::format("SELECT {} FROM commits{} ORDER BY committed_ms DESC, id DESC LIMIT ? OFFSET ?",
                                     COMMIT_COLUMNS, where))));
  if (stream) use->bind(stream->text);
  use->bind(limit).bind(offset);
  while (TRY(use->step())) page.commits.push_back(read_commit(*use));
  return page;
}

Result<std::vector<domain::Message>> SqliteReader::messages_after(std::int64_t id) {
  std::vector<domain::Message> messages;
  // 1: id → later messages, oldest first
  Use use(*TRY(statement("SELECT " MESSAGE_COLUMNS " FROM messages WHERE id > ? ORDER BY id")));
  use->bind(id);
  while (TRY(use->step())) messages.push_back(read_message(*use));
  return messages;
}

Result<std::vector<EventRow>> SqliteReader::events_after(std::int64_t revision, std::int64_t limit) {
  std::vector<EventRow> events;
  // 1: revision, 2: limit → later events, oldest first
  Use use(*TRY(statement("SELECT " EVENT_COLUMNS " FROM events WHERE revision > ? ORDER BY revision LIMIT ?")));
  use->bind(revision).bind(limit);
  while (TRY(use->step())) events.push_back(read_event(*use));
  return events;
}

Result<std::vector<EventRow>> SqliteReader::events_before(std::int64_t revision, std::int64_t limit) {
  std::vector<EventRow> events;
  // 1: revision, 2: limit → earlier events, newest first
  Use use(*TRY(statement("SELECT " EVENT_COLUMNS " FROM events WHERE revision < ? ORDER BY revision DESC LIMIT ?")));
  use->bind(revision).bind(limit);
  while (TRY(use->step())) events.push_back(read_event(*use));
  return events;
}

Result<std::int64_t> SqliteReader::log_floor() {
  Use use(*TRY(statement("SELECT coalesce(max(revision), 0) FROM events WHERE type = 'baseline'")));
  TRY(use->step());
  return use->integer(0);
}

}  // namespace stream_status::store
