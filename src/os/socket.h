// Sockets of one machine: the project's unix socket, loopback TCP, and who is at the other end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

namespace stream_status::os {

/// Listens on `name` inside `directory`, mode 0600; an old socket file of that name is replaced.
/// Non-blocking, close-on-exec.
Result<Fd> listen_unix(const Fd& directory, const std::string& name, int backlog);

/// Listens on 127.0.0.1:`port` (0: any free port). kAlreadyClaimed if the port is taken.
struct TcpListener {
  Fd socket;
  std::uint16_t port = 0;
};
Result<TcpListener> listen_loopback(std::uint16_t port, int backlog);

/// Connects without waiting longer than `timeout`. Non-blocking socket. Absence (no socket file,
/// refused, backlog full) is kServerUnavailable; EACCES and EPERM are kPermissionDenied.
Result<Fd> connect_unix(const Fd& directory, const std::string& name);
Result<Fd> connect_loopback(std::uint16_t port, milliseconds timeout);

/// User id of the process at the other end of a unix socket (SO_PEERCRED).
std::optional<std::uint32_t> unix_peer_uid(int socket);

/// User id that owns the other end of an ESTABLISHED loopback TCP connection, asked of the kernel's
/// socket table (sock_diag, else /proc/net/tcp). Absent if the kernel does not say: other
/// network namespace, orphaned socket, no such entry.
std::optional<std::uint32_t> tcp_peer_uid(int socket);

}  // namespace stream_status::os
