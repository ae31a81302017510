// One request id, one effect: whatever door the call comes through first, whatever door it comes through again, and
// whether the server died in between.
#include <fmt/format.h>
#include <signal.h>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

constexpr const char* kId = "once-1";

/// A way to say: add the stream "Key escrow", under kId.
struct Door {
  const char* name;
  void (*add)(const World& world, Agent& agent);
};
void PrintTo(const Door& door, std::ostream* out) { *out << door.name; }

void add_as_agent(const World& /*world*/, Agent& agent) {
  EXPECT_EQ(text_at(agent.get("add_stream", {{"title", "Key escrow"}, {"requestId", kId}}), "id"), "key-escrow");
}

void add_by_body(const World& world, Agent& /*agent*/) {
  HttpConnection http = HttpConnection::to_port(world.port());
  const HttpAnswer answer = http.send_json("POST", "/api/streams", {{"title", "Key escrow"}, {"requestId", kId}});
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(text_at(answer.json(), "streamId"), "key-escrow");
}

void add_by_header(const World& world, Agent& /*agent*/) {
  HttpConnection http = HttpConnection::to_socket(world.file("api.sock"));
  const HttpAnswer answer =
      http.send_json("POST", "/api/streams", {{"title", "Key escrow"}}, fmt::format("Idempotency-Key: {}\r\n", kId));
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(text_at(answer.json(), "streamId"), "key-escrow");
}

void add_by_command(const World& world, Agent& /*agent*/) {
  EXPECT_EQ(text_at(world.ask({"add", "Key escrow", "--request-id", kId}), "streamId"), "key-escrow");
}

constexpr Door kDoors[] = {
    {"Agent", add_as_agent}, {"HttpBody", add_by_body}, {"HttpHeader", add_by_header}, {"Command", add_by_command}};

class OneRequestId : public LifecycleTest, public ::testing::WithParamInterface<std::tuple<Door, Door>> {
 protected:
  std::int64_t revision() const {
    return number_at(HttpConnection::to_socket(world.file("api.sock")).get("/api/health").json(), "revision");
  }
};

TEST_P(OneRequestId, TakesEffectOnceThroughAnyTwoDoors) {
  const auto& [first, again] = GetParam();
  Agent agent(world);
  agent.get("list_streams");
  first.add(world, agent);
  EXPECT_EQ(revision(), 1);
  again.add(world, agent);
  EXPECT_EQ(revision(), 1);

  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  agent.get("list_streams");
  again.add(world, agent);
  EXPECT_EQ(revision(), 1) << "the answer outlives its server";
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"key-escrow"});
}

INSTANTIATE_TEST_SUITE_P(Doors, OneRequestId,
                         ::testing::Combine(::testing::ValuesIn(kDoors), ::testing::ValuesIn(kDoors)),
                         [](const auto& doors) {
                           return std::string(std::get<0>(doors.param).name) + "Then" + std::get<1>(doors.param).name;
                         });

class RequestIds : public LifecycleTest {};

TEST_F(RequestIds, WithAnotherCallAreRefusedAtEveryDoor) {
  world.ask({"add", "Key escrow", "--request-id", kId});
  HttpConnection http = HttpConnection::to_port(world.port());
  const std::string header = fmt::format("Idempotency-Key: {}\r\n", kId);
  for (const HttpAnswer& answer : {http.send_json("POST", "/api/streams", {{"title", "Other"}, {"requestId", kId}}),
                                   http.send_json("POST", "/api/streams", {{"title", "Other"}}, header),
                                   http.send_json("PATCH", "/api/streams/key-escrow", {{"progress", 5}}, header),
                                   http.send_json("POST", "/api/streams/key-escrow/archive", json::object{}, header)}) {
    EXPECT_EQ(answer.status, 409) << answer.body;
    EXPECT_EQ(text_at(answer.json(), "code"), "request_id_reused");
  }
  const Refusal refusal = world.refusal({"add", "Other", "--request-id", kId});
  EXPECT_EQ(refusal.exit_code, 4);
  EXPECT_EQ(refusal.code, "request_id_reused");
  Agent agent(world);
  const ToolAnswer answer =
      agent.call("update_stream", {{"streamId", "key-escrow"}, {"progress", 5}, {"requestId", kId}});
  EXPECT_TRUE(answer.is_error);
  EXPECT_EQ(text_at(answer.data, "code"), "request_id_reused");
  EXPECT_EQ(number_at(http.get("/api/health").json(), "revision"), 1);
}

TEST_F(RequestIds, OfARefusalAreFreeAgain) {
  Agent agent(world);
  const json::object call{{"streamId", "key-escrow"}, {"progress", 5}, {"requestId", kId}};
  EXPECT_TRUE(agent.call("update_stream", call).is_error);
  agent.get("add_stream", {{"title", "Key escrow"}});
  agent.get("update_stream", call);
  EXPECT_EQ(number_at(agent.get("get_stream", {{"streamId", "key-escrow"}}), "progress"), 5);
}

/// A call that changes one stream, and what must be told of it, once.
struct Work {
  const char* tool;
  json::object arguments;  ///< streamId is added, and expectedRevision: a second time would be refused
  const char* event;       ///< in the stream's history
  void (*expect)(const json::object& answer);
};
void PrintTo(const Work& work, std::ostream* out) { *out << work.tool; }

const std::vector<Work>& works() {
  static const std::vector<Work> all = {
      {"update_stream",
       {{"progress", 40}, {"note", "half"}},
       "note",
       [](const json::object& answer) { EXPECT_EQ(number_at(answer.at("changes").as_object(), "progress"), 40); }},
      {"add_commit",
       {{"commitHash", "abc1234"}, {"message", "Half of it"}},
       "commit_added",
       [](const json::object& answer) { EXPECT_EQ(answer.at("added"), true); }},
      {"remove_stream",
       {{"completionSummary", "done"}},
       "archived",
       [](const json::object& answer) { EXPECT_EQ(json::serialize(answer).find("already"), std::string::npos); }},
  };
  return all;
}

class WorkOnce : public FaultTest, public ::testing::WithParamInterface<std::tuple<Work, const char*>> {};

// The server dies at the n-th commit of one call, for every n: the agent's process sends it again by itself, and the
// answer is the one that the first server would have given.
TEST_P(WorkOnce, WhicheverCommitOfItTheServerDoesNotOutlive) {
  const auto& [work, point] = GetParam();
  constexpr int kEnough = 30;
  int n = 1;
  for (; n < kEnough; ++n) {
    const std::string id = fmt::format("stream-{}", n);
    world.ask({"add", "Stream", "--stream-id", id});
    Agent agent(world);
    json::object arguments = work.arguments;
    arguments["streamId"] = id;
    if (work.tool != std::string_view("add_commit"))  // which has no such argument
      arguments["expectedRevision"] = agent.get("get_stream", {{"streamId", id}}).at("revision");
    faults.forget();
    faults.plan(fmt::format("{} kill {}", point, n));
    const json::object answer = agent.get(work.tool, arguments);
    faults.plan("");
    work.expect(answer);
    const json::object history = world.ask({"history", id});
    const json::array& events = history.at("events").as_array();
    EXPECT_EQ(std::count_if(events.begin(), events.end(),
                            [&](const json::value& event) { return text_at(event.as_object(), "type") == work.event; }),
              1)
        << json::serialize(history);
    if (faults.reached(point).size() < static_cast<std::size_t>(n)) break;
  }
  EXPECT_GT(n, 1) << "the server never died";
  EXPECT_LT(n, kEnough);
}

INSTANTIATE_TEST_SUITE_P(Points, WorkOnce,
                         ::testing::Combine(::testing::ValuesIn(works()),
                                            ::testing::Values("before_commit", "after_commit", "before_answer")),
                         [](const auto& row) {
                           std::string name = fmt::format("{}_{}", std::get<0>(row.param).tool, std::get<1>(row.param));
                           std::erase(name, '_');
                           return name;
                         });

}  // namespace
}  // namespace stream_status::testing
