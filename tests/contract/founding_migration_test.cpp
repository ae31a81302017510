// A database of the founding Node implementation becomes ours: nothing lost, whatever its age, its state or the moment
// of a crash.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <random>

#include "api/codec.h"
#include "service/founding_migration.h"
#include "store/sqlite/sqlite_store.h"
#include "support/founding_database.h"
#include "support/temporary_directory.h"

namespace stream_status::service {
namespace {

namespace fs = std::filesystem;
using domain::Status;
using domain::Stream;
using testing::FoundingWriter;
using testing::kFoundingRows;
using testing::kFoundingSchema;
using testing::TemporaryDirectory;
using testing::text_of_file;
using testing::write_founding_database;
using testing::write_text;

constexpr const char* kFile = "streams.db";

WallTime time(std::string_view text) { return *parse_founding_time(text); }

class FoundingMigration : public ::testing::Test {
 protected:
  FoundingMigration()
      : project_(make_directory("project")),
        backups_(make_directory("backups")),
        place_{&project_, files_ / "project", kFile, &backups_, files_ / "backups"} {}

  std::string path() const { return files_ / "project/streams.db"; }
  void write(const std::string& sql) const { write_founding_database(path(), sql); }

  Result<FoundingReport> try_migrate() const {
    return migrate_founding(place_, kNow, [](std::string_view) {});
  }
  FoundingReport migrate() const {
    const auto report = try_migrate();
    if (!report) ADD_FAILURE() << report.error().message;
    return report ? *report : FoundingReport{};
  }

  /// The new database, as a server opens it.
  void open() {
    store::OpenReport report;
    auto opened = store::SqliteStore::open(
        {&project_, files_ / "project", kFile}, [](store::SqliteStore&, std::int64_t) -> Result<void> { return {}; },
        report);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_FALSE(report.created);
    EXPECT_FALSE(report.was_unclean);
    EXPECT_EQ(report.migrated_from, -1);
    store_ = std::move(*opened);
    reader_ = std::move(*store_->open_reader());
  }
  void close() {
    reader_.reset();
    store_.reset();
  }
  Stream stream(const std::string& id) { return reader_->find_stream({id}).value().value_or(Stream{}); }
  std::vector<Stream> streams() { return std::move(reader_->list_streams({})->streams); }
  std::vector<store::EventRow> events() { return *reader_->events_after(0, 1'000'000); }
  std::vector<store::EventRow> history(const std::string& id) {
    std::vector<store::EventRow> list = reader_->history({id}, std::nullopt, 1'000'000)->events;
    std::reverse(list.begin(), list.end());
    return list;
  }
  /// "type at new_value" of each event of a stream, oldest first.
  std::vector<std::string> story(const std::string& id) {
    std::vector<std::string> lines;
    for (const store::EventRow& event : history(id))
      lines.push_back(
          fmt::format("{} {}{}", event.type, format_rfc3339(event.at).substr(0, 19),
                      event.type == "created" || event.type == "commit_added" ? "" : " " + event.new_value));
    return lines;
  }
  std::string rows(const std::string& sql) const { return FoundingWriter(path()).rows(sql); }
  std::vector<std::string> backups() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(files_ / "backups")) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  /// Names of the project directory's files.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(files_ / "project")) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  bool is_founding() const { return *store::is_founding_database(project_, kFile); }

  /// The log alone gives each stream as it is stored, and each chain is whole.
  void expect_the_log_rebuilds_everything() {
    std::map<std::string, Stream> rebuilt;
    std::int64_t last = 0;
    for (const store::EventRow& event : events()) {
      EXPECT_EQ(event.revision, last + 1);
      last = event.revision;
      EXPECT_EQ(event.agent.text, "founding");
      const auto change = api::decode(event.type, event.old_value, event.new_value);
      ASSERT_TRUE(change) << event.type << " " << event.new_value;
      EXPECT_EQ(domain::type_of(*change), event.type);
      Stream& stream = rebuilt[event.stream_id.text];
      EXPECT_EQ(event.previous, stream.revision);
      domain::apply(stream, *change, event.revision, event.at);
    }
    for (const Stream& stored : streams()) EXPECT_EQ(rebuilt[stored.id.text], stored) << stored.id.text;
  }

  static constexpr WallTime kNow{milliseconds{1'790'000'000'000}};  // 2026-09-21
  TemporaryDirectory files_;
  os::Fd project_;
  os::Fd backups_;
  FoundingPlace place_;
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<store::Reader> reader_;

 private:
  os::Fd make_directory(const std::string& name) const {
    fs::create_directory(files_ / name);
    return std::move(*os::open_private_directory(files_ / name, files_.path(), os::IfMissing::kCreate));
  }
};

TEST_F(FoundingMigration, CountsWhatItFoundAndKeepsACompleteBackup) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  const FoundingReport report = migrate();
  EXPECT_EQ(report.rows.streams, 5);
  EXPECT_EQ(report.rows.commits, 4);
  EXPECT_EQ(report.rows.history_rows, 10);
  EXPECT_EQ(report.rows.without_stream, 0);
  EXPECT_EQ(report.summary_jobs, 2);
  EXPECT_EQ(report.pending_jobs, 1);
  EXPECT_EQ(files(), std::vector<std::string>{kFile});
  ASSERT_EQ(backups(), std::vector<std::string>{"founding-20260921T141320Z.db"});
  EXPECT_EQ(report.backup, files_ / "backups/founding-20260921T141320Z.db");
  FoundingWriter backup(report.backup);
  EXPECT_EQ(backup.rows("PRAGMA integrity_check"), "ok\n");
  EXPECT_EQ(backup.rows("SELECT (SELECT count(*) FROM streams), (SELECT count(*) FROM commits), (SELECT count(*) FROM "
                        "stream_history), (SELECT count(*) FROM summary_jobs)"),
            "5|4|10|2\n");
  EXPECT_EQ(rows("PRAGMA integrity_check"), "ok\n");
}

TEST_F(FoundingMigration, KeepsEveryFieldOfAStream) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  migrate();
  open();
  const Stream berth = stream("0101-Berth_plan");
  EXPECT_EQ(berth.number, "0101");
  EXPECT_EQ(berth.title, "Berth planning");
  EXPECT_EQ(berth.category, "backend");
  EXPECT_EQ(berth.priority, domain::Priority::kCritical);
  EXPECT_EQ(berth.status, Status::kActive);
  EXPECT_EQ(berth.progress, 40);
  EXPECT_EQ(berth.current_phase, 1);
  EXPECT_EQ(berth.phases, (std::vector<std::string>{"Model", "Solver", "UI"}));
  EXPECT_EQ(berth.worktree_path, "/w/harbour-worktrees/berth");
  EXPECT_EQ(berth.branch, "feature/berth");
  EXPECT_EQ(berth.blockers, std::vector<StreamId>{{"tides"}});
  EXPECT_EQ(berth.created_at, time("2025-12-01T09:00:00Z"));
  EXPECT_EQ(berth.updated_at, time("2025-12-05T10:00:00Z"));
  EXPECT_EQ(berth.completed_at, std::nullopt);
  EXPECT_EQ(berth.recent, (domain::RecentActivity{"solver", time("2025-12-06T11:00:00Z"), 2}));
  EXPECT_EQ(berth.last_note, "");

  EXPECT_EQ(stream("tides").category, "data-science") << "a category of nobody's list is kept";
  const Stream cranes = stream("cranes");
  EXPECT_EQ(cranes.status, Status::kCompleted);
  EXPECT_EQ(cranes.progress, 80);
  EXPECT_EQ(cranes.completed_at, time("2025-12-04T16:30:00.120Z"));
  EXPECT_EQ(cranes.updated_at, time("2025-12-04T16:30:00.120Z"));
  EXPECT_EQ(cranes.last_note, "Telemetry of all cranes is in") << "the summary that it was completed with";
  const Stream ledger = stream("ledger");
  EXPECT_EQ(ledger.title, "Ledger \"rewrite\" – Ä");
  EXPECT_EQ(ledger.status, Status::kArchived);
  EXPECT_EQ(ledger.completed_at, time("2025-11-29T00:00:00Z"));
  EXPECT_EQ(ledger.updated_at, time("2025-11-30T00:00:00Z"));
}

TEST_F(FoundingMigration, GivesEachStreamItsPlaceByItsTimeOfCreation) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  migrate();
  open();
  std::vector<std::string> ids;
  for (const Stream& one : streams()) ids.push_back(one.id.text);
  EXPECT_EQ(ids, (std::vector<std::string>{"tides", "0101-Berth_plan", "cranes", "main", "ledger"}));
  const auto transaction = std::move(*store_->begin(kNow));
  EXPECT_EQ(*transaction->next_stream_number(), "0105");
  EXPECT_EQ(*transaction->next_commit_id(), 5) << "commits keep their ids";
}

TEST_F(FoundingMigration, TellsAStreamsHistoryInItsOrder) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  migrate();
  open();
  EXPECT_EQ(story("0101-Berth_plan"),
            (std::vector<std::string>{"created 2025-12-01T09:00:00", "commit_added 2025-12-01T10:00:00",
                                      "status_changed 2025-12-01T12:00:00 \"active\"",
                                      "progress_updated 2025-12-05T10:00:00 40", "commit_added 2025-12-06T11:00:00",
                                      "details_changed 2025-12-05T10:00:00 {}"}))
      << "the last event restores when the row says that it was updated: commits did not count";
  EXPECT_EQ(story("cranes"),
            (std::vector<std::string>{"created 2025-11-20T12:00:00", "commit_added 2025-11-20T12:00:00",
                                      "status_changed 2025-11-21T12:00:00 \"active\"",
                                      "completed 2025-12-04T16:30:00 \"completed\"",
                                      "note 2025-12-04T16:30:00 \"Telemetry of all cranes is in\""}));
  EXPECT_EQ(story("tides"), (std::vector<std::string>{"created 2025-12-02T09:00:00",
                                                      "status_changed 2025-12-03T09:00:00 \"blocked\""}));
  const auto begin = api::decode("created", "null", history("0101-Berth_plan").front().new_value);
  ASSERT_TRUE(begin);
  const Stream& first = std::get<domain::Created>(*begin).stream;
  EXPECT_EQ(first.status, Status::kInitializing) << "walked back from the end";
  EXPECT_EQ(first.progress, 0);
}

TEST_F(FoundingMigration, TheLogAloneRebuildsEveryStream) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  migrate();
  open();
  expect_the_log_rebuilds_everything();
}

TEST_F(FoundingMigration, TheMainBranchsOwnEntryIsArchivedWithItsCommits) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  migrate();
  open();
  const Stream main = stream("main");
  EXPECT_EQ(main.status, Status::kArchived);
  EXPECT_EQ(main.progress, 100);
  EXPECT_NE(main.last_note.find("main branch"), std::string::npos) << main.last_note;
  const auto commits = *reader_->list_commits(StreamId{"main"}, 10, 0);
  ASSERT_EQ(commits.total, 1);
  EXPECT_EQ(commits.commits[0].author, "Kim");
  EXPECT_EQ(commits.commits[0].timestamp, time("2025-11-25T06:00:00Z"));
  close();
  EXPECT_EQ(rows("SELECT value FROM founding_values WHERE source = 'streams' AND row = 'main' AND name = 'status'"),
            "active\n");
}

TEST_F(FoundingMigration, SummaryJobsAreKeptAsTheyWere) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  const std::string before = rows("SELECT * FROM summary_jobs ORDER BY id");
  migrate();
  EXPECT_EQ(rows("SELECT * FROM founding_summary_jobs ORDER BY id"), before);
}

TEST_F(FoundingMigration, TakesADatabaseOfEachAge) {
  struct Age {
    const char* schema;
    const char* rows;
  };
  const Age ages[] = {
      {testing::kFoundingSchemaWithoutJobs,
       "INSERT INTO streams VALUES ('a', '0101', 'A', 'backend', 'low', 'active', NULL, NULL, NULL, 'a', NULL, "
       "'2025-12-01T09:00:00.000Z', '2025-12-01T09:00:00.000Z', NULL, NULL);"
       "INSERT INTO commits VALUES (7, 'a', 'AB12', 'm', NULL, NULL, '2025-12-01T10:00:00Z'), "
       "(8, 'a', 'ab12', 'm again', 'Kim', 4, '2025-12-01T11:00:00Z');"
       "INSERT INTO stream_history VALUES (1, 'a', 'created', NULL, NULL, '2025-12-01T09:00:00.000Z')"},
      {testing::kFoundingSchemaWithoutPhases,
       "INSERT INTO streams VALUES ('a', NULL, NULL, NULL, NULL, 'active', NULL, NULL, NULL, "
       "'2025-12-01T09:00:00.000Z', NULL);"
       "INSERT INTO commits VALUES (7, 'a', 'ab12', 'm', NULL, '2025-12-01T10:00:00Z')"},
      {"CREATE TABLE streams (id TEXT PRIMARY KEY, title TEXT, status TEXT)",
       "INSERT INTO streams VALUES ('a', 'A', 'active')"},
  };
  for (const Age& age : ages) {
    close();
    fs::remove(path());
    write(fmt::format("{};{}", age.schema, age.rows));
    migrate();
    open();
    EXPECT_EQ(stream("a").status, Status::kActive) << age.schema;
    EXPECT_EQ(stream("a").priority == domain::Priority::kLow, age.schema == testing::kFoundingSchemaWithoutJobs);
    EXPECT_NE(stream("a").title, "");
    EXPECT_EQ(stream("a").phases.size(), 0u);
    expect_the_log_rebuilds_everything();
    if (age.schema != testing::kFoundingSchemaWithoutJobs) continue;
    const auto commits = *reader_->list_commits(std::nullopt, 10, 0);
    ASSERT_EQ(commits.total, 1) << "the same hash twice is one commit";
    EXPECT_EQ(commits.commits[0].hash, "ab12");
    EXPECT_EQ(commits.commits[0].id, 7);
    close();
    EXPECT_EQ(rows("SELECT name, value FROM founding_values WHERE source = 'commits' AND row = '8'"),
              "id|8\nstream_id|a\ncommit_hash|ab12\nmessage|m again\nauthor|Kim\nfiles_changed|4\n"
              "timestamp|2025-12-01T11:00:00Z\n");
  }
}

TEST_F(FoundingMigration, WhatDoesNotFitIsANoteAndKeptAsItWas) {
  write(std::string(kFoundingSchema) + R"sql(
    INSERT INTO streams VALUES
      ('odd', '1', 'Odd', 'cooking', 'URGENT', 'in-review', 140, -3, '', '', NULL, '2025-12-01T09:00:00.000Z',
       'yesterday', '2025-12-02T09:00:00.000Z', '{broken'),
      ('again', '2', 'Again', 'backend', 'High', 'Active', 33.4, NULL, '', '', NULL, '2025-12-01T09:00:00.000Z',
       '2025-12-02T09:00:00.000Z', '2025-12-01T19:00:00.000Z', '["a",2,null]');
    INSERT INTO stream_history (stream_id, event_type, old_value, new_value, timestamp) VALUES
      ('odd', 'phase_done', 'a', '{"b":1}', '2025-12-01T10:00:00.000Z'),
      ('odd', 'status_changed', 'draft', 'in-review', '2025-12-01T11:00:00.000Z'),
      ('odd', 'progress_updated', '0', 'half', '2025-12-01T12:00:00.000Z'),
      ('odd', 'status_changed', 'active', 'paused', 'some time ago');
    PRAGMA foreign_keys = OFF;
    INSERT INTO stream_history (stream_id, event_type, old_value, new_value, timestamp) VALUES
      ('gone', 'created', NULL, NULL, '2025-01-01T00:00:00.000Z'),
      ('gone', 'status_changed', 'active', 'completed', '2025-01-02T00:00:00.000Z');
    INSERT INTO commits (stream_id, commit_hash, message, author, files_changed, timestamp) VALUES
      ('gone', 'feed', 'of a stream that is gone', 'Kim', 1, '2025-01-01T12:00:00.000Z'),
      ('odd', 'not-hex', x'ff41', 'Kim', 'many', 'never');
    ALTER TABLE streams ADD COLUMN colour TEXT; UPDATE streams SET colour = 'red' WHERE id = 'odd';
    CREATE TABLE extra (x); INSERT INTO extra VALUES (1);
  )sql");
  const FoundingReport report = migrate();
  EXPECT_EQ(report.rows.without_stream, 3);
  EXPECT_EQ(report.other_tables, std::vector<std::string>{"extra"});
  open();
  expect_the_log_rebuilds_everything();
  const Stream odd = stream("odd");
  EXPECT_EQ(odd.category, "cooking");
  EXPECT_EQ(odd.priority, domain::Priority::kMedium);
  EXPECT_EQ(odd.status, Status::kCompleted) << "it has a time of completion";
  EXPECT_EQ(odd.progress, 100);
  EXPECT_EQ(odd.current_phase, 0);
  EXPECT_EQ(odd.updated_at, odd.created_at);
  EXPECT_NE(odd.last_note.find("status \"in-review\" became completed"), std::string::npos) << odd.last_note;
  EXPECT_NE(odd.last_note.find("priority \"URGENT\" became medium"), std::string::npos) << odd.last_note;
  EXPECT_EQ(stream("again").status, Status::kActive);
  EXPECT_EQ(stream("again").priority, domain::Priority::kHigh);
  EXPECT_EQ(stream("again").progress, 33);
  EXPECT_EQ(stream("again").completed_at, std::nullopt) << "it was taken up again";
  EXPECT_EQ(stream("again").phases, (std::vector<std::string>{"a", "2", "null"}));

  std::string notes;
  for (const store::EventRow& event : history("odd"))
    if (event.type == "note") notes += event.new_value + "\n";
  for (const char* part : {"phase_done", R"({\\\"b\\\":1})", "in-review", "half", "some time ago"})
    EXPECT_NE(notes.find(part), std::string::npos) << part << " in " << notes;

  std::vector<std::string> of_gone;
  for (const store::EventRow& event : events())
    if (event.stream_id.text == "gone") of_gone.push_back(event.type);
  EXPECT_EQ(of_gone, (std::vector<std::string>{"note", "commit_added", "completed"}));
  EXPECT_EQ(reader_->list_commits(StreamId{"gone"}, 10, 0)->total, 1);
  EXPECT_EQ(reader_->list_commits(StreamId{"odd"}, 10, 0)->commits[0].message,
            "\xef\xbf\xbd"
            "A");
  close();
  EXPECT_EQ(rows("SELECT row, name, value FROM founding_values WHERE source = 'streams' ORDER BY row, name"),
            "again|completed_at|2025-12-01T19:00:00.000Z\nagain|phases|[\"a\",2,null]\nagain|priority|High\n"
            "again|progress|33.4\nagain|status|Active\nodd|colour|red\nodd|current_phase|-3\nodd|phases|{broken\n"
            "odd|priority|URGENT\nodd|progress|140\nodd|status|in-review\nodd|updated_at|yesterday\n");
  EXPECT_EQ(rows("SELECT name, hex(value) FROM founding_values WHERE source = 'commits' AND name = 'message'"),
            "message|FF41\n");
}

TEST_F(FoundingMigration, TheLogThatWasNeverCheckpointedCounts) {
  const std::string elsewhere = files_ / "alive.db";
  {
    FoundingWriter alive(elsewhere);
    alive.run("PRAGMA wal_autocheckpoint = 0");
    alive.run(kFoundingSchema);
    alive.run(kFoundingRows);
    for (const char* side : {"", "-wal", "-shm"})
      fs::copy_file(elsewhere + side, path() + side);  // as a crash leaves it
  }
  ASSERT_GT(fs::file_size(path() + "-wal"), 10'000u);
  EXPECT_EQ(migrate().rows.streams, 5);
  EXPECT_EQ(files(), std::vector<std::string>{kFile});
  EXPECT_EQ(FoundingWriter(files_ / ("backups/" + backups().at(0))).rows("SELECT count(*) FROM commits"), "4\n");
  open();
  EXPECT_EQ(stream("cranes").progress, 80);
}

TEST_F(FoundingMigration, KilledAtAnyMomentItLeavesTheOldDatabaseOrTheNewOneAndGoesOn) {
  const std::string elsewhere = files_ / "alive.db";
  int steps = 0;
  for (int deadly = 1; deadly == 1 || deadly <= steps; ++deadly) {
    close();
    for (const auto& entry : fs::directory_iterator(files_ / "project")) fs::remove(entry.path());
    for (const auto& entry : fs::directory_iterator(files_ / "backups")) fs::remove(entry.path());
    {
      fs::remove(elsewhere);
      FoundingWriter alive(elsewhere);
      alive.run("PRAGMA wal_autocheckpoint = 0");
      alive.run(kFoundingSchema);
      alive.run(kFoundingRows);
      for (const char* side : {"", "-wal", "-shm"}) fs::copy_file(elsewhere + side, path() + side);
    }
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int step = 0;
      (void)migrate_founding(place_, kNow, [&](std::string_view) {
        if (++step == deadly) ::kill(::getpid(), SIGKILL);
      });
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "step " << deadly;
    ASSERT_TRUE(is_founding()) << "not yet replaced at step " << deadly;
    int seen = 0;
    const auto again = migrate_founding(place_, kNow + seconds{60}, [&](std::string_view) { ++seen; });
    ASSERT_TRUE(again) << "step " << deadly << ": " << again.error().message;
    steps = seen;
    EXPECT_EQ(again->rows.streams, 5);
    EXPECT_EQ(again->rows.commits, 4);
    EXPECT_EQ(files(), std::vector<std::string>{kFile});
    open();
    EXPECT_EQ(stream("cranes").progress, 80);
    expect_the_log_rebuilds_everything();
  }
  EXPECT_GE(steps, 5);
}

TEST_F(FoundingMigration, ADamagedDatabaseIsRefusedAndLeftAsItIs) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  std::string bytes = text_of_file(path());
  const std::string first_page = bytes.substr(0, 100);
  for (const std::string& damaged : {bytes.substr(0, 4096), first_page + std::string(bytes.size() - 100, '\x5a'),
                                     bytes.substr(0, bytes.size() - 6000)}) {
    write_text(path(), damaged);
    const auto refused = try_migrate();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kStorageFailed);
    EXPECT_NE(refused.error().message.find("damaged"), std::string::npos) << refused.error().message;
    EXPECT_NE(refused.error().message.find("left untouched"), std::string::npos) << refused.error().message;
    EXPECT_NE(refused.error().hint, "");
    EXPECT_EQ(text_of_file(path()), damaged);
    EXPECT_EQ(files(), std::vector<std::string>{kFile});
    EXPECT_EQ(backups(), std::vector<std::string>{});
  }
}

TEST_F(FoundingMigration, ADatabaseOfAnotherProgramIsRefusedAndLeftAsItIs) {
  write("CREATE TABLE recipes (id INTEGER PRIMARY KEY); INSERT INTO recipes VALUES (1)");
  const std::string before = text_of_file(path());
  const auto refused = try_migrate();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(refused.error().message.find("another program"), std::string::npos) << refused.error().message;
  EXPECT_EQ(text_of_file(path()), before);
  EXPECT_EQ(backups(), std::vector<std::string>{});
}

TEST_F(FoundingMigration, AProcessThatHasItOpenIsNamedAndNotFought) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  int ready[2];
  int end[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(end), 0);
  const pid_t user = ::fork();
  ASSERT_GE(user, 0);
  if (user == 0) {
    ::close(end[1]);
    {
      FoundingWriter writer(path());
      (void)writer.rows("SELECT count(*) FROM streams");
      char byte = 'r';
      (void)!::write(ready[1], &byte, 1);
      (void)!::read(end[0], &byte, 1);
    }
    ::_exit(0);
  }
  ::close(end[0]);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const std::string before = text_of_file(path());
  const auto refused = try_migrate();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(refused.error().message.find(fmt::format("process {}", user)), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().hint.find(fmt::format("kill {}", user)), std::string::npos) << refused.error().hint;
  EXPECT_EQ(text_of_file(path()), before);
  EXPECT_EQ(backups(), std::vector<std::string>{});
  ::close(end[1]);
  ASSERT_EQ(::waitpid(user, nullptr, 0), user);
  EXPECT_EQ(migrate().rows.streams, 5);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(FoundingMigration, OneThatComesInTheMiddleStopsThePublishing) {
  write(std::string(kFoundingSchema) + kFoundingRows);
  std::unique_ptr<FoundingWriter> late;
  const auto refused = migrate_founding(place_, kNow, [&](std::string_view step) {
    if (step != "check" || late) return;
    late = std::make_unique<FoundingWriter>(path());
    late->run("UPDATE streams SET title = 'Changed meanwhile' WHERE id = 'tides'");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIncompatible);
  EXPECT_TRUE(is_founding());
  EXPECT_EQ(backups(), std::vector<std::string>{});
  late.reset();
  migrate();
  open();
  EXPECT_EQ(stream("tides").title, "Changed meanwhile");
}

/// Random work as the founding program records it, at the size of a large project: each row is found again.
TEST_F(FoundingMigration, NothingOfALargeDatabaseIsLost) {
  constexpr int kStreams = 1000;
  constexpr int kCommits = 20'000;
  constexpr int kHistory = 50'000;
  std::mt19937 random(20261122);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto at = [](std::int64_t minute) { return format_rfc3339(from_unix_ms(1'740'000'000'000 + minute * 60'000)); };
  struct Now {
    int status = 0;
    int progress = 0;
    std::int64_t created = 0;
    std::int64_t updated = 0;
    std::optional<std::int64_t> completed;
  };
  std::vector<Now> now(kStreams);
  std::string history;
  std::string commits;
  for (int i = 0; i < kStreams; ++i) {
    now[static_cast<std::size_t>(i)].created = now[static_cast<std::size_t>(i)].updated = i;
    history +=
        fmt::format("INSERT INTO stream_history VALUES ({}, 's{}', 'created', NULL, NULL, '{}');", i + 1, i, at(i));
  }
  for (int i = kStreams; i < kHistory; ++i) {
    const int which = pick(kStreams);
    Now& one = now[static_cast<std::size_t>(which)];
    one.updated = kStreams + i;
    if (pick(2) == 0) {
      const int to = (one.status + 1 + pick(5)) % 6;
      history += fmt::format("INSERT INTO stream_history VALUES ({}, 's{}', 'status_changed', '{}', '{}', '{}');",
                             i + 1, which, domain::kStatusNames[static_cast<std::size_t>(one.status)],
                             domain::kStatusNames[static_cast<std::size_t>(to)], at(one.updated));
      one.status = to;
      if (to == 4) one.completed = one.updated;
    } else {
      const int to = pick(101);
      if (pick(3) > 0)  // its HTTP route changed the progress without a word in the history
        history += fmt::format("INSERT INTO stream_history VALUES ({}, 's{}', 'progress_updated', '{}', '{}', '{}');",
                               i + 1, which, one.progress, to, at(one.updated));
      one.progress = to;
    }
  }
  for (int i = 0; i < kCommits; ++i)
    commits += fmt::format("INSERT INTO commits VALUES ({}, 's{}', '{:040x}', 'c{}', 'Kim', {}, '{}');", i + 1,
                           pick(kStreams), i, i, pick(9), at(pick(60'000)));
  std::string streams;
  for (int i = 0; i < kStreams; ++i) {
    const Now& one = now[static_cast<std::size_t>(i)];
    streams += fmt::format(
        "INSERT INTO streams VALUES ('s{}', '{:04}', 'T{}', 'backend', 'low', '{}', {}, NULL, '/w/{}', 'b{}', {}, "
        "'{}', '{}', "
        "{}, NULL);",
        i, i, i, domain::kStatusNames[static_cast<std::size_t>(one.status)], one.progress, i, i,
        i % 7 == 1 ? fmt::format("'s{}'", i - 1) : "NULL", at(one.created), at(one.updated),
        one.completed ? fmt::format("'{}'", at(*one.completed)) : "NULL");
  }
  write(fmt::format("{} BEGIN; {} {} {} COMMIT;", kFoundingSchema, streams, history, commits));

  const auto begun = std::chrono::steady_clock::now();
  const FoundingReport report = migrate();
  RecordProperty(
      "milliseconds",
      static_cast<int>(std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun).count()));
  EXPECT_EQ(report.rows.streams, kStreams);
  EXPECT_EQ(report.rows.commits, kCommits);
  EXPECT_EQ(report.rows.notes, 0);
  open();
  expect_the_log_rebuilds_everything();
  for (int i = 0; i < kStreams; ++i) {
    const Now& one = now[static_cast<std::size_t>(i)];
    const Stream stored = stream(fmt::format("s{}", i));
    EXPECT_EQ(static_cast<int>(stored.status), one.status);
    EXPECT_EQ(stored.progress, one.progress);
    EXPECT_EQ(format_rfc3339(stored.created_at), at(one.created));
    EXPECT_EQ(format_rfc3339(stored.updated_at), at(one.updated));
    if (one.completed && !domain::is_open(stored.status)) {
      EXPECT_EQ(stored.completed_at, time(at(*one.completed)));
    }
    EXPECT_EQ(stored.blockers.size(), i % 7 == 1 ? 1u : 0u);
  }
  // Each founding row, by what it says, is among the events.
  std::multimap<std::string, std::string> told;
  for (const store::EventRow& event : events())
    told.emplace(event.stream_id.text,
                 fmt::format("{} {} {}", event.old_value, event.new_value, format_rfc3339(event.at)));
  FoundingWriter backup(report.backup);
  const std::string lines = backup.rows(
      "SELECT stream_id, CASE event_type WHEN 'status_changed' THEN '\"' || old_value || '\" \"' || new_value || '\"' "
      "ELSE "
      "old_value || ' ' || new_value END || ' ' || timestamp FROM stream_history WHERE event_type <> 'created'");
  int missing = 0;
  std::size_t from = 0;
  for (std::size_t to = lines.find('\n'); to != std::string::npos; from = to + 1, to = lines.find('\n', from)) {
    const std::string line = lines.substr(from, to - from);
    const auto [first, last] = told.equal_range(line.substr(0, line.find('|')));
    const std::string wanted = line.substr(line.find('|') + 1);
    missing += std::none_of(first, last, [&](const auto& entry) { return entry.second == wanted; }) ? 1 : 0;
  }
  EXPECT_EQ(missing, 0);
  const store::Counts counts = *store_->counts(kNow);
  EXPECT_EQ(counts.stats.total_commits, kCommits);
  EXPECT_EQ(counts.streams, kStreams);
  close();
  EXPECT_EQ(
      rows("SELECT count(*) FROM streams s WHERE open_blockers <> (SELECT count(*) FROM blocker_links l JOIN streams b "
           "ON b.id = l.blocker_id WHERE l.stream_id = s.id AND b.status NOT IN ('completed', 'archived'))"),
      "0\n");
}

TEST(FoundingTimes, AreReadInEveryFormTheyWereWrittenIn) {
  const std::string expected = "2025-12-11T10:00:00.000Z";
  for (const char* text : {"2025-12-11T10:00:00.000Z", "2025-12-11 10:00:00", "2025-12-11T10:00:00",
                           "2025-12-11T11:00:00+01:00", "2025-12-11 10:00:00.000"})
    EXPECT_EQ(format_rfc3339(parse_founding_time(text).value_or(WallTime{})), expected) << text;
  EXPECT_EQ(format_rfc3339(*parse_founding_time("2025-12-11")), "2025-12-11T00:00:00.000Z");
  for (const char* text : {"", "now", "2025-13-11", "11.12.2025", "1733911200"})
    EXPECT_EQ(parse_founding_time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace stream_status::service
