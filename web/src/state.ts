// The page's one state and the one pure function that changes it. No browser, no clock, no network: the feed
// brings events, the views read the state, a test folds a whole history and compares it with a fresh snapshot.
import type { Change, Claim, Commit, Health, Question, Stats, Status, Stream } from './model.ts';

/** How the page stands to its server. `refused`: it answers, but no longer to this page. `foreign`: it is another's. */
export type Link = 'starting' | 'live' | 'reconnecting' | 'stopped' | 'refused' | 'foreign';

export interface State {
  readonly link: Link;
  readonly project: Health | null;
  /** The newest revision that is in here; the feed resumes after it. */
  readonly revision: number;
  readonly lastChange: string | null;
  readonly streams: ReadonlyMap<string, Stream>;
  readonly stats: Stats | null;
  /** Newest first, `commitsKept` at most. */
  readonly commits: readonly Commit[];
  /** Streams that changed live a moment ago, and at which revision. */
  readonly fresh: ReadonlyMap<string, number>;
}

export type Event =
  | { readonly kind: 'link'; readonly link: Link }
  | {
      readonly kind: 'snapshot';
      readonly health: Health;
      readonly revision: number;
      readonly streams: readonly Stream[];
      readonly stats: Stats;
      readonly commits: readonly Commit[];
    }
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'stats'; readonly stats: Stats }
  | { readonly kind: 'reset'; readonly revision: number; readonly streams: readonly Stream[]; readonly stats: Stats }
  /** The list as the server has it now; `since` is the state's revision when it was asked for. */
  | { readonly kind: 'commits'; readonly since: number; readonly commits: readonly Commit[] }
  /** The outline of what changed up to this revision has been seen. */
  | { readonly kind: 'settled'; readonly revision: number };

export const commitsKept = 50;

export const initial: State = {
  link: 'starting',
  project: null,
  revision: 0,
  lastChange: null,
  streams: new Map(),
  stats: null,
  commits: [],
  fresh: new Map(),
};

export function apply(state: State, event: Event): State {
  return applyAll(state, [event]);
}

/** The same as applying one after the other, but a burst copies the maps once. */
export function applyAll(state: State, events: readonly Event[]): State {
  const draft = new Draft(state);
  for (const event of events) draft.take(event);
  return draft.state;
}

class Draft {
  state: State;
  private streams: Map<string, Stream> | null = null;
  private fresh: Map<string, number> | null = null;

  constructor(state: State) {
    this.state = state;
  }

  take(event: Event): void {
    switch (event.kind) {
      case 'link':
        this.set({ link: event.link });
        break;
      case 'snapshot':
        this.replace(event.streams, event.revision);
        this.set({ project: event.health, stats: event.stats, commits: newest(event.commits) });
        break;
      case 'reset':
        this.replace(event.streams, event.revision);
        this.set({ stats: event.stats });
        break;
      case 'commits': {
        const later = this.state.commits.filter((commit) => commit.revision > event.since);
        this.set({ commits: newest([...event.commits, ...later]) });
        break;
      }
      case 'stats':
        this.set({ stats: event.stats });
        break;
      case 'settled':
        for (const [id, revision] of this.state.fresh) {
          if (revision <= event.revision) this.ownFresh().delete(id);
        }
        break;
      case 'change':
        this.change(event.change);
        break;
    }
  }

  private change(change: Change): void {
    if (change.revision <= this.state.revision) return; // a resumed feed may repeat what is in here already
    this.set({ revision: change.revision, lastChange: change.timestamp });
    if (change.type === 'commit_added') {
      this.set({ commits: newest([change.newValue as Commit, ...this.state.commits]) });
    } else if (change.type === 'commit_removed') {
      const gone = (change.oldValue as Commit).id;
      this.set({ commits: this.state.commits.filter(({ id }) => id !== gone) });
    }
    const before = this.state.streams.get(change.streamId);
    const after = changed(before, change);
    if (!after) return;
    this.ownStreams().set(change.streamId, after);
    this.ownFresh().set(change.streamId, change.revision);
  }

  private replace(streams: readonly Stream[], revision: number): void {
    this.streams = new Map(streams.map((stream) => [stream.id, stream]));
    this.fresh = new Map();
    let lastChange: string | null = null;
    for (const { updatedAt } of streams) {
      if (lastChange === null || updatedAt > lastChange) lastChange = updatedAt;
    }
    this.set({ streams: this.streams, fresh: this.fresh, revision, lastChange });
  }

  private ownStreams(): Map<string, Stream> {
    if (!this.streams) this.set({ streams: (this.streams = new Map(this.state.streams)) });
    return this.streams!;
  }

  private ownFresh(): Map<string, number> {
    if (!this.fresh) this.set({ fresh: (this.fresh = new Map(this.state.fresh)) });
    return this.fresh!;
  }

  private set(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
  }
}

/** A stream is born without commits, so its event need not say so. */
type NewStream = Omit<Stream, 'recentActivity'> & Partial<Pick<Stream, 'recentActivity'>>;
const noActivity = { lastCommit: null, lastCommitTime: null, filesChanged: 0 };

/** The stream after one change; undefined when the page does not know the stream. */
function changed(before: Stream | undefined, change: Change): Stream | undefined {
  const stamp = { revision: change.revision, updatedAt: change.timestamp };
  if (change.type === 'created') {
    return { recentActivity: noActivity, ...(change.newValue as NewStream), createdAt: change.timestamp, ...stamp };
  }
  if (!before) return undefined;
  return { ...before, ...fields(before, change), ...stamp };
}

function fields(before: Stream, { type, newValue, timestamp }: Change): Partial<Stream> {
  switch (type) {
    case 'status_changed':
      return { status: newValue as Status, completedAt: null };
    case 'completed':
      return { status: 'completed', completedAt: timestamp };
    case 'archived':
      return { status: 'archived' };
    case 'unretired': {
      const status = newValue as Status;
      // Out of the archive it is completed since it was completed.
      return { status, completedAt: status === 'completed' ? (before.completedAt ?? timestamp) : null };
    }
    case 'progress_updated':
      return { progress: newValue as number };
    case 'phase_changed':
      return { currentPhase: newValue as number };
    case 'phase_completed':
    case 'phase_reopened':
      return { completedPhases: newValue as readonly number[] };
    case 'question_asked':
      return { question: newValue as Question };
    case 'question_withdrawn':
    case 'question_answered':
      return { question: null };
    case 'note':
      return { lastNote: newValue as string };
    case 'blockers_changed': {
      const blockers = newValue as readonly string[];
      return { blockers, blockedBy: blockers[0] ?? null };
    }
    case 'details_changed':
      return newValue as Partial<Stream>;
    case 'claimed':
      return { claim: newValue as Claim };
    case 'released':
      return { claim: null };
    case 'commit_added':
      return { recentActivity: activity(before, newValue as Commit) };
    case 'commit_removed':
      return { recentActivity: (newValue as Pick<Stream, 'recentActivity'>).recentActivity };
    default: // a newer server's type: the stream did change, how is unknown here
      return {};
  }
}

function activity(before: Stream, commit: Commit): Stream['recentActivity'] {
  const last = before.recentActivity.lastCommitTime;
  if (last !== null && last > commit.timestamp) return before.recentActivity; // an older commit, told late
  return { lastCommit: commit.message, lastCommitTime: commit.timestamp, filesChanged: commit.filesChanged };
}

function newest(commits: readonly Commit[]): readonly Commit[] {
  const byId = new Map(commits.map((commit) => [commit.id, commit]));
  return [...byId.values()]
    .sort((a, b) => (a.timestamp === b.timestamp ? b.revision - a.revision : a.timestamp < b.timestamp ? 1 : -1))
    .slice(0, commitsKept);
}
