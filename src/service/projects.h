// list_projects: every project of this user that has data in one home. Looks only: nothing of another project is
// changed or locked.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "project/home.h"

namespace stream_status::service {

/// {projects}: the one whose directory is called `current` first, then those with a server, then the others, by name.
/// Errors: those of project::list_project_directories.
Result<json::object> list_projects(const project::Home& home, const std::string& current);

}  // namespace stream_status::service
