// What the server sends, by the names that the page uses: the types generated from openapi.json, narrowed to what is read
// here. Read by every other module; computes nothing.
import type * as Api from './api.ts';

export type {
  ChangedFiles,
  Conflicts,
  Pair,
  PresentAgent,
  Question,
  RecentActivity,
  Retirement,
  StreamFile,
  StreamFiles,
  Unretired,
} from './api.ts';

export const statuses = ['blocked', 'active', 'initializing', 'paused', 'completed', 'archived'] as const satisfies readonly Status[];
export type Status = Api.Stream['status'];

export const priorities = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Priority[];
export type Priority = Api.Stream['priority'];

/** When a lease ends only answers tell, no event: each call of the holder moves it on. */
export type Claim = Pick<Api.Claim, 'agent'> & Partial<Api.Claim>;
export type Stream = Omit<Api.Stream, 'claim'> & { readonly claim: Claim | null };
export type Commit = Omit<Api.Commit, 'streamNumber' | 'streamTitle'>;
export type Health = Pick<Api.Health, 'projectName' | 'projectRoot' | 'instanceId' | 'version' | 'revision'>;

/** One event of the history, as the SSE events `streams` and `commits` carry it. */
export type Change = Omit<Api.Event, 'agent'> & { readonly agent: string | null };
export type EventPage = Omit<Api.EventPage, 'events'> & { readonly events: readonly Change[] };

export type AgentState = Api.PresentAgent['state'];
export type MergeState = Api.Pair['state'];
export type MergeConflict = Api.Conflict;

/** Consecutive lines of a file as both streams found it. `lines` 0: it only adds, before `start`. */
export type Hunk = Pick<Api.Hunk, 'start' | 'lines'>;
export type ComparedFile = Omit<Api.ComparedFile, 'a' | 'b'> & { readonly a: readonly Hunk[]; readonly b: readonly Hunk[] };
/** One pair of streams, file by file. */
export type Comparison = Omit<Api.Comparison, 'files' | 'detail' | 'leftOut'> & { readonly files: readonly ComparedFile[] };

/** What a retirement does, in its order, and what would be lost. */
export type RetirementPlan = Api.Plan;
