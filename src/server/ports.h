// Which loopback port (contract §4): the one asked for, the project's last one, the preferred one, the range, any.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "project/config.h"

namespace stream_status::server {

/// Ports to try, in order, each once; 0 at the end stands for any free one.
std::vector<std::uint16_t> port_candidates(std::uint16_t last_port, const project::Config& config);

}  // namespace stream_status::server
