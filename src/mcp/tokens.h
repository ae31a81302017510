// What a text costs its reader, estimated: budgets are promised in tokens, and bytes do not tell. A hash costs three
// times what prose of the same length does, an ideograph ten times. No tokenizer: a model's own vocabulary takes
// megabytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stream_status::mcp {

/// No face of an answer costs more.
inline constexpr std::size_t kAnswerTokens = 8'000;

/// Up to 1.4 times what o200k_base makes of prose, JSON and code, about what it makes of hashes and rare characters,
/// and two to five times what it makes of prose in other scripts than Latin. tests/e2e/budgets.test.mjs uses the real
/// one.
std::size_t estimate_tokens(std::string_view text);

/// Looks closer only if it must: no token is less than a byte.
inline bool costs_at_most(std::string_view text, std::size_t tokens) {
  return text.size() <= tokens || estimate_tokens(text) <= tokens;
}

/// The text, or as much of it as costs so many tokens, with "…". `text` is valid UTF-8.
std::string shorten_to_tokens(std::string_view text, std::size_t tokens);

}  // namespace stream_status::mcp
