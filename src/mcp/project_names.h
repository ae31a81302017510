// Names of the project's resources and prompts, for those that list them and those that answer.
#pragma once

#include <string_view>

namespace stream_status::mcp {

inline constexpr std::string_view kBoardUri = "streams://board";
inline constexpr std::string_view kStatsUri = "streams://stats";
inline constexpr std::string_view kStreamTemplate = "streams://stream/{id}";
inline constexpr std::string_view kStreamPrefix = "streams://stream/";

/// The board for people, which hosts of the extension MCP Apps show beside an answer of list_streams.
/// Source: MCP Apps 2026-01-26 (SEP-1865).
inline constexpr std::string_view kBoardAppUri = "ui://streams/board.html";
inline constexpr std::string_view kAppType = "text/html;profile=mcp-app";

inline constexpr std::string_view kResumePrompt = "resume";
inline constexpr std::string_view kStandupPrompt = "standup";
inline constexpr std::string_view kHandoffPrompt = "handoff";

}  // namespace stream_status::mcp
