// Other programs of this machine: where one is, which version, a browser for a URL.
#pragma once

#include <string>
#include <string_view>

#include "cli/world.h"

namespace stream_status::cli {

/// Absolute path of the program on the PATH; empty: there is none.
std::string find_program(const World& world, std::string_view name);

/// First line that `program --version` prints; empty when there is none in time.
std::string ask_version(const World& world, const std::string& program, milliseconds time);

/// Hands the URL to the desktop's browser. False: there is no screen or no opener.
bool open_browser(const World& world, const std::string& url);

}  // namespace stream_status::cli
