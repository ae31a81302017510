// What the timeline draws: which lanes in which order, and which pixels of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HistoryReader } from '../../web/src/derive/history.ts';
import {
  laneOf,
  marksOf,
  openedFirst,
  Order,
  rangeOf,
  readBackTo,
  whatIsAt,
  windowOf,
  windowWords,
  within,
} from '../../web/src/derive/timeline.ts';
import type { Change, Question, Stream } from '../../web/src/model.ts';
import { change, commit, stream } from './samples.mts';

const start = Date.parse('2026-11-16T08:00:00.000Z');
const hour = 3_600_000;
const at = (hours: number) => new Date(start + hours * hour).toISOString();
const window = { from: start, to: start + 100 * hour };
const question: Question = { text: 'Which schema?', choices: [], asker: null, askedAt: at(40) };

/** A log of one stream: opened, active at 10, blocked from 40 to 60, paused at 80. */
function sample(more: readonly Change[] = []): { shown: Stream; history: ReturnType<HistoryReader['read']> } {
  const opened = stream({ createdAt: at(0), phases: ['Design', 'Build'] });
  const events = [
    change({ revision: 1, type: 'created', newValue: opened, timestamp: at(0) }),
    change({ revision: 2, type: 'status_changed', newValue: 'active', timestamp: at(10) }),
    change({ revision: 3, type: 'commit_added', newValue: commit({ timestamp: at(20) }), timestamp: at(21) }),
    change({ revision: 4, type: 'phase_completed', newValue: [0], timestamp: at(30) }),
    change({ revision: 5, type: 'question_asked', newValue: question, timestamp: at(40) }),
    change({ revision: 6, type: 'status_changed', newValue: 'blocked', timestamp: at(40) }),
    change({ revision: 7, type: 'question_answered', newValue: 'the new one', timestamp: at(60) }),
    change({ revision: 8, type: 'status_changed', newValue: 'active', timestamp: at(60) }),
    change({ revision: 9, type: 'status_changed', newValue: 'paused', timestamp: at(80) }),
    ...more,
  ];
  const history = new HistoryReader().read({ events, base: new Map(), complete: true });
  return { shown: history.streams.get('auth')!.stream, history };
}

test('a lane has a bar for each status, a tick for each pixel with commits, a triangle for each phase done', () => {
  const { shown, history } = sample();
  const lane = laneOf(shown, history.streams.get('auth'), window, 100, null);
  assert.deepEqual(lane, {
    bars: [
      { kind: 'initializing', x: 0, width: 10 },
      { kind: 'active', x: 10, width: 30 },
      { kind: 'blocked', x: 40, width: 20 },
      { kind: 'active', x: 60, width: 20 },
      { kind: 'paused', x: 80, width: 20 },
    ],
    commits: [20],
    phases: [30],
  });
});

test('thousands of commits are as many ticks as there are pixels', () => {
  const commits = Array.from({ length: 5_000 }, (_, index) =>
    change({
      revision: 10 + index,
      type: 'commit_added',
      newValue: commit({ id: `c${index}`, timestamp: at(81 + index / 1_000) }),
      timestamp: at(90),
    }),
  );
  const { shown, history } = sample(commits);
  assert.deepEqual(laneOf(shown, history.streams.get('auth'), window, 100, null).commits, [20, 81, 82, 83, 84, 85, 86]);
});

test('what is blocked is drawn however short it was, what is shorter than a pixel otherwise is not', () => {
  const { shown, history } = sample([
    change({ revision: 10, type: 'status_changed', newValue: 'blocked', timestamp: at(90) }),
    change({ revision: 11, type: 'status_changed', newValue: 'active', timestamp: at(90.01) }),
    change({ revision: 12, type: 'status_changed', newValue: 'paused', timestamp: at(90.02) }),
  ]);
  const { bars } = laneOf(shown, history.streams.get('auth'), window, 100, null);
  assert.deepEqual(bars.slice(4), [
    { kind: 'paused', x: 80, width: 10 },
    { kind: 'blocked', x: 90, width: 2 },
    { kind: 'paused', x: 90, width: 10 },
  ]);
});

test('a bar ends with the stream, and is cut by the window', () => {
  const { shown, history } = sample([change({ revision: 10, type: 'completed', timestamp: at(90) })]);
  const cut = { from: start + 50 * hour, to: start + 100 * hour };
  const { bars } = laneOf(shown, history.streams.get('auth'), cut, 50, null);
  assert.deepEqual(bars, [
    { kind: 'blocked', x: 0, width: 10 },
    { kind: 'active', x: 10, width: 20 },
    { kind: 'paused', x: 30, width: 10 },
  ]);
});

test('since its claim lapsed a stream is silent, unless it is blocked', () => {
  const { shown, history } = sample();
  const kinds = (lapsedAt: number) =>
    laneOf(shown, history.streams.get('auth'), window, 100, start + lapsedAt * hour).bars.map(({ kind, x }) => [
      kind,
      x,
    ]);
  assert.deepEqual(kinds(90).slice(4), [
    ['paused', 80],
    ['lapsed', 90],
  ]);
  assert.deepEqual(kinds(50).slice(2), [
    ['blocked', 40],
    ['lapsed', 60],
  ]);
});

test('of the time before the log a lane tells only that the stream was there', () => {
  const old = stream({ status: 'active', createdAt: at(0), updatedAt: at(5) });
  const over = stream({ id: 'over', status: 'completed', createdAt: at(0), updatedAt: at(30), completedAt: at(30) });
  const base = new Map([
    ['auth', old],
    ['over', over],
  ]);
  const events = [change({ revision: 5, type: 'progress_updated', newValue: 5, timestamp: at(50) })];
  const history = new HistoryReader().read({ events, base, complete: false });
  assert.deepEqual(laneOf(old, history.streams.get('auth'), window, 100, null).bars, [
    { kind: 'unread', x: 0, width: 5 },
    { kind: 'active', x: 5, width: 95 },
  ]);
  assert.deepEqual(laneOf(over, history.streams.get('over'), window, 100, null).bars, [
    { kind: 'unread', x: 0, width: 30 },
  ]);
  assert.deepEqual(laneOf(old, undefined, window, 100, null).bars, [{ kind: 'unread', x: 0, width: 100 }]);
  assert.equal(readBackTo(history, false, window), start + 50 * hour);
  assert.equal(readBackTo(history, true, window), null);
  assert.equal(readBackTo(history, false, { from: start + 60 * hour, to: window.to }), null);
});

test('pointing at a lane says what was then', () => {
  const { shown, history } = sample();
  const what = (hours: number) =>
    whatIsAt(shown, history.streams.get('auth'), start + hours * hour, hour, window, (id) => id)?.what;
  assert.equal(what(5), 'initializing 10 h');
  assert.equal(what(20.5), 'commit: Revoke the family on reuse');
  assert.equal(what(29.5), 'phase done: Design');
  assert.equal(what(50), 'blocked 20 h, asks: Which schema?');
  assert.equal(what(-5), undefined);
});

test('the keys walk over everything that can be pointed at, in its order', () => {
  const { shown, history } = sample();
  const marks = marksOf(shown, history.streams.get('auth'), window, (id) => id);
  assert.deepEqual(
    marks.map(({ at: time }) => (time - start) / hour),
    [0, 10, 20, 30, 40, 60, 80],
  );
});

test('a question and a lapsed claim come first; a change keeps the order right', () => {
  const streams = new Map<string, Stream>();
  const add = (id: string, part: Partial<Stream>) => streams.set(id, stream({ id, streamNumber: id, ...part }));
  add('1', { status: 'completed', completedAt: at(1) });
  add('2', { status: 'active' });
  add('3', { status: 'blocked' });
  add('4', { status: 'active', claim: { agent: 'a', expiresAt: at(50) } });
  add('5', { status: 'active', question });
  const order = new Order();
  const ids = (now: number | null) => order.read(new Map(streams), now).map(({ id }) => id);
  assert.deepEqual(ids(start), ['5', '3', '2', '4', '1']);
  assert.deepEqual(ids(start + 60 * hour), ['5', '4', '3', '2', '1']);
  assert.deepEqual(ids(null), ['5', '3', '2', '4', '1']);
  add('2', { status: 'active', progress: 40 });
  assert.equal(order.read(streams, null)[2]!.progress, 40);
  add('2', { status: 'active', question });
  add('0', { status: 'blocked' });
  streams.delete('3');
  assert.deepEqual(ids(start), ['2', '5', '0', '4', '1']);
});

test('a window is as long as the project where that is shorter, and never nothing', () => {
  const now = start + 100 * hour;
  assert.deepEqual(windowOf('day', start, now), { from: now - 24 * hour, to: now });
  assert.deepEqual(windowOf('week', start, now), { from: start - hour, to: now });
  assert.deepEqual(windowOf('all', now, now), { from: now - 600_000, to: now });
  assert.equal(openedFirst(new Map(), now), now);
  const rows = [
    [undefined, 0.5, 'hour'],
    [undefined, 20, 'day'],
    [undefined, 2_000, 'week'],
    ['all', 0.5, 'all'],
    ['ever', 20, 'day'],
  ] as const;
  for (const [word, age, range] of rows) assert.equal(rangeOf(word, age * hour), range);
});

test('what ended before the window has no lane, what is open always has', () => {
  const rows = [
    stream({ id: 'open', createdAt: at(0), updatedAt: at(1) }),
    stream({ id: 'before', status: 'completed', createdAt: at(0), completedAt: at(1) }),
    stream({ id: 'inside', status: 'completed', createdAt: at(0), completedAt: at(55) }),
    stream({ id: 'archived', status: 'archived', createdAt: at(0), updatedAt: at(56) }),
    stream({ id: 'later', createdAt: at(99) }),
  ];
  const ids = within(rows, { from: start + 50 * hour, to: start + 60 * hour }).map(({ id }) => id);
  assert.deepEqual(ids, ['open', 'inside', 'archived']);
});

test('a window is named by its days, or by the clock', () => {
  const local = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime();
  const words = (from: number, to: number) => windowWords({ from, to });
  assert.equal(words(local(2026, 10, 16, 9, 0), local(2026, 10, 20, 15, 28)), 'Mon 16 to Fri 20 November');
  assert.equal(words(local(2026, 10, 20, 14, 28), local(2026, 10, 20, 15, 28)), 'Fri 14:28 to 15:28');
  assert.equal(words(local(2026, 10, 19, 15, 28), local(2026, 10, 20, 15, 28)), 'Thu 15:28 to Fri 15:28');
  assert.equal(words(local(2026, 9, 30, 9, 0), local(2026, 10, 20, 15, 28)), 'Fri 30 October to Fri 20 November');
});
