// Reads what the event stream does not tell: the log before the page was opened, the ends of leases, and what git says
// of the branches. Starts when there is something to ask for; decides nothing about streams.
import type { World } from './feed.ts';
import { mostKept } from './log.ts';
import type { Change, Conflicts, EventPage, Stream } from './model.ts';
import type { Event, State } from './state.ts';

const pageSize = 1_000;
const wantedEvents = Math.floor(mostKept * 0.75);
/** Commits come in groups: git is asked when a group is over. */
const settleMs = 2_000;
/** Nothing tells that a file was edited. */
const conflictsEveryMs = 60_000;
const leaseCheckMs = 10_000;
/** For answers that the server has to work out. */
const workMs = 60_000;
const leasesAtOnce = 20;

export class Lookout {
  private readonly world: World;
  private readonly read: () => State;
  private readonly send: (event: Event) => void;
  private readonly isSeen: () => boolean;
  private loading = false;
  private lookingAt: 'nothing' | 'conflicts' | 'again' = 'nothing';
  private cancelSettle = (): void => {};
  private conflictsAt = -Infinity;
  /** Revision of a stream whose claim was read, by id: a lapsed one is not asked for again until something happens. */
  private readonly lapsed = new Map<string, number>();
  private leasing = false;

  constructor(world: World, read: () => State, send: (event: Event) => void, isSeen: () => boolean) {
    this.world = world;
    this.read = read;
    this.send = send;
    this.isSeen = isSeen;
  }

  start(): void {
    void this.loadEarlier();
    void this.lookAtConflicts();
    void this.readLeases();
    const tick = () => {
      if (this.isSeen()) this.step();
      this.world.after(leaseCheckMs, tick);
    };
    this.world.after(leaseCheckMs, tick);
  }

  /** What passes with time alone. */
  step(): void {
    void this.readLeases();
    if (this.world.now() - this.conflictsAt >= conflictsEveryMs) void this.lookAtConflicts();
  }

  /** Events arrived, or the whole state was replaced. */
  notice(before: State, after: State): void {
    if (after.log.base !== null && after.log.events.length === 0 && before.log !== after.log) void this.loadEarlier();
    if (before.agents !== after.agents) this.lapsed.clear();
    if (before.streams !== after.streams || before.agents !== after.agents) void this.readLeases();
    if (hasCommits(after.log.events, before.revision)) {
      this.cancelSettle();
      this.cancelSettle = this.world.after(settleMs, () => void this.lookAtConflicts());
    }
  }

  /** Page by page, newest first, so that what is near is there first. */
  async loadEarlier(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    try {
      for (;;) {
        const { log, revision, project } = this.read();
        if (project === null || log.complete || log.events.length >= wantedEvents) break;
        const first = log.events[0]?.revision ?? revision + 1;
        const page = (await this.world.get(`/api/history?limit=${pageSize}&before=${first}`)) as EventPage;
        // Data that was replaced meanwhile has another past.
        if ((this.read().log.events[0]?.revision ?? this.read().revision + 1) !== first) continue;
        const complete = page.nextCursor === undefined;
        this.send({ kind: 'earlier', events: page.events.toReversed(), complete });
      }
      const { log } = this.read();
      const first = log.events[0];
      if (!log.base && first) await this.loadBase(first);
    } catch {
      // The event stream notices a loss, too; what is missing is asked for after the next snapshot.
    } finally {
      this.loading = false;
    }
  }

  private async loadBase(first: Change): Promise<void> {
    const before = (await this.world.get(`/api/past?revision=${first.revision - 1}`, workMs)) as { streams: Stream[] };
    this.send({ kind: 'base', before: first.revision, streams: before.streams });
  }

  /** One look at a time; what changed meanwhile is looked at once more. */
  async lookAtConflicts(): Promise<void> {
    if (this.lookingAt !== 'nothing') {
      this.lookingAt = 'again';
      return;
    }
    if (this.read().project === null) return;
    this.lookingAt = 'conflicts';
    this.conflictsAt = this.world.now();
    try {
      this.send({ kind: 'conflicts', conflicts: (await this.world.get('/api/conflicts', workMs)) as Conflicts });
    } catch {
      // Outside git there are none; and a loss is the event stream's to notice.
    }
    const again = this.lookingAt === ('again' as string);
    this.lookingAt = 'nothing';
    if (again) this.cancelSettle = this.world.after(settleMs, () => void this.lookAtConflicts());
  }

  /** Asks for the end of each lease that is not known, or should be over: a call of its holder moves it on silently. */
  async readLeases(): Promise<void> {
    if (this.leasing) return;
    this.leasing = true;
    try {
      const now = Date.now();
      const due = [...this.read().streams.values()]
        .filter(({ claim }) => claim && !(Date.parse(claim.expiresAt ?? '') > now))
        .filter(({ id, revision }) => this.lapsed.get(id) !== revision)
        .slice(0, leasesAtOnce);
      for (const { id } of due) {
        const stream = (await this.world.get(`/api/streams/${encodeURIComponent(id)}`)) as Stream;
        if (stream.claim?.expiresAt && Date.parse(stream.claim.expiresAt) <= now) this.lapsed.set(id, stream.revision);
        this.send({ kind: 'lease', streamId: id, claim: stream.claim });
      }
    } catch {
      // Asked again with the next change or tick.
    } finally {
      this.leasing = false;
    }
  }
}

/** Did a branch move after the revision? */
function hasCommits(events: readonly Change[], revision: number): boolean {
  for (let index = events.length - 1; index >= 0 && events[index]!.revision > revision; index--) {
    if (events[index]!.type.startsWith('commit_')) return true;
  }
  return false;
}
