// What it means for a forecast when a git command did not succeed.
#pragma once

#include <string>

#include "git/git.h"

namespace stream_status::git {

/// Is nothing to be asked any more after this error (stopping, no permission), or did one command fail?
bool stops_all(const Error& error);

/// Git's own first line about it.
std::string reason_of(const Git::Answer& answer);

}  // namespace stream_status::git
