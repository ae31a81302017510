#include "os/random.h"

#include <gtest/gtest.h>

#include <set>

namespace stream_status::os {
namespace {

TEST(Random, HexHasTwoDigitsForEachByte) {
  EXPECT_EQ(random_hex(0), "");
  EXPECT_EQ(random_hex(32).size(), 64u);
  EXPECT_EQ(random_hex(32).find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(Random, NothingComesTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(random_hex(16)).second);
    EXPECT_TRUE(seen.insert(new_uuid_v7(from_unix_ms(0))).second);
  }
}

}  // namespace
}  // namespace stream_status::os
