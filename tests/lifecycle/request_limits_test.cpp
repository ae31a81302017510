// Requests that are too large, or that two readers could understand differently.
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <sstream>

#include "lifecycle/guard_world.h"

namespace stream_status::testing {
namespace {

class RequestLimits : public GuardTest {
 protected:
  std::string head(const std::string& method_and_target) const {
    return with_port(method_and_target + " HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n");
  }

  /// Refused with this status; the connection does not go on, and others are not disturbed.
  void expect_refused(const std::string& bytes, int status) {
    const std::int64_t before = revision();
    HttpConnection connection = bare();
    const HttpAnswer answer = connection.exchange(bytes);
    EXPECT_EQ(answer.status, status) << answer.body;
    expect_no_cors(answer);
    EXPECT_TRUE(connection.is_closed());
    EXPECT_EQ(revision(), before);
  }

  /// The server is another one, which may have so many descriptors; 64 of them are for no connection.
  void restart_with_descriptors(rlim_t count) {
    world.ask({"stop"});
    Start start = world.start({"list"});
    start.in_child = [count] {
      const rlimit few{count, count};
      ::setrlimit(RLIMIT_NOFILE, &few);
    };
    ASSERT_EQ(run_to_end(start).exit_code, 0);
  }

  /// Processor time of the server so far, in ticks of 10 ms.
  static long ticks_of(pid_t server) {
    const std::string text = text_of_file(fmt::format("/proc/{}/stat", server));
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    long user = 0;
    long system = 0;
    fields >> user >> system;
    return user + system;
  }
};

TEST_F(RequestLimits, AHeadOf16KiBPassesAndOneByteMoreDoesNotHoweverItIsCut) {
  const auto head_of = [&](std::size_t size) {
    const std::string first = with_port("GET /api/stats HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-Padding: ");
    return first + std::string(size - first.size() - 4, 'x') + "\r\n\r\n";
  };
  constexpr std::size_t kLimit = 16 << 10;
  for (const std::size_t cut : {std::size_t{0}, std::size_t{60}, kLimit - 3, kLimit - 1}) {
    for (const bool fits : {true, false}) {
      const std::string head = head_of(fits ? kLimit : kLimit + 1);
      HttpConnection connection = bare();
      ASSERT_TRUE(connection.send(head.substr(0, cut)));
      EXPECT_EQ(connection.exchange(head.substr(cut)).status, fits ? 200 : 431) << cut;
    }
  }
}

TEST_F(RequestLimits, HeadersOf17KiBAreRefused) {
  const HttpAnswer answer = http().get("/api/stats", "X-Padding: " + std::string(17 << 10, 'x') + "\r\n");
  EXPECT_EQ(answer.status, 431) << answer.body;
  EXPECT_NE(text_at(answer.json(), "error").find("16 KiB"), std::string::npos);
  EXPECT_EQ(http().get("/" + std::string(17 << 10, 'x')).status, 431);
  std::string many;
  for (int i = 0; i < 2000; ++i) many += fmt::format("X-{}: yes\r\n", i);
  EXPECT_EQ(http().get("/api/stats", many).status, 431);
}

TEST_F(RequestLimits, ABodyOf1MiBPassesAndOneByteMoreDoesNot) {
  const std::size_t limit = std::size_t{1} << 20;
  std::string body = R"({"title":"Padded","x":")";
  body += std::string(limit - body.size() - 2, 'x') + "\"}";
  ASSERT_EQ(body.size(), limit);
  EXPECT_EQ(http().request("POST", "/api/streams", "Content-Type: application/json\r\n", body).status, 201);
  const HttpAnswer answer = http().request("POST", "/api/streams", "Content-Type: application/json\r\n", body + " ");
  EXPECT_EQ(answer.status, 413) << answer.body;
  EXPECT_NE(text_at(answer.json(), "error").find("1 MiB"), std::string::npos);
  // The length alone is enough; nobody has to send it all.
  expect_refused(head("POST /api/streams") + fmt::format("Content-Length: {}\r\n\r\n", limit + 1), 413);
  expect_refused(head("POST /api/streams") + "Content-Length: 99999999999999999999\r\n\r\n", 400);
}

TEST_F(RequestLimits, ATitleOf1MiBIsRefused) {
  const std::string title(std::size_t{1} << 20, 't');
  EXPECT_EQ(http().send_json("POST", "/api/streams", {{"title", title}}).status, 413);
  const HttpAnswer answer = http().send_json("POST", "/api/streams", {{"title", title.substr(0, 500'000)}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(text_at(answer.json(), "error").find("200"), std::string::npos) << answer.body;
}

TEST_F(RequestLimits, AnAnswerLargerThanTheSocketTakesAtOnceLeavesTheConnectionUsable) {
  const std::string goal(10'000, 'g');
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(http().send_json("POST", "/api/streams", {{"title", fmt::format("Stream {}", i)}, {"goal", goal}}).status,
              201);
  HttpConnection connection = HttpConnection::to_socket(world.file("api.sock"));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(connection.send("GET /api/streams HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const HttpAnswer answer = connection.read_answer();
    ASSERT_EQ(answer.status, 200) << "call " << i << ": " << answer.body;
    EXPECT_GT(answer.body.size(), 1'000'000u);
  }
}

TEST_F(RequestLimits, TransferEncodingWithContentLengthIsRefused) {
  expect_refused(head("POST /api/streams") + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
  expect_refused(head("POST /api/streams") + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400);
}

TEST_F(RequestLimits, TwoDifferentLengthsAreRefused) {
  expect_refused(head("POST /api/streams") + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400);
  expect_refused(head("POST /api/streams") + "Content-Length: -2\r\n\r\n{}", 400);
}

TEST_F(RequestLimits, WhatIsNoHttpIsRefused) {
  for (const char* text : {"hello\r\n\r\n", "GET /api/stats\r\n\r\n", "GET  /api/stats HTTP/1.1\r\n\r\n",
                           "\x16\x03\x01\x02\x01\r\n\r\n", "GET /api/stats HTTP/1.1\r\nHost : x\r\n\r\n"})
    expect_refused(text, 400);
  expect_refused(with_port("GET http://127.0.0.1:PORT/api/stats HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"), 400);
}

/// Bytes that two readers could understand differently, or that no client of good will sends.
struct Doubtful {
  const char* name;
  const char* head;  ///< PORT stands for the server's port; after it comes the empty line
  const char* body;
};
void PrintTo(const Doubtful& doubtful, std::ostream* out) { *out << doubtful.head; }

class DoubtfulRequest : public RequestLimits, public ::testing::WithParamInterface<Doubtful> {};

TEST_P(DoubtfulRequest, IsRefusedAndEndsTheConnection) {
  std::string bytes = with_port(GetParam().head);
  // A request smuggled behind it would be seen as a second answer, and in the revision.
  const std::string smuggled = R"({"title":"Smuggled"})";
  bytes += "\r\n" + std::string(GetParam().body) +
           with_port("POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n") +
           fmt::format("Content-Length: {}\r\n\r\n{}", smuggled.size(), smuggled);
  expect_refused(bytes, 400);
}

INSTANTIATE_TEST_SUITE_P(
    Framing, DoubtfulRequest,
    ::testing::Values(
        Doubtful{"SameLengthTwice",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 2\r\nContent-Length: 2\r\n",
                 "{}"},
        Doubtful{"LengthList", "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 2, 2\r\n", "{}"},
        Doubtful{"LengthWithSign", "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: +2\r\n",
                 "{}"},
        Doubtful{"LengthInHex", "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 0x2\r\n", "{}"},
        Doubtful{"EmptyLength", "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: \r\n", ""},
        Doubtful{"ChunkedTwice",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: "
                 "chunked\r\nTransfer-Encoding: chunked\r\n",
                 "0\r\n\r\n"},
        Doubtful{"ChunkedAndIdentity",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: identity\r\n", ""},
        Doubtful{"GzipChunked",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: gzip, chunked\r\n",
                 "0\r\n\r\n"},
        Doubtful{"ChunkedNotLast",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked, gzip\r\n",
                 "0\r\n\r\n"},
        Doubtful{"MisspeltChunked",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: xchunked\r\n", "0\r\n\r\n"},
        Doubtful{"ChunkedInHttp10",
                 "POST /api/streams HTTP/1.0\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"},
        Doubtful{"FoldedLine", "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-Folded: a\r\n b\r\n", ""},
        Doubtful{"FoldedTransferEncoding",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding:\r\n\tchunked\r\n",
                 "0\r\n\r\n"},
        Doubtful{"SpaceBeforeColon",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding : chunked\r\n", "0\r\n\r\n"},
        Doubtful{"BareLineFeed", "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\nX-Next: line\r\n", ""},
        Doubtful{"BareCarriageReturn", "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\rX-Next: line\r\n", ""},
        Doubtful{"OriginTwice",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT\r\nOrigin: "
                 "http://evil.example\r\n",
                 ""},
        Doubtful{"SiteTwice",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Site: "
                 "cross-site\r\n",
                 ""},
        Doubtful{"TypeTwice",
                 "POST /api/streams HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: "
                 "application/json\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n",
                 ""},
        Doubtful{"AbsoluteForm", "GET http://127.0.0.1:PORT/api/stats HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n", ""},
        Doubtful{"AuthorityForm", "CONNECT 127.0.0.1:PORT HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n", ""},
        Doubtful{"Asterisk", "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n", ""},
        Doubtful{"Http09", "GET /api/stats\r\n", ""},
        Doubtful{"Http20", "GET /api/stats HTTP/2.0\r\nHost: 127.0.0.1:PORT\r\n", ""},
        Doubtful{"Http2Preface", "PRI * HTTP/2.0\r\n", "SM\r\n\r\n"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(RequestLimits, NulAndOtherControlsAreRefused) {
  using namespace std::string_literals;
  for (const std::string& bytes : {"GET /api/stats\0 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"s,
                                   "GET /api/stats HTTP/1.1\r\nHost: 127.0.0.1:PORT\0\r\n\r\n"s,
                                   "GET /api/stats HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-\0A: b\r\n\r\n"s,
                                   "GET /api/stats HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-A: \x01\r\n\r\n"s,
                                   "GET /api/st\x7f"
                                   "ats HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"s})
    expect_refused(with_port(bytes), 400);
}

TEST_F(RequestLimits, BadChunksAreRefused) {
  for (const char* chunks : {"zz\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "2\r\n{}x\r\n0\r\n\r\n",
                             "2\n{}\r\n0\r\n\r\n", "ffffffffffffffff1\r\n{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n"})
    expect_refused(head("POST /api/streams") + "Transfer-Encoding: chunked\r\n\r\n" + chunks, 400);
  // As many small chunks as it takes: the limit is that of the body.
  std::string body;
  const std::string chunk = fmt::format("{:x}\r\n{}\r\n", 60'000, std::string(60'000, ' '));
  for (int i = 0; i < 18; ++i) body += chunk;
  expect_refused(head("POST /api/streams") + "Transfer-Encoding: chunked\r\n\r\n" + body, 413);
}

TEST_F(RequestLimits, PathsLeadNowhereElse) {
  world.ask({"add", "Kept"});
  const std::string token = text_of_file(world.file("token"));
  for (const char* target :
       {"/../token", "/..%2ftoken", "/%2e%2e/token", "/assets/../../token", "/api/streams/..%2f..%2ftoken",
        "/api/streams/%252e%252e", "/api/streams/kept%00", "/api/streams/%ff%fe", "/api/streams/%", "/api/streams/%zz",
        "/api/streams/kept/../kept", "//api/streams/kept/x", "/api//streams", "/api/streams/kept%2fhistory",
        "/%61pi/streams", "/api/streams/.", "/api/streams/kept;x=1", "/api/streams/kept%0d%0aX: y"}) {
    const HttpAnswer answer = http().get(target);
    const bool is_page = answer.header("content-type").starts_with("text/html");
    EXPECT_TRUE(answer.status == 404 || answer.status == 400 || (answer.status == 200 && is_page))
        << target << " " << answer.status << " " << answer.body.substr(0, 200);
    EXPECT_EQ(answer.body.find(token), std::string::npos) << target;
    EXPECT_EQ(answer.body.find("\"title\":\"Kept\""), std::string::npos) << target;
    EXPECT_EQ(answer.header("x"), "") << target;
  }
}

TEST_F(RequestLimits, HttpOneZeroIsAnsweredOnceAndClosed) {
  HttpConnection connection = bare();
  const HttpAnswer answer = connection.exchange(
      with_port("GET /api/stats HTTP/1.0\r\nHost: 127.0.0.1:PORT\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(connection.is_closed());
  EXPECT_EQ(bare().exchange("GET /api/stats HTTP/1.0\r\n\r\n").status, 403) << "no Host is nobody's";
}

TEST_F(RequestLimits, ARequestThatTricklesInIsGivenUp) {
  // Each on its own connection at once, so that the test takes one patience, not three.
  const std::string start = head("POST /api/streams");
  HttpConnection slow_head = bare();
  HttpConnection slow_body = bare();
  HttpConnection slow_socket{connect_to_socket(world.file("api.sock")), ""};
  ASSERT_TRUE(slow_head.send(start.substr(0, 20)));
  ASSERT_TRUE(slow_body.send(start + "Content-Length: 100\r\n\r\n{\"title\":"));
  ASSERT_TRUE(slow_socket.send(start.substr(0, 20)));
  for (HttpConnection* connection : {&slow_head, &slow_body, &slow_socket}) {
    EXPECT_EQ(connection->read_answer().status, 408);
    EXPECT_TRUE(connection->is_closed());
  }
  EXPECT_EQ(revision(), 0);
}

TEST_F(RequestLimits, HeadHasNoBodyNoStreamAndNoEffect) {
  const auto ask = [&](const std::string& target) {
    HttpConnection connection = bare();
    connection.send(with_port("HEAD " + target + " HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n"));
    return connection.read_to_end();
  };
  for (const char* target : {"/", "/api/stats", "/api/events", "/api/nowhere"}) {
    const std::string bytes = ask(target);
    ASSERT_NE(bytes.find("\r\n\r\n"), std::string::npos) << target;
    EXPECT_EQ(bytes.find("\r\n\r\n") + 4, bytes.size()) << target << ": " << bytes;
  }
  const std::string url = text_at(world.ask({"dashboard", "--no-open", "--login"}), "loginUrl");
  const std::string path = url.substr(url.find("/login"));
  EXPECT_TRUE(ask(path).starts_with("HTTP/1.1 405")) << "a preview of the address must not use it up";
  EXPECT_EQ(http().get(path).status, 303);
}

TEST_F(RequestLimits, WhereThereIsNoRoomTheNextIsToldSoAndAgentsStillHaveSome) {
  restart_with_descriptors(400);
  const std::uint16_t now = world.port();
  std::vector<HttpConnection> open;
  HttpAnswer refused;
  for (int i = 0; i < 400 && refused.status == 0; ++i) {
    HttpConnection next = HttpConnection::to_port(now);
    const HttpAnswer answer = next.get("/api/stats");
    if (answer.status == 200)
      open.push_back(std::move(next));
    else
      refused = answer;
  }
  EXPECT_EQ(refused.status, 429) << open.size();
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_GE(open.size(), 100u);
  HttpConnection agent = HttpConnection::to_socket(world.file("api.sock"));
  EXPECT_EQ(agent.get("/api/stats").status, 200) << "browsers take the agents' room";
  open.clear();
}

TEST_F(RequestLimits, ABurstFindsNoMoreRoomThanThoseWhoComeOneByOne) {
  restart_with_descriptors(200);
  constexpr int kRoom = (200 - 64) / 2;
  constexpr int kBurst = 120;  // the smallest backlog of a kernel is 128
  const std::uint16_t now = world.port();
  const os::Fd server = world.watch_server();
  ASSERT_TRUE(send_signal(server, SIGSTOP));
  std::vector<HttpConnection> burst;
  for (int i = 0; i < kBurst; ++i) burst.push_back(HttpConnection::to_port(now));
  ASSERT_TRUE(send_signal(server, SIGCONT));
  std::map<int, int> statuses;
  for (HttpConnection& connection : burst) ++statuses[connection.get("/api/stats").status];
  EXPECT_EQ(statuses, (std::map<int, int>{{200, kRoom}, {429, kBurst - kRoom}}));
  HttpConnection agent = HttpConnection::to_socket(world.file("api.sock"));
  EXPECT_EQ(agent.get("/api/stats").status, 200);
}

TEST_F(RequestLimits, WithoutADescriptorItRestsAndThenTakesWhoWaits) {
  const pid_t server = world.server_pid();
  HttpConnection held = HttpConnection::to_socket(world.file("api.sock"));
  ASSERT_EQ(held.get("/api/stats").status, 200);
  const os::Fd ending = connect_to_socket(world.file("api.sock"));
  const std::string head = "GET /api/stats HTTP/1.1\r\nHost: localhost\r\n";
  const std::string first = head + "\r\n";
  ASSERT_GT(::send(ending.get(), first.data(), first.size(), 0), 0);
  ASSERT_TRUE(wait_readable(ending.get(), Deadline())) << "it has not been accepted";

  // From now on the kernel gives it none: those below are in use. (A poll of more than the limit would fail as well.)
  rlimit usual{};
  ASSERT_EQ(::prlimit(server, RLIMIT_NOFILE, nullptr, &usual), 0);
  rlimit few = usual;
  few.rlim_cur = 64;
  std::vector<HttpConnection> filling;
  for (rlim_t i = 0; i < few.rlim_cur; ++i)
    while (::access(fmt::format("/proc/{}/fd/{}", server, i).c_str(), F_OK) != 0) {
      ASSERT_LT(filling.size(), 100u);
      filling.push_back(HttpConnection::to_socket(world.file("api.sock")));
      ASSERT_EQ(filling.back().get("/api/stats").status, 200);
    }
  ASSERT_EQ(::prlimit(server, RLIMIT_NOFILE, &few, nullptr), 0);
  // More than one: some of those below may have been in use for a moment only.
  std::vector<HttpConnection> waiting;
  for (int i = 0; i < 40; ++i) {
    waiting.push_back(HttpConnection::to_socket(world.file("api.sock")));
    ASSERT_TRUE(waiting.back().send(first));
  }
  EXPECT_TRUE(eventually(
      world.home() + "/logs", [&] { return !world.log_lines("accept_failed").empty(); }, Deadline(seconds{10})));

  // A connection is read away for 2 s after its last answer, then it is closed: so long the server has nothing to do.
  // Without a rest it would use 200 ticks and more.
  const long before = ticks_of(server);
  const std::string last = head + "Connection: close\r\n\r\n";
  ASSERT_GT(::send(ending.get(), last.data(), last.size(), 0), 0);
  pollfd closed{ending.get(), 0, 0};
  ASSERT_EQ(::poll(&closed, 1, 30'000), 1);
  EXPECT_LT(ticks_of(server) - before, kSlowness == 1 ? 30 : 100) << "it asks again and again for what it can not have";
  EXPECT_EQ(held.get("/api/stats").status, 200);

  ASSERT_EQ(::prlimit(server, RLIMIT_NOFILE, &usual, nullptr), 0);
  for (HttpConnection& connection : waiting) EXPECT_EQ(connection.read_answer().status, 200);
}

TEST_F(RequestLimits, AChunkedBodyIsRead) {
  const std::string body = R"({"title":"In chunks"})";
  const HttpAnswer answer = bare().exchange(head("POST /api/streams") + "Transfer-Encoding: chunked\r\n\r\n" +
                                            fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body));
  EXPECT_EQ(answer.status, 201) << answer.body;
}

TEST_F(RequestLimits, RequestsInOneGoAreAnsweredInOrder) {
  HttpConnection connection = bare();
  const std::string get = head("GET /api/health") + "\r\n";
  const std::string body = R"({"title":"Between"})";
  const std::string post = head("POST /api/streams") + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
  ASSERT_TRUE(connection.send(get + post + get));
  EXPECT_EQ(connection.read_answer().status, 200);
  EXPECT_EQ(connection.read_answer().status, 201);
  const HttpAnswer last = connection.read_answer();
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(number_at(last.json(), "revision"), 1);
}

TEST_F(RequestLimits, BadBodiesAreRefusedByWhatIsWrong) {
  const std::pair<const char*, const char*> bodies[] = {{"{\"title\":", "JSON"},
                                                        {"[1]", "object"},
                                                        {"{\"title\":\"\xff\xfe\"}", "UTF-8"},
                                                        {"{}", "title"},
                                                        {"{\"title\":[\"x\"]}", "title"},
                                                        {"{\"title\":\"x\",\"category\":\"cooking\"}", "category"},
                                                        {"{\"title\":\"x\",\"priority\":\"asap\"}", "priority"},
                                                        {"{\"title\":\"x\",\"status\":\"done\"}", "status"}};
  const std::int64_t before = revision();
  for (const auto& [body, part] : bodies) {
    const HttpAnswer answer = http().request("POST", "/api/streams", "Content-Type: application/json\r\n", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_NE(answer.body.find(part), std::string::npos) << answer.body;
  }
  http().send_json("POST", "/api/streams", {{"title", "Work"}});
  for (const char* progress : {"-1", "101", "\"50%\"", "NaN", "\"NaN\"", "1e400", "50.5", "true"}) {
    const HttpAnswer answer = http().request("PATCH", "/api/streams/work", "Content-Type: application/json\r\n",
                                             fmt::format("{{\"progress\":{}}}", progress));
    EXPECT_EQ(answer.status, 400) << progress << answer.body;
  }
  EXPECT_EQ(http().send_json("PATCH", "/api/streams/unknown", {{"progress", 5}}).status, 404);
  EXPECT_EQ(revision(), before + 1);
}

}  // namespace
}  // namespace stream_status::testing
