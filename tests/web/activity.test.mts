// Everything that happened, as rows: what narrows it, the days, the runs of progress.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countSince,
  dayName,
  groupOf,
  interesting,
  isNarrowed,
  lastHeard,
  parseInterest,
  rowsOf,
  serverQuery,
  type Interest,
  type Row,
} from '../../web/src/derive/activity.ts';
import type { Change, Stream } from '../../web/src/model.ts';
import { change, commit, stream } from './samples.mts';

const streams = new Map<string, Stream>([
  ['auth', stream()],
  ['sync', stream({ id: 'sync', streamNumber: '0102', title: 'Sync protocol' })],
]);
const query = (words: Record<string, string>): Interest => parseInterest(new Map(Object.entries(words)));
const revisions = (changes: readonly Change[]) => changes.map(({ revision }) => revision).join(' ');

const log: readonly Change[] = [
  change({ revision: 11, type: 'created', newValue: stream() }),
  change({ revision: 12, type: 'note', newValue: 'Reuse is FOUND', agent: 'codex@auth' }),
  change({ revision: 13, type: 'commit_added', newValue: commit(), agent: 'codex@auth' }),
  change({ revision: 14, type: 'completed', streamId: 'sync', agent: 'mara' }),
  change({ revision: 15, type: 'tagged_by_a_newer_server', newValue: 1 }),
];

test('events are narrowed by kind, agent, stream and words, and come newest first', () => {
  const rows = [
    [{}, '15 14 13 12 11'],
    [{ kind: 'status' }, '14 11'],
    [{ kind: 'notes,commits' }, '13 12'],
    [{ kind: 'details' }, '15'],
    [{ kind: 'nonsense' }, '15 14 13 12 11'],
    [{ agent: 'codex@auth' }, '13 12'],
    [{ agent: 'codex' }, ''],
    [{ stream: 'sync' }, '14'],
    [{ text: 'found' }, '12'],
    [{ text: 'SYNC protocol' }, '14'],
    [{ text: '0101 codex' }, '13 12'],
    [{ text: ' ' }, '15 14 13 12 11'],
    [{ text: 'revoke', kind: 'notes' }, ''],
  ] as const;
  for (const [words, expected] of rows) {
    assert.equal(revisions(interesting(log, [], query(words), streams)), expected, JSON.stringify(words));
  }
});

test('what was read from before the log follows it, without what the log has too', () => {
  const older = [12, 11, 10, 9].map((revision) => change({ revision, type: 'note', newValue: '' }));
  assert.equal(revisions(interesting(log, older, query({}), streams)), '15 14 13 12 11 10 9');
  assert.equal(revisions(interesting([], older, query({}), streams)), '12 11 10 9');
  assert.equal(revisions(interesting(log, older, query({}), streams, 10)), '10 9', 'the past ends where it is looked at');
});

test('the server is asked for what it can look for', () => {
  assert.equal(serverQuery(query({})), '');
  assert.equal(serverQuery(query({ text: 'words' })), '');
  assert.equal(serverQuery(query({ kind: 'claims', agent: 'a&b', stream: 's' })), 'kinds=claimed%2Creleased&agent=a%26b&streamId=s');
  assert.equal(serverQuery(query({ kind: 'notes,details' })), '', "a newer server's types are details, and not known here");
});

test('only what narrows counts as narrowed', () => {
  assert.equal(isNarrowed(query({ text: '  ', at: '7' })), false);
  for (const words of [{ kind: 'notes' }, { agent: 'x' }, { stream: 'x' }, { text: 'x' }]) {
    assert.equal(isNarrowed(query(words as Record<string, string>)), true, JSON.stringify(words));
  }
});

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString();

function progress(revision: number, from: number, to: number, part: Partial<Change> = {}): Change {
  return change({ revision, type: 'progress_updated', oldValue: from, newValue: to, agent: 'a', timestamp: at(22, 12), ...part });
}

const shape = (rows: readonly Row[]) =>
  rows
    .filter(({ kind }) => kind !== 'day')
    .map((row) => {
      if (row.kind === 'fold') return `${String(row.oldest.oldValue)}→${String(row.newest.newValue)}×${row.count}`;
      return row.kind === 'event' ? `${row.isInside ? '·' : ''}${row.change.revision}` : '';
    })
    .join(' ');

test('a run of progress of one agent on one stream is one row, which can be opened', () => {
  const run = [progress(9, 50, 58), progress(8, 44, 50), progress(7, 40, 44)];
  assert.equal(shape(rowsOf(run, new Set())), '40→58×3');
  const { key } = rowsOf(run, new Set())[1]!;
  assert.equal(shape(rowsOf(run, new Set([key]))), '40→58×3 ·9 ·8 ·7');
  const longer = [progress(10, 58, 60), ...run];
  assert.equal(shape(rowsOf(longer, new Set([key]))), '40→60×4 ·10 ·9 ·8 ·7', 'it stays open while it grows');
  const rows = [
    [[progress(2, 1, 2), progress(1, 0, 1, { agent: 'b' })], '2 1'],
    [[progress(2, 1, 2), progress(1, 0, 1, { streamId: 'sync' })], '2 1'],
    [[progress(2, 1, 2), progress(1, 0, 1, { timestamp: at(21, 12) })], '2 1'],
    [[progress(3, 1, 2), change({ revision: 2, type: 'note', timestamp: at(22, 12) }), progress(1, 0, 1)], '3 2 1'],
    [[], ''],
  ] as const;
  for (const [events, expected] of rows) assert.equal(shape(rowsOf(events, new Set())), expected);
});

test('each day is named once, before its rows', () => {
  const events = [
    progress(4, 0, 1, { timestamp: at(22, 9), agent: 'a' }),
    progress(3, 0, 1, { timestamp: at(22, 0), agent: 'b' }),
    progress(2, 0, 1, { timestamp: at(20, 23) }),
  ];
  const rows = rowsOf(events, new Set());
  assert.deepEqual(
    rows.map(({ kind }) => kind),
    ['day', 'event', 'event', 'day', 'event'],
  );
  assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length);
  const now = new Date(2026, 10, 23, 15).getTime();
  const name = (day: number) => dayName(new Date(2026, 10, day).getTime(), now);
  assert.deepEqual([23, 22, 20].map(name), ['Today', 'Yesterday', 'Friday 20 November']);
});

test('new events are counted, and the last heard of are offered first', () => {
  const newestFirst = log.toReversed();
  assert.deepEqual([15, 13, 0].map((revision) => countSince(newestFirst, revision)), [0, 2, 5]);
  assert.deepEqual(lastHeard(log, 9, ({ agent }) => agent), ['mara', 'codex@auth']);
  assert.deepEqual(lastHeard(log, 1, ({ streamId }) => streamId), ['auth']);
});

test('every type of the page is in a group, and one of a newer server is a detail', () => {
  assert.equal(groupOf('question_withdrawn'), 'questions');
  assert.equal(groupOf('phase_reopened'), 'progress');
  assert.equal(groupOf('new'), 'details');
});
