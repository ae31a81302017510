// What this build is: its version, and the protocol that both programs speak.
#pragma once

#include <string_view>

namespace stream_status {

/// Of project(VERSION) in CMakeLists.txt. No date and no commit in it, so that the same sources give the same bytes.
extern const std::string_view kVersion;

/// Raised when an older program could not work with a newer one. Both sides refuse another number.
extern const int kProtocol;

/// Is `a` a newer release than `b`, by the rules of semver.org 2.0 (build metadata does not count)? Whatever is not a
/// version is never newer, and nothing is newer than it.
bool is_newer_version(std::string_view a, std::string_view b);

}  // namespace stream_status
