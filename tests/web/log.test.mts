// The log that the page holds: parts that arrive, the streams at any revision of it, and what it says over time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockedMs, HistoryReader, statusSince } from '../../web/src/derive/history.ts';
import { append, emptyLog, fold, indexAfter, indexAfterTime, mostKept, prepend, Replay, type Log } from '../../web/src/log.ts';
import type { Change } from '../../web/src/model.ts';
import { apply, initial } from '../../web/src/state.ts';
import { change, commit, health, stream } from './samples.mts';

const start = Date.parse('2026-11-22T14:00:00.000Z');
const time = (minutes: number) => new Date(start + minutes * 60_000).toISOString();

/** Streams that are opened and then change at random, the same for the same seed. */
function story(length: number, seed = 1): Change[] {
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const events: Change[] = [];
  for (let revision = 1; revision <= length; revision++) {
    const streams = events.filter(({ type }) => type === 'created').length;
    const timestamp = time(revision);
    if (streams === 0 || random(12) === 0) {
      const streamId = `s${streams}`;
      events.push(change({ revision, type: 'created', streamId, newValue: stream({ id: streamId }), timestamp }));
    } else {
      const streamId = `s${random(streams)}`;
      const [type, newValue] = (
        [
          ['progress_updated', random(101)],
          ['status_changed', 'active'],
          ['status_changed', 'blocked'],
          ['note', `note ${revision}`],
        ] as const
      )[random(4)]!;
      events.push(change({ revision, type, streamId, newValue, timestamp }));
    }
  }
  return events;
}

test('the streams at any revision are what the events up to there make of them', () => {
  const events = story(1_700);
  const log: Log = { events, base: new Map(), complete: true };
  const replay = new Replay();
  // Forwards, backwards and across: what was remembered on the way must not matter.
  for (const revision of [0, 1, 499, 500, 501, 1_000, 1_700, 1_699, 42, 1_234, 7, 1_700, 9_999]) {
    const expected = fold(new Map(), events.filter((event) => event.revision <= revision));
    assert.deepEqual(replay.at(log, revision), expected, `r${revision}`);
  }
});

test('a log without its beginning shows the past from its base on, and nothing before it is known', () => {
  const events = story(900);
  const base = fold(new Map(), events.slice(0, 300));
  const replay = new Replay();
  const unknown: Log = { events: events.slice(300), base: null, complete: false };
  assert.equal(replay.at(unknown, 500), null);
  assert.deepEqual(replay.at({ ...unknown, base }, 500), fold(new Map(), events.slice(0, 500)));
  assert.deepEqual(replay.at({ ...unknown, base }, 300), base);
});

test('earlier pages go before what is here; the first page of all completes the log', () => {
  const events = story(30);
  const late: Log = { ...emptyLog, events: events.slice(20), base: fold(new Map(), events.slice(0, 20)) };
  const middle = prepend(late, events.slice(10, 20), false);
  assert.equal(middle.base, null, 'the base was of a later moment');
  assert.equal(middle.complete, false);
  const whole = prepend(middle, events.slice(0, 10), true);
  assert.deepEqual(whole, { events, base: new Map(), complete: true });
});

test('a log that grows for days lets go of its old end, and the past from there on stays what it was', () => {
  const events = story(mostKept + 5_000);
  let log: Log = { events: [], base: new Map(), complete: true };
  for (let from = 0; from < events.length; from += 700) log = append(log, events.slice(from, from + 700));
  assert.ok(log.events.length <= mostKept);
  assert.equal(log.complete, false);
  const last = events.at(-1)!.revision;
  assert.deepEqual(new Replay().at(log, last), fold(new Map(), events));
  const first = log.events[0]!.revision;
  assert.deepEqual(log.base, fold(new Map(), events.slice(0, first - 1)));
});

test('places in the log are found by revision and by time', () => {
  const events = story(50);
  assert.equal(indexAfter(events, 0), 0);
  assert.equal(indexAfter(events, 25), 25);
  assert.equal(indexAfter(events, 50), 50);
  assert.equal(indexAfter([], 3), 0);
  assert.equal(indexAfterTime(events, start), 0);
  assert.equal(indexAfterTime(events, start + 25 * 60_000), 25);
  assert.equal(indexAfterTime(events, Infinity), 50);
});

test('the state keeps the log level with the streams: live, read back, and after a reset', () => {
  const events = story(40);
  const half = fold(new Map(), events.slice(0, 20));
  let state = apply(initial, { kind: 'snapshot', health, revision: 20, streams: [...half.values()] });
  assert.deepEqual(state.log, { events: [], base: half, complete: false });
  for (const each of events.slice(20)) state = apply(state, { kind: 'change', change: each });
  state = apply(state, { kind: 'earlier', events: events.slice(10, 20), complete: false });
  assert.equal(state.log.base, null);
  const base = fold(new Map(), events.slice(0, 10));
  const late = apply(state, { kind: 'base', before: 12, streams: [...base.values()] });
  assert.equal(late.log.base, null, 'a base of another place is not taken');
  state = apply(state, { kind: 'base', before: 11, streams: [...base.values()] });
  assert.deepEqual(state.log, { events: events.slice(10), base, complete: false });
  assert.deepEqual(new Replay().at(state.log, 40), state.streams);
  state = apply(state, { kind: 'reset', revision: 5, streams: [stream()] });
  assert.deepEqual(state.log, { events: [], base: new Map([['auth', stream()]]), complete: false });
});

test('history tells what had which status when, and for how long it was blocked', () => {
  const events = [
    change({ revision: 1, type: 'created', newValue: stream({ phases: ['a', 'b'] }), timestamp: time(0) }),
    change({ revision: 2, type: 'status_changed', newValue: 'active', timestamp: time(10) }),
    change({ revision: 3, type: 'claimed', newValue: { agent: 'codex@auth' }, agent: 'codex@auth', timestamp: time(11) }),
    change({ revision: 4, type: 'status_changed', newValue: 'blocked', timestamp: time(30) }),
    change({ revision: 5, type: 'blockers_changed', newValue: ['sync'], timestamp: time(40) }),
    change({ revision: 6, type: 'status_changed', newValue: 'active', timestamp: time(60) }),
    change({ revision: 7, type: 'phase_completed', newValue: [0], timestamp: time(70) }),
    change({ revision: 8, type: 'commit_added', newValue: commit({ id: '1', author: 'mara', timestamp: time(65) }), timestamp: time(71) }),
    change({ revision: 9, type: 'commit_added', newValue: commit({ id: '2', author: 'mara', timestamp: time(66) }), timestamp: time(72) }),
    change({ revision: 10, type: 'commit_removed', oldValue: commit({ id: '2' }), newValue: { recentActivity: stream().recentActivity }, timestamp: time(73) }),
    change({ revision: 11, type: 'phase_reopened', newValue: [], timestamp: time(80) }),
    change({ revision: 12, type: 'completed', newValue: 'completed', timestamp: time(90) }),
  ];
  const minutes = (at: number | null) => (at === null ? null : (at - start) / 60_000);
  const history = new HistoryReader().read({ events, base: new Map(), complete: true });
  const auth = history.streams.get('auth')!;
  assert.deepEqual(
    auth.spans.map(({ status, from, to }) => [status, minutes(from), minutes(to)]),
    [
      ['initializing', 0, 10],
      ['active', 10, 30],
      ['blocked', 30, 40],
      ['blocked', 40, 60],
      ['active', 60, 90],
      ['completed', 90, null],
    ],
  );
  assert.deepEqual(auth.spans.map(({ blockers }) => blockers), [[], [], [], ['sync'], ['sync'], ['sync']]);
  assert.equal(blockedMs(auth, start, start + 999 * 60_000), 30 * 60_000);
  assert.equal(blockedMs(auth, start + 35 * 60_000, start + 50 * 60_000), 15 * 60_000);
  assert.equal(minutes(statusSince(auth)), 90);
  assert.deepEqual([...auth.phasesDone].map(([index, at]) => [index, minutes(at)]), [[0, 90], [1, 90]]);
  assert.deepEqual(auth.commits.map(({ at, agent }) => [minutes(at), agent]), [[65, 'codex@auth']], 'the holder made it');
  assert.deepEqual(history.agents.get('codex@auth')!.map(minutes), [11]);
  assert.equal(statusSince(undefined), null);
});

test('a stream that is still blocked has been so since its first span of it', () => {
  const events = [
    change({ revision: 1, type: 'created', newValue: stream(), timestamp: time(0) }),
    change({ revision: 2, type: 'status_changed', newValue: 'blocked', timestamp: time(5) }),
    change({ revision: 3, type: 'blockers_changed', newValue: ['sync'], timestamp: time(9) }),
  ];
  const auth = new HistoryReader().read({ events, base: new Map(), complete: true }).streams.get('auth')!;
  assert.equal(statusSince(auth), start + 5 * 60_000);
});

test('a history that is continued is the same as one that is read at once, also after the beginning arrived', () => {
  const events = story(600, 7);
  const reader = new HistoryReader();
  const base = fold(new Map(), events.slice(0, 200));
  let log: Log = { events: events.slice(200, 300), base, complete: false };
  reader.read(log);
  log = append(log, events.slice(300, 450));
  assert.deepEqual(reader.read(log), new HistoryReader().read(log));
  log = prepend(log, events.slice(0, 200), true);
  assert.deepEqual(reader.read(log), new HistoryReader().read(log));
  log = append(log, events.slice(450));
  const read = reader.read(log);
  assert.deepEqual(read, new HistoryReader().read({ events, base: log.base, complete: true }));
  assert.equal(reader.read(log), read, 'the same log is not read again');
});
