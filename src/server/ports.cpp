#include "server/ports.h"

#include <algorithm>

namespace stream_status::server {

std::vector<std::uint16_t> port_candidates(std::uint16_t last_port, const project::Config& config) {
  std::vector<std::uint16_t> ports;
  const auto add = [&ports](std::uint16_t port) {
    if (port != 0 && std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
  };
  if (config.port_is_explicit) add(config.port);
  add(last_port);
  add(config.port);
  for (int port = config.port_first; port <= config.port_last; ++port) add(static_cast<std::uint16_t>(port));
  ports.push_back(0);
  return ports;
}

}  // namespace stream_status::server
