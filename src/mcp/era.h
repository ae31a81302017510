// Which protocol a message speaks. MCP has two: the legacy one opens with initialize, the modern one
// (2026-07-28) names its revision in every request. Decided per message, never per process.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/json.h"

namespace stream_status::mcp {

enum class Era { kLegacy, kModern };

/// The revisions spoken, oldest first, so that "since" is a comparison. All but the last are legacy.
enum class Revision { k2024_11_05, k2025_03_26, k2025_06_18, k2025_11_25, k2026_07_28 };
inline constexpr std::array<std::string_view, 5> kRevisionNames = {"2024-11-05", "2025-03-26", "2025-06-18",
                                                                   "2025-11-25", "2026-07-28"};
inline constexpr Revision kNewestLegacy = Revision::k2025_11_25;
inline constexpr Revision kModern = Revision::k2026_07_28;

std::string_view name_of(Revision revision);

/// Modern: its revision in _meta or, over HTTP, in the header MCP-Protocol-Version (empty: there is none), or a method
/// that only the modern era has. All else is legacy.
Era era_of(std::string_view method, const json::object& params, std::string_view header = {});

/// What initialize answers: the legacy revision asked for if we know it, else the newest of them. Never an error: it is
/// the client who decides whether to go on.
Revision negotiate(std::string_view wanted);

/// The names of all revisions, newest first, as a JSON array.
json::array supported_revisions();

/// What a request says of itself in params._meta.
struct RequestMeta {
  std::string revision;                   ///< empty: not said
  std::string client_name;                ///< clientInfo.name; may be empty
  const json::object* capabilities = {};  ///< the client's, within the params; null: not said
  std::string log_level;                  ///< empty: no log messages are wanted
  std::string progress_token;             ///< JSON text; empty: progress is not wanted
};
RequestMeta read_meta(const json::object& params);

}  // namespace stream_status::mcp
