#include "os/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>
#include <vector>

#include "os/accept.h"
#include "os/file.h"
#include "support/ordinary_user.h"
#include "support/temporary_directory.h"

namespace stream_status::os {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

Fd open_directory(const std::string& path) { return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

/// The server's end of a connection that was made.
Fd accept_one(const Fd& listener) {
  pollfd entry{listener.get(), POLLIN, 0};
  ::poll(&entry, 1, -1);
  return Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

// ---- unix sockets ------------------------------------------------------------------------------

class UnixSocket : public ::testing::Test {
 protected:
  const TemporaryDirectory temporary_;
  const Fd directory_ = open_directory(temporary_.path());
};

TEST_F(UnixSocket, ConnectsTwoProcessesOfOneUser) {
  const auto listener = listen_unix(directory_, "api.sock", 8);
  ASSERT_TRUE(listener) << listener.error().message;
  const auto client = connect_unix(directory_, "api.sock");
  ASSERT_TRUE(client) << client.error().message;
  const Fd server = accept_one(*listener);
  ASSERT_TRUE(server);
  EXPECT_EQ(unix_peer_uid(server.get()), ::geteuid());
  EXPECT_EQ(unix_peer_uid(client->get()), ::geteuid());
  EXPECT_EQ(unix_peer_uid(Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)).get()), std::nullopt);
  EXPECT_EQ(list_directory(directory_).value(), std::vector<std::string>{"api.sock"});
}

TEST_F(UnixSocket, GivesThoseWhoWaitOneByOneAndSaysWhenThereIsNoDescriptorForThem) {
  const auto listener = listen_unix(directory_, "api.sock", 8);
  ASSERT_TRUE(listener) << listener.error().message;
  const auto nobody = accept_connection(*listener);
  ASSERT_TRUE(nobody) << nobody.error().message;
  EXPECT_FALSE(*nobody);
  const auto first = connect_unix(directory_, "api.sock");
  const auto second = connect_unix(directory_, "api.sock");
  ASSERT_TRUE(first && second);
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  rlimit none = usual;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = accept_connection(*listener);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInternal);
  EXPECT_NE(refused.error().hint.find("open files"), std::string::npos) << refused.error().hint;
  for (int i = 0; i < 2; ++i) {
    const auto accepted = accept_connection(*listener);
    ASSERT_TRUE(accepted && *accepted) << "it waits on";
    EXPECT_NE(::fcntl((*accepted)->get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl((*accepted)->get(), F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST_F(UnixSocket, ReachesADirectoryThatIsTooDeepForAnAddress) {
  std::string path = temporary_.path();
  for (int i = 0; i < 10; ++i) path += "/" + std::string(50, 'd');
  std::filesystem::create_directories(path);
  const Fd directory = open_directory(path);
  const auto listener = listen_unix(directory, "api.sock", 8);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_TRUE(connect_unix(directory, "api.sock"));
}

TEST_F(UnixSocket, IsPrivateUnderAnyUmask) {
  for (const mode_t mask : {0u, 022u, 077u}) {
    const mode_t before = ::umask(mask);
    const auto listener = listen_unix(directory_, "api.sock", 8);
    ::umask(before);
    ASSERT_TRUE(listener);
    struct stat status {};
    ASSERT_EQ(::stat((temporary_ / "api.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u) << mask;
  }
}

TEST_F(UnixSocket, TakesThePlaceOfAnOldOne) {
  struct {
    const char* what;
    void (*make)(const std::string& path);
  } const rows[] = {
      {"file", [](const std::string& path) { write_text(path, "old"); }},
      {"symlink", [](const std::string& path) { std::filesystem::create_symlink("/dev/null", path); }},
      {"fifo", [](const std::string& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }},
      {"socket of a dead server",
       [](const std::string& path) {
         const TemporaryDirectory other;
         (void)listen_unix(open_directory(other.path()), "s", 1);
         std::filesystem::rename(other / "s", path);
       }},
      {"what a crash left", [](const std::string& path) { write_text(path + ".new", "old"); }},
  };
  for (const auto& row : rows) {
    row.make(temporary_ / "api.sock");
    const auto listener = listen_unix(directory_, "api.sock", 8);
    ASSERT_TRUE(listener) << row.what << ": " << listener.error().message;
    EXPECT_TRUE(connect_unix(directory_, "api.sock")) << row.what;
    EXPECT_EQ(list_directory(directory_)->size(), 1u) << row.what;
    std::filesystem::remove(temporary_ / "api.sock");
  }
}

TEST_F(UnixSocket, ThatCanNotBeMadeLeavesNothing) {
  std::filesystem::create_directory(temporary_ / "api.sock");
  const auto listener = listen_unix(directory_, "api.sock", 8);
  ASSERT_FALSE(listener);
  EXPECT_NE(listener.error().message.find(temporary_ / "api.sock"), std::string::npos) << listener.error().message;
  EXPECT_EQ(list_directory(directory_)->size(), 1u);
}

TEST_F(UnixSocket, NobodyThereIsUnavailableInEveryForm) {
  write_text(temporary_ / "file", "");
  std::filesystem::create_directory(temporary_ / "directory");
  std::filesystem::create_symlink("absent", temporary_ / "dangling");
  ASSERT_EQ(::mkfifo((temporary_ / "fifo").c_str(), 0600), 0);
  (void)listen_unix(directory_, "stale", 1);
  const Fd datagram(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (temporary_ / "datagram").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(datagram.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);

  for (const char* name : {"absent", "file", "directory", "dangling", "fifo", "stale", "datagram"}) {
    const auto client = connect_unix(directory_, name);
    ASSERT_FALSE(client) << name;
    EXPECT_EQ(client.error().code, ErrorCode::kServerUnavailable) << name << ": " << client.error().message;
  }
}

TEST_F(UnixSocket, AFullBacklogIsUnavailableAndDoesNotWait) {
  const auto listener = listen_unix(directory_, "api.sock", 0);
  std::vector<Fd> clients;
  for (;;) {
    auto client = connect_unix(directory_, "api.sock");
    if (!client) {
      EXPECT_EQ(client.error().code, ErrorCode::kServerUnavailable);
      break;
    }
    clients.push_back(std::move(*client));
    ASSERT_LT(clients.size(), 100u);
  }
}

TEST(UnixSocketOfOthers, ADirectoryThatMayNotBeSearchedIsARefusal) {
  const testing::OrdinaryUser user;
  const TemporaryDirectory temporary;
  const Fd directory = open_directory(temporary.path());
  const auto listener = listen_unix(directory, "api.sock", 8);
  ::chmod(temporary.path().c_str(), 0);
  const auto client = connect_unix(directory, "api.sock");
  ::chmod(temporary.path().c_str(), 0700);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kPermissionDenied);
}

// ---- loopback TCP ------------------------------------------------------------------------------

TEST(Loopback, AFreePortIsFoundAndATakenOneIsSaid) {
  const auto first = listen_loopback(0, 8);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_GT(first->port, 0);
  const auto second = listen_loopback(first->port, 8);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyClaimed);
  EXPECT_NE(second.error().message.find(std::to_string(first->port)), std::string::npos);
}

TEST(Loopback, IsReachedOnTheLoopbackAddressOnly) {
  const auto listener = listen_loopback(0, 8);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener->socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  EXPECT_EQ(address.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

TEST(Loopback, APortIsTakenAgainRightAfterItsConnectionsClosed) {
  auto listener = listen_loopback(0, 8);
  const std::uint16_t port = listener->port;
  {
    const auto client = connect_loopback(port, seconds{10});
    ASSERT_TRUE(client) << client.error().message;
    const Fd server = accept_one(listener->socket);  // closes first: TIME_WAIT stays on our port
  }
  listener->socket.reset();
  EXPECT_TRUE(listen_loopback(port, 8));
}

TEST(Loopback, NobodyThereIsUnavailable) {
  const Fd holder(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));  // bound, so nobody else takes it; not listening
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(holder.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  socklen_t size = sizeof address;
  ::getsockname(holder.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const auto client = connect_loopback(ntohs(address.sin_port), seconds{10});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().code, ErrorCode::kServerUnavailable);
}

// ---- the peer of a TCP connection ----------------------------------------------------------------

struct Connection {
  Connection() : listener(listen_loopback(0, 8).value()), client(connect_loopback(listener.port, seconds{10}).value()) {
    server = accept_one(listener.socket);
  }
  TcpListener listener;
  Fd client;
  Fd server;
};

TEST(TcpPeer, IsTheUserOfTheOtherEnd) {
  const Connection connection;
  EXPECT_EQ(tcp_peer_uid(connection.server.get()), ::geteuid());
  EXPECT_EQ(tcp_peer_uid(connection.client.get()), ::geteuid());
}

TEST(TcpPeer, IsFoundBehindAMappedAddress) {
  const auto listener = listen_loopback(0, 8);
  const Fd client(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!client) GTEST_SKIP() << "this machine has no IPv6";
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(listener->port);
  address.sin6_addr.s6_addr[10] = address.sin6_addr.s6_addr[11] = 0xff;
  address.sin6_addr.s6_addr[12] = 127;
  address.sin6_addr.s6_addr[15] = 1;
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    GTEST_SKIP() << "this machine maps no addresses";
  EXPECT_EQ(tcp_peer_uid(accept_one(listener->socket).get()), ::geteuid());
}

TEST(TcpPeer, ThatHasLeftIsNobody) {
  Connection connection;
  connection.client.reset();  // orphaned: such a socket reports uid 0, which must not pass for root
  EXPECT_EQ(tcp_peer_uid(connection.server.get()), std::nullopt);
}

TEST(TcpPeer, ThatDoesNotExistIsNobody) {
  const Connection connection;
  EXPECT_EQ(tcp_peer_uid(connection.listener.socket.get()), std::nullopt);
  EXPECT_EQ(tcp_peer_uid(-1), std::nullopt);
  const TemporaryDirectory temporary;
  const auto listener = listen_unix(open_directory(temporary.path()), "s", 1);
  EXPECT_EQ(tcp_peer_uid(listener->get()), std::nullopt);
}

TEST(TcpPeer, IsAskedForByManyThreads) {
  const Connection connection;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round) EXPECT_EQ(tcp_peer_uid(connection.server.get()), ::geteuid());
    });
  for (std::thread& thread : threads) thread.join();
}

/// Refuses netlink sockets to this process and its children from now on.
bool forbid_netlink() {
  constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
  std::array<sock_filter, 6> program = {{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_socket},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, args[0])},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, AF_NETLINK},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM},
      {BPF_RET | BPF_K, 0, 0, kAllow},
  }};
  const sock_fprog filter{program.size(), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
         ::socket(AF_NETLINK, SOCK_DGRAM, 0) < 0;
}

TEST(TcpPeer, IsLookedUpInProcWhereNetlinkIsForbidden) {
  constexpr int kSkipped = 77;
  const pid_t child = ::fork();
  if (child == 0) {
    if (!forbid_netlink()) ::_exit(kSkipped);
    Connection connection;
    int wrong = 0;
    std::thread([&] {  // a thread of its own: this one may have its netlink socket already
      wrong += tcp_peer_uid(connection.server.get()) == ::geteuid() ? 0 : 1;
      wrong += tcp_peer_uid(connection.listener.socket.get()) == std::nullopt ? 0 : 2;
      connection.client.reset();
      wrong += tcp_peer_uid(connection.server.get()) == std::nullopt ? 0 : 4;
    })
        .join();
    ::_exit(wrong);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kSkipped) GTEST_SKIP() << "no seccomp on this machine";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace stream_status::os
