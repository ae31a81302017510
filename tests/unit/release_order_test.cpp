#include <gtest/gtest.h>

#include "base/release.h"

namespace stream_status {
namespace {

TEST(VersionOrder, IsThatOfSemverOrg) {
  // Each is newer than all before it. The pre-releases are those of semver.org 2.0, §11.
  const std::vector<std::string_view> rising = {
      "0.0.1",      "0.1.0",        "0.9.9",         "0.10.0",        "1.0.0-0",
      "1.0.0-2",    "1.0.0-11",     "1.0.0-alpha",   "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",    "1.0.0",
      "1.0.1",      "1.0.10",       "1.1.0-x-y.z",   "1.1.0",         "2.0.0",
      "10.0.0"};
  for (std::size_t i = 0; i < rising.size(); ++i)
    for (std::size_t j = 0; j < rising.size(); ++j)
      EXPECT_EQ(is_newer_version(rising[i], rising[j]), i > j) << rising[i] << " against " << rising[j];
}

TEST(VersionOrder, DoesNotLookAtBuildMetadata) {
  EXPECT_FALSE(is_newer_version("1.0.0+2", "1.0.0+1"));
  EXPECT_FALSE(is_newer_version("1.0.0+1", "1.0.0"));
  EXPECT_TRUE(is_newer_version("1.0.1+a-b.c", "1.0.0+z"));
}

TEST(VersionOrder, NeverCallsNewerWhatIsNoVersion) {
  for (const std::string_view text :
       {"", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.x", "01.0.0", "1.0.0-", "1.0.0-a..b", "1.0.0-a.", "1.0.0-ä", "-1.0.0",
        "1.-1.0", " 1.0.0", "1.0.0 ", "1..0", "99999999999999999999.0.0", "unknown"}) {
    EXPECT_FALSE(is_newer_version(text, "0.0.1")) << text;
    EXPECT_FALSE(is_newer_version("9.9.9", text)) << text;
  }
}

}  // namespace
}  // namespace stream_status
