#include "domain/stream.h"

#include <gtest/gtest.h>

namespace stream_status::domain {
namespace {

TEST(StreamIds, NewIdsAreLowerCaseDigitsAndDashes) {
  struct Row {
    std::string id;
    bool valid;
  };
  for (const Row& row : std::vector<Row>{{"auth", true},
                                         {"0104-auth", true},
                                         {"a", true},
                                         {std::string(64, 'a'), true},
                                         {std::string(65, 'a'), false},
                                         {"", false},
                                         {"-auth", false},
                                         {"Auth", false},
                                         {"auth_rotation", false},
                                         {"auth rotation", false},
                                         {"../etc", false},
                                         {"straße", false}})
    EXPECT_EQ(is_valid_new_id(row.id), row.valid) << row.id;
}

TEST(StreamIds, ATitleMakesAnIdThatIsValid) {
  struct Row {
    std::string_view title;
    std::string_view slug;
  };
  for (const Row& row : std::vector<Row>{{"Rotate refresh tokens!", "rotate-refresh-tokens"},
                                         {"  --  ", "stream"},
                                         {"日本語", "stream"},
                                         {"Größe & Maß 2", "gr-e-ma-2"},
                                         {"A very long title that goes on and on and does not end before the limit",
                                          "a-very-long-title-that-goes-on-and-on-and-does"}}) {
    EXPECT_EQ(slug_of(row.title), row.slug);
    EXPECT_TRUE(is_valid_new_id(slug_of(row.title))) << row.title;
  }
  EXPECT_EQ(slug_of(std::string(300, 'x')).size(), 48u);
}

TEST(StreamFields, NamesAreReadBackAsWritten) {
  for (const std::string_view name : kStatusNames) EXPECT_EQ(name_of(*parse_status(name)), name);
  for (const std::string_view name : kPriorityNames) EXPECT_EQ(name_of(*parse_priority(name)), name);
  EXPECT_FALSE(parse_status("done"));
  EXPECT_FALSE(parse_priority("urgent"));
}

}  // namespace
}  // namespace stream_status::domain
