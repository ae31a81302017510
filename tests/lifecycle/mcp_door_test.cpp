// POST /mcp with what no client should send, and with clients that go away: refused in the protocol's own words, and
// nothing is left behind. What it does for those who behave, tests/e2e/clients.test.mjs shows.
#include "lifecycle/guard_world.h"

namespace stream_status::testing {
namespace {

constexpr std::string_view kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

std::string modern(std::string_view method, std::string_view members = {}) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{{{}{}{}}}}})", method, kMeta,
                     members.empty() ? "" : ",", members);
}
std::string legacy(std::string_view method, std::string_view params = "{}") {
  return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{}}})", method, params);
}
HeaderLines headers(std::string_view method, std::string_view name = {}) {
  std::string lines = fmt::format("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {}\r\n", method);
  if (!name.empty()) lines += fmt::format("Mcp-Name: {}\r\n", name);
  return lines;
}

class McpDoor : public LifecycleTest {
 protected:
  void SetUp() override { world.ask({"add", "Auth", "--stream-id", "auth"}); }

  HttpConnection connect() const { return HttpConnection::to_socket(world.file("api.sock")); }
  HttpAnswer post(std::string_view body, const HeaderLines& lines = {}) const {
    return connect().request("POST", "/mcp", lines + "Content-Type: application/json\r\n", body);
  }
  static std::int64_t code_of(const HttpAnswer& answer) {
    const json::object body = answer.json();
    const json::value* error = body.if_contains("error");
    return error != nullptr && error->is_object() ? find_integer(error->get_object(), "code").value_or(0) : 0;
  }
  bool is_waiting(std::int64_t waiters) const {
    HttpConnection connection = connect();
    return eventually(world.directory(), [&] {
      return find_integer(connection.get("/api/health").json(), "waiting").value_or(-1) == waiters;
    });
  }
};

TEST_F(McpDoor, RefusesWhatTheProtocolRefusesWithItsStatusAndCode) {
  const std::string discover = modern("server/discover");
  struct Row {
    std::string_view what;
    std::string body;
    HeaderLines lines;
    int status;
    std::int64_t code;
  };
  const std::string call = modern("tools/call", R"("name":"get_version")");
  const Row rows[] = {
      {"no JSON", "{", "", 400, -32700},
      {"not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", "", 400, -32700},
      {"a batch", "[" + legacy("ping") + "]", "", 400, -32600},
      {"no revision in the header", discover, "Mcp-Method: server/discover\r\n", 400, -32020},
      {"two revisions", discover, "MCP-Protocol-Version: 2025-11-25\r\nMcp-Method: server/discover\r\n", 400, -32020},
      {"no method in the headers", discover, "MCP-Protocol-Version: 2026-07-28\r\n", 400, -32020},
      {"another method", discover, headers("tools/list"), 400, -32020},
      {"no name", call, headers("tools/call"), 400, -32020},
      {"another name", call, headers("tools/call", "list_streams"), 400, -32020},
      {"a name in broken Base64", call, headers("tools/call", "=?base64?Z2V0X3Zl*mVyc2lvbg==?="), 400, -32020},
      {"a name in cut Base64", call, headers("tools/call", "=?base64?Z2V0X3Z?="), 400, -32020},
      {"no _meta", legacy("tools/list"), headers("tools/list"), 400, -32602},
      {"an unknown method", modern("no/such"), headers("no/such"), 404, -32601},
      {"a method of the other era", modern("ping"), headers("ping"), 404, -32601},
      {"an unknown tool", modern("tools/call", R"("name":"rm")"), headers("tools/call", "rm"), 200, -32602},
      {"an unknown revision", legacy("tools/list"), "MCP-Protocol-Version: 2030-01-01\r\n", 400, -32022},
      {"an unknown method of the legacy era", legacy("no/such"), "", 200, -32601},
  };
  for (const Row& row : rows) {
    const HttpAnswer answer = post(row.body, row.lines);
    EXPECT_EQ(answer.status, row.status) << row.what << ": " << answer.body;
    EXPECT_EQ(code_of(answer), row.code) << row.what << ": " << answer.body;
  }
  EXPECT_EQ(post(call, headers("tools/call", "=?base64?Z2V0X3ZlcnNpb24=?=")).status, 200) << "Base64 as it should be";
}

TEST_F(McpDoor, TakesPostsOfJsonOnly) {
  for (const char* method : {"GET", "DELETE", "PUT"}) {
    const HttpAnswer answer = connect().request(method, "/mcp");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("allow"), "POST") << method;
  }
  EXPECT_EQ(connect().request("POST", "/mcp", "Content-Type: text/plain\r\n", legacy("ping")).status, 415);
  const std::string large = legacy("ping", R"({"x":")" + std::string(2 << 20, 'x') + R"("})");
  EXPECT_EQ(post(large).status, 413);
  EXPECT_EQ(post(legacy("ping"), "Origin: http://evil.example\r\n").status, 403);
}

TEST_F(McpDoor, SaysNothingToWhatNeedsNoAnswer) {
  for (const std::string_view body :
       {R"({"jsonrpc":"2.0","method":"notifications/initialized"})", R"({"jsonrpc":"2.0","id":7,"result":{}})"}) {
    const HttpAnswer answer = post(body);
    EXPECT_EQ(answer.status, 202) << body;
    EXPECT_EQ(answer.body, "") << body;
  }
}

TEST_F(McpDoor, AnAgentThatHangsUpWaitsNoLonger) {
  const std::string wait = modern("tools/call", R"("name":"wait_for_change","arguments":{"timeoutSeconds":50})");
  const std::string head = fmt::format(
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      headers("tools/call", "wait_for_change"), wait.size(), wait);
  {
    HttpConnection leaving = connect();
    ASSERT_TRUE(leaving.send(head));
    ASSERT_TRUE(is_waiting(1));
  }
  EXPECT_TRUE(is_waiting(0));
}

TEST_F(McpDoor, ASubscriptionIsAStreamThatEndsWithAnAnswerWhenTheServerStops) {
  const std::string listen =
      modern("subscriptions/listen", R"("notifications":{"resourceSubscriptions":["streams://stream/auth"]})");
  HttpConnection listener = connect();
  ASSERT_TRUE(listener.send(fmt::format(
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      headers("subscriptions/listen"), listen.size(), listen)));
  ASSERT_TRUE(is_waiting(1));
  world.ask({"add", "UI", "--stream-id", "ui"});
  world.ask({"update", "auth", "--progress", "30"});
  world.ask({"stop"});
  const std::string all = listener.read_to_end();
  EXPECT_NE(all.find("Content-Type: text/event-stream"), std::string::npos) << all;
  const std::size_t acknowledged = all.find("notifications/subscriptions/acknowledged");
  const std::size_t updated = all.find(R"("uri":"streams://stream/auth")");
  const std::size_t ended = all.find(R"("resultType":"complete")");
  EXPECT_LT(acknowledged, updated) << all;
  EXPECT_LT(updated, ended) << all;
  EXPECT_NE(ended, std::string::npos) << all;
  EXPECT_EQ(all.find("streams://stream/ui"), std::string::npos) << all;
}

TEST_F(McpDoor, AListenerThatHangsUpLeavesNothingBehind) {
  const std::string listen =
      modern("subscriptions/listen", R"("notifications":{"resourceSubscriptions":["streams://board"]})");
  const std::string bytes = fmt::format(
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      headers("subscriptions/listen"), listen.size(), listen);
  {
    std::vector<HttpConnection> listeners;
    for (int i = 0; i < 50; ++i) {
      listeners.push_back(connect());
      ASSERT_TRUE(listeners.back().send(bytes));
    }
    ASSERT_TRUE(is_waiting(50));
    world.ask({"update", "auth", "--progress", "30"});
    ASSERT_TRUE(is_waiting(50)) << "each waits for the next change";
  }
  EXPECT_TRUE(is_waiting(0));
}

}  // namespace
}  // namespace stream_status::testing
