// The estimate of what a text costs, against what o200k_base makes of it (counted with npm's gpt-tokenizer 4.0.0).
#include "mcp/tokens.h"

#include <gtest/gtest.h>

namespace stream_status::mcp {
namespace {

struct Sample {
  std::string_view text;
  std::size_t tokens;
  double most;  ///< times more that the estimate may be
};

constexpr Sample kSamples[] = {
    {"Rotate refresh tokens: a token is valid once, a second use revokes the whole family of it", 20, 1.5},
    {R"(0120 drop-support-for-tls-1-1  initializing 0%  medium  "Drop support for TLS 1.1")", 29, 1.5},
    {R"({"id":"fuzz-the-date-parser","number":"0113","title":"Fuzz the date parser","status":"initializing","progress":0})",
     31, 1.5},
    {"/home/mira/projects/harbour/worktrees/rotate-refresh-tokens/src/server/auth/token_store.cpp", 20, 1.6},
    {"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 43, 1.5},
    {"TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuQmFzZTY0RW5jb2RlZFN0cmluZw", 41, 1.5},
    {"xkqjzvwpgmfbtrnlhcdsxqzkvjwpgbmf", 21, 1.7},
    {"Ключи обновляются один раз", 7, 6.0},
    {"刷新令牌轮换：令牌只能使用一次", 11, 4.0},
    {"새로 고침 토큰 교체", 8, 5.0},
    {"🚂🧭🪐🦑🧬🪆", 17, 2.0},
    {"𒀀𒀁𒀂𒀃", 16, 1.2},
};

TEST(McpTokens, TheEstimateIsHardlyBelowWhatATokenizerCountsNorFarAbove) {
  for (const auto& [text, tokens, most] : kSamples) {
    EXPECT_GE(static_cast<double>(estimate_tokens(text)), 0.93 * static_cast<double>(tokens)) << text;
    EXPECT_LE(static_cast<double>(estimate_tokens(text)), most * static_cast<double>(tokens)) << text;
  }
}

TEST(McpTokens, AShortTextNeedsNoLook) {
  EXPECT_TRUE(costs_at_most("\x01\x02\x03", 3));
  EXPECT_TRUE(costs_at_most("authentication", 4));
  EXPECT_FALSE(costs_at_most("authentication", 3));
}

TEST(McpTokens, ATextIsCutBetweenCharacters) {
  EXPECT_EQ(shorten_to_tokens("short", 5), "short");
  EXPECT_EQ(shorten_to_tokens("漢字漢字漢字", 5), "漢字…");
  EXPECT_EQ(shorten_to_tokens("a word that is not too long", 30), "a word that is not too long");
  EXPECT_EQ(shorten_to_tokens("🚂🚂", 1), "…");
}

}  // namespace
}  // namespace stream_status::mcp
