#include "os/socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "os/error.h"
#include "os/file.h"

namespace stream_status::os {
namespace {

constexpr int kStream = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

const sockaddr* generic(const auto* address) { return reinterpret_cast<const sockaddr*>(address); }
sockaddr* generic(auto* address) { return reinterpret_cast<sockaddr*>(address); }

/// The address of `name` through the directory's descriptor: no real path is too long for it.
Result<sockaddr_un> unix_address(const Fd& directory, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = descriptor_path(directory) + "/" + name;
  if (path.size() >= sizeof address.sun_path) return fail(ErrorCode::kInternal, "socket: " + name + ": name too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// What a failed connect means to a client: nobody answers there (try again, or start one), or this process can not
/// connect, whoever is there.
tl::unexpected<Error> connect_error(int number, const std::string& subject) {
  Error error = errno_error(number, "connect", subject).value();
  switch (number) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOENT:
    case ENOTDIR:
    case EAGAIN:  // a full queue of connections
    case EINPROGRESS:
    case EINTR:
    case ETIMEDOUT:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
    case EPROTOTYPE:  // a socket of another kind has that name
    case EPIPE: return fail(ErrorCode::kServerUnavailable, std::move(error.message));
    case EAFNOSUPPORT:  // a sandbox that knows no such sockets
    case EPROTONOSUPPORT:
    case ENOSYS:
      error.code = ErrorCode::kPermissionDenied;
      error.hint = "this sandbox has no such sockets; allow them, or work outside it";
      [[fallthrough]];
    default: return tl::make_unexpected(std::move(error));
  }
}

void set_option(const Fd& socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket.get(), level, option, &on, sizeof on);
}

// ---- who is at the other end of a TCP connection -------------------------------------------

/// Both ends of an IPv4 connection, in network byte order, from the peer's point of view.
struct PeerTuple {
  std::uint32_t own_address = 0;
  std::uint32_t other_address = 0;
  std::uint16_t own_port = 0;
  std::uint16_t other_port = 0;
};

struct Endpoint {
  std::uint32_t address = 0;
  std::uint16_t port = 0;
};
std::optional<Endpoint> ipv4_endpoint(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return Endpoint{v4.sin_addr.s_addr, v4.sin_port};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  if (storage.ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return std::nullopt;
  return Endpoint{v6.sin6_addr.s6_addr32[3], v6.sin6_port};
}

std::optional<PeerTuple> peer_tuple(int socket) {
  sockaddr_storage local{};
  sockaddr_storage remote{};
  socklen_t size = sizeof local;
  if (::getsockname(socket, generic(&local), &size) != 0) return std::nullopt;
  size = sizeof remote;
  if (::getpeername(socket, generic(&remote), &size) != 0) return std::nullopt;
  const auto here = ipv4_endpoint(local);
  const auto there = ipv4_endpoint(remote);
  if (!here || !there) return std::nullopt;
  return PeerTuple{there->address, here->address, there->port, here->port};
}

/// What one source says. A socket that is found and does not count (closing, orphaned) ends the search.
struct Answer {
  bool found = false;
  std::optional<std::uint32_t> uid = {};
};

constexpr unsigned kEstablished = TCP_ESTABLISHED;

/// An orphaned socket has no inode and reports uid 0, which is no statement about root.
Answer judge(unsigned state, std::uint64_t inode, std::uint32_t uid) {
  if (state != kEstablished || inode == 0) return {true, std::nullopt};
  return {true, uid};
}

/// One request and its answer, which the kernel has ready when the send returns. Source: sock_diag(7).
Answer ask_sock_diag(const PeerTuple& peer) {
  thread_local const Fd netlink{::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG)};
  thread_local std::uint32_t sequence = 0;
  if (!netlink) return {};

  struct {
    nlmsghdr header;
    inet_diag_req_v2 body;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.header.nlmsg_seq = ++sequence;
  request.body.sdiag_family = AF_INET;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = 1u << kEstablished;
  request.body.id.idiag_src[0] = peer.own_address;
  request.body.id.idiag_sport = peer.own_port;
  request.body.id.idiag_dst[0] = peer.other_address;
  request.body.id.idiag_dport = peer.other_port;
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(netlink.get(), &request, sizeof request, MSG_NOSIGNAL, generic(&kernel), sizeof kernel) < 0) return {};

  for (;;) {
    alignas(nlmsghdr) std::array<char, 2048> buffer;
    sockaddr_nl sender{};
    socklen_t sender_size = sizeof sender;
    const ssize_t got = ::recvfrom(netlink.get(), buffer.data(), buffer.size(), 0, generic(&sender), &sender_size);
    if (got < 0 && errno == EINTR) continue;
    if (got < static_cast<ssize_t>(sizeof(nlmsghdr))) return {};
    nlmsghdr header;
    std::memcpy(&header, buffer.data(), sizeof header);
    if (sender.nl_pid != 0 || header.nlmsg_seq != sequence) continue;  // left over from a call that gave up
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || header.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)) ||
        static_cast<std::size_t>(got) < header.nlmsg_len)
      return {};
    inet_diag_msg found;
    std::memcpy(&found, buffer.data() + NLMSG_HDRLEN, sizeof found);
    // Without such a connection the kernel answers with a listener of that port.
    if (found.id.idiag_sport != peer.own_port || found.id.idiag_dport != peer.other_port) return {};
    return judge(found.idiag_state, found.idiag_inode, found.idiag_uid);
  }
}

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::size_t size = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, size);
  line.remove_prefix(size);
  return word;
}

template <class Number>
Number number_of(std::string_view word, int base) {
  Number value = 0;
  std::from_chars(word.data(), word.data() + word.size(), value, base);
  return value;
}

/// Lines of /proc/net/tcp{,6}: slot local remote state queues timer retransmits uid timeout inode. Source: proc(5).
Answer search_table(const std::string& path, std::string_view address_prefix, const PeerTuple& peer) {
  const auto table = read_file(path, std::size_t{64} << 20);
  if (!table || !*table) return {};
  const auto endpoint = [&](std::uint32_t address, std::uint16_t port) {
    return fmt::format("{}{:08X}:{:04X}", address_prefix, address, ntohs(port));
  };
  const std::string own = endpoint(peer.own_address, peer.own_port);
  const std::string other = endpoint(peer.other_address, peer.other_port);
  std::string_view rest = **table;
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    next_word(line);
    if (next_word(line) != own || next_word(line) != other) continue;
    const auto state = number_of<unsigned>(next_word(line), 16);
    for (int skipped = 0; skipped < 3; ++skipped) next_word(line);
    const auto uid = number_of<std::uint32_t>(next_word(line), 10);
    next_word(line);
    return judge(state, number_of<std::uint64_t>(next_word(line), 10), uid);
  }
  return {};
}

}  // namespace

Result<Fd> listen_unix(const Fd& directory, const std::string& name, int backlog) {
  // Listens under another name and then takes the name over: whoever finds it can connect. The caller holds
  // server.lock, so the other name needs not be unique, and one left by a crash goes away here.
  const std::string temporary = name + ".new";
  const std::string subject = path_of(directory) + "/" + name;
  const sockaddr_un address = TRY(unix_address(directory, temporary));
  Fd socket{::socket(AF_UNIX, kStream, 0)};
  if (!socket) return errno_error("listen", subject);
  TRY(remove_file(directory, temporary));
  // bind() gives the file the socket's own mode: 0600 from its first instant, whatever the umask.
  if (::fchmod(socket.get(), 0600) != 0 || ::bind(socket.get(), generic(&address), sizeof address) != 0)
    return errno_error("listen", subject);
  if (::listen(socket.get(), backlog) != 0 ||
      ::renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) != 0) {
    const int number = errno;
    ::unlinkat(directory.get(), temporary.c_str(), 0);
    return errno_error(number, "listen", subject);
  }
  return socket;
}

Result<TcpListener> listen_loopback(std::uint16_t port, int backlog) {
  const std::string subject = fmt::format("127.0.0.1:{}", port);
  TcpListener listener{Fd{::socket(AF_INET, kStream, 0)}};
  if (!listener.socket) return errno_error("listen", subject);
  set_option(listener.socket, SOL_SOCKET, SO_REUSEADDR);  // old connections in TIME_WAIT do not keep our port from us
  set_option(listener.socket, IPPROTO_TCP, TCP_NODELAY);  // accepted sockets inherit it
  sockaddr_in address = loopback_address(port);
  if (::bind(listener.socket.get(), generic(&address), sizeof address) != 0 ||
      ::listen(listener.socket.get(), backlog) != 0) {
    if (errno == EADDRINUSE)
      return fail(ErrorCode::kAlreadyClaimed, "listen: " + subject + ": the port is taken",
                  "another port serves as well");
    return errno_error("listen", subject);
  }
  socklen_t size = sizeof address;
  if (::getsockname(listener.socket.get(), generic(&address), &size) != 0) return errno_error("listen", subject);
  listener.port = ntohs(address.sin_port);
  return listener;
}

Result<Fd> connect_unix(const Fd& directory, const std::string& name) {
  const sockaddr_un address = TRY(unix_address(directory, name));
  Fd socket{::socket(AF_UNIX, kStream, 0)};
  if (!socket || ::connect(socket.get(), generic(&address), sizeof address) != 0)
    return connect_error(errno, path_of(directory) + "/" + name);
  return socket;
}

Result<Fd> connect_loopback(std::uint16_t port, milliseconds timeout) {
  const std::string subject = fmt::format("127.0.0.1:{}", port);
  const sockaddr_in address = loopback_address(port);
  Fd socket{::socket(AF_INET, kStream, 0)};
  if (!socket) return connect_error(errno, subject);
  if (::connect(socket.get(), generic(&address), sizeof address) != 0) {
    if (errno != EINPROGRESS) return connect_error(errno, subject);
    const MonotonicTime deadline = std::chrono::steady_clock::now() + timeout;
    pollfd ready{socket.get(), POLLOUT, 0};
    int count = 0;
    do {
      const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
      count = ::poll(&ready, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT32_MAX)));
    } while (count < 0 && errno == EINTR);
    if (count <= 0) return connect_error(ETIMEDOUT, subject);
    int failure = 0;
    socklen_t size = sizeof failure;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
    if (failure != 0) return connect_error(failure, subject);
  }
  // Nobody listens, and the kernel chose the very port as ours: TCP then connects the socket to itself.
  sockaddr_in own{};
  socklen_t size = sizeof own;
  if (::getsockname(socket.get(), generic(&own), &size) == 0 && own.sin_port == address.sin_port)
    return connect_error(ECONNREFUSED, subject);
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  return socket;
}

std::optional<std::uint32_t> unix_peer_uid(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  constexpr uid_t kNobodyKnown =
      static_cast<uid_t>(-1);  // no peer; its pid says nothing: 0 also means another namespace
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid == kNobodyKnown) return std::nullopt;
  return peer.uid;
}

std::optional<std::uint32_t> tcp_peer_uid(int socket) {
  const auto peer = peer_tuple(socket);
  if (!peer) return std::nullopt;
  // "Not found" may also mean that the kernel lacks the module: only what is found is an answer.
  if (const Answer answer = ask_sock_diag(*peer); answer.found) return answer.uid;
  if (const Answer answer = search_table("/proc/net/tcp", "", *peer); answer.found) return answer.uid;
  const std::string v4_mapped = fmt::format("{:08X}{:08X}{:08X}", 0, 0, htonl(0xffff));
  return search_table("/proc/net/tcp6", v4_mapped, *peer).uid;
}

}  // namespace stream_status::os
