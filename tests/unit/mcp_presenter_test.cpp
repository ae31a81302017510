#include "mcp/presenter.h"

#include <gtest/gtest.h>

#include "api/codec.h"
#include "mcp/tokens.h"
#include "unit/mcp_memory_backend.h"

namespace stream_status::mcp {
namespace {

using api::OperationId;

domain::Stream auth_rotation() {
  domain::Stream stream;
  stream.id.text = "auth-rotation";
  stream.number = "0104";
  stream.title = "Rotate refresh tokens";
  stream.category = "backend";
  stream.priority = domain::Priority::kCritical;
  stream.status = domain::Status::kBlocked;
  stream.progress = 64;
  stream.blockers = {{"key-escrow"}};
  stream.revision = 812;
  return stream;
}

/// The operation carried out by the memory backend and presented.
Presentation shown(MemoryBackend& backend, OperationId id, std::string_view arguments) {
  const api::Operation& operation = api::operation(id);
  const json::object sent = parse_json_object(arguments).value();
  Presentation view;
  backend.call(operation, sent, Backend::As::kAgent, [&](const Result<json::value>& answer) {
    view = answer ? present(operation, sent, *answer) : present_error(operation, sent, answer.error());
  });
  return view;
}

Presentation shown_list(const std::vector<domain::Stream>& streams, const json::object& arguments = {}) {
  json::array rows;
  for (const domain::Stream& stream : streams) rows.emplace_back(api::to_json(stream));
  return present(api::operation(OperationId::kListStreams), arguments,
                 {{"streams", std::move(rows)}, {"total", static_cast<std::int64_t>(streams.size())}});
}

std::size_t count_lines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

TEST(McpPresenter, AStreamInAListIsOneShortLine) {
  EXPECT_EQ(shown_list({auth_rotation()}).text,
            "1 stream, newest first\n"
            "0104 auth-rotation  blocked 64%  critical  \"Rotate refresh tokens\"  by key-escrow");
}

TEST(McpPresenter, ARowNamesHolderAndQuestion) {
  json::object stream = api::to_json(auth_rotation());
  stream["claim"] = {{"agent", "claude-code"}, {"expiresAt", "2026-11-22T14:15:00.000Z"}};
  stream["question"] = {{"text", "Which\nissuer?"}, {"choices", json::array{"a", "b"}}};
  const Presentation view =
      present(api::operation(OperationId::kListStreams), {}, {{"streams", json::array{stream}}, {"total", 1}});
  EXPECT_NE(view.text.find("  by key-escrow  @claude-code  asks \"Which issuer?\""), std::string::npos) << view.text;
  const json::object& row = view.structured.at("streams").at(0).as_object();
  EXPECT_EQ(find_string(row, "claimedBy"), "claude-code");
  EXPECT_EQ(find_string(row, "question"), "Which issuer?");
}

TEST(McpPresenter, ARowSaysOnlyWhatDiffersFromTheDefault) {
  domain::Stream stream = auth_rotation();
  stream.blockers.clear();
  EXPECT_EQ(
      json::serialize(shown_list({stream}).structured.at("streams").at(0)),
      R"({"id":"auth-rotation","number":"0104","title":"Rotate refresh tokens","status":"blocked","progress":64,"priority":"critical"})");
  stream.category = "testing";
  stream.blockers = {{"a"}, {"b"}, {"c"}, {"d"}, {"e"}};
  stream.status = domain::Status::kActive;
  const Presentation view = shown_list({stream});
  EXPECT_NE(view.text.find("critical testing  \"Rotate"), std::string::npos) << view.text;
  EXPECT_NE(view.text.find("  waits for a, b, c +2"), std::string::npos) << view.text;
  EXPECT_EQ(json::serialize(view.structured.at("streams").at(0).at("category")), R"("testing")");
}

TEST(McpPresenter, TextOfOthersCanNotLookLikeAnotherRow) {
  domain::Stream stream = auth_rotation();
  for (const std::string_view title : {"a\n0105 b", "a\r\n0105 b", "a\v\f0105 b", "a\x1b[2K0105 b",
                                       "a\xc2\x85"
                                       "0105 b",
                                       "a\xe2\x80\xa8"
                                       "0105 b",
                                       "a\xe2\x80\xa9"
                                       "0105 b"}) {
    stream.title = title;
    const Presentation view = shown_list({stream});
    EXPECT_EQ(count_lines(view.text), 2U) << view.text;
    for (const std::string_view control : {"\r", "\v", "\f", "\x1b", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"})
      EXPECT_EQ(view.text.find(control), std::string::npos) << view.text;
  }
  stream.title = R"(a" by me)";
  EXPECT_NE(shown_list({stream}).text.find(R"("a\" by me")"), std::string::npos);
}

TEST(McpPresenter, AnEmptyListSaysWhatToDo) {
  EXPECT_EQ(shown_list({}, {{"limit", 20}}).text,
            R"(No streams. Next: add_stream {"title":"…"} opens the first stream)");
  EXPECT_EQ(shown_list({}, {{"status", "active"}}).text, "No streams. Next: list_streams {} shows all streams");
  EXPECT_EQ(json::serialize(shown_list({}).structured.at("streams")), "[]");
}

TEST(McpPresenter, AListNamesTheCallThatGetsTheRest) {
  MemoryBackend backend;
  for (int i = 0; i < 30; ++i) shown(backend, OperationId::kAddStream, fmt::format(R"({{"title":"Stream {}"}})", i));
  const Presentation view =
      shown(backend, OperationId::kListStreams, R"({"limit":20,"status":"initializing","agent":null,"colour":"red"})");
  EXPECT_TRUE(view.text.starts_with("20 of 30 streams, newest first\n")) << view.text;
  EXPECT_EQ(find_string(view.structured, "more"), R"(list_streams {"status":"initializing","cursor":"10"})");
  EXPECT_EQ(find_string(view.structured, "nextCursor"), "10");
  EXPECT_TRUE(
      view.text.ends_with("More: list_streams {\"status\":\"initializing\",\"cursor\":\"10\"}\n"
                          "Ignored, no such argument: colour"))
      << view.text;
  const Presentation rest =
      shown(backend, OperationId::kListStreams, R"({"limit":20,"status":"initializing","cursor":"10"})");
  EXPECT_FALSE(rest.structured.contains("more"));
  EXPECT_EQ(rest.structured.at("streams").as_array().size(), 10U);
}

TEST(McpPresenter, TwentyOrdinaryRowsCostAboutTwentyFiveTokensEach) {
  std::vector<domain::Stream> streams(20, auth_rotation());
  EXPECT_LE(shown_list(streams).text.size() / 20, 110U);  // about four bytes a token
}

TEST(McpPresenter, AFullListSaysWhereEachStreamIs) {
  domain::Stream stream = auth_rotation();
  stream.branch = "feature/x";
  stream.phases = {"plan", "do"};
  stream.current_phase = 1;
  const json::value answer{{"streams", {api::to_json(stream)}}, {"total", 1}};
  const Presentation view = present(api::operation(OperationId::kListStreams), {{"detail", "full"}}, answer);
  EXPECT_EQ(find_string(view.structured.at("streams").at(0).as_object(), "phase"), "do");
  EXPECT_NE(view.text.find("  branch feature/x"), std::string::npos) << view.text;
  EXPECT_NE(view.text.find("  phase do"), std::string::npos) << view.text;
  const Presentation concise = present(api::operation(OperationId::kListStreams), {}, answer);
  EXPECT_FALSE(concise.structured.at("streams").at(0).as_object().contains("branch"));
}

TEST(McpPresenter, WhatIsDoneIsNotWaitedFor) {
  json::object stream = api::to_json(auth_rotation());
  stream["status"] = "paused";
  stream["blockers"] = json::array{"key-escrow", "db"};
  const auto list = [&] {
    return present(api::operation(OperationId::kListStreams), {},
                   {{"streams", json::array{stream}}, {"total", 1}, {"openBlockers", stream.at("openBlockers")}});
  };
  const auto one = [&](std::string_view detail) {
    return present(api::operation(OperationId::kGetStream), {{"streamId", "auth-rotation"}, {"detail", detail}},
                   stream);
  };
  stream["openBlockers"] = json::array{"db"};
  EXPECT_TRUE(list().text.ends_with("\"Rotate refresh tokens\"  waits for db")) << list().text;
  EXPECT_EQ(json::serialize(list().structured.at("streams").at(0).at("blockers")), R"(["db"])");
  EXPECT_NE(one("concise").text.find("\nblockers: db"), std::string::npos) << one("concise").text;
  EXPECT_NE(one("full").text.find("\nblockers: key-escrow, db"), std::string::npos) << one("full").text;
  EXPECT_NE(one("full").text.find("\nopenBlockers: db"), std::string::npos) << one("full").text;
  stream["openBlockers"] = json::array{};
  EXPECT_TRUE(list().text.ends_with("\"Rotate refresh tokens\"")) << list().text;
  EXPECT_FALSE(list().structured.at("streams").at(0).as_object().contains("blockers"));
  EXPECT_EQ(one("concise").text.find("blockers"), std::string::npos) << one("concise").text;
}

TEST(McpPresenter, WhichProcessHoldsAStreamIsInTheWholeOnly) {
  json::object stream = api::to_json(auth_rotation());
  stream["claim"] = {{"agent", "codex@shop"}, {"process", "p1"}, {"since", "2026-11-22T14:00:00.000Z"}};
  const auto one = [&](std::string_view detail) {
    return present(api::operation(OperationId::kGetStream), {{"streamId", "auth-rotation"}, {"detail", detail}},
                   stream);
  };
  EXPECT_NE(one("concise").text.find("\nclaim: agent codex@shop, since 2026"), std::string::npos);
  EXPECT_NE(one("full").text.find("\nclaim: agent codex@shop, process p1"), std::string::npos);
  Error error{ErrorCode::kAlreadyClaimed, "claim auth-rotation: codex@shop holds it"};
  error.data = {{"streamId", "auth-rotation"}, {"claim", stream.at("claim")}};
  const Presentation refused = present_error(api::operation(OperationId::kClaimStream), {}, error);
  EXPECT_EQ(refused.text.find("p1"), std::string::npos) << refused.text;
  EXPECT_NE(refused.text.find("codex@shop"), std::string::npos);
}

TEST(McpPresenter, WhatNobodyHoldsIsBegunByClaimingIt) {
  json::object stream = api::to_json(auth_rotation());
  stream["status"] = "paused";
  const auto next = [&] {
    return present(api::operation(OperationId::kUpdateStream), {{"streamId", "auth-rotation"}},
                   {{"stream", stream}, {"changes", json::object{}}})
        .structured.at("next");
  };
  EXPECT_EQ(next(), R"(claim_stream {"streamId":"auth-rotation"} when work begins)");
  stream["claim"] = {{"agent", "codex@shop"}};
  EXPECT_EQ(next(), R"(update_stream {"streamId":"auth-rotation","status":"active"} when work begins)");
}

TEST(McpPresenter, AStreamIsToldWholeWithoutWhatItDoesNotHave) {
  MemoryBackend backend;
  shown(
      backend, OperationId::kAddStream,
      R"({"title":"Rotate","streamId":"rotate","estimatedPhases":["plan","do"],"goal":"one\ntwo","branch":"feature/x"})");
  shown(backend, OperationId::kUpdateStream, R"({"streamId":"rotate","currentPhase":1})");
  shown(backend, OperationId::kAddCommit, R"({"streamId":"rotate","commitHash":"3f2a91c","message":"First"})");
  const Presentation concise = shown(backend, OperationId::kGetStream, R"({"streamId":"rotate"})");
  for (const std::string_view left_out : {"createdAt", "updatedAt"})
    EXPECT_FALSE(concise.structured.contains(left_out)) << left_out;
  const Presentation view = shown(backend, OperationId::kGetStream, R"({"streamId":"rotate","detail":"full"})");
  for (const std::string_view line : {"\ncurrentPhase: 1 (do)", "\nphases: plan, do", "\ngoal: one two",
                                      "\nbranch: feature/x", "\nrecentActivity: lastCommit First, "})
    EXPECT_NE(view.text.find(line), std::string::npos) << line << " in " << view.text;
  for (const std::string_view absent :
       {"worktreePath", "claim", "question", "lastNote", "completedAt", "blockedBy", "blockers"})
    EXPECT_FALSE(view.structured.contains(absent)) << absent;
  EXPECT_EQ(find_string(view.structured, "goal"), "one\ntwo");
  EXPECT_EQ(find_string(view.structured, "number"), "0101");
}

TEST(McpPresenter, WritesAnswerWithIdChangesRevisionAndNextStep) {
  struct Row {
    OperationId operation;
    std::string_view arguments;
    std::string_view text;
  };
  const Row rows[] = {
      {OperationId::kAddStream, R"({"title":"Escrow","branch":"feature/e"})",
       "Created 0101 escrow  initializing 0%  medium  \"Escrow\"  branch feature/e; revision 1\n"
       R"(Next: claim_stream {"streamId":"escrow"} when work begins)"},
      {OperationId::kUpdateStream, R"({"streamId":"escrow","status":"active","progress":10})",
       "escrow: status initializing → active, progress 10; revision 3\n"
       R"(Next: add_commit after each commit; update_stream {"streamId":"escrow","status":"completed"} when it is done)"},
      {OperationId::kUpdateStream, R"({"streamId":"escrow","progress":10})",
       "escrow: nothing changed, it was so already; revision 3\n"
       R"(Next: add_commit after each commit; update_stream {"streamId":"escrow","status":"completed"} when it is done)"},
      {OperationId::kUpdateStream, R"({"id":"escrow","status":"blocked"})",
       "escrow: status active → blocked; revision 4\n"
       "Next: name what it waits for: update_stream with blockedBy or note"},
      {OperationId::kUpdateStream, R"({"streamId":"escrow","status":"active","progress":100})",
       "escrow: status blocked → active, progress 100; revision 6\n"
       R"(Next: update_stream {"streamId":"escrow","status":"completed"} if it is done)"},
      {OperationId::kAddCommit, R"({"streamId":"escrow","hash":"3f2a91c"})",
       "Recorded commit 3f2a91c on escrow; revision 7\n"
       R"(Next: update_stream {"streamId":"escrow","progress":…} if it moved the work on)"},
      {OperationId::kUpdateStream, R"({"streamId":"escrow","status":"completed"})",
       "escrow: status active → completed; revision 8\n"
       R"(Next: remove_stream {"streamId":"escrow"} archives it)"},
      {OperationId::kRemoveStream, R"({"streamId":"escrow"})",
       "Archived escrow; history, branch and worktree stay; revision 9\n"
       "Next: list_streams {} shows what is left"},
  };
  MemoryBackend backend;
  for (const Row& row : rows) {
    const Presentation view = shown(backend, row.operation, row.arguments);
    EXPECT_EQ(view.text, row.text);
    EXPECT_EQ(find_string(view.structured, "id"), "escrow");
    EXPECT_EQ(find_integer(view.structured, "revision"), backend.streams()[0].revision);
    EXPECT_TRUE(view.text.ends_with(*find_string(view.structured, "next")));
    EXPECT_FALSE(view.structured.contains("streams"));
  }
}

TEST(McpPresenter, ALongOldOrNewValueIsAbridged) {
  MemoryBackend backend;
  shown(backend, OperationId::kAddStream, R"({"title":"Escrow"})");
  json::array phases;
  for (int i = 0; i < 40; ++i) phases.emplace_back(fmt::format("phase {}", i));
  json::object arguments{{"streamId", "escrow"}, {"note", std::string(9'000, 'n')}, {"phases", std::move(phases)}};
  const Presentation view = shown(backend, OperationId::kUpdateStream, json::serialize(arguments));
  EXPECT_LT(view.text.size(), 1'000U);
  EXPECT_LT(json::serialize(view.structured).size(), 1'000U);
  EXPECT_NE(view.text.find("… 30 more"), std::string::npos) << view.text;
}

TEST(McpPresenter, UnknownArgumentsAreNamedInBothFaces) {
  MemoryBackend backend;
  const Presentation view = shown(backend, OperationId::kAddStream, R"({"title":"Escrow","colour":"red","size\n":1})");
  EXPECT_TRUE(view.text.ends_with("\nIgnored, no such argument: colour, size ")) << view.text;
  EXPECT_EQ(json::serialize(view.structured.at("ignored")), R"(["colour","size\n"])");
}

TEST(McpPresenter, TheSevenNumbersAreOneLine) {
  MemoryBackend backend;
  const Presentation view = shown(backend, OperationId::kGetStreamStats, "{}");
  EXPECT_EQ(view.text, "open 0 (in progress 0, blocked 0, ready to start 0), completed today 0, commits 0 (today 0)");
  EXPECT_EQ(view.structured.size(), 7U);
}

TEST(McpPresenter, ErrorsCarryTheSameFactsInBothFaces) {
  struct Row {
    Error error;
    std::string_view arguments;
    std::string_view text;
  };
  const Row rows[] = {
      {{ErrorCode::kInvalidArgument, "progress: 101 is not a whole number from 0 to 100", "send a number"},
       R"({"streamId":"escrow","progress":101,"colour":"red"})",
       "invalid_argument: progress: 101 is not a whole number from 0 to 100\nHint: send a number\n"
       "Next call: update_stream {\"streamId\":\"escrow\",\"progress\":\"…\"}\nRetryable: no"},
      {{ErrorCode::kInvalidArgument, "streamId: is missing"},
       "{}",
       "invalid_argument: streamId: is missing\n"
       "Hint: arguments of update_stream: streamId (required), status, progress, currentPhase, blockedBy, blockers, "
       "note, completePhase, question, choices, title, "
       "streamNumber, category, priority, worktreePath, branch, phases, goal, expectedRevision, requestId\n"
       "Next call: update_stream {\"streamId\":\"…\"}\nRetryable: no"},
      {{ErrorCode::kStreamNotFound, "find stream \"x\": there is none with this id", "nearest: y", "list_streams"},
       R"({"streamId":"x"})",
       "stream_not_found: find stream \"x\": there is none with this id\nHint: nearest: y\n"
       "Next call: list_streams {}\nRetryable: no"},
      {{ErrorCode::kStreamExists, "add stream y: it exists", "", "update_stream", {{"streamId", "y"}}},
       "{}",
       "stream_exists: add stream y: it exists\nHint: choose another streamId, or update the stream that exists\n"
       "Next call: update_stream {\"streamId\":\"y\"}\nRetryable: no\nData: {\"streamId\":\"y\"}"},
      {{ErrorCode::kDraining, "the server is stopping"},
       R"({"streamId":"x","progress":5})",
       "draining: the server is stopping\nHint: send the same call again in a few seconds, with the same requestId\n"
       "Next call: update_stream {\"streamId\":\"x\",\"progress\":5}\nRetryable: yes"},
      {{ErrorCode::kPermissionDenied, "open /x: permission denied", "allow it"},
       "{}",
       "permission_denied: open /x: permission denied\nHint: allow it\nRetryable: no"},
  };
  for (const Row& row : rows) {
    const Presentation view =
        present_error(api::operation(OperationId::kUpdateStream), parse_json_object(row.arguments).value(), row.error);
    EXPECT_EQ(view.text, row.text);
    for (const std::string_view name : {"code", "message", "hint"}) {
      const auto fact = find_string(view.structured, name);
      ASSERT_TRUE(fact) << name;
      EXPECT_NE(view.text.find(*fact), std::string::npos) << name;
    }
    EXPECT_TRUE(view.structured.at("retryable").is_bool());
    EXPECT_TRUE(view.structured.contains("suggestedCall"));
    if (const auto call = find_string(view.structured, "suggestedCall")) {
      EXPECT_NE(view.text.find(*call), std::string::npos);
    }
  }
}

TEST(McpPresenter, AConflictShowsTheCurrentState) {
  MemoryBackend backend;
  shown(backend, OperationId::kAddStream, R"({"title":"Escrow"})");
  const Presentation view =
      shown(backend, OperationId::kUpdateStream, R"({"streamId":"escrow","progress":5,"expectedRevision":9})");
  EXPECT_NE(view.text.find("\nNow: 0101 escrow  initializing 0%  medium  \"Escrow\"\n"), std::string::npos)
      << view.text;
  EXPECT_EQ(view.structured.at("data").at("stream").at("revision"), 1);
  EXPECT_EQ(view.structured.at("data").at("revision"), 1);
}

TEST(McpPresenter, BytesThatAreNoUtf8InAnErrorDoNotReachTheWire) {
  const Presentation view =
      present_error(api::operation(OperationId::kGetVersion), {},
                    {ErrorCode::kServerUnavailable, "start server: \xff\xfe crashed", "look at \xc3"});
  EXPECT_TRUE(parse_json(json::serialize(view.structured)));
  EXPECT_NE(view.text.find("start server: ?? crashed"), std::string::npos) << view.text;
}

TEST(McpPresenter, NoAnswerIsLongerThanItsReaderCanBear) {
  for (const std::string unit : {"x", "ü", "🚂", "\"", "\\", "\x01"}) {
    const auto long_text = [&](std::size_t characters) {
      std::string text;
      while (text.size() < characters * unit.size()) text += unit;
      return text;
    };
    domain::Stream stream = auth_rotation();
    stream.title = long_text(200);
    stream.goal = stream.last_note = stream.recent.last_commit = long_text(10'000);
    stream.worktree_path = long_text(4'096);
    stream.branch = long_text(255);
    stream.phases.assign(50, long_text(200));
    stream.blockers.assign(50, {long_text(64)});

    std::vector<Presentation> views;
    views.push_back(present(api::operation(OperationId::kGetStream), {}, api::to_json(stream)));
    EXPECT_TRUE(views.back().structured.contains("cut"));
    EXPECT_EQ(find_string(views.back().structured, "more"),
              R"(get_stream {"streamId":"auth-rotation","detail":"full"})");
    views.push_back(present(api::operation(OperationId::kGetStream), {{"detail", "full"}}, api::to_json(stream)));
    EXPECT_TRUE(views.back().structured.contains("cut"));
    EXPECT_EQ(find_string(views.back().structured, "more"), "stream-status show auth-rotation --json");
    views.push_back(shown_list(std::vector<domain::Stream>(200, stream)));
    EXPECT_GT(views.back().narrower_limit, 0);
    EXPECT_EQ(views.back().structured.at("streams").as_array().size(),
              static_cast<std::size_t>(views.back().narrower_limit));
    views.push_back(present(api::operation(OperationId::kAddStream), {}, {{"stream", api::to_json(stream)}}));
    json::object changes = api::to_json(stream);
    for (auto& member : changes) member.value() = {{"from", member.value()}, {"to", member.value()}};
    views.push_back(present(api::operation(OperationId::kUpdateStream), {},
                            {{"stream", api::to_json(stream)}, {"changes", changes}}));
    Error error{ErrorCode::kRevisionConflict, long_text(9'000), long_text(9'000)};
    error.data = {{"stream", api::to_json(stream)}};
    views.push_back(present_error(api::operation(OperationId::kUpdateStream), {{"streamId", long_text(9'000)}}, error));
    views.push_back(present(api::operation(OperationId::kGetVersion), {}, api::to_json(stream)));
    for (const Presentation& view : views) {
      EXPECT_LE(view.text.size(), 32'000U) << unit << " in view " << &view - views.data();
      EXPECT_LE(json::serialize(view.structured).size(), 32'000U) << unit << " in view " << &view - views.data();
    }
  }
}

TEST(McpPresenter, AnAnswerOfAnyShapeIsPresented) {
  for (const std::string_view answer :
       {"null", "7", "[]", "{}", R"({"streams":7})", R"({"streams":[7,{}],"total":"x"})",
        R"({"stream":7,"changes":[1]})", R"({"stream":{},"changes":{"status":7,"x":{"from":1}}})",
        R"({"id":7,"blockers":"x","phases":7,"currentPhase":-1})",
        R"({"claim":"x","question":[],"recentActivity":7,"ignored":"x"})", R"({"activeStreams":"many","ignored":[]})"})
    for (const api::Operation& operation : api::operations()) {
      const Presentation view = present(operation, {}, parse_json(answer).value());
      EXPECT_FALSE(view.text.empty() && view.structured.empty() && answer != "{}") << operation.name << " " << answer;
    }
}

json::object conflict_pair(std::string_view a, std::string_view b, std::string_view state, json::array files) {
  json::array conflicts;
  for (const json::value& file : files)
    conflicts.push_back({{"file", file}, {"kind", "content"}, {"message", "CONFLICT (content)"}});
  return {{"a", a},
          {"b", b},
          {"state", state},
          {"files", files},
          {"conflicts", std::move(conflicts)},
          {"uncommittedFiles", json::array()},
          {"detail", nullptr}};
}

TEST(McpPresenter, ConflictsStandFirstAndCleanPairsAreOnlyCounted) {
  const json::object answer{
      {"mainBranch", "main"},
      {"streams",
       json::array{{{"streamId", "auth"},
                    {"againstMain",
                     {{"state", "conflict"}, {"conflicts", json::array{{{"file", "a.ts"}, {"kind", "content"}}}}}}},
                   {{"streamId", "ci"}, {"problem", "the branch is gone"}}}},
      {"pairs", json::array{conflict_pair("auth", "ci", "clean", {"x"}), conflict_pair("auth", "ui", "possible", {}),
                            conflict_pair("ci", "ui", "conflict", {"1", "2", "3", "4", "5", "6\n7"})}},
      {"landingOrder", json::array{"ui", "ci", "auth"}},
      {"leftOut", json::array{{{"streamId", "old"}, {"reason", "no branch"}}}},
      {"warnings", json::array{"git is 2.30"}}};
  const Presentation view = present(api::operation(OperationId::kCheckConflicts), {}, answer);
  EXPECT_EQ(view.text,
            "Pairs: 1 in conflict, 1 possible, 1 clean among 2 streams\n"
            "conflict ci × ui: 1 (content), 2 (content), 3 (content), 4 (content), 5 (content), +1\n"
            "possible auth × ui\n"
            "conflict auth × main: a.ts (content)\n"
            "problem ci: the branch is gone\n"
            "Land in this order: ui, ci, auth\n"
            "Left out: old (no branch)\n"
            "Warning: git is 2.30");
  EXPECT_EQ(view.structured.at("pairs").as_array().size(), 4U);
  EXPECT_EQ(view.structured.at("clean"), 1);
}

TEST(McpPresenter, AnAnswerAboutGitIsNeverLongerThanAnAgentReads) {
  std::string path;
  while (path.size() < 4'000) path += "lib/auth/";
  std::string dear_path;
  while (dear_path.size() < 4'000) dear_path += "🦑";
  json::array dear_pairs;
  json::array pairs;
  json::array entries;
  json::array errors;
  for (int i = 0; i < 1'000; ++i) {
    pairs.push_back(conflict_pair("a", std::to_string(i), "conflict", {path}));
    dear_pairs.push_back(conflict_pair("a", std::to_string(i), "conflict", json::array(5, json::value(dear_path))));
    entries.push_back({{"streamId", std::to_string(i)}, {"reason", std::string(4'000, 'r')}});
    errors.push_back({{"file", std::string(4'000, 'p')}, {"line", i}, {"reason", "bad"}});
  }
  const std::vector<std::pair<OperationId, json::object>> rows = {
      {OperationId::kCheckConflicts, {{"pairs", pairs}, {"leftOut", entries}}},
      {OperationId::kCheckConflicts,
       {{"pairs", dear_pairs}, {"landingOrder", json::array(1'000, json::value(std::string(64, 'i')))}}},
      {OperationId::kReconcileWorktrees, {{"active", entries}, {"stale", entries}}},
      {OperationId::kScanCommits, {{"skipped", entries}}},
      {OperationId::kSyncFromFiles, {{"errors", errors}}}};
  for (const auto& [id, answer] : rows) {
    const Presentation view = present(api::operation(id), {}, answer);
    EXPECT_LE(count_lines(view.text), 46U) << api::operation(id).name;
    EXPECT_LE(estimate_tokens(view.text), 8'000U) << api::operation(id).name;
    EXPECT_LE(estimate_tokens(json::serialize(view.structured)), 8'000U) << api::operation(id).name;
  }
  EXPECT_NE(present(api::operation(OperationId::kCheckConflicts), {}, rows[0].second).text.find("… and 960 more"),
            std::string::npos);
}

TEST(McpPresenter, ReconciliationSaysWhatWouldChangeFirstAndHowToApplyIt) {
  MemoryBackend backend;
  shown(backend, OperationId::kAddStream, R"({"title":"Stale"})");
  shown(backend, OperationId::kAddStream, R"({"title":"Works","worktreePath":"/w"})");
  shown(backend, OperationId::kAddStream, R"({"title":"Done","branch":"done","worktreePath":"/d"})");
  backend.land("done");
  const Presentation dry = shown(backend, OperationId::kReconcileWorktrees, "{}");
  EXPECT_EQ(dry.text,
            "1 completed, 1 stale, 0 orphaned, 1 active; main branch main\n"
            "completed done initializing → completed: merged into main\n"
            "stale stale: no worktree\n"
            "active works: work goes on\n"
            "Next: reconcile_worktrees {\"dryRun\":false} carries out what → shows");
  const Presentation real = shown(backend, OperationId::kReconcileWorktrees, R"({"dryRun":false})");
  EXPECT_NE(real.text.find("\nDone: completed done"), std::string::npos) << real.text;
  EXPECT_FALSE(real.structured.contains("next"));
}

TEST(McpPresenter, ARefusedRetirementListsWhatWouldBeLost) {
  MemoryBackend backend;
  shown(backend, OperationId::kAddStream, R"({"title":"Cart","worktreePath":"/w"})");
  backend.set_uncommitted("cart", {"a.ts", "b.ts"});
  const Presentation refused =
      shown(backend, OperationId::kRemoveStream, R"({"streamId":"cart","deleteWorktree":true})");
  EXPECT_TRUE(refused.text.starts_with("work_at_risk: archive cart: work would be lost\nHint: ")) << refused.text;
  EXPECT_NE(refused.text.find("force true"), std::string::npos);
  EXPECT_NE(refused.text.find("\nWould be lost: uncommitted 2 files: a.ts, b.ts"), std::string::npos) << refused.text;
  EXPECT_EQ(json::serialize(refused.structured.at("atRisk")), R"(["uncommitted 2 files: a.ts, b.ts"])");
  EXPECT_EQ(shown(backend, OperationId::kRemoveStream, R"({"streamId":"cart","dryRun":true})").text,
            "Would archive cart: archive cart\nNothing would be lost");
  const Presentation forced =
      shown(backend, OperationId::kRemoveStream, R"({"streamId":"cart","deleteWorktree":true,"force":true})");
  EXPECT_TRUE(forced.text.starts_with(
      "Archived cart; history stays; worktree and branch are deleted; kept under refs/stream-status/cart; revision"))
      << forced.text;
}

TEST(McpPresenter, ScanAndSyncSayWhatIsNewAndWhatWasNotRead) {
  MemoryBackend backend;
  backend.add_plan_file("cart.md", "Cart");
  backend.add_plan_file("bad.md", "");
  EXPECT_EQ(shown(backend, OperationId::kSyncFromFiles, "{}").text,
            "1 stream added from plan files, 0 known already, 1 worktree found\n"
            "Added: cart\n"
            "not read bad.md:1: there is no title");
  backend.add_git_commit("cart", "1f3c9ab");
  EXPECT_EQ(shown(backend, OperationId::kScanCommits, "{}").text,
            "1 stream read: 1 commit added, 0 removed\ncart +1 -0, 1 in all");
}

}  // namespace
}  // namespace stream_status::mcp
