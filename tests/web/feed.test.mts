// The feed against a server and a clock that the test holds in its hand: no network, no waiting.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed, Refused, type Source, type World } from '../../web/src/feed.ts';
import { apply, initial, type Event } from '../../web/src/state.ts';
import { change, commit, health, stream } from './samples.mts';

class FakeSource implements Source {
  onerror: (() => void) | null = null;
  closed = false;
  readonly path: string;
  private readonly listeners = new Map<string, (message: { data: string }) => void>();

  constructor(path: string) {
    this.path = path;
  }

  addEventListener(name: string, listener: (message: { data: string }) => void): void {
    this.listeners.set(name, listener);
  }

  close(): void {
    this.closed = true;
  }

  tell(name: string, data: unknown): void {
    if (!this.closed) this.listeners.get(name)!({ data: JSON.stringify(data) });
  }
}

class FakeWorld implements World {
  answers = new Map<string, unknown>([
    ['/api/health', health],
    ['/api/streams', { streams: [stream()], revision: 10 }],
  ]);
  failure: Error | null = null;
  readonly asked: string[] = [];
  readonly sources: FakeSource[] = [];
  private readonly timers = new Map<number, { at: number; run: () => void }>();
  private clock = 0;
  private nextTimer = 1;

  async get(path: string): Promise<unknown> {
    this.asked.push(path);
    if (this.failure) throw this.failure;
    return structuredClone(this.answers.get(path));
  }

  open(path: string): FakeSource {
    const source = new FakeSource(path);
    this.sources.push(source);
    return source;
  }

  after(ms: number, run: () => void): () => void {
    const id = this.nextTimer++;
    this.timers.set(id, { at: this.clock + ms, run });
    return () => this.timers.delete(id);
  }

  now(): number {
    return this.clock;
  }

  get source(): FakeSource {
    return this.sources.at(-1)!;
  }

  /** Time passes, and every timer that falls due runs, in order, with all that follows from it. */
  async pass(ms: number): Promise<void> {
    const end = this.clock + ms;
    for (;;) {
      const [due] = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!due) break;
      this.timers.delete(due[0]);
      this.clock = due[1].at;
      due[1].run();
      await settle();
    }
    this.clock = end;
  }
}

/** Lets every promise that is ready run on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function started() {
  const world = new FakeWorld();
  let state = initial;
  const feed = new Feed(
    world,
    () => state,
    (event: Event) => (state = apply(state, event)),
  );
  feed.start();
  await settle();
  return { world, feed, state: () => state };
}

async function connected() {
  const fixture = await started();
  fixture.world.source.tell('connected', { projectName: 'fieldnote', revision: 10 });
  await settle();
  return fixture;
}

test('a snapshot comes first, then the events after it', async () => {
  const { world, state } = await started();
  assert.equal(world.source.path, '/api/events?since=10');
  assert.equal(state().link, 'starting');
  world.source.tell('connected', { projectName: 'fieldnote', revision: 10 });
  assert.equal(state().link, 'live');
  world.source.tell('streams', change({ revision: 11, type: 'progress_updated', newValue: 30 }));
  world.source.tell('commits', change({ revision: 12, type: 'commit_added', newValue: commit({ revision: 12 }) }));
  assert.equal(state().streams.get('auth')!.progress, 30);
  assert.equal(state().streams.get('auth')!.recentActivity.lastCommit, 'Revoke the family on reuse');
});

test('after a loss it resumes after the last change it has', async () => {
  const { world, state } = await connected();
  world.source.tell('streams', change({ revision: 11, type: 'progress_updated', newValue: 30 }));
  const lost = world.source;
  lost.onerror!();
  assert.equal(lost.closed, true);
  assert.equal(state().link, 'reconnecting');
  await world.pass(1_000);
  assert.equal(world.sources.length, 2);
  assert.equal(world.source.path, '/api/events?since=11');
  world.source.tell('connected', { projectName: 'fieldnote', revision: 11 });
  await settle();
  assert.equal(state().link, 'live');
  assert.equal(world.asked.filter((path) => path === '/api/streams').length, 1);
});

test('a server that stays away is called stopped, and found again when it is back', async () => {
  const { world, state } = await connected();
  world.failure = new TypeError('refused');
  world.source.onerror!();
  await world.pass(3_000);
  assert.equal(state().link, 'reconnecting');
  await world.pass(10_000);
  assert.equal(state().link, 'stopped');
  const asked = world.asked.length;
  await world.pass(60_000);
  assert.ok(world.asked.length - asked <= 20, 'it asks every few seconds, not more');
  world.failure = null;
  await world.pass(3_000);
  world.source.tell('connected', { projectName: 'fieldnote', revision: 10 });
  assert.equal(state().link, 'live');
});

test('a page that finds no server at all says so, and loads once there is one', async () => {
  const world = new FakeWorld();
  world.failure = new TypeError('refused');
  let state = initial;
  new Feed(
    world,
    () => state,
    (event) => (state = apply(state, event)),
  ).start();
  await world.pass(2_000);
  assert.equal(state.link, 'starting');
  await world.pass(6_000);
  assert.equal(state.link, 'stopped');
  world.failure = null;
  await world.pass(3_000);
  world.source.tell('connected', { projectName: 'fieldnote', revision: 10 });
  assert.equal(state.link, 'live');
  assert.equal(state.streams.size, 1);
});

test('another project at the same address never mixes with this one', async () => {
  const { world, state } = await connected();
  world.answers.set('/api/health', { ...health, projectName: 'other', projectRoot: '/home/mara/other' });
  world.source.onerror!();
  await world.pass(1_000);
  assert.equal(state().link, 'foreign');
  assert.equal(world.sources.length, 1);
  world.answers.set('/api/health', health);
  await world.pass(3_000);
  world.source.tell('connected', { projectName: 'other', revision: 99 });
  assert.equal(state().link, 'foreign');
  assert.equal(world.source.closed, true);
  assert.equal(state().revision, 10);
});

test('a server that refuses the page is not called stopped', async () => {
  const { world, state } = await connected();
  world.failure = new Refused('/api/health');
  world.source.onerror!();
  await world.pass(20_000);
  assert.equal(state().link, 'refused');
});

test('a reset replaces everything', async () => {
  const { world, state } = await connected();
  world.source.tell('reset', { revision: 4, reason: 'restored', streams: [stream({ id: 'other' })] });
  await settle();
  assert.equal(state().revision, 4);
  assert.deepEqual([...state().streams.keys()], ['other']);
});

test('an event name or a type from the future does no harm', async () => {
  const { world, state } = await connected();
  world.source.tell('streams', change({ revision: 11, type: 'from_the_future', newValue: { any: ['thing'] } }));
  world.source.tell('commits', change({ revision: 12, type: 'from_the_future', streamId: 'nobody' }));
  assert.equal(state().revision, 12);
  assert.deepEqual([...state().streams.keys()], ['auth']);
  world.source.onerror!();
  await world.pass(1_000);
  assert.equal(world.source.path, '/api/events?since=12');
});

test('silence without a heartbeat is a loss', async () => {
  const { world } = await connected();
  const first = world.source;
  await world.pass(50_000);
  first.tell('heartbeat', {});
  await world.pass(50_000);
  assert.equal(first.closed, false);
  await world.pass(30_000);
  assert.equal(first.closed, true);
  assert.equal(world.sources.length, 2);
});

test('a person who comes back does not sit out the pause', async () => {
  const { world, feed, state } = await connected();
  feed.retryNow();
  await settle();
  assert.equal(world.sources.length, 1, 'nothing to retry while live');
  world.failure = new TypeError('refused');
  world.source.onerror!();
  await world.pass(30_000);
  world.failure = null;
  feed.retryNow();
  await settle();
  world.source.tell('connected', { projectName: 'fieldnote', revision: 10 });
  assert.equal(state().link, 'live');
});
