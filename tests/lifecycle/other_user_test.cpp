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

#include <filesystem>

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

TEST_F(OtherUser, GetsNoByteOfDataFromAnyRouteOrMethod) {
  world.ask({"add", "Secret plan", "--goal", "Secret goal"});
  const json::object document = http().get("/api/openapi.json").json();
  std::vector<std::string> targets = {"/",
                                      "/index.html",
                                      "/streams/secret-plan",
                                      "/metrics",
                                      "/mcp",
                                      "/login",
                                      "/api/events?since=0",
                                      "/api/server/stop",
                                      "/nowhere",
                                      "/api/server/login",
                                      "/api/server/integrity",
                                      "/api/server/backup"};
  for (const auto& [path, methods] : document.at("paths").as_object()) {
    std::string target(path);
    if (const std::size_t brace = target.find('{'); brace != std::string::npos)
      target.replace(brace, target.find('}') - brace + 1, "secret-plan");
    targets.push_back(target);
  }
  // Whatever the page loads, too: what it is built of tells the version.
  const std::string page = http().get("/").body;
  for (std::size_t at = page.find("/assets/"); at != std::string::npos; at = page.find("/assets/", at + 1))
    targets.push_back(page.substr(at, page.find('"', at) - at));
  EXPECT_GT(targets.size(), 25u);

  const std::int64_t before = revision();
  const std::string seen = as_nobody([&] {
    std::string wrong;
    for (const std::string& target : targets) {
      for (const char* method : {"GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}) {
        const bool is_write = method[0] == 'P';
        const HttpAnswer answer = http().request(method, target, is_write ? "Content-Type: application/json\r\n" : "",
                                                 is_write ? R"({"title":"Foreign"})" : "");
        const bool tells = answer.body.find("ecret") != std::string::npos && target.find("secret") == std::string::npos;
        if (answer.status != 403 || tells || answer.body.size() > 600)
          wrong += fmt::format("{} {}: {} {}\n", method, target, answer.status, answer.body.substr(0, 80));
      }
    }
    return wrong;
  });
  EXPECT_EQ(seen, "");
  EXPECT_EQ(revision(), before);
}

TEST_F(OtherUser, HasFewConnectionsAndLittleTimeAndLeavesTheRestToUs) {
  const std::string outcome = as_nobody([&] {
    std::vector<HttpConnection> held;
    std::string refused;
    for (int i = 0; i < 100 && refused.empty(); ++i) {
      HttpConnection next = http();
      const HttpAnswer answer = next.get("/api/stats");
      if (answer.status == 403)
        held.push_back(std::move(next));
      else
        refused = fmt::format("after {}: ", held.size());
    }
    // The others are told without having asked.
    for (int i = 0; i < 36; ++i) {
      HttpConnection next = bare();
      const HttpAnswer answer = next.read_answer();
      const std::string seen = fmt::format("{} retry after {} {}", answer.status, answer.header("retry-after"),
                                           next.is_closed() ? "closed" : "open");
      if (refused.find(seen) == std::string::npos) refused += seen;
    }
    // Those that say nothing more are closed after 10 s, not after the 75 s that this user's browser has.
    const bool closed = held.front().is_closed(Deadline(seconds{30}));
    return fmt::format("{}; then {}", refused, closed ? "closed" : "still open");
  });
  EXPECT_EQ(outcome, "after 64: 429 retry after 1 closed; then closed");
  EXPECT_EQ(http().get("/api/stats").status, 200);
}

TEST_F(OtherUser, HasNoBodyAwaitedAnywhere) {
  for (const char* body : {"Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n"})
    for (const char* request : {"POST /login", "GET /login", "HEAD /login?code=0", "PATCH /login", "POST /api/streams",
                                "POST /api/server/stop", "PUT /"}) {
      const std::string head = with_port(std::string(request) + " HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n" +
                                         "Content-Type: application/json\r\n" + body + "\r\n");
      const std::string outcome = as_nobody([&] {
        HttpConnection connection = bare();
        const int status = connection.exchange(head).status;
        return fmt::format("{} {}", status, connection.is_closed() ? "closed" : "open");
      });
      EXPECT_EQ(outcome, "403 closed") << head;
    }
}

TEST_F(OtherUser, FindsTheTokenNowhere) {
  const std::string secret = token();
  const std::string url = text_at(world.ask({"dashboard", "--no-open", "--login"}), "loginUrl");
  EXPECT_EQ(status_for_nobody("/api/stats", "Authorization: Bearer " + secret.substr(1) + "x\r\n"), 403);
  EXPECT_EQ(status_for_nobody("/?token=" + secret), 403);
  std::string shown = url;
  for (const char* command : {"status", "ps", "where", "doctor", "logs", "version"})
    shown += world.run({command}).out + world.run({command, "--json"}).out;
  EXPECT_EQ(shown.find(secret), std::string::npos);
  EXPECT_EQ(world.log().find(secret), std::string::npos);
  EXPECT_EQ(text_of_file(world.file(".api-server.lock")).find(secret), std::string::npos);
  const pid_t pid = world.server_pid();
  for (const std::string& variable : environment_of(pid)) EXPECT_EQ(variable.find(secret), std::string::npos);
  EXPECT_EQ(text_of_file(fmt::format("/proc/{}/cmdline", pid)).find(secret), std::string::npos);
  EXPECT_EQ(http().get("/").body.find(secret), std::string::npos);
}

TEST_F(OtherUser, CanNotReachSocketOrFiles) {
  // Even where the directories above are open to everyone.
  for (const std::string& directory : {world.root(), world.home(), world.projects()})
    ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
  world.ask({"stop"});  // which makes a backup
  world.ask({"add", "Kept"});
  const pid_t server = world.server_pid();
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
    for (const std::string& place : {world.home() + "/logs", world.home() + "/logs/api-server-shop.log",
                                     world.backups(), world.home() + "/backups", world.directory()})
      if (::access(place.c_str(), R_OK) == 0 || ::access(place.c_str(), X_OK) == 0) text += ", may look into " + place;
    // What the kernel shows of the server's process.
    for (const char* name : {"environ", "fd", "mem", "maps", "cwd", "root"})
      if (const int file = ::open(fmt::format("/proc/{}/{}", server, name).c_str(), O_RDONLY); file >= 0)
        text += std::string(", may look at its ") + name;
    return text;
  });
  EXPECT_EQ(outcome, "refused");
  for (const std::string& directory : {world.home(), world.projects()}) ASSERT_EQ(::chmod(directory.c_str(), 0700), 0);
}

/// Traps that another user lays where our files will be, before we come. `trap` makes it at a path, as nobody.
struct Trap {
  const char* name;
  void (*lay)(const std::string& path);
};
void PrintTo(const Trap& trap, std::ostream* out) { *out << trap.name; }

class LaidTrap : public OtherUser, public ::testing::WithParamInterface<Trap> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  }
};

/// As in /var/tmp: everyone may write there, and nobody may remove what is another's.
TEST_P(LaidTrap, InASharedDirectoryIsRefusedAndNotUsed) {
  const std::string shared = world.root() + "/shared";
  ASSERT_EQ(::mkdir(shared.c_str(), 0777), 0);
  ASSERT_EQ(::chmod(shared.c_str(), 01777), 0);
  ASSERT_EQ(::chmod(world.root().c_str(), 0755), 0);
  const std::string home = shared + "/stream-status-0";
  as_nobody([&] {
    GetParam().lay(home);
    return std::string();
  });
  const std::string before = picture_of(shared);
  world.environment["STREAM_STATUS_HOME"] = home;
  const Refusal refusal = world.refusal({"add", "Secret"});
  EXPECT_EQ(refusal.code, "permission_denied") << refusal.message;
  EXPECT_FALSE(refusal.hint.empty());
  EXPECT_EQ(picture_of(shared), before) << "something was written into a stranger's place";
  world.environment["STREAM_STATUS_HOME"] = world.home();
}

INSTANTIATE_TEST_SUITE_P(
    Traps, LaidTrap,
    ::testing::Values(Trap{"Directory", [](const std::string& path) { ::mkdir(path.c_str(), 0777); }},
                      Trap{"PrivateDirectory", [](const std::string& path) { ::mkdir(path.c_str(), 0700); }},
                      Trap{"File", [](const std::string& path) { write_text(path, "trap"); }},
                      Trap{"Fifo", [](const std::string& path) { ::mkfifo(path.c_str(), 0666); }},
                      Trap{"DirectoryWithContent",
                           [](const std::string& path) {
                             ::mkdir(path.c_str(), 0777);
                             ::mkdir((path + "/projects").c_str(), 0777);
                             ::chmod((path + "/projects").c_str(), 0777);
                             ::chmod(path.c_str(), 0777);
                           }}),
    [](const auto& trap) { return std::string(trap.param.name); });

/// What another user could have put into our directory while it was open to all: each name that a start writes.
TEST_F(OtherUser, LaysNoTrapInPlaceOfAFile) {
  world.ask({"stop"});
  const std::string victim = world.root() + "/victim";
  write_text(victim, "untouched");
  for (const char* name : {"token", ".api-server.lock", "api.sock", "api.sock.new", "config.json"}) {
    const std::string path = world.file(name);
    const std::string kept = text_of_file(path);
    for (const bool is_fifo : {false, true}) {
      std::filesystem::remove(path);
      if (is_fifo)
        ASSERT_EQ(::mkfifo(path.c_str(), 0666), 0);
      else
        ASSERT_EQ(::symlink(victim.c_str(), path.c_str()), 0);
      const Finished started = world.run({"list"});
      EXPECT_EQ(text_of_file(victim), "untouched") << name;
      if (std::string_view(name) == "config.json") {
        EXPECT_NE(started.exit_code, 0) << "a configuration that is no file is not believed";
      } else {
        EXPECT_EQ(started.exit_code, 0) << name << started.err;
      }
      world.run({"stop"});
    }
    std::filesystem::remove(path);
    if (std::string_view(name) == "config.json") write_text(path, kept);
  }
}

TEST_F(OtherUser, ASecondNameOfAFileOfOursGivesNothing) {
  // A hard link made while the directory was open: it is the same file, with the same owner and mode.
  const std::string second = world.root() + "/second";
  ASSERT_EQ(::link(world.file("token").c_str(), second.c_str()), 0);
  ASSERT_EQ(::chmod(world.root().c_str(), 0755), 0);
  EXPECT_EQ(as_nobody([&] { return std::string(::access(second.c_str(), R_OK) == 0 ? "readable" : "refused"); }),
            "refused");
  const std::string before = token();
  world.ask({"restart"});
  EXPECT_EQ(text_of_file(second), before) << "the new token goes into a new file";
  EXPECT_NE(token(), before);
}

}  // namespace
}  // namespace stream_status::testing
