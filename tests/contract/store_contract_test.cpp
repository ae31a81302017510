// What every back-end must keep, run against SQLite.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "store/sqlite/database_file.h"
#include "store/sqlite/schema.h"
#include "support/store_world.h"

namespace stream_status::store {
namespace {

using testing::StoreWorld;

domain::Stream a_stream(const std::string& id, domain::Status status = domain::Status::kActive) {
  domain::Stream stream;
  stream.id.text = id;
  stream.number = "0101";
  stream.title = "Title of " + id;
  stream.category = "backend";
  stream.status = status;
  stream.phases = {"a", "b"};
  return stream;
}

class StoreContract : public ::testing::Test {
 protected:
  /// Adds streams in one group, each with its event.
  void add(std::vector<domain::Stream> streams) {
    auto transaction = std::move(*world.store->begin(world.today()));
    for (domain::Stream& stream : streams) {
      ASSERT_TRUE(transaction->savepoint());
      stream.revision = *transaction->append_event(event_of(stream, 0));
      ASSERT_TRUE(transaction->insert_stream(stream));
      ASSERT_TRUE(transaction->release());
    }
    ASSERT_TRUE(transaction->commit());
  }
  EventRow event_of(const domain::Stream& stream, std::int64_t previous) const {
    return {0, previous, stream.id, "note", "null", "\"x\"", {"agent"}, world.clock.wall()};
  }
  std::vector<std::string> ids(const StreamFilter& filter) {
    std::vector<std::string> found;
    const StreamPage page = *world.reader->list_streams(filter);
    for (const domain::Stream& stream : page.streams) found.push_back(stream.id.text);
    return found;
  }
  Counts counts() { return *world.store->counts(world.today()); }

  StoreWorld world;
};

using Ids = std::vector<std::string>;

TEST_F(StoreContract, KeepsEveryFieldOfAStream) {
  domain::Stream stream = a_stream("auth", domain::Status::kCompleted);
  stream.title = "Ünïcode \"quotes\" \n and lines";
  stream.priority = domain::Priority::kCritical;
  stream.progress = 64;
  stream.current_phase = 1;
  stream.worktree_path = "/w t/auth";
  stream.branch = "feature/auth";
  stream.blockers = {{"b1"}, {"b2"}};
  stream.goal = "goal";
  stream.last_note = "note";
  stream.created_at = from_unix_ms(1000);
  stream.updated_at = from_unix_ms(2000);
  stream.completed_at = from_unix_ms(3000);
  stream.recent = {"last", from_unix_ms(1500), 4};
  stream.revision = 1;
  add({stream});
  EXPECT_EQ(*world.reader->find_stream({"auth"}), stream);
  world.close();
  world.open();
  EXPECT_EQ(*world.reader->find_stream({"auth"}), stream);
  EXPECT_EQ(*world.reader->find_stream({"none"}), std::nullopt);
}

TEST_F(StoreContract, ListsNewestFirstInPagesThatNeitherRepeatNorSkip) {
  std::vector<domain::Stream> streams;
  for (int i = 0; i < 25; ++i) streams.push_back(a_stream("s" + std::to_string(i)));
  add(streams);
  Ids walked;
  StreamFilter filter{.limit = 10};
  do {
    const auto page = *world.reader->list_streams(filter);
    EXPECT_EQ(page.total, 25);
    for (const auto& stream : page.streams) walked.push_back(stream.id.text);
    filter.before = page.next;
  } while (filter.before);
  ASSERT_EQ(walked.size(), 25u);
  EXPECT_EQ(walked.front(), "s24");
  EXPECT_EQ(walked.back(), "s0");
}

TEST_F(StoreContract, ListsOnlyOpenStreamsWhenAsked) {
  domain::Stream other = a_stream("other");
  other.category = "testing";
  add({other, a_stream("done", domain::Status::kCompleted), a_stream("held", domain::Status::kPaused),
       a_stream("gone", domain::Status::kArchived)});
  EXPECT_EQ(ids({.only_open = true}), (Ids{"held", "other"}));
  EXPECT_EQ(world.reader->list_streams({.only_open = true, .limit = 1})->total, 2);
  EXPECT_EQ(world.reader->list_streams({.status = domain::Status::kPaused, .only_open = true, .limit = 1})->total, 1);
  EXPECT_EQ(world.reader->list_streams({.status = domain::Status::kCompleted, .only_open = true, .limit = 1})->total,
            0);
  EXPECT_EQ(world.reader->list_streams({.only_open = true, .category = "testing", .limit = 5})->total, 1);
}

TEST_F(StoreContract, FiltersTogetherAndTakesWildcardsLiterally) {
  domain::Stream percent = a_stream("percent", domain::Status::kPaused);
  percent.title = "100% _done_";
  domain::Stream other = a_stream("other");
  other.category = "testing";
  add({percent, other, a_stream("third")});
  EXPECT_EQ(ids({}), (Ids{"third", "other", "percent"}));
  EXPECT_EQ(ids({.status = domain::Status::kPaused}), Ids{"percent"});
  EXPECT_EQ(ids({.category = "testing"}), Ids{"other"});
  EXPECT_EQ(ids({.query = "100%"}), Ids{"percent"});
  EXPECT_EQ(ids({.query = "_"}), Ids{"percent"});
  EXPECT_EQ(ids({.query = "TITLE OF T"}), Ids{"third"});
  EXPECT_EQ(ids({.status = domain::Status::kActive, .category = "testing"}), Ids{"other"});
  EXPECT_EQ(ids({.status = domain::Status::kBlocked}), Ids{});
  EXPECT_EQ(world.reader->list_streams({.query = "of", .limit = 1})->total, 2);
}

TEST_F(StoreContract, AStreamsHistoryIsAChainNewestFirst) {
  domain::Stream one = a_stream("one");
  add({one, a_stream("two")});
  one.revision = 1;
  auto transaction = std::move(*world.store->begin(world.today()));
  for (int i = 0; i < 3; ++i) {
    const domain::Stream before = one;
    one.revision = *transaction->append_event(event_of(one, before.revision));
    ASSERT_TRUE(transaction->update_stream(before, one));
  }
  ASSERT_TRUE(transaction->commit());
  const auto page = *world.reader->history({"one"}, std::nullopt, 3);
  ASSERT_EQ(page.events.size(), 3u);
  EXPECT_EQ(page.events[0].revision, 5);
  EXPECT_EQ(page.events[2].revision, 3);
  const auto rest = *world.reader->history({"one"}, page.next, 10);
  ASSERT_EQ(rest.events.size(), 1u);
  EXPECT_EQ(rest.events[0].revision, 1);
  EXPECT_FALSE(rest.next);
  EXPECT_TRUE(world.reader->history({"two"}, 5, 10)->events.empty()) << "a cursor of another stream shows nothing";
}

TEST_F(StoreContract, EventsAfterARevisionComeOldestFirst) {
  add({a_stream("a"), a_stream("b"), a_stream("c")});
  const auto events = *world.reader->events_after(1, 10);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].revision, 2);
  EXPECT_EQ(events[1].stream_id.text, "c");
  EXPECT_EQ(world.reader->events_after(0, 2)->size(), 2u);
  EXPECT_TRUE(world.reader->events_after(3, 10)->empty());
}

TEST_F(StoreContract, ARolledBackRequestLeavesNothingNotEvenInTheCounts) {
  auto transaction = std::move(*world.store->begin(world.today()));
  domain::Stream kept = a_stream("kept");
  ASSERT_TRUE(transaction->savepoint());
  kept.revision = *transaction->append_event(event_of(kept, 0));
  ASSERT_TRUE(transaction->insert_stream(kept));
  ASSERT_TRUE(transaction->release());
  ASSERT_TRUE(transaction->savepoint());
  ASSERT_TRUE(transaction->append_event(event_of(kept, 0)));
  ASSERT_TRUE(transaction->insert_stream(a_stream("dropped")));
  ASSERT_TRUE(transaction->rollback_to_savepoint());
  EXPECT_EQ(transaction->next_revision(), 2);
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(ids({}), Ids{"kept"});
  EXPECT_EQ(counts().streams, 1);
  EXPECT_EQ(world.store->head(), 1);
}

TEST_F(StoreContract, AnUncommittedGroupIsGone) {
  {
    auto transaction = std::move(*world.store->begin(world.today()));
    ASSERT_TRUE(transaction->insert_stream(a_stream("lost")));
  }
  EXPECT_EQ(ids({}), Ids{});
  EXPECT_EQ(counts().streams, 0);
  add({a_stream("next")});
  EXPECT_EQ(counts().streams, 1);
}

TEST_F(StoreContract, RevisionsGoOnAfterAReopen) {
  add({a_stream("a"), a_stream("b")});
  world.close();
  world.open();
  EXPECT_EQ(world.store->head(), 2);
  add({a_stream("c")});
  EXPECT_EQ(world.store->head(), 3);
}

TEST_F(StoreContract, ALaterServersEpochStopsTheEarlierOne) {
  add({a_stream("a")});
  const auto second = world.open_second();
  ASSERT_TRUE(second);
  const auto refused = world.store->begin(world.today());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kServerUnavailable);
  auto accepted = (*second)->begin(world.today());
  EXPECT_TRUE(accepted);
}

TEST_F(StoreContract, KeepsAnAnswerUntilItIsForgotten) {
  auto transaction = std::move(*world.store->begin(world.today()));
  ASSERT_TRUE(transaction->save_answer({"r1"}, {"print", 201, "{}"}, from_unix_ms(1000)));
  ASSERT_TRUE(transaction->save_answer({"r2"}, {"print", 200, "{}"}, from_unix_ms(5000)));
  EXPECT_TRUE(*transaction->find_answer({"r1"}));
  ASSERT_EQ(transaction->forget_answers(from_unix_ms(2000), {})->forgotten, 1);
  EXPECT_FALSE(*transaction->find_answer({"r1"}));
  const auto kept = *transaction->find_answer({"r2"});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->status, 200);
}

TEST_F(StoreContract, ASweepForgetsOldAnswersWhateverTheirIds) {
  auto transaction = std::move(*world.store->begin(world.today()));
  for (int i = 0; i < 1500; ++i) {
    const std::string id = (i % 3 == 0 ? "zz-" : "0192-") + std::to_string(10'000 + i);
    ASSERT_TRUE(transaction->save_answer({id}, {"p", 200, "{}"}, from_unix_ms(i % 2 == 0 ? 1000 : 5000)));
  }
  std::int64_t forgotten = 0;
  int sweeps = 0;
  RequestId after;
  do {
    const auto sweep = transaction->forget_answers(from_unix_ms(2000), after);
    ASSERT_TRUE(sweep);
    forgotten += sweep->forgotten;
    after = sweep->last;
    ++sweeps;
  } while (!after.text.empty());
  EXPECT_EQ(forgotten, 750);
  EXPECT_GT(sweeps, 2) << "in slices";
}

TEST_F(StoreContract, CountsReadyStreamsAsTheirBlockersOpenAndClose) {
  domain::Stream blocker = a_stream("blocker");
  domain::Stream waiting = a_stream("waiting", domain::Status::kPaused);
  waiting.blockers = {{"blocker"}};
  add({blocker, waiting});
  EXPECT_EQ(counts().stats.ready_to_start, 0);
  domain::Stream done = blocker;
  done.status = domain::Status::kCompleted;
  done.completed_at = world.clock.wall();
  auto transaction = std::move(*world.store->begin(world.today()));
  ASSERT_TRUE(transaction->update_stream(blocker, done));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(counts().stats.ready_to_start, 1);
  EXPECT_EQ(counts().stats.completed_today, 1);
  world.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(counts().stats.completed_today, 0);
}

TEST_F(StoreContract, ASnapshotIsACompleteDatabase) {
  add({a_stream("a"), a_stream("b")});
  const std::string copy = world.path() + "/copy.db";
  ASSERT_TRUE(world.store->snapshot(copy));
  auto connection = Connection::open(copy, OpenMode::kReadOnly);
  ASSERT_TRUE(connection);
  EXPECT_EQ(*connection->query_integer("SELECT count(*) FROM streams"), 2);
  EXPECT_EQ(*connection->query_text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(*connection->query_integer("PRAGMA application_id"), 0x53745374);
}

/// SQLite 3.40 loses committed data when two connections write or checkpoint at once: one does both here.
TEST_F(StoreContract, OneConnectionWritesAndReadersAreReadOnly) {
  add({a_stream("a")});
  const auto second_reader = world.store->open_reader();
  ASSERT_TRUE(second_reader);
  ASSERT_TRUE((*second_reader)->find_stream({"a"}));
  int writable = 0;
  int readable = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) != world.path() + "/streams.db") continue;
    const int flags = ::fcntl(std::stoi(entry.path().filename()), F_GETFL);
    ((flags & O_ACCMODE) == O_RDONLY ? readable : writable) += 1;
  }
  EXPECT_EQ(writable, 1);
  EXPECT_EQ(readable, 2);
}

/// While a reader stays in the past the log must keep what came since; afterwards it is given back.
TEST_F(StoreContract, TheLogShrinksAgainWhenALongReaderHasEnded) {
  const std::string log = world.path() + "/streams.db-wal";
  auto reading = std::move(*Connection::open(world.path() + "/streams.db", OpenMode::kReadOnly));
  domain::Stream stream = a_stream("big");
  stream.goal = std::string(200'000, 'g');
  add({stream});
  ASSERT_TRUE(reading.execute("BEGIN; SELECT count(*) FROM streams"));
  for (int i = 0; i < 150; ++i) {
    stream.id.text = "big-" + std::to_string(i);
    add({stream});
  }
  EXPECT_GT(std::filesystem::file_size(log), 25u << 20);
  ASSERT_TRUE(reading.execute("COMMIT"));
  for (int i = 0; i < 3; ++i) add({a_stream("after-" + std::to_string(i))});
  EXPECT_LE(std::filesystem::file_size(log), 16u << 20);
}

TEST_F(StoreContract, ASnapshotIsItsUsersAloneAndCompleteInItself) {
  add({a_stream("a"), a_stream("b")});
  const std::string copy = world.path() + "/copy.db";
  EXPECT_EQ(world.store->snapshot(copy).value_or(-1), 2);
  EXPECT_EQ(std::filesystem::status(copy).permissions(), std::filesystem::perms(0600));
  const auto facts = examine_database(copy, OpenMode::kImmutable, Check::kFull);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_TRUE(facts->was_closed);
  EXPECT_EQ(facts->streams, 2);
  EXPECT_FALSE(world.store->snapshot(copy)) << "nothing is overwritten";
}

TEST_F(StoreContract, AfterContinueAboveRevisionsAndReadersStartThere) {
  add({a_stream("a")});
  world.close();
  ASSERT_TRUE(continue_above(world.path() + "/streams.db", 500, 7));
  world.open();
  EXPECT_EQ(world.store->head(), 500);
  EXPECT_EQ(world.store->readers_floor(), 500);
  EXPECT_EQ(world.report.epoch, 8);
  add({a_stream("b")});
  EXPECT_EQ(world.store->head(), 501);
}

TEST_F(StoreContract, ALogThatWasRemovedIsMissedByEveryStart) {
  add({a_stream("a")});
  ASSERT_TRUE(world.store->checkpoint());
  add({a_stream("b")});
  world.close();  // as when it is killed: the log stays
  ASSERT_TRUE(std::filesystem::remove(world.path() + "/streams.db-wal"));
  for (const char* start : {"first", "second"}) {
    const auto opened = world.open_second();  // whose recovery does not come to its end
    ASSERT_FALSE(opened) << start;
    EXPECT_TRUE(is_damage(opened.error())) << start << ": " << opened.error().message;
  }
}

TEST_F(StoreContract, AMigrationBeginsWithASnapshotOfWhatWasThere) {
  add({a_stream("auth")});
  ASSERT_TRUE(world.store->close());
  world.close();
  {
    Connection connection = *Connection::open(world.path() + "/streams.db", OpenMode::kReadWrite);
    ASSERT_TRUE(connection.execute(
        "DROP TABLE scans; DROP TABLE intents; DROP INDEX streams_by_claim; DROP INDEX streams_ready;"
        "DROP INDEX events_baselines;"
        "ALTER TABLE streams DROP COLUMN claim_agent; ALTER TABLE streams DROP COLUMN claim_process;"
        "ALTER TABLE streams DROP COLUMN claim_ms; ALTER TABLE streams DROP COLUMN completed_phases;"
        "ALTER TABLE streams DROP COLUMN question; ALTER TABLE streams DROP COLUMN question_choices;"
        "ALTER TABLE streams DROP COLUMN question_asker; ALTER TABLE streams DROP COLUMN question_ms;"
        "DROP TABLE messages; PRAGMA user_version = 1"));
  }
  const os::Fd directory = *os::open_directory(world.path());
  OpenReport report;
  int snapshots = 0;
  const auto opened = SqliteStore::open(
      {&directory, world.path(), "streams.db"},
      [&](SqliteStore& store, std::int64_t version) -> Result<void> {
        EXPECT_EQ(version, 1);
        EXPECT_EQ(TRY(store.snapshot(world.path() + "/before.db")), 1);
        ++snapshots;
        return {};
      },
      report);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(snapshots, 1);
  EXPECT_EQ(report.migrated_from, 1);
  const auto reader = *(*opened)->open_reader();
  EXPECT_TRUE(*reader->find_stream({"auth"}));
}

TEST_F(StoreContract, IsNotInPlaceWithoutItsLogNorBesideAnother) {
  const std::string log = world.path() + "/streams.db-wal";
  EXPECT_TRUE(world.store->is_in_place());
  add({a_stream("a")});
  ASSERT_TRUE(world.store->reopen());
  EXPECT_TRUE(world.store->is_in_place()) << "the log stays when the connection is opened again";
  std::filesystem::rename(log, log + ".away");
  EXPECT_FALSE(world.store->is_in_place());
  EXPECT_FALSE(world.store->reopen()) << "what is open is all that is left";
  EXPECT_EQ(world.store->rescue(world.path() + "/rescued.db").value_or(-1), 1);
  std::filesystem::copy_file(log + ".away", log);
  EXPECT_FALSE(world.store->is_in_place());
  std::filesystem::rename(log + ".away", log);
  EXPECT_TRUE(world.store->is_in_place());
  ASSERT_TRUE(world.store->close());
  EXPECT_TRUE(world.store->is_in_place());
}

TEST(DatabaseFiles, OfOthersAreRecognisedByTheirFirstBytes) {
  std::string head(100, '\0');
  EXPECT_EQ(read_database_header("").kind, DatabaseKind::kDamaged);
  EXPECT_EQ(read_database_header(head).kind, DatabaseKind::kDamaged);
  head.replace(0, 16, std::string("SQLite format 3\0", 16));
  EXPECT_EQ(read_database_header(head).kind, DatabaseKind::kFounding);
  head[63] = kSchemaVersion + 1;
  EXPECT_EQ(read_database_header(head).kind, DatabaseKind::kForeign);
  head.replace(68, 4, "\x53\x74\x53\x74");
  EXPECT_EQ(read_database_header(head).kind, DatabaseKind::kNewer);
  head[63] = 1;
  EXPECT_EQ(read_database_header(head).kind, DatabaseKind::kOurs);
}

}  // namespace
}  // namespace stream_status::store
