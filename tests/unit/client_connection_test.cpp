#include "client/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "os/stream_io.h"

namespace stream_status::client {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Both ends of a connection; the test is the server.
struct Pair {
  Pair() {
    std::array<int, 2> ends;
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    server = os::Fd{ends[0]};
    connection = std::make_unique<Connection>(os::Fd{ends[1]}, "Host: localhost\r\n");
  }

  void get(std::string_view target = "/api/stats") { connection->send(api::Method::kGet, target, {}, {}); }
  std::string received() const {
    std::string all;
    std::array<char, 65536> buffer;
    for (;;) {
      const os::Transfer got = os::read_some(server.get(), buffer);
      if (got.bytes == 0) return all;
      all.append(buffer.data(), got.bytes);
    }
  }
  void reply(std::string_view text) const { EXPECT_EQ(os::send_some(server, text).bytes, text.size()); }
  Progress step() {
    std::vector<os::PollEntry> entries;
    connection->add_wait(entries);
    os::poll(entries, milliseconds{0});
    return connection->step(entries);
  }

  os::Fd server;
  std::unique_ptr<Connection> connection;
};

TEST(ClientConnection, ARequestIsOneWholeHttpMessage) {
  Pair pair;
  pair.connection->send(api::Method::kPatch, "/api/streams/a", "Stream-Status-Agent: me\r\n", R"({"progress":5})");
  EXPECT_EQ(pair.received(),
            "PATCH /api/streams/a HTTP/1.1\r\nHost: localhost\r\nStream-Status-Agent: me\r\n"
            "Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"progress\":5}");
  Pair other;
  other.get("/api/stats");
  EXPECT_EQ(other.received(), "GET /api/stats HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

struct Row {
  const char* name;
  std::string text;
  bool then_close;
  int status;
  std::string body;
  bool reusable;
};
class ClientConnectionAnswer : public ::testing::TestWithParam<Row> {};

/// However the answer is cut, it is the same.
TEST_P(ClientConnectionAnswer, IsReadWholeInAnyPieces) {
  const Row& row = GetParam();
  for (const std::size_t piece : {row.text.size(), std::size_t{1}, std::size_t{7}}) {
    Pair pair;
    pair.get();
    Progress progress = Progress::kWaiting;
    for (std::size_t at = 0; at < row.text.size() && progress == Progress::kWaiting; at += piece) {
      pair.reply(std::string_view(row.text).substr(at, piece));
      progress = pair.step();
    }
    if (row.then_close) {
      pair.server.reset();
      if (progress == Progress::kWaiting) progress = pair.step();
    }
    ASSERT_EQ(progress, Progress::kAnswered) << piece << ": " << pair.connection->problem();
    EXPECT_EQ(pair.connection->reusable(), row.reusable);
    EXPECT_FALSE(pair.connection->busy());
    const Answer answer = pair.connection->take_answer();
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(answer.body, row.body);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Answers, ClientConnectionAnswer,
    ::testing::Values(
        Row{"length", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", false, 201, "{}", true},
        Row{"empty", "HTTP/1.1 204 No Content\r\n\r\n", false, 204, "", true},
        Row{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n", false,
            200, "[1,2]", true},
        Row{"close", "HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", false, 503, "{}", false},
        Row{"until_end", "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}", true, 200, "{\"a\":1}", false},
        Row{"http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n7", false, 200, "7", false}),
    [](const auto& row) { return row.param.name; });

TEST(ClientConnection, ALongAnswerIsReadInOneStep) {
  Pair pair;
  const int size = 1 << 20;
  ::setsockopt(pair.server.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  pair.get();
  const std::string body(150'000, 'x');
  pair.reply("HTTP/1.1 200 OK\r\nContent-Length: 150000\r\n\r\n" + body);
  ASSERT_EQ(pair.step(), Progress::kAnswered);
  EXPECT_EQ(pair.connection->take_answer().body, body);
}

TEST(ClientConnection, ALongRequestGoesAsTheServerReadsIt) {
  Pair pair;
  const std::string body(3 << 20, 'y');
  pair.connection->send(api::Method::kPost, "/api/streams", {}, body);
  std::string all;
  for (int i = 0; i < 1000 && all.size() < body.size(); ++i) {
    all += pair.received();
    EXPECT_EQ(pair.step(), Progress::kWaiting);
  }
  all += pair.received();
  EXPECT_TRUE(all.ends_with(body));
  pair.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(pair.step(), Progress::kAnswered);
  EXPECT_TRUE(pair.connection->reusable());
}

TEST(ClientConnection, AnAnswerBeforeTheEndOfTheRequestCountsAndEndsTheConnection) {
  Pair pair;
  pair.connection->send(api::Method::kPost, "/api/streams", {}, std::string(3 << 20, 'y'));
  pair.reply("HTTP/1.1 413 X\r\nContent-Length: 2\r\n\r\n{}");
  ASSERT_EQ(pair.step(), Progress::kAnswered);
  EXPECT_EQ(pair.connection->take_answer().status, 413);
  EXPECT_FALSE(pair.connection->reusable());
}

TEST(ClientConnection, OneAfterTheOtherOnTheSameConnection) {
  Pair pair;
  for (int i = 0; i < 3; ++i) {
    pair.get();
    EXPECT_THAT(pair.received(), StartsWith("GET /api/stats"));
    pair.reply("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
    ASSERT_EQ(pair.step(), Progress::kAnswered);
    EXPECT_EQ(pair.connection->take_answer().body, std::to_string(i));
    EXPECT_TRUE(pair.connection->reusable());
    EXPECT_EQ(pair.step(), Progress::kWaiting);
  }
}

struct Loss {
  const char* name;
  std::string text;
  bool well_formed;
  const char* problem;
};
class ClientConnectionLoss : public ::testing::TestWithParam<Loss> {};

TEST_P(ClientConnectionLoss, SaysWhatIsWrong) {
  Pair pair;
  pair.get();
  pair.reply(GetParam().text);
  pair.server.reset();
  Progress progress = pair.step();
  if (progress == Progress::kWaiting) progress = pair.step();
  EXPECT_EQ(progress, Progress::kLost);
  EXPECT_EQ(pair.connection->well_formed(), GetParam().well_formed);
  EXPECT_THAT(pair.connection->problem(), HasSubstr(GetParam().problem));
  EXPECT_FALSE(pair.connection->reusable());
}

INSTANTIATE_TEST_SUITE_P(
    Losses, ClientConnectionLoss,
    ::testing::Values(Loss{"nothing", "", true, "it closed the connection"},
                      Loss{"half_a_head", "HTTP/1.1 200 OK\r\nConte", true, "in the middle of an answer"},
                      Loss{"half_a_body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", true,
                           "in the middle of an answer"},
                      Loss{"no_http", "220 smtp.example.com ESMTP\r\n\r\n", false, "not HTTP"},
                      Loss{"endless_head", "HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x'), false, "not HTTP"},
                      Loss{"huge_body", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", false, "not HTTP"}),
    [](const auto& row) { return row.param.name; });

TEST(ClientConnection, AnIdleConnectionThatHasSomethingToSayIsLost) {
  Pair closed;
  closed.server.reset();
  EXPECT_EQ(closed.step(), Progress::kLost);
  Pair talking;
  talking.reply("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(talking.step(), Progress::kLost);
}

TEST(ClientConnection, SendingToAServerThatIsGoneIsALossAndNoSignal) {
  Pair pair;
  pair.server.reset();
  pair.get();
  EXPECT_TRUE(pair.connection->busy());
  EXPECT_EQ(pair.step(), Progress::kLost);
}

TEST(ClientConnection, WithoutAPolledEntryNothingIsTouched) {
  Pair pair;
  pair.get();
  pair.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(pair.connection->step({}), Progress::kWaiting);
  EXPECT_EQ(pair.connection->step({{.fd = 12345, .readable = true}}), Progress::kWaiting);
  EXPECT_EQ(pair.step(), Progress::kAnswered);
}

}  // namespace
}  // namespace stream_status::client
