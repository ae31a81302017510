#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/attach.h"
#include "os/process.h"
#include "os/socket.h"
#include "support/client_subjects.h"
#include "support/client_world.h"

namespace stream_status::client {
namespace {

using testing::ClientWorld;
using testing::code_of;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::message_of;
using testing::Reply;
using testing::Way;

TEST(ClientAttach, ItAttachesToTheServerThatTheRecordNames) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  Way way(world);
  const auto attached = way.run();
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_EQ(attached->record.instance_id, "instance-1");
  EXPECT_EQ(server.handshakes, 1);
  EXPECT_EQ(world.clock.elapsed(), milliseconds{0});
  EXPECT_EQ(way.attach.state(), Attach::State::kIdle);
}

// ---- A: no record that leads to a server is believed -------------------------------------------

struct BadRecord {
  const char* name;
  std::string text;
  const char* reason;
};
class ClientAttachRecord : public ::testing::TestWithParam<BadRecord> {};

TEST_P(ClientAttachRecord, WithoutAnythingBehindItAServerIsStarted) {
  ClientWorld world;
  if (!GetParam().text.empty())
    testing::write_text(world.directory.path + "/.api-server.lock",
                        GetParam().text == "(empty)" ? std::string() : GetParam().text);
  world.program("echo READY >&3");
  Way way(world);
  const auto attached = way.run([&] {
    if (way.launching() && world.servers.empty()) world.start_server("new");
  });
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_EQ(attached->record.instance_id, "new");
  EXPECT_EQ(world.starts(), 1);
  EXPECT_TRUE(world.logged(fmt::format("server_launch reason={} attempt=1", GetParam().reason)))
      << ::testing::PrintToString(world.lines);
}

std::string record_text(const std::string& root, std::int64_t pid, const std::string& node = "none") {
  return fmt::format(
      R"({{"pid":{},"port":0,"projectRoot":"{}","startedAt":"2026-11-22T14:00:00.000Z","nodeVersion":"{}",)"
      R"("projectName":"board","host":"127.0.0.1","socket":"/s","instanceId":"i","serverVersion":"1","protocol":1,)"
      R"("pidNs":1,"netNs":1}})",
      pid, root, node);
}

INSTANTIATE_TEST_SUITE_P(
    Records, ClientAttachRecord,
    ::testing::Values(BadRecord{"none", "", "no_server"}, BadRecord{"empty", "(empty)", "record_unreadable"},
                      BadRecord{"garbage", "\x01{{{", "record_unreadable"},
                      BadRecord{"truncated", "{\"pid\":12,\"port\":30", "record_unreadable"},
                      BadRecord{"huge", std::string(1 << 20, ' '), "record_unreadable"},
                      BadRecord{"other_project", record_text("/elsewhere", 1), "record_of_other_project"}),
    [](const auto& row) { return row.param.name; });

TEST(ClientAttach, ARecordThatNamesALivingStrangerIsNoServer) {
  ClientWorld world;
  for (const std::int64_t pid : {std::int64_t{1}, std::int64_t{0}, std::int64_t{-1}, os::this_process().pid}) {
    testing::write_text(world.directory.path + "/.api-server.lock", record_text(world.project.root, pid));
    Way way(world, StartPolicy::kNeverStart);
    const auto attached = way.run();
    EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable) << pid;
    EXPECT_EQ(world.clock.elapsed(), milliseconds{0});
  }
}

struct Imposter {
  const char* name;
  std::function<void(FakeServer&)> pretend;
};
class ClientAttachImposter : public ::testing::TestWithParam<Imposter> {};

TEST_P(ClientAttachImposter, IsNeverAttachedTo) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  GetParam().pretend(server);
  server.let_go_of_lock();
  Way way(world, StartPolicy::kNeverStart);
  const auto attached = way.run();
  EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable) << message_of(attached);
  EXPECT_THAT(message_of(attached), HasSubstr("handshake with pid"));
}

INSTANTIATE_TEST_SUITE_P(
    Handshakes, ClientAttachImposter,
    ::testing::Values(
        Imposter{"any_200",
                 [](FakeServer& server) {
                   server.health_reply = Reply{Reply::Kind::kAnswer, 200, "OK"};
                 }},
        Imposter{"empty_object", [](FakeServer& server) { server.health = {}; }},
        Imposter{"other_instance", [](FakeServer& server) { server.health["instanceId"] = "instance-2"; }},
        Imposter{"other_project", [](FakeServer& server) { server.health["projectRoot"] = "/elsewhere"; }},
        Imposter{"wrong_types", [](FakeServer& server) { server.health["instanceId"] = 7; }},
        Imposter{"no_http",
                 [](FakeServer& server) { server.health_reply = Reply::bytes("SSH-2.0-OpenSSH_9.2\r\n\r\n"); }},
        Imposter{"not_found",
                 [](FakeServer& server) {
                   server.health_reply = Reply{Reply::Kind::kAnswer, 404, "{}"};
                 }},
        Imposter{"hangs_up", [](FakeServer& server) { server.health_reply = Reply::close(); }}),
    [](const auto& row) { return row.param.name; });

TEST(ClientAttach, ASquatterOnTheRecordedPortIsNoServer) {
  ClientWorld world;
  const auto squatter = os::listen_loopback(0, 4);
  ASSERT_TRUE(squatter);
  {
    FakeServer& server = world.start_server("instance-1");
    server.record.port = squatter->port;
    server.record.network_namespace = os::network_namespace();
    server.write_record();
  }
  world.servers.clear();
  Way way(world, StartPolicy::kNeverStart);
  const auto attached = way.run();
  EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable);
  EXPECT_THAT(message_of(attached), HasSubstr("no answer in 2 s"));
  EXPECT_EQ(world.clock.elapsed(), seconds{2});
}

TEST(ClientAttach, TheLoopbackPortIsTheSecondChoiceAndGetsTheToken) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  auto port = os::listen_loopback(0, 4);
  ASSERT_TRUE(port);
  testing::write_text(world.directory.path + "/token", "0123abcd\n");
  server.record.port = port->port;
  server.write_record();
  ASSERT_TRUE(os::remove_file(world.directory.fd, "api.sock"));
  server.listen_on(std::move(port->socket));
  Way way(world);
  auto attached = way.run();
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_THAT(server.last_health_head, HasSubstr("Authorization: Bearer 0123abcd\r\n"));
  EXPECT_THAT(server.last_health_head, HasSubstr(fmt::format("Host: 127.0.0.1:{}\r\n", server.record.port)));
}

TEST(ClientAttach, ALivingFoundingServerIsLeftAloneAndNamed) {
  ClientWorld world;
  const std::int64_t pid = os::this_process().pid;
  testing::write_text(world.directory.path + "/.api-server.lock", record_text(world.project.root, pid, "v20.11.0"));
  world.program("echo READY >&3");
  Way way(world);
  const auto attached = way.run();
  EXPECT_EQ(code_of(attached), ErrorCode::kIncompatible);
  EXPECT_THAT(message_of(attached), HasSubstr(fmt::format("pid {}, port 0", pid)));
  EXPECT_EQ(world.starts(), 0);
}

TEST(ClientAttach, ADeadFoundingServersRecordIsPassedBy) {
  ClientWorld world;
  testing::write_text(world.directory.path + "/.api-server.lock",
                      record_text(world.project.root, 0x3ffffff, "v20.11.0"));
  Way way(world, StartPolicy::kNeverStart);
  EXPECT_EQ(code_of(way.run()), ErrorCode::kServerUnavailable);
}

TEST(ClientAttach, AnotherProtocolStopsAtOnceAndSaysWhatToRestart) {
  struct Row {
    int protocol;
    const char* hint;
  };
  for (const Row row : {Row{2, "restart this agent"}, Row{0, "`stream-status restart`"}}) {
    ClientWorld world;
    world.start_server("instance-1").health["protocol"] = row.protocol;
    Way way(world);
    const auto attached = way.run();
    EXPECT_EQ(code_of(attached), ErrorCode::kIncompatible);
    EXPECT_THAT(attached ? "" : attached.error().hint, HasSubstr(row.hint));
    EXPECT_EQ(world.clock.elapsed(), milliseconds{0});
  }
}

// ---- B: the kernel says that somebody is there --------------------------------------------------

TEST(ClientAttach, AServerThatNeverAnswersCountsAsHungAfterTwelveSeconds) {
  for (const StartPolicy policy : {StartPolicy::kNeverStart, StartPolicy::kStartServer}) {
    ClientWorld world;
    FakeServer& server = world.start_server("instance-1");
    server.health_reply = Reply::silence();
    server.write_lock_text(R"({"pid":4711,"phase":"ready","progress":9})");
    Way way(world, policy);
    const auto attached = way.run();
    EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable);
    EXPECT_THAT(message_of(attached), HasSubstr("server.lock and ha"));
    EXPECT_THAT(message_of(attached),
                HasSubstr(policy == StartPolicy::kNeverStart ? "pid 4711 (ready, progress 9) holds"
                                                             : "does not say which process"));
    EXPECT_THAT(attached ? "" : attached.error().hint,
                HasSubstr(policy == StartPolicy::kNeverStart ? "stream-status restart" : "fuser"));
    EXPECT_GE(world.clock.elapsed(), seconds{14});  // 12 s after the first probe, which took its 2 s
    EXPECT_LT(world.clock.elapsed(), seconds{18});
    EXPECT_GE(server.handshakes, 3);
    EXPECT_EQ(world.starts(), 0);
  }
}

TEST(ClientAttach, ASlowStartThatMakesProgressIsWaitedFor) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1", FakeServer::Record::kNone);
  Way way(world);
  int step = 0;
  const auto attached = way.run([&] {
    if (const int second = static_cast<int>(world.clock.elapsed() / seconds{1}); second > step) {
      step = second;
      server.write_lock_text(fmt::format(R"({{"pid":12,"phase":"migrating","progress":{}}})", step));
      if (step == 20) server.write_record();
    }
  });
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_GE(world.clock.elapsed(), seconds{20});
  EXPECT_EQ(world.starts(), 0);
}

TEST(ClientAttach, AStartThatIsStillGoingOnAtTheDeadlineIsSaidSo) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1", FakeServer::Record::kNone);
  Way way(world);
  int step = 0;
  const auto attached = way.run(
      [&] { server.write_lock_text(fmt::format(R"({{"pid":12,"phase":"migrating","progress":{}}})", step++)); });
  EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable);
  EXPECT_THAT(message_of(attached), HasSubstr("pid 12 (migrating, progress "));
  EXPECT_EQ(world.clock.elapsed(), seconds{30});
}

TEST(ClientAttach, ADrainingServerIsWaitedForAndThenReplaced) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  old.health_reply = Reply{Reply::Kind::kAnswer, 503, R"({"error":"shutting down","code":"draining"})"};
  world.program("echo READY >&3");
  Way way(world);
  bool stopped = false;
  const auto attached = way.run([&] {
    if (!stopped && world.clock.elapsed() > seconds{20}) {  // longer than a silent one may take
      old.stop();
      stopped = true;
    }
    if (way.launching() && world.servers.size() == 1) world.start_server("new");
  });
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_EQ(attached->record.instance_id, "new");
  EXPECT_TRUE(world.logged("server_launch reason=drained"));
}

TEST(ClientAttach, AServerWithoutRoomIsBusyAndNotHung) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1");
  server.health_reply = Reply{Reply::Kind::kAnswer, 429, R"({"error":"too many","code":"too_many_requests"})"};
  Way way(world);
  const auto attached = way.run([&] {
    if (world.clock.elapsed() > seconds{20}) server.health_reply.reset();
  });
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_EQ(attached->record.instance_id, "instance-1");
  EXPECT_FALSE(world.logged("hung"));
}

TEST(ClientAttach, TheInstanceThatSaidItDrainsIsNotAttachedToAgain) {
  ClientWorld world;
  FakeServer& old = world.start_server("old");
  Way way(world, StartPolicy::kNeverStart);
  way.attach.begin(world.clock.monotonic(), world.clock.monotonic() + seconds{30}, "old");
  const auto attached = way.run([&] {
    if (world.clock.elapsed() > seconds{1}) old.stop();
  });
  EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable);
}

}  // namespace
}  // namespace stream_status::client
