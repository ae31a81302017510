// Names of the project's resources and prompts, for those that list them and those that answer.
#pragma once

#include <string_view>

namespace stream_status::mcp {

inline constexpr std::string_view kBoardUri = "streams://board";
inline constexpr std::string_view kStatsUri = "streams://stats";
inline constexpr std::string_view kStreamTemplate = "streams://stream/{id}";
inline constexpr std::string_view kStreamPrefix = "streams://stream/";

inline constexpr std::string_view kResumePrompt = "resume";
inline constexpr std::string_view kStandupPrompt = "standup";
inline constexpr std::string_view kHandoffPrompt = "handoff";

}  // namespace stream_status::mcp
