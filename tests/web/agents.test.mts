// What the agents' view computes: one row each, their order, their time, what is open to claim.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentRows, openToClaim, silenceMs, stripOf, stripWindow, type Scene } from '../../web/src/derive/agents.ts';
import { History } from '../../web/src/derive/history.ts';
import type { Change, PresentAgent, Stream } from '../../web/src/model.ts';
import { change, commit, stream } from './samples.mts';

const now = Date.parse('2026-11-22T20:00:00.000Z');
const before = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const byId = (...list: Stream[]) => new Map(list.map((each) => [each.id, each]));

function agent(name: string, part: Partial<PresentAgent> = {}): PresentAgent {
  const firstCall = before(60);
  return { name, state: 'live', process: name, client: null, worktree: null, streamId: null, firstCall, lastCall: before(1), ...part };
}

function scene(part: Partial<Scene> & { events?: readonly Change[] }): Scene {
  const history = new History();
  for (const event of part.events ?? []) history.take(event);
  return { streams: new Map(), agents: [], history, events: [], now, ...part };
}

const held = (id: string, name: string, minutesLeft = 10) =>
  stream({ id, streamNumber: id, status: 'active', claim: { agent: name, expiresAt: before(-minutesLeft) } });

test('those that need a person come first: what was left behind, then who waits for an answer', () => {
  const question = { text: 'May I?', choices: [], asker: 'asks', askedAt: before(5) };
  const rows = agentRows(
    scene({
      streams: byId(held('1', 'live'), { ...held('2', 'asks'), question }, held('3', 'gone', -5), held('4', 'never-seen')),
      agents: [
        agent('gone-idle', { state: 'gone' }),
        agent('live'),
        agent('quiet', { state: 'quiet' }),
        agent('asks', { lastCall: before(3) }),
        agent('gone', { state: 'gone', lastCall: before(90) }),
      ],
    }),
  );
  assert.deepEqual(
    rows.map(({ name, state, lapsed, asks }) => [name, state, lapsed.length, asks.length]),
    [
      ['gone', 'gone', 1, 0],
      ['never-seen', 'gone', 0, 0],
      ['asks', 'live', 0, 1],
      ['live', 'live', 0, 0],
      ['quiet', 'quiet', 0, 0],
      ['gone-idle', 'gone', 0, 0],
    ],
  );
});

test('of several processes of one name the present one counts', () => {
  const [row] = agentRows(
    scene({
      agents: [
        agent('codex', { state: 'gone', process: 'a', lastCall: before(1) }),
        agent('codex', { state: 'quiet', process: 'b', lastCall: before(20) }),
      ],
    }),
  );
  assert.equal(row?.state, 'quiet');
  assert.equal(row.seen, now - 20 * 60_000);
});

test('a row tells what the agent last said, and how much it committed in 24 hours', () => {
  const events = [
    change({ revision: 1, type: 'created', newValue: held('auth', 'codex'), timestamp: before(2_000) }),
    change({ revision: 2, type: 'commit_added', newValue: commit({ id: '1', timestamp: before(1_500) }), timestamp: before(1_500) }),
    change({ revision: 3, type: 'commit_added', newValue: commit({ id: '2', timestamp: before(30) }), timestamp: before(30) }),
    change({ revision: 4, type: 'note', newValue: 'first', agent: 'codex', timestamp: before(20) }),
    change({ revision: 5, type: 'note', newValue: 'last', agent: 'codex', timestamp: before(10) }),
    change({ revision: 6, type: 'note', newValue: 'other', agent: 'someone', timestamp: before(5) }),
  ];
  const [row] = agentRows(scene({ events, streams: byId(held('auth', 'codex')), agents: [agent('codex', { lastCall: before(15) })] }));
  assert.equal(row?.said?.text, 'last');
  assert.equal(row.commits, 1);
  assert.equal(row.seen, now - 10 * 60_000, 'a later event counts more than the last call');
});

test('of the past the log tells who was there; presence is not known, and nothing lapses', () => {
  const events = [
    change({ revision: 1, type: 'created', newValue: stream(), agent: 'early', timestamp: before(60) }),
    change({ revision: 2, type: 'note', newValue: 'seen by the server', agent: 'git', timestamp: before(50) }),
    change({ revision: 3, type: 'note', newValue: 'later', agent: 'late', timestamp: before(-10) }),
  ];
  const rows = agentRows(scene({ events, agents: null, streams: byId(held('auth', 'holder', -5)) }));
  assert.deepEqual(
    rows.map(({ name, state, lapsed }) => [name, state, lapsed.length]),
    [
      ['early', null, 0],
      ['holder', null, 0],
    ],
  );
});

test('signs of life near each other are one line; silence is a gap; who is gone ends in a box', () => {
  const window = { from: now - 600 * 60_000, to: now };
  const minute = 60_000;
  const row = (state: 'live' | 'gone', seen: number) =>
    ({ name: 'a', state, client: null, seen, streams: [], asks: [], lapsed: [], said: null, commits: 0 }) as const;
  const times = [now - 500 * minute, now - 500 * minute + silenceMs, now - 100 * minute];
  assert.deepEqual(stripOf(row('gone', now - 100 * minute), times, [], window), {
    commits: [],
    heard: [
      { from: now - 500 * minute, to: now - 500 * minute + silenceMs },
      { from: now - 100 * minute, to: now - 100 * minute },
    ],
    gone: now - 100 * minute,
  });
  const live = stripOf(row('live', now - minute), [now - 20 * minute], [], window);
  assert.deepEqual(live.heard, [{ from: now - 20 * minute, to: now }]);
  assert.equal(live.gone, null);
});

test('the strip begins with the first sign of anybody, and shows an hour at least', () => {
  const history = new History();
  assert.deepEqual(stripWindow(history, now), { from: now - 60 * 60_000, to: now });
  history.agents.set('a', [now - 3 * 60 * 60_000]);
  assert.deepEqual(stripWindow(history, now), { from: now - 3 * 60 * 60_000, to: now });
  history.agents.set('b', [now - 300 * 60 * 60_000]);
  assert.deepEqual(stripWindow(history, now), { from: now - 40 * 60 * 60_000, to: now });
});

test('open to claim is what claim_stream would take: ready ones by priority, then what was abandoned', () => {
  const streams = byId(
    stream({ id: 'low', priority: 'low' }),
    stream({ id: 'high', priority: 'high', status: 'paused' }),
    stream({ id: 'waits', priority: 'critical', blockers: ['low'] }),
    stream({ id: 'free-again', priority: 'medium', blockers: ['done', 'unknown'] }),
    stream({ id: 'done', status: 'completed' }),
    stream({ id: 'active', status: 'active' }),
    held('held', 'codex'),
    held('lapsed', 'codex', -5),
    { ...held('lapsed-blocked', 'codex', -5), status: 'blocked' as const },
  );
  assert.deepEqual(
    openToClaim(streams, now).map(({ id }) => id),
    ['high', 'free-again', 'low', 'lapsed'],
  );
});
