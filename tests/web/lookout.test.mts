// What the page reads beside the event stream, against a server and a clock that the test holds in its hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Source, World } from '../../web/src/feed.ts';
import { fold } from '../../web/src/log.ts';
import { Lookout } from '../../web/src/lookout.ts';
import type { Change, Conflicts, Stream } from '../../web/src/model.ts';
import { apply, initial, type Event, type State } from '../../web/src/state.ts';
import { change, commit, health, stream } from './samples.mts';

class FakeServer implements World {
  events: Change[] = [];
  /** The oldest event that is still there. */
  floor = 1;
  leases = new Map<string, string>();
  readonly asked: string[] = [];
  failing = false;
  private readonly timers = new Map<number, { at: number; run: () => void }>();
  private clock = 0;
  private nextTimer = 1;

  async get(path: string): Promise<unknown> {
    this.asked.push(path);
    if (this.failing) throw new Error('refused');
    const { pathname, searchParams } = new URL(path, 'http://127.0.0.1');
    if (pathname === '/api/history') {
      const before = Number(searchParams.get('before'));
      const limit = Number(searchParams.get('limit'));
      const there = this.events.filter(({ revision }) => revision < before && revision >= this.floor);
      const events = there.slice(-limit).reverse();
      const more = there.length > events.length ? { nextCursor: String(events.at(-1)!.revision) } : {};
      return { events, revision: this.events.length, floor: this.floor, ...more };
    }
    if (pathname === '/api/past') {
      const revision = Number(searchParams.get('revision'));
      return { streams: [...fold(new Map(), this.events.slice(0, revision)).values()], revision };
    }
    if (pathname === '/api/conflicts') return { pairs: [], streams: [] } as unknown as Conflicts;
    const id = pathname.replace('/api/streams/', '');
    return stream({ id, claim: { agent: 'codex@auth', expiresAt: this.leases.get(id)! } });
  }

  open(): Source {
    throw new Error('the lookout opens no event stream');
  }

  after(ms: number, run: () => void): () => void {
    const id = this.nextTimer++;
    this.timers.set(id, { at: this.clock + ms, run });
    return () => this.timers.delete(id);
  }

  now(): number {
    return this.clock;
  }

  /** Lets time pass, and answers arrive. */
  async pass(ms: number): Promise<void> {
    const end = this.clock + ms;
    for (;;) {
      await settle();
      const due = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.clock = due[1].at;
      due[1].run();
    }
    this.clock = end;
    await settle();
  }

  count(path: string): number {
    return this.asked.filter((each) => each.startsWith(path)).length;
  }
}

/** Answers come in microtasks; so many of them that a page of pages is read. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 400; turn++) await Promise.resolve();
}

class Page {
  state: State = initial;
  seen = true;
  readonly server = new FakeServer();
  readonly lookout = new Lookout(
    this.server,
    () => this.state,
    (event) => this.send(event),
    () => this.seen,
  );

  send(event: Event): void {
    const before = this.state;
    this.state = apply(before, event);
    if (before.project !== null) this.lookout.notice(before, this.state);
  }

  load(streams: readonly Stream[], revision: number): void {
    this.send({ kind: 'snapshot', health, revision, streams });
  }
}

function notes(count: number): Change[] {
  const created = change({ revision: 1, type: 'created', newValue: stream() });
  const rest = Array.from({ length: count - 1 }, (_, index) =>
    change({ revision: index + 2, type: 'note', newValue: `note ${index + 2}` }),
  );
  return [created, ...rest];
}

test('the log is read back page by page until its beginning', async () => {
  const page = new Page();
  page.server.events = notes(2_500);
  page.load([stream()], 2_500);
  await page.lookout.loadEarlier();
  assert.equal(page.server.count('/api/history'), 3);
  assert.equal(page.state.log.complete, true);
  assert.deepEqual(page.state.log.events, page.server.events);
  assert.equal(page.server.count('/api/past'), 0, 'before the beginning there was nothing');
});

test('what happens while it is read is at its other end', async () => {
  const page = new Page();
  page.server.events = notes(1_500);
  page.load([stream()], 1_500);
  const reading = page.lookout.loadEarlier();
  page.send({ kind: 'change', change: change({ revision: 1_501, type: 'note', newValue: 'meanwhile' }) });
  await reading;
  assert.equal(page.state.log.events.length, 1_501);
  assert.equal(page.state.log.events.at(-1)!.newValue, 'meanwhile');
});

test('of a long log the newest part is enough; what was before it is one look at the past', async () => {
  const page = new Page();
  page.server.events = notes(30_000);
  page.load([stream()], 30_000);
  await page.lookout.loadEarlier();
  const { events, base, complete } = page.state.log;
  assert.equal(complete, false);
  assert.equal(events.length, 18_000);
  assert.equal(base!.get('auth')!.lastNote, 'note 12000');
});

test('a server that goes away meanwhile is no error; the next snapshot begins anew', async () => {
  const page = new Page();
  page.server.events = notes(10);
  page.load([stream()], 10);
  page.server.failing = true;
  await page.lookout.loadEarlier();
  assert.equal(page.state.log.complete, false);
  page.server.failing = false;
  page.send({ kind: 'reset', revision: 10, streams: [stream()] });
  await settle();
  assert.equal(page.state.log.complete, true);
});

test('git is asked when a group of commits is over, once a minute besides, and not while nobody looks', async () => {
  const page = new Page();
  page.load([stream()], 1);
  page.lookout.start();
  await settle();
  assert.equal(page.server.count('/api/conflicts'), 1);
  for (let revision = 2; revision < 7; revision++) {
    const newValue = commit({ id: String(revision), revision });
    page.send({ kind: 'change', change: change({ revision, type: 'commit_added', newValue }) });
  }
  await page.server.pass(1_000);
  assert.equal(page.server.count('/api/conflicts'), 1, 'more may follow');
  await page.server.pass(2_000);
  assert.equal(page.server.count('/api/conflicts'), 2);
  await page.server.pass(70_000);
  assert.equal(page.server.count('/api/conflicts'), 3);
  page.seen = false;
  await page.server.pass(300_000);
  assert.equal(page.server.count('/api/conflicts'), 3);
});

test('the end of a lease is asked for when it is not known, and again when it should be over', async () => {
  const page = new Page();
  const [past, future] = [new Date(Date.now() - 60_000).toISOString(), new Date(Date.now() + 600_000).toISOString()];
  const claim = { agent: 'codex@auth' };
  page.server.leases = new Map([['told', future], ['renewed', future], ['lapsed', past]]);
  page.load(
    [
      stream({ id: 'told', claim }),
      stream({ id: 'renewed', claim: { ...claim, expiresAt: past } }),
      stream({ id: 'lapsed', claim: { ...claim, expiresAt: past } }),
      stream({ id: 'good', claim: { ...claim, expiresAt: future } }),
      stream({ id: 'free' }),
    ],
    5,
  );
  await page.lookout.readLeases();
  const end = (id: string) => page.state.streams.get(id)!.claim?.expiresAt;
  assert.deepEqual(['told', 'renewed', 'lapsed', 'good'].map(end), [future, future, past, future]);
  assert.equal(page.server.count('/api/streams/good') + page.server.count('/api/streams/free'), 0);

  await page.lookout.readLeases();
  assert.equal(page.server.count('/api/streams/lapsed'), 1, 'it has lapsed, until something happens');
  page.server.leases.set('lapsed', future);
  page.send({ kind: 'agents', agents: [] });
  await settle();
  assert.equal(end('lapsed'), future, 'its holder came back');
});

test('a lease that is told of a claim which is over meanwhile is not taken', () => {
  const page = new Page();
  page.load([stream({ claim: { agent: 'cursor@auth' } })], 1);
  page.send({ kind: 'lease', streamId: 'auth', claim: { agent: 'codex@auth', expiresAt: 'x' } });
  assert.deepEqual(page.state.streams.get('auth')!.claim, { agent: 'cursor@auth' });
  page.send({ kind: 'change', change: change({ revision: 2, type: 'released' }) });
  page.send({ kind: 'lease', streamId: 'auth', claim: { agent: 'cursor@auth', expiresAt: 'x' } });
  assert.equal(page.state.streams.get('auth')!.claim, null);
});
