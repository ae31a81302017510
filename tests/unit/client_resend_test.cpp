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

// ---- the durability promise: once, with the same request id --------------------------------------

TEST(ClientResend, AWriteWhoseServerDiesIsSentAgainWithTheSameId) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  old.answer = [](const Request&) { return Reply::silence(); };
  Caller caller(world);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run([&] {
    if (old.requests.size() == 1 && world.servers.size() == 1) {
      old.die();
      world.start_server("new").answer = [](const Request&) { return json_reply(201, R"({"streamId":"a"})"); };
    }
  }));
  const FakeServer& anew = *world.servers[1];
  ASSERT_EQ(anew.requests.size(), 1u);
  EXPECT_EQ(anew.requests[0].body, old.requests[0].body);
  EXPECT_EQ(request_id_in(anew.requests[0]).size(), 36u);
  EXPECT_EQ(anew.handshakes, 1);
  EXPECT_EQ(text_of_result(caller.results.at(0)), R"({"streamId":"a"})");
  EXPECT_EQ(caller.client.server()->instance_id, "new");
}

TEST(ClientResend, AServerThatIsStartedAnewGetsTheCallThatWasLost) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  old.answer = [](const Request&) { return Reply::silence(); };
  world.program("echo READY >&3; read never < /dev/null");
  Caller caller(world, StartPolicy::kStartServer);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  std::vector<os::PollEntry> entries;
  while (old.requests.empty()) {
    caller.client.step(world.clock.monotonic(), entries);
    old.step();
    entries.clear();
    caller.client.add_wait(entries);
    os::poll(entries, milliseconds{0});
  }
  old.die();
  // Real waits for a real process; time stands still.
  while (!caller.client.idle()) {
    caller.client.step(world.clock.monotonic(), entries);
    if (world.starts() > 0 && world.servers.size() == 1) world.start_server("new");
    for (const auto& server : world.servers) server->step();
    entries.clear();
    caller.client.add_wait(entries);
    os::poll(entries, world.servers.size() == 1 ? seconds{30} : milliseconds{1});
  }
  EXPECT_EQ(world.starts(), 1);
  EXPECT_EQ(text_of_result(caller.results.at(0)), "{}");
  EXPECT_EQ(world.servers.back()->requests.at(0).body, old.requests.at(0).body);
}

TEST(ClientResend, AReadWhoseConnectionBreaksIsAskedAgain) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  int asked = 0;
  server.answer = [&](const Request&) { return ++asked == 1 ? Reply::close() : json_reply(200, R"({"ok":1})"); };
  Caller caller(world);
  caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run());
  EXPECT_EQ(text_of_result(caller.results.at(0)), R"({"ok":1})");
  EXPECT_EQ(server.handshakes, 2) << "only after attaching anew";
}

TEST(ClientResend, AfterThreeResendsTheCallEndsAndNamesItsRequestId) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request&) { return Reply::close(); };
  Caller caller(world);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run());
  ASSERT_EQ(server.requests.size(), 4u);
  for (const Request& request : server.requests) EXPECT_EQ(request.body, server.requests[0].body);
  const auto& result = caller.results.at(0);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kServerUnavailable);
  EXPECT_THAT(result.error().message, HasSubstr("the server went before it answered, 4 times"));
  EXPECT_THAT(result.error().message, HasSubstr("not known whether the call took effect"));
  EXPECT_THAT(result.error().hint, HasSubstr(request_id_in(server.requests[0])));
  EXPECT_EQ(json::serialize(result.error().data),
            fmt::format(R"({{"requestId":"{}"}})", request_id_in(server.requests[0])));
}

TEST(ClientResend, AnAnswerThatIsNoHttpIsNotAskedForAgain) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request&) { return Reply::bytes("garbage\r\n\r\n"); };
  Caller caller(world);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run());
  EXPECT_EQ(server.requests.size(), 1u);
}

TEST(ClientResend, ARequestThatIsNoOperationIsNotSentTwice) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request&) { return Reply::close(); };
  Caller caller(world);
  caller.client.request(api::Method::kPost, std::string(api::kStopPath), {{"instanceId", "instance-1"}}, caller.note());
  ASSERT_TRUE(caller.run());
  EXPECT_EQ(server.requests.size(), 1u);
  EXPECT_EQ(server.requests[0].body, R"({"instanceId":"instance-1"})");
  EXPECT_THAT(text_of_result(caller.results.at(0)), HasSubstr("server_unavailable: call POST /api/server/stop"));
}

TEST(ClientResend, AServerThatDrainsIsWaitedForAndTheNextOneGetsTheCall) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  old.answer = [](const Request&) { return json_reply(503, R"({"error":"shutting down","code":"draining"})"); };
  Caller caller(world);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run([&] {
    if (world.clock.elapsed() > seconds{8} && world.servers.size() == 1) {
      old.stop();
      world.start_server("new");
    }
  }));
  EXPECT_EQ(old.requests.size(), 1u) << "asked once, then left alone";
  EXPECT_EQ(world.servers[1]->requests.at(0).body, old.requests.at(0).body);
  EXPECT_EQ(text_of_result(caller.results.at(0)), "{}");
}

// A server whose files were just replaced says so, too, of what it has committed.
TEST(ClientResend, WhatADrainingServerRefusedMayHaveTakenEffect) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  old.answer = [](const Request&) { return json_reply(503, R"({"error":"shutting down","code":"draining"})"); };
  Caller caller(world);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run([&] {
    if (old.requests.size() == 1) old.stop();
  }));
  EXPECT_THAT(text_of_result(caller.results.at(0)), HasSubstr("not known whether the call took effect"));
  EXPECT_THAT(caller.results.at(0).error().hint, HasSubstr(request_id_in(old.requests.at(0))));
}

TEST(ClientResend, AServerThatHasLeftWhileTheAgentWasIdleIsNoError) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  Caller caller(world);
  caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run());
  old.stop();
  ASSERT_TRUE(testing::drive(caller.client, world, [&] { return caller.client.server() == nullptr; }));
  world.start_server("new");
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run());
  EXPECT_TRUE(caller.results.at(1));
}

TEST(ClientResend, ACallOnAConnectionThatHasJustDiedGoesToTheNextServer) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  Caller caller(world);
  caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run());
  old.die();
  world.start_server("new");
  caller.call(OperationId::kAddStream, {{"title", "a"}});  // the end of the file has not been seen yet
  ASSERT_TRUE(caller.run());
  EXPECT_TRUE(caller.results.at(1)) << text_of_result(caller.results.at(1));
  EXPECT_EQ(world.servers[1]->requests.size(), 1u);
}

// ---- deadlines -------------------------------------------------------------------------------------

TEST(ClientResend, ACallWithoutAnAnswerEndsAtItsDeadline) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request& request) {
    return request.method == "POST" ? Reply::silence() : json_reply(200, "{}");
  };
  Caller caller(world);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run());
  EXPECT_EQ(world.clock.elapsed(), seconds{30});
  EXPECT_THAT(text_of_result(caller.results.at(0)),
              HasSubstr("server_unavailable: call POST /api/streams: time is over"));
  EXPECT_THAT(text_of_result(caller.results.at(0)), HasSubstr("not known whether the call took effect"));
  // The late answer must not become the next call's.
  caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run());
  EXPECT_EQ(text_of_result(caller.results.at(1)), "{}");
  EXPECT_EQ(server.handshakes, 2);
}

TEST(ClientResend, TheLongTimeOfACallThatWorksOnGitIsNotForItsServersReturn) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request&) { return Reply::silence(); };
  Caller caller(world);
  caller.call(OperationId::kCheckConflicts);
  caller.call(OperationId::kGetStreamStats);
  int progress = 0;
  ASSERT_TRUE(caller.run([&] {
    if (server.requests.empty()) return;
    if (progress++ == 0) {
      server.die();
      world.start_server("next", FakeServer::Record::kNone);  // starts, and never ends that
    }
    world.servers.back()->write_lock_text(fmt::format(R"({{"pid":9,"phase":"opening","progress":{}}})", progress));
  }));
  EXPECT_EQ(world.clock.elapsed(), seconds{30});
  EXPECT_EQ(caller.results.size(), 2u);
}

TEST(ClientResend, ACallBehindALongOneWaitsForItsTurn) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request& request) {
    return request.target.find("stats") != std::string::npos ? json_reply(200, "{}") : Reply::silence();
  };
  Caller caller(world);
  caller.call(OperationId::kScanCommits);
  caller.call(OperationId::kGetStreamStats);
  ASSERT_TRUE(caller.run());
  EXPECT_THAT(text_of_result(caller.results.at(0)), HasSubstr("time is over"));
  EXPECT_EQ(text_of_result(caller.results.at(1)), "{}");
}

TEST(ClientResend, WhatWorksOnGitHasMoreTimeOnceItIsSent) {
  for (const auto id : {OperationId::kScanCommits, OperationId::kCheckConflicts}) {
    ClientWorld world;
    FakeServer& server = world.start_server("instance-1");
    server.answer = [](const Request&) { return Reply::silence(); };
    Caller caller(world);
    caller.call(id);
    ASSERT_TRUE(caller.run());
    EXPECT_EQ(world.clock.elapsed(), seconds{300});
    EXPECT_THAT(text_of_result(caller.results.at(0)), HasSubstr("time is over"));
  }
}

TEST(ClientResend, ACallThatWaitsForAServerEndsAtItsOwnDeadline) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1", FakeServer::Record::kNone);
  Caller caller(world);
  std::vector<milliseconds> ends;
  const auto ask = [&] {
    caller.client.call(api::operation(OperationId::kGetStreamStats), {}, [&](Result<json::value> result) {
      caller.results.push_back(std::move(result));
      ends.push_back(world.clock.elapsed());
    });
  };
  ask();
  int progress = 0;
  bool second = false;
  ASSERT_TRUE(caller.run([&] {
    server.write_lock_text(fmt::format(R"({{"pid":9,"phase":"migrating","progress":{}}})", ++progress));
    if (!second && world.clock.elapsed() >= seconds{10}) {
      second = true;
      ask();
    }
  }));
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0], seconds{30});
  EXPECT_GE(ends[1], seconds{40});
  for (const auto& result : caller.results) EXPECT_THAT(text_of_result(result), HasSubstr("pid 9 (migrating"));
}

TEST(ClientResend, WithoutAServerEveryWaitingCallGetsTheReason) {
  ClientWorld world;
  Caller caller(world);
  for (int i = 0; i < 3; ++i) caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run());
  ASSERT_EQ(caller.results.size(), 3u);
  for (const auto& result : caller.results) {
    EXPECT_THAT(text_of_result(result), HasSubstr("server_unavailable: attach: no server runs for"));
    EXPECT_THAT(text_of_result(result), Not(HasSubstr("took effect"))) << "it was never sent";
  }
}

}  // namespace
}  // namespace stream_status::client
