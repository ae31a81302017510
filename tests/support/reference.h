// The text of docs/reference.md: every operation with its tool, route and command, from the tables the programs use.
#pragma once

#include <string>

namespace stream_status::testing {

std::string reference_text();

}  // namespace stream_status::testing
