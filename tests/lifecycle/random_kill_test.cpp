// SIGKILL to whoever holds server.lock, at any moment of its life, again and again, under writers that never rest. A
// few seconds by default; STREAM_STATUS_KILL_SECONDS=300 is the run that the reliability table quotes.
#include <signal.h>

#include <random>

#include "lifecycle/lifecycle_test.h"
#include "support/writers.h"

namespace stream_status::testing {
namespace {

using std::chrono::steady_clock;

class RandomKill : public LifecycleTest {
 protected:
  /// Of the text of server.lock, which is there before the record. A process of another world is never meant.
  bool kill_holder() const {
    const auto text = parse_json_object(text_of_file(world.file("server.lock")));
    const auto pid = text ? find_integer(*text, "pid") : std::nullopt;
    if (!pid) return false;
    const auto process = os::watch_process(*pid);
    return process && holds_open(static_cast<pid_t>(*pid), world.file("server.lock")) && send_signal(*process, SIGKILL);
  }
};

TEST_F(RandomKill, EveryTenthOfASecondUnderFiftyWritersLosesNothingAndAppliesNothingTwice) {
  const seconds time{number_from_environment("STREAM_STATUS_KILL_SECONDS", 4)};
  const auto seed = static_cast<unsigned>(number_from_environment("STREAM_STATUS_KILL_SEED", 7));
  std::mt19937 random(seed);
  // Around every point of a start, a commit, a rest: uniformly from nothing to twice the mean.
  const milliseconds mean{100 * kSlowness};
  std::uniform_int_distribution<int> pause(0, static_cast<int>(2 * mean.count()));

  Writers writers(world, kCrowd / 4);
  const auto begun = steady_clock::now();
  auto next_kill = begun + mean;
  int tries = 0;  // a start that was killed is followed by the back-off: often nobody is there to be killed
  int kills = 0;
  const auto enough = [&] {
    const auto now = steady_clock::now();
    if (now >= begun + time) return true;
    if (now < next_kill) return false;
    ++tries;
    if (kill_holder()) ++kills;
    next_kill = now + milliseconds{pause(random)};
    return false;
  };
  EXPECT_TRUE(writers.run(enough, Deadline(time + seconds{60}), milliseconds{5}));
  world.run({"stop"});
  writers.expect_each_write_once(world.file("streams.db"));
  EXPECT_GT(kills, 0);
  const auto servers = world.log_lines("server_started").size();
  std::printf(
      "random SIGKILL: %d writers, %lld s, seed %u: %d tries, %d kills, %zu servers, %d writes acknowledged, %d sent "
      "again "
      "by the agent\n",
      kCrowd / 4, static_cast<long long>(time.count()), seed, tries, kills, servers, writers.acknowledged(),
      writers.refused());
}

}  // namespace
}  // namespace stream_status::testing
