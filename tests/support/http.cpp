#include "support/http.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/text.h"

namespace stream_status::testing {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";

os::Fd connected(int family, const sockaddr* address, socklen_t size) {
  os::Fd socket{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (::connect(socket.get(), address, size) != 0) return {};
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  return socket;
}

/// Status and headers of the text up to the empty line.
HttpAnswer parse_head(std::string_view head) {
  HttpAnswer answer;
  if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, answer.status);
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos && at + 2 < head.size()) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string_view line = head.substr(at + 2, end - at - 2);
    at = end;
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos)
      answer.headers.emplace(to_lower(line.substr(0, colon)), line.substr(colon + 2));
  }
  return answer;
}

bool send_all(int socket, std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return false;
    pollfd entry{socket, POLLOUT, 0};
    if (::poll(&entry, 1, static_cast<int>(deadline.left().count())) == 0) return false;
  }
  return true;
}

json::object object_of(const std::string& text) {
  auto object = parse_json_object(text);
  return object ? std::move(*object) : json::object{};
}

}  // namespace

os::Fd connect_to_port(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connected(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

os::Fd connect_to_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  EXPECT_LT(path.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
  return connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

std::string HttpAnswer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

json::object HttpAnswer::json() const { return object_of(body); }
json::object ServerEvent::json() const { return object_of(data); }

HttpConnection HttpConnection::to_port(std::uint16_t port) {
  return {connect_to_port(port), fmt::format("127.0.0.1:{}", port)};
}

HttpConnection HttpConnection::to_socket(const std::string& path) { return {connect_to_socket(path), "localhost"}; }

HttpAnswer HttpConnection::get(std::string_view target, const HeaderLines& headers) {
  return request("GET", target, headers);
}

HttpAnswer HttpConnection::send_json(std::string_view method, std::string_view target, const json::object& body,
                                     const HeaderLines& headers) {
  return request(method, target, "Content-Type: application/json\r\n" + headers, json::serialize(body));
}

HttpAnswer HttpConnection::request(std::string_view method, std::string_view target, const HeaderLines& headers,
                                   std::string_view body) {
  std::string bytes = fmt::format("{} {} HTTP/1.1\r\n", method, target);
  if (!host_.empty()) bytes += fmt::format("Host: {}\r\n", host_);
  bytes += headers;
  if (!body.empty()) bytes += fmt::format("Content-Length: {}\r\n", body.size());
  bytes += "\r\n";
  bytes += body;
  return exchange(bytes);
}

HttpAnswer HttpConnection::exchange(std::string_view bytes) {
  send(bytes);  // an answer may be there although the other end takes no more
  return read_answer();
}

bool HttpConnection::send(std::string_view bytes) { return send_all(socket_.get(), bytes, Deadline()); }

bool HttpConnection::read_more(const Deadline& deadline) {
  if (!socket_ || !wait_readable(socket_.get(), deadline)) return false;
  std::array<char, 65536> buffer;
  const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size <= 0) return size < 0 && (errno == EAGAIN || errno == EINTR);
  input_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

HttpAnswer HttpConnection::read_answer() {
  const Deadline deadline;
  while (input_.find(kEnd) == std::string::npos)
    if (!read_more(deadline)) return {};
  const std::size_t head_end = input_.find(kEnd) + kEnd.size();
  HttpAnswer answer = parse_head(std::string_view(input_).substr(0, head_end - 2));
  std::size_t length = 0;
  const std::string text = answer.header("content-length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  while (input_.size() < head_end + length)
    if (!read_more(deadline)) return {};
  answer.body = input_.substr(head_end, length);
  input_.erase(0, head_end + length);
  return answer;
}

bool HttpConnection::is_closed(const Deadline& deadline) {
  if (!socket_) return true;
  while (read_more(deadline)) {
  }
  return !deadline.over();
}

std::string HttpConnection::read_to_end() {
  EXPECT_TRUE(is_closed());
  return std::move(input_);
}

EventStream::EventStream(os::Fd socket, const std::string& host, std::string_view target, const HeaderLines& headers)
    : socket_(std::move(socket)) {
  send_all(socket_.get(), fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", target, host, headers), Deadline());
  const Deadline deadline;
  while (head_.empty() && wait_readable(socket_.get(), deadline) && read()) {
  }
}

bool EventStream::read() {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size > 0) {
      input_.append(buffer.data(), static_cast<std::size_t>(size));
      continue;
    }
    const bool open = size < 0 && (errno == EAGAIN || errno == EINTR);
    parse();
    return open;
  }
}

void EventStream::parse() {
  if (head_.empty()) {
    const std::size_t end = input_.find(kEnd);
    if (end == std::string::npos) return;
    head_ = input_.substr(0, end + 2);
    input_.erase(0, end + kEnd.size());
  }
  for (std::size_t end = input_.find("\n\n"); end != std::string::npos; end = input_.find("\n\n")) {
    std::string_view block = std::string_view(input_).substr(0, end + 1);
    ServerEvent event;
    while (!block.empty()) {
      const std::size_t line_end = block.find('\n');
      const std::string_view line = block.substr(0, line_end);
      block.remove_prefix(line_end + 1);
      if (line.starts_with("event: ")) event.name = line.substr(7);
      if (line.starts_with("data: ")) event.data = line.substr(6);
      if (line.starts_with("id: ")) {
        std::int64_t id = 0;
        std::from_chars(line.data() + 4, line.data() + line.size(), id);
        event.id = id;
      }
    }
    input_.erase(0, end + 2);
    if (!event.name.empty()) events_.push_back(std::move(event));
  }
}

std::optional<ServerEvent> EventStream::next(std::string_view name, const Deadline& deadline) {
  bool open = true;
  for (;;) {
    while (!events_.empty()) {
      ServerEvent event = std::move(events_.front());
      events_.pop_front();
      if (event.name == name) return event;
    }
    if (!open || !wait_readable(socket_.get(), deadline)) return std::nullopt;
    open = read();
  }
}

}  // namespace stream_status::testing
