#include "server/mcp_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/archive/iterators/binary_from_base64.hpp>
#include <boost/archive/iterators/transform_width.hpp>

#include "base/text.h"
#include "mcp/era.h"
#include "mcp/phrase.h"

namespace stream_status::server {
namespace {

mcp::Refusal mismatch(std::string problem) { return {mcp::RpcCode::kHeaderMismatch, std::move(problem)}; }

/// The member of params that Mcp-Name repeats; empty: none.
std::string_view named_member(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  return method == "resources/read" ? "uri" : "";
}

/// The revision that a legacy request may name in its header.
bool is_known(std::string_view revision) {
  return std::find(mcp::kRevisionNames.begin(), mcp::kRevisionNames.end(), revision) != mcp::kRevisionNames.end();
}

}  // namespace

std::optional<std::string> decode_mcp_header(std::string_view value) {
  constexpr std::string_view kBegin = "=?base64?";
  constexpr std::string_view kEnd = "?=";
  if (!value.starts_with(kBegin) || !value.ends_with(kEnd) || value.size() < kBegin.size() + kEnd.size())
    return std::string(value);
  value.remove_prefix(kBegin.size());
  value.remove_suffix(kEnd.size());
  if (value.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = value.ends_with("==") ? 2 : (value.ends_with('=') ? 1 : 0);
  value.remove_suffix(padding);
  namespace iterators = boost::archive::iterators;
  using Decoded = iterators::transform_width<iterators::binary_from_base64<const char*>, 8, 6>;
  std::string text;
  try {
    auto byte = Decoded(value.data());
    for (std::size_t left = value.size() * 6 / 8; left > 0; --left) text += *byte++;
  } catch (const iterators::dataflow_exception&) {
    return std::nullopt;  // a character that Base64 does not have
  }
  return is_utf8(text) ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<mcp::Refusal> check_mcp_headers(const Request& request, const mcp::Request& message) {
  if (mcp::era_of(message.method, message.params, request.mcp_revision) == mcp::Era::kLegacy) {
    if (request.mcp_revision.empty() || message.method == "initialize" || is_known(request.mcp_revision))
      return std::nullopt;
    return mcp::Refusal{
        mcp::RpcCode::kUnsupportedRevision,
        fmt::format("MCP-Protocol-Version: {} is not spoken here", one_line(request.mcp_revision, 40)),
        json::object{{"supported", mcp::supported_revisions()}, {"requested", json::string(request.mcp_revision)}}};
  }
  if (request.mcp_revision.empty()) return mismatch("the header MCP-Protocol-Version is missing");
  const mcp::RequestMeta meta = mcp::read_meta(message.params);
  if (!meta.revision.empty() && meta.revision != request.mcp_revision)
    return mismatch(fmt::format("the header MCP-Protocol-Version says {}, the request's _meta {}",
                                one_line(request.mcp_revision, 40), one_line(meta.revision, 40)));
  if (meta.revision != mcp::name_of(mcp::kModern) || meta.capabilities == nullptr) return std::nullopt;  // it says so

  if (request.mcp_method.empty()) return mismatch("the header Mcp-Method is missing");
  if (request.mcp_method != message.method)
    return mismatch(fmt::format("the header Mcp-Method says {}, the request {}", one_line(request.mcp_method, 80),
                                one_line(message.method, 80)));
  const std::string_view member = named_member(message.method);
  if (member.empty()) return std::nullopt;
  const std::string_view name = mcp::text_member(message.params, member);
  if (name.empty()) return std::nullopt;  // the request itself is refused for it
  if (request.mcp_name.empty()) return mismatch("the header Mcp-Name is missing");
  const auto said = decode_mcp_header(request.mcp_name);
  if (!said) return mismatch("the header Mcp-Name is not valid Base64 of UTF-8");
  if (*said == name) return std::nullopt;
  return mismatch(fmt::format("the header Mcp-Name says {}, the request's params.{} {}", one_line(*said, 80), member,
                              one_line(name, 80)));
}

}  // namespace stream_status::server
