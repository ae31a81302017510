// Five agents in three worktrees of one repository: one server, one board, each sees what the others do.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { inWorld, kTest } from './support/world.mjs';

const clients = ['claude-code', 'codex', 'cursor', 'gemini', 'zed'];

/** Agents 4 and 5 share the worktrees of 2 and 3. */
async function fiveAgents(world) {
  const checkout = await world.worktree('checkout');
  const search = await world.worktree('search');
  const places = [world.repository, checkout, search, checkout, search];
  return Promise.all(clients.map((name, i) => world.agent(name, places[i])));
}

test('five agents that make their first call at the same instant find one server', kTest, () => inWorld(async (world) => {
  const agents = await fiveAgents(world);
  assert.equal(world.record(), null, 'initialize alone starts no server');
  const versions = await Promise.all(agents.map((agent) => agent.call('get_version')));
  const record = world.record();
  for (const version of versions) {
    assert.equal(version.instanceId, record.instanceId);
    assert.equal(version.pid, record.pid);
    assert.equal(version.projectRoot, world.repository);
  }
  assert.equal((await world.data('ps')).servers.length, 1);
}));

test('what one agent writes, the other four read at once', kTest, () => inWorld(async (world) => {
  const agents = await fiveAgents(world);
  const others = (agent) => agents.filter((other) => other !== agent);

  for (const [i, agent] of agents.entries()) {
    const { id } = await agent.call('add_stream', { title: `Work of ${agent.name}` });
    assert.equal(id, `work-of-${agent.name}`);
    for (const list of await Promise.all(others(agent).map((other) => other.call('list_streams')))) {
      assert.equal(list.total, i + 1);
      assert.equal(list.streams[0].id, id, 'the newest stands first');
    }
  }

  for (const [i, agent] of agents.entries()) {
    const streamId = `work-of-${agent.name}`;
    const changed = await agent.call('update_stream', { streamId, status: 'active', progress: 10 * (i + 1), note: `found by ${agent.name}` });
    assert.deepEqual(changed.changes.status, { from: 'initializing', to: 'active' });
    for (const seen of await Promise.all(others(agent).map((other) => other.call('get_stream', { streamId })))) {
      assert.equal(seen.status, 'active');
      assert.equal(seen.progress, 10 * (i + 1));
      assert.equal(seen.lastNote, `found by ${agent.name}`);
      assert.equal(seen.revision, changed.revision);
    }
  }

  for (const [i, agent] of agents.entries()) {
    const streamId = `work-of-${agent.name}`;
    const commitHash = `${i}`.repeat(40);
    assert.equal((await agent.call('add_commit', { streamId, commitHash, message: `By ${agent.name}`, filesChanged: 3 })).added, true);
    for (const other of others(agent)) {
      const { recentActivity } = await other.call('get_stream', { streamId });
      assert.equal(recentActivity.lastCommit, `By ${agent.name}`);
      assert.equal(recentActivity.filesChanged, 3);
      assert.equal((await other.call('add_commit', { streamId, commitHash })).added, false, 'recorded once, whoever says it again');
    }
    assert.equal((await agents[0].call('get_stream_stats')).totalCommits, i + 1);
  }
}));

test('agents that write at the same time get revisions of their own', kTest, () => inWorld(async (world) => {
  const agents = await fiveAgents(world);
  const rounds = 20;
  const written = await Promise.all(agents.map(async (agent) => {
    const revisions = [];
    for (let round = 0; round < rounds; round++) {
      revisions.push((await agent.call('add_stream', { title: `${agent.name} ${round}` })).revision);
    }
    return revisions;
  }));
  const all = written.flat().sort((a, b) => a - b);
  assert.deepEqual(all, Array.from({ length: agents.length * rounds }, (_, i) => i + 1));
  for (const revisions of written) assert.deepEqual(revisions, [...revisions].sort((a, b) => a - b));

  const boards = await Promise.all(agents.map((agent) => agent.call('list_streams', { limit: 200 })));
  for (const board of boards) assert.deepEqual(board, boards[0]);
  assert.equal(new Set(boards[0].streams.map((stream) => stream.id)).size, agents.length * rounds);
  assert.equal(new Set(boards[0].streams.map((stream) => stream.number)).size, agents.length * rounds);
}));

test('get_stream without an id is the stream of the caller\'s worktree', kTest, () => inWorld(async (world) => {
  const [main, checkout, search, alsoCheckout, alsoSearch] = await fiveAgents(world);
  const error = await checkout.refusal('get_stream');
  assert.equal(error.code, 'stream_not_found');
  assert.match(error.text, /add_stream/);

  const added = await checkout.call('add_stream', { title: 'New checkout' });
  assert.equal(added.branch, 'checkout', 'the branch of the worktree that the agent stands in');
  assert.equal(added.worktreePath, checkout.cwd);
  await search.call('add_stream', { title: 'Search index' });
  await main.call('add_stream', { title: 'Release', worktreePath: world.repository, branch: 'main' });

  assert.equal((await checkout.call('get_stream')).id, 'new-checkout');
  assert.equal((await alsoCheckout.call('get_stream', {})).id, 'new-checkout');
  assert.equal((await search.call('get_stream')).id, 'search-index');
  assert.equal((await alsoSearch.call('get_stream')).id, 'search-index');
  assert.equal((await main.call('get_stream')).id, 'release');
}));

test('history names each agent by its client and its worktree', kTest, () => inWorld(async (world) => {
  const [main, checkout] = await fiveAgents(world);
  await checkout.call('add_stream', { title: 'New checkout' });
  await main.call('update_stream', { streamId: 'new-checkout', progress: 5 });
  const { events } = await world.data('history', 'new-checkout');
  assert.deepEqual(events.map((event) => [event.type, event.agent]), [
    ['progress_updated', 'claude-code@harbour'],
    ['created', 'codex@checkout'],
  ]);
}));

test('a symlink to a worktree and a directory below it are the same project and the same worktree', kTest, () => inWorld(async (world) => {
  const checkout = await world.worktree('checkout');
  const link = `${world.directory}/link`;
  fs.symlinkSync(checkout, link);
  fs.mkdirSync(`${checkout}/src/deep`, { recursive: true });
  const places = [checkout, link, `${link}/src/deep`];
  const agents = await Promise.all(places.map((place, i) => world.agent(clients[i], place)));
  await agents[0].call('add_stream', { title: 'New checkout' });
  for (const agent of agents) assert.equal((await agent.call('get_stream')).id, 'new-checkout');
  const instances = await Promise.all(agents.map(async (agent) => (await agent.call('get_version')).instanceId));
  assert.equal(new Set(instances).size, 1);
}));
