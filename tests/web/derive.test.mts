// What the views compute from the state: order, search, phases, ages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { age, count, counted, exactTime } from '../../web/src/derive/format.ts';
import { byNeed, countByStatus, matches, phaseBar } from '../../web/src/derive/streams.ts';
import { stream } from './samples.mts';

test('those that need a person come first, then by priority and number', () => {
  const rows = [
    stream({ id: 'archived', status: 'archived' }),
    stream({ id: 'landed-late', status: 'completed', completedAt: '2026-11-22T10:00:00.000Z' }),
    stream({ id: 'landed-early', status: 'completed', completedAt: '2026-11-21T10:00:00.000Z', priority: 'critical' }),
    stream({ id: 'paused', status: 'paused' }),
    stream({ id: 'new', status: 'initializing' }),
    stream({ id: 'active-low', status: 'active', priority: 'low' }),
    stream({ id: 'active-3', status: 'active', priority: 'high', streamNumber: '01000' }),
    stream({ id: 'active-2', status: 'active', priority: 'high', streamNumber: '0999' }),
    stream({ id: 'active-1', status: 'active', priority: 'high', streamNumber: '0101' }),
    stream({ id: 'blocked', status: 'blocked', priority: 'low' }),
    stream({ id: 'asks', status: 'active', priority: 'low', question: { text: 'May I?', choices: [], asker: null, askedAt: '2026-11-22T14:00:00.000Z' } }),
  ];
  const expected = [
    'asks',
    'blocked',
    'active-1',
    'active-2',
    'active-3',
    'active-low',
    'new',
    'paused',
    'landed-late',
    'landed-early',
    'archived',
  ];
  assert.deepEqual(
    [...rows].sort(byNeed).map(({ id }) => id),
    expected,
  );
  assert.deepEqual(
    [...rows]
      .reverse()
      .sort(byNeed)
      .map(({ id }) => id),
    expected,
  );
});

test('a search finds every word, anywhere, in any case', () => {
  const row = stream({ title: 'Rotate Refresh Tokens', branch: 'stream/auth', streamNumber: '0104' });
  for (const search of ['', '  ', 'refresh', 'TOKENS rotate', '0104', 'stream/auth medium', 'backend']) {
    assert.equal(matches(row, search), true, search);
  }
  for (const search of ['refresh upload', 'null', '.*']) assert.equal(matches(row, search), false, search);
});

test('every status is counted, also those without a stream', () => {
  const counts = countByStatus([
    stream({ status: 'active' }),
    stream({ status: 'active' }),
    stream({ status: 'archived' }),
  ]);
  assert.deepEqual(Object.fromEntries(counts), {
    all: 3,
    blocked: 0,
    active: 2,
    initializing: 0,
    paused: 0,
    completed: 0,
    archived: 1,
  });
});

test('phases and progress are one mark', () => {
  const five = ['a', 'b', 'c', 'd', 'e'];
  const rows = [
    [{ phases: five, progress: 64 }, 3, [1, 1, 1, 0.2, 0]],
    [{ phases: five, progress: 64, currentPhase: 2 }, 2, [1, 1, 1, 0, 0]],
    [{ phases: five, progress: 0, currentPhase: 2 }, 2, [1, 1, 0, 0, 0]],
    [{ phases: five, progress: 0, currentPhase: 9 }, 5, [1, 1, 1, 1, 1]],
    [{ phases: ['a', 'b', 'c'], progress: 33 }, 1, [1, 0, 0]],
    [{ phases: five, progress: 10, status: 'completed' }, 5, [1, 1, 1, 1, 1]],
    [{ phases: five, progress: 50, completedPhases: [0, 3] }, 2, [1, 0.5, 0, 1, 0]],
    [{ phases: [], progress: 40 }, 0, [0.4]],
    [{ phases: Array(40).fill('x'), progress: 50 }, 20, [0.5]],
  ] as const;
  for (const [part, done, fills] of rows) {
    const bar = phaseBar(stream(part));
    assert.equal(bar.done, done, JSON.stringify(part));
    assert.deepEqual(
      bar.fills.map((fill) => Math.round(fill * 100) / 100),
      fills,
      JSON.stringify(part),
    );
  }
});

test('ages use one unit, or two where the cost of waiting matters', () => {
  const now = Date.parse('2026-11-22T14:00:00.000Z');
  const rows = [
    [-5, 'now', 'now'],
    [0.9, 'now', 'now'],
    [1, '1 m', '1 m'],
    [59, '59 m', '59 m'],
    [60, '1 h', '1 h'],
    [202, '3 h', '3 h 22 m'],
    [11 * 60 + 5, '11 h', '11 h'],
    [47 * 60, '47 h', '47 h'],
    [48 * 60, '2 d', '2 d'],
  ] as const;
  for (const [minutes, one, two] of rows) {
    const since = new Date(now - minutes * 60_000).toISOString();
    assert.equal(age(since, now, 1), one, `${minutes}`);
    assert.equal(age(since, now, 2), two, `${minutes}`);
  }
  assert.equal(age('not a time', now, 1), 'now');
});

test('a time that can not be read is shown as it is', () => {
  assert.equal(exactTime('soon'), 'soon');
  assert.match(exactTime('2026-11-22T14:00:00.000Z'), /2026/);
});

test('numbers are grouped and words agree with them', () => {
  assert.equal(count(1482), '1,482');
  assert.equal(counted(1, 'stream'), '1 stream');
  assert.equal(counted(1014, 'stream'), '1,014 streams');
});
