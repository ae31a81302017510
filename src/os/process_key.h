// A text that names one process for good, across connections and servers, and from which a server on the same machine
// can tell that the process has ended.
#pragma once

#include <string>
#include <string_view>

namespace stream_status::os {

/// Of this process: 16 random hex digits, then what the kernel calls it. A new one each time.
std::string make_process_key();

enum class Fate {
  kRuns,
  kEnded,
  kUnknown,  ///< nobody here can tell: a key of another form, a process of another pid namespace
};
/// What is proved of the process of this key.
Fate fate_of(std::string_view key);

}  // namespace stream_status::os
