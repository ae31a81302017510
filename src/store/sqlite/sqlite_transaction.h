// One group of writes on the store's writing connection.
#pragma once

#include "store/sqlite/sqlite_store.h"

namespace stream_status::store {

struct StreamRow;  // rows.h

class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(SqliteStore& store);
  ~SqliteTransaction() override;  ///< rolls back what was not committed

  Result<void> savepoint() override;
  Result<void> release() override;
  Result<void> rollback_to_savepoint() override;
  bool is_open() const override;

  Result<std::optional<domain::Stream>> find_stream(const StreamId& id) override;
  Result<std::optional<domain::Stream>> find_stream_of_worktree(const std::string& path) override;
  Result<std::vector<StreamId>> ids_with_prefix(const std::string& prefix, int limit) override;
  Result<std::vector<StreamId>> recent_ids(int limit) override;
  Result<std::string> next_stream_number() override;
  Result<std::int64_t> append_event(const EventRow& event) override;
  Result<void> import_event(const EventRow& event) override;
  Result<std::int64_t> fold_history(const EventRow& baseline, std::int64_t limit) override;
  Result<void> insert_stream(const domain::Stream& stream) override;
  Result<void> update_stream(const domain::Stream& before, const domain::Stream& after) override;
  Result<std::int64_t> count_open_blockers(const domain::Stream& stream) override;
  Result<std::vector<domain::Stream>> streams_waiting_for(const StreamId& blocker) override;
  Result<std::optional<domain::Stream>> find_ready_stream() override;
  Result<std::vector<domain::Stream>> claimed_streams() override;
  std::int64_t next_revision() const override { return store_.working_.revision + 1; }
  Result<std::int64_t> next_commit_id() override;
  Result<std::optional<domain::Commit>> find_commit(const StreamId& stream, const std::string& hash) override;
  Result<void> insert_commit(const domain::Commit& commit) override;
  Result<void> remove_commit(const domain::Commit& commit) override;
  Result<std::optional<domain::Commit>> newest_commit(const StreamId& stream) override;
  Result<void> save_scan(const ScanRow& scan) override;
  Result<std::int64_t> insert_intent(const IntentRow& intent, WallTime at) override;
  Result<void> update_intent(const IntentRow& intent, WallTime at) override;
  Result<std::optional<IntentRow>> find_open_intent(const StreamId& stream, const std::string& kind) override;
  Result<std::int64_t> insert_message(const domain::Message& message) override;
  Result<void> set_message_handed_to(std::int64_t id, const std::string& process) override;
  Result<void> remove_message(std::int64_t id) override;
  Result<std::int64_t> count_messages(const AgentName& recipient) override;
  Result<std::optional<StoredAnswer>> find_answer(const RequestId& id) override;
  Result<void> save_answer(const RequestId& id, const StoredAnswer& answer, WallTime at) override;
  Result<Sweep> forget_answers(WallTime before, const RequestId& after) override;
  Result<void> commit() override;

 private:
  Result<void> insert_event(const EventRow& event, std::int64_t revision);
  Result<std::vector<StreamRow>> rows_waiting_for(const StreamId& blocker);
  Result<void> link_blockers(const domain::Stream& stream);
  Result<void> refresh_dependents(const StreamId& blocker);

  SqliteStore& store_;
  Counts counts_before_group_;
  Counts counts_at_savepoint_;
  std::int64_t readers_floor_;  ///< once committed
  std::int64_t floor_at_savepoint_;
  bool committed_ = false;
};

}  // namespace stream_status::store
