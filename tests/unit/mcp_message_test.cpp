#include "mcp/message.h"

#include <gtest/gtest.h>

namespace stream_status::mcp {
namespace {

TEST(McpMessage, IdsAreStringsAndWholeNumbersAndEchoedAsTheyCame) {
  struct Row {
    std::string_view id;
    std::string_view echoed;
  };
  const Row rows[] = {{"0", "0"},
                      {"-7", "-7"},
                      {"9007199254740992", "9007199254740992"},
                      {"18446744073709551615", "18446744073709551615"},
                      {"7.0", "7"},
                      {"1e3", "1000"},
                      {R"("7")", R"("7")"},
                      {R"("")", R"("")"},
                      {R"("a\"\nb")", R"("a\"\nb")"},
                      {R"("Zürich 🚂")", R"("Zürich 🚂")"}};
  for (const Row& row : rows) {
    const auto id = read_id(parse_json(row.id).value());
    ASSERT_TRUE(id) << row.id;
    EXPECT_EQ(id->json, row.echoed);
  }
}

TEST(McpMessage, OtherIdsAreRefused) {
  for (const std::string_view id : {"null", "1.5", "-0.1", "1e300", "true", "[]", "[1]", "{}"})
    EXPECT_FALSE(read_id(parse_json(id).value())) << id;
}

TEST(McpMessage, ANumberIsNotTheSameIdAsItsText) { EXPECT_NE(read_id(json::value(7)), read_id(json::value("7"))); }

TEST(McpMessage, AMethodWithIdIsARequestAndWithoutIdANotification) {
  const Incoming request = read_message(R"({"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":1}})");
  ASSERT_TRUE(std::holds_alternative<Request>(request));
  EXPECT_EQ(std::get<Request>(request).id.json, "7");
  EXPECT_EQ(std::get<Request>(request).method, "ping");
  EXPECT_EQ(std::get<Request>(request).params.at("a"), 1);
  const Incoming notification = read_message(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  ASSERT_TRUE(std::holds_alternative<Notification>(notification));
  EXPECT_EQ(std::get<Notification>(notification).method, "notifications/initialized");
}

TEST(McpMessage, NullOrAbsentParamsAreEmpty) {
  for (const std::string_view text :
       {R"({"jsonrpc":"2.0","id":7,"method":"ping"})", R"({"jsonrpc":"2.0","id":7,"method":"ping","params":null})",
        R"({"jsonrpc":"2.0","id":7,"method":"ping","params":{}})"}) {
    const Incoming message = read_message(text);
    ASSERT_TRUE(std::holds_alternative<Request>(message)) << text;
    EXPECT_TRUE(std::get<Request>(message).params.empty());
  }
}

TEST(McpMessage, WhiteSpaceAndAByteOrderMarkAroundAMessageAreIgnored) {
  for (const std::string_view text : {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\r\n",
                                      "  {\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\t",
                                      "\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}"})
    EXPECT_TRUE(std::holds_alternative<Request>(read_message(text))) << text;
}

TEST(McpMessage, ResponsesAreRecognised) {
  for (const std::string_view text :
       {R"({"jsonrpc":"2.0","id":7,"result":{}})", R"({"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}})",
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})"})
    EXPECT_TRUE(std::holds_alternative<Response>(read_message(text))) << text;
}

TEST(McpMessage, WhatIsNoMessageNamesCodeAndIdOfItsError) {
  struct Row {
    std::string_view text;
    int code;
    std::string_view id;
  };
  const Row rows[] = {
      {"{", -32700, "null"},
      {"nonsense", -32700, "null"},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} {}", -32700, "null"},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\xff\"}", -32700, "null"},
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\xed\xa0\x80\"}", -32700, "null"},  // a surrogate
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\xc0\xaf\"}", -32700, "null"},      // overlong
      {"\xff\xfe{}", -32700, "null"},
      {"[]", -32600, "null"},
      {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", -32600, "null"},
      {"7", -32600, "null"},
      {R"("ping")", -32600, "null"},
      {"null", -32600, "null"},
      {"{}", -32600, "null"},
      {R"({"id":1,"method":"ping"})", -32600, "1"},
      {R"({"jsonrpc":2.0,"id":1,"method":"ping"})", -32600, "1"},
      {R"({"jsonrpc":"1.0","id":"x","method":"ping"})", -32600, R"("x")"},
      {R"({"jsonrpc":"2.0","id":1})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1,"method":null})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600, "null"},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", -32600, "null"},
      {R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600, "null"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})", -32602, "1"},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":"x"})", -32602, "1"},
  };
  for (const Row& row : rows) {
    const Incoming message = read_message(row.text);
    ASSERT_TRUE(std::holds_alternative<Malformed>(message)) << row.text;
    EXPECT_EQ(static_cast<int>(std::get<Malformed>(message).code), row.code) << row.text;
    EXPECT_EQ(std::get<Malformed>(message).id.json, row.id) << row.text;
    EXPECT_FALSE(std::get<Malformed>(message).problem.empty()) << row.text;
  }
}

TEST(McpMessage, AnswersAreOneLineOfJson) {
  EXPECT_EQ(write_result({"7"}, R"({"a":1})"), R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})");
  EXPECT_EQ(write_error({R"("x")"}, RpcCode::kMethodNotFound, "a \"b\"\nc"),
            R"({"jsonrpc":"2.0","id":"x","error":{"code":-32601,"message":"a \"b\"\nc"}})");
  EXPECT_EQ(write_error(null_id(), RpcCode::kParseError, "x", {{"at", 3}}),
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x","data":{"at":3}}})");
}

}  // namespace
}  // namespace stream_status::mcp
