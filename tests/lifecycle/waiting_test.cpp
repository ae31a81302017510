// wait_for_change and presence, by real agents: who waits is told of what others do, holds up nothing of its own, and
// does not notice that the server was replaced.
#include <signal.h>

#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

class WaitingAgent : public LifecycleTest {
 protected:
  void SetUp() override {
    world.ask({"add", "Auth", "--stream-id", "auth"});
    world.ask({"add", "UI", "--stream-id", "ui"});
  }

  /// The server has the call: it is looked for among those that it counts.
  bool is_waiting(std::int64_t waiters) const {
    HttpConnection connection = HttpConnection::to_socket(world.file("api.sock"));
    return eventually(world.directory(), [&] {
      return find_integer(connection.get("/api/health").json(), "waiting").value_or(-1) == waiters;
    });
  }
  static std::string first_change(const ToolAnswer& answer) {
    const json::array& changes = answer.data.at("changes").as_array();
    return changes.empty() ? "" : std::string(text_of(changes.front().as_string()));
  }
};

TEST_F(WaitingAgent, IsToldOfWhatOthersDoAndNotOfWhatItDoes) {
  Agent waiting(world);
  const int wait = waiting.send("wait_for_change", {{"timeoutSeconds", 50}});
  ASSERT_TRUE(is_waiting(1));
  waiting.get("update_stream", {{"streamId", "auth"}, {"progress", 10}});
  EXPECT_FALSE(waiting.has_answer(wait)) << "its own change, made while it waits";
  Agent other(world);
  other.get("update_stream", {{"streamId", "ui"}, {"note", "mind the token"}});
  ASSERT_TRUE(waiting.wait_for(wait));
  const ToolAnswer told = waiting.take(wait);
  EXPECT_TRUE(first_change(told).starts_with("ui note mind the token by ")) << told.text;
  EXPECT_TRUE(is_waiting(0));
}

TEST_F(WaitingAgent, AsksForSomeStreamsAndKindsOnly) {
  Agent waiting(world);
  const int wait = waiting.send("wait_for_change", {{"streamIds", {"auth"}}, {"kinds", {"completed"}}});
  ASSERT_TRUE(is_waiting(1));
  world.ask({"update", "ui", "--status", "completed"});
  world.ask({"update", "auth", "--progress", "50"});
  EXPECT_FALSE(waiting.read() && waiting.has_answer(wait));
  world.ask({"update", "auth", "--status", "completed"});
  ASSERT_TRUE(waiting.wait_for(wait));
  EXPECT_TRUE(first_change(waiting.take(wait)).starts_with("auth completed initializing → completed"));
}

TEST_F(WaitingAgent, IsToldAtOnceOfWhatItMissed) {
  Agent waiting(world);
  const std::int64_t known = number_at(waiting.get("wait_for_change", {{"timeoutSeconds", 1}}), "revision");
  world.ask({"update", "ui", "--progress", "30"});
  const json::object missed = waiting.get("wait_for_change", {{"since", known}});
  EXPECT_EQ(missed.at("changes").as_array().size(), 1u);
  EXPECT_EQ(number_at(missed, "revision"), known + 1);
  const json::object nothing = waiting.get("wait_for_change", {{"since", known + 1}, {"timeoutSeconds", 1}});
  EXPECT_EQ(nothing.at("changes").as_array().size(), 0u) << "time that is over is no error";
}

TEST_F(WaitingAgent, DoesNotNoticeThatTheServerWasReplaced) {
  Agent waiting(world);
  const int wait = waiting.send("wait_for_change", {{"timeoutSeconds", 50}});
  ASSERT_TRUE(is_waiting(1));
  const std::string before = world.instance();
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  world.ask({"update", "ui", "--progress", "30"});
  ASSERT_TRUE(waiting.wait_for(wait));
  EXPECT_TRUE(first_change(waiting.take(wait)).starts_with("ui progress_updated 0 → 30"));
  EXPECT_NE(world.instance(), before);
}

TEST_F(WaitingAgent, IsSentToTheNextServerByOneThatStops) {
  Agent waiting(world);
  const int wait = waiting.send("wait_for_change", {{"timeoutSeconds", 50}});
  ASSERT_TRUE(is_waiting(1));
  world.ask({"restart"});
  world.ask({"update", "ui", "--progress", "30"});
  ASSERT_TRUE(waiting.wait_for(wait));
  EXPECT_TRUE(first_change(waiting.take(wait)).starts_with("ui progress_updated 0 → 30"));
}

TEST_F(WaitingAgent, IsGoneAsSoonAsItsProcessEnds) {
  auto waiting = std::make_unique<Agent>(world);
  waiting->send("wait_for_change", {{"timeoutSeconds", 50}});
  ASSERT_TRUE(is_waiting(1));
  const auto state = [&] {
    const json::object answer = world.ask({"agents"});
    for (const json::value& agent : answer.at("agents").as_array())
      if (!agent.at("process").is_null()) return std::string(text_of(agent.at("state").as_string()));
    return std::string();
  };
  EXPECT_EQ(state(), "live");
  waiting.reset();
  EXPECT_TRUE(eventually(world.directory(), [&] { return state() == "gone"; }));
}

TEST_F(WaitingAgent, ThatIdlesIsThereAgainWhenItsServerWasKilled) {
  Agent idle(world);
  idle.get("claim_stream", {{"streamId", "auth"}});
  const std::string before = world.instance();
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  ASSERT_TRUE(wait_end(server));
  // Nobody calls: the agent itself sees to it, within seconds.
  ASSERT_TRUE(eventually(world.directory(), [&] {
    idle.read();
    const auto record = world.record();
    return record && text_at(*record, "instanceId") != before;
  }));
  HttpConnection connection = HttpConnection::to_socket(world.file("api.sock"));
  ASSERT_TRUE(eventually(world.directory(), [&] {
    const json::array agents = connection.get("/api/agents").json().at("agents").as_array();
    return agents.size() == 1 && agents[0].at("state") == "live";
  }));
}

TEST_F(WaitingAgent, IsOneOfTwoHundredThatAreAllTold) {
  Agents agents;
  std::vector<int> waits;
  for (int i = 0; i < 200; ++i) {
    agents.push_back(std::make_unique<Agent>(world));
    waits.push_back(agents.back()->send("wait_for_change", {{"timeoutSeconds", 50}}));
  }
  ASSERT_TRUE(is_waiting(200));
  world.ask({"update", "ui", "--progress", "30"});
  EXPECT_TRUE(listen_until(agents, [&] {
    for (std::size_t i = 0; i < agents.size(); ++i)
      if (!agents[i]->has_answer(waits[i])) return false;
    return true;
  }));
  EXPECT_EQ(world.ask({"agents"}).at("agents").as_array().size(), 201u);
}

TEST_F(WaitingAgent, OfTheSameNameIsNumberedAndKeepsItsNumberOverARestart) {
  Agent first(world);
  Agent second(world);
  first.get("claim_stream", {{"streamId", "auth"}});
  const ToolAnswer refused = second.call("claim_stream", {{"streamId", "auth"}});
  EXPECT_TRUE(refused.is_error);
  EXPECT_EQ(refused.data.at("code"), "already_claimed");
  second.get("claim_stream", {{"streamId", "ui"}});
  const auto holder = [&](std::string_view id) {
    return text_at(world.ask({"show", std::string(id)}).at("claim").as_object(), "agent");
  };
  const std::string name = holder("auth");
  EXPECT_EQ(holder("ui"), name + "#2");
  world.ask({"restart"});
  EXPECT_TRUE(second.call("claim_stream", {{"streamId", "auth"}}).is_error) << "it comes back first";
  EXPECT_FALSE(second.call("claim_stream", {{"streamId", "ui"}}).is_error);
  EXPECT_FALSE(first.call("claim_stream", {{"streamId", "auth"}, {"action", "renew"}}).is_error);
  EXPECT_EQ(holder("auth"), name);
}

TEST_F(WaitingAgent, IsToldTheAnswerToItsQuestionWhileItWaits) {
  Agent asking(world);
  asking.get("update_stream",
             {{"streamId", "auth"}, {"question", "Which algorithm?"}, {"choices", {"HS256", "RS256"}}});
  const int wait = asking.send("wait_for_change", {{"timeoutSeconds", 50}, {"kinds", {"completed"}}});
  ASSERT_TRUE(is_waiting(1));
  world.ask({"answer", "auth", "rs256"});
  ASSERT_TRUE(asking.wait_for(wait));
  const ToolAnswer told = asking.take(wait);
  EXPECT_NE(told.text.find("News: answer from "), std::string::npos) << told.text;
  EXPECT_NE(told.text.find(" on auth: Which algorithm? → RS256\n"), std::string::npos) << told.text;
  EXPECT_FALSE(asking.get("get_stream", {{"streamId", "auth"}}).contains("news")) << "once";
}

TEST_F(WaitingAgent, IsToldWithItsNextAnswerAfterTheServerWasKilled) {
  Agent agent(world);
  agent.get("claim_stream", {{"streamId", "auth"}});
  world.ask({"tell", "auth", "main is frozen"});
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGKILL));
  const json::object answer = agent.get("update_stream", {{"streamId", "auth"}, {"progress", 10}});
  ASSERT_TRUE(answer.contains("news"));
  EXPECT_EQ(answer.at("news").as_array().size(), 1u);
  EXPECT_FALSE(agent.get("list_streams", {}).contains("news"));
}

}  // namespace
}  // namespace stream_status::testing
