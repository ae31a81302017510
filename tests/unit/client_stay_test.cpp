// Between calls: an agent that was there finds the next server by itself, and a wait that nobody waits for ends.
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
using testing::Reply;
using testing::Request;

/// Steps client and servers, with the time moved on, until nothing happens any more.
void let_pass(ClientWorld& world, Caller& caller, seconds time) {
  world.clock.advance(time);
  std::vector<os::PollEntry> entries;
  for (int quiet = 0; quiet < 20; ++quiet) {
    caller.client.step(world.clock.monotonic(), entries);
    for (const auto& server : world.servers)
      if (server->step()) quiet = 0;
    entries.clear();
    caller.client.add_wait(entries);
    os::poll(entries, milliseconds{0});
  }
}

class ClientStay : public ::testing::Test {
 protected:
  ClientStay() { caller.client.stay_connected(); }
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  Caller caller{world};
};

TEST_F(ClientStay, AnAgentWhoseServerWasKilledIsThereAgainWithTheNextOne) {
  caller.call(OperationId::kGetVersion, {});
  ASSERT_TRUE(caller.run());
  old.die();
  let_pass(world, caller, seconds{1});
  FakeServer& anew = world.start_server("new");
  let_pass(world, caller, seconds{3});
  EXPECT_EQ(anew.connections(), 0u) << "not at once: all who were there would come together";
  let_pass(world, caller, seconds{3});
  ASSERT_EQ(anew.requests.size(), 1u);
  EXPECT_NE(anew.requests[0].head.find("Stream-Status-Agent"), std::string::npos) << anew.requests[0].head;
  EXPECT_EQ(anew.connections(), 1u);
}

TEST_F(ClientStay, NothingIsAskedForAfterAStop) {
  caller.call(OperationId::kGetVersion, {});
  ASSERT_TRUE(caller.run());
  old.stop();
  for (int i = 0; i < 10; ++i) let_pass(world, caller, seconds{6});
  EXPECT_EQ(caller.client.server(), nullptr);
  EXPECT_EQ(world.starts(), 0);
}

TEST_F(ClientStay, WhoNeverCalledIsNotThere) {
  caller.client.call(api::operation(OperationId::kListStreams), {}, InNameOf::kNobody, [](const auto&) {});
  let_pass(world, caller, seconds{0});
  ASSERT_EQ(old.requests.size(), 1u);
  EXPECT_EQ(old.requests[0].head.find("Stream-Status-Agent"), std::string::npos) << old.requests[0].head;
  old.die();
  FakeServer& anew = world.start_server("new");
  for (int i = 0; i < 3; ++i) let_pass(world, caller, seconds{6});
  EXPECT_EQ(anew.connections(), 0u);
}

TEST(ClientGiveUp, AWaitClosesItsConnectionAndIsNotSentAgain) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  Caller caller(world);
  old.answer = [](const Request&) { return Reply::silence(); };
  int answered = 0;
  const auto ticket = caller.client.call(api::operation(OperationId::kWaitForChange), {{"since", 1}}, InNameOf::kAgent,
                                         [&](const auto&) { ++answered; });
  let_pass(world, caller, seconds{0});
  ASSERT_EQ(old.requests.size(), 1u);
  caller.client.cancel(ticket);
  let_pass(world, caller, seconds{0});
  EXPECT_EQ(old.connections(), 0u);
  let_pass(world, caller, seconds{60});
  EXPECT_EQ(answered, 0);
  EXPECT_TRUE(caller.client.idle());
}

TEST_F(ClientStay, AWaitThatIsGivenUpBeforeItBeganIsNeverSent) {
  old.health_reply = Reply::silence();
  const auto ticket = caller.client.call(api::operation(OperationId::kWaitForChange), {}, InNameOf::kAgent,
                                         [](const auto&) { FAIL(); });
  caller.client.cancel(ticket);
  old.health_reply.reset();
  let_pass(world, caller, seconds{1});
  EXPECT_TRUE(old.requests.empty());
}

TEST_F(ClientStay, OtherCallsTakeTheirCourse) {
  int answered = 0;
  const auto ticket = caller.client.call(api::operation(OperationId::kGetVersion), {}, InNameOf::kAgent,
                                         [&](const auto&) { ++answered; });
  caller.client.cancel(ticket);
  let_pass(world, caller, seconds{0});
  EXPECT_EQ(answered, 1);
}

}  // namespace
}  // namespace stream_status::client
