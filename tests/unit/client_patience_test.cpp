#include "client/patience.h"

#include <gtest/gtest.h>

#include "client/start_failure.h"
#include "os/lock.h"
#include "project/directory.h"
#include "support/client_world.h"

namespace stream_status::client {
namespace {

TEST(ClientPatience, TheBackOffDoublesFromHalfASecondToHalfAMinute) {
  const std::vector<int> expected_ms = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
  for (int i = 0; i < static_cast<int>(expected_ms.size()); ++i)
    EXPECT_EQ(back_off(i), milliseconds{expected_ms[static_cast<std::size_t>(i)]}) << i;
  EXPECT_EQ(back_off(1'000'000), seconds{30});
}

TEST(ClientPatience, LooksGetRarerWithoutEventsAndSoonAgainAfterOne) {
  WaitTimer timer;
  const MonotonicTime now{std::chrono::hours{5}};
  const auto pause = [&] { return timer.next(now, WaitTimer::kLongestWatched) - now; };
  for (std::chrono::microseconds middle{2000}; middle < milliseconds{250}; middle *= 2) {
    const auto one = pause();
    EXPECT_GE(one, middle * 3 / 4);
    EXPECT_LE(one, middle * 5 / 4);
  }
  for (int i = 0; i < 100; ++i) EXPECT_LE(pause(), milliseconds{313});
  timer.reset();
  EXPECT_LE(pause(), milliseconds{3});
}

TEST(ClientPatience, TwoWaitersDoNotLookAtTheSameInstants) {
  WaitTimer one;
  WaitTimer other;
  const MonotonicTime now{std::chrono::hours{5}};
  int equal = 0;
  for (int i = 0; i < 20; ++i)
    equal += one.next(now, WaitTimer::kLongestWatched) == other.next(now, WaitTimer::kLongestWatched);
  EXPECT_LT(equal, 10);
}

struct Look {
  int at_ms;
  const char* text;
};
struct Row {
  const char* name;
  std::vector<Look> looks;
  bool hung;
};
class ClientHolder : public ::testing::TestWithParam<Row> {};

TEST_P(ClientHolder, CountsAsHung) {
  HolderWatch holder;
  MonotonicTime now;
  for (const Look& look : GetParam().looks) {
    now = MonotonicTime{milliseconds{1'000'000 + look.at_ms}};
    holder.look(now, look.text);
  }
  EXPECT_EQ(holder.hung(now), GetParam().hung);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ClientHolder,
    ::testing::Values(
        Row{"three_probes_and_12_s", {{0, "a"}, {6000, "a"}, {12000, "a"}}, true},
        Row{"not_yet_12_s", {{0, "a"}, {6000, "a"}, {11999, "a"}}, false},
        // As after a suspended laptop: time has passed, but nobody has asked.
        Row{"two_probes", {{0, "a"}, {90000, "a"}}, false},
        Row{"probes_in_one_burst", {{0, "a"}, {89999, "a"}, {90000, "a"}}, false},
        Row{"only_one_before_a_pause_of_ours", {{0, "a"}, {60000, "a"}, {62000, "a"}, {64000, "a"}}, false},
        Row{"progress", {{0, "a"}, {6000, "a"}, {11000, "b"}, {13000, "b"}}, false},
        Row{"only_its_revision_moves",
            {{0, R"({"pid":8,"phase":"ready","progress":3,"revision":1})"},
             {6000, R"({"pid":8,"phase":"ready","progress":3,"revision":2})"},
             {12000, R"({"pid":8,"phase":"ready","progress":3,"revision":3})"}},
            true},
        Row{"its_progress_moves",
            {{0, R"({"pid":8,"phase":"opening","progress":3})"},
             {6000, R"({"pid":8,"phase":"opening","progress":3})"},
             {12000, R"({"pid":8,"phase":"opening","progress":4})"}},
            false},
        Row{"progress_long_ago", {{0, "a"}, {1000, "b"}, {7000, "b"}, {13000, "b"}}, true}),
    [](const auto& row) { return row.param.name; });

TEST(ClientHolderText, IsShownAsFarAsItCanBeRead) {
  struct Shown {
    const char* text;
    const char* shown;
  };
  for (const Shown row :
       {Shown{R"({"pid":812,"phase":"opening","progress":3})", "pid 812 (opening, progress 3)"},
        Shown{R"({"pid":812,"phase":"ready"})", "pid 812 (ready)"}, Shown{R"({"pid":812})", "pid 812"},
        Shown{R"({"pid":8,"phase":"a\nb\u001b[2J"})", "pid 8 (a b [2J)"}, Shown{"", "an unknown process"},
        Shown{"{\"pid\":8", "an unknown process"}}) {
    HolderWatch holder;
    holder.look(MonotonicTime{}, row.text);
    EXPECT_EQ(holder.describe(), row.shown);
  }
}

TEST(ClientStartFailure, CountsForThoseWhoWereThere) {
  testing::ClientWorld world;
  auto lock = os::FileLock::try_acquire(world.directory.fd, project::kStartLockName);
  ASSERT_TRUE(lock && *lock);
  const auto at = [](int ms) { return MonotonicTime{milliseconds{1'000'000 + ms}}; };
  const auto find = [&](int after, int now) { return find_start_failure(world.directory.fd, at(after), at(now)); };
  EXPECT_FALSE(find(0, 1000));
  save_start_failure(**lock, {ErrorCode::kStorageFull, "start server: disk full", "free some space"}, at(500));
  const auto found = find(0, 1000);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->code, ErrorCode::kStorageFull);
  EXPECT_EQ(found->message, "start server: disk full");
  EXPECT_EQ(found->hint, "free some space");
  EXPECT_FALSE(find(500, 1000)) << "known already";
  EXPECT_FALSE(find(0, 499)) << "from before the last boot";
  for (const char* text : {"", "{", "[]", R"({"failedAtMs":"x","error":{}})", R"({"failedAtMs":1000500})"}) {
    EXPECT_TRUE((*lock)->write_text(text));
    EXPECT_FALSE(find(0, 1000)) << text;
  }
}

}  // namespace
}  // namespace stream_status::client
