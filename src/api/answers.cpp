#include "api/answers.h"

#include <algorithm>
#include <array>

namespace stream_status::api {
namespace {

constexpr std::array kShapes = {
    Shape{"StreamList", "Streams, newest first.", R"(
streams: [Stream]
total: integer  # that fit the filter, on all pages
revision: integer  # of the project
openBlockers?: [text]  # blockers of these streams that are not done; absent where none is named
nextCursor?: text  # for the next page; absent on the last)"},
    Shape{"StreamAdded", "The stream that was added.", R"(
success: boolean
streamId: text
message: text
stream: Stream
openBlockers?: [text]  # those of its blockers that are not done; absent where none is named)"},
    Shape{"StreamUpdated", "The stream after the change.", R"(
success: boolean
stream: Stream
changes: any  # {field: {from, to}}, and note as it was given
opened?: [text]  # streams that were blocked by this one alone
openBlockers?: [text]  # those of its blockers that are not done; absent where none is named
heldBy?: text  # another agent, who may not expect the change)"},
    Shape{"ClaimAnswer", "The stream, and who holds it now.", R"(
success: boolean
streamId: text
message: text
claim: Claim?
stream: Stream
openBlockers?: [text]  # those of its blockers that are not done; absent where none is named
takenFrom?: Claim  # of who held it until now)"},
    Shape{"Answered", "The stream, which asks nothing any more.", R"(
success: boolean
streamId: text
message: text
to: [text]  # agents that are told
stream: Stream)"},
    Shape{"MessageSent", "Who is told.", R"(
success: boolean
message: text
to: [text]  # agents)"},
    Shape{"News", "Something that an agent is told, once.", R"(
kind: message|answer|opened|taken
from: text?
streamId: text?
text: text
at: time)"},
    Shape{"Changes", "What happened after a revision, oldest first.", R"(
changes: [Event]
news?: [News]  # as in each answer to an agent that is to be told something
revision: integer  # the next call's since
hasMore: boolean
timedOut: boolean  # nothing happened; no error)"},
    Shape{"AgentList", "Who is there, the latest call first.", R"(
agents: [PresentAgent])"},
    Shape{"PresentAgent", "One agent's process, as it was last seen.", R"(
name: text
state: live|quiet|gone
process: text?  # null: a program that makes one call and ends
client: text?
worktree: text?
streamId: text?  # that its last call was about
firstCall: time
lastCall: time)"},
    Shape{"CommitAdded", "What was recorded.", R"(
success: boolean
id: text
message: text
added: boolean  # false: it was recorded before
streamId: text
revision: integer)"},
    Shape{"CommitList", "Commits, newest first.", R"(
commits: [Commit]
total: integer
limit: integer
offset: integer)"},
    Shape{"History", "Events of a stream, newest first.", R"(
events: [Event]
nextCursor?: text)"},
    Shape{"EventPage", "Events of the project or of one stream, newest first.", R"(
events: [Event]
revision: integer  # of the project
floor: integer  # from this revision on every event is there; before, some are folded; 0: none is
streamId?: text  # of the one stream that was asked for
nextCursor?: text  # where to look on, as before; there even if nothing here fits the filter)"},
    Shape{"PastStreams", "The streams as they were, newest first. Claims are without expiresAt.", R"(
streams: [Stream]
revision: integer  # as it was asked for
timestamp: time?  # of the newest event until then; null: there was none)"},
    Shape{"ProjectList", "Projects: this one, those with a server, the others; by name.", R"(
projects: [Project])"},
    Shape{"Project", "A project of this user, by what its directory says.", R"(
name: text
root: text
running: boolean  # somebody holds its server.lock
current: boolean  # the one that answers
url: text?  # null: no server, none yet, or one without a port
port: integer?
version: text?
startedAt: time?)"},
    Shape{"Stats", "The seven numbers.", R"(
activeStreams: integer  # neither completed nor archived
inProgress: integer
blocked: integer
readyToStart: integer  # initializing or paused, and nothing in their way
completedToday: integer
totalCommits: integer
commitsToday: integer)"},
    Shape{"ServerVersion", "The server, and what it serves.", R"(
name: text
version: text
protocol: integer
projectName: text
projectRoot: text
instanceId: text
pid: integer
revision: integer)"},
    Shape{"BoardApp", "A page of its own: style and code are within it.", R"(
html: text)"},
    Shape{"Conflicts", "Which live streams touch the same files, and what git would do.", R"(
timestamp: time
mainBranch: text?
streams: [ChangedFiles]
pairs: [Pair]  # only those that share files
landingOrder: [text]  # stream ids: none before what it waits for, then fewest conflicts with the rest first
leftOut: [LeftOut]
warnings: [text])"},
    Shape{"StreamFiles", "What a stream changed since it left the main branch.", R"(
streamId: text
mainBranch: text?
branch: text?
worktreePath: text?  # where its uncommitted changes are; null: nowhere
ahead: integer?  # commits that the main branch does not have
behind: integer?  # commits of the main branch that it does not have
files: [StreamFile]  # by path, the first 1,000
leftOut: integer  # files beyond those
insertions: integer  # of these files, as far as lines can be counted
deletions: integer
problem: text?  # why something of it is not known)"},
    Shape{"Comparison", "Two streams side by side.", R"(
a: text
b: text
state: clean|conflict|possible|unknown  # as in Pair
detail: text?  # what is not known, and why
files: [ComparedFile]  # that both change
leftOut: integer  # files beyond the first 100
landFirst: text?  # as in the landingOrder of Conflicts; null: one of them has nothing to land
reason: text  # why that one
reworkLines: Rework)"},
    Shape{"Retirement", "What was done, or would be.", R"(
success: boolean
streamId: text
message: text
stream: Stream
dryRun: boolean
deleted: boolean  # always false: history stays
plan: Plan
retirement: RetirementResult?  # null: a dry run
report: text?  # path of the report, from the project's root
keptRef: text?  # where git keeps what would have been lost)"},
    Shape{"Retirements", "One result for each stream.", R"(
success: boolean  # all of them
message: text
dryRun: boolean
results: [BulkResult])"},
    Shape{"Unretired", "What came back.", R"(
success: boolean
streamId: text
message: text
stream: Stream
branchRestored: boolean
worktreeRestored: boolean
uncommittedRestored: boolean)"},
    Shape{"Synced", "What plan files brought.", R"(
synced: integer  # streams that were added
skipped: integer  # plan files whose stream is known
errors: [PlanFileError]
worktreesDiscovered: integer
streams: [text]  # ids of those that were added
warnings: [text])"},
    Shape{"Scanned", "What git brought.", R"(
success: boolean
added: integer
removed: integer  # recorded by an earlier scan, and no longer on the branch
streams: [ScannedStream]
skipped: [LeftOut]
warnings: [text])"},
    Shape{"Reconciliation", "Every stream against git.", R"(
timestamp: time
dryRun: boolean
autoArchiveStale: boolean
autoAddOrphaned: boolean
mainBranch: MainBranch?
active: [Entry]
completed: [Entry]  # landed on the main branch
stale: [Entry]  # no worktree
orphaned: [Orphan]  # worktrees without a stream
errors: [StreamError]
summary: ReconciliationSummary
applied: [Applied]  # what was done; nothing in a dry run
warnings: [text])"},
    Shape{"Worktrees", "All worktrees of the repository.", R"(
timestamp: time
total: integer
worktrees: [Worktree])"},
    Shape{"LandedBranches", "Branches whose work is on the main branch.", R"(
timestamp: time
total: integer
branches: [text]
evidence: [LandedBranch])"},
    Shape{"Health", "The server is there. Never waits for the store.", R"(
status: text  # ok, or draining
timestamp: time
projectName: text
projectRoot: text
instanceId: text
version: text
protocol: integer
pid: integer
revision: integer
waiting: integer  # calls of wait_for_change
configProblem?: text
storage?: Storage
notice?: text  # what must be known about the data: that it was restored, say
work?: Work  # while it works on git
git?: GitWatch)"},
    Shape{"Storage", "How the data is kept.", R"(
bytes: integer  # of the database
lastSnapshot?: SnapshotTaken  # by this server
snapshotProblem?: text  # why the last attempt failed)"},
    Shape{"SnapshotTaken", "A checked copy of the database.", R"(
file: text
revision: integer
timestamp: time)"},
    Shape{"BackupTaken", "A checked copy of the database.", R"(
file: text
bytes: integer
revision: integer
timestamp: time)"},
    Shape{"Exported", "Everything, as JSON lines.", R"(
file: text
revision: integer
events: integer
streams: integer
commits: integer
sha256: text  # of the lines between the first and the last)"},
    Shape{"Accepted", "The file is good; the next server begins with it.", R"(
accepted: boolean
file: text
streams: integer
replaces: integer  # the revision that it takes the place of
revision?: integer  # of a backup
events?: integer  # of an import
commits?: integer)"},
    Shape{"Integrity", "The whole database, read and checked.", R"(
ok: boolean
verdict: text  # ok, or the first thing that is wrong
bytes: integer
revision: integer
tookMs: integer)"},
    Shape{"Error", "Why it was refused or failed.", R"(
error: text
details: text  # error and hint
code: text
retryable: boolean
hint?: text  # what to do next
suggestedCall?: text
data?: any)"},
    Shape{"Stream", "One line of work.", R"(
id: text
streamNumber: text
title: text
category: text
priority: critical|high|medium|low
status: initializing|active|blocked|paused|completed|archived
progress: integer  # percent
currentPhase: integer  # index into phases, from 0
phases: [text]
completedPhases: [integer]  # indices into phases
worktreePath: text?
branch: text?
blockedBy: text?  # the first of blockers
blockers: [text]
openBlockers?: [text]  # from get_stream: those of blockers that are not done
createdAt: time
updatedAt: time
completedAt: time?
revision: integer
claim: Claim?
goal: text?
lastNote: text?
question: Question?
recentActivity: RecentActivity)"},
    Shape{"Resumption", "A stream, for whoever comes to it without a memory: the members of Stream, and these.", R"(
id: text
nextStep: text
waitsFor: [Obstacle]
notes: [Note]  # newest first, answers to questions among them
commits: [ShortCommit]  # newest first
uncommitted: [text]?  # files; null: git does not tell
sharedFiles: [Neighbour])"},
    Shape{"Obstacle", "An open stream that must be done first.", R"(
streamId: text
title: text
status: initializing|active|blocked|paused|completed|archived
progress: integer)"},
    Shape{"Note", "What was left to remember.", R"(
text: text
type: note|question_answered
agent: text?
timestamp: time)"},
    Shape{"ShortCommit", "One commit.", R"(
commitHash: text
message: text
timestamp: time)"},
    Shape{"Neighbour", "Another stream that changes files of this one.", R"(
streamId: text
agent: text?  # who holds it
state: text  # as in Pair
files: [text])"},
    Shape{"Question", "What its agent asks people.", R"(
text: text
choices: [text]  # answers it offers; empty: any
asker: text?
askedAt: time)"},
    Shape{"Claim", "Who works on it.", R"(
agent: text
process: text?  # which of the agent's processes; null: any of them
since: time
expiresAt?: time  # others may take it then; each call of the holder moves it on)"},
    Shape{"RecentActivity", "The newest commit.", R"(
lastCommit: text?
lastCommitTime: time?
filesChanged: integer)"},
    Shape{"Commit", "A commit of a stream.", R"(
id: text
streamId: text
commitHash: text
message: text
author: text
filesChanged: integer
insertions: integer
deletions: integer
timestamp: time
revision: integer
streamNumber?: text?  # in lists; null: the stream is gone
streamTitle?: text?)"},
    Shape{"Event", "One change. The log alone rebuilds any past state.", R"(
revision: integer
streamId: text
type: text  # created, status_changed, progress_updated, phase_changed, note, blockers_changed, commit_added …
oldValue: any
newValue: any
agent: text
timestamp: time)"},
    Shape{"ChangedFiles", "What a stream changed since it left the main branch.", R"(
streamId: text
title: text
branch: text?
committed: [text]
uncommitted: [text]  # in the worktree now, untracked files too
againstMain: MergeOutcome
problem: text?  # why one of the two is not known)"},
    Shape{"StreamFile", "A file that a stream changed, as it is now.", R"(
path: text
change: added|modified|deleted|renamed
oldPath?: text  # what a renamed one was called
insertions: integer?  # null: binary
deletions: integer?
committed: boolean
uncommitted: boolean  # untracked ones too)"},
    Shape{"ComparedFile", "A file that both change, in lines of what both left from: their merge base.", R"(
path: text
lines: integer?  # null: it was not there, or is binary
a: [Hunk]
b: [Hunk]
overlaps: [Overlap]
outcome: conflict|merges|possible|unknown  # possible: not all of it is committed
message: text)"},
    Shape{"Hunk", "Consecutive lines that one side replaces.", R"(
start: integer  # from 1
lines: integer  # 0: nothing is replaced, what is new comes before start
newLines: integer  # in their place)"},
    Shape{"Overlap", "Lines that both sides change, or next to each other.", R"(
start: integer
end: integer  # included; where both only put something in, start)"},
    Shape{"Rework", "Changed lines within overlaps: what has to be done again if the other lands first.", R"(
a: integer
b: integer)"},
    Shape{"MergeOutcome", "What git would do on a merge into the main branch.", R"(
state: clean|conflict|possible|unknown
conflicts: [Conflict])"},
    Shape{"Pair", "Two streams that share files.", R"(
a: text
b: text
state: clean|conflict|possible|unknown  # possible: not all of it is committed
files: [text]
uncommittedFiles: [text]
conflicts: [Conflict]
detail: text?)"},
    Shape{"Conflict", "Where a merge would stop.", R"(
file: text
kind: text  # git's word: contents, modify/delete, add/add …
message: text)"},
    Shape{"LeftOut", "A stream that the answer says nothing about.", R"(
streamId: text
reason: text)"},
    Shape{"Plan", "What a retirement does, in its order.", R"(
steps: [PlanStep]
atRisk: [Risk]  # what would be lost
notes: [text])"},
    Shape{"PlanStep", "One step.", R"(
step: text
subject: text)"},
    Shape{"Risk", "What would be lost.", R"(
kind: text  # uncommitted, untracked, unpushed, unlanded, locked, in_progress, submodules …
detail: text
items: [text])"},
    Shape{"RetirementResult", "What was done beside the record.", R"(
worktreeDeleted: boolean
branchDeleted: boolean
archiveWritten: boolean  # the report
planFilesCleanedUp: boolean
summaryQueued: boolean  # a longer summary is written in the background
errors: [text])"},
    Shape{"BulkResult", "One stream of many.", R"(
streamId: text
success: boolean
error: text?
plan: Plan?
retirement: RetirementResult?
report: text?)"},
    Shape{"PlanFileError", "A plan file that was not read.", R"(
file: text
line: integer?
reason: text)"},
    Shape{"ScannedStream", "What a scan brought for one stream.", R"(
streamId: text
branch: text
added: integer
removed: integer
total: integer
note: text?)"},
    Shape{"MainBranch", "What streams are compared with.", R"(
name: text
why: text)"},
    Shape{"Entry", "A stream and what git says of it.", R"(
streamId: text
title: text
branch: text?
worktreePath: text?
previousStatus: text
newStatus: text?  # null: it stays
reason: text
landing: Landing?)"},
    Shape{"Landing", "Whether a branch is on the main branch, by evidence.", R"(
state: never_committed|empty|ahead|merged|rebased|squashed|reverted|unknown
evidence: text
landedBy: text?
commits: integer
landedCommits: integer
main: text)"},
    Shape{"Orphan", "A worktree without a stream.", R"(
path: text
branch: text?
commitHash: text?
isMain: boolean
reason: text)"},
    Shape{"StreamError", "What failed for one stream.", R"(
streamId: text
error: text)"},
    Shape{"ReconciliationSummary", "How many of each.", R"(
totalInDb: integer
totalWorktrees: integer
active: integer
completed: integer
stale: integer
orphaned: integer
errors: integer)"},
    Shape{"Applied", "What was done with one stream.", R"(
streamId: text
action: text  # its new status, or archived, or added)"},
    Shape{"Worktree", "A worktree of the repository.", R"(
id: text
path: text
branch: text?
commitHash: text?
isMain: boolean
streamId: text?
isDetached: boolean
exists: boolean
lockReason: text?  # null: not locked
operation: text?  # rebase, merge … in progress)"},
    Shape{"LandedBranch", "A branch with the evidence.", R"(
branch: text
state: merged|rebased|squashed
evidence: text
landedBy: text?)"},
    Shape{"GitWatch", "How the server learns of new commits.", R"(
watching: text  # inotify, polling, or nothing
problem?: text
scannedAt?: time)"},
    Shape{"Work", "How far the server is.", R"(
doing: text
done: integer
total: integer)"},
};

}  // namespace

std::span<const Shape> shapes() { return kShapes; }

const Shape& shape(std::string_view name) {
  return *std::find_if(kShapes.begin(), kShapes.end(), [name](const Shape& each) { return each.name == name; });
}

std::string_view answer_of(OperationId id) {
  using enum OperationId;
  switch (id) {
    case kListStreams: return "StreamList";
    case kGetStream: return "Stream";
    case kResume: return "Resumption";
    case kAddStream: return "StreamAdded";
    case kUpdateStream: return "StreamUpdated";
    case kAddCommit: return "CommitAdded";
    case kRemoveStream: return "Retirement";
    case kGetStreamStats: return "Stats";
    case kGetVersion: return "ServerVersion";
    case kGetHistory: return "History";
    case kListCommits: return "CommitList";
    case kWaitForChange: return "Changes";
    case kListAgents: return "AgentList";
    case kClaimStream:
    case kRenewClaim:
    case kReleaseClaim: return "ClaimAnswer";
    case kAnswerQuestion: return "Answered";
    case kSendMessage: return "MessageSent";
    case kCheckConflicts: return "Conflicts";
    case kArchiveBulk: return "Retirements";
    case kUnretire: return "Unretired";
    case kSyncFromFiles: return "Synced";
    case kScanCommits: return "Scanned";
    case kReconcileWorktrees:
    case kReconciliationStatus: return "Reconciliation";
    case kListWorktrees: return "Worktrees";
    case kListMerged: return "LandedBranches";
    case kListEvents: return "EventPage";
    case kGetPast: return "PastStreams";
    case kListProjects: return "ProjectList";
    case kBoardApp: return "BoardApp";
    case kStreamFiles: return "StreamFiles";
    case kCompareStreams: return "Comparison";
  }
  return "Error";
}

std::vector<Member> members_of(const Shape& shape) {
  std::vector<Member> members;
  std::string_view rest = shape.members;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) continue;
    Member member;
    if (const std::size_t hash = line.find("  # "); hash != std::string_view::npos) {
      member.remark = line.substr(hash + 4);
      line = line.substr(0, hash);
    }
    const std::size_t colon = line.find(": ");
    member.name = line.substr(0, colon);
    member.type = line.substr(colon + 2);
    if (member.name.ends_with('?')) {
      member.may_be_absent = true;
      member.name.remove_suffix(1);
    }
    if (member.type.ends_with('?')) {
      member.may_be_null = true;
      member.type.remove_suffix(1);
    }
    members.push_back(member);
  }
  return members;
}

}  // namespace stream_status::api
