// The table of streams: what narrows and orders its rows, what its cells and its footer say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../web/src/derive/history.ts';
import { shiftOf } from '../../web/src/derive/shift.ts';
import {
  blockedTimes,
  columnIds,
  columns,
  firstColumns,
  marksOf,
  narrowed,
  options,
  ordered,
  parseColumns,
  parseNarrowing,
  parseSort,
  sortWord,
  sparkPath,
  sparkSlots,
  sparksOf,
  sumsOf,
  unclaimed,
  wordOf,
  type Facts,
} from '../../web/src/derive/table.ts';
import type { Stream } from '../../web/src/model.ts';
import { change, commit, stream } from './samples.mts';

const now = Date.parse('2026-11-22T14:00:00.000Z');
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

function facts(part: Partial<Facts> = {}): Facts {
  const sparks = { from: 0, since: 'Mon', most: 0, lines: new Map() };
  return { blocked: new Map(), collisions: new Map(), sparks, until: now, isPast: false, ...part };
}

function mapOf(...rows: Stream[]): Map<string, Stream> {
  return new Map(rows.map((row) => [row.id, row]));
}

const ids = (rows: readonly Stream[]) => rows.map(({ id }) => id);
const query = (words: Record<string, string>) => parseNarrowing(new Map(Object.entries(words)));

test('those that need a person come first: questions, abandoned, blocked, about to collide', () => {
  const asks = stream({ id: 'asks', status: 'active', question: { text: '?', choices: [], asker: null, askedAt: minutesAgo(1) } });
  const lapsed = stream({ id: 'lapsed', status: 'active', claim: { agent: 'a', expiresAt: minutesAgo(1) } });
  const blocked = stream({ id: 'blocked', status: 'blocked' });
  const collides = stream({ id: 'collides', status: 'active' });
  const active = stream({ id: 'active', status: 'active', priority: 'critical' });
  const done = stream({ id: 'done', status: 'completed', claim: { agent: 'a', expiresAt: minutesAgo(9) } });
  const collisions = new Map([['collides', [{ other: 'done', pair: {} }]]]);
  const rows = [done, active, collides, blocked, lapsed, asks];
  const need = { by: 'need', isReversed: false } as const;
  assert.deepEqual(ids(ordered(rows, need, facts({ collisions }))), ids(rows.toReversed()));
  // Of the past nobody knows leases and forecasts.
  const past = ids(ordered(rows, need, facts({ collisions, isPast: true })));
  assert.deepEqual(past, ['asks', 'blocked', 'active', 'collides', 'lapsed', 'done']);
});

test('every column orders both ways, and what has no value stays at the end', () => {
  const rows = [
    stream({ id: 'a', streamNumber: '0999', title: 'beta', progress: 10, recentActivity: { lastCommit: 'x', lastCommitTime: minutesAgo(9), filesChanged: 1 } }),
    stream({ id: 'b', streamNumber: '01000', title: 'Alpha', progress: 90, priority: 'critical', claim: { agent: 'codex@b' } }),
    stream({ id: 'c', streamNumber: '0101', title: 'gamma', progress: 50, priority: 'low', claim: { agent: 'Codex@a' }, recentActivity: { lastCommit: 'x', lastCommitTime: minutesAgo(5), filesChanged: 1 } }),
  ];
  const cases = [
    ['number', 'c a b'],
    ['-number', 'b a c'],
    ['title', 'b a c'],
    ['done', 'b c a'],
    ['-done', 'a c b'],
    ['priority', 'b a c'],
    ['-priority', 'c a b'],
    ['claim', 'c b a'],
    ['-claim', 'b c a'],
    ['last', 'c a b'],
    ['-last', 'a c b'],
  ] as const;
  for (const [word, expected] of cases) {
    assert.equal(ids(ordered(rows, parseSort(word), facts())).join(' '), expected, word);
  }
  for (const id of columnIds) assert.equal(ordered(rows, { by: id, isReversed: false }, facts()).length, 3, id);
});

test('the order stands in the address, and an unknown one is by need', () => {
  for (const word of ['done', '-done', 'last']) assert.equal(sortWord(parseSort(word)), word);
  for (const word of [undefined, 'need', 'nonsense', '-', '-need']) {
    assert.deepEqual(parseSort(word), { by: 'need', isReversed: false }, word);
    assert.equal(sortWord(parseSort(word)), undefined);
  }
});

test('filters narrow together, and each counts what it would give beside the others', () => {
  const streams = mapOf(
    stream({ id: 'a', status: 'active', priority: 'high', claim: { agent: 'codex@a' } }),
    stream({ id: 'b', status: 'active', priority: 'low', title: 'Escrow' }),
    stream({ id: 'c', status: 'blocked', priority: 'high', category: 'testing' }),
  );
  const rows = (words: Record<string, string>) => ids(narrowed(streams, query(words)));
  assert.deepEqual(rows({}), ['a', 'b', 'c']);
  assert.deepEqual(rows({ status: 'active' }), ['a', 'b']);
  assert.deepEqual(rows({ status: 'active,blocked', priority: 'high' }), ['a', 'c']);
  assert.deepEqual(rows({ agent: unclaimed }), ['b', 'c']);
  assert.deepEqual(rows({ text: 'escrow ACTIVE' }), ['b']);
  assert.deepEqual(rows({ status: 'unheard-of' }), []);
  const counts = (facet: 'status' | 'agent' | 'category', words: Record<string, string>) =>
    options(streams, query(words), facet)
      .map(({ value, count }) => `${value} ${count}`)
      .join(', ');
  assert.equal(
    counts('status', { priority: 'high', status: 'blocked' }),
    'blocked 1, active 1, initializing 0, paused 0, completed 0, archived 0',
  );
  assert.equal(counts('agent', { status: 'active', agent: 'left@long-ago' }), '- 1, codex@a 1, left@long-ago 0');
  assert.equal(counts('category', {}), 'backend 2, testing 1');
});

test('rows keep the order they had, and new ones follow', () => {
  const [a, b, c] = [stream({ id: 'a' }), stream({ id: 'b' }), stream({ id: 'c' })];
  const changed = { ...a, progress: 5 };
  assert.deepEqual(narrowed(mapOf(changed, b, c), query({}), [b, a]), [b, changed, c]);
  assert.deepEqual(narrowed(mapOf(c), query({}), [b, a]), [c], 'those that are gone leave');
});

test('a filter stands in the address whatever its values are', () => {
  for (const values of [['claude-code@auth'], ['a,b', 'c%2Cd', '100 %'], ['%', ',', '%25']]) {
    assert.deepEqual([...query({ agent: wordOf(values)! }).agent], values);
  }
  assert.equal(wordOf([]), undefined);
});

test('columns that were chosen are remembered in the order of the table, always with the title', () => {
  assert.deepEqual(parseColumns('["marks","status","gone-since"]'), ['status', 'title', 'marks']);
  for (const text of [null, '', '{}', 'null', '[', '7']) assert.equal(parseColumns(text), null, String(text));
  assert.ok(firstColumns('wide').includes('commits'));
  assert.ok(!firstColumns('narrow').includes('commits'));
});

function told(): History {
  const history = new History();
  history.take(change({ revision: 1, type: 'created', newValue: stream(), timestamp: minutesAgo(600) }));
  history.take(change({ revision: 2, type: 'status_changed', newValue: 'blocked', timestamp: minutesAgo(300) }));
  for (const [revision, minutes] of [[3, 290], [4, 289], [5, 10]] as const) {
    const timestamp = minutesAgo(minutes);
    history.take(change({ revision, type: 'commit_added', newValue: commit({ id: String(revision), timestamp }), timestamp }));
  }
  return history;
}

test('blocked time counts up to the moment that is looked at', () => {
  const minutes = (until: number) => (blockedTimes(told(), until).get('auth') ?? 0) / 60_000;
  assert.equal(minutes(now), 300);
  assert.equal(minutes(now - 100 * 60_000), 200);
  assert.equal(blockedTimes(told(), now - 400 * 60_000).size, 0);
});

test('commits are bars of one scale, up to the moment that is looked at', () => {
  const sparks = sparksOf(told(), now);
  const line = sparks.lines.get('auth')!;
  assert.equal(line.sum, 3);
  assert.equal(line.counts.length, sparkSlots);
  assert.equal(line.counts.reduce((sum, count) => sum + count), 3);
  assert.equal(sparks.most, 2, 'two within half an hour share a slot');
  assert.equal(sparksOf(told(), now - 60 * 60_000).lines.get('auth')!.sum, 2);
  assert.equal(sparkPath(sparks, 'auth', 4, 20).match(/M/g)!.length, 2);
  assert.equal(sparkPath(sparks, 'other', 4, 20), '');
  assert.equal(sparksOf(new History(), now).most, 0);
});

test('the footer sums up what is shown', () => {
  const rows = [
    stream({ id: 'auth', phases: ['a', 'b'], progress: 50, currentPhase: 1, claim: { agent: 'x' } }),
    stream({ id: 'b', phases: ['a'], progress: 100, status: 'completed', claim: { agent: 'x' } }),
  ];
  const pair = {};
  const collisions = new Map([
    ['auth', [{ other: 'b', pair }]],
    ['b', [{ other: 'auth', pair }]],
  ]);
  const all = facts({ collisions, sparks: sparksOf(told(), now), blocked: blockedTimes(told(), now) });
  const sums = { phasesDone: 2, phases: 3, progress: 75, agents: 1, commits: 3, blockedMs: 300 * 60_000, pairs: 1 };
  assert.deepEqual(sumsOf(rows, all), sums);
  assert.equal(sumsOf([], all).progress, 0);
});

test('marks are about what is open', () => {
  const asking = { question: { text: '?', choices: [], asker: null, askedAt: minutesAgo(1) } } as const;
  const lapsed = { claim: { agent: 'x', expiresAt: minutesAgo(1) } } as const;
  assert.deepEqual(marksOf(stream({ status: 'active', ...asking, ...lapsed }), facts()), { asks: true, lapsed: true, others: [] });
  assert.deepEqual(marksOf(stream({ status: 'archived', ...asking, ...lapsed }), facts()), { asks: false, lapsed: false, others: [] });
});

test('every column has two orders with names of their own', () => {
  const names = columnIds.flatMap((id) => columns[id].orders);
  assert.equal(new Set(names).size, names.length);
});

test('what is read is found again where most of its rows went', () => {
  const rows = [...'abcdefgh'];
  const shift = (after: string, top: number) => shiftOf(rows, [...after], top, (row) => row);
  assert.equal(shift('abcdefgh', 3), 0);
  assert.equal(shift('xyabcdefgh', 3), 2, 'two came above');
  assert.equal(shift('dabcefgh', 3), 0, 'the first that is seen went to the top');
  assert.equal(shift('bcdefgh', 3), -1, 'one above left');
  assert.equal(shift('', 3), 0);
});
