// The page's one state and the one pure function that changes it. No browser, no clock, no network: the feed
// brings events, the views read the state, a test folds a whole history and compares it with a fresh snapshot.
import { append, emptyLog, prepend, type Log } from './log.ts';
import type { Change, Claim, Conflicts, Health, PresentAgent, Stream } from './model.ts';
import { nextStream, type Streams } from './stream_change.ts';

/** How the page stands to its server. `refused`: it answers, but no longer to this page. `foreign`: it is another's. */
export type Link = 'starting' | 'live' | 'reconnecting' | 'stopped' | 'refused' | 'foreign';

export interface State {
  readonly link: Link;
  readonly project: Health | null;
  /** The newest revision that is in here; the feed resumes after it. */
  readonly revision: number;
  readonly lastChange: string | null;
  readonly streams: Streams;
  /** Streams that changed live a moment ago, and at which revision. */
  readonly fresh: ReadonlyMap<string, number>;
  readonly agents: readonly PresentAgent[];
  /** What git says of the streams' branches; null: not looked at yet. */
  readonly conflicts: Conflicts | null;
  readonly log: Log;
}

export type Event =
  | { readonly kind: 'link'; readonly link: Link }
  | { readonly kind: 'snapshot'; readonly health: Health; readonly revision: number; readonly streams: readonly Stream[] }
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'reset'; readonly revision: number; readonly streams: readonly Stream[] }
  | { readonly kind: 'agents'; readonly agents: readonly PresentAgent[] }
  | { readonly kind: 'conflicts'; readonly conflicts: Conflicts }
  /** A claim as the server sees it now, with the end of its lease, which no event tells. */
  | { readonly kind: 'lease'; readonly streamId: string; readonly claim: Claim | null }
  /** Events right before those that are here, oldest first; `complete`: nothing was before them. */
  | { readonly kind: 'earlier'; readonly events: readonly Change[]; readonly complete: boolean }
  /** The streams as they were before the first event that is here. */
  | { readonly kind: 'base'; readonly before: number; readonly streams: readonly Stream[] }
  /** The outline of what changed up to this revision has been seen. */
  | { readonly kind: 'settled'; readonly revision: number };

export const initial: State = {
  link: 'starting',
  project: null,
  revision: 0,
  lastChange: null,
  streams: new Map(),
  fresh: new Map(),
  agents: [],
  conflicts: null,
  log: emptyLog,
};

export function apply(state: State, event: Event): State {
  return applyAll(state, [event]);
}

/** The same as applying one after the other, but a burst copies the maps once. */
export function applyAll(state: State, events: readonly Event[]): State {
  const draft = new Draft(state);
  for (const event of events) draft.take(event);
  return draft.finish();
}

class Draft {
  state: State;
  private streams: Map<string, Stream> | null = null;
  private fresh: Map<string, number> | null = null;
  private readonly events: Change[] = [];

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
        this.set({ project: event.health });
        break;
      case 'reset':
        this.replace(event.streams, event.revision);
        break;
      case 'agents':
        this.set({ agents: event.agents });
        break;
      case 'conflicts':
        this.set({ conflicts: event.conflicts });
        break;
      case 'lease':
        this.lease(event.streamId, event.claim);
        break;
      case 'earlier':
        this.logEvents();
        this.set({ log: prepend(this.state.log, event.events, event.complete) });
        break;
      case 'base':
        this.logEvents();
        if (this.state.log.events[0]?.revision === event.before) {
          this.set({ log: { ...this.state.log, base: byId(event.streams) } });
        }
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
    this.events.push(change);
    const before = this.state.streams.get(change.streamId);
    const after = nextStream(before, change);
    if (!after) return;
    this.ownStreams().set(change.streamId, after);
    this.ownFresh().set(change.streamId, change.revision);
  }

  private replace(streams: readonly Stream[], revision: number): void {
    this.streams = byId(streams);
    this.events.length = 0;
    this.fresh = new Map();
    let lastChange: string | null = null;
    for (const { updatedAt } of streams) {
      if (lastChange === null || updatedAt > lastChange) lastChange = updatedAt;
    }
    // From here on the log is without a gap; what was before is read later, for whoever looks back.
    const log = { ...emptyLog, base: byId(streams) };
    this.set({ streams: this.streams, fresh: this.fresh, revision, lastChange, log });
  }

  private lease(id: string, claim: Claim | null): void {
    const stream = this.state.streams.get(id);
    // An event may have told of another holder meanwhile.
    if (!stream?.claim || !claim || stream.claim.agent !== claim.agent) return;
    this.ownStreams().set(id, { ...stream, claim });
  }

  finish(): State {
    this.logEvents();
    return this.state;
  }

  private logEvents(): void {
    if (this.events.length === 0) return;
    this.set({ log: append(this.state.log, this.events) });
    this.events.length = 0;
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

function byId(streams: readonly Stream[]): Map<string, Stream> {
  return new Map(streams.map((stream) => [stream.id, stream]));
}
