// What the server sends: the shapes of its JSON, nothing computed. Read by every other module.
import type { components } from './api.ts';

type Schemas = components['schemas'];

export const statuses = ['blocked', 'active', 'initializing', 'paused', 'completed', 'archived'] as const;
export type Status = (typeof statuses)[number];

export const priorities = ['critical', 'high', 'medium', 'low'] as const;
export type Priority = (typeof priorities)[number];

export interface Question {
  readonly text: string;
  readonly choices: readonly string[];
  readonly asker: string | null;
  readonly askedAt: string;
}

export interface Claim {
  readonly agent: string;
  readonly process?: string | null;
  readonly since?: string;
  /** Only in answers, not in the event `claimed`: each call of the holder moves it on. */
  readonly expiresAt?: string;
}

export interface RecentActivity {
  /** The message of the newest commit. */
  readonly lastCommit: string | null;
  readonly lastCommitTime: string | null;
  readonly filesChanged: number;
}

export interface Stream {
  readonly id: string;
  readonly streamNumber: string;
  readonly title: string;
  readonly category: string;
  readonly priority: Priority;
  readonly status: Status;
  readonly progress: number;
  readonly currentPhase: number;
  readonly phases: readonly string[];
  readonly completedPhases: readonly number[];
  readonly worktreePath: string | null;
  readonly branch: string | null;
  readonly blockedBy: string | null;
  readonly blockers: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly completedAt: string | null;
  readonly revision: number;
  readonly claim: Claim | null;
  readonly goal: string | null;
  readonly lastNote: string | null;
  readonly question: Question | null;
  readonly recentActivity: RecentActivity;
}

export interface Commit {
  readonly id: string;
  readonly streamId: string;
  readonly commitHash: string;
  readonly message: string;
  readonly author: string;
  readonly filesChanged: number;
  readonly insertions: number;
  readonly deletions: number;
  readonly timestamp: string;
  readonly revision: number;
}


export interface Health {
  readonly projectName: string;
  readonly projectRoot: string;
  readonly instanceId: string;
  readonly version: string;
  readonly revision: number;
}

/** One event of the history, as the SSE events `streams` and `commits` carry it. */
export interface Change {
  readonly revision: number;
  readonly streamId: string;
  readonly type: string;
  readonly oldValue: unknown;
  readonly newValue: unknown;
  readonly agent: string | null;
  readonly timestamp: string;
}

export type AgentState = 'live' | 'quiet' | 'gone';

export interface PresentAgent {
  readonly name: string;
  readonly state: AgentState;
  readonly process: string | null;
  readonly client: string | null;
  readonly worktree: string | null;
  readonly streamId: string | null;
  readonly firstCall: string;
  readonly lastCall: string;
}

export type MergeState = 'clean' | 'conflict' | 'possible' | 'unknown';

export interface MergeConflict {
  readonly file: string;
  readonly kind: string;
  readonly message: string;
}

export interface ChangedFiles {
  readonly streamId: string;
  readonly title: string;
  readonly branch: string | null;
  readonly committed: readonly string[];
  readonly uncommitted: readonly string[];
  readonly againstMain: { readonly state: MergeState; readonly conflicts: readonly MergeConflict[] };
  readonly problem: string | null;
}

/** Two streams that change the same files. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly state: MergeState;
  readonly files: readonly string[];
  readonly uncommittedFiles: readonly string[];
  readonly conflicts: readonly MergeConflict[];
  readonly detail: string | null;
}

export interface Conflicts {
  readonly timestamp: string;
  readonly mainBranch: string | null;
  readonly streams: readonly ChangedFiles[];
  readonly pairs: readonly Pair[];
  readonly landingOrder: readonly string[];
  readonly leftOut: readonly { readonly streamId: string; readonly reason: string }[];
  readonly warnings: readonly string[];
}

/** Consecutive lines of a file as both streams found it. */
export interface Hunk {
  /** From 1. */
  readonly start: number;
  /** 0: it only adds, before `start`. */
  readonly lines: number;
}

export interface ComparedFile {
  readonly path: string;
  /** Of the file as both streams found it; null: it was not there, or is binary. */
  readonly lines: number | null;
  readonly a: readonly Hunk[];
  readonly b: readonly Hunk[];
  readonly overlaps: readonly { readonly start: number; readonly end: number }[];
  readonly outcome: 'conflict' | 'merges' | 'possible' | 'unknown';
  readonly message: string;
}

/** One pair of streams, file by file. */
export interface Comparison {
  readonly a: string;
  readonly b: string;
  readonly state: MergeState;
  readonly files: readonly ComparedFile[];
  /** Null: one of them has nothing to land. */
  readonly landFirst: string | null;
  readonly reason: string;
  /** Changed lines within overlaps: what each has to do again if the other lands first. */
  readonly reworkLines: { readonly a: number; readonly b: number };
}

/** A page of the project's log, newest first. */
export interface EventPage {
  readonly events: readonly Change[];
  readonly revision: number;
  /** The oldest revision that is still there. */
  readonly floor: number;
  readonly nextCursor?: string;
}

/** Files that a stream's branch and worktree change, against where it left the main branch. */
export type StreamFiles = Schemas['StreamFiles'];
export type StreamFile = Schemas['StreamFile'];

/** What a retirement does, in its order, and what would be lost. */
export type RetirementPlan = Schemas['Plan'];
export type Retirement = Schemas['Retirement'];
export type Unretired = Schemas['Unretired'];
