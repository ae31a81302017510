// Requests that are too large, or that two readers could understand differently.
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
};

TEST_F(RequestLimits, HeadersOf15KiBPassAndOf17KiBDoNot) {
  EXPECT_EQ(http().get("/api/stats", "X-Padding: " + std::string(15 << 10, 'x') + "\r\n").status, 200);
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
