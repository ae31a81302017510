// The wall clock is what people read, and nothing else: no jump of it loses, repeats, reorders or stops anything.
#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

class WallClock : public FaultTest, public ::testing::WithParamInterface<int> {};

TEST_P(WallClock, MayJumpTenYearsUnderALivingServerAndOverARestart) {
  const seconds jump{std::int64_t{GetParam()} * 365 * 86'400};
  Agent agent(world);
  agent.get("add_stream", {{"title", "Clock"}, {"streamId", "clock"}});
  const json::object sent_twice{{"streamId", "clock"}, {"note", "before"}, {"requestId", "before-1"}};
  agent.get("update_stream", sent_twice);
  const std::string instance = world.instance();
  faults.put_clock_forward(jump);
  agent.get("update_stream", {{"streamId", "clock"}, {"note", "jumped"}});
  agent.get("update_stream", sent_twice);
  Agent late(world);
  EXPECT_EQ(text_at(late.get("get_version"), "instanceId"), instance);

  world.ask({"restart"});
  agent.get("update_stream", {{"streamId", "clock"}, {"note", "restarted"}});
  const std::string restarted = world.instance();
  faults.put_clock_forward(seconds{0});
  agent.get("update_stream", {{"streamId", "clock"}, {"note", "back"}});
  EXPECT_EQ(text_at(late.get("get_version"), "instanceId"), restarted);

  const json::object history =
      HttpConnection::to_socket(world.file("api.sock")).get("/api/streams/clock/history").json();
  std::vector<std::string> notes;
  for (const json::value& event : history.at("events").as_array())
    if (text_at(event.as_object(), "type") == "note")
      notes.insert(notes.begin(), text_at(event.as_object(), "newValue"));
  EXPECT_EQ(notes, (std::vector<std::string>{"before", "jumped", "restarted", "back"}));
  // The second event carries the other year: the jump was real.
  EXPECT_NE(json::serialize(history).find(GetParam() > 0 ? "\"203" : "\"201"), std::string::npos) << history;
  EXPECT_EQ(world.log_lines("server_started").size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Years, WallClock, ::testing::Values(10, -10),
                         [](const auto& years) { return years.param > 0 ? "Forward" : "Back"; });

}  // namespace
}  // namespace stream_status::testing
