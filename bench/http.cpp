// Sockets and HTTP framing of the bench.
#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kLeastRead = 65536;

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail("use a socket: " + path + ": path too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

sockaddr_in tcp_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

template <class Address>
sockaddr* generic(Address& address) {
  return reinterpret_cast<sockaddr*>(&address);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::size_t> content_length(std::string_view head) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;) {
    at += 2;
    const std::size_t end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, end == std::string_view::npos ? end : end - at);
    constexpr std::string_view name = "content-length";
    if (line.size() > name.size() && line[name.size()] == ':' &&
        equals_ignoring_case(line.substr(0, name.size()), name)) {
      const std::string_view text = line.substr(line.find_first_of("0123456789"));
      std::size_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    }
    at = end;
  }
  return {};
}

}  // namespace

Endpoint Endpoint::unix_socket(std::string path) {
  Endpoint endpoint;
  endpoint.path_ = std::move(path);
  return endpoint;
}

Endpoint Endpoint::tcp(std::uint16_t port) {
  Endpoint endpoint;
  endpoint.port_ = port;
  return endpoint;
}

Fd Endpoint::connect() const {
  const bool is_tcp = port_ != 0;
  Fd fd(::socket(is_tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) fail_errno("open a socket");
  int result = 0;
  if (is_tcp) {
    sockaddr_in address = tcp_address(port_);
    result = ::connect(fd.get(), generic(address), sizeof address);
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  } else {
    sockaddr_un address = unix_address(path_);
    result = ::connect(fd.get(), generic(address), sizeof address);
  }
  if (result != 0) fail_errno(is_tcp ? fmt::format("connect: port {}", port_) : "connect: " + path_);
  return fd;
}

std::string Endpoint::request(std::string_view method, std::string_view target, std::string_view body) const {
  const std::string host = port_ == 0 ? "localhost" : fmt::format("127.0.0.1:{}", port_);
  if (body.empty()) return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n\r\n", method, target, host);
  return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                     method, target, host, body.size(), body);
}

Listener listen_tcp() {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = tcp_address(0);
  socklen_t size = sizeof address;
  if (!fd || ::bind(fd.get(), generic(address), size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0 ||
      ::getsockname(fd.get(), generic(address), &size) != 0)
    fail_errno("listen on 127.0.0.1");
  return {std::move(fd), Endpoint::tcp(ntohs(address.sin_port))};
}

Listener listen_unix(const fs::path& path) {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = unix_address(path);
  if (!fd || ::bind(fd.get(), generic(address), sizeof address) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
    fail_errno("listen: " + path.string());
  return {std::move(fd), Endpoint::unix_socket(path)};
}

Extent http_extent(std::string_view bytes) {
  const std::size_t head = bytes.find(kHeadEnd);
  if (head == std::string_view::npos) return {0, bytes.size() + 1};
  const auto length = content_length(bytes.substr(0, head));
  if (!length) fail("read an answer: it has no Content-Length");
  const std::size_t size = head + kHeadEnd.size() + *length;
  return {bytes.size() >= size ? size : 0, size};
}

int http_status(std::string_view answer) {
  constexpr std::size_t at = 9;  // behind "HTTP/1.1 "
  int status = 0;
  if (answer.size() >= at + 3) std::from_chars(answer.data() + at, answer.data() + at + 3, status);
  return status;
}

HttpConnection::HttpConnection(Endpoint endpoint) : endpoint_(std::move(endpoint)), fd_(endpoint_.connect()) {}

std::string_view HttpConnection::exchange(std::string_view request) {
  write_all(fd_.get(), request);
  const std::string_view answer = receive();
  if (http_status(answer) / 100 != 2)
    fail(fmt::format("{}: {}", request.substr(0, request.find('\r')), answer.substr(0, 1000)));
  return answer;
}

void HttpConnection::ask(std::string_view method, std::string_view target, std::string_view body) {
  write_all(fd_.get(), endpoint_.request(method, target, body));
}

std::string_view HttpConnection::receive() {
  std::size_t filled = 0;
  Extent extent{0, 1};
  while (extent.size == 0) {
    if (buffer_.size() < filled + kLeastRead) buffer_.resize(2 * filled + kLeastRead);
    const ssize_t n = ::recv(fd_.get(), buffer_.data() + filled, buffer_.size() - filled, 0);
    if (n < 0 && errno != EINTR) fail_errno("read an answer");
    if (n == 0) fail("read an answer: the server closed the connection");
    filled += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    if (filled >= extent.needed) extent = http_extent({buffer_.data(), filled});
  }
  return {buffer_.data(), filled};
}

std::optional<std::string_view> find_member(std::string_view json, std::string_view key) {
  const std::string quoted = fmt::format("\"{}\":", key);
  std::size_t at = json.find(quoted);
  if (at == std::string_view::npos) return {};
  at = json.find_first_not_of(' ', at + quoted.size());
  if (at == std::string_view::npos) return {};
  if (json[at] == '"') return json.substr(at + 1, json.find('"', at + 1) - at - 1);
  return json.substr(at, json.find_first_of(",}]", at) - at);
}

std::int64_t get_number(std::string_view json, std::string_view key) {
  std::int64_t value = 0;
  const auto text = find_member(json, key);
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc())
    fail(fmt::format("read an answer: no number \"{}\" in {}", key, json.substr(0, 400)));
  return value;
}

}  // namespace bench
