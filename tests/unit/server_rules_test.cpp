#include <gtest/gtest.h>

#include "server/http.h"
#include "server/idle_rule.h"
#include "server/ports.h"

namespace stream_status::server {
namespace {

using namespace std::chrono_literals;

TEST(IdleRule, EndsAServerThatNobodyUsesAndNoOther) {
  const MonotonicTime start{};
  IdleRule idle;
  EXPECT_FALSE(idle.step(start, 0, start, 30min)) << "a new server waits for its first caller";
  EXPECT_FALSE(idle.step(start + 29min, 0, start, 30min));
  EXPECT_FALSE(idle.step(start + 29min, 1, start, 30min));
  EXPECT_FALSE(idle.step(start + 58min, 0, start, 30min)) << "somebody was connected at minute 29";
  EXPECT_FALSE(idle.step(start + 60min, 0, start + 55min, 30min)) << "a call came at minute 55";
  EXPECT_TRUE(idle.step(start + 85min, 0, start + 55min, 30min));
}

TEST(IdleRule, ZeroNeverEndsIt) {
  IdleRule idle;
  EXPECT_FALSE(idle.step(MonotonicTime{}, 0, MonotonicTime{}, 0ms));
  EXPECT_FALSE(idle.step(MonotonicTime{} + 1000h, 0, MonotonicTime{}, 0ms));
}

using Ports = std::vector<std::uint16_t>;

TEST(Ports, AreTriedInTheOrderOfTheContract) {
  project::Config config;
  config.port_last = 3003;
  EXPECT_EQ(port_candidates(0, config), (Ports{3001, 3002, 3003, 0}));
  EXPECT_EQ(port_candidates(3002, config), (Ports{3002, 3001, 3003, 0}));
  EXPECT_EQ(port_candidates(4711, config), (Ports{4711, 3001, 3002, 3003, 0}));
  config.port = 9000;
  EXPECT_EQ(port_candidates(3002, config), (Ports{3002, 9000, 3001, 3003, 0}));
  config.port_is_explicit = true;
  EXPECT_EQ(port_candidates(3002, config), (Ports{9000, 3002, 3001, 3003, 0}));
}

TEST(Http, QueryParametersAreFoundWhole) {
  EXPECT_EQ(query_parameter("since=7&code=ab", "since"), "7");
  EXPECT_EQ(query_parameter("since=7&code=ab", "code"), "ab");
  EXPECT_EQ(query_parameter("xsince=7", "since"), "");
  EXPECT_EQ(query_parameter("since", "since"), "");
  EXPECT_EQ(query_parameter("", "since"), "");
}

TEST(Http, EveryAnswerCarriesTheSecurityHeadersAndNoCors) {
  const Response response = error_response({ErrorCode::kDraining, "stopping"});
  const std::string& text = *response.bytes;
  EXPECT_TRUE(text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  for (const char* header : {"Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\r\n",
                             "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
                             "Retry-After: 1\r\n", "Cache-Control: no-store\r\n"})
    EXPECT_NE(text.find(header), std::string::npos) << header;
  EXPECT_EQ(text.find("Access-Control"), std::string::npos);
}

}  // namespace
}  // namespace stream_status::server
