#include "mcp/era.h"

#include <gtest/gtest.h>

namespace stream_status::mcp {
namespace {

TEST(McpEra, IsDecidedByTheMessageAlone) {
  struct Row {
    std::string_view method;
    std::string_view params;
    Era era;
  };
  constexpr std::string_view kModernMeta = R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})";
  const Row rows[] = {
      {"initialize", R"({"protocolVersion":"2025-11-25"})", Era::kLegacy},
      {"initialize", R"({"protocolVersion":"2026-07-28"})", Era::kLegacy},
      {"initialize", kModernMeta, Era::kModern},
      {"tools/list", "{}", Era::kLegacy},
      {"tools/list", R"({"_meta":{"progressToken":1}})", Era::kLegacy},
      {"tools/list", R"({"_meta":null})", Era::kLegacy},
      {"tools/list", kModernMeta, Era::kModern},
      {"tools/call", kModernMeta, Era::kModern},
      {"server/discover", "{}", Era::kModern},
      {"subscriptions/listen", "{}", Era::kModern},
      {"no/such/method", "{}", Era::kLegacy},
  };
  for (const Row& row : rows)
    EXPECT_EQ(era_of(row.method, parse_json_object(row.params).value()), row.era) << row.method << " " << row.params;
}

TEST(McpEra, TheHeaderOfARequestHasASay) {
  for (const auto& [method, header, era] :
       {std::tuple("tools/list", "2026-07-28", Era::kModern), std::tuple("tools/list", "2025-11-25", Era::kLegacy),
        std::tuple("tools/list", "2030-01-01", Era::kLegacy), std::tuple("initialize", "2026-07-28", Era::kLegacy)})
    EXPECT_EQ(era_of(method, {}, header), era) << method << header;
}

TEST(McpEra, WhatARequestSaysOfItselfIsReadLeniently) {
  const json::object params =
      parse_json_object(R"({"_meta":{"io.modelcontextprotocol/clientInfo":{"name":"probe"},"progressToken":7,)"
                        R"("io.modelcontextprotocol/logLevel":3}})")
          .value();
  const RequestMeta meta = read_meta(params);
  EXPECT_EQ(meta.client_name, "probe");
  EXPECT_EQ(meta.progress_token, "7");
  EXPECT_EQ(meta.log_level, "");
  EXPECT_EQ(meta.revision, "");
  EXPECT_EQ(meta.capabilities, nullptr);
}

TEST(McpEra, KnownRevisionsAreEchoedAndAllElseBecomesTheNewestLegacyOne) {
  for (const std::string_view known : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"})
    EXPECT_EQ(name_of(negotiate(known)), known);
  for (const std::string_view unknown : {"", "2026-07-28", "2024-10-07", "1.0", "2025-11-25 "})
    EXPECT_EQ(name_of(negotiate(unknown)), "2025-11-25");
}

}  // namespace
}  // namespace stream_status::mcp
