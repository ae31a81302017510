#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/client.h"
#include "support/client_subjects.h"
#include "support/client_world.h"

namespace stream_status::client {
namespace {

using api::OperationId;
using testing::Caller;
using testing::ClientWorld;
using testing::FakeServer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Reply;
using testing::Request;
using testing::request_id_in;
using testing::text_of_result;

Reply json_reply(int status, std::string text) { return {Reply::Kind::kAnswer, status, std::move(text)}; }

TEST(Client, ACallIsAnsweredWithTheBodyAndTheServerIsKnown) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request&) { return Reply{Reply::Kind::kAnswer, 200, R"({"activeStreams":3})"}; };
  Caller caller(world);
  EXPECT_EQ(caller.client.server(), nullptr);
  EXPECT_TRUE(caller.client.idle());
  caller.call(OperationId::kGetStreamStats);
  EXPECT_FALSE(caller.client.idle());
  ASSERT_TRUE(caller.run());
  ASSERT_EQ(caller.results.size(), 1u);
  EXPECT_EQ(text_of_result(caller.results[0]), R"({"activeStreams":3})");
  ASSERT_NE(caller.client.server(), nullptr);
  EXPECT_EQ(caller.client.server()->instance_id, "instance-1");
}

TEST(Client, EachCallSaysWhoAndWhere) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  Caller caller(world);
  caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run());
  caller.client.set_agent({.name = "Ünal/2"});
  caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run());
  EXPECT_THAT(server.requests[0].head, HasSubstr("\r\nStream-Status-Agent: tester\r\n"));
  EXPECT_THAT(server.requests[0].head,
              HasSubstr("\r\nStream-Status-Worktree: " + api::percent_encode(world.project.worktree) + "\r\n"));
  EXPECT_THAT(server.requests[1].head, HasSubstr("\r\nStream-Status-Agent: %C3%9Cnal%2F2\r\n"));
}

TEST(Client, AWriteSaysTheBranchThatIsCheckedOutNow) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  Caller caller(world);
  for (const std::string branch : {"main", "feature/auth"}) {
    testing::write_text(world.project.worktree + "/.git/HEAD", "ref: refs/heads/" + branch + "\n");
    caller.call(OperationId::kAddStream, {{"title", "x"}});
    ASSERT_TRUE(caller.run());
  }
  EXPECT_THAT(server.requests[0].head, HasSubstr("\r\nStream-Status-Branch: main\r\n"));
  EXPECT_THAT(server.requests[1].head, HasSubstr("\r\nStream-Status-Branch: feature%2Fauth\r\n"));
}

TEST(Client, TheConnectionIsShakenHandsWithOnceAndKept) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  Caller caller(world);
  for (int i = 0; i < 5; ++i) {
    caller.call(OperationId::kListStreams);
    ASSERT_TRUE(caller.run());
  }
  EXPECT_EQ(server.requests.size(), 5u);
  EXPECT_EQ(server.handshakes, 1);
  EXPECT_EQ(server.connections(), 1u);
}

TEST(Client, AWarmCallIsSentAtOnce) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  Caller caller(world);
  caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run());
  caller.call(OperationId::kGetStreamStats);
  server.step();
  EXPECT_EQ(server.requests.size(), 2u);
  EXPECT_FALSE(caller.client.idle());
}

TEST(Client, AWriteCarriesARequestIdUnlessItBringsOne) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  Caller caller(world);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  caller.call(OperationId::kAddStream, {{"title", "b"}, {"requestId", nullptr}});
  caller.call(OperationId::kAddStream, {{"title", "c"}, {"requestId", "mine"}});
  caller.call(OperationId::kListStreams);
  ASSERT_TRUE(caller.run());
  ASSERT_EQ(server.requests.size(), 4u);
  EXPECT_EQ(request_id_in(server.requests[0]).size(), 36u);
  EXPECT_EQ(request_id_in(server.requests[1]).size(), 36u);
  EXPECT_NE(request_id_in(server.requests[0]), request_id_in(server.requests[1]));
  EXPECT_EQ(request_id_in(server.requests[2]), "mine");
  EXPECT_THAT(server.requests[3].target, Not(HasSubstr("requestId")));
}

struct Row {
  const char* name;
  Reply reply;
  const char* shown;
};
class ClientAnswers : public ::testing::TestWithParam<Row> {};

TEST_P(ClientAnswers, BecomeResults) {
  ClientWorld world;
  world.start_server("instance-1").answer = [](const Request&) { return GetParam().reply; };
  Caller caller(world);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run());
  ASSERT_EQ(caller.results.size(), 1u);
  EXPECT_THAT(text_of_result(caller.results[0]), HasSubstr(GetParam().shown));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ClientAnswers,
    ::testing::Values(Row{"created", json_reply(201, R"({"success":true})"), R"({"success":true})"},
                      Row{"empty", json_reply(200, ""), "null"},
                      Row{"conflict", json_reply(409, R"({"error":"add_stream: a: exists","code":"stream_exists"})"),
                          "stream_exists: add_stream: a: exists"},
                      Row{"full", json_reply(503, R"({"error":"disk full","code":"storage_full"})"),
                          "storage_full: disk full"},
                      Row{"no_json", json_reply(500, "<html>"), "internal: read the server's answer: 500"},
                      Row{"success_without_json", json_reply(200, "OK"), "internal: read the server's answer: 200"},
                      Row{"no_http", Reply::bytes("hello\r\n\r\n", true),
                          "internal: call POST /api/streams: its answer is not HTTP"}),
    [](const auto& row) { return row.param.name; });

// ---- several at once -------------------------------------------------------------------------------

TEST(Client, CallsAreSentOneAfterTheOtherInTheOrderInWhichTheyWereMade) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [&](const Request&) { return server.requests.size() == 10 ? Reply::close() : json_reply(200, "{}"); };
  Caller caller(world);
  for (int i = 0; i < 30; ++i) caller.call(OperationId::kGetStream, {{"streamId", fmt::format("s{}", i)}});
  std::size_t most = 0;
  ASSERT_TRUE(caller.run([&] { most = std::max(most, server.connections()); }));
  EXPECT_EQ(most, 1u);
  EXPECT_EQ(caller.results.size(), 30u);
  std::vector<std::string> expected;
  for (int i = 0; i < 30; ++i) expected.push_back(fmt::format("/api/streams/s{}", i));
  expected.insert(expected.begin() + 9, expected[9]);  // lost with its connection, and asked again before all others
  std::vector<std::string> asked;
  for (const Request& request : server.requests) asked.push_back(request.target);
  EXPECT_EQ(asked, expected);
}

TEST(Client, WithMoreConnectionsCallsGoOutAtOnceAndAllAreAnswered) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [&](const Request&) { return Reply::silence(); };
  Caller caller(world, StartPolicy::kNeverStart, 8);
  for (int i = 0; i < 50; ++i) caller.call(OperationId::kGetStreamStats);
  std::size_t most = 0;
  bool released = false;
  ASSERT_TRUE(caller.run([&] {
    most = std::max(most, server.connections());
    if (released || server.requests.size() < 8) return;
    released = true;
    server.answer = {};
    server.drop_connections();
  }));
  EXPECT_EQ(most, 8u);
  ASSERT_EQ(caller.results.size(), 50u);
  for (const auto& result : caller.results) EXPECT_TRUE(result) << text_of_result(result);
}

TEST(Client, AServerThatGivesOneConnectionIsEnough) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  Caller caller(world, StartPolicy::kNeverStart, 8);
  for (int i = 0; i < 9; ++i) caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run([&] {
    if (server.handshakes == 1) server.health_reply = Reply::close();
  }));
  EXPECT_EQ(server.handshakes, 2) << "asked for a second one once";
  ASSERT_EQ(caller.results.size(), 9u);
  for (const auto& result : caller.results) EXPECT_TRUE(result) << text_of_result(result);
}

TEST(Client, AnAnswerMayCallAgain) {
  ClientWorld world;
  world.start_server("instance-1");
  Caller caller(world);
  int left = 5;
  Client::Done again;
  again = [&](const Result<json::value>& result) {
    EXPECT_TRUE(result);
    if (--left > 0) caller.client.call(api::operation(OperationId::kGetStreamStats), {}, again);
  };
  caller.client.call(api::operation(OperationId::kGetStreamStats), {}, again);
  ASSERT_TRUE(caller.run());
  EXPECT_EQ(left, 0);
}

TEST(Client, AConnectionThatTheServerEndsAfterItsAnswerIsNotUsedAgain) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request&) {
    return Reply::bytes("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", true);
  };
  Caller caller(world);
  for (int i = 0; i < 3; ++i) {
    caller.call(OperationId::kAddStream, {{"title", "a"}});
    ASSERT_TRUE(caller.run());
    EXPECT_TRUE(caller.results.back());
  }
  EXPECT_EQ(server.requests.size(), 3u);
}

}  // namespace
}  // namespace stream_status::client
