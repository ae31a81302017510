#include "server/guard.h"

#include <gtest/gtest.h>

namespace stream_status::server {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kToken = "0123456789abcdef";

Request to(std::string_view host) {
  Request request;
  request.method = "GET";
  request.path = "/api/stats";
  request.host = host;
  return request;
}

bool passes(const Guard& guard, const Request& request, Peer peer = Peer::kSameUser) {
  return guard.check(request, Transport::kLoopback, peer).has_value();
}

TEST(Guard, TakesExactlyOurOwnHostNamesWithOurPort) {
  const Guard guard{std::string(kToken), "i1", 3001};
  for (const char* host : {"127.0.0.1:3001", "localhost:3001", "[::1]:3001"})
    EXPECT_TRUE(passes(guard, to(host))) << host;
  for (const char* host :
       {"", "127.0.0.1", "127.0.0.1:3002", "127.0.0.1:30011", "localhost:3001.evil.com", "evil.com:3001",
        "127.0.0.1.evil.com:3001", "0.0.0.0:3001", "LOCALHOST:3001", "127.0.0.2:3001", "user@localhost:3001"})
    EXPECT_FALSE(passes(guard, to(host))) << host;
}

TEST(Guard, TakesOnlyOurOwnOriginAndNoForeignSite) {
  const Guard guard{std::string(kToken), "i1", 3001};
  struct Row {
    std::string_view origin;
    std::string_view site;
    bool passes;
  };
  for (const Row& row : std::vector<Row>{{"http://127.0.0.1:3001", "same-origin", true},
                                         {"http://localhost:3001", "", true},
                                         {"", "none", true},
                                         {"", "same-site", false},
                                         {"null", "", false},
                                         {"https://127.0.0.1:3001", "", false},
                                         {"http://127.0.0.1:3002", "", false},
                                         {"http://evil.com", "cross-site", false},
                                         {"", "cross-site", false},
                                         {"http://127.0.0.1:3001@evil.com", "", false}}) {
    Request request = to("127.0.0.1:3001");
    request.origin = row.origin;
    request.fetch_site = row.site;
    EXPECT_EQ(passes(guard, request), row.passes) << row.origin << " " << row.site;
  }
}

TEST(Guard, APageOnAnotherPortMayOnlyLeadAPersonHere) {
  const Guard guard{std::string(kToken), "i1", 3001};
  struct Row {
    std::string_view site;
    std::string_view mode;
    std::string_view dest;
    bool passes;
  };
  for (const Row& row : std::vector<Row>{{"same-site", "navigate", "document", true},
                                         {"same-site", "navigate", "iframe", false},
                                         {"same-site", "no-cors", "image", false},
                                         {"same-site", "no-cors", "script", false},
                                         {"same-site", "cors", "empty", false},
                                         {"cross-site", "navigate", "document", false},
                                         {"whatever", "navigate", "document", false},
                                         {"none", "navigate", "document", true},
                                         {"same-origin", "cors", "empty", true}}) {
    Request request = to("127.0.0.1:3001");
    request.fetch_site = row.site;
    request.fetch_mode = row.mode;
    request.fetch_dest = row.dest;
    EXPECT_EQ(passes(guard, request), row.passes) << row.site << " " << row.mode << " " << row.dest;
  }
}

TEST(Guard, AnotherUserNeedsTheToken) {
  const Guard guard{std::string(kToken), "i1", 3001};
  Request request = to("127.0.0.1:3001");
  EXPECT_FALSE(passes(guard, request, Peer::kOther));
  for (const char* wrong :
       {"Bearer ", "Bearer 0123456789abcdee", "bearer 0123456789abcdef", "Basic 0123456789abcdef"}) {
    request.authorization = wrong;
    EXPECT_FALSE(passes(guard, request, Peer::kOther)) << wrong;
  }
  request.authorization = "Bearer 0123456789abcdef";
  EXPECT_TRUE(passes(guard, request, Peer::kOther));
  request.host = "evil.com";
  EXPECT_FALSE(passes(guard, request, Peer::kOther)) << "the token does not make a foreign Host ours";
}

TEST(Guard, WhoHasNoTokenYetMayGetTheLoginPageAndDoNothingElseThere) {
  const Guard guard{std::string(kToken), "i1", 3001};
  Request request = to("127.0.0.1:3001");
  request.path = "/login";
  EXPECT_TRUE(passes(guard, request, Peer::kOther));
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", ""}) {
    request.method = method;
    EXPECT_FALSE(passes(guard, request, Peer::kOther)) << method;
  }
  request.method = "GET";
  request.has_body = true;
  EXPECT_FALSE(passes(guard, request, Peer::kOther));
  request.has_body = false;
  for (const char* path : {"/login/", "/login.html", "//login", "/LOGIN", "/"}) {
    request.path = path;
    EXPECT_FALSE(passes(guard, request, Peer::kOther)) << path;
  }
}

TEST(Guard, AOneTimeAddressSignsInOnceAndInTime) {
  Guard guard{std::string(kToken), "i1", 3001};
  const MonotonicTime now{};
  const std::string path = guard.new_login_path(now);
  const std::string code = path.substr(path.find('=') + 1);
  const auto cookie = guard.redeem(code, now + 9min);
  ASSERT_TRUE(cookie);
  EXPECT_NE(cookie->find("; HttpOnly; SameSite=Strict"), std::string::npos);
  EXPECT_EQ(cookie->find(kToken), std::string::npos) << "the cookie does not carry the token";
  EXPECT_FALSE(guard.redeem(code, now + 9min)) << "once";

  Request request = to("127.0.0.1:3001");
  const std::string pair = "theme=dark; " + cookie->substr(0, cookie->find(';'));
  request.cookie = pair;
  EXPECT_TRUE(passes(guard, request, Peer::kOther));
  const Guard other_server{std::string(kToken), "i2", 3001};
  EXPECT_FALSE(passes(other_server, request, Peer::kOther));

  const std::string late = guard.new_login_path(now);
  EXPECT_FALSE(guard.redeem(late.substr(late.find('=') + 1), now + 11min));
  EXPECT_FALSE(guard.redeem("", now));
}

TEST(Guard, TheSocketIsForTheSameUserAndNoBrowser) {
  const Guard guard{std::string(kToken), "i1", 3001};
  Request request = to("localhost");
  EXPECT_TRUE(guard.check(request, Transport::kUnixSocket, Peer::kSameUser));
  EXPECT_FALSE(guard.check(request, Transport::kUnixSocket, Peer::kOther));
  request.origin = "http://127.0.0.1:3001";
  EXPECT_FALSE(guard.check(request, Transport::kUnixSocket, Peer::kSameUser));
}

TEST(Guard, WritesAreJson) {
  for (const char* type : {"application/json", "application/json; charset=utf-8", "Application/JSON ;x=y"}) {
    Request request;
    request.content_type = type;
    EXPECT_TRUE(Guard::check_body_type(request)) << type;
  }
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"}) {
    Request request;
    request.content_type = type;
    EXPECT_FALSE(Guard::check_body_type(request)) << type;
  }
}

}  // namespace
}  // namespace stream_status::server
