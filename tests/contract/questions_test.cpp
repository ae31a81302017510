// Questions, messages and phases: what an agent asks, what it is told once, and what is done of its stream.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::DirectLane;
using testing::ServiceWorld;

/// A base before the world: the world's writer still delivers to it while it ends.
struct WithLane {
  DirectLane lane;
};

class Questions : public ::testing::Test, protected WithLane, protected ServiceWorld {
 protected:
  using Visit = std::optional<Presence::Visit>;

  void SetUp() override {
    must("add_stream", R"({"title":"Auth","streamId":"auth","phases":["design","code","tests","docs"]})");
  }

  Caller connect(const std::string& name, const std::string& process, Visit& visit) {
    return {service.presence().note_call({{name}, process, "claude-code 2", ""}, visit), "", "", process};
  }
  json::object must_as(const Caller& caller, std::string_view operation, std::string_view arguments) {
    auto answer = call(operation, arguments, caller);
    EXPECT_TRUE(answer) << operation << " " << arguments << ": " << answer.error().message;
    return answer ? *std::move(answer) : json::object{};
  }
  json::value stream_value(std::string_view key) { return must("get_stream", R"({"streamId":"auth"})").at(key); }

  /// As the router does it: the call, then what its answer carries besides.
  json::array news_of(const Caller& caller) {
    service.mailbox().note_call(caller, lane);
    const auto answer = parse_json_object(service.mailbox().add_to("{}", caller, *world.reader, lane));
    return answer && answer->contains("news") ? answer->at("news").as_array() : json::array{};
  }
  std::size_t stored_messages() {
    must("update_stream", R"({"streamId":"auth","note":"the writer has done what was asked of it before"})");
    return world.reader->messages_after(0)->size();
  }
};

TEST_F(Questions, AreShownUntilSomebodyAnswersAndTheAskerIsToldOnce) {
  Visit visit;
  const Caller asker = connect("codex@auth", "p1", visit);
  must_as(asker, "update_stream", R"({"streamId":"auth","question":"Which algorithm?","choices":["HS256","RS256"]})");
  EXPECT_EQ(stream_value("question").at("text"), "Which algorithm?");
  EXPECT_EQ(stream_value("question").at("asker"), "codex@auth");
  EXPECT_TRUE(news_of(asker).empty());

  const json::object answered = must("answer_question", R"({"streamId":"auth","answer":"2"})");
  EXPECT_EQ(answered.at("to"), (json::array{"codex@auth"}));
  EXPECT_TRUE(stream_value("question").is_null());
  const json::array news = news_of(asker);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].at("kind"), "answer");
  EXPECT_EQ(news[0].at("from"), "tester");
  EXPECT_EQ(news[0].at("text"), "Which algorithm? → RS256");
  EXPECT_TRUE(news_of(asker).empty()) << "never repeated";
  EXPECT_EQ(stored_messages(), 0u) << "read, as its next call shows";

  const auto again = call("answer_question", R"({"streamId":"auth","answer":"1"})");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "answer auth: it asks nothing");
}

TEST_F(Questions, AnAnswerMeansAChoiceByItsTextOrNumberAndElseItself) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"hs256", "HS256"}, {"1", "HS256"}, {"3", "3"}, {"neither", "neither"}, {"0", "0"}};
  for (const auto& [said, meant] : rows) {
    must("update_stream", R"({"streamId":"auth","question":"Which?","choices":["HS256","RS256"]})");
    must("answer_question", fmt::format(R"({{"streamId":"auth","answer":"{}"}})", said));
    const json::object history = must("get_history", R"({"streamId":"auth","limit":1})");
    EXPECT_EQ(history.at("events").at(0).at("type"), "question_answered");
    EXPECT_EQ(history.at("events").at(0).at("newValue"), json::value(meant)) << said;
  }
}

TEST_F(Questions, AreTakenBackByTheirAgentAndWhenTheStreamIsDone) {
  must("update_stream", R"({"streamId":"auth","question":"Which?"})");
  const std::int64_t head = world.store->head();
  must("update_stream", R"({"streamId":"auth","question":"Which?"})");
  EXPECT_EQ(world.store->head(), head) << "asked already";
  must("update_stream", R"({"streamId":"auth","question":""})");
  EXPECT_TRUE(stream_value("question").is_null());
  must("update_stream", R"({"streamId":"auth","question":"Which?"})");
  must("update_stream", R"({"streamId":"auth","status":"completed"})");
  EXPECT_TRUE(stream_value("question").is_null());
  const auto lonely = call("update_stream", R"({"streamId":"auth","choices":["a"]})");
  ASSERT_FALSE(lonely);
  EXPECT_EQ(lonely.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Questions, AnAnswerOutlivesTheProcessThatDidNotReadItAndTheServer) {
  Caller asker{{"codex@auth"}, "", "", "p1"};
  {
    Visit visit;
    asker = connect("codex@auth", "p1", visit);
    must_as(asker, "update_stream", R"({"streamId":"auth","question":"Which?"})");
    must("answer_question", R"({"streamId":"auth","answer":"RS256"})");
    EXPECT_EQ(news_of(asker).size(), 1u);
  }  // it ends, and whether it read its last answer nobody knows
  Visit next_visit;
  const Caller next = connect("codex@auth", "p2", next_visit);
  EXPECT_EQ(next.agent.text, "codex@auth");
  EXPECT_EQ(news_of(next).size(), 1u) << "its next process is told";
  EXPECT_EQ(stored_messages(), 1u);

  Mailbox after_a_restart(*world.store, writer, service.presence());
  EXPECT_FALSE(after_a_restart.has_for(next, *world.reader)) << "handed to this very process";
  const Caller third{{"codex@auth"}, "", "", "p3"};
  EXPECT_FALSE(after_a_restart.has_for(third, *world.reader)) << "while the second is there it may read it";
  next_visit.reset();
  EXPECT_TRUE(after_a_restart.has_for(third, *world.reader));
  after_a_restart.note_call(next, lane);
  EXPECT_EQ(stored_messages(), 0u) << "the second came back: it had read it";
}

TEST_F(Questions, MessagesGoToAgentsByNameBeginningOrStreamThreeAtATime) {
  Visit codex_visit, claude_visit;
  const Caller codex = connect("codex@auth", "p1", codex_visit);
  const Caller claude = connect("claude@shop", "p2", claude_visit);
  must_as(codex, "claim_stream", R"({"streamId":"auth"})");
  EXPECT_EQ(must("send_message", R"({"to":["auth"],"text":"one"})").at("to"), (json::array{"codex@auth"}));
  EXPECT_EQ(must("send_message", R"({"to":["COD"],"text":"two"})").at("to"), (json::array{"codex@auth"}));
  EXPECT_EQ(must_as(claude, "send_message", R"({"to":["all"],"text":"three"})").at("to"), (json::array{"codex@auth"}));
  must("send_message", R"({"to":["codex@auth","claude@shop"],"text":"four"})");
  EXPECT_EQ(news_of(codex).size(), Mailbox::kAtOnce);
  const json::array rest = news_of(codex);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].at("text"), "four");
  EXPECT_EQ(news_of(claude).size(), 1u);

  const auto unknown = call("send_message", R"({"to":["nobody"],"text":"x"})");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(unknown.error().hint, "agents: claude@shop, codex@auth; or all");
  const auto ambiguous = call("send_message", R"({"to":["c"],"text":"x"})");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().message, "to: \"c\" may be claude@shop, codex@auth");
}

TEST_F(Questions, AMailboxThatIsFullSaysSo) {
  Visit visit;
  connect("codex@auth", "p1", visit);
  for (int i = 0; i < Mailbox::kCapacity; ++i) must("send_message", R"({"to":["codex@auth"],"text":"x"})");
  const auto refused = call("send_message", R"({"to":["codex@auth"],"text":"x"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "to: codex@auth has 100 messages that it has not read");
}

TEST_F(Questions, WhoLosesAClaimAndWhoseStreamOpensAreTold) {
  Visit first_visit, second_visit;
  const Caller first = connect("codex@auth", "p1", first_visit);
  must("add_stream", R"({"title":"UI","streamId":"ui"})");
  must_as(first, "claim_stream", R"({"streamId":"ui"})");
  must("update_stream", R"({"streamId":"ui","status":"blocked","blockers":["auth"]})");
  must("update_stream", R"({"streamId":"auth","status":"completed"})");
  json::array news = news_of(first);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].at("kind"), "opened");
  EXPECT_EQ(news[0].at("streamId"), "ui");

  first_visit.reset();
  world.clock.advance(seconds{901});
  const Caller second = connect("claude@shop", "p2", second_visit);
  must_as(second, "claim_stream", R"({"streamId":"ui"})");
  Visit back;
  news = news_of(connect("codex@auth", "p3", back));
  ASSERT_EQ(news.size(), 2u) << "what its process had not been seen to read, and the new";
  EXPECT_EQ(news[1].at("kind"), "taken");
  EXPECT_EQ(news[1].at("text"), "your lease had run out: it was taken by claude@shop");
}

TEST_F(Questions, WhoseClaimEndsByAnothersHandIsTold) {
  struct Row {
    std::string_view operation;
    std::string_view arguments;
    std::string_view text;
  };
  const Row rows[] = {
      {"claim_stream", R"({"streamId":"ui","force":true})", "it was taken by mara"},
      {"release_claim", R"({"streamId":"ui","force":true})", "it was released by mara"},
      {"update_stream", R"({"streamId":"ui","status":"completed"})", "it was completed by mara"},
  };
  Visit visit;
  const Caller holder = connect("codex@auth", "p1", visit);
  const Caller mara{{"mara"}, "", ""};
  must("add_stream", R"({"title":"UI","streamId":"ui"})");
  for (const Row& row : rows) {
    SCOPED_TRACE(row.operation);
    must_as(holder, "claim_stream", R"({"streamId":"ui","force":true})");
    const json::object done = must_as(mara, row.operation, row.arguments);
    const json::array news = news_of(holder);
    ASSERT_EQ(news.size(), 1u);
    EXPECT_EQ(news[0].at("kind"), "taken");
    EXPECT_EQ(news[0].at("streamId"), "ui");
    EXPECT_EQ(find_string(news[0].as_object(), "text"), row.text);
    if (row.operation == "claim_stream")
      EXPECT_EQ(done.at("message"), "Stream ui is yours, taken over from codex@auth, who still held it");
  }
}

TEST_F(Questions, PhasesAreCompletedOneByOneAndMoveProgress) {
  struct Row {
    std::string_view arguments;
    json::array completed;
    int current;
    int progress;
  };
  const Row rows[] = {
      {R"("completePhase":"design")", {0}, 1, 25},
      {R"("completePhase":"tes")", {0, 2}, 1, 50},
      {R"("completePhase":"1")", {0, 1, 2}, 3, 75},
      {R"("completePhase":"CODE")", {0, 1, 2}, 3, 75},
      {R"("currentPhase":1)", {0, 2}, 1, 50},
      {R"("progress":60)", {0, 2}, 1, 60},
      {R"("completePhase":"code","progress":62)", {0, 1, 2}, 3, 62},
      {R"("phases":["design","tests","ship"])", {0, 1}, 2, 62},
      {R"("completePhase":"ship")", {0, 1, 2}, 2, 100},
  };
  for (const Row& row : rows) {
    must("update_stream", fmt::format(R"({{"streamId":"auth",{}}})", row.arguments));
    EXPECT_EQ(stream_value("completedPhases"), row.completed) << row.arguments;
    EXPECT_EQ(stream_value("currentPhase"), row.current) << row.arguments;
    EXPECT_EQ(stream_value("progress"), row.progress) << row.arguments;
  }
  EXPECT_EQ(stream_value("status"), "initializing") << "done with its phases, not yet completed";
  const auto unknown = call("update_stream", R"({"streamId":"auth","completePhase":"paint"})");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().hint, "phases: design, tests, ship");
  EXPECT_FALSE(call("update_stream", R"({"streamId":"auth","completePhase":"7"})"));
}

TEST_F(Questions, AnUpdateByAnotherThanTheHolderSaysWhoHoldsIt) {
  Visit visit;
  const Caller holder = connect("codex@auth", "p1", visit);
  must_as(holder, "claim_stream", R"({"streamId":"auth"})");
  EXPECT_FALSE(must_as(holder, "update_stream", R"({"streamId":"auth","progress":10})").contains("heldBy"));
  EXPECT_EQ(must("update_stream", R"({"streamId":"auth","progress":20})").at("heldBy"), "codex@auth");
}

}  // namespace
}  // namespace stream_status::service
