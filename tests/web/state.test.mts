// apply(): one event after the other gives what a fresh snapshot would.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, Commit, Stream } from '../../web/src/model.ts';
import { apply, applyAll, initial, type Event, type State } from '../../web/src/state.ts';
import { change, commit, health, stream } from './samples.mts';

const later = '2026-11-22T15:00:00.000Z';

function loaded(streams: readonly Stream[] = [stream()], revision = 10): State {
  return apply(initial, { kind: 'snapshot', health, revision, streams });
}

function changed(state: State, part: Partial<Change> & Pick<Change, 'type'>): State {
  return apply(state, { kind: 'change', change: change({ revision: state.revision + 1, timestamp: later, ...part }) });
}

test('each type of change sets its fields, the revision and the time', () => {
  const started = stream({ status: 'active', completedAt: null });
  const asked = { text: 'Which algorithm?', choices: ['HS256', 'RS256'], asker: 'codex@auth', askedAt: later };
  const rows: readonly (readonly [string, unknown, Partial<Stream>])[] = [
    ['status_changed', 'paused', { status: 'paused' }],
    ['completed', 'completed', { status: 'completed', completedAt: later }],
    ['archived', 'archived', { status: 'archived' }],
    ['unretired', 'paused', { status: 'paused' }],
    ['progress_updated', 40, { progress: 40 }],
    ['phase_changed', 2, { currentPhase: 2 }],
    ['note', 'half of it works', { lastNote: 'half of it works' }],
    ['blockers_changed', ['search', 'sync'], { blockers: ['search', 'sync'], blockedBy: 'search' }],
    ['blockers_changed', [], { blockers: [], blockedBy: null }],
    ['details_changed', { title: 'New', phases: ['a'], branch: 'b' }, { title: 'New', phases: ['a'], branch: 'b' }],
    ['claimed', { agent: 'codex@auth', expiresAt: later }, { claim: { agent: 'codex@auth', expiresAt: later } }],
    ['released', null, { claim: null }],
    ['question_asked', asked, { question: asked }],
    ['question_answered', 'HS256', { question: null }],
    ['phase_completed', [0, 2], { completedPhases: [0, 2] }],
    ['a_type_from_the_future', { status: 'odd' }, {}],
    ['another_one', null, {}],
  ];
  for (const [type, newValue, expected] of rows) {
    const after = changed(loaded([started]), { type, newValue });
    assert.deepEqual(after.streams.get('auth'), { ...started, ...expected, revision: 11, updatedAt: later }, type);
    assert.equal(after.revision, 11);
    assert.equal(after.lastChange, later);
  }
});

test('leaving completed forgets when it was; archiving keeps it', () => {
  const completed = loaded([stream({ status: 'completed', completedAt: later })]);
  assert.equal(
    changed(completed, { type: 'status_changed', newValue: 'active' }).streams.get('auth')!.completedAt,
    null,
  );
  assert.equal(changed(completed, { type: 'archived', newValue: 'archived' }).streams.get('auth')!.completedAt, later);
});

test('out of the archive a stream is as open as it was, or completed since it was', () => {
  const rows = [
    [later, 'active', null],
    [null, 'active', null],
    ['2026-11-20T08:00:00.000Z', 'completed', '2026-11-20T08:00:00.000Z'],
    [null, 'completed', later],
  ] as const;
  for (const [completedAt, newValue, expected] of rows) {
    const archived = loaded([stream({ status: 'archived', completedAt })]);
    const after = changed(archived, { type: 'unretired', oldValue: 'archived', newValue }).streams.get('auth')!;
    assert.equal(after.status, newValue);
    assert.equal(after.completedAt, expected);
  }
});

test('a created stream appears, with or without its activity', () => {
  const { recentActivity, ...bare } = stream({ id: 'sync', streamNumber: '0102' });
  const after = changed(loaded(), { type: 'created', streamId: 'sync', newValue: bare });
  assert.deepEqual([...after.streams.keys()], ['auth', 'sync']);
  assert.deepEqual(after.streams.get('sync')!.recentActivity, recentActivity);
});

test('a commit becomes the activity of its stream; one that is told late does not', () => {
  const added = commit({ id: '7', timestamp: later, revision: 11, message: 'Pass', filesChanged: 3 });
  const once = changed(loaded(), { type: 'commit_added', newValue: added });
  const activity = { lastCommit: 'Pass', lastCommitTime: later, filesChanged: 3 };
  assert.deepEqual(once.streams.get('auth')!.recentActivity, activity);
  const old = commit({ id: '2', message: 'old', timestamp: '2026-11-20T08:00:00.000Z' });
  const after = changed(once, { type: 'commit_added', newValue: old });
  assert.deepEqual(after.streams.get('auth')!.recentActivity, activity);
});

test('a stream whose commit is removed has the activity before it', () => {
  const recentActivity = { lastCommit: 'first', lastCommitTime: later, filesChanged: 2 };
  const gone = commit({ id: '2', timestamp: later });
  const after = changed(loaded(), { type: 'commit_removed', oldValue: gone, newValue: { recentActivity } });
  assert.deepEqual(after.streams.get('auth'), { ...stream(), recentActivity, revision: 11, updatedAt: later });
  const none = { lastCommit: null, lastCommitTime: null, filesChanged: 0 };
  const empty = changed(after, { type: 'commit_removed', oldValue: gone, newValue: { recentActivity: none } });
  assert.deepEqual(empty.streams.get('auth')!.recentActivity, none);
});

test('a change that is already in the state does nothing', () => {
  const state = loaded([stream({ progress: 50 })]);
  const repeated = change({ revision: 10, type: 'progress_updated', newValue: 20 });
  assert.deepEqual(apply(state, { kind: 'change', change: repeated }), state);
});

test('a change of an unknown stream moves only the revision', () => {
  const after = changed(loaded(), { type: 'progress_updated', streamId: 'nobody', newValue: 5 });
  assert.deepEqual([...after.streams.keys()], ['auth']);
  assert.equal(after.revision, 11);
});

test('a reset replaces the streams, even by an older revision', () => {
  const reset = apply(loaded(), { kind: 'reset', revision: 4, streams: [stream({ id: 'other' })] });
  assert.deepEqual([...reset.streams.keys()], ['other']);
  assert.equal(reset.revision, 4);
});

test('what changed live is fresh until it has settled; a snapshot is not fresh', () => {
  const state = loaded();
  assert.equal(state.fresh.size, 0);
  const once = changed(state, { type: 'progress_updated', newValue: 10 });
  const twice = changed(once, { type: 'progress_updated', newValue: 20 });
  assert.deepEqual([...twice.fresh], [['auth', 12]]);
  assert.equal(apply(twice, { kind: 'settled', revision: 11 }).fresh.size, 1);
  assert.equal(apply(twice, { kind: 'settled', revision: 12 }).fresh.size, 0);
});

test('nothing that was given is changed', () => {
  const state = loaded([stream(), stream({ id: 'sync' })]);
  const copy = structuredClone(state);
  changed(state, { type: 'completed', newValue: 'completed' });
  changed(state, { type: 'commit_added', newValue: commit({ id: '2' }) });
  changed(state, {
    type: 'commit_removed',
    oldValue: commit(),
    newValue: { recentActivity: stream().recentActivity },
  });
  apply(state, { kind: 'reset', revision: 1, streams: [] });
  assert.deepEqual(state, copy);
});

test('ten thousand random changes give what a fresh snapshot of the same server gives', () => {
  for (const seed of [1, 2, 3, 4]) {
    const server = new Server(seed);
    for (let i = 0; i < 40; i++) server.step();
    const snapshot = server.snapshot();
    const from = server.told.length;
    for (let i = 0; i < 2_500; i++) server.step();
    const live = server.told.slice(from);

    const fresh = apply(initial, server.snapshot());
    const folded = live.reduce(apply, apply(initial, snapshot));
    const burst = applyAll(apply(initial, snapshot), live);
    const fromNothing = server.told.reduce(
      apply,
      apply(initial, { kind: 'snapshot', health, revision: 0, streams: [] }),
    );
    for (const state of [folded, burst, fromNothing]) {
      assert.equal(state.revision, fresh.revision);
      assert.equal(state.lastChange, fresh.lastChange);
      assert.deepEqual([...state.streams].sort(), [...fresh.streams].sort());
    }
  }
});

/** Keeps its tables as the real server does, by its own rules and in place, and writes one change per field. */
class Server {
  /** What a page gets: each change. */
  readonly told: Event[] = [];
  private readonly streams: { -readonly [K in keyof Stream]: Stream[K] }[] = [];
  private commits: Commit[] = [];
  private commitIds = 0;
  private revision = 0;
  private clock = Date.parse('2026-11-22T14:00:00.000Z');
  private seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  snapshot(): Event {
    return structuredClone({
      kind: 'snapshot',
      health,
      revision: this.revision,
      streams: [...this.streams].reverse(),
    });
  }

  step(): void {
    this.clock += this.random(5_000);
    const target = this.streams[this.random(this.streams.length)];
    if (!target || this.random(20) === 0) return this.create();
    switch (this.random(9)) {
      case 0:
      case 1: {
        const status = (['active', 'blocked', 'paused', 'completed'] as const)[this.random(4)]!;
        const back = target.status === 'archived';
        const type = back ? 'unretired' : status === 'completed' ? 'completed' : 'status_changed';
        const timestamp = this.record(target, type, target.status, status);
        target.status = status;
        if (status !== 'completed') target.completedAt = null;
        else if (!back || target.completedAt === null) target.completedAt = timestamp;
        return;
      }
      case 2: {
        const progress = this.random(101);
        this.record(target, 'progress_updated', target.progress, progress);
        target.progress = progress;
        return;
      }
      case 3: {
        const phase = this.random(6);
        this.record(target, 'phase_changed', target.currentPhase, phase);
        target.currentPhase = phase;
        return;
      }
      case 4: {
        const note = `note ${this.revision}`;
        this.record(target, 'note', target.lastNote, note);
        target.lastNote = note;
        return;
      }
      case 5: {
        const blockers = this.streams.slice(0, this.random(4)).map(({ id }) => id);
        this.record(target, 'blockers_changed', target.blockers, blockers);
        target.blockers = blockers;
        target.blockedBy = blockers.length > 0 ? blockers[0]! : null;
        return;
      }
      case 6: {
        const details = { title: `Title ${this.revision}`, phases: ['plan', 'build'].slice(this.random(2)) };
        this.record(target, 'details_changed', { title: target.title, phases: target.phases }, details);
        Object.assign(target, details);
        if (this.random(4) === 0) {
          this.record(target, 'archived', target.status, 'archived');
          target.status = 'archived';
        }
        return;
      }
      case 7: {
        const own = this.commits.filter(({ streamId }) => streamId === target.id);
        const gone = own[this.random(own.length)];
        if (!gone) return;
        this.commits = this.commits.filter((other) => other !== gone);
        const recentActivity = this.activity(target.id);
        this.record(target, 'commit_removed', gone, { recentActivity });
        target.recentActivity = recentActivity;
        return;
      }
      default: {
        const coarse = 10_000; // some commits share their time
        const timestamp = new Date(Math.floor((this.clock - this.random(50_000)) / coarse) * coarse).toISOString();
        const added = commit({
          id: String(++this.commitIds),
          streamId: target.id,
          message: `message ${this.revision}`,
          filesChanged: this.random(9),
          timestamp,
          revision: this.revision + 1,
        });
        this.record(target, 'commit_added', null, added);
        this.commits.push(added);
        target.recentActivity = this.activity(target.id);
      }
    }
  }

  /** Of the commits with the latest time, the one that was told last. */
  private activity(id: string): Stream['recentActivity'] {
    let last: Commit | null = null;
    for (const other of this.commits) {
      if (other.streamId === id && (last === null || other.timestamp >= last.timestamp)) last = other;
    }
    if (last === null) return { lastCommit: null, lastCommitTime: null, filesChanged: 0 };
    return { lastCommit: last.message, lastCommitTime: last.timestamp, filesChanged: last.filesChanged };
  }

  private create(): void {
    const id = `stream-${this.streams.length}`;
    const timestamp = new Date(this.clock).toISOString();
    const made = stream({ id, createdAt: timestamp, updatedAt: timestamp, revision: this.revision + 1 });
    this.streams.push(made);
    this.record(made, 'created', null, made);
  }

  private record(
    target: { id: string; revision: number; updatedAt: string },
    type: string,
    oldValue: unknown,
    newValue: unknown,
  ) {
    const timestamp = new Date(this.clock).toISOString();
    const entry = change({ revision: ++this.revision, streamId: target.id, type, oldValue, newValue, timestamp });
    this.told.push(structuredClone({ kind: 'change', change: entry }));
    target.revision = this.revision;
    target.updatedAt = timestamp;
    return timestamp;
  }

  /** A whole number below the limit, the same row for the same seed. */
  private random(limit: number): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.seed / 2 ** 32) * limit);
  }
}
