#include "api/operation.h"

#include <algorithm>
#include <array>

#include "domain/stream.h"

namespace stream_status::api {
namespace {

using enum ArgumentType;
using enum Presence;
using enum Shown;
using enum Command;
using std::string_view;
using namespace domain;

constexpr std::int64_t kMaxCount = 1'000'000'000;
constexpr std::int64_t kMaxRevision = std::int64_t{1} << 53;

// Arguments that several operations share.
constexpr std::array<string_view, 1> kStreamIdAliases = {"id"};
constexpr std::array<string_view, 1> kPhasesAliases = {"phases"};
constexpr std::array<string_view, 1> kHashAliases = {"hash"};
constexpr std::array<string_view, 1> kSummaryAliases = {"summary"};
constexpr std::array<string_view, 1> kLongSummaryAliases = {"completionSummary"};

constexpr Argument stream_id(Presence presence) {
  return {.name = "streamId",
          .type = kLine,
          .presence = presence,
          .description = "stream id",
          .minimum = 1,
          .maximum = 200,
          .aliases = kStreamIdAliases,
          .command = kPositional};
}
constexpr Argument number(string_view description) {
  return {.name = "streamNumber",
          .type = kLine,
          .presence = kOptional,
          .description = description,
          .minimum = 1,
          .maximum = kNumberLimit};
}
constexpr Argument category(string_view description) {
  return {.name = "category",
          .type = kLine,
          .presence = kOptional,
          .description = description,
          .minimum = 1,
          .maximum = 64};
}
constexpr Argument priority() {
  return {
      .name = "priority", .type = kLine, .presence = kOptional, .description = "how urgent", .choices = kPriorityNames};
}
constexpr Argument status(string_view description) {
  return {.name = "status", .type = kLine, .presence = kOptional, .description = description, .choices = kStatusNames};
}
constexpr Argument worktree_path() {
  return {.name = "worktreePath",
          .type = kLine,
          .presence = kOptional,
          .description = "absolute path of its worktree",
          .maximum = kPathLimit};
}
constexpr Argument branch() {
  return {.name = "branch", .type = kLine, .presence = kOptional, .description = "git branch", .maximum = kBranchLimit};
}
constexpr Argument goal() {
  return {
      .name = "goal", .type = kText, .presence = kOptional, .description = "what done means", .maximum = kTextLimit};
}
constexpr Argument blockers(string_view description) {
  return {.name = "blockers",
          .type = kTextList,
          .presence = kOptional,
          .description = description,
          .maximum = kBlockerLimit};
}
constexpr Argument limit(string_view description, std::int64_t most) {
  return {.name = "limit",
          .type = kInteger,
          .presence = kOptional,
          .description = description,
          .minimum = 1,
          .maximum = most};
}
constexpr Argument cursor() {
  return {.name = "cursor",
          .type = kLine,
          .presence = kOptional,
          .description = "nextCursor of the page before",
          .minimum = 1,
          .maximum = 64};
}
constexpr Argument request_id() {
  return {.name = "requestId",
          .type = kLine,
          .presence = kOptional,
          .description = "safe retry: same id, one effect",
          .minimum = 1,
          .maximum = 128};
}
constexpr Argument flag(string_view name, string_view description) {
  return {.name = name, .type = kBoolean, .presence = kOptional, .description = description};
}
constexpr Argument completion_summary(string_view name, std::span<const string_view> aliases) {
  return {.name = name,
          .type = kText,
          .presence = kOptional,
          .description = "what was achieved; kept with the stream",
          .maximum = kTextLimit,
          .aliases = aliases};
}
constexpr Argument only_stream(string_view description) {
  return {.name = "streamId",
          .type = kLine,
          .presence = kOptional,
          .description = description,
          .minimum = 1,
          .maximum = 200,
          .aliases = kStreamIdAliases,
          .command = kPositional};
}
/// For tools that change nothing when they are called again: there it would only cost tokens.
constexpr Argument hidden_request_id() {
  Argument argument = request_id();
  argument.shown = kNotInTools;
  return argument;
}
constexpr Argument expected_revision() {
  return {.name = "expectedRevision",
          .type = kInteger,
          .presence = kOptional,
          .description = "fail unless it is still this",
          .minimum = 0,
          .maximum = kMaxRevision};
}

/// How a tool shows its answer; nothing else depends on it.
constexpr std::array<string_view, 2> kDetails = {"concise", "full"};
constexpr Argument detail(string_view description) {
  return {.name = "detail",
          .type = kLine,
          .presence = kOptional,
          .description = description,
          .choices = kDetails,
          .shown = kOnlyInTools};
}

constexpr string_view kCategoryText =
    "frontend, backend, infrastructure, testing, documentation, refactoring, or one of config.json";

constexpr std::array kListStreams = {
    status("only this status"),
    category("only this category"),
    priority(),
    Argument{.name = "agent",
             .type = kLine,
             .presence = kOptional,
             .description = "only streams claimed by this agent",
             .minimum = 1,
             .maximum = 200},
    Argument{.name = "query",
             .type = kLine,
             .presence = kOptional,
             .description = "text in id, number, title or branch",
             .minimum = 1,
             .maximum = 200},
    Argument{.name = "open",
             .type = kBoolean,
             .presence = kOptional,
             .description = "neither completed nor archived ones",
             .shown = Shown::kNotInTools},
    limit("rows; tools: default 20, at most 200", 1000),
    cursor(),
    detail("full: with branch, phase, note"),
};

constexpr std::array kGetStream = {
    stream_id(kOptional),
    detail("full: every field, whole"),
};

constexpr std::array kAddStream = {
    Argument{.name = "title",
             .type = kLine,
             .presence = kRequired,
             .description = "what the stream does, briefly",
             .minimum = 1,
             .maximum = kTitleLimit,
             .command = kPositional},
    Argument{.name = "streamId",
             .type = kLine,
             .presence = kOptional,
             .description = "lower case, digits and dashes; made from the title if absent",
             .minimum = 1,
             .maximum = 64,
             .aliases = kStreamIdAliases},
    number("like 0101; next free if absent"),
    category(kCategoryText),
    priority(),
    status("default initializing"),
    worktree_path(),
    branch(),
    Argument{.name = "estimatedPhases",
             .type = kTextList,
             .presence = kOptional,
             .description = "names of its phases, in order",
             .maximum = kPhaseLimit,
             .aliases = kPhasesAliases},
    blockers("streams it waits for"),
    goal(),
    request_id(),
};

constexpr std::array kUpdateStream = {
    stream_id(kRequired),
    status("new status"),
    Argument{.name = "progress",
             .type = kInteger,
             .presence = kOptional,
             .description = "percent done",
             .minimum = 0,
             .maximum = 100},
    Argument{.name = "currentPhase",
             .type = kInteger,
             .presence = kOptional,
             .description = "index into phases, from 0",
             .minimum = 0,
             .maximum = 999},
    Argument{.name = "blockedBy",
             .type = kLine,
             .presence = kOptional,
             .description = "the one stream it waits for; \"\": none",
             .maximum = 200},
    blockers("all streams it waits for"),
    Argument{.name = "note",
             .type = kText,
             .presence = kOptional,
             .description = "a finding or decision worth keeping",
             .minimum = 1,
             .maximum = kTextLimit},
    Argument{.name = "completePhase",
             .type = kLine,
             .presence = kOptional,
             .description = "a done phase: name or index",
             .minimum = 1,
             .maximum = 200},
    Argument{.name = "question",
             .type = kText,
             .presence = kOptional,
             .description = "ask people; \"\" takes it back",
             .maximum = kMessageLimit},
    Argument{.name = "choices",
             .type = kTextList,
             .presence = kOptional,
             .description = "answers to choose from",
             .maximum = kChoiceLimit},
    Argument{.name = "title",
             .type = kLine,
             .presence = kOptional,
             .description = "new title",
             .minimum = 1,
             .maximum = kTitleLimit},
    number("new number"),
    category("new category"),
    priority(),
    worktree_path(),
    branch(),
    Argument{.name = "phases",
             .type = kTextList,
             .presence = kOptional,
             .description = "new list of phases",
             .maximum = kPhaseLimit},
    goal(),
    expected_revision(),
    request_id(),
};

constexpr std::array<string_view, 3> kClaimActions = {"claim", "renew", "release"};
constexpr Argument hand_over_note() {
  return {.name = "note",
          .type = kText,
          .presence = kOptional,
          .description = "with release: what the next one must know",
          .minimum = 1,
          .maximum = kTextLimit};
}
constexpr Argument hidden_force() {
  Argument argument = flag("force", "although another agent holds it");
  argument.shown = kNotInTools;
  return argument;
}

constexpr std::array kClaimStream = {
    only_stream("absent: the most urgent that is ready"),
    Argument{.name = "action",
             .type = kLine,
             .presence = kOptional,
             .description = "default claim",
             .choices = kClaimActions},
    hand_over_note(),
    hidden_force(),
    request_id(),
};

constexpr std::array kRenewClaim = {
    stream_id(kRequired),
    request_id(),
};

constexpr std::array kReleaseClaim = {
    stream_id(kRequired),
    hand_over_note(),
    hidden_force(),
    request_id(),
};

constexpr std::array<string_view, 2> kAnswerAliases = {"text", "message"};
constexpr std::array kAnswerQuestion = {
    stream_id(kRequired),
    Argument{.name = "answer",
             .type = kText,
             .presence = kRequired,
             .description = "the answer; with choices, one of them or its number will do",
             .minimum = 1,
             .maximum = kMessageLimit,
             .aliases = kAnswerAliases,
             .command = kPositional},
    request_id(),
};

constexpr std::array kSendMessage = {
    Argument{.name = "to",
             .type = kTextList,
             .presence = kRequired,
             .description = "agents, streams (whoever holds them), or all",
             .minimum = 1,
             .maximum = 20,
             .command = kPositional},
    Argument{.name = "text",
             .type = kText,
             .presence = kRequired,
             .description = "what they are told, once, with their next answer",
             .minimum = 1,
             .maximum = kMessageLimit,
             .command = kPositional},
    request_id(),
};

constexpr std::array kAddCommit = {
    stream_id(kRequired),
    Argument{.name = "commitHash",
             .type = kLine,
             .presence = kRequired,
             .description = "hexadecimal, 4 to 64 digits",
             .minimum = 4,
             .maximum = 64,
             .aliases = kHashAliases,
             .command = kPositional},
    Argument{.name = "message",
             .type = kText,
             .presence = kOptional,
             .description = "commit message",
             .maximum = kTextLimit},
    Argument{.name = "author", .type = kLine, .presence = kOptional, .description = "who wrote it", .maximum = 200},
    Argument{.name = "filesChanged",
             .type = kInteger,
             .presence = kOptional,
             .description = "number of files",
             .minimum = 0,
             .maximum = kMaxCount},
    Argument{.name = "insertions",
             .type = kInteger,
             .presence = kOptional,
             .description = "lines added",
             .minimum = 0,
             .maximum = kMaxCount,
             .shown = kNotInTools},
    Argument{.name = "deletions",
             .type = kInteger,
             .presence = kOptional,
             .description = "lines removed",
             .minimum = 0,
             .maximum = kMaxCount,
             .shown = kNotInTools},
    Argument{.name = "timestamp", .type = kTimestamp, .presence = kOptional, .description = "RFC 3339; now if absent"},
    request_id(),
};

constexpr string_view kDryRunText = "only say what would happen";
constexpr string_view kDeleteWorktreeText = "also delete worktree and branch; default false";
constexpr string_view kCleanupText = "also delete its plan files";
constexpr string_view kForceText = "although work would be lost; kept under refs/stream-status";

constexpr std::array kRemoveStream = {
    stream_id(kRequired),
    completion_summary("completionSummary", kSummaryAliases),
    flag("dryRun", kDryRunText),
    flag("deleteWorktree", kDeleteWorktreeText),
    flag("cleanupPlanFiles", kCleanupText),
    flag("force", kForceText),
    expected_revision(),
    request_id(),
};

constexpr std::array kArchiveBulk = {
    Argument{.name = "streamIds",
             .type = kTextList,
             .presence = kRequired,
             .description = "ids of streams",
             .minimum = 1,
             .maximum = 200,
             .command = kPositional},
    completion_summary("summary", kLongSummaryAliases),
    flag("dryRun", kDryRunText),
    flag("deleteWorktree", kDeleteWorktreeText),
    flag("cleanupPlanFiles", kCleanupText),
    flag("force", kForceText),
    request_id(),
};

constexpr std::array kUnretire = {
    stream_id(kRequired),
    request_id(),
};

constexpr std::array<string_view, 16> kChangeKinds = {
    "created",          "status_changed",    "progress_updated", "phase_changed",   "phase_completed", "note",
    "blockers_changed", "commit_added",      "commit_removed",   "details_changed", "claimed",         "released",
    "question_asked",   "question_answered", "completed",        "archived"};

constexpr std::array kWaitForChange = {
    Argument{.name = "since",
             .type = kInteger,
             .presence = kOptional,
             .description = "revision you know; now if absent",
             .minimum = 0,
             .maximum = kMaxRevision},
    Argument{.name = "streamIds",
             .type = kTextList,
             .presence = kOptional,
             .description = "only these",
             .maximum = 50,
             .command = kPositional},
    Argument{.name = "kinds",
             .type = kTextList,
             .presence = kOptional,
             .description = "only these",
             .maximum = 20,
             .choices = kChangeKinds},
    Argument{.name = "timeoutSeconds",
             .type = kInteger,
             .presence = kOptional,
             .description = "default 25",
             .minimum = 1,
             .maximum = 50},
};

constexpr std::array kCheckConflicts = {
    only_stream("only pairs with this stream"),
};

constexpr std::array kSyncFromFiles = {
    hidden_request_id(),
};

constexpr std::array kScanCommits = {
    only_stream("only this stream"),
    hidden_request_id(),
};

constexpr std::array kReconcileWorktrees = {
    Argument{.name = "dryRun",
             .type = kBoolean,
             .presence = kOptional,
             .description = "only report; default true",
             .opposite = "apply"},
    flag("autoArchiveStale", "archive streams without worktree"),
    flag("autoAddOrphaned", "add streams for worktrees that have none"),
    hidden_request_id(),
};

constexpr std::array kGetHistory = {
    stream_id(kRequired),
    limit("events, default 100", 1000),
    cursor(),
};

constexpr std::array<string_view, 20> kEventKinds = {
    "created",           "status_changed", "progress_updated", "phase_changed",  "phase_completed",
    "phase_reopened",    "note",           "blockers_changed", "commit_added",   "commit_removed",
    "details_changed",   "claimed",        "released",         "question_asked", "question_withdrawn",
    "question_answered", "completed",      "archived",         "unretired",      "baseline"};
constexpr std::array<string_view, 1> kBeforeAliases = {"cursor"};

constexpr std::array kListEvents = {
    only_stream("only this stream's"),
    Argument{.name = "before",
             .type = kInteger,
             .presence = kOptional,
             .description = "only revisions below it; nextCursor of the page before",
             .minimum = 1,
             .maximum = kMaxRevision,
             .aliases = kBeforeAliases},
    limit("events, default 200", 1000),
    Argument{.name = "kinds",
             .type = kTextList,
             .presence = kOptional,
             .description = "only these types",
             .maximum = 20,
             .choices = kEventKinds},
    Argument{.name = "agent",
             .type = kLine,
             .presence = kOptional,
             .description = "only what this agent did",
             .minimum = 1,
             .maximum = 200},
};

constexpr std::array kGetPast = {
    Argument{.name = "revision",
             .type = kInteger,
             .presence = kRequired,
             .description = "the one to look back to",
             .minimum = 0,
             .maximum = kMaxRevision},
};

constexpr std::array kStreamFiles = {
    stream_id(kRequired),
};

constexpr Argument one_of_two(string_view name) {
  return {.name = name, .type = kLine, .presence = kRequired, .description = "stream id", .minimum = 1, .maximum = 200};
}
constexpr std::array kCompareStreams = {
    one_of_two("a"),
    one_of_two("b"),
};

constexpr std::array kListCommits = {
    Argument{.name = "streamId",
             .type = kLine,
             .presence = kOptional,
             .description = "only this stream's",
             .minimum = 1,
             .maximum = 200,
             .command = kPositional},
    limit("commits, default 50", 1000),
    Argument{.name = "offset",
             .type = kInteger,
             .presence = kOptional,
             .description = "commits to skip",
             .minimum = 0,
             .maximum = kMaxCount},
};

constexpr std::array kTable = {
    Operation{.id = OperationId::kListStreams,
              .name = "list_streams",
              .verb = "list",
              .title = "List streams",
              .description = "Streams of this project, newest first: who works on what, how far, what is blocked.",
              .access = Access::kRead,
              .method = Method::kGet,
              .path = "/api/streams",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = kListStreams},
    Operation{.id = OperationId::kGetStream,
              .name = "get_stream",
              .verb = "show",
              .title = "Show one stream",
              .description = "All facts of one stream. Without streamId: the stream of your worktree (where was I?).",
              .access = Access::kRead,
              .method = Method::kGet,
              .path = "/api/streams/:streamId",
              .path_without_id = "/api/stream",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = kGetStream},
    Operation{.id = OperationId::kAddStream,
              .name = "add_stream",
              .verb = "add",
              .title = "Add a stream",
              .description =
                  "Start a new line of work. Only title is required; id, number, branch and worktree are filled in.",
              .access = Access::kWrite,
              .method = Method::kPost,
              .path = "/api/streams",
              .path_without_id = "",
              .success_status = 201,
              .is_tool = true,
              .destructive = false,
              .idempotent = false,
              .arguments = kAddStream},
    Operation{.id = OperationId::kUpdateStream,
              .name = "update_stream",
              .verb = "update",
              .title = "Update a stream",
              .description = "Report progress, phase, status, blockers, notes. Absent fields stay.",
              .access = Access::kWrite,
              .method = Method::kPatch,
              .path = "/api/streams/:streamId",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = false,
              .arguments = kUpdateStream},
    Operation{
        .id = OperationId::kClaimStream,
        .name = "claim_stream",
        .verb = "claim",
        .title = "Claim a stream",
        .description = "Take a stream so that nobody else does, or release it with a note. Your calls keep it yours.",
        .access = Access::kWrite,
        .method = Method::kPost,
        .path = "/api/streams/:streamId/claim",
        .path_without_id = "/api/claim",
        .success_status = 200,
        .is_tool = true,
        .destructive = false,
        .idempotent = true,
        .arguments = kClaimStream},
    Operation{.id = OperationId::kAddCommit,
              .name = "add_commit",
              .verb = "commit",
              .title = "Record a commit",
              .description = "Record a git commit on its stream. The same hash again changes nothing.",
              .access = Access::kWrite,
              .method = Method::kPost,
              .path = "/api/commits",
              .path_without_id = "",
              .success_status = 201,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = kAddCommit},
    Operation{.id = OperationId::kWaitForChange,
              .name = "wait_for_change",
              .verb = "wait",
              .title = "Wait for a change",
              .description = "Wait until others change something, instead of polling.",
              .access = Access::kWait,
              .method = Method::kGet,
              .path = "/api/changes",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = kWaitForChange},
    Operation{.id = OperationId::kCheckConflicts,
              .name = "check_conflicts",
              .verb = "conflicts",
              .title = "Merge conflicts ahead",
              .description =
                  "Which live streams change the same files, where they would conflict, in which order to land them.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/conflicts",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = kCheckConflicts},
    Operation{.id = OperationId::kRemoveStream,
              .name = "remove_stream",
              .verb = "remove",
              .title = "Archive a stream",
              .description = "Archive a stream with an optional summary. Worktree and branch stay unless "
                             "deleteWorktree; refused if work would be lost.",
              .access = Access::kWork,
              .method = Method::kPost,
              .path = "/api/streams/:streamId/archive",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = true,
              .idempotent = true,
              .arguments = kRemoveStream},
    Operation{
        .id = OperationId::kGetStreamStats,
        .name = "get_stream_stats",
        .verb = "stats",
        .title = "Project numbers",
        .description = "Seven numbers: active, in progress, blocked, ready, completed today, commits, commits today.",
        .access = Access::kRead,
        .method = Method::kGet,
        .path = "/api/stats",
        .path_without_id = "",
        .success_status = 200,
        .is_tool = true,
        .destructive = false,
        .idempotent = true,
        .arguments = {}},
    Operation{.id = OperationId::kSyncFromFiles,
              .name = "sync_from_files",
              .verb = "sync",
              .title = "Read plan files",
              .description = "Add the streams of plan files (.project/plan/streams) that are not on the board yet.",
              .access = Access::kWork,
              .method = Method::kPost,
              .path = "/api/sync",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = kSyncFromFiles},
    Operation{.id = OperationId::kScanCommits,
              .name = "scan_commits",
              .verb = "scan",
              .title = "Scan commits",
              .description = "Read the commits of all streams, or of one, from git now.",
              .access = Access::kWork,
              .method = Method::kPost,
              .path = "/api/commits/scan",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = kScanCommits},
    Operation{.id = OperationId::kReconcileWorktrees,
              .name = "reconcile_worktrees",
              .verb = "reconcile",
              .title = "Compare with git",
              .description = "Compare streams with git: active, completed (landed), stale (no worktree), orphaned (no "
                             "stream). Acts only with dryRun false.",
              .access = Access::kWork,
              .method = Method::kPost,
              .path = "/api/reconciliation/run",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = kReconcileWorktrees},
    Operation{.id = OperationId::kGetVersion,
              .name = "get_version",
              .verb = "",
              .title = "Version",
              .description = "Version of the server, and which project it serves.",
              .access = Access::kRead,
              .method = Method::kGet,
              .path = "/api/version",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = true,
              .destructive = false,
              .idempotent = true,
              .arguments = {}},
    Operation{.id = OperationId::kResume,
              .name = "resume",
              .verb = "",
              .title = "Where was I",
              .description = "The stream of the caller's worktree: next step, blockers, notes, commits, uncommitted "
                             "files, and who else changes them. get_stream without streamId asks this.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/stream",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = {}},
    Operation{.id = OperationId::kGetHistory,
              .name = "get_history",
              .verb = "",
              .title = "History of a stream",
              .description = "Every change of one stream, newest first.",
              .access = Access::kRead,
              .method = Method::kGet,
              .path = "/api/streams/:streamId/history",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kGetHistory},
    Operation{.id = OperationId::kListCommits,
              .name = "list_commits",
              .verb = "commits",
              .title = "Recent commits",
              .description = "Commits of all streams, or of one, newest first.",
              .access = Access::kRead,
              .method = Method::kGet,
              .path = "/api/commits",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kListCommits},
    Operation{.id = OperationId::kRenewClaim,
              .name = "renew_claim",
              .verb = "",
              .title = "Renew a claim",
              .description = "Say that work goes on. Any other call of the holder does the same.",
              .access = Access::kWrite,
              .method = Method::kPost,
              .path = "/api/streams/:streamId/renew",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kRenewClaim},
    Operation{.id = OperationId::kReleaseClaim,
              .name = "release_claim",
              .verb = "release",
              .title = "Release a stream",
              .description = "Give a claimed stream back, with a note for whoever takes it next.",
              .access = Access::kWrite,
              .method = Method::kPost,
              .path = "/api/streams/:streamId/release",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kReleaseClaim},
    Operation{.id = OperationId::kAnswerQuestion,
              .name = "answer_question",
              .verb = "answer",
              .title = "Answer a question",
              .description = "Answer what a stream's agent asks. It gets the answer once, with its next call.",
              .access = Access::kWrite,
              .method = Method::kPost,
              .path = "/api/streams/:streamId/answer",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = false,
              .arguments = kAnswerQuestion},
    Operation{.id = OperationId::kSendMessage,
              .name = "send_message",
              .verb = "tell",
              .title = "Tell agents something",
              .description = "Send a message to agents. Each gets it once, with its next call or while it waits.",
              .access = Access::kWrite,
              .method = Method::kPost,
              .path = "/api/messages",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = false,
              .arguments = kSendMessage},
    Operation{.id = OperationId::kListAgents,
              .name = "list_agents",
              .verb = "agents",
              .title = "Agents",
              .description = "Which agents are there: live, quiet or gone, on what, since when.",
              .access = Access::kRead,
              .method = Method::kGet,
              .path = "/api/agents",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = {}},
    Operation{.id = OperationId::kArchiveBulk,
              .name = "archive_bulk",
              .verb = "archive-bulk",
              .title = "Archive several streams",
              .description = "Archive each of these streams, by the rules of remove_stream.",
              .access = Access::kWork,
              .method = Method::kPost,
              .path = "/api/streams/archive-bulk",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = true,
              .idempotent = true,
              .arguments = kArchiveBulk},
    Operation{.id = OperationId::kUnretire,
              .name = "unretire",
              .verb = "unretire",
              .title = "Bring a stream back",
              .description = "Undo an archive: the stream, its branch and its worktree with all files.",
              .access = Access::kWork,
              .method = Method::kPost,
              .path = "/api/streams/:streamId/unretire",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kUnretire},
    Operation{.id = OperationId::kReconciliationStatus,
              .name = "reconciliation_status",
              .verb = "",
              .title = "Streams against git",
              .description = "What reconcile_worktrees would report now.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/reconciliation/status",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = {}},
    Operation{.id = OperationId::kListWorktrees,
              .name = "list_worktrees",
              .verb = "worktrees",
              .title = "Worktrees of the repository",
              .description = "Every worktree, its branch, its stream, and what is in the way.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/reconciliation/worktrees",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = {}},
    Operation{.id = OperationId::kListMerged,
              .name = "list_merged",
              .verb = "merged",
              .title = "Landed branches",
              .description = "Branches whose work is on the main branch, each with the evidence.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/reconciliation/merged",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = {}},
    Operation{.id = OperationId::kListEvents,
              .name = "list_events",
              .verb = "history",
              .title = "History of the project",
              .description = "Every change of the project, or of one stream, newest first: who did what, when.",
              .access = Access::kRead,
              .method = Method::kGet,
              .path = "/api/history",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kListEvents},
    Operation{.id = OperationId::kGetPast,
              .name = "get_past",
              .verb = "",
              .title = "The streams of an earlier revision",
              .description = "All streams as they were at a revision, rebuilt from the history alone.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/past",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kGetPast},
    Operation{.id = OperationId::kListProjects,
              .name = "list_projects",
              .verb = "",
              .title = "Projects of this user",
              .description = "All projects that have data in this home, and which of them have a server now.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/projects",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = {}},
    Operation{.id = OperationId::kBoardApp,
              .name = "board_app",
              .verb = "",
              .title = "The board for MCP hosts",
              .description = "The board as one self-contained page, as the resource ui://streams/board.html has it.",
              .access = Access::kRead,
              .method = Method::kGet,
              .path = "/api/board-app",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = {}},
    Operation{.id = OperationId::kStreamFiles,
              .name = "stream_files",
              .verb = "",
              .title = "Files of a stream",
              .description = "What a stream changed since it left the main branch, committed or not.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/streams/:streamId/files",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kStreamFiles},
    Operation{.id = OperationId::kCompareStreams,
              .name = "compare_streams",
              .verb = "",
              .title = "Two streams side by side",
              .description = "Files that two streams both change, in which places, and which of the two to land first.",
              .access = Access::kLook,
              .method = Method::kGet,
              .path = "/api/conflicts/compare",
              .path_without_id = "",
              .success_status = 200,
              .is_tool = false,
              .destructive = false,
              .idempotent = true,
              .arguments = kCompareStreams},
};

}  // namespace

std::span<const Operation> operations() { return kTable; }

const Operation& operation(OperationId id) {
  return *std::find_if(kTable.begin(), kTable.end(), [id](const Operation& row) { return row.id == id; });
}

const Operation* find_operation(std::string_view name) {
  for (const Operation& row : kTable)
    if (row.name == name) return &row;
  return nullptr;
}

const Operation* find_operation_by_verb(std::string_view verb) {
  for (const Operation& row : kTable)
    if (!verb.empty() && row.verb == verb) return &row;
  return nullptr;
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kPost: return "POST";
    case Method::kPatch: return "PATCH";
  }
  return "";
}

}  // namespace stream_status::api
