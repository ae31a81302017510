#include "base/ids.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace stream_status {
namespace {

TEST(Ids, DifferentKindsDoNotMix) {
  static_assert(!std::is_convertible_v<StreamId, AgentName>);
  static_assert(!std::is_convertible_v<std::string, StreamId>);
  EXPECT_EQ(StreamId{"auth"}, StreamId{"auth"});
  EXPECT_LT(StreamId{"auth"}, StreamId{"billing"});
}

TEST(Ids, HexIsLowerCase) {
  const std::array<std::uint8_t, 3> bytes = {0x00, 0xaf, 0x19};
  EXPECT_EQ(to_hex(bytes), "00af19");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Ids, AUuidHasTimeVersionAndVariant) {
  // The time of the example in RFC 9562, appendix A.6.
  const std::array<std::uint8_t, 10> ones = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(make_uuid_v7(from_unix_ms(0x017f22e279b0), ones), "017f22e2-79b0-7fff-bfff-ffffffffffff");
  EXPECT_EQ(make_uuid_v7(from_unix_ms(0), std::array<std::uint8_t, 10>{}), "00000000-0000-7000-8000-000000000000");
}

TEST(Ids, LaterUuidsSortLater) {
  const std::array<std::uint8_t, 10> low{};
  const std::array<std::uint8_t, 10> high = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  EXPECT_LT(make_uuid_v7(from_unix_ms(1'795'356'000'000), high), make_uuid_v7(from_unix_ms(1'795'356'000'001), low));
}

}  // namespace
}  // namespace stream_status
