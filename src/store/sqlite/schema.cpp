#include "store/sqlite/schema.h"

#include <fmt/format.h>

#include <array>

namespace stream_status::store {
namespace {

// Dirty pages per commit decide the write rate, so indexes are few and lie on columns that a progress
// update does not touch. A stream's history is a chain through `previous` instead of an index.
constexpr const char* kStep1 = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE streams (
  position          INTEGER PRIMARY KEY,
  id                TEXT NOT NULL UNIQUE,
  number            TEXT NOT NULL,
  title             TEXT NOT NULL,
  category          TEXT NOT NULL,
  priority          TEXT NOT NULL,
  status            TEXT NOT NULL,
  progress          INTEGER NOT NULL,
  current_phase     INTEGER NOT NULL,
  phases            TEXT NOT NULL,     -- JSON array of texts
  worktree_path     TEXT NOT NULL,
  branch            TEXT NOT NULL,
  blockers          TEXT NOT NULL,     -- JSON array of ids
  open_blockers     INTEGER NOT NULL,  -- how many of them exist and are neither completed nor archived
  goal              TEXT NOT NULL,
  last_note         TEXT NOT NULL,
  created_ms        INTEGER NOT NULL,
  updated_ms        INTEGER NOT NULL,
  completed_ms      INTEGER,
  revision          INTEGER NOT NULL,  -- of its last event
  last_commit       TEXT NOT NULL,
  last_commit_ms    INTEGER,
  last_commit_files INTEGER NOT NULL
) STRICT;
CREATE INDEX streams_by_status ON streams (status);
CREATE INDEX streams_by_completion ON streams (completed_ms) WHERE completed_ms IS NOT NULL;
CREATE INDEX streams_by_worktree ON streams (worktree_path) WHERE worktree_path <> '';

CREATE TABLE blocker_links (            -- streams.blockers, the other way round
  blocker_id TEXT NOT NULL,
  stream_id  TEXT NOT NULL,
  PRIMARY KEY (blocker_id, stream_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  revision  INTEGER PRIMARY KEY,
  previous  INTEGER NOT NULL,          -- revision of the same stream's event before, 0: none
  stream_id TEXT NOT NULL,
  type      TEXT NOT NULL,
  old_value TEXT NOT NULL,             -- JSON
  new_value TEXT NOT NULL,             -- JSON
  agent     TEXT NOT NULL,
  at_ms     INTEGER NOT NULL
) STRICT;

CREATE TABLE commits (
  id            INTEGER PRIMARY KEY,
  stream_id     TEXT NOT NULL,
  hash          TEXT NOT NULL,
  message       TEXT NOT NULL,
  author        TEXT NOT NULL,
  files_changed INTEGER NOT NULL,
  insertions    INTEGER NOT NULL,
  deletions     INTEGER NOT NULL,
  committed_ms  INTEGER NOT NULL,
  revision      INTEGER NOT NULL,
  UNIQUE (stream_id, hash)
) STRICT;
CREATE INDEX commits_by_time ON commits (committed_ms);
CREATE INDEX commits_by_stream ON commits (stream_id, committed_ms);

CREATE TABLE requests (
  id          TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,           -- of operation and arguments
  status      INTEGER NOT NULL,
  body        TEXT NOT NULL,
  at_ms       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('epoch', 0), ('clean', 1), ('revision_floor', 0);
)sql";

// What is known of the repository, and what is being done to it.
constexpr const char* kStep2 = R"sql(
CREATE TABLE scans (
  stream_id TEXT PRIMARY KEY,
  branch    TEXT NOT NULL,
  tip       TEXT NOT NULL,
  at_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
  id         INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL,
  stream_id  TEXT NOT NULL,
  payload    TEXT NOT NULL,            -- JSON
  state      TEXT NOT NULL,            -- open, done, failed
  attempts   INTEGER NOT NULL,
  error      TEXT NOT NULL,            -- of the last attempt
  due_ms     INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX intents_by_stream ON intents (stream_id, kind);
CREATE INDEX intents_open ON intents (state) WHERE state = 'open';
)sql";

// Who works on what, what they ask, and what they are told. The index of what can be begun names columns that a
// progress update does not touch.
constexpr const char* kStep3 = R"sql(
ALTER TABLE streams ADD COLUMN claim_agent TEXT NOT NULL DEFAULT '';    -- '': nobody's
ALTER TABLE streams ADD COLUMN claim_process TEXT NOT NULL DEFAULT '';
ALTER TABLE streams ADD COLUMN claim_ms INTEGER;
ALTER TABLE streams ADD COLUMN completed_phases TEXT NOT NULL DEFAULT '[]';  -- JSON array of indices
ALTER TABLE streams ADD COLUMN question TEXT NOT NULL DEFAULT '';
ALTER TABLE streams ADD COLUMN question_choices TEXT NOT NULL DEFAULT '[]';  -- JSON array of texts
ALTER TABLE streams ADD COLUMN question_asker TEXT NOT NULL DEFAULT '';
ALTER TABLE streams ADD COLUMN question_ms INTEGER;                          -- NULL: it asks nothing
CREATE INDEX streams_by_claim ON streams (claim_agent) WHERE claim_agent <> '';
CREATE INDEX streams_ready ON streams (priority, position)
  WHERE status IN ('initializing', 'paused') AND open_blockers = 0 AND claim_agent = '';

CREATE TABLE messages (                -- that their recipients have not been seen to have read
  id        INTEGER PRIMARY KEY,
  recipient TEXT NOT NULL,
  sender    TEXT NOT NULL,
  kind      TEXT NOT NULL,             -- message, answer, opened, taken
  stream_id TEXT NOT NULL,             -- '': of none
  text      TEXT NOT NULL,
  handed_to TEXT NOT NULL,             -- process that got it last; '': none
  at_ms     INTEGER NOT NULL
) STRICT;
)sql";

// Where the log begins to tell everything. Only folding touches it.
constexpr const char* kStep4 = R"sql(
CREATE INDEX events_baselines ON events (revision) WHERE type = 'baseline';
)sql";

constexpr std::array<const char*, kSchemaVersion> kSteps = {kStep1, kStep2, kStep3, kStep4};

std::int64_t big_endian(std::string_view four_bytes) {
  std::int64_t value = 0;
  for (const char c : four_bytes) value = value * 256 + static_cast<unsigned char>(c);
  return value;
}

}  // namespace

DatabaseHeader read_database_header(std::string_view head) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  if (head.size() < 100 || head.substr(0, 16) != kMagic) return {DatabaseKind::kDamaged, 0, 0};
  const std::int64_t version = big_endian(head.substr(60, 4));
  const std::int64_t application = big_endian(head.substr(68, 4));
  if (application != kApplicationId)
    return {application == 0 && version == 0 ? DatabaseKind::kFounding : DatabaseKind::kForeign, version, 0};
  const std::int64_t page_field = big_endian(head.substr(16, 2));
  const std::int64_t page_size = page_field == 1 ? 65536 : page_field;
  const auto bytes = static_cast<std::uint64_t>(page_size * big_endian(head.substr(28, 4)));
  return {version > kSchemaVersion ? DatabaseKind::kNewer : DatabaseKind::kOurs, version, bytes};
}

Result<void> run_schema_steps(Connection& connection) {
  std::int64_t version = TRY(connection.query_integer("PRAGMA user_version"));
  for (; version < kSchemaVersion; ++version) {
    TRY(connection.execute("BEGIN IMMEDIATE"));
    TRY(connection.execute(kSteps[static_cast<std::size_t>(version)]));
    TRY(connection.execute(fmt::format("PRAGMA user_version = {}", version + 1).c_str()));
    TRY(connection.execute("COMMIT"));
  }
  return {};
}

}  // namespace stream_status::store
