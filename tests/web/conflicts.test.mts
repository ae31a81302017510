// The Conflicts view's computations: the matrix, the way through it, the landing order, the files of a pair.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adviceOn,
  findPair,
  landingsOf,
  leftOutSentences,
  matrixOf,
  messageFor,
  nextCell,
  orderText,
  rangesOf,
  savedBy,
  sharedFiles,
  sidesOf,
  stretch,
  type Matrix,
} from '../../web/src/derive/conflicts.ts';
import { inLandingOrder } from '../../web/src/derive/needs.ts';
import type { Comparison, Conflicts, MergeState, Pair, Stream } from '../../web/src/model.ts';
import { stream } from './samples.mts';

const now = Date.parse('2026-11-22T14:00:00.000Z');

function board(...streams: Stream[]): Map<string, Stream> {
  return new Map(streams.map((each) => [each.id, each]));
}

function pair(a: string, b: string, state: MergeState = 'conflict', files = ['src/auth.ts']): Pair {
  const conflicts = state === 'conflict' ? [{ file: files[0]!, kind: 'contents', message: '' }] : [];
  return { a, b, state, files, uncommittedFiles: [], conflicts, detail: null };
}

function forecast(part: Partial<Conflicts> = {}): Conflicts {
  return {
    timestamp: '2026-11-22T14:00:00.000Z',
    mainBranch: 'main',
    streams: [],
    pairs: [],
    landingOrder: [],
    leftOut: [],
    warnings: [],
    ...part,
  };
}

const numbered = board(
  stream({ id: 'a', streamNumber: '0101' }),
  stream({ id: 'b', streamNumber: '0102' }),
  stream({ id: 'c', streamNumber: '0103' }),
  stream({ id: 'd', streamNumber: '01000' }),
  stream({ id: 'e', streamNumber: '01001' }),
);

function cells({ ids, at }: Matrix): string[] {
  return ids.flatMap((row, index) =>
    ids.slice(0, index).flatMap((column, other) => (at(index, other) ? [`${column}${row}`] : [])),
  );
}

test('a pair has one cell below the diagonal, by number, whichever side the server names first', () => {
  const matrix = matrixOf([pair('b', 'a'), pair('c', 'd', 'clean')], numbered);
  assert.deepEqual(matrix.ids, ['a', 'b', 'c', 'd']);
  assert.deepEqual(cells(matrix), ['ab', 'cd']);
  assert.equal(matrix.at(0, 1), null);
  assert.deepEqual(matrixOf([], numbered).ids, []);
});

test('of too many streams those in conflict keep their rows, the pairs of others are a list', () => {
  const pairs = [pair('c', 'd', 'conflict'), pair('b', 'c', 'possible'), pair('a', 'b', 'clean'), pair('a', 'e', 'clean')];
  const matrix = matrixOf(pairs, numbered, 3);
  assert.deepEqual(matrix.ids, ['b', 'c', 'd']);
  assert.deepEqual(cells(matrix), ['bc', 'cd']);
  assert.deepEqual(matrix.rest, pairs.slice(2));
});

test('arrows walk from pair to pair and reach each of them', () => {
  const matrix = matrixOf([pair('a', 'b'), pair('a', 'd'), pair('c', 'd'), pair('b', 'e')], numbered);
  const ab = { row: 1, column: 0 };
  const ad = { row: 3, column: 0 };
  const cd = { row: 3, column: 2 };
  const be = { row: 4, column: 1 };
  const rows: [typeof ab, string, typeof ab | null][] = [
    [ab, 'ArrowRight', ad],
    [ad, 'ArrowRight', cd],
    [cd, 'ArrowRight', be],
    [be, 'ArrowRight', null],
    [be, 'ArrowLeft', cd],
    [ad, 'ArrowLeft', ab],
    [ab, 'ArrowLeft', null],
    [ab, 'ArrowDown', ad],
    [cd, 'ArrowDown', be],
    [be, 'ArrowUp', ad],
    [ab, 'ArrowUp', null],
    [ad, 'End', cd],
    [cd, 'Home', ad],
    [cd, 'Enter', null],
  ];
  for (const [from, key, to] of rows) {
    assert.deepEqual(nextCell(matrix, from, key), to, `${key} from row ${from.row}, column ${from.column}`);
  }
});

test('a pair is found from both sides, and shown with the lower number first', () => {
  const pairs = [pair('d', 'c')];
  assert.equal(findPair(pairs, 'c', 'd'), pairs[0]);
  assert.equal(findPair(pairs, 'c', 'a'), undefined);
  assert.deepEqual(sidesOf(pairs[0]!, numbered), ['c', 'd']);
});

test('streams land in the server’s order, but after those that they wait for', () => {
  const order = forecast({ landingOrder: ['a', 'b', 'c'] });
  const waiting = board(
    stream({ id: 'a', blockers: ['c'] }),
    stream({ id: 'b', blockers: ['done'] }),
    stream({ id: 'c' }),
    stream({ id: 'done', status: 'completed' }),
  );
  assert.deepEqual(inLandingOrder(order, ['c', 'a', 'b'], waiting), ['b', 'c', 'a']);
  assert.deepEqual(inLandingOrder(order, ['b', 'a'], waiting), ['b', 'a'], 'also where the one in between is not asked for');
  assert.deepEqual(inLandingOrder(order, ['new', 'c']), ['c', 'new']);
  const circle = board(stream({ id: 'a', blockers: ['b'] }), stream({ id: 'b', blockers: ['a'] }));
  assert.deepEqual(inLandingOrder(order, ['a', 'b'], circle), ['a', 'b']);
});

test('the advice says who lands first, who waits anyway, and who is abandoned', () => {
  const order = forecast({ landingOrder: ['b', 'a'] });
  const lapsed = { agent: 'x@y', expiresAt: '2026-11-22T13:00:00.000Z' };
  const a = stream({ id: 'a', streamNumber: '0101' });
  const b = stream({ id: 'b', streamNumber: '0102' });
  const rows: [Stream, Stream, string][] = [
    [a, b, 'land 0102 first'],
    [{ ...a, claim: lapsed }, b, 'land 0102 first, 0101 is abandoned'],
    [a, { ...b, blockers: ['a'] }, '0102 waits for 0101 anyway'],
    [{ ...a, blockers: ['b'] }, b, '0101 waits for 0102 anyway'],
  ];
  for (const [one, other, advice] of rows) {
    assert.equal(adviceOn(pair('a', 'b'), order, board(one, other), now), advice);
  }
});

const comparison: Comparison = {
  a: 'a',
  b: 'b',
  state: 'conflict',
  files: [
    {
      path: 'src/auth.ts',
      lines: 100,
      a: [{ start: 10, lines: 5 }],
      b: [{ start: 12, lines: 8 }],
      overlaps: [{ start: 12, end: 14 }],
      outcome: 'conflict',
      message: '',
    },
    { path: 'src/db.sql', lines: 50, a: [], b: [], overlaps: [], outcome: 'merges', message: '' },
  ],
  landFirst: 'b',
  reason: 'b is further: 88 %, a 64 %; not-a is not a',
  reworkLines: { a: 38, b: 112 },
};

test('the landing order names who else would conflict, each with what speaks for its place', () => {
  const streams = board(
    stream({ id: 'a', streamNumber: '0101', progress: 64, status: 'blocked' }),
    stream({ id: 'b', streamNumber: '0102', progress: 88, status: 'active', claim: { agent: 'x@y' } }),
    stream({ id: 'c', streamNumber: '0103', progress: 5, blockers: ['a'] }),
    stream({ id: 'd', streamNumber: '0104' }),
  );
  const own = pair('a', 'b');
  const conflicts = forecast({
    pairs: [own, pair('c', 'a'), pair('d', 'a', 'clean')],
    landingOrder: ['c', 'b', 'a', 'd'],
  });
  assert.deepEqual(landingsOf(own, conflicts, streams, comparison, now), [
    { id: 'b', reason: '88 % done, moving. 0102 is further: 88 %, 0101 64 %; not-a is not 0101.' },
    { id: 'a', reason: '64 % done, blocked. Rebases 38 lines in 1 file after 0102.' },
    { id: 'c', reason: '5 % done, initializing. Waits for 0101 anyway. Rebases 1 file after 0101.' },
  ]);
  assert.deepEqual(
    landingsOf(own, conflicts, streams, null, now).map(({ reason }) => reason)[0],
    '88 % done, moving. Conflicts only with those after it.',
  );
  assert.equal(savedBy(comparison, 'b'), 74);
  assert.equal(savedBy(comparison, 'a'), -74);
});

test('the landing order is cut where a stream conflicts with dozens', () => {
  const others = Array.from({ length: 30 }, (_, index) => pair('a', `s${index}`));
  const own = pair('a', 'b');
  const landings = landingsOf(own, forecast({ pairs: [own, ...others] }), numbered, null, now);
  assert.equal(landings.length, 6);
  assert.ok(['a', 'b'].every((id) => landings.some((each) => each.id === id)));
});

test('shared files are known from the forecast alone, and with the comparison where', () => {
  const own: Pair = {
    ...pair('a', 'b', 'conflict', ['src/auth.ts', 'src/db.sql', 'notes.md']),
    uncommittedFiles: ['notes.md'],
    detail: 'what is committed merges; the uncommitted changes can not be tried',
  };
  const changed = (streamId: string, uncommitted: string[]) => ({
    streamId,
    title: '',
    branch: null,
    committed: [],
    uncommitted,
    againstMain: { state: 'clean' as const, conflicts: [] },
    problem: null,
  });
  const conflicts = forecast({ streams: [changed('a', []), changed('b', ['notes.md']), changed('c', ['notes.md'])] });
  const brief = (with_: Comparison | null) =>
    sharedFiles(own, conflicts, with_).map((file) => [file.path, file.outcome, file.where, file.uncommittedIn.join()]);
  assert.deepEqual(brief(null), [
    ['src/auth.ts', 'conflict', '', ''],
    ['notes.md', 'possible', '', 'b'],
    ['src/db.sql', 'merges', '', ''],
  ]);
  assert.deepEqual(brief(comparison)[0], ['src/auth.ts', 'conflict', '12–14', '']);
  const deleted = { ...own, conflicts: [{ file: 'src/auth.ts', kind: 'modify/delete', message: 'left in tree' }] };
  assert.equal(sharedFiles(deleted, conflicts, comparison)[0]?.where, 'modify/delete');
  const unknown = sharedFiles(pair('a', 'b', 'unknown'), conflicts, null);
  assert.equal(unknown[0]?.outcome, 'unknown');
});

test('line ranges are few, and a single line is one number', () => {
  const rows: [{ start: number; end: number }[], string][] = [
    [[], ''],
    [[{ start: 52, end: 61 }, { start: 160, end: 160 }], '52–61, 160'],
    [[1, 2, 3, 4, 5].map((start) => ({ start, end: start })), '1, 2, 3 +2'],
  ];
  for (const [overlaps, words] of rows) assert.equal(rangesOf(overlaps), words);
});

test('a hunk lies within the strip, and is wide enough to be seen', () => {
  assert.deepEqual(stretch(51, 50, 100), { from: 0.5, width: 0.5 });
  assert.deepEqual(stretch(1, 1, 1), { from: 0, width: 1 });
  for (const [start, lines, total] of [[0, 0, 100], [100, 0, 100], [101, 3, 100], [1, 1, 0], [1, 500, 100]] as const) {
    const { from, width } = stretch(start, lines, total);
    assert.ok(from >= 0 && width >= 0.01 && from + width <= 1, `${start}+${lines} of ${total}`);
  }
});

test('what the agents are told names the files and who lands first', () => {
  const conflicts = forecast({ landingOrder: ['b', 'a'] });
  assert.equal(
    messageFor(pair('b', 'a'), conflicts, numbered),
    '0101 and 0102 will conflict in src/auth.ts. Land 0102 first; then 0101 rebases on main before it goes on.',
  );
  const many = pair('a', 'b', 'clean', ['1', '2', '3', '4', '5']);
  assert.match(messageFor(many, conflicts, numbered), /^0101 and 0102 both change 1, 2, 3 and 2 more\./);
});

test('the order as text has a line for each stream, with its branch', () => {
  const streams = board(stream({ id: 'a', streamNumber: '0101', title: 'Rotate' }));
  const changed = {
    streamId: 'a',
    title: 'Rotate',
    branch: 'stream/rotate',
    committed: [],
    uncommitted: [],
    againstMain: { state: 'clean' as const, conflicts: [] },
    problem: null,
  };
  const landings = [{ id: 'a', reason: '' }, { id: 'gone', reason: '' }];
  assert.equal(
    orderText(landings, forecast({ streams: [changed] }), streams),
    '1. 0101 Rotate (stream/rotate)\n2. gone',
  );
});

test('those left out are grouped by the reason', () => {
  const missing = 'neither its branch nor its worktree is there';
  const leftOut = ['c', 'a'].map((streamId) => ({ streamId, reason: missing }));
  assert.deepEqual(leftOutSentences(forecast({ leftOut }), numbered), [`0101 and 0103: ${missing}`]);
  const many = Array.from({ length: 9 }, (_, index) => ({ streamId: `s${index}`, reason: missing }));
  assert.match(leftOutSentences(forecast({ leftOut: many }), numbered)[0]!, /s5 and 3 more: neither/);
});
