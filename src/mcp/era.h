// Which protocol a message speaks. MCP has two: the legacy one opens with initialize, the modern one
// (2026-07-28) names its revision in every request. Decided per message, never per process.
#pragma once

#include <array>
#include <string_view>

#include "base/json.h"

namespace stream_status::mcp {

enum class Era { kLegacy, kModern };

/// Modern: its revision in _meta, or a method that only the modern era has. All else is legacy. (Over
/// HTTP the MCP-Protocol-Version header will have a say, too.)
Era era_of(std::string_view method, const json::object& params);

/// The legacy revisions, oldest first, so that "since" is a comparison.
enum class Revision { k2024_11_05, k2025_03_26, k2025_06_18, k2025_11_25 };
inline constexpr std::array<std::string_view, 4> kRevisionNames = {"2024-11-05", "2025-03-26", "2025-06-18",
                                                                   "2025-11-25"};
inline constexpr Revision kNewestLegacy = Revision::k2025_11_25;

std::string_view name_of(Revision revision);

/// What initialize answers: the revision asked for if we know it, else the newest. Never an error: it is
/// the client who decides whether to go on.
Revision negotiate(std::string_view wanted);

}  // namespace stream_status::mcp
