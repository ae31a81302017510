#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "client/client.h"
#include "support/client_subjects.h"
#include "support/client_world.h"
#include "support/server_thread.h"

namespace stream_status::client {
namespace {

using api::OperationId;
using testing::ClientWorld;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::Reply;
using testing::Request;
using testing::ServerThread;
using testing::text_of_result;

Reply json_reply(int status, std::string text) { return {Reply::Kind::kAnswer, status, std::move(text)}; }

// ---- those that wait by themselves -----------------------------------------------------------------

TEST(ClientBlocking, ACallIsWaitedFor) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.answer = [](const Request& request) {
    return json_reply(200, fmt::format(R"({{"target":"{}"}})", request.target));
  };
  const ServerThread running(server);
  const os::RealClock clock;
  Client client(world.settings(), clock, world.log);
  const auto stats = call_and_wait(client, clock, api::operation(OperationId::kGetStreamStats), {});
  EXPECT_EQ(text_of_result(stats), R"({"target":"/api/stats"})");
  const auto other = request_and_wait(client, clock, api::Method::kGet, "/api/openapi.json", {});
  EXPECT_EQ(text_of_result(other), R"({"target":"/api/openapi.json"})");
  Client moved = std::move(client);
  EXPECT_TRUE(call_and_wait(moved, clock, api::operation(OperationId::kGetStreamStats), {}));
}

TEST(ClientBlocking, AProbeTellsWhoAnswers) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  const ServerThread running(server);
  const auto found = probe(world.directory, os::RealClock{});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->held);
  ASSERT_TRUE(found->record) << found->problem;
  EXPECT_EQ(found->record->instance_id, "instance-1");
  EXPECT_EQ(find_integer(found->health, "revision"), 7);
  EXPECT_EQ(found->problem, "");
}

TEST(ClientBlocking, AProbeOfAnotherProtocolStillSaysWhoItIs) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.health["protocol"] = 2;
  const ServerThread running(server);
  const auto found = probe(world.directory, os::RealClock{});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->record);
  EXPECT_THAT(found->problem, HasSubstr("speaks protocol 2"));
}

TEST(ClientBlocking, WhoIsAskedToStopHasHeardWhenItSaysSoOrDrains) {
  struct Row {
    const char* status;
    Reply answer;
    bool has_heard;
  };
  const Row table[] = {{"ok", json_reply(200, "{}"), true},  {"ok", json_reply(503, R"({"code":"draining"})"), true},
                       {"draining", Reply::close(), true},   {"ok", Reply::close(), false},
                       {"ok", json_reply(409, "{}"), false}, {"ok", json_reply(503, "{}"), false}};
  for (const Row& row : table) {
    ClientWorld world;
    FakeServer& server = world.start_server("instance-1");
    server.health["status"] = row.status;
    server.answer = [&](const Request&) { return row.answer; };
    const ServerThread running(server);
    EXPECT_EQ(ask_to_stop(world.directory, os::RealClock{}, server.record), row.has_heard)
        << row.status << " " << row.answer.status;
  }
}

TEST(ClientBlocking, AProbeOfNobodySaysWhy) {
  ClientWorld world;
  auto found = probe(world.directory, os::RealClock{});
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->held);
  EXPECT_FALSE(found->record);
  EXPECT_EQ(found->problem, "");

  world.start_server("instance-1").die();
  found = probe(world.directory, os::RealClock{});
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->held);
  EXPECT_FALSE(found->record);
  EXPECT_THAT(found->problem, HasSubstr("connect"));

  testing::write_text(world.directory.path + "/.api-server.lock", "{");
  found = probe(world.directory, os::RealClock{});
  ASSERT_TRUE(found);
  EXPECT_NE(found->problem, "");
}

TEST(ClientServerProgram, IsBesideThisProgramOrInLibexec) {
  const testing::TemporaryDirectory root;
  const std::string own = root / "bin/stream-status";
  auto program = find_server_program(own);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, ErrorCode::kServerUnavailable);
  EXPECT_THAT(program.error().message, HasSubstr(root / "bin/stream-statusd"));
  EXPECT_THAT(program.error().message, HasSubstr(root / "libexec/stream-status/stream-statusd"));

  testing::write_text(root / "libexec/stream-status/stream-statusd", "");
  EXPECT_EQ(find_server_program(own).value_or(""), root / "libexec/stream-status/stream-statusd");
  testing::write_text(root / "bin/stream-statusd", "");
  EXPECT_EQ(find_server_program(own).value_or(""), root / "bin/stream-statusd");
}

}  // namespace
}  // namespace stream_status::client
