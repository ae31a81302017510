// list_events: every event once, newest first, whatever the page and the filter.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "service/journal.h"
#include "service/retention.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::ServiceWorld;

class Events : public ::testing::Test, protected ServiceWorld {
 protected:
  void add(const std::string& id) { must("add_stream", fmt::format(R"({{"title":"T","streamId":"{}"}})", id)); }
  void note(const std::string& id, const std::string& agent) {
    const auto noted =
        call("update_stream", fmt::format(R"({{"streamId":"{}","note":"n"}})", id), Caller{{agent}, "", ""});
    EXPECT_TRUE(noted);
  }
  /// Revisions of all pages; `calls` says how many there were.
  std::vector<std::int64_t> walk(json::object arguments, int* calls = nullptr) {
    std::vector<std::int64_t> revisions;
    for (;;) {
      const json::object page = must("list_events", json::serialize(arguments));
      if (calls != nullptr) ++*calls;
      for (const json::value& event : page.at("events").as_array())
        revisions.push_back(event.at("revision").as_int64());
      const json::value* next = page.if_contains("nextCursor");
      if (next == nullptr) return revisions;
      arguments["before"] = *next;
    }
  }
};

TEST_F(Events, AreThoseOfTheStreamsHistoriesNewestFirst) {
  EXPECT_EQ(json::serialize(must("list_events", "{}")), R"({"events":[],"revision":0,"floor":0})");
  add("auth");
  add("db");
  must("update_stream", R"({"streamId":"auth","status":"active","note":"n"})");
  must("add_commit", R"({"streamId":"db","commitHash":"abcdef1","message":"m"})");
  const json::object page = must("list_events", "{}");
  EXPECT_EQ(page.at("revision"), 5);
  EXPECT_EQ(page.at("floor"), 0);
  EXPECT_FALSE(page.contains("nextCursor"));
  const json::array& events = page.at("events").as_array();
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events.at(0).at("type"), "commit_added");
  EXPECT_EQ(events.at(0).at("newValue").at("commitHash"), "abcdef1");
  for (const char* id : {"auth", "db"}) {
    json::array own;
    for (const json::value& event : events)
      if (event.at("streamId") == id) own.push_back(event);
    EXPECT_EQ(must("get_history", fmt::format(R"({{"streamId":"{}"}})", id)).at("events").as_array(), own);
  }
}

TEST_F(Events, ComeOnceEachOverThePagesOfAnySize) {
  for (const char* id : {"a", "b", "c"}) add(id);
  for (int i = 0; i < 40; ++i) note(i % 3 == 0 ? "a" : "b", fmt::format("agent-{}", i % 2));
  note("c", "agent-0");
  struct Row {
    std::string_view arguments;
    std::size_t count;
  };
  const std::vector<Row> rows = {
      {"{}", 44},
      {R"({"streamId":"a"})", 15},
      {R"({"streamId":"c"})", 2},
      {R"({"agent":"agent-1"})", 20},
      {R"({"agent":"agent"})", 0},
      {R"({"kinds":["created"]})", 3},
      {R"({"kinds":"created,note"})", 44},
      {R"({"kinds":["note"],"agent":"agent-0","streamId":"b"})", 13},
  };
  for (const Row& row : rows) {
    const std::vector<std::int64_t> whole = walk(*parse_json_object(row.arguments));
    EXPECT_EQ(whole.size(), row.count) << row.arguments;
    EXPECT_TRUE(std::is_sorted(whole.rbegin(), whole.rend())) << row.arguments;
    for (const int limit : {1, 3, 44, 1000}) {
      json::object arguments = *parse_json_object(row.arguments);
      arguments["limit"] = limit;
      EXPECT_EQ(walk(arguments), whole) << row.arguments << " by " << limit;
    }
  }
  EXPECT_EQ(walk({{"before", 4}}), (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(walk({{"before", "4"}, {"streamId", "b"}}), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(walk({{"before", 44}, {"streamId", "c"}}), (std::vector<std::int64_t>{3})) << "between two of its events";
  EXPECT_EQ(walk({{"before", 1}}), std::vector<std::int64_t>{});
}

TEST_F(Events, AFilterThatFitsNothingLooksAtABoundedPartOfTheLogEachCall) {
  add("rare");
  add("busy");
  // Of any length in one transaction.
  ASSERT_TRUE(Ledger(writer).write([](store::Transaction& transaction, WallTime now) -> Result<void> {
    const domain::Stream before = *TRY(transaction.find_stream({"busy"}));
    domain::Stream after = before;
    const std::vector<domain::Change> notes(4500, domain::NoteAdded{"n"});
    TRY(append_changes(transaction, after, notes, AgentName{"somebody"}, now));
    return transaction.update_stream(before, after);
  }));
  const std::int64_t head = world.store->head();
  ASSERT_EQ(head, 4502);
  for (const char* filter : {R"({"kinds":["archived"]})", R"({"agent":"nobody"})"}) {
    const json::object first = must("list_events", filter);
    EXPECT_TRUE(first.at("events").as_array().empty());
    EXPECT_TRUE(first.contains("nextCursor")) << "it has not looked at all";
    int calls = 0;
    EXPECT_TRUE(walk(*parse_json_object(filter), &calls).empty());
    EXPECT_EQ(calls, 3) << filter << ": 2,000 rows a call";
  }
  EXPECT_EQ(walk({{"streamId", "rare"}, {"before", head}}), std::vector<std::int64_t>{1}) << "far below what is busy";
}

TEST_F(Events, TheFloorSaysFromWhereOnNothingIsFolded) {
  add("old");
  note("old", "a");
  must("update_stream", R"({"streamId":"old","status":"archived"})");
  world.clock.advance(std::chrono::days(40));
  add("young");
  project::Config limits;
  limits.retention_days = 30;
  const std::atomic<bool> cancelled{false};
  ASSERT_GT(*fold_history(*world.store, Ledger(writer), limits, world.clock.wall(), cancelled), 0);
  const json::object page = must("list_events", "{}");
  EXPECT_EQ(page.at("floor"), 3);
  EXPECT_EQ(page.at("events").at(1).at("type"), "baseline");
  EXPECT_EQ(must("list_events", R"({"kinds":["baseline"]})").at("events").as_array().size(), 1u);
  writer.stop();
  world.close();
  world.open();
  EXPECT_EQ(*world.reader->log_floor(), 3);
}

TEST_F(Events, RefuseWhatIsNoneOfTheirs) {
  add("auth");
  for (const char* arguments : {R"({"before":0})", R"({"before":"x"})", R"({"limit":1001})", R"({"limit":0})",
                                R"({"kinds":["invented"]})", R"({"agent":""})"})
    EXPECT_EQ(call("list_events", arguments).error().code, ErrorCode::kInvalidArgument) << arguments;
  EXPECT_EQ(call("list_events", R"({"streamId":"nope"})").error().code, ErrorCode::kStreamNotFound);
}

}  // namespace
}  // namespace stream_status::service
