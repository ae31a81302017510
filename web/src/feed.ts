// Keeps the state level with the server: one snapshot, then the event stream from its revision on, for ever again
// after every loss. Decides nothing about streams: it turns what arrives into events for apply().
import type { Change, Health, PresentAgent, Stream } from './model.ts';
import type { Event, Link, State } from './state.ts';

/** The part of an EventSource that is used. */
export interface Source {
  addEventListener(name: string, listener: (message: { readonly data: string }) => void): void;
  onerror: (() => void) | null;
  close(): void;
}

export interface World {
  /**
   * GETs JSON. Rejects with Refused on 403, and with any other error when there is no good answer, `withinMs` (5 s) at
   * the most.
   */
  get(path: string, withinMs?: number): Promise<unknown>;
  open(path: string): Source;
  /** Runs once, later; gives back how to call it off. */
  after(ms: number, run: () => void): () => void;
  now(): number;
}

export class Refused extends Error {}

const firstRetryMs = 250;
const longestRetryMs = 3_000;
/** A server that is only replaced is back well before this. */
const stoppedAfterMs = 4_000;
/** The server's heartbeat is more frequent; silence for so long is a dead connection that nobody closed. */
const silenceMs = 60_000;

export class Feed {
  private readonly world: World;
  private readonly read: () => State;
  private readonly send: (event: Event) => void;
  private source: Source | null = null;
  private cancelTimer: () => void = () => {};
  private waiting = false;
  private lostAt: number | null;
  private retryMs = firstRetryMs;
  private heardAt = 0;

  constructor(world: World, read: () => State, send: (event: Event) => void) {
    this.world = world;
    this.read = read;
    this.send = send;
    this.lostAt = world.now();
  }

  start(): void {
    void this.connect();
  }

  /** The page is looked at again, or the network is back: do not sit out the pause. */
  retryNow(): void {
    if (!this.waiting) return;
    this.cancelTimer();
    void this.connect();
  }

  private async connect(): Promise<void> {
    this.waiting = false;
    try {
      const isFirst = this.read().project === null;
      const [health, list] = await Promise.all([
        this.world.get('/api/health') as Promise<Health>,
        isFirst ? (this.world.get('/api/streams') as Promise<{ streams: Stream[]; revision: number }>) : null,
      ]);
      const project = this.read().project;
      if (list) this.send({ kind: 'snapshot', health, revision: list.revision, streams: list.streams });
      else if (project?.projectRoot !== health.projectRoot) return this.lost('foreign');
      this.listen();
    } catch (error) {
      this.lost(error instanceof Refused ? 'refused' : null);
    }
  }

  private listen(): void {
    // Always a new source: its own retry would not look who answers, and it gives up for good on an HTTP error.
    const source = this.world.open(`/api/events?since=${this.read().revision}`);
    this.source = source;
    this.heardAt = this.world.now();
    source.onerror = () => this.lost(null);
    const on = (name: string, take: (data: unknown) => void) =>
      source.addEventListener(name, ({ data }) => {
        this.heardAt = this.world.now();
        take(JSON.parse(data));
      });
    on('connected', (data) => this.connected(data as { projectName: string }));
    on('streams', (data) => this.send({ kind: 'change', change: data as Change }));
    on('commits', (data) => this.send({ kind: 'change', change: data as Change }));
    on('agents', (data) => this.send({ kind: 'agents', agents: (data as { agents: PresentAgent[] }).agents }));
    on('reset', (data) => {
      const { revision, streams } = data as { revision: number; streams: Stream[] };
      this.send({ kind: 'reset', revision, streams });
    });
    on('heartbeat', () => {});
    this.watch();
  }

  private connected({ projectName }: { projectName: string }): void {
    // Between the health answer and this one another project's server may have taken the port.
    if (projectName !== this.read().project?.projectName) return this.lost('foreign');
    this.lostAt = null;
    this.retryMs = firstRetryMs;
    this.send({ kind: 'link', link: 'live' });
  }

  private watch(): void {
    this.cancelTimer = this.world.after(silenceMs / 4, () => {
      if (this.world.now() - this.heardAt >= silenceMs) this.lost(null);
      else this.watch();
    });
  }

  private lost(link: Link | null): void {
    this.cancelTimer();
    this.source?.close();
    this.source = null;
    this.lostAt ??= this.world.now();
    const long = this.world.now() - this.lostAt >= stoppedAfterMs;
    const next = link ?? (long ? 'stopped' : this.read().link === 'starting' ? 'starting' : 'reconnecting');
    if (next !== this.read().link) this.send({ kind: 'link', link: next });
    this.waiting = true;
    this.cancelTimer = this.world.after(this.retryMs, () => void this.connect());
    this.retryMs = Math.min(this.retryMs * 2, longestRetryMs);
  }
}

/** The browser's own world. */
export const browser: World = {
  async get(path, withinMs = 5_000) {
    const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(withinMs) });
    if (answer.status === 403) throw new Refused(path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  },
  open: (path) => new EventSource(path) as Source,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  now: () => performance.now(),
};
