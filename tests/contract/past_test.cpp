// get_past: what the list said at each revision comes back from the log alone.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "service/retention.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::ServiceWorld;

class PastContract : public ::testing::Test, protected ServiceWorld {
 protected:
  /// As the list says it now, without what is derived.
  json::array present() {
    json::array streams = must("list_streams", "{}").at("streams").as_array();
    for (json::value& stream : streams)
      if (json::object* claim = stream.at("claim").if_object()) claim->erase("expiresAt");
    return streams;
  }
  json::object past(std::int64_t revision) { return must("get_past", fmt::format(R"({{"revision":{}}})", revision)); }
  ErrorCode refused(std::int64_t revision, json::value* data = nullptr) {
    const auto answer = call("get_past", fmt::format(R"({{"revision":{}}})", revision));
    EXPECT_FALSE(answer) << revision;
    if (answer) return ErrorCode::kInternal;
    if (data != nullptr) *data = answer.error().data;
    return answer.error().code;
  }
  /// Whatever may happen to a dozen streams; most calls change something, some are refused.
  void change_something(std::mt19937& random, int i) {
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const std::string id = fmt::format("s{}", pick(12));
    const Caller agent{{fmt::format("agent-{}", pick(3))}, "", ""};
    switch (pick(9)) {
      case 0: (void)call("add_stream", fmt::format(R"({{"title":"T","streamId":"{}","phases":["a","b"]}})", id)); break;
      case 1:
        (void)call("update_stream", fmt::format(R"({{"streamId":"{}","status":"{}"}})", id,
                                                domain::kStatusNames[static_cast<std::size_t>(pick(6))]));
        break;
      case 2:
        (void)call("update_stream", fmt::format(R"({{"streamId":"{}","progress":{},"currentPhase":{},"note":"n{}"}})",
                                                id, pick(100), pick(2), i));
        break;
      case 3: (void)call("claim_stream", fmt::format(R"({{"streamId":"{}"}})", id), agent); break;
      case 4: (void)call("release_claim", fmt::format(R"({{"streamId":"{}","force":true}})", id), agent); break;
      case 5: (void)call("update_stream", fmt::format(R"({{"streamId":"{}","blockedBy":"s{}"}})", id, pick(12))); break;
      case 6:
        (void)call("add_commit",
                   fmt::format(R"({{"streamId":"{}","commitHash":"{:08x}","message":"c"}})", id, pick(60)));
        break;
      case 7: (void)call("update_stream", fmt::format(R"({{"streamId":"{}","question":"q{}?"}})", id, i), agent); break;
      default: (void)call("answer_question", fmt::format(R"({{"streamId":"{}","answer":"a"}})", id)); break;
    }
    world.clock.advance(milliseconds{1500});
  }
  std::int64_t fold(std::int64_t days) {
    project::Config limits;
    limits.retention_days = days;
    const std::atomic<bool> cancelled{false};
    return fold_history(*world.store, Ledger(writer), limits, world.clock.wall(), cancelled).value_or(-1);
  }
};

TEST_F(PastContract, IsAtEachRevisionWhatTheListWasThen) {
  std::mt19937 random(20261129);
  std::map<std::int64_t, json::array> remembered{{0, present()}};
  for (int i = 0; i < 400; ++i) {
    change_something(random, i);
    remembered[world.store->head()] = present();
  }
  ASSERT_GT(remembered.size(), 150u);
  const auto agrees = [&](std::int64_t revision) {
    const json::object then = past(revision);
    EXPECT_EQ(then.at("revision"), revision);
    EXPECT_EQ(json::serialize(then.at("streams")), json::serialize(remembered.at(revision))) << revision;
    EXPECT_EQ(then.at("timestamp").is_null(), revision == 0);
  };
  for (const auto& [revision, streams] : remembered) agrees(revision);
  for (auto entry = remembered.rbegin(); entry != remembered.rend(); std::advance(entry, 9)) {
    agrees(entry->first);  // backwards
    if (std::distance(entry, remembered.rend()) <= 9) break;
  }
  for (int i = 0; i < 60; ++i) agrees(std::next(remembered.begin(), random() % remembered.size())->first);

  EXPECT_EQ(past(world.store->head()).at("timestamp"),
            must("list_events", R"({"limit":1})").at("events").at(0).at("timestamp"));
}

TEST_F(PastContract, OfARevisionThatIsNotYetIsRefusedWithWhatThereIs) {
  must("add_stream", R"({"title":"T","streamId":"a"})");
  json::value data;
  EXPECT_EQ(refused(2, &data), ErrorCode::kInvalidArgument);
  EXPECT_EQ(json::serialize(data), R"({"floor":0,"revision":1})");
  EXPECT_EQ(refused(-1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(call("get_past", "{}").error().code, ErrorCode::kInvalidArgument);
  must("update_stream", R"({"streamId":"a","note":"n"})");
  EXPECT_EQ(past(2).at("streams").at(0).at("lastNote"), "n");
}

TEST_F(PastContract, EndsWhereHistoryIsFoldedAlsoForWhoHasLookedBefore) {
  for (const char* id : {"open", "done"}) must("add_stream", fmt::format(R"({{"title":"T","streamId":"{}"}})", id));
  must("update_stream", R"({"streamId":"done","progress":50})");
  must("update_stream", R"({"streamId":"done","status":"completed"})");
  const std::int64_t floor = world.store->head();
  std::map<std::int64_t, json::array> remembered{{floor, present()}};
  world.clock.advance(std::chrono::days(31));
  for (int i = 1; i < 5; ++i) {
    must("update_stream", fmt::format(R"({{"streamId":"open","progress":{}}})", i));
    remembered[world.store->head()] = present();
  }
  EXPECT_EQ(past(3).at("streams").as_array().size(), 2u) << "it has looked behind what is folded next";
  ASSERT_GT(fold(30), 0);
  for (const auto& [revision, streams] : remembered)
    EXPECT_EQ(json::serialize(past(revision).at("streams")), json::serialize(streams)) << revision;
  json::value data;
  EXPECT_EQ(refused(floor - 1, &data), ErrorCode::kInvalidArgument);
  EXPECT_EQ(data.at("floor"), floor);
  EXPECT_EQ(past(floor).at("streams").as_array().size(), 2u);
}

TEST_F(PastContract, AfterARestoreWhatWasBeforeItIsStillThere) {
  must("add_stream", R"({"title":"T","streamId":"a"})");
  must("update_stream", R"({"streamId":"a","progress":10})");
  ASSERT_TRUE(world.store->continue_above(1'000'000));
  EXPECT_EQ(past(1).at("streams").at(0).at("progress"), 0);
  EXPECT_EQ(past(1'000'000).at("streams").at(0).at("progress"), 10);
  EXPECT_EQ(must("list_events", "{}").at("floor"), 0);
}

}  // namespace
}  // namespace stream_status::service
