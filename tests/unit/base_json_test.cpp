#include "base/json.h"

#include <gtest/gtest.h>

namespace stream_status {
namespace {

TEST(Json, OneValueIsRead) {
  EXPECT_EQ(parse_json(" {\"a\":[1,2.5,null]} ")->at("a").as_array().size(), 3u);
  EXPECT_EQ(parse_json("\"ä\"")->as_string(), "ä");
  EXPECT_EQ(parse_json("9007199254740993")->as_int64(), 9007199254740993);
}

TEST(Json, WhatIsNotJsonIsRefused) {
  struct {
    std::string what;
    std::string text;
  } const rows[] = {
      {"nothing", ""},
      {"blank", "  "},
      {"cut off", "{\"a\":"},
      {"two values", "{} {}"},
      {"trailing comma", "[1,]"},
      {"comment", "{} // no"},
      {"single quotes", "{'a':1}"},
      {"NaN", "NaN"},
      {"infinity", "-Infinity"},
      {"leading zero", "01"},
      {"invalid UTF-8", "\"\xff\""},
      {"surrogate in UTF-8", "\"\xed\xa0\x80\""},
      {"control character in text", "\"a\nb\""},
      {"too deep", std::string(33, '[') + std::string(33, ']')},
      {"endlessly deep", std::string(1'000'000, '[')},
  };
  for (const auto& row : rows) {
    const auto value = parse_json(row.text);
    ASSERT_FALSE(value) << row.what;
    EXPECT_EQ(value.error().code, ErrorCode::kInvalidArgument) << row.what;
    EXPECT_NE(value.error().message.find("byte"), std::string::npos) << row.what;
    EXPECT_FALSE(value.error().hint.empty()) << row.what;
  }
}

TEST(Json, TheDeepestNestingAllowedIsRead) { EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']'))); }

TEST(Json, AnObjectIsAskedForByName) {
  EXPECT_TRUE(parse_json_object("{}"));
  for (const char* text : {"[]", "1", "null", "\"{}\""}) EXPECT_FALSE(parse_json_object(text)) << text;
}

TEST(Json, AMemberIsFoundOnlyWithItsType) {
  const json::object object = *parse_json_object(
      R"({"text":"a","empty":"","whole":3,"float":3.0,"half":3.5,"null":null,"huge":18446744073709551615,"true":true})");
  EXPECT_EQ(find_string(object, "text"), "a");
  EXPECT_EQ(find_string(object, "empty"), "");
  EXPECT_EQ(find_string(object, "whole"), std::nullopt);
  EXPECT_EQ(find_string(object, "null"), std::nullopt);
  EXPECT_EQ(find_string(object, "absent"), std::nullopt);
  EXPECT_EQ(find_integer(object, "whole"), 3);
  EXPECT_EQ(find_integer(object, "float"), 3);
  EXPECT_EQ(find_integer(object, "half"), std::nullopt);
  EXPECT_EQ(find_integer(object, "huge"), std::nullopt);
  EXPECT_EQ(find_integer(object, "text"), std::nullopt);
  EXPECT_EQ(find_integer(object, "true"), std::nullopt);
  EXPECT_EQ(find_integer(object, "absent"), std::nullopt);
}

TEST(Json, EmptyTextIsWrittenAsNull) {
  EXPECT_TRUE(text_or_null("").is_null());
  EXPECT_EQ(text_or_null("a").as_string(), "a");
}

}  // namespace
}  // namespace stream_status
