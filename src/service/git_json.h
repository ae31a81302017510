// What git says, as the answers show it.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.h"
#include "git/landing.h"
#include "service/repository.h"

namespace stream_status::service {

/// {state, evidence, landedBy, commits, landedCommits, main}
json::object landing_to_json(const git::Landing& landing);
/// {name, why}, or null when there is none.
json::value main_to_json(const git::MainBranch& main);
json::array texts_to_json(const std::vector<std::string>& texts);  ///< file names may be any bytes: repaired to UTF-8

}  // namespace stream_status::service
