#include <gtest/gtest.h>

#include "cli/progress.h"
#include "cli/render.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

const WallTime kNow = *parse_rfc3339("2026-09-21T13:33:20.000Z");

Screen plain(std::optional<int> columns = std::nullopt) { return {Style(Colours::kOff), columns, kNow}; }
Screen coloured(int columns) { return {Style(Colours::kOn), columns, kNow}; }

json::object parse(std::string_view text) { return *parse_json_object(text); }

const json::object& forecast() {
  static const json::object kAnswer = parse(R"({"mainBranch":"main","streams":[
    {"streamId":"auth","title":"Auth","branch":"auth","againstMain":{"state":"clean","conflicts":[]},"problem":null},
    {"streamId":"checkout","title":"Checkout","branch":"checkout","problem":"the worktree is in the middle of a rebase",
     "againstMain":{"state":"conflict","conflicts":[{"file":"README.md","kind":"content","message":"Merge conflict in README.md"}]}},
    {"streamId":"ci","title":"CI","branch":"ci","againstMain":{"state":"clean","conflicts":[]},"problem":null}],
    "pairs":[
    {"a":"auth","b":"ci","state":"clean","files":["a","b","c"],"uncommittedFiles":[],"conflicts":[],"detail":null},
    {"a":"checkout","b":"ci","state":"possible","files":["web/cart.ts"],"uncommittedFiles":["web/cart.ts"],"conflicts":[],"detail":"not committed on both sides"},
    {"a":"auth","b":"checkout","state":"conflict","files":["src/keys.ts"],"uncommittedFiles":[],
     "conflicts":[{"file":"src/keys.ts","kind":"content","message":""},
                  {"file":"src/vault.ts","kind":"modify/delete","message":"deleted in auth and modified in checkout"}],"detail":null}],
    "landingOrder":["ci","auth","checkout"],"leftOut":[{"streamId":"old","reason":"its branch is gone"}],"warnings":[]})");
  return kAnswer;
}

TEST(CliRenderGit, ConflictsStandFirstEachWithItsFiles) {
  EXPECT_EQ(render_conflicts(forecast(), plain()),
            "✗ auth × checkout  2 conflicts\n"
            "    src/keys.ts   content\n"
            "    src/vault.ts  deleted in auth and modified in checkout\n"
            "! checkout × ci  both change 1 file · not committed on both sides\n"
            "    web/cart.ts  not committed\n"
            "✓ auth × ci  3 files in common, merge cleanly\n"
            "✗ checkout × main  1 conflict\n"
            "    README.md  Merge conflict in README.md\n"
            "\n"
            "not seen whole\n"
            "  checkout  the worktree is in the middle of a rebase\n"
            "\n"
            "left out\n"
            "  old  its branch is gone\n"
            "\n"
            "land them in this order\n"
            "  ci → auth → checkout\n"
            "\n"
            "3 streams · 1 in conflict · 1 possible · 1 clean\n");
}

TEST(CliRenderGit, NoConflictsIsGoodNews) {
  EXPECT_EQ(render_conflicts(parse(R"({"streams":[{"streamId":"a"}],"pairs":[],"landingOrder":["a"]})"), plain()),
            "✓ No two streams change the same file.\n\n1 stream\n");
  EXPECT_EQ(render_conflicts(parse("{}"), plain()), "No live stream has a branch to compare.\n\n0 streams\n");
}

TEST(CliRenderGit, ManyFilesAndManyCleanPairsAreCounted) {
  json::object answer = forecast();
  json::object& conflict = answer["pairs"].as_array().at(2).as_object();
  for (int i = 0; i < 20; ++i)
    conflict["conflicts"].as_array().push_back({{"file", fmt::format("f{}", i)}, {"kind", "content"}});
  for (int i = 0; i < 20; ++i) answer["pairs"].as_array().push_back(answer["pairs"].as_array().at(0));
  const std::string text = render_conflicts(answer, plain());
  EXPECT_NE(text.find("    … 16 more\n"), std::string::npos) << text;
  EXPECT_NE(text.find("… 11 more pairs merge cleanly\n"), std::string::npos) << text;
}

TEST(CliRenderGit, ReconciliationIsFourGroupsWithReasons) {
  const json::object answer = parse(R"({"dryRun":true,"mainBranch":{"name":"main","why":"origin's HEAD"},
    "active":[{"streamId":"auth","previousStatus":"active","newStatus":null,"reason":"2 commits ahead of main"}],
    "completed":[{"streamId":"ci","previousStatus":"active","newStatus":"completed","reason":"merged into main by 1f3c9ab"}],
    "stale":[{"streamId":"old","previousStatus":"paused","newStatus":null,"reason":"its worktree is gone"}],
    "orphaned":[{"path":"/srv/shop-x","branch":"x","reason":"no stream has this worktree or branch"}],
    "errors":[{"streamId":"bad","error":"git log: broken"}],"applied":[],"warnings":["a shallow clone"]})");
  EXPECT_EQ(render_reconciliation(answer, plain()),
            "◉ 1 active  work goes on\n"
            "  auth  2 commits ahead of main\n"
            "\n"
            "✓ 1 completed  landed on the main branch\n"
            "  ci  merged into main by 1f3c9ab · active → completed\n"
            "\n"
            "■ 1 stale  no worktree any more\n"
            "  old  its worktree is gone\n"
            "\n"
            "? 1 orphaned  a worktree without a stream\n"
            "  x  /srv/shop-x · no stream has this worktree or branch\n"
            "\n"
            "errors\n"
            "  bad  git log: broken\n"
            "\n"
            "main branch: main  (origin's HEAD)\n"
            "nothing was changed; `stream-status reconcile --apply` carries out what → shows\n"
            "\n"
            "! a shallow clone\n");
  const std::string applied = render_reconciliation(
      parse(R"({"dryRun":false,"mainBranch":null,"applied":[{"streamId":"ci","action":"completed"}]})"), plain());
  EXPECT_NE(applied.find("done\n  completed  ci\n"), std::string::npos) << applied;
  EXPECT_NE(applied.find("! no main branch was found; set mainBranch in config.json\n"), std::string::npos);
}

TEST(CliRenderGit, ScanNamesTheStreamsThatChanged) {
  EXPECT_EQ(render_scan(parse(R"({"added":12,"removed":1,"streams":[
      {"streamId":"auth","added":12,"removed":1,"total":34,"note":null},
      {"streamId":"ci","added":0,"removed":0,"total":3,"note":null},
      {"streamId":"old","added":0,"removed":0,"total":10000,"note":"only the newest 10000 were read"}],
      "skipped":[{"streamId":"gone","reason":"its branch is gone"}],"warnings":[]})"),
                        plain()),
            "✓ 3 streams read: 12 commits added, 1 removed that git no longer has\n"
            "  auth  +12 −1 · 34 in all\n"
            "  old   +0 · 10000 in all · only the newest 10000 were read\n"
            "\n"
            "left out\n"
            "  gone  its branch is gone\n");
}

TEST(CliRenderGit, AScanThatFoundNothingSaysSo) {
  EXPECT_EQ(render_scan(parse(R"({"added":0,"removed":0,"streams":[],"skipped":[],"warnings":[]})"), plain()),
            "✓ nothing new\n");
}

TEST(CliRenderGit, SyncNamesEachBadFileWithLineAndReason) {
  EXPECT_EQ(render_sync(parse(R"({"synced":1,"skipped":2,"worktreesDiscovered":3,"streams":["faster-ci"],
      "errors":[{"file":"bad.md","line":3,"reason":"priority: \"urgent\" is not one of: critical, high"},
                {"file":"huge.md","line":null,"reason":"is larger than 1 MiB"}],"warnings":[]})"),
                        plain()),
            "✓ 1 stream added from plan files · 2 known already · 3 worktrees found\n"
            "  faster-ci\n"
            "\n"
            "not read\n"
            "  bad.md:3  priority: \"urgent\" is not one of: critical, high\n"
            "  huge.md   is larger than 1 MiB\n");
}

TEST(CliRenderGit, WorktreesAndLandedBranchesAreTables) {
  EXPECT_EQ(render_worktrees(parse(R"({"worktrees":[
      {"path":"/shop","branch":"main","commitHash":"1f3c9ab0123","isMain":true,"streamId":null,"isDetached":false,"exists":true},
      {"path":"/shop-a","branch":null,"commitHash":"2f3c9ab0123","isMain":false,"streamId":"auth","isDetached":true,
       "exists":true,"lockReason":"on a stick","operation":"rebase"},
      {"path":"/shop-b","branch":"b","commitHash":"3f3c9ab0123","isMain":false,"streamId":"b","exists":false}]})"),
                             plain()),
            "PATH     BRANCH    COMMIT     STREAM  NOTE\n"
            "/shop    main      1f3c9ab01          main worktree\n"
            "/shop-a  detached  2f3c9ab01  auth    in the middle of a rebase, locked: on a stick\n"
            "/shop-b  b         3f3c9ab01  b       directory is gone\n");
  EXPECT_EQ(render_landed(parse(R"({"evidence":[{"branch":"ci","state":"squashed","evidence":"the same change",
      "landedBy":"1f3c9ab0123"}]})"),
                          plain()),
            "BRANCH  LANDED    BY         EVIDENCE\n"
            "ci      squashed  1f3c9ab01  the same change\n");
}

TEST(CliRenderGit, ARetirementIsPlannedThenDoneAndSaysHowToUndoIt) {
  const json::object plan = parse(R"({"steps":[{"step":"write_report","subject":".project/history/x.md"},
      {"step":"delete_worktree","subject":"/shop-a"}],
      "atRisk":[{"kind":"uncommitted","detail":"2 files","items":["a.ts","b c.ts"]},{"kind":"locked","detail":"on a stick","items":[]}],
      "notes":["the branch is on origin"]})");
  const json::object stream = parse(R"({"id":"auth","streamNumber":"0101","title":"Auth"})");
  EXPECT_EQ(render_retirement({{"dryRun", true}, {"streamId", "auth"}, {"stream", stream}, {"plan", plan}}, plain()),
            "would archive 0101 auth  Auth\n"
            "  write report     .project/history/x.md\n"
            "  delete worktree  /shop-a\n"
            "  the branch is on origin\n"
            "\n"
            "would be lost\n"
            "  uncommitted  2 files: a.ts, b c.ts\n"
            "  locked       on a stick\n"
            "nothing was changed\n");
  EXPECT_EQ(render_risks({{"plan", plan}}, plain()),
            "would be lost\n"
            "  uncommitted  2 files: a.ts, b c.ts\n"
            "  locked       on a stick\n");
  EXPECT_EQ(
      render_retirement({{"dryRun", false},
                         {"streamId", "auth"},
                         {"stream", stream},
                         {"report", ".project/history/x.md"},
                         {"keptRef", "refs/stream-status/kept/auth"},
                         {"retirement", parse(R"({"worktreeDeleted":true,"branchDeleted":true,"summaryQueued":true,
                                 "planFilesCleanedUp":false,"errors":["plan file: in use"]})")}},
                        plain()),
      "✓ archived 0101 auth  history stays, worktree and branch are deleted\n"
      "  report    .project/history/x.md\n"
      "  summary   is written in the background\n"
      "  kept      refs/stream-status/kept/auth\n"
      "  not done  plan file: in use\n"
      "  bring it back: stream-status unretire auth\n");
  EXPECT_EQ(render_retirements(
                {{"dryRun", false},
                 {"results", json::array{{{"streamId", "a"}, {"error", nullptr}, {"retirement", json::object{}}},
                                         {{"streamId", "b"}, {"error", "work would be lost"}, {"plan", plan}}}}},
                plain()),
            "✓ a  history, branch and worktree stay\n"
            "✗ b  work would be lost\n"
            "would be lost\n"
            "  uncommitted  2 files: a.ts, b c.ts\n"
            "  locked       on a stick\n"
            "\n"
            "1 archived · 1 refused\n");
}

TEST(CliRenderGit, UnretireSaysWhatCameBack) {
  EXPECT_EQ(render_write(api::OperationId::kUnretire,
                         parse(R"({"stream":{"id":"auth","streamNumber":"0101","status":"paused","branch":"auth",
      "worktreePath":"/shop-a"},"branchRestored":true,"worktreeRestored":true,"uncommittedRestored":true})"),
                         plain()),
            "✓ brought back 0101 auth  paused · branch auth · worktree /shop-a · with what was not committed\n");
}

TEST(CliRenderGit, LongTextsAreWrappedToTheTerminal) {
  json::object answer = forecast();
  answer["leftOut"].as_array().at(0).as_object()["reason"] =
      "a long reason that goes on and on, because git had a lot to say about what it did not find there";
  for (int columns = 40; columns < 110; ++columns) {
    const std::string text = render_conflicts(answer, plain(columns));
    const std::string part = text.substr(text.find("left out"), text.find("land them") - text.find("left out"));
    for (std::size_t at = 0; at < part.size(); at = part.find('\n', at) + 1)
      EXPECT_LE(columns_of(part.substr(at, part.find('\n', at) - at)), static_cast<std::size_t>(columns)) << part;
  }
}

TEST(CliRenderGit, ColourSaysWhatNeedsSomeone) {
  const std::string text = render_conflicts(forecast(), coloured(100));
  EXPECT_NE(text.find("\x1b[31m✗ auth × checkout\x1b[0m"), std::string::npos) << text;
  EXPECT_NE(text.find("\x1b[32m✓ auth × ci\x1b[0m"), std::string::npos);
}

/// Every text within becomes what a terminal would obey.
void poison(json::value& value) {
  if (value.is_string() && value != "conflict" && value != "possible" && value != "clean")
    value = "\x1b]0;owned\x07\x1b[2J\u202e\n";
  if (value.is_array())
    for (json::value& each : value.get_array()) poison(each);
  if (value.is_object())
    for (auto& each : value.get_object()) poison(each.value());
}

TEST(CliRenderGit, NothingOfOthersReachesTheTerminalRaw) {
  json::value answer =
      parse(R"({"mainBranch":{"name":"m","why":"w"},"streams":[{"streamId":"s","problem":"p","note":"n",
      "added":1,"againstMain":{"state":"conflict","conflicts":[{"file":"f","kind":"k","message":"m"}]}}],
      "pairs":[{"a":"a","b":"b","state":"conflict","files":["f"],"uncommittedFiles":["u"],"detail":"d",
      "conflicts":[{"file":"f","kind":"k","message":"m"}]}],"landingOrder":["a","b"],
      "leftOut":[{"streamId":"s","reason":"r"}],"skipped":[{"streamId":"s","reason":"r"}],"warnings":["w"],
      "active":[{"streamId":"s","previousStatus":"p","newStatus":"n","reason":"r"}],
      "orphaned":[{"path":"p","branch":"b","reason":"r"}],"errors":[{"streamId":"s","error":"e","file":"f","reason":"r"}],
      "applied":[{"streamId":"s","action":"a"}],
      "worktrees":[{"path":"p","branch":"b","commitHash":"c","streamId":"s","lockReason":"l","operation":"o"}],
      "evidence":[{"branch":"b","state":"s","landedBy":"l","evidence":"e"}],
      "streamId":"s","stream":{"id":"s","title":"t"},"report":"r","keptRef":"k",
      "retirement":{"errors":["e"]},"results":[{"streamId":"s","error":"e"},{"streamId":"s","report":"r"}],
      "plan":{"steps":[{"step":"s","subject":"u"}],"notes":["n"],"atRisk":[{"kind":"k","detail":"d","items":["i"]}]}})");
  poison(answer);
  const json::object& all = answer.get_object();
  json::object dry = all;
  dry["dryRun"] = true;
  json::object conflicts = all;
  conflicts["mainBranch"] = all.at("report");
  const std::string text = render_conflicts(conflicts, plain()) + render_reconciliation(all, plain()) +
                           render_scan(all, plain()) + render_sync(all, plain()) + render_worktrees(all, plain()) +
                           render_landed(all, plain()) + render_retirement(all, plain()) +
                           render_retirement(dry, plain()) + render_retirements(all, plain()) +
                           render_risks(all, plain());
  EXPECT_NE(text.find("owned"), std::string::npos);
  for (const std::string_view raw : {"\x1b", "\x07", "\u202e"}) EXPECT_EQ(text.find(raw), std::string::npos) << text;
}

TEST(CliProgressLine, AppearsAfter300MsAndGoesWithoutATrace) {
  const MonotonicTime begun{seconds{5}};
  ProgressLine line(begun, "scanning commits", Style(Colours::kOff), 80);
  EXPECT_EQ(line.wake_at(), begun + milliseconds{300});
  EXPECT_EQ(line.step(begun + milliseconds{299}), "");
  EXPECT_EQ(line.erase(), "") << "nothing was shown";
  EXPECT_EQ(line.step(begun + milliseconds{300}), "\r\x1b[Kscanning commits … (0 s)");
  line.take_health(
      parse(R"({"status":"ok","work":{"doing":"scanning commits of\u001b[2J streams","done":12,"total":50}})"));
  EXPECT_EQ(line.step(begun + milliseconds{400}), "") << "four times a second is enough";
  EXPECT_EQ(line.step(begun + milliseconds{2'300}),
            "\r\x1b[Kscanning commits of\xef\xbf\xbd[2J streams … 12 of 50 (2 s)");
  line.take_health(parse(R"({"status":"ok"})"));
  EXPECT_EQ(line.step(begun + milliseconds{3'000}), "\r\x1b[Kscanning commits … (3 s)");
  EXPECT_EQ(line.erase(), "\r\x1b[K");
}

TEST(CliProgressLine, FitsANarrowTerminal) {
  ProgressLine line(MonotonicTime{}, "comparing with the main branch", Style(Colours::kOff), 20);
  const std::string bytes = line.step(MonotonicTime{} + seconds{1});
  EXPECT_LT(columns_of(bytes.substr(4)), 20U);
}

}  // namespace
}  // namespace stream_status::cli
