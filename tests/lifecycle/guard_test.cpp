// Who may talk to the server, over real sockets (lifecycle.md, "Guard of the HTTP server").
#include "lifecycle/guard_world.h"

namespace stream_status::testing {
namespace {

class Guard : public GuardTest {};

/// A header line and what a request with it gets.
struct Variant {
  const char* name;
  const char* header;  ///< PORT stands for the server's port
  int status;
};
void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.header; }

class GuardedHost : public GuardTest, public ::testing::WithParamInterface<Variant> {};

TEST_P(GuardedHost, IsCheckedOnEveryPath) {
  for (const char* path : {"/", "/api/health", "/api/streams", "/api/events", "/nowhere", "/metrics", "/mcp"}) {
    const HttpAnswer answer =
        bare().exchange(with_port("GET " + std::string(path) + " HTTP/1.1\r\n" + GetParam().header));
    if (GetParam().status == 200)
      EXPECT_NE(answer.status, 403) << path;
    else
      EXPECT_EQ(answer.status, GetParam().status) << path;
    expect_no_cors(answer);
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, GuardedHost,
                         ::testing::Values(Variant{"Address", "Host: 127.0.0.1:PORT\r\n\r\n", 200},
                                           Variant{"Localhost", "Host: localhost:PORT\r\n\r\n", 200},
                                           Variant{"Ipv6", "Host: [::1]:PORT\r\n\r\n", 200},
                                           Variant{"AnotherName", "Host: evil.example:PORT\r\n\r\n", 403},
                                           Variant{"RebindingName", "Host: 127.0.0.1.evil.example:PORT\r\n\r\n", 403},
                                           Variant{"UserPart", "Host: 127.0.0.1:PORT@evil.example\r\n\r\n", 403},
                                           Variant{"AnotherPort", "Host: 127.0.0.1:1\r\n\r\n", 403},
                                           Variant{"NoPort", "Host: 127.0.0.1\r\n\r\n", 403},
                                           Variant{"LongerPort", "Host: 127.0.0.1:PORT0\r\n\r\n", 403},
                                           Variant{"AllInterfaces", "Host: 0.0.0.0:PORT\r\n\r\n", 403},
                                           Variant{"AnotherLoopback", "Host: 127.0.0.2:PORT\r\n\r\n", 403},
                                           Variant{"TrailingDot", "Host: localhost.:PORT\r\n\r\n", 403},
                                           Variant{"Empty", "Host: \r\n\r\n", 403}, Variant{"None", "\r\n", 400},
                                           Variant{"Twice", "Host: 127.0.0.1:PORT\r\nHost: evil.example\r\n\r\n", 400}),
                         [](const auto& variant) { return std::string(variant.param.name); });

class GuardedOrigin : public GuardTest, public ::testing::WithParamInterface<Variant> {};

TEST_P(GuardedOrigin, IsCheckedOnReadsAndWrites) {
  const std::int64_t before = revision();
  const HttpAnswer read = http().get("/api/stats", with_port(GetParam().header));
  EXPECT_EQ(read.status, GetParam().status) << read.body;
  const HttpAnswer write = http().send_json("POST", "/api/streams", {{"title", "Chore"}}, with_port(GetParam().header));
  EXPECT_EQ(write.status, GetParam().status == 200 ? 201 : 403) << write.body;
  const HttpAnswer preflight = http().request("OPTIONS", "/api/streams",
                                              with_port(GetParam().header) + "Access-Control-Request-Method: POST\r\n");
  EXPECT_GE(preflight.status, 400);
  for (const HttpAnswer* answer : {&read, &write, &preflight}) expect_no_cors(*answer);
  EXPECT_EQ(revision(), before + (GetParam().status == 200 ? 1 : 0));
}

INSTANTIATE_TEST_SUITE_P(
    Variants, GuardedOrigin,
    ::testing::Values(
        Variant{"None", "", 200}, Variant{"OwnAddress", "Origin: http://127.0.0.1:PORT\r\n", 200},
        Variant{"OwnLocalhost", "Origin: http://localhost:PORT\r\n", 200},
        Variant{"OwnWithSite", "Origin: http://127.0.0.1:PORT\r\nSec-Fetch-Site: same-origin\r\n", 200},
        Variant{"TypedAddress", "Sec-Fetch-Site: none\r\n", 200},
        Variant{"AnotherSite", "Origin: https://evil.example\r\n", 403},
        Variant{"AnotherPort", "Origin: http://127.0.0.1:1\r\n", 403},
        Variant{"Https", "Origin: https://127.0.0.1:PORT\r\n", 403}, Variant{"Null", "Origin: null\r\n", 403},
        Variant{"Prefix", "Origin: http://127.0.0.1:PORT.evil.example\r\n", 403},
        Variant{"SameSite", "Sec-Fetch-Site: same-site\r\n", 403},
        Variant{"SameSiteFrame", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
                403},
        Variant{"CrossSite", "Sec-Fetch-Site: cross-site\r\n", 403},
        Variant{"CrossSiteWithOwnOrigin", "Origin: http://127.0.0.1:PORT\r\nSec-Fetch-Site: cross-site\r\n", 403}),
    [](const auto& variant) { return std::string(variant.param.name); });

TEST_F(Guard, TakesNoOriginOnTheUnixSocket) {
  HttpConnection socket = HttpConnection::to_socket(world.file("api.sock"));
  EXPECT_EQ(socket.get("/api/stats").status, 200);
  EXPECT_EQ(socket.get("/api/stats", with_port("Origin: http://127.0.0.1:PORT\r\n")).status, 403);
}

TEST_F(Guard, LetsNoGetHaveAnEffect) {
  http().send_json("POST", "/api/streams", {{"title", "Chore"}});
  const std::int64_t before = revision();
  for (const char* target : {"/api/streams?title=New", "/api/streams/chore?status=active&progress=50",
                             "/api/streams/chore/archive", "/api/commits?streamId=chore&commitHash=abcd",
                             "/api/server/stop", "/api/server/login", "/api/streams/chore/archive?x=1"}) {
    for (const char* method : {"GET", "HEAD", "DELETE", "PUT"}) {
      if (std::string(method) == "HEAD") continue;  // answers a length without a body, which this client would wait for
      const HttpAnswer answer = http().request(method, target, method[0] == 'P' ? "Content-Length: 0\r\n" : "");
      EXPECT_TRUE(answer.status == 200 || answer.status == 404 || answer.status == 405) << method << " " << target;
      expect_no_cors(answer);
    }
  }
  EXPECT_EQ(revision(), before);
  EXPECT_EQ(http().get("/api/streams/chore").json().at("status"), "initializing");
}

TEST_F(Guard, WantsJsonForEveryWrite) {
  const std::int64_t before = revision();
  const std::string body = R"({"title":"Simple request"})";
  for (const char* type : {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
                           "Content-Type: multipart/form-data; boundary=x\r\n", "Content-Type: application/jsonp\r\n",
                           "Content-Type: text/plain, application/json\r\n"}) {
    for (const char* target : {"/api/streams", "/api/commits", "/api/streams/chore/archive", "/api/server/stop"})
      EXPECT_EQ(http().request("POST", target, type, body).status, 415) << type << target;
    EXPECT_EQ(http().request("PATCH", "/api/streams/chore", type, body).status, 415) << type;
  }
  EXPECT_EQ(revision(), before);
  EXPECT_EQ(http().request("POST", "/api/streams", "Content-Type: Application/JSON; charset=utf-8\r\n", body).status,
            201);
}

TEST_F(Guard, SendsTheHeadersThatProtectAPage) {
  for (const char* target : {"/", "/api/stats", "/nowhere.js", "/api/nowhere"}) {
    const HttpAnswer answer = http().get(target);
    EXPECT_EQ(answer.header("content-security-policy"), "default-src 'self'; frame-ancestors 'none'") << target;
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff") << target;
    EXPECT_EQ(answer.header("referrer-policy"), "no-referrer") << target;
    EXPECT_EQ(answer.header("cross-origin-resource-policy"), "same-origin") << target;
    if (std::string_view(target).starts_with("/api/")) {
      EXPECT_EQ(answer.header("cache-control"), "no-store") << target;
    }
    expect_no_cors(answer);
  }
}

TEST_F(Guard, ProtectsTheEventStreamTheSameWay) {
  const EventStream events(connect_to_port(port()), fmt::format("127.0.0.1:{}", port()));
  for (const char* line : {"Content-Security-Policy: default-src 'self'; frame-ancestors 'none'\r\n",
                           "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
                           "Cross-Origin-Resource-Policy: same-origin\r\n", "Cache-Control: no-store\r\n"})
    EXPECT_NE(events.head().find(line), std::string::npos) << line << events.head();
}

TEST_F(Guard, DoesNotLetTheRefusedFillTheLog) {
  for (int i = 0; i < 200; ++i) EXPECT_EQ(http().get("/api/stats", "Origin: https://evil.example\r\n").status, 403);
  const std::size_t lines = world.log_lines("request_refused").size();
  EXPECT_GE(lines, 1u);
  EXPECT_LT(lines, 50u);
}

TEST_F(Guard, StopsOnlyTheServerThatIsMeant) {
  const json::object wrong{{"instanceId", "0000000000000000"}};
  EXPECT_EQ(http().send_json("POST", "/api/server/stop", wrong).status, 409);
  EXPECT_EQ(http().get("/api/health").status, 200);
}

}  // namespace
}  // namespace stream_status::testing
