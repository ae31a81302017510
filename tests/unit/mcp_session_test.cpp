// The conversation: which messages are answered, with what kind of answer, in which order. How results
// look is mcp_presenter_test's business, whole answers are tests/contract/golden/mcp.
#include "mcp/session.h"

#include <gtest/gtest.h>

#include "mcp/project_catalog.h"
#include "unit/mcp_memory_backend.h"

namespace stream_status::mcp {
namespace {

std::string call(std::string_view id, std::string_view tool, std::string_view arguments) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{}","arguments":{}}}}})", id,
                     tool, arguments);
}

class McpSession : public testing::Test {
 protected:
  /// The answers to one message.
  std::vector<json::object> say(std::string_view message) {
    const std::size_t before = sent.size();
    session.receive(message);
    return {sent.begin() + static_cast<std::ptrdiff_t>(before), sent.end()};
  }
  json::object ask(std::string_view message) {
    const auto answers = say(message);
    EXPECT_EQ(answers.size(), 1U) << message;
    return answers.empty() ? json::object{} : answers.front();
  }
  static std::int64_t error_code(const json::object& answer) {
    const json::value* error = answer.if_contains("error");
    return error == nullptr ? 0 : error->at("code").as_int64();
  }
  static std::string text(const json::object& answer) {
    return std::string(text_of(answer.at("result").at("content").at(0).at("text").as_string()));
  }
  static json::object structured(const json::object& answer) {
    return answer.at("result").at("structuredContent").as_object();
  }
  static bool is_tool_error(const json::object& answer) { return answer.at("result").at("isError").as_bool(); }

  MemoryBackend backend;
  std::vector<json::object> sent;
  ProjectCatalog catalog{backend};
  Session session{catalog, [this](const Outgoing& message) {
                    EXPECT_EQ(message.text.find('\n'), std::string::npos);
                    sent.push_back(parse_json_object(message.text).value());
                  }};
};

TEST_F(McpSession, InitializeDiscoverPingAndListsNeverReachTheBackend) {
  for (const std::string_view method : {"initialize", "server/discover", "ping", "tools/list", "resources/list",
                                        "resources/templates/list", "prompts/list", "logging/setLevel"})
    EXPECT_EQ(say(fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}"}})", method)).size(), 1U) << method;
  EXPECT_TRUE(backend.seen().empty());
}

TEST_F(McpSession, InitializeAnswersKnownRevisionsWithThemselvesAndNeverFails) {
  struct Row {
    std::string_view params;
    std::string_view answered;
  };
  const Row rows[] = {{R"({"protocolVersion":"2024-11-05"})", "2024-11-05"},
                      {R"({"protocolVersion":"2025-03-26"})", "2025-03-26"},
                      {R"({"protocolVersion":"2025-06-18"})", "2025-06-18"},
                      {R"({"protocolVersion":"2025-11-25"})", "2025-11-25"},
                      {R"({"protocolVersion":"2030-01-01"})", "2025-11-25"},
                      {R"({"protocolVersion":7})", "2025-11-25"},
                      {R"({"clientInfo":"x"})", "2025-11-25"},
                      {"null", "2025-11-25"}};
  for (const Row& row : rows) {
    const json::object answer =
        ask(fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}})", row.params));
    EXPECT_EQ(find_string(answer.at("result").as_object(), "protocolVersion"), row.answered) << row.params;
  }
}

TEST_F(McpSession, TheClientsNameIsKnownAfterInitialize) {
  EXPECT_EQ(session.client_name(), "");
  ask(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"clientInfo":{"name":"claude-code","version":"2"}}})");
  EXPECT_EQ(session.client_name(), "claude-code");
}

TEST_F(McpSession, CallsBeforeInitializeAreAnswered) {
  EXPECT_FALSE(is_tool_error(ask(call("1", "list_streams", "{}"))));
}

TEST_F(McpSession, StructuredContentIsForRevisionsThatKnowIt) {
  for (const auto& [revision, expected] : {std::pair("2024-11-05", false), std::pair("2025-03-26", false),
                                           std::pair("2025-06-18", true), std::pair("2025-11-25", true)}) {
    ask(fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{"protocolVersion":"{}"}}}})",
                    revision));
    for (const std::string& request :
         {call("2", "list_streams", "{}"), call("3", "get_stream", R"({"streamId":"x"})")}) {
      const json::object answer = ask(request);
      EXPECT_EQ(answer.at("result").as_object().contains("structuredContent"), expected) << revision << request;
      if (expected) {
        EXPECT_TRUE(answer.at("result").at("structuredContent").is_object());
      }
    }
  }
}

TEST_F(McpSession, IdsComeBackAsTheyWereSent) {
  for (const std::string_view id : {"0", "-1", "9007199254740992", R"("7")", R"("uuid-1")", R"("")"})
    EXPECT_EQ(json::serialize(ask(fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"ping"}})", id)).at("id")), id);
}

TEST_F(McpSession, SaysNothingToWhatNeedsNoAnswer) {
  for (const std::string_view message :
       {"", "\n", "\r\n", "   \t", R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
        R"({"jsonrpc":"2.0","method":"notifications/unheard_of","params":[1]})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":null}})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled"})", R"({"jsonrpc":"2.0","id":4,"result":{}})",
        R"({"jsonrpc":"2.0","id":4,"error":{"code":1,"message":"x"}})",
        R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"add_stream","arguments":{"title":"x"}}})"})
    EXPECT_TRUE(say(message).empty()) << message;
  EXPECT_TRUE(backend.streams().empty());
}

TEST_F(McpSession, GoesOnAfterWhatItCanNotUnderstand) {
  struct Row {
    std::string_view message;
    int code;
  };
  const Row rows[] = {
      {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", -32700},
      {"{", -32700},
      {R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}])", -32600},
      {"[]", -32600},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":0.5,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":"resources/read"})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///etc/passwd"}})", -32002},
      {R"({"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"nope"}})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":7}})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":""})", -32601},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}})", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]})", -32602}};
  for (const Row& row : rows) {
    EXPECT_EQ(error_code(ask(row.message)), row.code) << row.message;
    EXPECT_TRUE(ask(R"({"jsonrpc":"2.0","id":2,"method":"ping"})").contains("result"));
  }
}

TEST_F(McpSession, AMessageWithItsLineEndingIsTheSameMessage) {
  EXPECT_TRUE(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r\n").contains("result"));
}

TEST_F(McpSession, AnOversizedMessageIsRefusedWithItsSizeAndTheLimit) {
  session.refuse_oversized(70'000'000, 4'194'304);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(error_code(sent[0]), -32600);
  EXPECT_TRUE(sent[0].at("id").is_null());
  const std::string message(text_of(sent[0].at("error").at("message").as_string()));
  EXPECT_NE(message.find("70000000"), std::string::npos);
  EXPECT_NE(message.find("4194304"), std::string::npos);
}

TEST_F(McpSession, AnUnknownToolIsAProtocolErrorThatNamesTheTools) {
  for (const std::string_view tool : {"drop_stream", "get_history", "LIST_STREAMS", ""}) {
    const json::object answer = ask(call("1", tool, "{}"));
    EXPECT_EQ(error_code(answer), -32602) << tool;
    EXPECT_NE(text_of(answer.at("error").at("message").as_string()).find("list_streams, get_stream, add_stream"),
              std::string_view::npos);
  }
  EXPECT_TRUE(backend.seen().empty());
}

TEST_F(McpSession, MissingArgumentsAreNone) {
  for (const std::string_view params :
       {R"({"name":"get_stream_stats"})", R"({"name":"get_stream_stats","arguments":null})",
        R"({"name":"get_stream_stats","arguments":{}})", R"({"name":"get_stream_stats","arguments":""})",
        R"({"name":"get_stream_stats","arguments":"{}"})"}) {
    EXPECT_FALSE(
        is_tool_error(ask(fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}})", params))));
    EXPECT_TRUE(backend.seen().back().arguments.empty()) << params;
  }
}

TEST_F(McpSession, ArgumentsReachTheBackendAsTheyWereSent) {
  const std::string_view arguments = R"({"title":"Key escrow","progress":"50%","colour":{"r":[1,true,null]}})";
  ask(call("1", "add_stream", arguments));
  EXPECT_EQ(json::serialize(backend.seen().back().arguments), arguments);
}

TEST_F(McpSession, ArgumentsSentAsJsonTextAreRead) {
  ask(call("1", "add_stream", R"("{\"title\":\"Key escrow\"}")"));
  ASSERT_EQ(backend.streams().size(), 1U);
  EXPECT_EQ(backend.streams()[0].title, "Key escrow");
}

TEST_F(McpSession, ArgumentsOfAnotherTypeAreTheCallersMistake) {
  for (const std::string_view arguments : {"[]", "7", "true", R"("title")", R"("[1]")", R"("{\"title\":")"}) {
    const json::object answer = ask(call("1", "add_stream", arguments));
    EXPECT_TRUE(is_tool_error(answer)) << arguments;
    EXPECT_EQ(find_string(structured(answer), "code"), "invalid_argument");
  }
  EXPECT_TRUE(backend.seen().empty());
}

TEST_F(McpSession, ListsAskForTwentyRowsUnlessTheCallerSaysHowMany) {
  for (const auto& [arguments, limit] :
       {std::pair("{}", "20"), std::pair(R"({"limit":null})", "20"), std::pair(R"({"limit":50})", "50"),
        std::pair(R"({"limit":"50"})", "\"50\""), std::pair(R"({"limit":-1})", "-1")}) {
    ask(call("1", "list_streams", arguments));
    EXPECT_EQ(json::serialize(backend.seen().back().arguments.at("limit")), limit);
  }
}

TEST_F(McpSession, AnswersComeInTheOrderTheBackendGivesThem) {
  backend.set_answers(MemoryBackend::Answers::kHeld);
  EXPECT_TRUE(say(call("1", "add_stream", R"({"title":"One"})")).empty());
  EXPECT_TRUE(say(call("2", "add_stream", R"({"title":"Two"})")).empty());
  EXPECT_TRUE(ask(R"({"jsonrpc":"2.0","id":3,"method":"ping"})").contains("result"));
  EXPECT_EQ(session.calls_in_flight(), 2U);
  backend.answer(1);
  backend.answer(0);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[1].at("id"), 2);
  EXPECT_EQ(sent[2].at("id"), 1);
  EXPECT_EQ(session.calls_in_flight(), 0U);
}

TEST_F(McpSession, ACancelledCallIsNotAnswered) {
  backend.set_answers(MemoryBackend::Answers::kHeld);
  say(call("1", "add_stream", R"({"title":"One"})"));
  say(call(R"("1")", "add_stream", R"({"title":"Two"})"));
  const std::string cancel =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"x"}})";
  EXPECT_TRUE(say(cancel).empty());
  EXPECT_TRUE(say(cancel).empty());  // again, and while nothing has this id
  EXPECT_EQ(session.calls_in_flight(), 1U);
  backend.answer(0);
  EXPECT_TRUE(sent.empty());
  backend.answer(0);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].at("id"), "1");
}

TEST_F(McpSession, NewsThatCameWithACancelledCallAreToldWithTheNext) {
  backend.set_answers(MemoryBackend::Answers::kHeld);
  backend.tell("main is frozen");
  say(call("1", "add_stream", R"({"title":"One"})"));
  say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  backend.answer();
  EXPECT_TRUE(sent.empty());
  backend.set_answers(MemoryBackend::Answers::kAtOnce);
  backend.tell("pull first");
  const json::object told = ask(call("2", "list_streams", "{}"));
  EXPECT_TRUE(text(told).starts_with("News: message from ada: main is frozen\nNews: message from ada: pull first\n"));
  EXPECT_EQ(structured(told).at("news").as_array().size(), 2U);
  EXPECT_FALSE(structured(ask(call("3", "list_streams", "{}"))).contains("news"));
}

TEST_F(McpSession, ACancelThatComesAfterTheAnswerChangesNothing) {
  ask(call("1", "add_stream", R"({"title":"One"})"));
  EXPECT_TRUE(say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})").empty());
  EXPECT_FALSE(is_tool_error(ask(call("1", "get_stream", R"({"streamId":"one"})"))));
}

TEST_F(McpSession, AnIdInFlightIsNotTakenTwice) {
  backend.set_answers(MemoryBackend::Answers::kHeld);
  say(call("1", "add_stream", R"({"title":"One"})"));
  EXPECT_EQ(error_code(ask(call("1", "add_stream", R"({"title":"Two"})"))), -32600);
  EXPECT_EQ(error_code(ask(R"({"jsonrpc":"2.0","id":1,"method":"ping"})")), -32600);
  EXPECT_EQ(backend.seen().size(), 1U);
  backend.answer();
  EXPECT_EQ(sent.back().at("id"), 1);
  EXPECT_FALSE(is_tool_error(sent.back()));
}

TEST_F(McpSession, ACancelledIdIsFreeForTheNextCall) {
  backend.set_answers(MemoryBackend::Answers::kHeld);
  say(call("1", "add_stream", R"({"title":"One"})"));
  say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  say(call("1", "add_stream", R"({"title":"Two"})"));
  backend.answer();
  EXPECT_TRUE(sent.empty());
  backend.answer();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(find_string(structured(sent[0]), "id"), "two");
}

TEST_F(McpSession, AnErrorOfTheBackendIsAToolResult) {
  backend.fail_call(1, {ErrorCode::kServerUnavailable, "start server: stream-statusd is missing"});
  const json::object answer = ask(call("1", "list_streams", "{}"));
  EXPECT_TRUE(is_tool_error(answer));
  EXPECT_EQ(find_string(structured(answer), "code"), "server_unavailable");
  EXPECT_FALSE(is_tool_error(ask(call("2", "list_streams", "{}"))));
}

TEST_F(McpSession, AListThatDoesNotFitIsAskedForAgainWithFewerRows) {
  for (int i = 0; i < 200; ++i) {
    domain::Stream stream;
    stream.id.text = fmt::format("stream-with-quite-a-long-identifier-{:03}", i);
    stream.number = fmt::format("{:04}", i);
    stream.title = std::string(190, 'x');
    stream.category = "infrastructure";
    backend.put(stream);
  }
  json::object page = structured(ask(call("1", "list_streams", R"({"limit":200,"priority":"medium"})")));
  EXPECT_GT(backend.seen().size(), 1U);
  std::size_t rows = page.at("streams").as_array().size();
  EXPECT_LT(rows, 200U);
  // The cursor continues after the last row shown: every stream is reached, none twice.
  while (const auto cursor = find_string(page, "nextCursor")) {
    page = structured(ask(call("2", "list_streams", fmt::format(R"({{"limit":200,"cursor":"{}"}})", *cursor))));
    rows += page.at("streams").as_array().size();
  }
  EXPECT_EQ(rows, 200U);
}

TEST_F(McpSession, MoreThanTwoHundredRowsAreNeverShown) {
  for (int i = 0; i < 250; ++i) {
    domain::Stream stream;
    stream.id.text = stream.title = stream.number = fmt::format("s{}", i);
    stream.category = "backend";
    backend.put(stream);
  }
  EXPECT_EQ(structured(ask(call("1", "list_streams", R"({"limit":250})"))).at("streams").as_array().size(), 200U);
  EXPECT_EQ(structured(ask(call("1", "list_streams", R"({"limit":"250"})"))).at("streams").as_array().size(), 200U);
}

// ---- the modern era -------------------------------------------------------------------------------

constexpr std::string_view kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

std::string modern(std::string_view id, std::string_view method, std::string_view members = "") {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{{{}{}{}}}}})", id, method, kMeta,
                     members.empty() ? "" : ",", members);
}

class McpModernSession : public McpSession {
 protected:
  /// The messages since `from` with this method, as "uri" or the method's last word.
  std::vector<std::string> updated(std::size_t from) const {
    std::vector<std::string> uris;
    for (std::size_t i = from; i < sent.size(); ++i)
      if (find_string(sent[i], "method") == "notifications/resources/updated")
        uris.emplace_back(*find_string(sent[i].at("params").as_object(), "uri"));
    return uris;
  }
  static std::string subscription(const json::object& message) {
    return json::serialize(message.at("params").at("_meta").at("io.modelcontextprotocol/subscriptionId"));
  }
};

TEST_F(McpModernSession, EachResultSaysItsTypeAndWhoAnswers) {
  for (const std::string& request :
       {modern("1", "server/discover"), modern("2", "tools/list"), modern("3", "resources/list"),
        modern("4", "resources/templates/list"), modern("5", "prompts/list"),
        modern("6", "tools/call", R"("name":"list_streams")"),
        modern("7", "resources/read", R"("uri":"streams://board")"), modern("8", "prompts/get", R"("name":"standup")"),
        modern("9", "completion/complete",
               R"("ref":{"type":"ref/prompt","name":"resume"},"argument":{"name":"streamId","value":""})")}) {
    const json::object result = ask(request).at("result").as_object();
    EXPECT_EQ(find_string(result, "resultType"), "complete") << request;
    EXPECT_EQ(result.at("_meta").at("io.modelcontextprotocol/serverInfo").at("name"), "stream-status") << request;
  }
}

TEST_F(McpModernSession, WhatMayBeKeptSaysForHowLong) {
  for (const std::string_view method :
       {"server/discover", "tools/list", "resources/list", "resources/templates/list", "prompts/list"}) {
    const json::object result = ask(modern("1", method)).at("result").as_object();
    EXPECT_EQ(find_integer(result, "ttlMs"), 3'600'000) << method;
    EXPECT_EQ(find_string(result, "cacheScope"), "public") << method;
  }
  const json::object board = ask(modern("1", "resources/read", R"("uri":"streams://board")")).at("result").as_object();
  EXPECT_EQ(find_integer(board, "ttlMs"), 0);
  EXPECT_EQ(find_string(board, "cacheScope"), "private");
}

TEST_F(McpModernSession, ARequestThatDoesNotSayWhatItSpeaksIsRefused) {
  struct Row {
    std::string_view meta;
    int code;
  };
  const Row rows[] = {
      {R"({})", -32602},
      {R"({"_meta":7})", -32602},
      {R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}})", -32602},
      {R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})", -32602},
      {R"({"_meta":{"io.modelcontextprotocol/protocolVersion":7,"io.modelcontextprotocol/clientCapabilities":{}}})",
       -32602},
      {R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"1900-01-01","io.modelcontextprotocol/clientCapabilities":{}}})",
       -32022}};
  for (const Row& row : rows) {
    const json::object answer =
        ask(fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}})", row.meta));
    EXPECT_EQ(error_code(answer), row.code) << row.meta;
    if (row.code == -32022) {
      EXPECT_EQ(json::serialize(answer.at("error").at("data")),
                R"({"supported":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],)"
                R"("requested":"1900-01-01"})");
    }
  }
}

TEST_F(McpModernSession, MethodsOfTheOtherEraAreUnknown) {
  for (const std::string_view method :
       {"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"})
    EXPECT_EQ(error_code(ask(modern("1", method))), -32601) << method;
}

TEST_F(McpModernSession, BothErasShareOneConversation) {
  EXPECT_TRUE(ask(modern("1", "server/discover")).contains("result"));
  ask(R"({"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2025-06-18"}})");
  EXPECT_FALSE(ask(call("3", "list_streams", "{}")).at("result").as_object().contains("resultType"));
  EXPECT_TRUE(
      ask(modern("4", "tools/call", R"("name":"list_streams")")).at("result").as_object().contains("resultType"));
}

TEST_F(McpModernSession, AnUnknownResourceIsInvalidParamsThatNamesIt) {
  for (const std::string_view uri :
       {"streams://nowhere", "streams://stream/", "streams://stream/nope", "file:///x", "streams://stream/%zz", ""}) {
    const json::object answer = ask(modern("1", "resources/read", fmt::format(R"("uri":"{}")", uri)));
    EXPECT_EQ(error_code(answer), -32602) << uri;
    EXPECT_EQ(answer.at("error").at("data").at("uri"), json::value(uri));
  }
}

TEST_F(McpModernSession, OnlyToolCallsAreMadeInTheAgentsName) {
  ask(modern("1", "resources/read", R"("uri":"streams://board")"));
  ask(modern("2", "resources/read", R"("uri":"streams://stats")"));
  ask(modern("3", "prompts/get", R"("name":"standup")"));
  say(modern("4", "subscriptions/listen", R"("notifications":{"resourceSubscriptions":["streams://board"]})"));
  for (const auto& seen : backend.seen()) EXPECT_EQ(seen.as, Backend::As::kNobody) << seen.operation;
  ask(modern("5", "tools/call", R"("name":"get_version")"));
  EXPECT_EQ(backend.seen().back().as, Backend::As::kAgent);
}

TEST_F(McpModernSession, ASubscriptionIsAcknowledgedFirstAndToldOfNothingElse) {
  const json::object acknowledged = ask(modern(
      R"("s1")", "subscriptions/listen",
      R"("notifications":{"toolsListChanged":true,"resourceSubscriptions":["streams://board","streams://stream/one","x://y",7]})"));
  EXPECT_EQ(find_string(acknowledged, "method"), "notifications/subscriptions/acknowledged");
  EXPECT_EQ(subscription(acknowledged), R"("s1")");
  EXPECT_EQ(json::serialize(acknowledged.at("params").at("notifications")),
            R"({"resourceSubscriptions":["streams://board","streams://stream/one"]})");

  std::size_t from = sent.size();
  ask(modern("2", "resources/list"));
  EXPECT_TRUE(updated(from).empty());
  from = sent.size();
  say(modern("3", "tools/call", R"("name":"add_stream","arguments":{"title":"One"})"));
  EXPECT_EQ(updated(from), (std::vector<std::string>{"streams://board", "streams://stream/one"}));
  EXPECT_EQ(subscription(sent[from + 1]), R"("s1")");
  from = sent.size();
  say(modern("4", "tools/call", R"("name":"add_stream","arguments":{"title":"Two"})"));
  EXPECT_EQ(updated(from), (std::vector<std::string>{"streams://board"}));
}

TEST_F(McpModernSession, ACancelledSubscriptionTellsNothingAndItsWaitEndsToo) {
  say(modern("7", "subscriptions/listen", R"("notifications":{"resourceSubscriptions":["streams://board"]})"));
  say(modern("8", "subscriptions/listen", R"("notifications":{"resourceSubscriptions":["streams://stats"]})"));
  EXPECT_EQ(backend.waiting(), 1U);  // one reader for all
  EXPECT_EQ(session.open_subscriptions(), 2U);
  EXPECT_EQ(session.calls_in_flight(), 0U);  // they keep nobody from ending
  say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  const std::size_t from = sent.size();
  say(modern("9", "tools/call", R"("name":"add_stream","arguments":{"title":"One"})"));
  EXPECT_EQ(updated(from), (std::vector<std::string>{"streams://stats"}));
  say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":8}})");
  EXPECT_EQ(backend.waiting(), 0U);
  EXPECT_EQ(session.open_subscriptions(), 0U);
}

TEST_F(McpModernSession, ASubscriptionOutlivesItsServer) {
  say(modern("1", "subscriptions/listen", R"("notifications":{"resourceSubscriptions":["streams://board"]})"));
  backend.lose_waiting();
  EXPECT_EQ(catalog.wake_at(), MonotonicTime{});
  const MonotonicTime now = MonotonicTime{} + seconds{100};
  catalog.step(now);
  say(modern("2", "tools/call", R"("name":"add_stream","arguments":{"title":"While nobody looked"})"));
  const std::size_t from = sent.size();
  ASSERT_TRUE(catalog.wake_at());
  catalog.step(*catalog.wake_at());
  EXPECT_EQ(updated(from), (std::vector<std::string>{"streams://board"}));
}

TEST_F(McpModernSession, AHostThatStopsEndsSubscriptionsWithAnAnswer) {
  say(modern(R"("s")", "subscriptions/listen", R"("notifications":{})"));
  session.end_subscriptions();
  EXPECT_EQ(sent.back().at("id"), "s");
  EXPECT_EQ(json::serialize(sent.back().at("result")),
            R"({"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":"s"}})");
  EXPECT_EQ(session.open_subscriptions(), 0U);
}

TEST_F(McpModernSession, SubscriptionsHaveALimitThatIsSaid) {
  for (int i = 0; i < 16; ++i) say(modern(std::to_string(i), "subscriptions/listen", R"("notifications":{})"));
  EXPECT_EQ(error_code(ask(modern("99", "subscriptions/listen", R"("notifications":{})"))), -32600);
  EXPECT_EQ(error_code(ask(modern("99", "subscriptions/listen"))), -32602);
}

TEST_F(McpModernSession, ProgressIsToldToThoseWhoAskedWhileACallTakesItsTime) {
  backend.set_answers(MemoryBackend::Answers::kHeld);
  const auto with_token = [](std::string_view id, std::string_view token, std::string_view tool) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{}","arguments":{{}},"_meta":{{"progressToken":{}}}}}}})",
        id, tool, token);
  };
  say(call("1", "check_conflicts", "{}"));
  say(with_token("2", R"("t")", "check_conflicts"));
  say(with_token("3", "4", "wait_for_change"));
  const MonotonicTime begin = MonotonicTime{} + seconds{1000};
  catalog.step(begin);
  catalog.step(begin + seconds{4});
  EXPECT_TRUE(sent.empty());
  catalog.step(begin + seconds{5});
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(json::serialize(sent[0].at("params")), R"({"progressToken":"t","progress":5,"message":"at work: 5 s"})");
  EXPECT_EQ(json::serialize(sent[1].at("params")),
            R"({"progressToken":4,"progress":5,"total":25,"message":"waiting for a change: 5 s"})");
  backend.answer(1);
  say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}})");
  EXPECT_EQ(backend.waiting(), 0U);
  const std::size_t from = sent.size();
  catalog.step(begin + seconds{60});
  EXPECT_EQ(sent.size(), from);
  EXPECT_FALSE(catalog.wake_at());
}

// ---- what the legacy era has of it ----------------------------------------------------------------

TEST_F(McpSession, ASubscribedResourceIsToldOfUntilItIsUnsubscribed) {
  EXPECT_TRUE(ask(R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"streams://board"}})")
                  .contains("result"));
  EXPECT_TRUE(ask(R"({"jsonrpc":"2.0","id":2,"method":"resources/subscribe","params":{"uri":"streams://board"}})")
                  .contains("result"));
  EXPECT_EQ(error_code(ask(R"({"jsonrpc":"2.0","id":3,"method":"resources/subscribe","params":{"uri":"x://y"}})")),
            -32002);
  const auto messages = say(call("4", "add_stream", R"({"title":"One"})"));
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(json::serialize(messages[1]),
            R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"streams://board"}})");
  ask(R"({"jsonrpc":"2.0","id":5,"method":"resources/unsubscribe","params":{"uri":"streams://board"}})");
  EXPECT_EQ(say(call("6", "add_stream", R"({"title":"Two"})")).size(), 1U);
  EXPECT_EQ(backend.waiting(), 0U);
}

TEST_F(McpSession, IdsAreCompletedFromTheirBeginningAndThenFromWithin) {
  for (const std::string_view title : {"Key escrow", "Monkey patch", "Checkout"})
    ask(call("1", "add_stream", fmt::format(R"({{"title":"{}"}})", title)));
  const auto complete = [&](std::string_view ref, std::string_view argument, std::string_view value) {
    const json::object answer = ask(fmt::format(
        R"({{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{{"ref":{},"argument":{{"name":"{}","value":"{}"}}}}}})",
        ref, argument, value));
    return json::serialize(answer.at("result").at("completion").at("values"));
  };
  const std::string_view stream = R"({"type":"ref/resource","uri":"streams://stream/{id}"})";
  const std::string_view resume = R"({"type":"ref/prompt","name":"resume"})";
  EXPECT_EQ(complete(stream, "id", "KEY"), R"(["key-escrow","monkey-patch"])");
  EXPECT_EQ(complete(resume, "streamId", "che"), R"(["checkout"])");
  EXPECT_EQ(complete(resume, "streamId", "zzz"), "[]");
  EXPECT_EQ(complete(resume, "colour", "k"), "[]");
}

TEST_F(McpSession, CompletionReadsABoundedPartOfALongList) {
  for (int i = 0; i < 1'200; ++i)
    ask(call("1", "add_stream", fmt::format(R"({{"title":"Work {}","streamId":"work-{}"}})", i, i)));
  const auto complete = [&](std::string_view value) {
    const json::object answer = ask(fmt::format(
        R"({{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{{"ref":{{"type":"ref/resource","uri":"streams://stream/{{id}}"}},"argument":{{"name":"id","value":"{}"}}}}}})",
        value));
    return answer.at("result").at("completion").as_object();
  };
  const json::object all = complete("");
  EXPECT_EQ(all.at("values").as_array().size(), 100U);
  EXPECT_EQ(all.at("hasMore"), true);
  EXPECT_FALSE(all.contains("total")) << "not all were read";
  EXPECT_EQ(json::serialize(complete("work-119")),
            R"({"values":["work-1199","work-1198","work-1197","work-1196","work-1195","work-1194","work-1193",)"
            R"("work-1192","work-1191","work-1190","work-119"],"total":11,"hasMore":false})");
  EXPECT_EQ(json::serialize(complete(std::string(3'000, 'w'))), R"({"values":[],"total":0,"hasMore":false})");
}

TEST_F(McpSession, PromptsCarryTheFactsTheyAreAbout) {
  ask(call("1", "add_stream", R"({"title":"Key escrow","worktreePath":"/w/keys"})"));
  backend.set_worktree("/w/keys");
  for (const std::string_view prompt :
       {R"({"name":"resume"})", R"({"name":"handoff","arguments":{"streamId":"key"}})", R"({"name":"standup"})"}) {
    const json::object answer =
        ask(fmt::format(R"({{"jsonrpc":"2.0","id":2,"method":"prompts/get","params":{}}})", prompt));
    if (!answer.contains("result")) {  // half an id is for tools
      EXPECT_EQ(error_code(answer), -32602) << prompt;
      continue;
    }
    const std::string said(text_of(answer.at("result").at("messages").at(0).at("content").at("text").as_string()));
    EXPECT_NE(said.find("Key escrow"), std::string::npos) << prompt;
  }
}

TEST_F(McpSession, AStandupNamesWhatWasFinished) {
  for (const std::string_view title : {"Key escrow", "Checkout"})
    ask(call("1", "add_stream", fmt::format(R"({{"title":"{}"}})", title)));
  ask(call("2", "update_stream", R"({"streamId":"checkout","status":"completed"})"));
  const json::object answer = ask(R"({"jsonrpc":"2.0","id":3,"method":"prompts/get","params":{"name":"standup"}})");
  const std::string said(text_of(answer.at("result").at("messages").at(0).at("content").at("text").as_string()));
  const std::size_t finished = said.find("\nFinished, newest streams first\n- checkout \"Checkout\"");
  EXPECT_NE(finished, std::string::npos) << said;
  EXPECT_LT(said.find("key-escrow"), finished) << said;
}

TEST(McpSessionLife, AnAnswerAfterTheSessionIsDropped) {
  MemoryBackend backend;
  backend.set_answers(MemoryBackend::Answers::kHeld);
  int answers = 0;
  {
    ProjectCatalog catalog(backend);
    Session session(catalog, [&](const Outgoing&) { ++answers; });
    session.receive(call("1", "get_version", "{}"));
  }
  backend.answer();
  EXPECT_EQ(answers, 0);
}

TEST(McpSessionLife, AHostMayDropTheSessionWhileItAnswers) {
  MemoryBackend backend;
  std::unique_ptr<Session> session;
  ProjectCatalog catalog(backend);
  session = std::make_unique<Session>(catalog, [&](const Outgoing&) { session.reset(); });
  session->receive(call("1", "get_version", "{}"));
  EXPECT_EQ(session, nullptr);
}

}  // namespace
}  // namespace stream_status::mcp
