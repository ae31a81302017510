#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "api/errors.h"
#include "client/attach.h"
#include "os/lock.h"
#include "support/client_subjects.h"
#include "support/client_world.h"

namespace stream_status::client {
namespace {

using testing::ClientWorld;
using testing::code_of;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Not;
using testing::TwoWays;
using testing::Way;

// ---- C: one launcher ----------------------------------------------------------------------------

TEST(ClientLaunch, WithoutAServerAReaderIsToldSoAtOnce) {
  ClientWorld world;
  Way way(world, StartPolicy::kNeverStart);
  const auto attached = way.run();
  EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable);
  EXPECT_THAT(message_of(attached), HasSubstr("no server runs for " + world.project.root));
  EXPECT_EQ(world.clock.elapsed(), milliseconds{0});
}

TEST(ClientLaunch, AReaderCreatesNoDirectory) {
  ClientWorld world;
  std::filesystem::remove_all(world.home.base);
  Way way(world, StartPolicy::kNeverStart);
  EXPECT_EQ(code_of(way.run()), ErrorCode::kServerUnavailable);
  EXPECT_FALSE(std::filesystem::exists(world.directory.path));
}

TEST(ClientLaunch, WhileAnotherStartsTheServerItIsWaitedForAndNothingIsStarted) {
  for (const StartPolicy policy : {StartPolicy::kStartServer, StartPolicy::kNeverStart}) {
    ClientWorld world;
    world.program("echo READY >&3");
    auto launcher = os::FileLock::try_acquire(world.directory.fd, project::kStartLockName);
    ASSERT_TRUE(launcher && *launcher);
    Way way(world, policy);
    const auto attached = way.run([&] {
      if (world.servers.empty() && world.clock.elapsed() > milliseconds{700}) {
        world.start_server("theirs");
        launcher->reset();
      }
    });
    ASSERT_TRUE(attached) << message_of(attached);
    EXPECT_LT(world.clock.elapsed(), milliseconds{1000});
    EXPECT_EQ(world.starts(), 0);
  }
}

TEST(ClientLaunch, TheRecordsAppearanceWakesWhoWaits) {
  ClientWorld world;
  FakeServer& server = world.start_server("instance-1", FakeServer::Record::kNone);
  Way way(world);
  // Long enough for the pauses between looks to be at their longest.
  ASSERT_TRUE(testing::drive(way, world, [&] { return world.clock.elapsed() > seconds{3}; }));
  const milliseconds before = world.clock.elapsed();
  server.write_record();
  const auto attached = way.run();
  ASSERT_TRUE(attached);
  EXPECT_EQ(world.clock.elapsed(), before);
}

TEST(ClientLaunch, OfTwoAtOnceOneStartsTheServerAndBothAttach) {
  ClientWorld world;
  world.program("echo READY >&3");
  Way first(world);
  Way second(world);
  TwoWays both{first, second};
  ASSERT_TRUE(testing::drive(both, world, [&] {
    if (both.launching() && world.servers.empty()) world.start_server("one");
    return both.finished();
  }));
  EXPECT_TRUE(first.attach.take());
  EXPECT_TRUE(second.attach.take());
  EXPECT_EQ(world.starts(), 1);
}

TEST(ClientLaunch, AServerThatCanNotStartIsStartedOnceForAllWhoWait) {
  ClientWorld world;
  world.program(R"(echo 'ERR {"error":"config.json: port: \"x\" is not a number","code":"invalid_argument"}' >&3)");
  Way first(world);
  Way second(world);
  TwoWays both{first, second};
  world.clock.advance(milliseconds{5});
  ASSERT_TRUE(testing::drive(both, world, [&] { return both.finished(); }));
  for (Way* way : {&first, &second}) {
    const auto attached = way->attach.take();
    EXPECT_EQ(code_of(attached), ErrorCode::kInvalidArgument);
    EXPECT_THAT(message_of(attached), HasSubstr("config.json: port"));
  }
  EXPECT_EQ(world.starts(), 1);
}

TEST(ClientLaunch, TheDirectoryMayGoWhileItWaits) {
  ClientWorld world;
  FakeServer& server = world.start_server("old", FakeServer::Record::kNone);
  world.program("echo READY >&3");
  Way way(world);
  bool removed = false;
  const auto attached = way.run([&] {
    if (!removed && world.clock.elapsed() > seconds{1}) {
      server.die();
      std::filesystem::remove_all(world.directory.path);
      removed = true;
    }
    if (way.launching() && world.servers.size() == 1) {
      auto anew = project::open_project_directory(world.home, world.project);
      ASSERT_TRUE(anew);
      world.directory = std::move(*anew);
      world.start_server("new");
    }
  });
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_EQ(attached->record.instance_id, "new");
}

// ---- D: what the server says --------------------------------------------------------------------

TEST(ClientLaunch, TheServerGetsItsArgumentsAndACleanEnvironment) {
  ClientWorld world;
  world.program(fmt::format("env > {0}/env; echo READY >&3", world.temporary.path()));
  Way way(world);
  ASSERT_TRUE(way.run([&] {
    if (way.launching() && world.servers.empty()) world.start_server("new");
  }));
  EXPECT_EQ(testing::text_of_file(world.temporary / "starts"),
            fmt::format("--project {} --home {} --ready-fd 3\n", world.project.worktree, world.home.base));
  const std::string environment = testing::text_of_file(world.temporary / "env");
  EXPECT_THAT(environment, HasSubstr("PATH=/usr/bin:/bin\n"));
  EXPECT_THAT(environment, Not(HasSubstr("SECRET")));
}

TEST(ClientLaunch, TheUsualHomeIsNotWrittenOut) {
  ClientWorld world;
  world.program("echo READY >&3");
  world.home.chosen = project::Home::Chosen::kDefault;
  Way way(world);
  ASSERT_TRUE(way.run([&] {
    if (way.launching() && world.servers.empty()) world.start_server("new");
  }));
  EXPECT_THAT(testing::text_of_file(world.temporary / "starts"), Not(HasSubstr("--home")));
}

TEST(ClientLaunch, LosingTheElectionIsNoError) {
  ClientWorld world;
  world.program("echo LOST >&3");
  Way way(world);
  const auto attached = way.run([&] {
    // Somebody ran `stream-status serve` in that instant.
    if (way.launching() && world.servers.empty()) world.start_server("theirs");
  });
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_EQ(attached->record.instance_id, "theirs");
  EXPECT_EQ(world.clock.elapsed(), milliseconds{0});
}

TEST(ClientLaunch, AnErrorThatAnotherStartWouldRepeatStopsAtOnce) {
  ClientWorld world;
  world.program(
      R"(echo 'ERR {"error":"open store: schema 9 is newer than 1","code":"incompatible","hint":"use the newer version"}' >&3)");
  Way way(world);
  const auto attached = way.run();
  EXPECT_EQ(code_of(attached), ErrorCode::kIncompatible);
  EXPECT_THAT(message_of(attached), HasSubstr("open store: schema 9 is newer than 1"));
  EXPECT_EQ(attached.error().hint, "use the newer version");
  EXPECT_EQ(world.starts(), 1);
  EXPECT_EQ(world.clock.elapsed(), milliseconds{0});
}

TEST(ClientLaunch, ACrashShowsTheEndOfTheLogAndIsTriedAgainEverLater) {
  ClientWorld world;
  world.program("exit 139");
  testing::write_text(world.home.logs() + "/" + world.directory.log_name(), "one\nterminate called: store gone\n");
  ::chmod(world.home.logs().c_str(), 0700);
  Way way(world);
  std::vector<milliseconds> starts;
  const auto attached = way.run([&] {
    if (way.launching() && (starts.empty() || starts.back() != world.clock.elapsed()))
      starts.push_back(world.clock.elapsed());
  });
  EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable);
  EXPECT_THAT(message_of(attached), HasSubstr("it ended without a word"));
  EXPECT_THAT(message_of(attached), HasSubstr("terminate called: store gone"));
  const std::vector<milliseconds> expected = {milliseconds{0},    milliseconds{500},  milliseconds{1500},
                                              milliseconds{3500}, milliseconds{7500}, milliseconds{15500}};
  EXPECT_EQ(starts, expected);
  EXPECT_EQ(world.starts(), 6);
  // The next start would be after the deadline: nothing is won by waiting for it.
  EXPECT_EQ(world.clock.elapsed(), milliseconds{15500});
  EXPECT_TRUE(world.logged("server_launch reason=start_failed attempt=2"));
}

TEST(ClientLaunch, AServerThatEndsRightAfterReadyIsNotStartedWithoutEnd) {
  ClientWorld world;
  world.program("echo READY >&3");
  Way way(world);
  const auto attached = way.run();
  EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable);
  EXPECT_THAT(message_of(attached), HasSubstr("it said READY and went away"));
  EXPECT_LE(world.starts(), 7);
}

TEST(ClientLaunch, ATransientErrorIsTriedAgainAndForgottenWhenItWorks) {
  ClientWorld world;
  world.program(fmt::format(
      R"(test -e {0}/works && {{ echo READY >&3; exit; }}; touch {0}/works; echo 'ERR {{"error":"busy","code":"server_unavailable"}}' >&3)",
      world.temporary.path()));
  Way way(world);
  const auto attached = way.run([&] {
    if (way.launching() && world.starts() == 2 && world.servers.empty()) world.start_server("second");
    if (way.launching() && world.clock.elapsed() == milliseconds{500} && world.servers.empty())
      world.start_server("second");
  });
  ASSERT_TRUE(attached) << message_of(attached);
  EXPECT_EQ(world.clock.elapsed(), milliseconds{500});
}

TEST(ClientLaunch, AMissingProgramIsSaidAtOnce) {
  ClientWorld world;
  Way way(world);
  const auto attached = way.run();
  EXPECT_EQ(code_of(attached), ErrorCode::kServerUnavailable);
  EXPECT_THAT(message_of(attached), HasSubstr(world.temporary / "stream-statusd"));
  EXPECT_THAT(attached.error().hint, HasSubstr("install stream-status again"));
  EXPECT_EQ(world.clock.elapsed(), milliseconds{0});
}

TEST(ClientLaunch, AStartLockIsFreeAgainAfterEveryOutcome) {
  for (const char* script : {"echo READY >&3", "echo LOST >&3", "exit 1", "echo 'ERR {}' >&3"}) {
    ClientWorld world;
    world.program(script);
    Way way(world);
    (void)way.run();
    const auto held = os::is_lock_held(world.directory.fd, project::kStartLockName);
    EXPECT_TRUE(held && !*held) << script;
  }
}

TEST(ClientLaunch, ARefusedDirectoryNamesTheWayOut) {
  ClientWorld world;
  ::chmod(world.directory.path.c_str(), 0777);
  world.program("echo READY >&3");
  Way way(world);
  const auto attached = way.run();
  EXPECT_EQ(code_of(attached), ErrorCode::kPermissionDenied) << message_of(attached);
  EXPECT_EQ(api::exit_code(code_of(attached)), 5);
  EXPECT_THAT(attached ? "" : attached.error().hint, HasSubstr("allow " + world.home.base));
  EXPECT_THAT(attached ? "" : attached.error().hint, HasSubstr("MCP tools"));
  EXPECT_EQ(world.starts(), 0);
  ::chmod(world.directory.path.c_str(), 0700);
}

}  // namespace
}  // namespace stream_status::client
