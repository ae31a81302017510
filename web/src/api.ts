// Generated from /api/openapi.json by tests/e2e/api_types.test.mjs (UPDATE_GOLDEN=1); do not edit.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Streams, newest first. */
        readonly StreamList: {
            readonly streams: readonly components["schemas"]["Stream"][];
            /** @description that fit the filter, on all pages */
            readonly total: number;
            /** @description of the project */
            readonly revision: number;
            /** @description blockers of these streams that are not done; absent where none is named */
            readonly openBlockers?: readonly string[];
            /** @description for the next page; absent on the last */
            readonly nextCursor?: string;
        };
        /** @description The stream that was added. */
        readonly StreamAdded: {
            readonly success: boolean;
            readonly streamId: string;
            readonly message: string;
            readonly stream: components["schemas"]["Stream"];
            /** @description those of its blockers that are not done; absent where none is named */
            readonly openBlockers?: readonly string[];
        };
        /** @description The stream after the change. */
        readonly StreamUpdated: {
            readonly success: boolean;
            readonly stream: components["schemas"]["Stream"];
            /** @description {field: {from, to}}, and note as it was given */
            readonly changes: unknown;
            /** @description streams that were blocked by this one alone */
            readonly opened?: readonly string[];
            /** @description those of its blockers that are not done; absent where none is named */
            readonly openBlockers?: readonly string[];
            /** @description another agent, who may not expect the change */
            readonly heldBy?: string;
        };
        /** @description The stream, and who holds it now. */
        readonly ClaimAnswer: {
            readonly success: boolean;
            readonly streamId: string;
            readonly message: string;
            readonly claim: components["schemas"]["Claim"] | null;
            readonly stream: components["schemas"]["Stream"];
            /** @description those of its blockers that are not done; absent where none is named */
            readonly openBlockers?: readonly string[];
            /** @description of who held it until now */
            readonly takenFrom?: components["schemas"]["Claim"];
        };
        /** @description The stream, which asks nothing any more. */
        readonly Answered: {
            readonly success: boolean;
            readonly streamId: string;
            readonly message: string;
            /** @description agents that are told */
            readonly to: readonly string[];
            readonly stream: components["schemas"]["Stream"];
        };
        /** @description Who is told. */
        readonly MessageSent: {
            readonly success: boolean;
            readonly message: string;
            /** @description agents */
            readonly to: readonly string[];
        };
        /** @description Something that an agent is told, once. */
        readonly News: {
            /** @enum {string} */
            readonly kind: "message" | "answer" | "opened" | "taken";
            readonly from: string | null;
            readonly streamId: string | null;
            readonly text: string;
            /** Format: date-time */
            readonly at: string;
        };
        /** @description What happened after a revision, oldest first. */
        readonly Changes: {
            readonly changes: readonly components["schemas"]["Event"][];
            /** @description as in each answer to an agent that is to be told something */
            readonly news?: readonly components["schemas"]["News"][];
            /** @description the next call's since */
            readonly revision: number;
            readonly hasMore: boolean;
            /** @description nothing happened; no error */
            readonly timedOut: boolean;
        };
        /** @description Who is there, the latest call first. */
        readonly AgentList: {
            readonly agents: readonly components["schemas"]["PresentAgent"][];
        };
        /** @description One agent's process, as it was last seen. */
        readonly PresentAgent: {
            readonly name: string;
            /** @enum {string} */
            readonly state: "live" | "quiet" | "gone";
            /** @description null: a program that makes one call and ends */
            readonly process: string | null;
            readonly client: string | null;
            readonly worktree: string | null;
            /** @description that its last call was about */
            readonly streamId: string | null;
            /** Format: date-time */
            readonly firstCall: string;
            /** Format: date-time */
            readonly lastCall: string;
        };
        /** @description What was recorded. */
        readonly CommitAdded: {
            readonly success: boolean;
            readonly id: string;
            readonly message: string;
            /** @description false: it was recorded before */
            readonly added: boolean;
            readonly streamId: string;
            readonly revision: number;
        };
        /** @description Commits, newest first. */
        readonly CommitList: {
            readonly commits: readonly components["schemas"]["Commit"][];
            readonly total: number;
            readonly limit: number;
            readonly offset: number;
        };
        /** @description Events of a stream, newest first. */
        readonly History: {
            readonly events: readonly components["schemas"]["Event"][];
            readonly nextCursor?: string;
        };
        /** @description Events of the project or of one stream, newest first. */
        readonly EventPage: {
            readonly events: readonly components["schemas"]["Event"][];
            /** @description of the project */
            readonly revision: number;
            /** @description from this revision on every event is there; before, some are folded; 0: none is */
            readonly floor: number;
            /** @description of the one stream that was asked for */
            readonly streamId?: string;
            /** @description where to look on, as before; there even if nothing here fits the filter */
            readonly nextCursor?: string;
        };
        /** @description The streams as they were, newest first. Claims are without expiresAt. */
        readonly PastStreams: {
            readonly streams: readonly components["schemas"]["Stream"][];
            /** @description as it was asked for */
            readonly revision: number;
            /**
             * Format: date-time
             * @description of the newest event until then; null: there was none
             */
            readonly timestamp: string | null;
        };
        /** @description Projects: this one, those with a server, the others; by name. */
        readonly ProjectList: {
            readonly projects: readonly components["schemas"]["Project"][];
        };
        /** @description A project of this user, by what its directory says. */
        readonly Project: {
            readonly name: string;
            readonly root: string;
            /** @description somebody holds its server.lock */
            readonly running: boolean;
            /** @description the one that answers */
            readonly current: boolean;
            /** @description null: no server, none yet, or one without a port */
            readonly url: string | null;
            readonly port: number | null;
            readonly version: string | null;
            /** Format: date-time */
            readonly startedAt: string | null;
        };
        /** @description The seven numbers. */
        readonly Stats: {
            /** @description neither completed nor archived */
            readonly activeStreams: number;
            readonly inProgress: number;
            readonly blocked: number;
            /** @description initializing or paused, and nothing in their way */
            readonly readyToStart: number;
            readonly completedToday: number;
            readonly totalCommits: number;
            readonly commitsToday: number;
        };
        /** @description The server, and what it serves. */
        readonly ServerVersion: {
            readonly name: string;
            readonly version: string;
            readonly protocol: number;
            readonly projectName: string;
            readonly projectRoot: string;
            readonly instanceId: string;
            readonly pid: number;
            readonly revision: number;
        };
        /** @description A page of its own: style and code are within it. */
        readonly BoardApp: {
            readonly html: string;
        };
        /** @description Which live streams touch the same files, and what git would do. */
        readonly Conflicts: {
            /** Format: date-time */
            readonly timestamp: string;
            readonly mainBranch: string | null;
            readonly streams: readonly components["schemas"]["ChangedFiles"][];
            /** @description only those that share files */
            readonly pairs: readonly components["schemas"]["Pair"][];
            /** @description stream ids: none before what it waits for, then fewest conflicts with the rest first */
            readonly landingOrder: readonly string[];
            readonly leftOut: readonly components["schemas"]["LeftOut"][];
            readonly warnings: readonly string[];
        };
        /** @description What a stream changed since it left the main branch. */
        readonly StreamFiles: {
            readonly streamId: string;
            readonly mainBranch: string | null;
            readonly branch: string | null;
            /** @description where its uncommitted changes are; null: nowhere */
            readonly worktreePath: string | null;
            /** @description commits that the main branch does not have */
            readonly ahead: number | null;
            /** @description commits of the main branch that it does not have */
            readonly behind: number | null;
            /** @description by path, the first 1,000 */
            readonly files: readonly components["schemas"]["StreamFile"][];
            /** @description files beyond those */
            readonly leftOut: number;
            /** @description of these files, as far as lines can be counted */
            readonly insertions: number;
            readonly deletions: number;
            /** @description why something of it is not known */
            readonly problem: string | null;
        };
        /** @description Two streams side by side. */
        readonly Comparison: {
            readonly a: string;
            readonly b: string;
            /**
             * @description as in Pair
             * @enum {string}
             */
            readonly state: "clean" | "conflict" | "possible" | "unknown";
            /** @description what is not known, and why */
            readonly detail: string | null;
            /** @description that both change */
            readonly files: readonly components["schemas"]["ComparedFile"][];
            /** @description files beyond the first 100 */
            readonly leftOut: number;
            /** @description as in the landingOrder of Conflicts; null: one of them has nothing to land */
            readonly landFirst: string | null;
            /** @description why that one */
            readonly reason: string;
            readonly reworkLines: components["schemas"]["Rework"];
        };
        /** @description What was done, or would be. */
        readonly Retirement: {
            readonly success: boolean;
            readonly streamId: string;
            readonly message: string;
            readonly stream: components["schemas"]["Stream"];
            readonly dryRun: boolean;
            /** @description always false: history stays */
            readonly deleted: boolean;
            readonly plan: components["schemas"]["Plan"];
            /** @description null: a dry run */
            readonly retirement: components["schemas"]["RetirementResult"] | null;
            /** @description path of the report, from the project's root */
            readonly report: string | null;
            /** @description where git keeps what would have been lost */
            readonly keptRef: string | null;
        };
        /** @description One result for each stream. */
        readonly Retirements: {
            /** @description all of them */
            readonly success: boolean;
            readonly message: string;
            readonly dryRun: boolean;
            readonly results: readonly components["schemas"]["BulkResult"][];
        };
        /** @description What came back. */
        readonly Unretired: {
            readonly success: boolean;
            readonly streamId: string;
            readonly message: string;
            readonly stream: components["schemas"]["Stream"];
            readonly branchRestored: boolean;
            readonly worktreeRestored: boolean;
            readonly uncommittedRestored: boolean;
        };
        /** @description What plan files brought. */
        readonly Synced: {
            /** @description streams that were added */
            readonly synced: number;
            /** @description plan files whose stream is known */
            readonly skipped: number;
            readonly errors: readonly components["schemas"]["PlanFileError"][];
            readonly worktreesDiscovered: number;
            /** @description ids of those that were added */
            readonly streams: readonly string[];
            readonly warnings: readonly string[];
        };
        /** @description What git brought. */
        readonly Scanned: {
            readonly success: boolean;
            readonly added: number;
            /** @description recorded by an earlier scan, and no longer on the branch */
            readonly removed: number;
            readonly streams: readonly components["schemas"]["ScannedStream"][];
            readonly skipped: readonly components["schemas"]["LeftOut"][];
            readonly warnings: readonly string[];
        };
        /** @description Every stream against git. */
        readonly Reconciliation: {
            /** Format: date-time */
            readonly timestamp: string;
            readonly dryRun: boolean;
            readonly autoArchiveStale: boolean;
            readonly autoAddOrphaned: boolean;
            readonly mainBranch: components["schemas"]["MainBranch"] | null;
            readonly active: readonly components["schemas"]["Entry"][];
            /** @description landed on the main branch */
            readonly completed: readonly components["schemas"]["Entry"][];
            /** @description no worktree */
            readonly stale: readonly components["schemas"]["Entry"][];
            /** @description worktrees without a stream */
            readonly orphaned: readonly components["schemas"]["Orphan"][];
            readonly errors: readonly components["schemas"]["StreamError"][];
            readonly summary: components["schemas"]["ReconciliationSummary"];
            /** @description what was done; nothing in a dry run */
            readonly applied: readonly components["schemas"]["Applied"][];
            readonly warnings: readonly string[];
        };
        /** @description All worktrees of the repository. */
        readonly Worktrees: {
            /** Format: date-time */
            readonly timestamp: string;
            readonly total: number;
            readonly worktrees: readonly components["schemas"]["Worktree"][];
        };
        /** @description Branches whose work is on the main branch. */
        readonly LandedBranches: {
            /** Format: date-time */
            readonly timestamp: string;
            readonly total: number;
            readonly branches: readonly string[];
            readonly evidence: readonly components["schemas"]["LandedBranch"][];
        };
        /** @description The server is there. Never waits for the store. */
        readonly Health: {
            /** @description ok, or draining */
            readonly status: string;
            /** Format: date-time */
            readonly timestamp: string;
            readonly projectName: string;
            readonly projectRoot: string;
            readonly instanceId: string;
            readonly version: string;
            readonly protocol: number;
            readonly pid: number;
            readonly revision: number;
            /** @description calls of wait_for_change */
            readonly waiting: number;
            readonly configProblem?: string;
            readonly storage?: components["schemas"]["Storage"];
            /** @description what must be known about the data: that it was restored, say */
            readonly notice?: string;
            /** @description while it works on git */
            readonly work?: components["schemas"]["Work"];
            readonly git?: components["schemas"]["GitWatch"];
        };
        /** @description How the data is kept. */
        readonly Storage: {
            /** @description of the database */
            readonly bytes: number;
            /** @description by this server */
            readonly lastSnapshot?: components["schemas"]["SnapshotTaken"];
            /** @description why the last attempt failed */
            readonly snapshotProblem?: string;
        };
        /** @description A checked copy of the database. */
        readonly SnapshotTaken: {
            readonly file: string;
            readonly revision: number;
            /** Format: date-time */
            readonly timestamp: string;
        };
        /** @description A checked copy of the database. */
        readonly BackupTaken: {
            readonly file: string;
            readonly bytes: number;
            readonly revision: number;
            /** Format: date-time */
            readonly timestamp: string;
        };
        /** @description Everything, as JSON lines. */
        readonly Exported: {
            readonly file: string;
            readonly revision: number;
            readonly events: number;
            readonly streams: number;
            readonly commits: number;
            /** @description of the lines between the first and the last */
            readonly sha256: string;
        };
        /** @description The file is good; the next server begins with it. */
        readonly Accepted: {
            readonly accepted: boolean;
            readonly file: string;
            readonly streams: number;
            /** @description the revision that it takes the place of */
            readonly replaces: number;
            /** @description of a backup */
            readonly revision?: number;
            /** @description of an import */
            readonly events?: number;
            readonly commits?: number;
        };
        /** @description The whole database, read and checked. */
        readonly Integrity: {
            readonly ok: boolean;
            /** @description ok, or the first thing that is wrong */
            readonly verdict: string;
            readonly bytes: number;
            readonly revision: number;
            readonly tookMs: number;
        };
        /** @description Why it was refused or failed. */
        readonly Error: {
            readonly error: string;
            /** @description error and hint */
            readonly details: string;
            readonly code: string;
            readonly retryable: boolean;
            /** @description what to do next */
            readonly hint?: string;
            readonly suggestedCall?: string;
            readonly data?: unknown;
        };
        /** @description One line of work. */
        readonly Stream: {
            readonly id: string;
            readonly streamNumber: string;
            readonly title: string;
            readonly category: string;
            /** @enum {string} */
            readonly priority: "critical" | "high" | "medium" | "low";
            /** @enum {string} */
            readonly status: "initializing" | "active" | "blocked" | "paused" | "completed" | "archived";
            /** @description percent */
            readonly progress: number;
            /** @description index into phases, from 0 */
            readonly currentPhase: number;
            readonly phases: readonly string[];
            /** @description indices into phases */
            readonly completedPhases: readonly number[];
            readonly worktreePath: string | null;
            readonly branch: string | null;
            /** @description the first of blockers */
            readonly blockedBy: string | null;
            readonly blockers: readonly string[];
            /** @description from get_stream: those of blockers that are not done */
            readonly openBlockers?: readonly string[];
            /** Format: date-time */
            readonly createdAt: string;
            /** Format: date-time */
            readonly updatedAt: string;
            /** Format: date-time */
            readonly completedAt: string | null;
            readonly revision: number;
            readonly claim: components["schemas"]["Claim"] | null;
            readonly goal: string | null;
            readonly lastNote: string | null;
            readonly question: components["schemas"]["Question"] | null;
            readonly recentActivity: components["schemas"]["RecentActivity"];
        };
        /** @description A stream, for whoever comes to it without a memory: the members of Stream, and these. */
        readonly Resumption: {
            readonly id: string;
            readonly nextStep: string;
            readonly waitsFor: readonly components["schemas"]["Obstacle"][];
            /** @description newest first, answers to questions among them */
            readonly notes: readonly components["schemas"]["Note"][];
            /** @description newest first */
            readonly commits: readonly components["schemas"]["ShortCommit"][];
            /** @description files; null: git does not tell */
            readonly uncommitted: readonly string[] | null;
            readonly sharedFiles: readonly components["schemas"]["Neighbour"][];
        };
        /** @description An open stream that must be done first. */
        readonly Obstacle: {
            readonly streamId: string;
            readonly title: string;
            /** @enum {string} */
            readonly status: "initializing" | "active" | "blocked" | "paused" | "completed" | "archived";
            readonly progress: number;
        };
        /** @description What was left to remember. */
        readonly Note: {
            readonly text: string;
            /** @enum {string} */
            readonly type: "note" | "question_answered";
            readonly agent: string | null;
            /** Format: date-time */
            readonly timestamp: string;
        };
        /** @description One commit. */
        readonly ShortCommit: {
            readonly commitHash: string;
            readonly message: string;
            /** Format: date-time */
            readonly timestamp: string;
        };
        /** @description Another stream that changes files of this one. */
        readonly Neighbour: {
            readonly streamId: string;
            /** @description who holds it */
            readonly agent: string | null;
            /** @description as in Pair */
            readonly state: string;
            readonly files: readonly string[];
        };
        /** @description What its agent asks people. */
        readonly Question: {
            readonly text: string;
            /** @description answers it offers; empty: any */
            readonly choices: readonly string[];
            readonly asker: string | null;
            /** Format: date-time */
            readonly askedAt: string;
        };
        /** @description Who works on it. */
        readonly Claim: {
            readonly agent: string;
            /** @description which of the agent's processes; null: any of them */
            readonly process: string | null;
            /** Format: date-time */
            readonly since: string;
            /**
             * Format: date-time
             * @description others may take it then; each call of the holder moves it on
             */
            readonly expiresAt?: string;
        };
        /** @description The newest commit. */
        readonly RecentActivity: {
            readonly lastCommit: string | null;
            /** Format: date-time */
            readonly lastCommitTime: string | null;
            readonly filesChanged: number;
        };
        /** @description A commit of a stream. */
        readonly Commit: {
            readonly id: string;
            readonly streamId: string;
            readonly commitHash: string;
            readonly message: string;
            readonly author: string;
            readonly filesChanged: number;
            readonly insertions: number;
            readonly deletions: number;
            /** Format: date-time */
            readonly timestamp: string;
            readonly revision: number;
            /** @description in lists; null: the stream is gone */
            readonly streamNumber?: string | null;
            readonly streamTitle?: string | null;
        };
        /** @description One change. The log alone rebuilds any past state. */
        readonly Event: {
            readonly revision: number;
            readonly streamId: string;
            /** @description created, status_changed, progress_updated, phase_changed, note, blockers_changed, commit_added … */
            readonly type: string;
            readonly oldValue: unknown;
            readonly newValue: unknown;
            readonly agent: string;
            /** Format: date-time */
            readonly timestamp: string;
        };
        /** @description What a stream changed since it left the main branch. */
        readonly ChangedFiles: {
            readonly streamId: string;
            readonly title: string;
            readonly branch: string | null;
            readonly committed: readonly string[];
            /** @description in the worktree now, untracked files too */
            readonly uncommitted: readonly string[];
            readonly againstMain: components["schemas"]["MergeOutcome"];
            /** @description why one of the two is not known */
            readonly problem: string | null;
        };
        /** @description A file that a stream changed, as it is now. */
        readonly StreamFile: {
            readonly path: string;
            /** @enum {string} */
            readonly change: "added" | "modified" | "deleted" | "renamed";
            /** @description what a renamed one was called */
            readonly oldPath?: string;
            /** @description null: binary */
            readonly insertions: number | null;
            readonly deletions: number | null;
            readonly committed: boolean;
            /** @description untracked ones too */
            readonly uncommitted: boolean;
        };
        /** @description A file that both change, in lines of what both left from: their merge base. */
        readonly ComparedFile: {
            readonly path: string;
            /** @description null: it was not there, or is binary */
            readonly lines: number | null;
            readonly a: readonly components["schemas"]["Hunk"][];
            readonly b: readonly components["schemas"]["Hunk"][];
            readonly overlaps: readonly components["schemas"]["Overlap"][];
            /**
             * @description possible: not all of it is committed
             * @enum {string}
             */
            readonly outcome: "conflict" | "merges" | "possible" | "unknown";
            readonly message: string;
        };
        /** @description Consecutive lines that one side replaces. */
        readonly Hunk: {
            /** @description from 1 */
            readonly start: number;
            /** @description 0: nothing is replaced, what is new comes before start */
            readonly lines: number;
            /** @description in their place */
            readonly newLines: number;
        };
        /** @description Lines that both sides change, or next to each other. */
        readonly Overlap: {
            readonly start: number;
            /** @description included; where both only put something in, start */
            readonly end: number;
        };
        /** @description Changed lines within overlaps: what has to be done again if the other lands first. */
        readonly Rework: {
            readonly a: number;
            readonly b: number;
        };
        /** @description What git would do on a merge into the main branch. */
        readonly MergeOutcome: {
            /** @enum {string} */
            readonly state: "clean" | "conflict" | "possible" | "unknown";
            readonly conflicts: readonly components["schemas"]["Conflict"][];
        };
        /** @description Two streams that share files. */
        readonly Pair: {
            readonly a: string;
            readonly b: string;
            /**
             * @description possible: not all of it is committed
             * @enum {string}
             */
            readonly state: "clean" | "conflict" | "possible" | "unknown";
            readonly files: readonly string[];
            readonly uncommittedFiles: readonly string[];
            readonly conflicts: readonly components["schemas"]["Conflict"][];
            readonly detail: string | null;
        };
        /** @description Where a merge would stop. */
        readonly Conflict: {
            readonly file: string;
            /** @description git's word: contents, modify/delete, add/add … */
            readonly kind: string;
            readonly message: string;
        };
        /** @description A stream that the answer says nothing about. */
        readonly LeftOut: {
            readonly streamId: string;
            readonly reason: string;
        };
        /** @description What a retirement does, in its order. */
        readonly Plan: {
            readonly steps: readonly components["schemas"]["PlanStep"][];
            /** @description what would be lost */
            readonly atRisk: readonly components["schemas"]["Risk"][];
            readonly notes: readonly string[];
        };
        /** @description One step. */
        readonly PlanStep: {
            readonly step: string;
            readonly subject: string;
        };
        /** @description What would be lost. */
        readonly Risk: {
            /** @description uncommitted, untracked, unpushed, unlanded, locked, in_progress, submodules … */
            readonly kind: string;
            readonly detail: string;
            readonly items: readonly string[];
        };
        /** @description What was done beside the record. */
        readonly RetirementResult: {
            readonly worktreeDeleted: boolean;
            readonly branchDeleted: boolean;
            /** @description the report */
            readonly archiveWritten: boolean;
            readonly planFilesCleanedUp: boolean;
            /** @description a longer summary is written in the background */
            readonly summaryQueued: boolean;
            readonly errors: readonly string[];
        };
        /** @description One stream of many. */
        readonly BulkResult: {
            readonly streamId: string;
            readonly success: boolean;
            readonly error: string | null;
            readonly plan: components["schemas"]["Plan"] | null;
            readonly retirement: components["schemas"]["RetirementResult"] | null;
            readonly report: string | null;
        };
        /** @description A plan file that was not read. */
        readonly PlanFileError: {
            readonly file: string;
            readonly line: number | null;
            readonly reason: string;
        };
        /** @description What a scan brought for one stream. */
        readonly ScannedStream: {
            readonly streamId: string;
            readonly branch: string;
            readonly added: number;
            readonly removed: number;
            readonly total: number;
            readonly note: string | null;
        };
        /** @description What streams are compared with. */
        readonly MainBranch: {
            readonly name: string;
            readonly why: string;
        };
        /** @description A stream and what git says of it. */
        readonly Entry: {
            readonly streamId: string;
            readonly title: string;
            readonly branch: string | null;
            readonly worktreePath: string | null;
            readonly previousStatus: string;
            /** @description null: it stays */
            readonly newStatus: string | null;
            readonly reason: string;
            readonly landing: components["schemas"]["Landing"] | null;
        };
        /** @description Whether a branch is on the main branch, by evidence. */
        readonly Landing: {
            /** @enum {string} */
            readonly state: "never_committed" | "empty" | "ahead" | "merged" | "rebased" | "squashed" | "reverted" | "unknown";
            readonly evidence: string;
            readonly landedBy: string | null;
            readonly commits: number;
            readonly landedCommits: number;
            readonly main: string;
        };
        /** @description A worktree without a stream. */
        readonly Orphan: {
            readonly path: string;
            readonly branch: string | null;
            readonly commitHash: string | null;
            readonly isMain: boolean;
            readonly reason: string;
        };
        /** @description What failed for one stream. */
        readonly StreamError: {
            readonly streamId: string;
            readonly error: string;
        };
        /** @description How many of each. */
        readonly ReconciliationSummary: {
            readonly totalInDb: number;
            readonly totalWorktrees: number;
            readonly active: number;
            readonly completed: number;
            readonly stale: number;
            readonly orphaned: number;
            readonly errors: number;
        };
        /** @description What was done with one stream. */
        readonly Applied: {
            readonly streamId: string;
            /** @description its new status, or archived, or added */
            readonly action: string;
        };
        /** @description A worktree of the repository. */
        readonly Worktree: {
            readonly id: string;
            readonly path: string;
            readonly branch: string | null;
            readonly commitHash: string | null;
            readonly isMain: boolean;
            readonly streamId: string | null;
            readonly isDetached: boolean;
            readonly exists: boolean;
            /** @description null: not locked */
            readonly lockReason: string | null;
            /** @description rebase, merge … in progress */
            readonly operation: string | null;
        };
        /** @description A branch with the evidence. */
        readonly LandedBranch: {
            readonly branch: string;
            /** @enum {string} */
            readonly state: "merged" | "rebased" | "squashed";
            readonly evidence: string;
            readonly landedBy: string | null;
        };
        /** @description How the server learns of new commits. */
        readonly GitWatch: {
            /** @description inotify, polling, or nothing */
            readonly watching: string;
            readonly problem?: string;
            /** Format: date-time */
            readonly scannedAt?: string;
        };
        /** @description How far the server is. */
        readonly Work: {
            readonly doing: string;
            readonly done: number;
            readonly total: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type StreamList = components['schemas']['StreamList'];
export type StreamAdded = components['schemas']['StreamAdded'];
export type StreamUpdated = components['schemas']['StreamUpdated'];
export type ClaimAnswer = components['schemas']['ClaimAnswer'];
export type Answered = components['schemas']['Answered'];
export type MessageSent = components['schemas']['MessageSent'];
export type News = components['schemas']['News'];
export type Changes = components['schemas']['Changes'];
export type AgentList = components['schemas']['AgentList'];
export type PresentAgent = components['schemas']['PresentAgent'];
export type CommitAdded = components['schemas']['CommitAdded'];
export type CommitList = components['schemas']['CommitList'];
export type History = components['schemas']['History'];
export type EventPage = components['schemas']['EventPage'];
export type PastStreams = components['schemas']['PastStreams'];
export type ProjectList = components['schemas']['ProjectList'];
export type Project = components['schemas']['Project'];
export type Stats = components['schemas']['Stats'];
export type ServerVersion = components['schemas']['ServerVersion'];
export type BoardApp = components['schemas']['BoardApp'];
export type Conflicts = components['schemas']['Conflicts'];
export type StreamFiles = components['schemas']['StreamFiles'];
export type Comparison = components['schemas']['Comparison'];
export type Retirement = components['schemas']['Retirement'];
export type Retirements = components['schemas']['Retirements'];
export type Unretired = components['schemas']['Unretired'];
export type Synced = components['schemas']['Synced'];
export type Scanned = components['schemas']['Scanned'];
export type Reconciliation = components['schemas']['Reconciliation'];
export type Worktrees = components['schemas']['Worktrees'];
export type LandedBranches = components['schemas']['LandedBranches'];
export type Health = components['schemas']['Health'];
export type Storage = components['schemas']['Storage'];
export type SnapshotTaken = components['schemas']['SnapshotTaken'];
export type BackupTaken = components['schemas']['BackupTaken'];
export type Exported = components['schemas']['Exported'];
export type Accepted = components['schemas']['Accepted'];
export type Integrity = components['schemas']['Integrity'];
export type Error = components['schemas']['Error'];
export type Stream = components['schemas']['Stream'];
export type Resumption = components['schemas']['Resumption'];
export type Obstacle = components['schemas']['Obstacle'];
export type Note = components['schemas']['Note'];
export type ShortCommit = components['schemas']['ShortCommit'];
export type Neighbour = components['schemas']['Neighbour'];
export type Question = components['schemas']['Question'];
export type Claim = components['schemas']['Claim'];
export type RecentActivity = components['schemas']['RecentActivity'];
export type Commit = components['schemas']['Commit'];
export type Event = components['schemas']['Event'];
export type ChangedFiles = components['schemas']['ChangedFiles'];
export type StreamFile = components['schemas']['StreamFile'];
export type ComparedFile = components['schemas']['ComparedFile'];
export type Hunk = components['schemas']['Hunk'];
export type Overlap = components['schemas']['Overlap'];
export type Rework = components['schemas']['Rework'];
export type MergeOutcome = components['schemas']['MergeOutcome'];
export type Pair = components['schemas']['Pair'];
export type Conflict = components['schemas']['Conflict'];
export type LeftOut = components['schemas']['LeftOut'];
export type Plan = components['schemas']['Plan'];
export type PlanStep = components['schemas']['PlanStep'];
export type Risk = components['schemas']['Risk'];
export type RetirementResult = components['schemas']['RetirementResult'];
export type BulkResult = components['schemas']['BulkResult'];
export type PlanFileError = components['schemas']['PlanFileError'];
export type ScannedStream = components['schemas']['ScannedStream'];
export type MainBranch = components['schemas']['MainBranch'];
export type Entry = components['schemas']['Entry'];
export type Landing = components['schemas']['Landing'];
export type Orphan = components['schemas']['Orphan'];
export type StreamError = components['schemas']['StreamError'];
export type ReconciliationSummary = components['schemas']['ReconciliationSummary'];
export type Applied = components['schemas']['Applied'];
export type Worktree = components['schemas']['Worktree'];
export type LandedBranch = components['schemas']['LandedBranch'];
export type GitWatch = components['schemas']['GitWatch'];
export type Work = components['schemas']['Work'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
