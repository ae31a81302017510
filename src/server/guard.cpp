#include "server/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "os/random.h"

namespace stream_status::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kCodeLimit = 32;
constexpr std::array<std::string_view, 3> kOwnNames = {"127.0.0.1", "localhost", "[::1]"};

/// Compares without telling by its time how much was right.
bool equal_secrets(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  return difference == 0;
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = cookies.find(';');
    std::string_view pair = cookies.substr(0, end);
    cookies = end == std::string_view::npos ? std::string_view{} : cookies.substr(end + 1);
    while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
  }
  return {};
}

/// What a browser says about the page that asks. A page on another port of this machine is "same-site": all it may do
/// is lead a person here, as the dashboards of two projects do.
bool is_own_site(const Request& request) {
  if (request.fetch_site.empty() || request.fetch_site == "same-origin" || request.fetch_site == "none") return true;
  return request.fetch_site == "same-site" && request.fetch_mode == "navigate" && request.fetch_dest == "document";
}

tl::unexpected<Error> refuse(std::string message, std::string hint) {
  return fail(ErrorCode::kForbidden, std::move(message), std::move(hint));
}

}  // namespace

Guard::Guard(std::string token, const std::string& instance_id, std::uint16_t port)
    : token_(std::move(token)),
      cookie_name_("stream-status-" + instance_id),
      session_(os::random_hex(32)),
      port_suffix_(fmt::format(":{}", port)) {}

bool Guard::is_own_host(std::string_view host) const {
  for (const std::string_view name : kOwnNames)
    if (host.starts_with(name) && host.substr(name.size()) == port_suffix_) return true;
  return false;
}

bool Guard::has_token(const Request& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  if (request.authorization.starts_with(kBearer) && equal_secrets(request.authorization.substr(kBearer.size()), token_))
    return true;
  return equal_secrets(cookie_value(request.cookie, cookie_name_), session_);
}

Result<void> Guard::check(const Request& request, Transport transport, Peer peer) const {
  if (transport == Transport::kUnixSocket) {
    if (peer != Peer::kSameUser) return refuse("guard: another user's process", "each user runs a server of their own");
    if (!request.origin.empty()) return refuse("guard: a web page can not use the unix socket", "leave Origin out");
    return {};
  }
  if (!is_own_host(request.host))
    return refuse(fmt::format("guard: Host \"{}\" is not this server", one_line(request.host, 60)),
                  fmt::format("use http://127.0.0.1{}/", port_suffix_));
  if (!request.origin.empty()) {
    constexpr std::string_view kScheme = "http://";
    if (!request.origin.starts_with(kScheme) || !is_own_host(request.origin.substr(kScheme.size())))
      return refuse(fmt::format("guard: Origin \"{}\" is another site", one_line(request.origin, 60)),
                    "only the dashboard's own pages may call this server from a browser");
  }
  if (!is_own_site(request))
    return refuse("guard: the request comes from another site", "open the dashboard by its own address");
  const bool signs_in = request.method == "GET" && request.path == "/login" && !request.has_body;
  if (peer != Peer::kSameUser && !signs_in && !has_token(request))
    return refuse(
        "guard: the caller is not this server's user, or the kernel can not tell",
        "open the one-time address that 'stream-status dashboard --login' prints, or send 'Authorization: Bearer' "
        "with the project's token file");
  return {};
}

Result<void> Guard::check_body_type(const Request& request) {
  const std::string_view type = request.content_type.substr(0, request.content_type.find(';'));
  if (to_lower(type.substr(0, type.find_last_not_of(' ') + 1)) == "application/json") return {};
  return fail(
      ErrorCode::kUnsupportedMediaType,
      fmt::format("read the body: Content-Type \"{}\" is not application/json", one_line(request.content_type, 60)),
      "send JSON with Content-Type: application/json");
}

std::string Guard::new_login_path(MonotonicTime now) {
  std::string code = os::random_hex(16);
  const std::lock_guard lock(codes_mutex_);
  std::erase_if(codes_, [now](const auto& entry) { return entry.second < now; });
  if (codes_.size() >= kCodeLimit) codes_.clear();
  codes_.emplace(code, now + 10min);
  return "/login?code=" + code;
}

std::optional<std::string> Guard::redeem(std::string_view code, MonotonicTime now) {
  const std::lock_guard lock(codes_mutex_);
  const auto known =
      std::find_if(codes_.begin(), codes_.end(), [&](const auto& entry) { return equal_secrets(entry.first, code); });
  if (known == codes_.end()) return std::nullopt;
  const bool in_time = known->second >= now;
  codes_.erase(known);
  if (!in_time) return std::nullopt;
  return fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/", cookie_name_, session_);
}

}  // namespace stream_status::server
