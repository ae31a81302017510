// The texts of the project's resources and prompts, made of operations' answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace stream_status::mcp {

/// The board as Markdown, of an answer of list_streams with the open ones: counts, and a row for each, in so many
/// tokens.
std::string board_text(const json::object& list, std::size_t budget);

/// Prompts: what an agent is told to do, and the facts for it. `facts` is what get_stream says.
std::string resume_text(std::string_view facts);
std::string handoff_text(std::string_view facts);
/// Of the open streams, of those that are completed, and of the last commits.
std::string standup_text(const json::object& list, const json::object& finished, const json::object& commits);

/// Ids of the list that begin with `begun` (lower case), then those that contain it.
std::vector<std::string> matching_ids(const json::object& list, std::string_view begun);

}  // namespace stream_status::mcp
