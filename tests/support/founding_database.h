// Databases as the founding Node implementation left them, made by SQLite from its schemas. The schemas are a format:
// what a file on a user's disk looks like.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>

namespace stream_status::testing {

/// The last schema: foreign keys, one commit per stream and hash, summary jobs.
inline constexpr const char* kFoundingSchema = R"sql(
CREATE TABLE streams (
  id TEXT PRIMARY KEY, stream_number TEXT NOT NULL, title TEXT NOT NULL, category TEXT NOT NULL, priority TEXT NOT NULL,
  status TEXT NOT NULL, progress INTEGER NOT NULL DEFAULT 0, current_phase INTEGER, worktree_path TEXT NOT NULL,
  branch TEXT NOT NULL, blocked_by TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, completed_at TEXT,
  phases TEXT, FOREIGN KEY (blocked_by) REFERENCES streams(id) ON DELETE SET NULL);
CREATE TABLE commits (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id TEXT NOT NULL, commit_hash TEXT NOT NULL, message TEXT NOT NULL,
  author TEXT NOT NULL, files_changed INTEGER NOT NULL, timestamp TEXT NOT NULL,
  FOREIGN KEY (stream_id) REFERENCES streams(id) ON DELETE CASCADE, UNIQUE (stream_id, commit_hash));
CREATE TABLE stream_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id TEXT NOT NULL, event_type TEXT NOT NULL, old_value TEXT,
  new_value TEXT, timestamp TEXT NOT NULL, FOREIGN KEY (stream_id) REFERENCES streams(id) ON DELETE CASCADE);
CREATE TABLE summary_jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id TEXT NOT NULL, stream_number TEXT NOT NULL, stream_title TEXT NOT NULL,
  stream_category TEXT NOT NULL, stream_branch TEXT NOT NULL, stream_worktree_path TEXT NOT NULL,
  stream_created_at TEXT NOT NULL, stream_completed_at TEXT, user_summary TEXT NOT NULL, history_file_path TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, max_attempts INTEGER NOT NULL DEFAULT 3,
  error_message TEXT, created_at TEXT NOT NULL, started_at TEXT, completed_at TEXT);
CREATE INDEX idx_streams_status ON streams(status);
CREATE INDEX idx_commits_stream_id ON commits(stream_id);
CREATE INDEX idx_history_stream_id ON stream_history(stream_id);
)sql";

/// An earlier one: fewer constraints, no summary jobs.
inline constexpr const char* kFoundingSchemaWithoutJobs = R"sql(
CREATE TABLE streams (
  id TEXT PRIMARY KEY, stream_number TEXT NOT NULL, title TEXT NOT NULL, category TEXT NOT NULL, priority TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'initializing', progress INTEGER DEFAULT 0, current_phase INTEGER, worktree_path TEXT,
  branch TEXT NOT NULL, blocked_by TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, completed_at TEXT,
  phases TEXT);
CREATE TABLE commits (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id TEXT NOT NULL REFERENCES streams(id) ON DELETE CASCADE,
  commit_hash TEXT NOT NULL, message TEXT NOT NULL, author TEXT, files_changed INTEGER DEFAULT 0, timestamp TEXT NOT NULL);
CREATE TABLE stream_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id TEXT NOT NULL REFERENCES streams(id) ON DELETE CASCADE,
  event_type TEXT NOT NULL, old_value TEXT, new_value TEXT, timestamp TEXT NOT NULL);
)sql";

/// The least that is still one: no phases, no blockers, no history.
inline constexpr const char* kFoundingSchemaWithoutPhases = R"sql(
CREATE TABLE streams (
  id TEXT PRIMARY KEY, stream_number TEXT, title TEXT, category TEXT, priority TEXT, status TEXT, progress INTEGER,
  worktree_path TEXT, branch TEXT, created_at TEXT, updated_at TEXT);
CREATE TABLE commits (
  id INTEGER PRIMARY KEY, stream_id TEXT, commit_hash TEXT, message TEXT, author TEXT, timestamp TEXT);
)sql";

/// An open database, written as the founding program wrote: WAL, foreign keys.
class FoundingWriter {
 public:
  explicit FoundingWriter(const std::string& path) {
    sqlite3* handle = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
    handle_.reset(handle);
    run("PRAGMA journal_mode = WAL");
  }
  void run(const std::string& sql) {
    char* problem = nullptr;
    EXPECT_EQ(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, &problem), SQLITE_OK) << problem << "\n"
                                                                                               << sql;
    sqlite3_free(problem);
  }
  /// All rows as text: columns separated by |, rows by newlines, NULL as ∅.
  std::string rows(const std::string& sql) {
    std::string text;
    const auto add = [](void* out, int count, char** values, char**) {
      auto& line = *static_cast<std::string*>(out);
      for (int i = 0; i < count; ++i) line += (i > 0 ? "|" : "") + std::string(values[i] == nullptr ? "∅" : values[i]);
      line += '\n';
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(handle_.get(), sql.c_str(), add, &text, nullptr), SQLITE_OK) << sql;
    return text;
  }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A closed database, its log in it.
inline void write_founding_database(const std::string& path, const std::string& sql) { FoundingWriter(path).run(sql); }

/// A project's worth of rows for kFoundingSchema: each kind of row that the founding program writes.
inline constexpr const char* kFoundingRows = R"sql(
INSERT INTO streams VALUES
  ('main', 'main', 'Main Branch', 'infrastructure', 'high', 'active', 100, NULL, '/w/harbour', 'main', NULL,
   '2025-11-01T08:00:00.000Z', '2025-11-01T08:00:00.000Z', NULL, NULL),
  ('0101-Berth_plan', '0101', 'Berth planning', 'backend', 'critical', 'active', 40, 1, '/w/harbour-worktrees/berth',
   'feature/berth', 'tides', '2025-12-01T09:00:00.000Z', '2025-12-05T10:00:00.000Z', NULL, '["Model","Solver","UI"]'),
  ('tides', '0102', 'Tide tables', 'data-science', 'low', 'blocked', 10, NULL, '/w/harbour-worktrees/tides', 'tides', NULL,
   '2025-12-02T09:00:00.000Z', '2025-12-03T09:00:00.000Z', NULL, '[]'),
  ('cranes', '0103', 'Crane telemetry', 'frontend', 'medium', 'completed', 80, 0, '/w/harbour-worktrees/cranes', 'cranes',
   NULL, '2025-11-20T12:00:00.000Z', '2025-12-04T16:30:00.120Z', '2025-12-04T16:30:00.120Z', NULL),
  ('ledger', '0104', 'Ledger "rewrite" – Ä', 'refactoring', 'high', 'archived', 100, NULL, '/w/harbour-worktrees/ledger',
   'ledger', NULL, '2025-10-01T00:00:00.000Z', '2025-11-30T00:00:00.000Z', '2025-11-29T00:00:00.000Z', '["one"]');
INSERT INTO commits (stream_id, commit_hash, message, author, files_changed, timestamp) VALUES
  ('main', 'aaaa000011112222333344445555666677778888', 'release 4', 'Kim', 3, '2025-11-25T07:00:00+01:00'),
  ('0101-Berth_plan', 'bbbb000011112222333344445555666677778888', 'model: berths', 'Alex', 5, '2025-12-01T11:00:00+01:00'),
  ('0101-Berth_plan', 'cccc000011112222333344445555666677778888', 'solver', 'Alex', 2, '2025-12-06T11:00:00Z'),
  ('cranes', 'dddd0000', 'telemetry', 'Sam', 0, '2025-11-19T00:00:00Z');
INSERT INTO stream_history (stream_id, event_type, old_value, new_value, timestamp) VALUES
  ('0101-Berth_plan', 'created', NULL, NULL, '2025-12-01T09:00:00.001Z'),
  ('0101-Berth_plan', 'status_changed', 'initializing', 'active', '2025-12-01T12:00:00.000Z'),
  ('0101-Berth_plan', 'progress_updated', '0', '40', '2025-12-05T10:00:00.001Z'),
  ('tides', 'created', NULL, NULL, '2025-12-02T09:00:00.000Z'),
  ('tides', 'status_changed', 'initializing', 'blocked', '2025-12-03 09:00:00'),
  ('cranes', 'created', NULL, NULL, '2025-11-20T12:00:00.000Z'),
  ('cranes', 'status_changed', 'initializing', 'active', '2025-11-21T12:00:00.000Z'),
  ('cranes', 'completed', NULL, 'Telemetry of all cranes is in', '2025-12-04T16:30:00.121Z'),
  ('ledger', 'status_changed', 'active', 'completed', '2025-11-29T00:00:00.000Z'),
  ('ledger', 'status_changed', 'completed', 'archived', '2025-11-30T00:00:00.000Z');
INSERT INTO summary_jobs (stream_id, stream_number, stream_title, stream_category, stream_branch, stream_worktree_path,
  stream_created_at, stream_completed_at, user_summary, history_file_path, status, attempts, created_at, error_message) VALUES
  ('gone', '0099', 'Gone', 'testing', 'gone', '/w/gone', '2025-09-01T00:00:00.000Z', NULL, 'all tests', '/h/gone.md',
   'pending', 1, '2025-09-30 12:00:00', NULL),
  ('older', '0098', 'Older', 'testing', 'older', '/w/older', '2025-08-01T00:00:00.000Z', '2025-08-30T00:00:00.000Z', 'done',
   '/h/older.md', 'failed', 3, '2025-08-30 12:00:00', 'no answer');
)sql";

}  // namespace stream_status::testing
