// The event stream over real sockets: every change once, in order, with its revision; resumed after any break.
#include <poll.h>

#include "lifecycle/guard_world.h"

namespace stream_status::testing {
namespace {

class Events : public GuardTest {
 protected:
  EventStream listen(std::string_view target = "/api/events", const HeaderLines& headers = {}) const {
    return {connect_to_port(port()), fmt::format("127.0.0.1:{}", port()), target, headers};
  }
  EventStream listen_on_socket() const { return {connect_to_socket(world.file("api.sock")), "localhost"}; }

  void add(const std::string& title) {
    EXPECT_EQ(http().send_json("POST", "/api/streams", {{"title", title}}).status, 201);
  }

  void note(const std::string& text) {
    EXPECT_EQ(writer_->send_json("PATCH", "/api/streams/work", {{"note", text}}).status, 200);
  }
  void begin_notes() {
    add("Work");
    writer_.emplace(http());
  }

  /// Ids of the next `count` changes.
  static std::vector<std::int64_t> next_ids(EventStream& stream, int count) {
    std::vector<std::int64_t> ids;
    while (static_cast<int>(ids.size()) < count) {
      const auto event = stream.next("streams");
      if (!event) break;
      ids.push_back(event->id.value_or(-1));
      EXPECT_EQ(number_at(event->json(), "revision"), ids.back());
    }
    return ids;
  }

 private:
  std::optional<HttpConnection> writer_;
};

TEST_F(Events, CarryEachChangeWithItsRevision) {
  EventStream stream = listen();
  const auto connected = stream.next("connected");
  ASSERT_TRUE(connected);
  EXPECT_FALSE(connected->id);
  EXPECT_EQ(text_at(connected->json(), "instanceId"), world.instance());
  EXPECT_EQ(number_at(connected->json(), "revision"), 0);
  EXPECT_TRUE(stream.head().starts_with("HTTP/1.1 200 OK\r\n")) << stream.head();
  EXPECT_NE(stream.head().find("text/event-stream"), std::string::npos);
  EXPECT_EQ(stream.head().find("Access-Control"), std::string::npos);

  add("Work");
  const auto created = stream.next("streams");
  ASSERT_TRUE(created);
  EXPECT_EQ(created->id, 1);
  EXPECT_EQ(text_at(created->json(), "type"), "created");
  EXPECT_EQ(text_at(created->json(), "streamId"), "work");

  const json::object commit{{"streamId", "work"}, {"commitHash", "abc123"}, {"message", "Done"}};
  EXPECT_EQ(http().send_json("POST", "/api/commits", commit).status, 201);
  const auto committed = stream.next("commits");
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->id, 2);
  EXPECT_EQ(text_at(committed->json(), "type"), "commit_added");

  Agent agent(world);
  agent.get("update_stream", {{"streamId", "work"}, {"status", "active"}, {"progress", 10}});
  const auto first = stream.next("streams");
  const auto second = stream.next("streams");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->id, 3);
  EXPECT_EQ(second->id, 4);
  const auto stats = stream.next("stats");
  ASSERT_TRUE(stats);
  EXPECT_FALSE(stats->id);
  EXPECT_TRUE(stats->json().contains("activeStreams"));
}

TEST_F(Events, ResumeAfterTheLastOneThatWasSeen) {
  begin_notes();
  for (int i = 0; i < 600; ++i) note(std::to_string(i));  // more than one block of the server's
  const auto all_after = [](std::int64_t revision) {
    std::vector<std::int64_t> ids;
    for (std::int64_t id = revision + 1; id <= 601; ++id) ids.push_back(id);
    return ids;
  };
  for (const std::int64_t seen : {0, 1, 300, 600}) {
    EventStream by_header = listen("/api/events", fmt::format("Last-Event-ID: {}\r\n", seen));
    EXPECT_EQ(next_ids(by_header, static_cast<int>(601 - seen)), all_after(seen));
    EventStream by_query = listen(fmt::format("/api/events?since={}", seen));
    EXPECT_EQ(next_ids(by_query, static_cast<int>(601 - seen)), all_after(seen));
  }
  EventStream both = listen("/api/events?since=5", "Last-Event-ID: 599\r\n");
  EXPECT_EQ(next_ids(both, 2), (std::vector<std::int64_t>{600, 601})) << "a browser that reconnects knows better";
}

TEST_F(Events, GoOnOverARestartOfTheServer) {
  begin_notes();
  EventStream before = listen();
  note("before");
  EXPECT_EQ(next_ids(before, 1), (std::vector<std::int64_t>{2}));
  world.ask({"stop"});
  EXPECT_FALSE(before.next("streams")) << "the stream of a server that is gone has an end";
  world.ask({"update", "work", "--note", "between"});
  EventStream after{connect_to_port(world.port()), fmt::format("127.0.0.1:{}", world.port()), "/api/events",
                    "Last-Event-ID: 2\r\n"};
  EXPECT_EQ(next_ids(after, 1), (std::vector<std::int64_t>{3}));
}

TEST_F(Events, AfterARevisionThatIsNotThereBeginWithAReset) {
  begin_notes();
  EventStream stream = listen("/api/events?since=5000");
  const auto reset = stream.next("reset");
  ASSERT_TRUE(reset);
  EXPECT_FALSE(reset->id);
  const json::object snapshot = reset->json();
  EXPECT_EQ(number_at(snapshot, "revision"), 1);
  ASSERT_EQ(snapshot.at("streams").as_array().size(), 1u);
  EXPECT_EQ(text_at(snapshot.at("streams").as_array()[0].as_object(), "id"), "work");
  EXPECT_TRUE(snapshot.at("stats").as_object().contains("totalCommits"));
  note("after the reset");
  EXPECT_EQ(next_ids(stream, 1), (std::vector<std::int64_t>{2}));
}

TEST_F(Events, RefuseARevisionThatIsNoNumber) {
  for (const char* since : {"abc", "-1", "1.5", "99999999999999999999", "1x"})
    EXPECT_EQ(http().get(fmt::format("/api/events?since={}", since)).status, 400) << since;
}

TEST_F(Events, ReachAThousandListenersOnceEach) {
  const int listeners = kCrowd * 5;
  std::vector<EventStream> streams;
  for (int i = 0; i < listeners; ++i) streams.push_back(i % 2 == 0 ? listen() : listen_on_socket());
  for (EventStream& stream : streams) ASSERT_TRUE(stream.next("connected"));
  add("First");
  add("Second");
  for (EventStream& stream : streams) EXPECT_EQ(next_ids(stream, 2), (std::vector<std::int64_t>{1, 2}));
  for (EventStream& stream : streams) {
    stream.read();
    for (const ServerEvent& event : stream.events()) EXPECT_FALSE(event.id) << event.name << " came twice";
  }
}

TEST_F(Events, OfOneListenerThatDoesNotReadHoldUpNobody) {
  begin_notes();
  const EventStream stuck = listen_on_socket();
  EventStream other = listen_on_socket();
  ASSERT_TRUE(other.next("connected"));
  const std::string text(9'000, 'x');
  constexpr int kNotes = 300;  // many times what the stuck one's socket takes
  for (int i = 0; i < kNotes; ++i) note(text + std::to_string(i));
  EXPECT_EQ(next_ids(other, kNotes).size(), static_cast<std::size_t>(kNotes));
  EXPECT_EQ(http().get("/api/stats").status, 200);
}

/// Takes the server's 15 s: only with STREAM_STATUS_SLOW=1.
class SlowEvents : public Events, public ::testing::WithParamInterface<int> {};

TEST_P(SlowEvents, DropAListenerThatDoesNotReadForLong) {
  begin_notes();
  EventStream stuck = listen_on_socket();
  for (int i = 0; i < 300; ++i) note(std::string(9'000, 'x') + std::to_string(i));
  ASSERT_TRUE(eventually(world.home() + "/logs", [&] { return !world.log_lines("listener_dropped").empty(); }));
  pollfd entry{stuck.descriptor(), POLLRDHUP, 0};
  EXPECT_GT(::poll(&entry, 1, 10'000), 0);
  while (stuck.read()) ASSERT_TRUE(wait_readable(stuck.descriptor(), Deadline()));
  ASSERT_FALSE(stuck.events().empty());
  const std::int64_t last = stuck.events().back().id.value_or(0);
  EventStream again = listen(fmt::format("/api/events?since={}", last));
  EXPECT_EQ(next_ids(again, static_cast<int>(301 - last)).back(), 301);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SlowEvents);
INSTANTIATE_TEST_SUITE_P(Slow, SlowEvents, ::testing::Range(0, number_from_environment("STREAM_STATUS_SLOW", 0)));

}  // namespace
}  // namespace stream_status::testing
