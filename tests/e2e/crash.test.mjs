// The server is killed under a load of eight agents: they go on by themselves, and what was acknowledged is there, once.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inWorld, kTest } from './support/world.mjs';

const kAgents = 8;
const kRounds = 60;
const kills = [60, 250, 500]; // acknowledged calls after which the server dies, of some 970

test('kill -9 of the server under eight agents loses nothing and doubles nothing', kTest, () => inWorld(async (world) => {
  const places = await Promise.all(['checkout', 'search'].map((name) => world.worktree(name)));
  const agents = await Promise.all(Array.from({ length: kAgents }, (_, i) => world.agent(`agent-${i}`, [world.repository, ...places][i % 3])));

  let acknowledged = 0;
  const killed = [];
  const acknowledge = () => {
    acknowledged += 1;
    if (acknowledged === kills[killed.length]) killed.push(world.kill());
  };
  const hashOf = (i, round) => (i * 1000 + round).toString(16).padStart(40, 'a');

  await Promise.all(agents.map(async (agent, i) => {
    const { id } = await agent.call('add_stream', { title: `Work ${i}` });
    assert.equal(id, `work-${i}`);
    acknowledge();
    for (let round = 0; round < kRounds; round++) {
      await agent.call('update_stream', { streamId: id, note: `round ${round}` });
      acknowledge();
      const commit = await agent.call('add_commit', { streamId: id, commitHash: hashOf(i, round), message: `Round ${round}` });
      assert.equal(commit.added, true, 'a call that is sent again gets its first answer');
      acknowledge();
    }
  }));

  assert.equal(killed.length, kills.length);
  const record = world.record();
  assert.equal(new Set([...killed, record.pid]).size, kills.length + 1, 'a new server after each kill');
  const versions = await Promise.all(agents.map((agent) => agent.call('get_version')));
  for (const version of versions) assert.equal(version.instanceId, record.instanceId);

  const rounds = Array.from({ length: kRounds }, (_, round) => round);
  const revisions = [];
  for (let i = 0; i < kAgents; i++) {
    const { events } = await world.data('history', `work-${i}`, '--limit', '1000');
    const told = events.reverse();
    revisions.push(...told.map((event) => event.revision));
    assert.deepEqual(told.map((event) => event.type), ['created', ...rounds.flatMap(() => ['note', 'commit_added'])]);
    assert.deepEqual(told.filter((event) => event.type === 'note').map((event) => event.newValue), rounds.map((round) => `round ${round}`));
    assert.deepEqual(
      told.filter((event) => event.type === 'commit_added').map((event) => event.newValue.commitHash),
      rounds.map((round) => hashOf(i, round)),
    );
    assert.ok(told.every((event) => event.agent.startsWith(`agent-${i}@`)), 'each agent kept its name');
  }
  assert.equal((await world.data('list', '--limit', '100')).total, kAgents);
  assert.equal((await world.data('stats')).totalCommits, kAgents * kRounds);
  // No server reused the revisions of another, and none is missing: nothing else was written.
  assert.deepEqual(revisions.sort((a, b) => a - b), Array.from({ length: acknowledged }, (_, k) => k + 1));
}));

test('an agent and a browser find the new server after a kill between two calls', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Key escrow' });
  const before = world.record();
  for (let round = 1; round <= 5; round++) {
    world.kill();
    const changed = await agent.call('update_stream', { streamId: 'key-escrow', progress: round });
    assert.equal(changed.changes.progress, round);
    assert.equal((await world.get('/api/streams/key-escrow')).progress, round);
  }
  assert.notEqual(world.record().instanceId, before.instanceId);
}));
