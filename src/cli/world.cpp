#include "cli/world.h"

namespace stream_status::cli {

std::string_view variable(const World& world, const std::string& name) {
  const auto found = world.environment.find(name);
  return found == world.environment.end() ? std::string_view{} : std::string_view(found->second);
}

}  // namespace stream_status::cli
