// Where the files that belong to tests lie. Tests run in the repository (WORKING_DIRECTORY in cmake/tests.cmake):
// __FILE__ does not tell, because ccache shares objects between clones.
#pragma once

#include <filesystem>

namespace stream_status {

inline std::filesystem::path source_tree() { return std::filesystem::current_path(); }

}  // namespace stream_status
