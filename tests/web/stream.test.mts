// What a stream's page computes: phases over time, sayings, neighbours, near names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../web/src/derive/history.ts';
import {
  blockerChoices,
  currentPhase,
  joinEvents,
  nearest,
  neighbour,
  phaseRows,
  phaseWord,
  sayings,
  touches,
  waitsSince,
} from '../../web/src/derive/stream.ts';
import { byNeed } from '../../web/src/derive/streams.ts';
import type { Change, Conflicts, Stream } from '../../web/src/model.ts';
import { change, stream } from './samples.mts';

const minutes = (count: number) => Date.parse('2026-11-22T14:00:00.000Z') + count * 60_000;
const at = (count: number) => new Date(minutes(count)).toISOString();
const byId = (...list: Stream[]) => new Map(list.map((each) => [each.id, each]));

function historyOf(events: readonly Change[]) {
  const history = new History();
  for (const event of events) history.take(event);
  return history.streams.get('auth')!;
}

const three = stream({ phases: ['design', 'code', 'tests'], createdAt: at(0), updatedAt: at(0) });
const worked = [
  change({ revision: 1, type: 'created', newValue: three, timestamp: at(0) }),
  change({ revision: 2, type: 'status_changed', oldValue: 'initializing', newValue: 'active', timestamp: at(10) }),
  change({ revision: 3, type: 'phase_completed', oldValue: [], newValue: [0], timestamp: at(30) }),
  change({ revision: 4, type: 'phase_changed', oldValue: 0, newValue: 1, timestamp: at(30) }),
  change({ revision: 5, type: 'status_changed', oldValue: 'active', newValue: 'blocked', timestamp: at(50) }),
];

test('a phase lasts from the end of the one before it, the current one until now, with its blocked part', () => {
  const history = historyOf(worked);
  assert.deepEqual(phaseRows(history.stream, history, minutes(60)), [
    { index: 0, name: 'design', state: 'done', worked: { from: minutes(10), to: minutes(30) }, stuck: [] },
    {
      index: 1,
      name: 'code',
      state: 'current',
      worked: { from: minutes(30), to: minutes(60) },
      stuck: [{ from: minutes(50), to: minutes(60) }],
    },
    { index: 2, name: 'tests', state: 'todo', worked: null, stuck: [] },
  ]);
});

test('phases that were done in one step share its time; without a log nothing is said of times', () => {
  const once = [...worked, change({ revision: 6, type: 'completed', timestamp: at(90) })];
  const history = historyOf(once);
  const rows = phaseRows(history.stream, history, minutes(90));
  assert.deepEqual(
    rows.map(({ worked: time }) => time && [time.from, time.to]),
    [
      [minutes(10), minutes(30)],
      [minutes(30), minutes(90)],
      [minutes(30), minutes(90)],
    ],
  );
  assert.deepEqual(
    phaseRows(history.stream, undefined, minutes(90)).map(({ state, worked: time }) => [state, time]),
    [
      ['done', null],
      ['done', null],
      ['done', null],
    ],
  );
});

test('a phase that keeps its name keeps its time when others come before it', () => {
  const renamed = { phases: ['ask', 'design', 'code', 'tests'] };
  const history = historyOf([
    ...worked,
    change({ revision: 6, type: 'details_changed', newValue: renamed, timestamp: at(70) }),
    change({ revision: 7, type: 'phase_completed', oldValue: [0], newValue: [1], timestamp: at(70) }),
  ]);
  assert.deepEqual([...history.phasesDone], [[1, minutes(30)]]);
});

test('the current phase is the one the stream names, else the first that is not done', () => {
  const rows = [
    [{ currentPhase: 2 }, 2],
    [{ currentPhase: 0, completedPhases: [0] }, 1],
    [{ currentPhase: 0, completedPhases: [0, 1, 2] }, null],
    [{ currentPhase: 1, status: 'completed' }, null],
    [{ currentPhase: 5, completedPhases: [0] }, 1],
  ] as const;
  for (const [part, expected] of rows) {
    assert.equal(currentPhase({ ...three, ...part } as Stream), expected, JSON.stringify(part));
  }
});

test('notes, questions and answers are told newest first, a note before a release as a hand-over', () => {
  const question = { text: 'May I?', choices: [], asker: null, askedAt: at(2) };
  const events = [
    change({ revision: 1, type: 'created', newValue: three }),
    change({ revision: 2, type: 'note', newValue: 'found it', agent: 'codex@auth' }),
    change({ revision: 3, type: 'question_asked', newValue: question }),
    change({ revision: 4, type: 'progress_updated', oldValue: 0, newValue: 5 }),
    change({ revision: 5, type: 'question_answered', oldValue: question, newValue: 'yes' }),
    change({ revision: 6, type: 'note', newValue: 'tests fail' }),
    change({ revision: 7, type: 'released', oldValue: { agent: 'codex@auth' } }),
  ];
  assert.deepEqual(
    sayings(events).map(({ kind, text, revision }) => [revision, kind, text]),
    [
      [6, 'hand-over', 'tests fail'],
      [5, 'answer', 'yes'],
      [3, 'question', 'May I?'],
      [2, 'note', 'found it'],
    ],
  );
});

test('what was read and what is in the log are one list, each event once', () => {
  const of = (...revisions: number[]) => revisions.map((revision) => change({ revision, type: 'note', newValue: '' }));
  const list = (events: readonly Change[]) => events.map(({ revision }) => revision);
  assert.deepEqual(list(joinEvents(of(1, 2, 5), of(5, 9))), [1, 2, 5, 9]);
  assert.deepEqual(list(joinEvents([], of(5))), [5]);
  assert.deepEqual(list(joinEvents(of(1), [])), [1]);
});

test('it waits since the other was named without a break', () => {
  const set = (revision: number, blockers: string[]) =>
    change({ revision, type: 'blockers_changed', newValue: blockers, timestamp: at(revision) });
  const events = [set(1, ['a']), set(2, []), set(3, ['b', 'a']), set(4, ['a'])];
  assert.equal(waitsSince(events, 'a'), at(3));
  assert.equal(waitsSince(events, 'b'), null);
  assert.equal(waitsSince([], 'a'), null);
});

test('the streams it touches begin with those it would conflict with', () => {
  const pair = (a: string, b: string, state: string, files: string[], conflicts: string[] = []) => ({
    a,
    b,
    state,
    files,
    uncommittedFiles: [],
    conflicts: conflicts.map((file) => ({ file, kind: 'contents', message: '' })),
    detail: null,
  });
  const conflicts = {
    pairs: [
      pair('auth', 'b', 'clean', ['x', 'y']),
      pair('c', 'auth', 'conflict', ['x'], ['x', 'x']),
      pair('b', 'c', 'conflict', ['z']),
      pair('auth', 'gone', 'conflict', ['z']),
    ],
  } as unknown as Conflicts;
  const found = touches(conflicts, byId(stream(), stream({ id: 'b' }), stream({ id: 'c' })), 'auth');
  assert.deepEqual(
    found.map((touch) => [touch.stream.id, touch.state, touch.conflicting]),
    [
      ['c', 'conflict', 1],
      ['b', 'clean', 0],
    ],
  );
  assert.deepEqual(touches(null, new Map(), 'auth'), []);
});

test('previous and next go through all streams in the order of need, and around', () => {
  const list = [
    stream({ id: 'a', status: 'blocked' }),
    stream({ id: 'b', status: 'active', priority: 'high' }),
    stream({ id: 'c', status: 'active', priority: 'low' }),
    stream({ id: 'd', status: 'archived' }),
  ];
  const streams = byId(list[2]!, list[0]!, list[3]!, list[1]!);
  const order = [...streams.values()].sort(byNeed).map(({ id }) => id);
  for (const [index, id] of order.entries()) {
    assert.equal(neighbour(streams, id, 1)?.id, order[(index + 1) % 4]);
    assert.equal(neighbour(streams, id, -1)?.id, order[(index + 3) % 4]);
  }
  assert.equal(neighbour(byId(list[0]!), 'a', 1), null);
  assert.equal(neighbour(streams, 'unknown', 1)?.id, 'a');
});

test('a slip of the pen finds the stream that was meant', () => {
  const streams = byId(
    stream({ id: 'auth-rotation', streamNumber: '0104', title: 'Rotate refresh tokens' }),
    stream({ id: 'compaction', streamNumber: '0108', title: 'Swap logs' }),
    stream({ id: 'uploads', streamNumber: '0105', title: 'Resume uploads' }),
  );
  for (const [wanted, expected] of [
    ['auth-rotatoin', 'auth-rotation'],
    ['01088', 'compaction'],
    ['refresh', 'auth-rotation'],
    ['Swap', 'compaction'],
  ] as const) {
    assert.equal(nearest(streams, wanted, 3)[0]?.id, expected, wanted);
  }
  assert.equal(nearest(streams, '', 2).length, 2);
  assert.deepEqual(nearest(new Map(), 'x', 3), []);
});

test('what it could wait for is open, other and not named yet; an exact name comes first', () => {
  const self = stream({ id: 'auth', blockers: ['named'] });
  const streams = byId(
    self,
    stream({ id: 'named' }),
    stream({ id: 'over', status: 'completed' }),
    stream({ id: 'b', streamNumber: '01080', status: 'blocked' }),
    stream({ id: 'c', streamNumber: '0108' }),
  );
  const ids = (typed: string) => blockerChoices(streams, self, typed, 6).map(({ id }) => id);
  assert.deepEqual(ids(''), ['b', 'c']);
  assert.deepEqual(ids('0108'), ['c', 'b']);
  assert.deepEqual(ids('over'), []);
});

test('a phase is named by its name, or by its index where two have one', () => {
  assert.equal(phaseWord(['design', 'code'], 1), 'code');
  assert.equal(phaseWord(['Code', 'code'], 1), '1');
});
