// Who holds a POSIX lock on some bytes of a file: how SQLite's users show that they have a database open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

/// The process that holds any lock in the range of a file, by its number here: 0 if it can not be told (another pid
/// namespace). Absent: nobody, or no such file. Asks only (F_GETLK). Opening and closing the file lets go of this
/// process's own POSIX locks on it, so call it before a library takes some.
Result<std::optional<std::int64_t>> find_lock_holder(const Fd& directory, const std::string& name, std::int64_t first,
                                                     std::int64_t length);

}  // namespace stream_status::os
