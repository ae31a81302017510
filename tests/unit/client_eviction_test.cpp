#include "client/eviction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "os/lock.h"
#include "support/client_world.h"
#include "support/hung_server.h"

namespace stream_status::client {
namespace {

using testing::ClientWorld;
using ::testing::HasSubstr;
using testing::HungServer;

std::string lock_path(const ClientWorld& world) { return world.directory.path + "/server.lock"; }
std::string lock_text(const ClientWorld& world) { return testing::text_of_file(lock_path(world)); }
HungServer::Plan plan(const ClientWorld& world, HungServer::Sigterm sigterm) {
  return {world.directory.path, world.project.root, sigterm};
}

/// Steps until the state is another than kEnding or the process's end did not come in time.
Eviction::State step_to_end(Eviction& eviction, const ClientWorld& world) {
  std::vector<os::PollEntry> entries;
  eviction.add_wait(entries);
  os::poll(entries, seconds{10});
  return eviction.step(world.clock.monotonic(), entries);
}

TEST(ClientEviction, OneThatIsDeafToSigtermIsKilledAfterFiveSeconds) {
  ClientWorld world;
  const HungServer server(plan(world, HungServer::Sigterm::kIsDeafTo));
  auto eviction = Eviction::begin(lock_path(world), lock_text(world), world.clock.monotonic());
  ASSERT_TRUE(eviction) << eviction.error().message;
  ASSERT_TRUE(testing::eventually(world.directory.path, [&] { return server.terms() == 1; }));
  world.clock.advance(seconds{5} - milliseconds{1});
  EXPECT_EQ(eviction->step(world.clock.monotonic(), {}), Eviction::State::kEnding);
  EXPECT_TRUE(server.runs());
  world.clock.advance(milliseconds{1});
  EXPECT_EQ(eviction->step(world.clock.monotonic(), {}), Eviction::State::kEnding);
  EXPECT_EQ(step_to_end(*eviction, world), Eviction::State::kEnded);
  EXPECT_EQ(server.terms(), 1);
  EXPECT_EQ(testing::wait_exit_code(server.process()), 128 + SIGKILL);
}

TEST(ClientEviction, OneThatIsOnlyStoppedLeavesInGoodOrder) {
  ClientWorld world;
  const HungServer server(plan(world, HungServer::Sigterm::kLeaves));
  ASSERT_TRUE(testing::send_signal(server.process(), SIGSTOP));
  auto eviction = Eviction::begin(lock_path(world), lock_text(world), world.clock.monotonic());
  ASSERT_TRUE(eviction) << eviction.error().message;
  EXPECT_EQ(step_to_end(*eviction, world), Eviction::State::kEnded);
  EXPECT_EQ(testing::wait_exit_code(server.process()), 0);
}

TEST(ClientEviction, OneThatNotEvenSigkillEndsIsSaidSo) {
  ClientWorld world;
  const HungServer server(plan(world, HungServer::Sigterm::kIsDeafTo));
  auto eviction = Eviction::begin(lock_path(world), lock_text(world), world.clock.monotonic());
  ASSERT_TRUE(eviction);
  // Its end is not looked at: as if it did not come.
  for (int i = 0; i < 2; ++i) {
    world.clock.advance(seconds{5});
    if (i == 0) EXPECT_EQ(eviction->step(world.clock.monotonic(), {}), Eviction::State::kEnding);
  }
  EXPECT_EQ(eviction->step(world.clock.monotonic(), {}), Eviction::State::kStays);
  EXPECT_THAT(eviction->error().message, HasSubstr("SIGKILL"));
}

/// What a lock's text may say, and what its reader must then say.
struct Unproved {
  const char* name;
  std::function<std::string(json::object)> text;
  const char* said;
};
class ClientEvictionUnproved : public ::testing::TestWithParam<Unproved> {};

TEST_P(ClientEvictionUnproved, IsNeverSignalled) {
  ClientWorld world;
  HungServer::Plan given = plan(world, HungServer::Sigterm::kLeaves);
  given.lock_text = GetParam().text;
  const HungServer server(given);
  const auto eviction = Eviction::begin(lock_path(world), lock_text(world), world.clock.monotonic());
  ASSERT_FALSE(eviction);
  EXPECT_EQ(eviction.error().code, ErrorCode::kServerUnavailable);
  EXPECT_THAT(eviction.error().message, HasSubstr(GetParam().said));
  EXPECT_THAT(eviction.error().message, HasSubstr(lock_path(world)));
  EXPECT_FALSE(eviction.error().hint.empty());
  EXPECT_TRUE(server.runs());
  EXPECT_EQ(server.terms(), 0);
}

auto with(const char* key, json::value value) {
  return [key, value = std::move(value)](json::object truth) {
    truth[key] = value;
    return json::serialize(truth);
  };
}

INSTANTIATE_TEST_SUITE_P(
    Texts, ClientEvictionUnproved,
    ::testing::Values(
        Unproved{"other_namespace", with("pidNamespace", 1), "another pid namespace"},
        Unproved{"no_namespace", with("pidNamespace", 0), "does not say which process"},
        Unproved{"other_boot", with("bootId", "00000000-0000-0000-0000-000000000000"), "another machine"},
        Unproved{"no_boot", with("bootId", ""), "does not say which process"},
        Unproved{"other_ticks", with("startTicks", 1), "start time"},
        Unproved{"living_stranger", with("pid", static_cast<std::int64_t>(::getpid())), "start time"},
        Unproved{"nobody", with("pid", 0x3ffffff), "start time"},
        Unproved{"init", with("pid", 1), "does not say which process"},
        Unproved{"own_group", with("pid", 0), "does not say which process"},
        Unproved{"everybody", with("pid", -1), "does not say which process"},
        Unproved{"wrong_type", with("pid", "many"), "does not say which process"},
        Unproved{"truncated", [](const json::object& truth) { return json::serialize(truth).substr(0, 30); },
                 "does not say which process"},
        Unproved{"empty", [](const json::object&) { return std::string(); }, "does not say which process"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace stream_status::client
