// Random bytes from the kernel.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/time.h"

namespace stream_status::os {

void fill_random(std::span<std::uint8_t> bytes);

/// `bytes` random bytes as lower-case hex.
std::string random_hex(std::size_t bytes);

/// A new time-ordered request id.
std::string new_uuid_v7(WallTime now);

}  // namespace stream_status::os
