#include "cli/render.h"

#include <gtest/gtest.h>

#include "cli/text.h"

namespace stream_status::cli {
namespace {

const WallTime kNow = *parse_rfc3339("2026-09-21T13:33:20.000Z");

Screen plain(std::optional<int> columns = std::nullopt) { return {Style(Colours::kOff), columns, kNow}; }
Screen coloured(int columns) { return {Style(Colours::kOn), columns, kNow}; }

json::object parse(std::string_view text) { return *parse_json_object(text); }

const json::object& three_streams() {
  static const json::object kAnswer = parse(R"({"streams":[
    {"id":"rotate-tokens","streamNumber":"0103","title":"Rotate refresh tokens on each use","category":"backend",
     "priority":"critical","status":"active","progress":40,"updatedAt":"2026-09-21T13:28:20.000Z"},
    {"id":"checkout","streamNumber":"0102","title":"新しいチェックアウト","category":"frontend",
     "priority":"medium","status":"blocked","progress":5,"updatedAt":"2026-09-21T10:33:20.000Z"},
    {"id":"ci","streamNumber":"0101","title":"Faster CI","category":"infrastructure",
     "priority":"low","status":"completed","progress":100,"updatedAt":"2026-09-11T13:33:20.000Z"}],"total":3,"revision":9})");
  return kAnswer;
}

TEST(CliRender, AListIsATable) {
  EXPECT_EQ(render_streams(three_streams(), plain()),
            "#     ID             STATUS       PROGRESS          PRIORITY  TITLE                                AGE\n"
            "0103  rotate-tokens  ◉ active     ━━━━──────   40%  critical  Rotate refresh tokens on each use  5 min\n"
            "0102  checkout       ■ blocked    ━─────────    5%  medium    新しいチェックアウト                 3 h\n"
            "0101  ci             ✓ completed  ━━━━━━━━━━  100%  low       Faster CI                           10 d\n"
            "\n"
            "3 streams · 1 active · 1 blocked · 1 completed\n");
}

TEST(CliRender, ANarrowTerminalCutsTitlesAndThenDropsColumns) {
  EXPECT_EQ(render_streams(three_streams(), plain(86)),
            "#     ID             STATUS       PROGRESS          PRIORITY  TITLE                AGE\n"
            "0103  rotate-tokens  ◉ active     ━━━━──────   40%  critical  Rotate refresh t…  5 min\n"
            "0102  checkout       ■ blocked    ━─────────    5%  medium    新しいチェックア…    3 h\n"
            "0101  ci             ✓ completed  ━━━━━━━━━━  100%  low       Faster CI           10 d\n"
            "\n"
            "3 streams · 1 active · 1 blocked · 1 completed\n");
  EXPECT_EQ(render_streams(three_streams(), plain(66)),
            "#     ID             STATUS             PRIORITY  TITLE\n"
            "0103  rotate-tokens  ◉ active      40%  critical  Rotate refresh…\n"
            "0102  checkout       ■ blocked      5%  medium    新しいチェック…\n"
            "0101  ci             ✓ completed  100%  low       Faster CI\n"
            "\n"
            "3 streams · 1 active · 1 blocked · 1 completed\n");
}

TEST(CliRender, EveryLineOfAListFitsTheTerminal) {
  for (int columns = 40; columns < 130; ++columns) {
    const std::string text = render_streams(three_streams(), plain(columns));
    for (std::size_t at = 0; at < text.find("\n\n"); at = text.find('\n', at) + 1)
      EXPECT_LE(columns_of(text.substr(at, text.find('\n', at) - at)), static_cast<std::size_t>(columns)) << text;
  }
}

TEST(CliRender, ColourSaysWhatNeedsSomeoneWhatMovesAndWhatIsDone) {
  const std::string text = render_streams(three_streams(), coloured(110));
  EXPECT_NE(text.find("\x1b[34m◉ active\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[31m■ blocked\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[32m✓ completed\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[34m━━━━\x1b[0m\x1b[2m──────\x1b[0m   40%"), std::string::npos);
  EXPECT_NE(text.find("\x1b[31mcritical\x1b[0m"), std::string::npos);
}

TEST(CliRender, AnEmptyListSaysHowToFillIt) {
  EXPECT_EQ(render_streams(parse(R"({"streams":[],"total":0})"), plain()),
            "No streams here. Add one:  stream-status add \"What it does\"\n");
}

TEST(CliRender, AListNamesItsProject) {
  Screen screen = plain();
  screen.project = "/home/ada/shop";
  EXPECT_TRUE(render_streams(three_streams(), screen)
                  .ends_with("\n3 streams · 1 active · 1 blocked · 1 completed · /home/ada/shop\n"));
  EXPECT_EQ(render_streams(parse(R"({"streams":[],"total":0})"), screen),
            "No streams in /home/ada/shop. Add one:  stream-status add \"What it does\"\n");
}

TEST(CliRender, APageSaysHowToGetTheNext) {
  const json::object page =
      parse(R"({"streams":[{"id":"a","streamNumber":"0101","title":"A","priority":"low","status":"paused",
    "progress":0,"updatedAt":"2026-09-21T13:33:20.000Z"}],"total":41,"nextCursor":"7"})");
  const std::string text = render_streams(page, plain());
  EXPECT_NE(text.find("\n1 of 41 streams\nmore: the same command with --cursor 7\n"), std::string::npos) << text;
}

TEST(CliRender, AStreamIsACard) {
  const json::object stream =
      parse(R"({"id":"rotate-tokens","streamNumber":"0103","title":"Rotate refresh tokens on each use",
    "category":"backend","priority":"high","status":"blocked","progress":40,"currentPhase":1,"phases":["design","code","tests"],
    "worktreePath":"/home/ada/shop-tokens","branch":"feature/tokens","blockedBy":"checkout","blockers":["checkout","ci"],
    "createdAt":"2026-09-20T13:33:20.000Z","updatedAt":"2026-09-21T13:28:20.000Z","completedAt":null,"revision":9,"claim":null,
    "goal":"A stolen token is worth nothing after its first use, and nobody has to log in again because of it.",
    "lastNote":"first line\nsecond line","question":null,
    "recentActivity":{"lastCommit":"auth: rotate on use\n\nBody","lastCommitTime":"2026-09-21T11:33:20.000Z","filesChanged":3}})");
  EXPECT_EQ(render_stream(stream, plain(80)),
            "■ 0103  rotate-tokens\n"
            "  Rotate refresh tokens on each use\n"
            "  blocked · high · backend\n"
            "  ━━━━━━━━──────────── 40%\n"
            "\n"
            "  phases      design › code › tests\n"
            "  waits for   checkout, ci\n"
            "  goal        A stolen token is worth nothing after its first use, and nobody\n"
            "              has to log in again because of it.\n"
            "  last note   first line\n"
            "              second line\n"
            "  commit      auth: rotate on use · 2 h ago · 3 files\n"
            "  branch      feature/tokens\n"
            "  worktree    /home/ada/shop-tokens\n"
            "  age         created 24 h ago · changed 5 min ago\n"
            "  revision    9\n");
}

TEST(CliRender, TextOfAgentsCanNotReachTheTerminalRaw) {
  const std::string evil = R"("\u001b]0;owned\u0007\u001b[2J\u202e")";
  const json::object stream =
      parse(R"({"id":)" + evil + R"(,"streamNumber":)" + evil + R"(,"title":)" + evil + R"(,"category":)" + evil +
            R"(,"priority":)" + evil + R"(,"status":)" + evil + R"(,"phases":[)" + evil + R"(],"worktreePath":)" +
            evil + R"(,"branch":)" + evil + R"(,"blockedBy":)" + evil + R"(,"blockers":[)" + evil + R"(],"goal":)" +
            evil + R"(,"lastNote":)" + evil + R"(,"recentActivity":{"lastCommit":)" + evil + R"(}})");
  const json::object list{{"streams", json::array{stream}}, {"total", 1}, {"nextCursor", stream.at("id")}};
  const json::object event{
      {"type", stream.at("id")}, {"agent", stream.at("id")}, {"oldValue", stream.at("id")}, {"newValue", stream}};
  const json::object commit{{"commitHash", stream.at("id")},
                            {"message", stream.at("id")},
                            {"author", stream.at("id")},
                            {"streamId", stream.at("id")}};
  const json::object write{
      {"message", stream.at("id")},
      {"stream", stream},
      {"changes", {{stream.at("id").get_string(), {{"from", stream.at("id")}, {"to", stream.at("id")}}}}}};
  using enum api::OperationId;
  std::string text = render_streams(list, plain()) + render_stream(stream, plain()) +
                     render_history({{"events", json::array{event}}, {"nextCursor", stream.at("id")}}, plain()) +
                     render_commits({{"commits", json::array{commit}}}, plain());
  for (const api::OperationId id : {kAddStream, kUpdateStream, kAddCommit, kUnretire})
    text += render_write(id, write, plain());
  for (const std::string_view raw : {"\x1b", "\x07", "\u202e"}) EXPECT_EQ(text.find(raw), std::string::npos);
}

TEST(CliRender, AWriteSaysWhatChangedAndWhatComesNext) {
  const json::object stream =
      parse(R"({"id":"rotate-tokens","streamNumber":"0103","title":"Rotate tokens","status":"active",
    "progress":100,"blockedBy":null})");
  using enum api::OperationId;
  EXPECT_EQ(render_write(kAddStream, {{"stream", stream}}, plain()),
            "✓ added 0103 rotate-tokens  Rotate tokens\n"
            "  next: stream-status update rotate-tokens --status active\n");
  EXPECT_EQ(
      render_write(kUpdateStream,
                   {{"stream", stream},
                    {"changes", parse(R"({"progress":{"from":40,"to":100},"blockers":{"from":["ci"],"to":[]}})")}},
                   plain()),
      "✓ updated 0103 rotate-tokens  progress 40 → 100, blockers ci → none\n"
      "  next: stream-status update rotate-tokens --status completed\n");
  EXPECT_EQ(render_write(kUpdateStream, {{"stream", stream}, {"changes", json::object{}}}, plain()).substr(0, 48),
            "✓ updated 0103 rotate-tokens  nothing changed\n");
  EXPECT_EQ(render_write(kAddCommit, {{"message", "commit 1f3c9ab recorded"}}, plain()), "✓ commit 1f3c9ab recorded\n");
}

TEST(CliRender, HistoryTellsEachChangeInWords) {
  const json::object answer = parse(R"({"events":[
    {"revision":7,"type":"completed","oldValue":"active","newValue":"completed","agent":"claude@tokens","timestamp":"2026-09-21T13:33:00.000Z"},
    {"revision":6,"type":"details_changed","oldValue":{"title":"A","branch":null},"newValue":{"title":"B","branch":"b"},"agent":"ada@cli","timestamp":"2026-09-21T13:30:20.000Z"},
    {"revision":5,"type":"commit_added","oldValue":null,"newValue":{"commitHash":"1f3c9ab0123456789","message":"auth: rotate\n\nwhy"},"agent":"ada@cli","timestamp":"2026-09-21T13:30:20.000Z"},
    {"revision":4,"type":"blockers_changed","oldValue":["x"],"newValue":[],"agent":"ada@cli","timestamp":"2026-09-21T12:33:20.000Z"},
    {"revision":3,"type":"note","oldValue":null,"newValue":"sessions\nstay","agent":"ada@cli","timestamp":"2026-09-21T12:33:20.000Z"},
    {"revision":2,"type":"progress_updated","oldValue":0,"newValue":40,"agent":"ada@cli","timestamp":"2026-09-21T12:33:20.000Z"},
    {"revision":1,"type":"created","oldValue":null,"newValue":{"id":"x"},"agent":"ada@cli","timestamp":"2026-09-20T12:33:20.000Z"}],
    "nextCursor":"1"})");
  EXPECT_EQ(render_history(answer, plain()),
            "REVISION    AGE  AGENT          WHAT\n"
            "       7    now  claude@tokens  completed active → completed\n"
            "       6  3 min  ada@cli        title A → B, branch none → b\n"
            "       5  3 min  ada@cli        commit 1f3c9ab01 auth: rotate\n"
            "       4    1 h  ada@cli        blockers x → none\n"
            "       3    1 h  ada@cli        note: sessions stay\n"
            "       2    1 h  ada@cli        progress 0 → 40\n"
            "       1   25 h  ada@cli        created\n"
            "\n"
            "older: the same command with --cursor 1\n");
}

TEST(CliRender, TheProjectsHistoryNamesTheStreams) {
  json::object answer = parse(R"({"events":[
    {"revision":2,"streamId":"auth","type":"note","oldValue":null,"newValue":"n","agent":"ada@cli","timestamp":"2026-09-21T12:33:20.000Z"}],
    "revision":2,"floor":0})");
  EXPECT_EQ(render_history(answer, plain()),
            "REVISION  AGE  AGENT    STREAM  WHAT\n"
            "       2  1 h  ada@cli  auth    note: n\n");
  answer["streamId"] = "auth";
  EXPECT_EQ(render_history(answer, plain()),
            "REVISION  AGE  AGENT    WHAT\n"
            "       2  1 h  ada@cli  note: n\n");
}

TEST(CliRender, CommitsAreATable) {
  const json::object answer =
      parse(R"({"commits":[{"id":"2","streamId":"rotate-tokens","commitHash":"1f3c9ab0123456789",
    "message":"auth: rotate on use\n\nBody","author":"Ada","filesChanged":3,"timestamp":"2026-09-21T11:33:20.000Z"}],
    "total":12,"limit":1,"offset":2})");
  EXPECT_EQ(render_commits(answer, plain()),
            "COMMIT     AGE  STREAM         AUTHOR  FILES  MESSAGE\n"
            "1f3c9ab01  2 h  rotate-tokens  Ada         3  auth: rotate on use\n"
            "\n"
            "1 of 12; more: the same command with --offset 3\n");
}

TEST(CliRender, StatsAreTheSevenNumbers) {
  EXPECT_EQ(render_stats(parse(R"({"activeStreams":12,"inProgress":4,"blocked":1,"readyToStart":3,"completedToday":0,
    "totalCommits":120,"commitsToday":7})"),
                         plain()),
            "   12  open, neither completed nor archived\n"
            "    4  active\n"
            "    1  blocked\n"
            "    3  ready, nothing in their way\n"
            "    0  completed today\n"
            "  120  commits\n"
            "    7  commits today\n");
}

}  // namespace
}  // namespace stream_status::cli
