// A call that waits long makes its client look whether the server still lives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/client_subjects.h"
#include "support/client_world.h"

namespace stream_status::client {
namespace {

using api::OperationId;
using testing::Caller;
using testing::ClientWorld;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::Reply;
using testing::Request;
using testing::request_id_in;
using testing::text_of_result;

TEST(ClientDoubt, AServerThatAnswersItsHealthIsOnlySlow) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request&) { return Reply::silence(); };
  Caller caller(world, StartPolicy::kStartServer);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run());
  EXPECT_EQ(world.clock.elapsed(), seconds{30});
  EXPECT_THAT(text_of_result(caller.results.at(0)), HasSubstr("time is over"));
  EXPECT_EQ(server.handshakes, 7);  // to attach; at 3, 8, 13, 18, 23 and 28 s
  EXPECT_EQ(server.requests.size(), 1u) << "a slow call was sent again";
  EXPECT_EQ(world.starts(), 0);
}

TEST(ClientDoubt, AServerThatHangsAndCanNotBeProvedIsTheCallsError) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [&server](const Request&) {
    server.health_reply = Reply::silence();
    return Reply::silence();
  };
  Caller caller(world, StartPolicy::kStartServer);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run());
  EXPECT_LT(world.clock.elapsed(), seconds{25});
  const std::string said = text_of_result(caller.results.at(0));
  EXPECT_THAT(said, HasSubstr("server_unavailable"));
  EXPECT_THAT(said, HasSubstr("server.lock"));
  EXPECT_THAT(said, HasSubstr("not known whether the call took effect"));
  EXPECT_THAT(caller.results.at(0).error().hint, HasSubstr("requestId"));
}

TEST(ClientDoubt, ACallAtAServerThatWasReplacedGoesToTheNextOneUnderItsRequestId) {
  ClientWorld world;
  FakeServer& old = world.start_server("instance-1");
  FakeServer* next = nullptr;
  old.answer = [](const Request&) { return Reply::silence(); };
  Caller caller(world, StartPolicy::kStartServer);
  caller.call(OperationId::kAddStream, {{"title", "a"}});
  ASSERT_TRUE(caller.run([&] {
    if (old.requests.size() != 1 || next != nullptr) return;
    // Stopped, its lock taken from under it: the connection stays, and nothing will ever come from it.
    old.let_go_of_lock();
    next = &world.start_server("instance-2");
  }));
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(text_of_result(caller.results.at(0)), "{}");
  ASSERT_EQ(next->requests.size(), 1u);
  EXPECT_EQ(request_id_in(next->requests.front()), request_id_in(old.requests.front()));
  EXPECT_EQ(world.clock.elapsed(), seconds{3});
  EXPECT_EQ(caller.client.server()->instance_id, "instance-2");
}

TEST(ClientDoubt, WhoeverNeverStartsAServerNeverDoubtsOne) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request&) { return Reply::silence(); };
  Caller caller(world, StartPolicy::kNeverStart);
  caller.call(OperationId::kListStreams);
  ASSERT_TRUE(caller.run());
  EXPECT_EQ(server.handshakes, 1);
}

}  // namespace
}  // namespace stream_status::client
