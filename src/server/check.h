// `stream-statusd --check FILE`: for doctor, which has no database code. Reads only.
#pragma once

#include <string>

namespace stream_status::server {

enum class Checked {
  kLive,  ///< a project's database, whose server does not run: a log may be beside it
  kCopy,  ///< a backup
};

/// Prints {"ok":true,"schema","revision","streams"} or {"ok":false,"code","message","hint"}; gives the exit code.
int check_database(const std::string& path, Checked what);

}  // namespace stream_status::server
