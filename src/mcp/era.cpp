#include "mcp/era.h"

#include <algorithm>

namespace stream_status::mcp {

Era era_of(std::string_view method, const json::object& params) {
  const json::value* meta = params.if_contains("_meta");
  if (meta != nullptr && meta->is_object() && meta->get_object().contains("io.modelcontextprotocol/protocolVersion"))
    return Era::kModern;
  if (method == "server/discover" || method == "subscriptions/listen") return Era::kModern;
  return Era::kLegacy;
}

std::string_view name_of(Revision revision) { return kRevisionNames[static_cast<std::size_t>(revision)]; }

Revision negotiate(std::string_view wanted) {
  const auto at = std::find(kRevisionNames.begin(), kRevisionNames.end(), wanted);
  return at == kRevisionNames.end() ? kNewestLegacy : static_cast<Revision>(at - kRevisionNames.begin());
}

}  // namespace stream_status::mcp
