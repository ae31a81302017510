#include "api/wire.h"

#include <gtest/gtest.h>

#include "api/codec.h"
#include "api/errors.h"

namespace stream_status::api {
namespace {

TEST(Routes, LeadToTheirOperation) {
  struct Row {
    Method method;
    std::string_view target;
    OperationId operation;
    std::string_view arguments;
  };
  const std::vector<Row> rows = {
      {Method::kGet, "/api/streams", OperationId::kListStreams, "{}"},
      {Method::kGet, "/api/streams?status=active&limit=5", OperationId::kListStreams,
       R"({"status":"active","limit":"5"})"},
      {Method::kGet, "/api/streams?query=a+b%26c", OperationId::kListStreams, R"({"query":"a b&c"})"},
      {Method::kPost, "/api/streams", OperationId::kAddStream, "{}"},
      {Method::kGet, "/api/streams/auth", OperationId::kGetStream, R"({"streamId":"auth"})"},
      {Method::kGet, "/api/streams/Old%20Id%2F7", OperationId::kGetStream, R"({"streamId":"Old Id/7"})"},
      {Method::kGet, "/api/stream", OperationId::kResume, "{}"},
      {Method::kPatch, "/api/streams/auth", OperationId::kUpdateStream, R"({"streamId":"auth"})"},
      {Method::kGet, "/api/streams/auth/history?cursor=7", OperationId::kGetHistory,
       R"({"streamId":"auth","cursor":"7"})"},
      {Method::kPost, "/api/streams/auth/archive", OperationId::kRemoveStream, R"({"streamId":"auth"})"},
      {Method::kGet, "/api/stats", OperationId::kGetStreamStats, "{}"},
      {Method::kGet, "/api/commits", OperationId::kListCommits, "{}"},
      {Method::kPost, "/api/commits", OperationId::kAddCommit, "{}"},
      {Method::kPost, "/api/streams/archive-bulk", OperationId::kArchiveBulk, "{}"},
      {Method::kGet, "/api/streams/archive-bulk", OperationId::kGetStream, R"({"streamId":"archive-bulk"})"},
      {Method::kPost, "/api/streams/auth/unretire", OperationId::kUnretire, R"({"streamId":"auth"})"},
      {Method::kGet, "/api/conflicts?streamId=auth", OperationId::kCheckConflicts, R"({"streamId":"auth"})"},
      {Method::kPost, "/api/sync", OperationId::kSyncFromFiles, "{}"},
      {Method::kPost, "/api/commits/scan", OperationId::kScanCommits, "{}"},
      {Method::kPost, "/api/reconciliation/run", OperationId::kReconcileWorktrees, "{}"},
      {Method::kGet, "/api/reconciliation/status", OperationId::kReconciliationStatus, "{}"},
      {Method::kGet, "/api/reconciliation/worktrees", OperationId::kListWorktrees, "{}"},
      {Method::kGet, "/api/reconciliation/merged", OperationId::kListMerged, "{}"},
      {Method::kGet, "/api/history?before=9&kinds=note,claimed", OperationId::kListEvents,
       R"({"before":"9","kinds":"note,claimed"})"},
      {Method::kGet, "/api/past?revision=7", OperationId::kGetPast, R"({"revision":"7"})"},
      {Method::kGet, "/api/projects", OperationId::kListProjects, "{}"},
      {Method::kGet, "/api/streams/auth/files", OperationId::kStreamFiles, R"({"streamId":"auth"})"},
      {Method::kGet, "/api/conflicts/compare?a=auth&b=pay", OperationId::kCompareStreams, R"({"a":"auth","b":"pay"})"},
  };
  for (const Row& row : rows) {
    const auto match = match_route(row.method, row.target);
    ASSERT_TRUE(match && *match && (*match)->operation) << row.target;
    EXPECT_EQ((*match)->operation->id, row.operation) << row.target;
    EXPECT_EQ(json::serialize((*match)->arguments), row.arguments) << row.target;
  }
}

TEST(Routes, OthersAreAbsentOrNameTheirMethods) {
  for (const std::string_view target :
       {"/api/nothing", "/api/streams/", "/api/streams/a/b/c", "/api", "", "api/streams"}) {
    const auto match = match_route(Method::kGet, target);
    ASSERT_TRUE(match) << target;
    EXPECT_FALSE(*match) << target;
  }
  const auto wrong = match_route(Method::kPatch, "/api/stats");
  ASSERT_TRUE(wrong && *wrong);
  EXPECT_EQ((*wrong)->operation, nullptr);
  EXPECT_EQ((*wrong)->allow, "GET");
  const auto stream = match_route(Method::kPost, "/api/streams/auth");
  ASSERT_TRUE(stream && *stream);
  EXPECT_EQ((*stream)->allow, "GET, PATCH");
}

TEST(Routes, BrokenEscapesAreInvalid) {
  for (const std::string_view target : {"/api/streams/%zz", "/api/streams/%ff", "/api/streams?query=%e"})
    EXPECT_EQ(match_route(Method::kGet, target).error().code, ErrorCode::kInvalidArgument) << target;
}

TEST(HttpCalls, AreWhatTheRoutesRead) {
  const std::vector<std::pair<OperationId, std::string_view>> rows = {
      {OperationId::kListStreams, R"({"status":"active","query":"a b/ü"})"},
      {OperationId::kGetStream, R"({"streamId":"Old Id/7"})"},
      {OperationId::kResume, "{}"},
      {OperationId::kGetHistory, R"({"streamId":"a","limit":"5"})"},
      {OperationId::kCheckConflicts, R"({"streamId":"Old Id/7"})"},
      {OperationId::kCheckConflicts, "{}"},
  };
  for (const auto& [id, text] : rows) {
    const HttpCall call = to_http(operation(id), *parse_json_object(text));
    const auto match = match_route(call.method, call.target);
    ASSERT_TRUE(match && *match) << call.target;
    EXPECT_EQ((*match)->operation->id, id) << call.target;
    EXPECT_EQ(json::serialize((*match)->arguments), text);
  }
  EXPECT_EQ(to_http(operation(OperationId::kGetStream), {}).target, "/api/stream") << "where was I?";
  const HttpCall write =
      to_http(operation(OperationId::kUpdateStream), *parse_json_object(R"({"id":"a","progress":5})"));
  EXPECT_EQ(write.target, "/api/streams/a");
  EXPECT_EQ(write.body, R"({"progress":5})");
}

TEST(Errors, SurviveTheWayOverTheWire) {
  Error sent{ErrorCode::kRevisionConflict, "at revision 7", "look again", "get_stream", json::object{{"revision", 7}}};
  const Error received = error_from_json(to_json(sent));
  EXPECT_EQ(received.code, sent.code);
  EXPECT_EQ(received.message, sent.message);
  EXPECT_EQ(received.hint, sent.hint);
  EXPECT_EQ(received.suggested_call, sent.suggested_call);
  EXPECT_EQ(received.data, sent.data);
  EXPECT_EQ(error_from_json(json::value("<html>")).code, ErrorCode::kInternal);
}

TEST(Errors, ThatQuoteBytesAreStillJson) {
  const json::object body =
      to_json(Error{ErrorCode::kForbidden, "guard: Host \"\xff\" is not this server", "use \xc3"});
  const auto read = parse_json_object(json::serialize(body));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at("error"), "guard: Host \"\xef\xbf\xbd\" is not this server");
}

TEST(HttpCalls, CarryNumbersAsTheirReaderTakesThem) {
  const Operation& list = operation(OperationId::kListStreams);
  EXPECT_EQ(to_http(list, {{"limit", 50.0}}).target, "/api/streams?limit=50");
  EXPECT_EQ(to_http(list, {{"limit", 50}}).target, "/api/streams?limit=50");
}

TEST(Errors, HaveTheStatusAndExitCodeOfTheContract) {
  struct Row {
    ErrorCode code;
    int status;
    int exit;
  };
  for (const Row& row : std::vector<Row>{{ErrorCode::kInvalidArgument, 400, 2},
                                         {ErrorCode::kStreamNotFound, 404, 3},
                                         {ErrorCode::kStreamExists, 409, 4},
                                         {ErrorCode::kRevisionConflict, 409, 4},
                                         {ErrorCode::kRequestIdReused, 409, 4},
                                         {ErrorCode::kWorkAtRisk, 409, 4},
                                         {ErrorCode::kForbidden, 403, 1},
                                         {ErrorCode::kPayloadTooLarge, 413, 1},
                                         {ErrorCode::kUnsupportedMediaType, 415, 1},
                                         {ErrorCode::kTooManyRequests, 429, 1},
                                         {ErrorCode::kDraining, 503, 5},
                                         {ErrorCode::kStorageFull, 503, 1},
                                         {ErrorCode::kServerUnavailable, 503, 5}}) {
    EXPECT_EQ(http_status(row.code), row.status) << error_name(row.code);
    EXPECT_EQ(exit_code(row.code), row.exit) << error_name(row.code);
  }
}

TEST(Codec, EveryChangeIsReadBackAsItWasWritten) {
  domain::Stream stream;
  stream.id.text = "auth";
  stream.title = "Ünïcode \"quotes\" <b>";
  stream.phases = {"a", "b"};
  stream.blockers = {{"db"}};
  stream.created_at = from_unix_ms(1'700'000'000'123);
  stream.updated_at = stream.created_at;
  stream.recent = {"last", stream.created_at, 3};
  domain::Commit commit{
      .id = 7, .stream_id = {"auth"}, .hash = "abcd", .message = "m\nn", .author = "A", .timestamp = stream.created_at};
  const std::vector<domain::Change> changes = {
      domain::Created{stream},
      domain::StatusChanged{domain::Status::kActive, domain::Status::kCompleted},
      domain::StatusChanged{domain::Status::kActive, domain::Status::kBlocked},
      domain::ProgressChanged{1, 99},
      domain::PhaseChanged{0, 1},
      domain::NoteAdded{"line\nline \x01"},
      domain::BlockersChanged{{}, {{"db"}, {"ui"}}},
      domain::CommitAdded{commit},
      domain::DetailsChanged{{.title = "a", .priority = domain::Priority::kLow, .branch = ""},
                             {.title = "b", .priority = domain::Priority::kHigh, .branch = "x"}},
  };
  for (const domain::Change& change : changes) {
    const EncodedChange text = encode(change);
    const auto read = decode(domain::type_of(change), text.old_value, text.new_value);
    ASSERT_TRUE(read) << domain::type_of(change);
    EXPECT_EQ(*read, change) << domain::type_of(change);
  }
}

}  // namespace
}  // namespace stream_status::api
