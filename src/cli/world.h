// The world as the commands see it: composed in main, replaced by values in tests.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "os/clock.h"
#include "os/process.h"

namespace stream_status::cli {

/// Where text for people or programs goes.
struct Sink {
  std::function<bool(std::string_view)> write;  ///< false: the reader is gone
  std::optional<int> columns;                   ///< width of the terminal it is; absent: a file or a pipe
};

/// Immutable.
struct World {
  const os::Clock& clock;
  os::Environment environment;
  std::string current_directory;           ///< empty if it was removed
  std::string executable;                  ///< absolute path of this program
  std::function<std::string()> user_name;  ///< asked only by who needs it: it reads the passwd database
  Sink out;
  Sink err;
};

/// The variable's text, empty if it is not set.
std::string_view variable(const World& world, const std::string& name);

}  // namespace stream_status::cli
