// config.json: edited by people, also while the server runs.
#include <cmath>

#include "fuzz/fuzz.h"
#include "fuzz/targets.h"
#include "project/config.h"

namespace stream_status::fuzz {

void fuzz_config(std::string_view input) {
  project::Config defaults;
  defaults.project_root = "/home/user/shop";
  defaults.project_name = "shop";
  auto config = project::parse_config(input, defaults);
  if (!config) {
    require(config.error().code == ErrorCode::kInvalidArgument, "a wrong value is an invalid argument");
    return require_sentence(config.error());
  }
  for (const std::string& warning : config->warnings)
    require(is_printable(warning) && warning.size() <= 1000, "a warning is one line of text", warning);
  require(config->project_root == defaults.project_root && config->project_name == defaults.project_name,
          "the file does not decide which project this is");
  require(config->port_first >= 1 && config->port_first <= config->port_last, "the port range is one");
  config->warnings.clear();
  const std::string written = project::to_json(*config);
  const auto again = project::parse_config(written, defaults);
  require(again.has_value(), "what is written can be read", written);
  require(again->warnings.empty(), "what is written has no unknown key", written);
  // Boost.JSON reads numbers of many digits not to the last bit.
  require(std::abs(again->idle_timeout_minutes - config->idle_timeout_minutes) <= 1e-9 * config->idle_timeout_minutes,
          "a number stays what it was", written);
  config->idle_timeout_minutes = again->idle_timeout_minutes;
  require(*again == *config, "writing and reading a configuration changes nothing", written);
}

}  // namespace stream_status::fuzz
