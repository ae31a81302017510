#include "server/place.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace stream_status::server {
namespace {

TEST(Place, ThereAreNoMoreThanTheLimitAndEachIsGivenBackOnce) {
  std::atomic<std::int64_t> counter{0};
  auto first = Place::take(counter, 2);
  auto second = Place::take(counter, 2);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(Place::take(counter, 2));
  EXPECT_EQ(counter, 2);
  Place moved = std::move(*first);
  first.reset();
  EXPECT_EQ(counter, 2);
  moved = std::move(*second);
  second.reset();
  EXPECT_EQ(counter, 1) << "the one that was assigned to is given back";
  EXPECT_TRUE(Place::take(counter, 2));
  EXPECT_EQ(counter, 1);
}

TEST(Place, ManyThreadsTakeNoMoreThanThereAre) {
  constexpr std::int64_t kLimit = 100;
  std::atomic<std::int64_t> counter{0};
  std::vector<std::vector<Place>> taken(4);
  std::vector<std::thread> threads;
  for (std::vector<Place>& mine : taken)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i)
        if (auto place = Place::take(counter, kLimit)) mine.push_back(std::move(*place));
    });
  for (std::thread& thread : threads) thread.join();
  std::size_t all = 0;
  for (const std::vector<Place>& mine : taken) all += mine.size();
  EXPECT_EQ(all, 100u);
  taken.clear();
  EXPECT_EQ(counter, 0);
}

}  // namespace
}  // namespace stream_status::server
