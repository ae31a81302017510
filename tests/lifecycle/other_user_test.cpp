// Another user of the same machine: refused on TCP without the token, kept out of socket and files altogether.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lifecycle/guard_world.h"

namespace stream_status::testing {
namespace {

class OtherUser : public GuardTest {
 protected:
  static constexpr uid_t kNobody = 65'534;

  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
    GuardTest::SetUp();
  }

  /// What `question` returns when user nobody asks it.
  template <class Question>
  static std::string as_nobody(Question question) {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      std::string answer = "can not become nobody";
      if (::setgid(kNobody) == 0 && ::setuid(kNobody) == 0) answer = question();
      const ssize_t written = ::write(ends[1], answer.data(), answer.size());
      ::_exit(written == static_cast<ssize_t>(answer.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    const os::Fd reader{ends[0]};
    std::string answer;
    std::array<char, 4096> buffer;
    for (ssize_t size = 1; size > 0;) {
      size = ::read(reader.get(), buffer.data(), buffer.size());
      if (size > 0) answer.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ::waitpid(child, nullptr, 0);
    return answer;
  }

  /// Status of a GET by nobody.
  int status_for_nobody(const std::string& target, const HeaderLines& headers = {}) const {
    return std::stoi(as_nobody([&] { return std::to_string(http().get(target, headers).status); }));
  }

  std::string token() const { return text_of_file(world.file("token")); }
};

TEST_F(OtherUser, IsRefusedOnEveryPathWithoutTheToken) {
  for (const char* target : {"/", "/api/health", "/api/stats", "/api/streams", "/api/events", "/nowhere"})
    EXPECT_EQ(status_for_nobody(target), 403) << target;
  const std::int64_t before = revision();
  const std::string status = as_nobody([&] {
    return std::to_string(http().send_json("POST", "/api/streams", {{"title", "Foreign"}}).status);
  });
  EXPECT_EQ(status, "403");
  EXPECT_EQ(revision(), before);
}

TEST_F(OtherUser, PassesWithTheTokenOnly) {
  EXPECT_EQ(token().size(), 64u);
  EXPECT_EQ(status_for_nobody("/api/stats", "Authorization: Bearer " + token() + "\r\n"), 200);
  std::string wrong = token();
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const std::string& header :
       std::vector<std::string>{"Bearer " + wrong, "Bearer ", "Bearer " + token() + "0", "Basic " + token(), token()})
    EXPECT_EQ(status_for_nobody("/api/stats", "Authorization: " + header + "\r\n"), 403) << header;
  // The token does not make a foreign page's request a good one.
  EXPECT_EQ(
      status_for_nobody("/api/stats", "Origin: https://evil.example\r\nAuthorization: Bearer " + token() + "\r\n"),
      403);
}

TEST_F(OtherUser, GetsANewTokenWithEachServer) {
  const std::string before = token();
  world.ask({"restart"});
  EXPECT_NE(token(), before);
}

TEST_F(OtherUser, SignsInOnceByTheOneTimeAddress) {
  const json::object dashboard = world.ask({"dashboard", "--no-open", "--login"});
  const std::string url = text_at(dashboard, "loginUrl");
  const std::string base = fmt::format("http://127.0.0.1:{}", port());
  ASSERT_TRUE(url.starts_with(base + "/login?code=")) << url;
  const std::string target = url.substr(base.size());

  const std::string cookie = as_nobody([&] {
    const HttpAnswer answer = http().get(target);
    return answer.status == 303 && answer.header("location") == "/" ? answer.header("set-cookie") : "";
  });
  EXPECT_TRUE(cookie.starts_with("stream-status-" + world.instance() + "=")) << cookie;
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos) << cookie;
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos) << cookie;
  EXPECT_EQ(cookie.find(token()), std::string::npos) << "the cookie is the token";
  const std::string sent = "Cookie: other=1; " + cookie.substr(0, cookie.find(';')) + "\r\n";
  EXPECT_EQ(status_for_nobody("/api/stats", sent), 200);
  EXPECT_EQ(status_for_nobody("/", sent), 200);

  EXPECT_EQ(status_for_nobody(target), 403) << "the address works twice";
  EXPECT_EQ(status_for_nobody("/login?code=0123456789abcdef0123456789abcdef"), 403);
  EXPECT_EQ(status_for_nobody("/login"), 403);
}

TEST_F(OtherUser, CanNotReachSocketOrFiles) {
  // Even where the directories above are open to everyone.
  for (const std::string& directory : {world.root(), world.home(), world.projects()})
    ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
  const std::string outcome = as_nobody([&] {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = world.file("api.sock");
    std::memcpy(address.sun_path, path.data(), path.size());
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const int connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    std::string text = connected == 0 ? "connected" : errno == EACCES ? "refused" : std::strerror(errno);
    for (const char* name : {"token", "streams.db", ".api-server.lock", "config.json", "server.lock"})
      if (::access(world.file(name).c_str(), R_OK) == 0) text += std::string(", may read ") + name;
    if (::access((world.home() + "/logs/api-server-shop.log").c_str(), R_OK) == 0) text += ", may read the log";
    return text;
  });
  EXPECT_EQ(outcome, "refused");
  for (const std::string& directory : {world.home(), world.projects()}) ASSERT_EQ(::chmod(directory.c_str(), 0700), 0);
}

}  // namespace
}  // namespace stream_status::testing
