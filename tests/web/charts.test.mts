// The numbers of the charts and what is said of them, from logs made by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  axisEnd,
  blockedOf,
  burnUp,
  commitsOf,
  countBySlot,
  cycles,
  doneTimes,
  forecast,
  groupsOf,
  meanOf,
  median,
  progressLine,
  rangeOf,
  slotsOf,
  topOf,
  unitOf,
  windowOf,
  workedMs,
  type BurnUp,
  type Cycle,
} from '../../web/src/derive/charts.ts';
import {
  agentFinding,
  blockedFinding,
  burnUpFinding,
  cycleFinding,
  dayFinding,
  lengthWords,
  progressFinding,
  scopeWords,
  type Scope,
} from '../../web/src/derive/findings.ts';
import { HistoryReader, type History } from '../../web/src/derive/history.ts';
import type { Change, Stream } from '../../web/src/model.ts';
import { change, commit, stream } from './samples.mts';

const hour = 3_600_000;
const day = 24 * hour;
/** Noon of a Wednesday, by the clock of the page. */
const now = new Date(2026, 10, 18, 12, 0).getTime();
const ago = (hours: number) => new Date(now - hours * hour).toISOString();
const scope = (part: Partial<Scope> = {}): Scope => ({
  range: '7d',
  window: { from: now - 7 * day, to: now },
  complete: true,
  isPast: false,
  ...part,
});

/** Events of one stream: what happened how many hours ago. */
type Told = readonly [hoursAgo: number, type: string, newValue?: unknown, oldValue?: unknown];

function history(told: Readonly<Record<string, readonly Told[]>>, base: Stream[] = []): History {
  const events = Object.entries(told)
    .flatMap(([streamId, rows]) => rows.map((row) => ({ streamId, row })))
    .sort((a, b) => b.row[0] - a.row[0])
    .map(({ streamId, row: [hoursAgo, type, newValue = null, oldValue = null] }, index): Change =>
      change({ revision: index + 1, streamId, type, newValue, oldValue, timestamp: ago(hoursAgo) }),
    );
  const before = new Map(base.map((each) => [each.id, each]));
  return new HistoryReader().read({ events, base: before, complete: base.length === 0 });
}

const opened = (id: string, part: Partial<Stream> = {}) =>
  stream({ id, streamNumber: id, title: `Title ${id}`, ...part });
const three = ['Design', 'Build', 'Test'];

const sample = () =>
  history({
    a: [
      [100, 'created', opened('a', { phases: three, category: 'sync' })],
      [98, 'status_changed', 'active'],
      [90, 'phase_completed', [0]],
      [88, 'question_asked', { text: 'May I?', choices: [], asker: null, askedAt: ago(88) }],
      [88, 'status_changed', 'blocked'],
      [84, 'question_answered', 'yes'],
      [84, 'status_changed', 'active'],
      [80, 'phase_completed', [0, 1]],
      [70, 'completed'],
      [10, 'archived'],
    ],
    b: [
      [60, 'created', opened('b', { phases: ['One', 'Two'], category: 'auth' })],
      [50, 'status_changed', 'active'],
      [40, 'blockers_changed', ['a']],
      [40, 'status_changed', 'blocked'],
    ],
  });

test('the burn-up begins and ends with the window, and knows what is planned and done at each moment', () => {
  const whole = burnUp(sample(), { from: now - 101 * hour, to: now }, 'phase');
  assert.deepEqual(whole, {
    at: [101, 100, 90, 80, 70, 60, 0].map((hours) => now - hours * hour),
    planned: [0, 3, 3, 3, 3, 5, 5],
    done: [0, 0, 1, 2, 3, 3, 3],
  });
  const part = burnUp(sample(), { from: now - 75 * hour, to: now - 65 * hour }, 'phase');
  assert.deepEqual(
    [part.planned, part.done],
    [
      [3, 3, 3],
      [2, 3, 3],
    ],
  );
  const streams = burnUp(sample(), { from: now - 101 * hour, to: now }, 'stream');
  assert.deepEqual([streams.planned.at(-1), streams.done.at(-1)], [2, 1]);
});

test('thousands of changes are as many points as a screen has', () => {
  const rows: Told[] = [[100, 'created', opened('a', { phases: Array(50).fill('x') as string[] })]];
  for (let index = 0; index < 5_000; index++) rows.push([90 - index / 100, 'phase_changed', index % 50]);
  const { at, done } = burnUp(history({ a: rows }), { from: now - 100 * hour, to: now }, 'phase');
  assert.ok(at.length < 1_100, String(at.length));
  assert.equal(done.at(-1), 4_999 % 50);
  assert.ok(at.every((time, index) => index === 0 || time > at[index - 1]!));
});

test('a new list of phases is planned from then on, what is given up no more', () => {
  const log = history({
    a: [
      [9, 'created', opened('a', { phases: three })],
      [8, 'details_changed', { phases: [...three, 'Docs'] }],
      [7, 'phase_completed', [0]],
      [6, 'archived'],
    ],
  });
  assert.deepEqual(
    log.work.map(({ phases, phasesDone }) => [phases, phasesDone]),
    [
      [3, 0],
      [4, 0],
      [4, 1],
      [1, 1],
    ],
  );
});

test('phases are counted where streams have some, else streams', () => {
  assert.equal(unitOf(sample()), 'phase');
  assert.equal(unitOf(history({ a: [[1, 'created', opened('a')]] })), 'stream');
  assert.equal(unitOf(history({})), 'stream');
  assert.equal(doneTimes(sample(), 'phase').length, 3);
  assert.deepEqual(doneTimes(sample(), 'stream'), [now - 70 * hour]);
});

test('a phase that is reopened is done no more', () => {
  const log = history({
    a: [
      [9, 'created', opened('a', { phases: three })],
      [8, 'phase_completed', [0, 1]],
      [7, 'phase_reopened', [0]],
    ],
  });
  assert.deepEqual(doneTimes(log, 'phase'), [now - 8 * hour]);
  assert.equal(burnUp(log, { from: now - 10 * hour, to: now }, 'phase').done.at(-1), 1);
});

test('a time falls into the slot of the calendar that it is in', () => {
  const rows = [
    [2 * hour, 'quarter of an hour', 9],
    [day, 'hour', 25],
    [3 * day, 'half day', 7],
    [30 * day, 'day', 31],
    [200 * day, 'week', 30],
    [1_000 * day, 'month', 34],
  ] as const;
  for (const [length, step, slots] of rows) {
    const parts = slotsOf({ from: now - length, to: now });
    assert.equal(parts.step, step);
    assert.equal(parts.edges.length - 1, slots, step);
    assert.ok(parts.edges[0]! <= now - length && parts.edges.at(-1)! > now, step);
  }
  const window = { from: now - 2 * day, to: now };
  const counts = countBySlot([now, now - hour, now - 13 * hour, now - 9 * day], slotsOf(window), window);
  assert.deepEqual(counts, [0, 0, 1, 1, 1]);
});

test('the mean is of whole slots only', () => {
  const window = { from: now - 2 * day, to: now };
  assert.equal(meanOf([4, 2, 3, 5, 100], slotsOf(window), window), 3.5);
  assert.equal(meanOf([4, 2], { step: 'day', edges: [now - day, now, now + day] }, window), null);
});

test('a forecast needs a day, five of them done, and an end that is not far beyond', () => {
  const week = { from: now - 7 * day, to: now };
  const times = Array.from({ length: 14 }, (_, index) => now - index * 12 * hour);
  assert.deepEqual(forecast(times, 4, week), { at: now + 2 * day, basis: 7 * day });
  assert.equal(forecast(times.slice(0, 4), 4, week), null);
  assert.equal(forecast(times, 100, week), null);
  assert.equal(forecast(times, 0, week), null);
  assert.equal(forecast(times, 4, { from: now - hour, to: now }), null);
});

test('what a phase took leaves blocked time out; phases of one moment share theirs', () => {
  const window = { from: now - 101 * hour, to: now };
  const took = cycles(sample(), window, 'phase').map(({ name, ms }) => [name, ms / hour]);
  assert.deepEqual(took, [
    ['Design', 8],
    ['Build', 6],
    ['Test', 10],
  ]);
  const log = history({
    a: [
      [10, 'created', opened('a', { phases: three, status: 'active' })],
      [4, 'phase_completed', [0, 1, 2]],
    ],
  });
  assert.deepEqual(
    cycles(log, window, 'phase').map(({ ms }) => ms / hour),
    [2, 2, 2],
  );
  assert.deepEqual(
    cycles(sample(), window, 'stream').map(({ name, ms }) => [name, ms / hour]),
    [['Title a', 24]],
  );
  assert.equal(workedMs([], 5, 9), 4);
});

test('nothing is said of how long something took whose begin is before the log', () => {
  const old = opened('a', { phases: three, status: 'active', createdAt: ago(500), updatedAt: ago(300) });
  const log = history(
    {
      a: [
        [20, 'phase_completed', [0]],
        [10, 'phase_completed', [0, 1]],
        [5, 'completed'],
      ],
    },
    [old],
  );
  const window = { from: now - 101 * hour, to: now };
  assert.deepEqual(
    cycles(log, window, 'phase').map(({ name, ms }) => [name, ms / hour]),
    [
      ['Build', 10],
      ['Test', 5],
    ],
  );
  assert.deepEqual(cycles(log, window, 'stream'), []);
});

test('categories stand by their median, the small ones together', () => {
  const cycle = (category: string, ms: number): Cycle => ({ streamId: 'a', name: 'x', category, ms });
  const all = 'abcdefgh'
    .split('')
    .flatMap((name, index) => Array.from({ length: 9 - index }, () => cycle(name, index)));
  const groups = groupsOf(all);
  assert.deepEqual(
    groups.map(({ category, cycles: rows, median: middle }) => [category, rows.length, middle]),
    [
      ['e', 5, 4],
      ['d', 6, 3],
      ['c', 7, 2],
      ['b', 8, 1],
      ['a', 9, 0],
      ['others', 9, 6],
    ],
  );
  assert.equal(median([3, 1, 2, 4]), 2.5);
  assert.equal(median([]), 0);
  assert.equal(axisEnd([1, 2, 3, 4]), 4);
  assert.equal(axisEnd([...(Array(99).fill(2) as number[]), 500]), 3);
});

test('blocked time is counted inside the window, with what it waited for', () => {
  const rows = blockedOf(sample(), { from: now - 86 * hour, to: now });
  assert.deepEqual(
    rows.map(({ stream: { id }, ms, forYou, still, cause }) => [id, ms / hour, forYou / hour, still, cause]),
    [
      ['b', 40, 0, true, ['a']],
      ['a', 2, 2, false, 'you'],
    ],
  );
});

test('commits are counted by who held the stream, the most first, the rest together', () => {
  const made = (id: string, author: string, hoursAgo: number): Told => [
    hoursAgo,
    'commit_added',
    commit({ id, author, timestamp: ago(hoursAgo) }),
  ];
  const log = history({
    a: [
      [20, 'created', opened('a')],
      made('1', 'zed', 19),
      [18, 'claimed', { agent: 'claude@auth' }],
      made('2', 'zed', 17),
      made('3', 'zed', 16),
      made('4', 'zed', 900),
    ],
  });
  const { times, agents } = commitsOf(log, { from: now - day, to: now });
  assert.equal(times.length, 3);
  assert.deepEqual(agents, [
    { agent: 'claude@auth', commits: 2 },
    { agent: 'zed', commits: 1 },
  ]);
  assert.deepEqual(topOf([5, 4, 3, 2], 2, Number), { top: [5, 4], others: { count: 2, sum: 5 } });
  assert.deepEqual(topOf([5, 4, 3], 2, Number), { top: [5, 4, 3], others: null });
});

test('a small line shows progress over the window, and where it was blocked', () => {
  const log = history({
    a: [
      [100, 'created', opened('a', { status: 'active' })],
      [80, 'progress_updated', 20],
      [40, 'progress_updated', 50],
      [30, 'status_changed', 'blocked'],
      [20, 'status_changed', 'active'],
    ],
  });
  const line = progressLine(log.streams.get('a')!, { from: now - 50 * hour, to: now });
  assert.deepEqual(line, {
    points: [
      { x: 0, y: 20 },
      { x: 0.2, y: 50 },
      { x: 1, y: 50 },
    ],
    blocked: [{ from: 0.4, to: 0.6 }],
  });
});

test('the window is as long as its range, or as the log tells', () => {
  assert.deepEqual(windowOf('7d', sample(), now), { from: now - 100 * hour, to: now });
  assert.deepEqual(windowOf('all', history({}), now), { from: now - 600_000, to: now });
  assert.equal(rangeOf('30d'), '30d');
  assert.equal(rangeOf('9d'), '7d');
  assert.equal(scopeWords(scope()), 'in the last 7 days');
  assert.equal(scopeWords(scope({ isPast: true })), 'in the 7 days before');
  assert.equal(scopeWords(scope({ range: 'all' })), 'so far');
  assert.equal(scopeWords(scope({ complete: false, window: { from: now - 2 * day, to: now } })), 'since Mon 16 Nov');
});

test('of the burn-up is said how much is left, and when it ends where that can be said', () => {
  const left = (planned: number, done: number): BurnUp => ({ at: [now], planned: [planned], done: [done] });
  const at = (days: number, basis = 7 * day) => ({ at: now + days * day, basis });
  const rows = [
    [left(0, 0), null, {}, 'Nothing is planned yet'],
    [left(1, 1), null, {}, 'The one phase is done'],
    [left(56, 56), null, {}, 'All 56 phases are done'],
    [left(56, 56), null, { isPast: true }, 'All 56 phases were done then'],
    [left(56, 30), null, {}, '26 of 56 phases left'],
    [left(2, 1), at(0.2), {}, '1 phase left; at this week’s pace, done today'],
    [left(56, 30), at(1), {}, '26 phases left; at this week’s pace, done tomorrow'],
    [left(56, 30), at(6), {}, '26 phases left; at this week’s pace, done on Tuesday'],
    [left(56, 30), at(2, 3 * day), {}, '26 phases left; at the pace so far, done on Friday'],
    [left(56, 30), at(20), {}, '26 phases left; at this week’s pace, done on 8 December'],
    [left(56, 30), at(60), {}, '26 phases left; at this week’s pace, done on 17 January 2027'],
    [left(56, 30), at(1), { isPast: true }, '26 phases left then; at that week’s pace, done the day after'],
  ] as const;
  for (const [line, expected, part, words] of rows) {
    assert.equal(burnUpFinding(line, expected, 'phase', scope(part)), words);
  }
});

test('of days is said what yesterday and today brought', () => {
  const today = [1, 2, 3, 4].map((hours) => now - hours * hour);
  const yesterday = [13, 14].map((hours) => now - hours * hour);
  const say = (times: readonly number[], part: Partial<Scope> = {}) => dayFinding(times, 'phase', ' done', scope(part));
  assert.equal(say([]), 'No phase done in the last 7 days');
  assert.equal(say([...today, ...yesterday]), '2 phases done yesterday, 4 so far today');
  assert.equal(say([...today.slice(0, 1), yesterday[0]!]), '1 phase done yesterday, 1 so far today');
  assert.equal(say([now - 3 * day]), '1 phase done in the last 7 days, none yesterday or today');
  assert.equal(say(today, { window: { from: now - 5 * hour, to: now } }), '4 phases done so far today');
  assert.equal(say(today, { isPast: true }), '0 phases done the day before, 4 that day');
});

test('of how long phases take nothing is said before three are done', () => {
  const cycle = (category: string, hours: number): Cycle => ({ streamId: 'a', name: 'x', category, ms: hours * hour });
  const say = (...all: Cycle[]) => cycleFinding(all, groupsOf(all), 'phase', scope());
  assert.equal(say(), 'No phase done in the last 7 days');
  assert.equal(say(cycle('a', 1), cycle('a', 1)), 'Too few phases done in the last 7 days to say how long one takes');
  assert.equal(say(...[1, 2, 3].map((hours) => cycle('a', hours))), 'Half of all phases took at most 2 h');
  const two = [
    ...[1, 2, 3].map((hours) => cycle('a', hours)),
    ...[10, 11.35, 12].map((hours) => cycle('storage', hours)),
  ];
  assert.equal(say(...two), 'Half of all phases took at most 6.5 h; storage took longest');
  assert.equal(say(...two.slice(0, 4)), 'Half of all phases took at most 2.5 h');
  const alike = [...[1, 2, 3].map((hours) => cycle('a', hours)), ...[1, 2.2, 3].map((hours) => cycle('b', hours))];
  assert.equal(say(...alike), 'Half of all phases took at most 2.1 h');
  assert.equal(lengthWords(30_000), '1 m');
  assert.equal(lengthWords(11.31 * hour), '11.4 h');
  assert.equal(lengthWords(3.2 * day), '3.2 d');
});

test('of blocked time is said how much, and how much of it waits for a person', () => {
  const rows = blockedOf(sample(), { from: now - 86 * hour, to: now });
  assert.equal(blockedFinding([], scope()), 'Nothing was blocked in the last 7 days');
  assert.equal(blockedFinding(rows, scope()), '42 h blocked in the last 7 days; 2 h of it waited for you');
  assert.equal(blockedFinding(rows.slice(1), scope()), '2 h blocked in the last 7 days; all of it waited for you');
  assert.equal(blockedFinding(rows.slice(0, 1), scope()), '40 h blocked in the last 7 days; 1 stream still is');
  const asks = rows.map((row) => ({ ...row, still: true, cause: 'you' as const, forYou: row.ms / 2 }));
  assert.equal(blockedFinding(asks, scope()), '42 h blocked in the last 7 days; 21 h of it waits for you');
});

test('of agents is said who made most, where one did', () => {
  const say = (...commits: number[]) => {
    const agents = commits.map((number, index) => ({ agent: `agent${index + 1}`, commits: number }));
    const sum = commits.reduce((all, each) => all + each, 0);
    return agentFinding({ times: Array<number>(sum).fill(now), agents }, scope());
  };
  assert.equal(say(), 'No commit in the last 7 days');
  assert.equal(say(1), 'The one commit is agent1’s');
  assert.equal(say(4), 'All 4 commits are agent1’s');
  assert.equal(say(4, 2), 'agent1 made 4 of 6 commits');
  assert.equal(say(3, 3), '2 agents made 6 commits');
});

test('of progress is said what stands still', () => {
  const moved = stream({ status: 'active', updatedAt: ago(2) });
  const still = stream({ status: 'blocked', updatedAt: ago(30) });
  const say = (...streams: Stream[]) => progressFinding(streams, scope());
  assert.equal(say(), 'No stream is open');
  assert.equal(say(moved), 'The one open stream changed within a day');
  assert.equal(say(moved, moved), 'All 2 open streams changed within a day');
  assert.equal(say(moved, still), '1 of 2 open streams has not changed for a day');
  assert.equal(say(still, still), '2 of 2 open streams have not changed for a day');
  assert.equal(say(stream({ status: 'paused' })), 'No stream is open');
});
