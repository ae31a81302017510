// One setting out of a git configuration file, read without running git. No includes, no conditions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stream_status::project {

/// The last value of `section.key` (both lower case; sections with a subsection do not count) in the text of a
/// config file. Source: git-config(1), "CONFIGURATION FILE".
std::optional<std::string> find_git_setting(std::string_view text, std::string_view section, std::string_view key);

}  // namespace stream_status::project
