#include "server/stall_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace stream_status::server {
namespace {

using Sign = StallWatch::Sign;

struct Row {
  const char* name;
  std::vector<Sign> looks;
  bool stalled;
};
class ServerStall : public ::testing::TestWithParam<Row> {};

TEST_P(ServerStall, IsSeenInSixLooksWithoutAnything) {
  StallWatch watch;
  bool stalled = false;
  for (const Sign& sign : GetParam().looks) stalled = watch.look(sign);
  EXPECT_EQ(stalled, GetParam().stalled);
}

std::vector<Sign> often(int times, Sign sign) { return std::vector<Sign>(static_cast<std::size_t>(times), sign); }
std::vector<Sign> in_turn(std::vector<Sign> first, const std::vector<Sign>& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

constexpr Sign kStill{.progress = 7, .wanted = true};

INSTANTIATE_TEST_SUITE_P(
    Rows, ServerStall,
    ::testing::Values(Row{"seven_times_the_same", often(7, kStill), true},
                      Row{"one_look_too_few", often(6, kStill), false},  // the first only learns where it stands
                      Row{"nothing_to_do", often(20, {.progress = 7}), false},
                      Row{"a_slow_disk", often(20, {.progress = 7, .wanted = true, .waits_for_disk = true}), false},
                      Row{"work_at_last", in_turn(often(6, kStill), {{.progress = 8, .wanted = true}}), false},
                      Row{"a_disk_in_between",
                          in_turn(in_turn(often(5, kStill), {{.progress = 7, .wanted = true, .waits_for_disk = true}}),
                                  often(5, kStill)),
                          false}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace stream_status::server
