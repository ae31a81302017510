// Reads over a read-only connection of its own. One per thread.
#pragma once

#include <map>
#include <string>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace stream_status::store {

class SqliteStore;

class SqliteReader final : public Reader {
 public:
  static Result<std::unique_ptr<SqliteReader>> open(SqliteStore& store, const std::string& path);

  Result<std::optional<domain::Stream>> find_stream(const StreamId& id) override;
  Result<std::optional<domain::Stream>> find_stream_of_worktree(const std::string& path) override;
  Result<StreamPage> list_streams(const StreamFilter& filter) override;
  Result<std::vector<StreamId>> ids_with_prefix(const std::string& prefix, int limit) override;
  Result<std::vector<StreamId>> recent_ids(int limit) override;
  Result<HistoryPage> history(const StreamId& id, std::optional<std::int64_t> from, std::int64_t limit) override;
  Result<std::vector<std::string>> commit_hashes(const StreamId& stream) override;
  Result<std::vector<ScanRow>> scans() override;
  Result<std::optional<IntentRow>> last_intent(const StreamId& stream, const std::string& kind) override;
  Result<std::vector<IntentRow>> open_intents() override;
  Result<std::vector<IntentRow>> intents() override;
  Result<std::vector<StreamId>> foldable_streams(WallTime before, int limit) override;
  Result<CommitPage> list_commits(const std::optional<StreamId>& stream, std::int64_t limit,
                                  std::int64_t offset) override;
  Result<std::vector<domain::Message>> messages_after(std::int64_t id) override;
  Result<std::vector<EventRow>> events_after(std::int64_t revision, std::int64_t limit) override;
  Result<std::vector<EventRow>> events_before(std::int64_t revision, std::int64_t limit) override;
  Result<std::int64_t> log_floor() override;

 private:
  SqliteReader(SqliteStore& store, Connection connection) : store_(store), connection_(std::move(connection)) {}
  /// Prepared on first use, then kept: one statement per distinct text.
  Result<Statement*> statement(const std::string& sql);
  Result<std::int64_t> count_matches(const StreamFilter& filter);

  SqliteStore& store_;
  Connection connection_;
  std::map<std::string, Statement, std::less<>> statements_;

  /// The last count, so that walking the pages of one list counts once.
  struct CountedList {
    std::string where;
    std::vector<std::string> values;
    std::int64_t revision = -1;
    std::int64_t total = 0;
  } counted_;
};

}  // namespace stream_status::store
