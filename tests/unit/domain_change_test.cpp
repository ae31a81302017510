#include "domain/change.h"

#include <gtest/gtest.h>

namespace stream_status::domain {
namespace {

Stream a_stream() {
  Stream stream;
  stream.id.text = "auth";
  stream.title = "Auth";
  stream.phases = {"design", "build", "test"};
  stream.revision = 7;
  return stream;
}

std::vector<std::string> types_of(const std::vector<Change>& changes) {
  std::vector<std::string> types;
  for (const Change& change : changes) types.emplace_back(type_of(change));
  return types;
}

using Types = std::vector<std::string>;

TEST(PlanUpdate, NamesEachThingThatChanges) {
  struct Row {
    Update update;
    Types types;
  };
  const std::vector<Row> rows = {
      {{}, {}},
      {{.status = Status::kActive}, {"status_changed"}},
      {{.status = Status::kInitializing}, {}},
      {{.progress = 40}, {"progress_updated"}},
      {{.progress = 0}, {}},
      {{.current_phase = 2}, {"phase_changed"}},
      {{.note = "kept"}, {"note"}},
      {{.blockers = std::vector<StreamId>{{"db"}}}, {"blockers_changed"}},
      {{.details = {.title = "Login"}}, {"details_changed"}},
      {{.details = {.title = "Auth"}}, {}},
      {{.status = Status::kCompleted}, {"progress_updated", "completed"}},
      {{.status = Status::kCompleted, .progress = 90}, {"progress_updated", "completed"}},
      {{.status = Status::kArchived}, {"archived"}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto planned = plan_update(a_stream(), rows[i].update);
    ASSERT_TRUE(planned) << "row " << i;
    EXPECT_EQ(types_of(*planned), rows[i].types) << "row " << i;
  }
}

TEST(PlanUpdate, RefusesAPhaseBeyondTheLastAndNamesIt) {
  const auto refused = plan_update(a_stream(), {.current_phase = 3});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().message, "currentPhase: 3 is beyond the last phase (2 \"test\")");
}

TEST(PlanUpdate, RefusesAStreamThatBlocksItself) {
  const auto refused = plan_update(a_stream(), {.blockers = std::vector<StreamId>{{"auth"}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

TEST(PlanUpdate, MovesThePhaseIndexWhenPhasesGetFewer) {
  Stream stream = a_stream();
  stream.current_phase = 2;
  const auto planned = plan_update(stream, {.details = {.phases = std::vector<std::string>{"only"}}});
  ASSERT_TRUE(planned);
  EXPECT_EQ(types_of(*planned), (Types{"details_changed", "phase_changed"}));
}

TEST(Apply, GivesTheStateThatThePlanAskedFor) {
  const WallTime at = from_unix_ms(1'700'000'000'000);
  Stream stream = a_stream();
  const Update update{.status = Status::kCompleted, .note = "done", .details = {.goal = "safe tokens"}};
  std::int64_t revision = stream.revision;
  const auto planned = plan_update(stream, update);
  ASSERT_TRUE(planned);
  for (const Change& change : *planned) apply(stream, change, ++revision, at);
  EXPECT_EQ(stream.status, Status::kCompleted);
  EXPECT_EQ(stream.progress, 100);
  EXPECT_EQ(stream.last_note, "done");
  EXPECT_EQ(stream.goal, "safe tokens");
  EXPECT_EQ(stream.completed_at, at);
  EXPECT_EQ(stream.updated_at, at);
  EXPECT_EQ(stream.revision, revision);
}

TEST(Apply, ReopeningForgetsTheCompletionAndArchivingKeepsIt) {
  const WallTime at = from_unix_ms(1000);
  Stream stream = a_stream();
  apply(stream, StatusChanged{Status::kActive, Status::kCompleted}, 8, at);
  apply(stream, StatusChanged{Status::kCompleted, Status::kArchived}, 9, at);
  EXPECT_EQ(stream.completed_at, at);
  apply(stream, StatusChanged{Status::kArchived, Status::kActive}, 10, at);
  EXPECT_FALSE(stream.completed_at);
}

TEST(Apply, AnOlderCommitDoesNotReplaceTheNewestOne) {
  Stream stream = a_stream();
  Commit newest{.message = "new", .files_changed = 3, .timestamp = from_unix_ms(2000)};
  Commit older{.message = "old", .files_changed = 1, .timestamp = from_unix_ms(1000)};
  apply(stream, CommitAdded{newest}, 8, from_unix_ms(3000));
  apply(stream, CommitAdded{older}, 9, from_unix_ms(3001));
  EXPECT_EQ(stream.recent.last_commit, "new");
  EXPECT_EQ(stream.revision, 9);
}

}  // namespace
}  // namespace stream_status::domain
