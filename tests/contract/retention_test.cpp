// Old history is folded, of closed streams alone; the log still gives every stream as it is.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "api/codec.h"
#include "service/retention.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::ServiceWorld;

class Retention : public ::testing::Test, protected ServiceWorld {
 protected:
  std::int64_t fold(std::int64_t days) {
    project::Config limits;
    limits.retention_days = days;
    const std::atomic<bool> cancelled{false};
    const auto folded = fold_history(*world.store, Ledger(writer), limits, world.clock.wall(), cancelled);
    EXPECT_TRUE(folded) << folded.error().message;
    return folded.value_or(-1);
  }
  void add(const std::string& id, int notes, const std::string& end) {
    must("add_stream", fmt::format(R"({{"title":"T","streamId":"{}","phases":["a","b"]}})", id));
    for (int i = 0; i < notes; ++i)
      must("update_stream", fmt::format(R"({{"streamId":"{}","note":"n{}","progress":{}}})", id, i, i % 100));
    must("add_commit", fmt::format(R"({{"streamId":"{}","commitHash":"abcdef1","message":"m"}})", id));
    if (!end.empty()) must("update_stream", fmt::format(R"({{"streamId":"{}","status":"{}"}})", id, end));
  }
  std::map<std::string, domain::Stream> replay() {
    std::map<std::string, domain::Stream> streams;
    const auto events = *world.reader->events_after(0, 1'000'000);
    for (const store::EventRow& event : events) {
      const auto change = api::decode(event.type, event.old_value, event.new_value);
      EXPECT_TRUE(change) << event.type;
      if (change) domain::apply(streams[event.stream_id.text], *change, event.revision, event.at);
    }
    return streams;
  }
  void expect_log_gives_all() {
    const auto rebuilt = replay();
    const auto page = *world.reader->list_streams({});
    ASSERT_EQ(page.streams.size(), rebuilt.size());
    for (const domain::Stream& stream : page.streams) EXPECT_EQ(rebuilt.at(stream.id.text), stream) << stream.id.text;
  }
  std::size_t events_of(const std::string& id) {
    return world.reader->history({id}, std::nullopt, 10'000)->events.size();
  }
};

TEST_F(Retention, FoldsClosedStreamsThatAreOldAndTouchesNoOther) {
  add("open", 20, "");
  add("done", 300, "completed");
  add("put-away", 5, "archived");
  world.clock.advance(std::chrono::days(31));
  add("young", 5, "completed");
  const std::int64_t head = world.store->head();
  const std::size_t open_before = events_of("open");
  const std::size_t young_before = events_of("young");
  const std::int64_t floor = world.reader->find_stream({"put-away"})->value().revision;

  EXPECT_EQ(fold(0), 0) << "0 keeps everything";
  EXPECT_EQ(fold(60), 0);
  EXPECT_EQ(world.store->readers_floor(), 0);
  EXPECT_GT(fold(30), 300);
  EXPECT_EQ(events_of("open"), open_before);
  EXPECT_EQ(events_of("young"), young_before);
  for (const char* id : {"done", "put-away"}) {
    const auto history = *world.reader->history({id}, std::nullopt, 10);
    ASSERT_EQ(history.events.size(), 1u) << id;
    EXPECT_EQ(history.events[0].type, "baseline");
  }
  EXPECT_EQ(world.store->head(), head) << "folding is no change";
  EXPECT_EQ(world.store->readers_floor(), floor);
  expect_log_gives_all();
  EXPECT_EQ(fold(30), 0);
  EXPECT_EQ(must("list_commits", "{}").at("total"), 4) << "commits stay";
}

TEST_F(Retention, AFoldedStreamGoesOnFromItsBaseline) {
  add("again", 10, "archived");
  world.clock.advance(std::chrono::days(31));
  add("today", 0, "");
  ASSERT_GT(fold(30), 0);
  must("update_stream", R"({"streamId":"again","status":"active","note":"back"})");
  EXPECT_EQ(events_of("again"), 3u);
  expect_log_gives_all();
  writer.stop();
  world.close();
  world.open();
  expect_log_gives_all();
  EXPECT_GT(world.store->readers_floor(), 0);
}

TEST_F(Retention, IsMeasuredFromTheNewestEventWhenTheClockIsAhead) {
  add("done", 20, "completed");
  add("open", 3, "");
  world.clock.advance(std::chrono::days(10 * 365));
  EXPECT_EQ(fold(30), 0) << "nothing was changed for so long: it is the clock";
  expect_log_gives_all();
  must("update_stream", R"({"streamId":"open","note":"ten years later"})");
  EXPECT_GT(fold(30), 20) << "an event says so";
  expect_log_gives_all();
}

}  // namespace
}  // namespace stream_status::service
