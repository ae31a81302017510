// Claims: one holder at a time, told apart by process, and held as long as the holder shows signs of life.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "api/codec.h"
#include "os/process_key.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::ServiceWorld;

class Claims : public ::testing::Test, protected ServiceWorld {
 protected:
  using Visit = std::optional<Presence::Visit>;

  /// An agent's process that stays connected as long as `visit` is there.
  Caller connect(const std::string& name, const std::string& process, Visit& visit, const std::string& worktree = "") {
    return {service.presence().note_call({{name}, process, "claude-code 2", worktree}, visit), worktree, "", process};
  }
  json::object must_as(const Caller& caller, std::string_view operation, std::string_view arguments) {
    Visit none;
    if (caller.process.empty()) service.presence().note_call({caller.agent, "", "", ""}, none);
    auto answer = call(operation, arguments, caller);
    EXPECT_TRUE(answer) << operation << " " << arguments << ": " << answer.error().message;
    return answer ? *std::move(answer) : json::object{};
  }
  Error refused_as(const Caller& caller, std::string_view operation, std::string_view arguments) {
    const std::int64_t before = world.store->head();
    const auto answer = call(operation, arguments, caller);
    EXPECT_FALSE(answer) << operation << " " << arguments;
    EXPECT_EQ(world.store->head(), before) << "a refused call changes nothing";
    return answer ? Error{} : answer.error();
  }
  void add(std::string_view id, std::string_view more = "") {
    must("add_stream", fmt::format(R"({{"title":"{0}","streamId":"{0}"{1}}})", id, more));
  }
  json::value stream_value(std::string_view id, std::string_view key) {
    return must("get_stream", fmt::format(R"({{"streamId":"{}"}})", id)).at(key);
  }
};

TEST_F(Claims, TheFirstGetsItAndTheNextIsToldWhoHasItSinceWhen) {
  add("auth");
  Visit first_visit, second_visit;
  const Caller first = connect("codex@shop", "p1", first_visit);
  const Caller second = connect("claude@shop", "p2", second_visit);
  const json::object taken = must_as(first, "claim_stream", R"({"streamId":"auth"})");
  EXPECT_EQ(taken.at("claim").at("agent"), "codex@shop");
  EXPECT_EQ(taken.at("stream").at("status"), "active") << "work begins";
  EXPECT_EQ(must("get_stream_stats", "{}").at("readyToStart"), 0);

  world.clock.advance(seconds{180});
  const Error told = refused_as(second, "claim_stream", R"({"streamId":"auth"})");
  EXPECT_EQ(told.code, ErrorCode::kAlreadyClaimed);
  EXPECT_NE(told.message.find("codex@shop holds it, since 2026-"), std::string::npos) << told.message;
  EXPECT_NE(told.message.find("(3 min ago)"), std::string::npos) << told.message;
  EXPECT_EQ(told.data.at("claim").at("agent"), "codex@shop");
  EXPECT_EQ(refused_as(second, "renew_claim", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);
  EXPECT_EQ(refused_as(second, "release_claim", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);

  const std::int64_t head = world.store->head();
  must_as(first, "claim_stream", R"({"streamId":"auth"})");
  must_as(first, "renew_claim", R"({"streamId":"auth"})");
  EXPECT_EQ(world.store->head(), head) << "a renewal is no event";
  EXPECT_EQ(json::serialize(must("list_streams", R"({"agent":"codex@shop"})").at("total")), "1");
  EXPECT_EQ(json::serialize(must("list_streams", R"({"agent":"claude@shop"})").at("total")), "0");
}

TEST_F(Claims, WithoutAnIdTheMostUrgentReadyStreamIsTaken) {
  add("docs", R"(,"priority":"low")");
  add("db");
  add("ui", R"(,"priority":"critical","blockers":["db"])");
  add("auth", R"(,"priority":"high")");
  add("done", R"(,"priority":"critical","status":"completed")");
  const auto next = [&](const std::string& name) {
    return json::serialize(must_as({{name}, "", ""}, "claim_stream", "{}").at("streamId"));
  };
  EXPECT_EQ(next("a"), R"("auth")");
  EXPECT_EQ(next("b"), R"("db")");
  EXPECT_EQ(next("c"), R"("docs")");
  const Error none = refused_as({{"d"}, "", ""}, "claim_stream", "{}");
  EXPECT_EQ(none.code, ErrorCode::kStreamNotFound);
  EXPECT_NE(none.message.find("3 are held"), std::string::npos) << none.message;
  must_as({{"b"}, "", ""}, "update_stream", R"({"streamId":"db","status":"completed"})");
  EXPECT_EQ(stream_value("db", "claim"), nullptr) << "what is done is nobody's";
  EXPECT_EQ(next("d"), R"("ui")");
}

TEST_F(Claims, WithoutAnIdTheReadyStreamOfTheCallersWorktreeComesFirst) {
  add("urgent", R"(,"priority":"critical")");
  add("here", R"(,"priority":"low","worktreePath":"/w/here")");
  const Caller caller{{"a"}, "/w/here", "here"};
  EXPECT_EQ(must_as(caller, "claim_stream", "{}").at("streamId"), "here");
  EXPECT_EQ(must_as(caller, "claim_stream", "{}").at("streamId"), "here") << "it is at work there";
}

TEST_F(Claims, AreReleasedWithANoteForTheNext) {
  add("auth");
  const Caller first{{"a"}, "", ""};
  const Caller second{{"b"}, "", ""};
  must_as(first, "claim_stream", R"({"streamId":"auth"})");
  const json::object free = must_as(first, "release_claim", R"({"streamId":"auth","note":"tests are red"})");
  EXPECT_EQ(free.at("claim"), nullptr);
  EXPECT_EQ(free.at("stream").at("status"), "paused");
  const json::object taken = must_as(second, "claim_stream", "{}");
  EXPECT_EQ(taken.at("stream").at("lastNote"), "tests are red");
  EXPECT_EQ(must_as(second, "claim_stream", R"({"streamId":"auth","action":"release"})").at("claim"), nullptr);
  must_as(second, "release_claim", R"({"streamId":"auth"})");  // again: it is so already
  EXPECT_EQ(refused_as(second, "renew_claim", R"({"streamId":"auth"})").code, ErrorCode::kClaimExpired);
  json::array types;
  const json::object history = must("get_history", R"({"streamId":"auth"})");
  for (const json::value& event : history.at("events").as_array()) types.push_back(event.at("type"));
  EXPECT_EQ(json::serialize(types), R"(["status_changed","released","status_changed","claimed","status_changed",)"
                                    R"("released","note","status_changed","claimed","created"])");
}

TEST_F(Claims, OfASilentAgentCanBeTakenOverWhenTheLeaseHasRunOutAndNotBefore) {
  add("auth");
  const Caller first{{"a"}, "", ""};
  const Caller second{{"b"}, "", ""};
  must_as(first, "claim_stream", R"({"streamId":"auth"})");
  world.clock.advance(seconds{899});
  EXPECT_EQ(refused_as(second, "claim_stream", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);
  must_as(first, "update_stream", R"({"streamId":"auth","progress":10})");  // any call renews it
  world.clock.advance(seconds{899});
  EXPECT_EQ(refused_as(second, "claim_stream", "{}").code, ErrorCode::kStreamNotFound);
  world.clock.advance(seconds{2});
  const json::object taken = must_as(second, "claim_stream", "{}");
  EXPECT_EQ(taken.at("streamId"), "auth");
  EXPECT_EQ(taken.at("takenFrom").at("agent"), "a");
  EXPECT_EQ(refused_as(first, "renew_claim", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);
}

TEST_F(Claims, OfAConnectedAgentHoldForHoursOfSilenceButNotForever) {
  add("auth");
  Visit visit;
  const Caller quiet = connect("a", "p1", visit);
  const Caller other{{"b"}, "", ""};
  must_as(quiet, "claim_stream", R"({"streamId":"auth"})");
  world.clock.advance(std::chrono::hours{8});
  EXPECT_EQ(refused_as(other, "claim_stream", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);
  EXPECT_EQ(service.presence().agents().back().state, PresenceState::kQuiet);
  world.clock.advance(seconds{901});
  EXPECT_EQ(must_as(other, "claim_stream", R"({"streamId":"auth"})").at("takenFrom").at("agent"), "a");
}

TEST_F(Claims, OfAnAgentThatHasGoneKeepTheRestOfTheirLease) {
  add("auth");
  Visit visit;
  must_as(connect("a", "p1", visit), "claim_stream", R"({"streamId":"auth"})");
  world.clock.advance(seconds{3600});
  visit.reset();
  EXPECT_EQ(service.presence().agents().back().state, PresenceState::kGone);
  world.clock.advance(seconds{899});
  EXPECT_EQ(refused_as({{"b"}, "", ""}, "claim_stream", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);
  world.clock.advance(seconds{2});
  must_as({{"b"}, "", ""}, "claim_stream", R"({"streamId":"auth"})");
}

TEST_F(Claims, TwoLiveProcessesOfOneNameAreNeverOneHolder) {
  add("auth");
  Visit first_visit, second_visit;
  const Caller first = connect("claude@shop", "p1", first_visit);
  const Caller second = connect("claude@shop", "p2", second_visit);
  EXPECT_EQ(first.agent.text, "claude@shop");
  EXPECT_EQ(second.agent.text, "claude@shop#2");
  must_as(first, "claim_stream", R"({"streamId":"auth"})");
  EXPECT_EQ(refused_as(second, "claim_stream", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);

  first_visit.reset();
  EXPECT_EQ(connect("claude@shop#2", "p2", second_visit).agent.text, "claude@shop#2") << "it keeps its name";
  Visit third_visit;
  const Caller third = connect("claude@shop", "p3", third_visit);
  EXPECT_EQ(third.agent.text, "claude@shop") << "the agent was started anew";
  EXPECT_EQ(must_as(third, "claim_stream", R"({"streamId":"auth"})").at("message"), "Stream auth is yours already");
  EXPECT_EQ(refused_as(second, "claim_stream", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);
}

TEST_F(Claims, OfAProcessThatRunsStayItsOwnAlsoBetweenTwoConnections) {
  add("auth");
  Visit first_visit, second_visit;
  const std::string running = os::make_process_key();  // of this process
  must_as(connect("codex@shop", running, first_visit), "claim_stream", R"({"streamId":"auth"})");
  first_visit.reset();
  const Caller second = connect("codex@shop", "p2", second_visit);
  EXPECT_EQ(second.agent.text, "codex@shop") << "nobody is connected by that name";
  EXPECT_EQ(refused_as(second, "claim_stream", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);
  EXPECT_EQ(refused_as(second, "release_claim", R"({"streamId":"auth"})").code, ErrorCode::kAlreadyClaimed);

  const Caller back = connect("codex@shop", running, first_visit);
  EXPECT_EQ(back.agent.text, "codex@shop#2") << "another live process has the name by now";
  must_as(back, "renew_claim", R"({"streamId":"auth"})");
}

TEST_F(Claims, GiveAHundredAgentsAHundredStreams) {
  for (int i = 0; i < 100; ++i) add(fmt::format("stream-{}", i));
  std::vector<std::string> got(100);
  std::vector<std::thread> agents;
  testing::DirectLane lane;
  for (std::size_t i = 0; i < got.size(); ++i)
    agents.emplace_back([&, i] {
      std::promise<Result<Answer>> answered;
      service.submit({api::find_operation("claim_stream"), {}, {{fmt::format("agent-{}", i)}, "", ""}}, lane,
                     [&](Result<Answer> answer) { answered.set_value(std::move(answer)); });
      const auto answer = answered.get_future().get();
      if (answer) got[i] = *find_string(*parse_json_object(answer->body), "streamId");
    });
  for (std::thread& agent : agents) agent.join();
  EXPECT_EQ(std::set(got.begin(), got.end()).size(), 100u);
  EXPECT_FALSE(std::set(got.begin(), got.end()).contains(""));
}

TEST_F(Claims, RefuseWhatMakesNoSense) {
  add("done", R"(,"status":"completed")");
  add("open");
  const Caller agent{{"a"}, "", ""};
  EXPECT_EQ(refused_as(agent, "claim_stream", R"({"streamId":"done"})").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused_as(agent, "claim_stream", R"({"streamId":"ope"})").code, ErrorCode::kStreamNotFound);
  EXPECT_EQ(refused_as(agent, "claim_stream", R"({"action":"release"})").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused_as(agent, "claim_stream", R"({"action":"steal","streamId":"open"})").code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused_as({{""}, "", ""}, "claim_stream", R"({"streamId":"open"})").code, ErrorCode::kInvalidArgument)
      << "nobody can not hold anything";
}

TEST_F(Claims, OfAnotherProcessOfOnesNameAreNotTakenForOnesOwn) {
  add("auth");
  Visit first_visit, second_visit;
  must_as(connect("codex@shop", "p1", first_visit), "claim_stream", R"({"streamId":"auth"})");
  const Error told = refused_as(connect("codex@shop", "p2", second_visit), "claim_stream", R"({"streamId":"auth"})");
  EXPECT_NE(told.message.find("codex@shop, another process (you are codex@shop#2), holds it"), std::string::npos)
      << told.message;
}

TEST_F(Claims, OfOthersCanBeForcedByAPerson) {
  add("auth");
  must_as({{"a"}, "", ""}, "claim_stream", R"({"streamId":"auth"})");
  const json::object taken = must_as({{"mara"}, "", ""}, "claim_stream", R"({"streamId":"auth","force":true})");
  EXPECT_EQ(taken.at("takenFrom").at("agent"), "a");
  EXPECT_EQ(must_as({{"a"}, "", ""}, "release_claim", R"({"streamId":"auth","force":true})").at("claim"), nullptr);
}

}  // namespace
}  // namespace stream_status::service
