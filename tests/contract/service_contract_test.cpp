// What every door may expect of an operation, over a real store and the real writer thread.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "api/codec.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::ServiceWorld;

class ServiceContract : public ::testing::Test, protected ServiceWorld {
 protected:
  ErrorCode refused(std::string_view operation, std::string_view arguments) {
    const std::int64_t before = world.store->head();
    const auto answer = call(operation, arguments);
    EXPECT_FALSE(answer) << operation << " " << arguments;
    EXPECT_EQ(world.store->head(), before) << "a refused call changes nothing";
    return answer ? ErrorCode::kInternal : answer.error().code;
  }
};

TEST_F(ServiceContract, AddingNeedsOnlyATitleAndFillsInTheRest) {
  const json::object answer = must("add_stream", R"({"title":"Rotate refresh tokens"})");
  EXPECT_EQ(last_status, 201);
  const json::object& stream = answer.at("stream").as_object();
  EXPECT_EQ(stream.at("id"), "rotate-refresh-tokens");
  EXPECT_EQ(stream.at("streamNumber"), "0101");
  EXPECT_EQ(stream.at("status"), "initializing");
  EXPECT_EQ(stream.at("branch"), "rotate-refresh-tokens");
  EXPECT_EQ(stream.at("worktreePath"), "/repo-worktrees/rotate-refresh-tokens");
  EXPECT_EQ(stream.at("revision"), 1);
  EXPECT_EQ(must("add_stream", R"({"title":"Rotate refresh tokens"})").at("streamId"), "rotate-refresh-tokens-2");
  EXPECT_EQ(must("get_stream", R"({"streamId":"rotate-refresh-tokens-2"})").at("streamNumber"), "0102");
}

TEST_F(ServiceContract, AddingFromAFreeLinkedWorktreeTakesThatWorktree) {
  const Caller caller{{"a"}, "/repo-worktrees/auth", "auth"};
  const auto first = call("add_stream", R"({"title":"Auth"})", caller);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->at("stream").at("worktreePath"), "/repo-worktrees/auth");
  const auto second = call("add_stream", R"({"title":"Other"})", caller);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->at("stream").at("worktreePath"), "/repo-worktrees/other") << "the worktree has a stream already";
  const auto mine = call("get_stream", "{}", caller);
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->at("id"), "auth");
}

TEST_F(ServiceContract, RefusesWhatDoesNotFitAndChangesNothing) {
  must("add_stream", R"({"title":"Auth","streamId":"auth","phases":["a","b"]})");
  struct Row {
    std::string_view operation;
    std::string arguments;
    ErrorCode code;
  };
  const std::vector<Row> rows = {
      {"get_stream", R"({"streamId":"nope"})", ErrorCode::kStreamNotFound},
      {"get_stream", "{}", ErrorCode::kStreamNotFound},
      {"update_stream", R"({"streamId":"nope","progress":1})", ErrorCode::kStreamNotFound},
      {"update_stream", R"({"streamId":"aut","progress":1})", ErrorCode::kStreamNotFound},
      {"update_stream", R"({"streamId":"auth","status":"done"})", ErrorCode::kInvalidArgument},
      {"update_stream", R"({"streamId":"auth","category":"cooking"})", ErrorCode::kInvalidArgument},
      {"update_stream", R"({"streamId":"auth","progress":-1})", ErrorCode::kInvalidArgument},
      {"update_stream", R"({"streamId":"auth","progress":101})", ErrorCode::kInvalidArgument},
      {"update_stream", R"({"streamId":"auth","currentPhase":2})", ErrorCode::kInvalidArgument},
      {"update_stream", R"({"streamId":"auth","blockedBy":"nope"})", ErrorCode::kStreamNotFound},
      {"update_stream", R"({"streamId":"auth","blockedBy":"auth"})", ErrorCode::kInvalidArgument},
      {"update_stream", R"({"streamId":"auth","progress":5,"expectedRevision":9})", ErrorCode::kRevisionConflict},
      {"add_stream", "{}", ErrorCode::kInvalidArgument},
      {"add_stream", R"({"title":"x","streamId":"auth"})", ErrorCode::kStreamExists},
      {"add_stream", R"({"title":"x","streamId":"Not An Id"})", ErrorCode::kInvalidArgument},
      {"add_commit", R"({"streamId":"auth","commitHash":"xyz1"})", ErrorCode::kInvalidArgument},
      {"add_commit", R"({"streamId":"nope","commitHash":"abcd"})", ErrorCode::kStreamNotFound},
      {"list_streams", R"({"cursor":"x"})", ErrorCode::kInvalidArgument},
      {"list_streams", R"({"limit":0})", ErrorCode::kInvalidArgument},
      {"remove_stream", R"({"streamId":"nope"})", ErrorCode::kStreamNotFound},
  };
  for (const Row& row : rows) EXPECT_EQ(refused(row.operation, row.arguments), row.code) << row.arguments;
}

TEST_F(ServiceContract, AMissNamesTheNearestIds) {
  for (const char* id : {"auth-rotation", "search-index", "billing"})
    must("add_stream", fmt::format(R"({{"title":"x","streamId":"{}"}})", id));
  EXPECT_EQ(call("get_stream", R"({"streamId":"serch-index"})").error().hint,
            "nearest: search-index, billing, auth-rotation");
  EXPECT_EQ(must("get_stream", R"({"streamId":"BILL"})").at("id"), "billing") << "a unique prefix, any case";
  EXPECT_EQ(call("update_stream", R"({"streamId":"bill","progress":1})").error().hint,
            "nearest: billing, search-index, auth-rotation")
      << "what begins so first";
  must("add_stream", R"({"title":"x","streamId":"bills"})");
  const Error several = call("get_stream", R"({"streamId":"bill"})").error();
  EXPECT_EQ(several.message, "find stream \"bill\": several begin so; name one in full");
  EXPECT_EQ(several.hint, "nearest: billing, bills, search-index");
}

TEST_F(ServiceContract, AnIdOfTheFoundingSystemIsFoundWhateverItsCase) {
  domain::Stream stream;
  stream.id = {"Auth-Rotation"};
  stream.title = "x";
  auto transaction = *world.store->begin(world.today());
  stream.revision =
      *transaction->append_event({0, 0, stream.id, "note", "null", "\"x\"", {"agent"}, world.clock.wall()});
  ASSERT_TRUE(transaction->insert_stream(stream));
  ASSERT_TRUE(transaction->commit());
  for (const char* typed : {"Auth-Rotation", "auth-rotation", "AUTH-ROTATION"})
    EXPECT_EQ(must("update_stream", fmt::format(R"({{"streamId":"{}","note":"n"}})", typed)).at("stream").at("id"),
              "Auth-Rotation")
        << typed;
}

TEST_F(ServiceContract, AMissNamesTheNearestAmongThousands) {
  must("add_stream", R"({"title":"x","streamId":"auth-rotation"})");
  for (int i = 0; i < 2'000; ++i) must("add_stream", fmt::format(R"({{"title":"x","streamId":"work-{}"}})", i));
  const std::string hint = call("get_stream", R"({"streamId":"auht-rotation"})").error().hint;
  EXPECT_TRUE(hint.starts_with("nearest: auth-rotation, ")) << hint << ": also of those that were added long ago";
}

TEST_F(ServiceContract, AnUpdateNamesItsChangesAndTheNewRevision) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  const json::object answer =
      must("update_stream", R"({"streamId":"auth","status":"active","progress":40,"note":"n","colour":"red"})");
  EXPECT_EQ(json::serialize(answer.at("changes")),
            R"({"status":{"from":"initializing","to":"active"},"progress":40,"note":"n"})");
  EXPECT_EQ(answer.at("stream").at("revision"), 4);
  EXPECT_EQ(json::serialize(answer.at("ignored")), R"(["colour"])");
  must("update_stream", R"({"streamId":"auth","status":"active"})");
  EXPECT_EQ(world.store->head(), 4) << "what is so already is no event";
}

TEST_F(ServiceContract, AnswersSayWhichBlockersAreStillOpen) {
  for (const char* id : {"db", "api"}) must("add_stream", fmt::format(R"({{"title":"{0}","streamId":"{0}"}})", id));
  const auto open_in = [](const json::object& stream) { return json::serialize(stream.at("openBlockers")); };
  const json::object added = must("add_stream", R"({"title":"UI","streamId":"ui","blockers":["db","api"]})");
  EXPECT_EQ(open_in(added), R"(["api","db"])");
  must("update_stream", R"({"streamId":"db","status":"completed"})");
  EXPECT_EQ(open_in(must("get_stream", R"({"streamId":"ui"})")), R"(["api"])");
  for (const char* arguments : {"{}", R"({"query":"ui"})"}) {
    const json::object list = must("list_streams", arguments);
    EXPECT_EQ(open_in(list), R"(["api"])") << arguments;
  }
  must("update_stream", R"({"streamId":"api","status":"completed"})");
  EXPECT_EQ(open_in(must("update_stream", R"({"streamId":"ui","note":"n"})")), "[]");
  EXPECT_EQ(open_in(must("claim_stream", R"({"streamId":"ui"})")), "[]");
  EXPECT_FALSE(must("get_stream", R"({"streamId":"db"})").contains("openBlockers")) << "it names none";
  EXPECT_FALSE(must("list_streams", R"({"query":"db"})").contains("openBlockers"));
}

TEST_F(ServiceContract, AStreamOpensByItselfWhenTheLastOneItWaitsForLands) {
  for (const char* id : {"db", "api", "docs"})
    must("add_stream", fmt::format(R"({{"title":"{0}","streamId":"{0}"}})", id));
  must("add_stream", R"({"title":"UI","streamId":"ui","status":"blocked","blockers":["db","API","db"]})");
  must("add_stream", R"({"title":"Begun","streamId":"begun","status":"active","blockers":"api"})");
  must("update_stream", R"({"streamId":"begun","status":"blocked","progress":30})");
  EXPECT_EQ(json::serialize(must("get_stream", R"({"streamId":"ui"})").at("blockers")), R"(["db","api"])");

  EXPECT_FALSE(must("update_stream", R"({"streamId":"db","status":"completed"})").contains("opened"));
  EXPECT_EQ(must("get_stream", R"({"streamId":"ui"})").at("status"), "blocked") << "api is open";
  const json::object landed = must("update_stream", R"({"streamId":"api","status":"archived"})");
  EXPECT_EQ(json::serialize(landed.at("opened")), R"(["ui","begun"])");
  EXPECT_EQ(must("get_stream", R"({"streamId":"ui"})").at("status"), "initializing");
  EXPECT_EQ(must("get_stream", R"({"streamId":"begun"})").at("status"), "paused") << "work on it had begun";
  EXPECT_EQ(must("get_stream_stats", "{}").at("readyToStart"), 3);
  const json::array history = must("get_history", R"({"streamId":"ui"})").at("events").as_array();
  EXPECT_EQ(history.at(0).at("type"), "status_changed");
  EXPECT_EQ(history.at(0).at("newValue"), "initializing");
}

TEST_F(ServiceContract, ABlockedStreamOpensWhenItWaitsForNobodyAnyMore) {
  must("add_stream", R"({"title":"db","streamId":"db"})");
  must("add_stream", R"({"title":"ui","streamId":"ui"})");
  must("update_stream", R"({"streamId":"ui","status":"blocked","blockedBy":"db"})");
  const json::object freed = must("update_stream", R"({"streamId":"ui","blockedBy":""})");
  EXPECT_EQ(freed.at("stream").at("status"), "initializing");
  EXPECT_EQ(freed.at("changes").at("status").at("to"), "initializing");
  must("update_stream", R"({"streamId":"db","status":"completed"})");
  const json::object said = must("update_stream", R"({"streamId":"ui","status":"blocked","blockedBy":"db"})");
  EXPECT_EQ(said.at("stream").at("status"), "blocked") << "as it was said, although db is done";
  must("update_stream", R"({"streamId":"db","status":"active"})");
  must("update_stream", R"({"streamId":"ui","status":"initializing","blockedBy":""})");
  const json::object stuck = must("update_stream", R"({"streamId":"ui","status":"blocked","note":"no machine"})");
  EXPECT_EQ(stuck.at("stream").at("status"), "blocked") << "what blocks it is not a stream";
  must("update_stream", R"({"streamId":"db","status":"completed"})");
  EXPECT_EQ(must("get_stream", R"({"streamId":"ui"})").at("status"), "blocked");
}

TEST_F(ServiceContract, ACircleOfBlockersIsRefusedAndNamed) {
  for (const char* id : {"auth", "api", "db"})
    must("add_stream", fmt::format(R"({{"title":"{0}","streamId":"{0}"}})", id));
  must("update_stream", R"({"streamId":"auth","blockers":["api"]})");
  must("update_stream", R"({"streamId":"api","blockers":["db"]})");
  const auto refused_call = call("update_stream", R"({"streamId":"db","blockedBy":"auth"})");
  ASSERT_FALSE(refused_call);
  EXPECT_EQ(refused_call.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused_call.error().message,
            "blockers: a circle, in which nobody could begin: db waits for auth waits for api waits for db");
  EXPECT_NE(refused_call.error().hint.find("leave auth out"), std::string::npos) << refused_call.error().hint;
  EXPECT_EQ(refused("update_stream", R"({"streamId":"db","blockers":["db"]})"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("update_stream", R"({"streamId":"db","blockers":["api"],"blockedBy":"api"})"),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused("add_stream", R"({"title":"x","blockers":["nope"]})"), ErrorCode::kStreamNotFound);

  must("update_stream", R"({"streamId":"api","status":"completed"})");
  must("update_stream", R"({"streamId":"db","blockedBy":"auth"})");
  EXPECT_EQ(refused("update_stream", R"({"streamId":"api","status":"active"})"), ErrorCode::kInvalidArgument)
      << "open again, it would close the circle";
}

TEST_F(ServiceContract, TheSameRequestIdTakesEffectOnce) {
  const std::string once = R"({"title":"Auth","requestId":"r-1"})";
  must("add_stream", once);
  const std::string first = last_body;
  must("add_stream", once);
  EXPECT_EQ(last_body, first);
  EXPECT_EQ(last_status, 201);
  EXPECT_EQ(world.store->head(), 1);
  EXPECT_EQ(refused("add_stream", R"({"title":"Other","requestId":"r-1"})"), ErrorCode::kRequestIdReused);
  EXPECT_EQ(refused("remove_stream", R"({"streamId":"auth","requestId":"r-1"})"), ErrorCode::kRequestIdReused);
}

TEST_F(ServiceContract, ARefusalIsNotKeptUnderItsRequestId) {
  EXPECT_EQ(refused("update_stream", R"({"streamId":"auth","progress":5,"requestId":"r-2"})"),
            ErrorCode::kStreamNotFound);
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  must("update_stream", R"({"streamId":"auth","progress":5,"requestId":"r-2"})");
  EXPECT_EQ(must("get_stream", R"({"streamId":"auth"})").at("progress"), 5);
}

TEST_F(ServiceContract, AnAnswerIsKeptUntilItIsSwept) {
  const std::string once = R"({"title":"Auth","requestId":"hand made"})";
  must("add_stream", once);
  const std::string first = last_body;
  world.clock.advance(std::chrono::hours(24 * 365));
  must("add_stream", once);
  EXPECT_EQ(last_body, first) << "a clock that jumps makes nothing happen twice";
  EXPECT_EQ(must("list_streams", "{}").at("total"), 1);
}

TEST_F(ServiceContract, TheSameCommitIsRecordedOnce) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  const json::object first =
      must("add_commit", R"({"streamId":"auth","commitHash":"ABCDEF12","message":"m","author":"A","filesChanged":3})");
  EXPECT_EQ(last_status, 201);
  EXPECT_EQ(first.at("added"), true);
  const json::object again = must("add_commit", R"({"streamId":"auth","commitHash":"abcdef12"})");
  EXPECT_EQ(last_status, 200);
  EXPECT_EQ(again.at("added"), false);
  EXPECT_EQ(again.at("id"), first.at("id"));
  EXPECT_EQ(must("list_commits", "{}").at("total"), 1);
  EXPECT_EQ(must("get_stream", R"({"streamId":"auth"})").at("recentActivity").at("lastCommit"), "m");
}

TEST_F(ServiceContract, ArchivingKeepsHistoryAndSummary) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  must("remove_stream", R"({"streamId":"auth","completionSummary":"done well"})");
  const json::object stream = must("get_stream", R"({"streamId":"auth"})");
  EXPECT_EQ(stream.at("status"), "archived");
  EXPECT_EQ(stream.at("lastNote"), "done well");
  EXPECT_EQ(must("get_history", R"({"streamId":"auth"})").at("events").as_array().size(), 3u);
  must("remove_stream", R"({"streamId":"auth"})");
  EXPECT_EQ(must("get_stream_stats", "{}").at("activeStreams"), 0);
}

TEST_F(ServiceContract, CategoriesOfTheConfigurationCount) {
  EXPECT_EQ(must("add_stream", R"({"title":"x","category":"Research"})").at("stream").at("category"), "research");
}

TEST_F(ServiceContract, WithoutCustodyNothingIsAcknowledgedAndItIsSaidOnce) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  ours = false;
  EXPECT_EQ(call("update_stream", R"({"streamId":"auth","progress":1})").error().code, ErrorCode::kDraining);
  EXPECT_EQ(call("update_stream", R"({"streamId":"auth","progress":2})").error().code, ErrorCode::kDraining);
  writer.stop();
  EXPECT_EQ(custody_lost, 1);
}

TEST_F(ServiceContract, AStoppedWriterAnswersThatItDrains) {
  writer.stop();
  EXPECT_EQ(call("add_stream", R"({"title":"late"})").error().code, ErrorCode::kDraining);
}

/// Random work, then: the log alone gives the same streams, and the carried counts are what a recount finds.
TEST_F(ServiceContract, TheEventLogAloneRebuildsEveryStreamAndTheCountsHold) {
  std::mt19937 random(20261122);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto any_id = [&] { return fmt::format("s{}", pick(12)); };
  for (int i = 0; i < 600; ++i) {
    const Caller agent{{fmt::format("agent-{}", pick(3))}, "", ""};
    switch (pick(8)) {
      case 6:
        (void)call("claim_stream", pick(2) == 0 ? "{}" : fmt::format(R"({{"streamId":"{}"}})", any_id()), agent);
        break;
      case 7:
        (void)call("release_claim", fmt::format(R"({{"streamId":"{}","force":{}}})", any_id(), pick(2) == 0), agent);
        break;
      case 0:
        (void)call("add_stream", fmt::format(R"({{"title":"T{}","streamId":"{}","phases":["a","b"]}})", i, any_id()));
        break;
      case 1:
        (void)call("update_stream", fmt::format(R"({{"streamId":"{}","status":"{}"}})", any_id(),
                                                domain::kStatusNames[static_cast<std::size_t>(pick(6))]));
        break;
      case 2:
        (void)call("update_stream", fmt::format(R"({{"streamId":"{}","progress":{},"currentPhase":{},"note":"n{}"}})",
                                                any_id(), pick(120), pick(3), i));
        break;
      case 3:
        (void)call("update_stream",
                   fmt::format(R"({{"streamId":"{}","blockedBy":"{}"}})", any_id(), pick(3) == 0 ? "" : any_id()));
        break;
      case 4:
        (void)call("add_commit",
                   fmt::format(R"({{"streamId":"{}","commitHash":"{:08x}","message":"c{}"}})", any_id(), pick(60), i));
        break;
      default:
        (void)call(
            "update_stream",
            fmt::format(R"({{"streamId":"{}","title":"R{}","phases":["x","y","z"],"branch":"b{}"}})", any_id(), i, i));
        break;
    }
    world.clock.advance(milliseconds(1500));
  }

  std::map<std::string, domain::Stream> rebuilt;
  std::int64_t last = 0;
  const auto events = *world.reader->events_after(0, 1'000'000);
  for (const store::EventRow& event : events) {
    EXPECT_EQ(event.revision, last + 1) << "revisions have no gaps";
    last = event.revision;
    const auto change = api::decode(event.type, event.old_value, event.new_value);
    ASSERT_TRUE(change) << event.type;
    domain::Stream& stream = rebuilt[event.stream_id.text];
    EXPECT_EQ(event.previous, stream.revision) << event.revision;
    domain::apply(stream, *change, event.revision, event.at);
  }
  const auto page = *world.reader->list_streams({});
  EXPECT_GT(page.streams.size(), 8u);
  ASSERT_EQ(page.streams.size(), rebuilt.size());
  for (const domain::Stream& stream : page.streams) EXPECT_EQ(rebuilt[stream.id.text], stream) << stream.id.text;
  EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const auto& event) { return event.type == "released"; }));

  const store::Counts carried = *world.store->counts(world.today());
  writer.stop();
  world.close();
  world.open();
  const store::Counts counted = *world.store->counts(world.today());
  EXPECT_EQ(carried.stats, counted.stats);
  EXPECT_EQ(carried.by_status, counted.by_status);
  EXPECT_EQ(carried.streams, counted.streams);
}

}  // namespace
}  // namespace stream_status::service
