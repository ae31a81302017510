#include "service/notice.h"

#include <fmt/format.h>

#include "base/json.h"

namespace stream_status::service {

std::string Notice::add_to(std::string body, const AgentName& agent) {
  if (!is_there() || agent.text.empty() || !body.starts_with('{')) return body;
  {
    const std::lock_guard lock(mutex_);
    if (!told_.insert(agent.text).second) return body;
  }
  const bool is_empty = body.starts_with("{}");
  return fmt::format(R"({{"notice":{}{}{})", json::serialize(json::value(text_)), is_empty ? "" : ",",
                     std::string_view(body).substr(1));
}

}  // namespace stream_status::service
