#include "mcp/era.h"

#include <algorithm>

#include "mcp/message.h"
#include "mcp/phrase.h"

namespace stream_status::mcp {
namespace {

constexpr std::string_view kRevisionKey = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view kClientKey = "io.modelcontextprotocol/clientInfo";
constexpr std::string_view kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
constexpr std::string_view kLogLevelKey = "io.modelcontextprotocol/logLevel";

const json::object* object_member(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found == nullptr ? nullptr : found->if_object();
}

}  // namespace

std::string_view name_of(Revision revision) { return kRevisionNames[static_cast<std::size_t>(revision)]; }

Era era_of(std::string_view method, const json::object& params, std::string_view header) {
  const json::object* meta = object_member(params, "_meta");
  if (meta != nullptr && meta->contains(kRevisionKey)) return Era::kModern;
  if (method == "server/discover" || method == "subscriptions/listen") return Era::kModern;
  return header == name_of(kModern) && method != "initialize" ? Era::kModern : Era::kLegacy;
}

Revision negotiate(std::string_view wanted) {
  const auto* const end = kRevisionNames.begin() + static_cast<std::ptrdiff_t>(kNewestLegacy) + 1;
  const auto* const at = std::find(kRevisionNames.begin(), end, wanted);
  return at == end ? kNewestLegacy : static_cast<Revision>(at - kRevisionNames.begin());
}

json::array supported_revisions() {
  json::array names;
  for (auto name = kRevisionNames.rbegin(); name != kRevisionNames.rend(); ++name) names.emplace_back(*name);
  return names;
}

RequestMeta read_meta(const json::object& params) {
  RequestMeta read;
  const json::object* meta = object_member(params, "_meta");
  if (meta == nullptr) return read;
  read.revision = text_member(*meta, kRevisionKey);
  if (const json::object* info = object_member(*meta, kClientKey)) read.client_name = text_member(*info, "name");
  read.capabilities = object_member(*meta, kCapabilitiesKey);
  read.log_level = text_member(*meta, kLogLevelKey);
  if (const json::value* token = meta->if_contains("progressToken"))
    if (const auto id = read_id(*token)) read.progress_token = id->json;
  return read;
}

}  // namespace stream_status::mcp
