// The database against git, over HTTP, MCP and the command line.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { addStream, commit } from './support/repository.mjs';
import { inWorld, kTest } from './support/world.mjs';

const ids = (entries) => entries.map((entry) => entry.streamId).sort();
const entry = (group, id) => group.find((one) => one.streamId === id);

/** Streams in each of the four groups. */
async function fourGroups(world, agent) {
  const trees = {};
  for (const id of ['merged', 'squashed', 'rebased', 'fresh', 'ahead', 'lost']) trees[id] = await addStream(world, agent, id);
  for (const id of ['merged', 'squashed', 'rebased', 'ahead', 'lost']) await commit(world, trees[id], `${id}.txt`, id);
  const root = world.repository;
  await world.git(root, 'merge', '--quiet', '--no-ff', '-m', 'Merge', 'merged');
  await world.git(root, 'merge', '--quiet', '--squash', 'squashed');
  await world.git(root, 'commit', '--quiet', '-m', 'All of squashed');
  await world.git(root, 'cherry-pick', 'rebased');
  await world.git(root, 'worktree', 'remove', trees.lost);
  trees.orphan = await world.worktree('orphan');
  return trees;
}

test('a dry run says what each stream is, with the evidence, and changes nothing', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const trees = await fourGroups(world, agent);
  await agent.call('scan_commits', {});
  const before = await world.revision();
  const found = await world.get('/api/reconciliation/status');
  assert.equal(found.dryRun, true);
  assert.deepEqual(found.mainBranch.name, 'main');
  assert.deepEqual(ids(found.completed), ['merged', 'rebased', 'squashed']);
  assert.deepEqual(ids(found.active), ['ahead', 'fresh']);
  assert.deepEqual(ids(found.stale), ['lost']);
  assert.deepEqual(found.orphaned.map((one) => one.path), [trees.orphan]);
  assert.deepEqual(found.errors, []);
  assert.deepEqual(found.summary,
    { totalInDb: 6, totalWorktrees: 6, active: 2, completed: 3, stale: 1, orphaned: 1, errors: 0 });
  const states = Object.fromEntries([...found.completed, ...found.active, ...found.stale].map((one) => [one.streamId, one.landing.state]));
  assert.equal(states.merged, 'merged');
  assert.equal(states.fresh, 'never_committed');
  assert.equal(states.ahead, 'ahead');
  assert.equal(states.lost, 'ahead');
  for (const id of ['squashed', 'rebased']) assert.match(states[id], /^(squashed|rebased)$/);
  assert.match(entry(found.completed, 'merged').reason, /^merged into main by [0-9a-f]{10}/);
  assert.equal(entry(found.completed, 'merged').newStatus, 'completed');
  assert.equal(entry(found.stale, 'lost').newStatus, null);
  assert.match(entry(found.stale, 'lost').reason, /worktree .* does not exist; its branch lost is there/);
  assert.equal(await world.revision(), before);
}));

test('a run completes what has landed; stale and orphaned ones only when asked', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await fourGroups(world, agent);
  await agent.call('scan_commits', {});
  const first = await world.data('reconcile', '--no-dry-run');
  assert.deepEqual(first.applied.filter((one) => one.action === 'completed').map((one) => one.streamId).sort(), ['merged', 'rebased', 'squashed']);
  assert.equal((await world.data('show', 'merged')).status, 'completed');
  assert.match((await world.data('show', 'merged')).lastNote, /^completed: merged into main by/);
  assert.equal((await world.data('show', 'lost')).status, 'initializing');
  assert.equal((await world.data('show', 'ahead')).status, 'active');

  const all = ['reconcile', '--no-dry-run', '--auto-archive-stale', '--auto-add-orphaned'];
  const second = await world.data(...all);
  assert.deepEqual(second.applied.map((one) => `${one.streamId} ${one.action}`).sort(), ['lost archived', 'orphan added']);
  assert.equal((await world.data('show', 'lost')).status, 'archived');
  const added = await world.data('show', 'orphan');
  assert.deepEqual([added.branch, added.status, added.title], ['orphan', 'active', 'Orphan']);
  assert.deepEqual((await world.data(...all)).applied, []);
}));

test('worktrees and merged branches are listed as the founding system did, and more', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const trees = await fourGroups(world, agent);
  await world.git(world.repository, 'worktree', 'lock', '--reason', 'on a stick', trees.ahead);
  fs.rmSync(trees.fresh, { recursive: true });
  const { total, worktrees } = await world.get('/api/reconciliation/worktrees');
  assert.equal(total, 7);
  const by = Object.fromEntries(worktrees.map((one) => [one.id, one]));
  assert.equal(by.main.isMain, true);
  assert.equal(by.main.path, world.repository);
  assert.deepEqual([by.merged.branch, by.merged.streamId, by.merged.exists], ['merged', 'merged', true]);
  assert.equal(by.ahead.lockReason, 'on a stick');
  assert.equal(by.fresh.exists, false);
  assert.match(by.merged.commitHash, /^[0-9a-f]{40}$/);
  const merged = await world.get('/api/reconciliation/merged');
  // A branch that is checked out in a linked worktree counts; one without a commit of its own does not.
  assert.deepEqual([...merged.branches].sort(), ['merged', 'rebased', 'squashed']);
}));

test('bare, detached and unfinished: each is said, none is a failure', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const detached = await addStream(world, agent, 'detached');
  await world.git(detached, 'checkout', '--quiet', '--detach');
  const rebasing = await addStream(world, agent, 'rebasing');
  await commit(world, rebasing, 'README.md', 'theirs');
  await commit(world, world.repository, 'README.md', 'ours');
  await assert.rejects(world.git(rebasing, 'rebase', 'main'));
  const found = await world.get('/api/reconciliation/status');
  assert.match(entry(found.active, 'detached').reason, /HEAD is detached/);
  assert.match(entry(found.active, 'rebasing').reason, /a rebase is going on/);
  assert.deepEqual(found.errors, []);

  const bare = path.join(world.directory, 'bare.git');
  await world.git(world.directory, 'clone', '--quiet', '--bare', world.repository, bare);
  const tree = path.join(world.directory, 'bare-tree');
  await world.git(bare, 'worktree', 'add', '--quiet', '-b', 'work', tree);
  const inside = await world.agent('codex', tree);
  await inside.call('add_stream', { title: 'Work' });
  const { code, out, err } = await world.command(['reconcile', '--json'], { cwd: tree });
  assert.equal(code, 0, err);
  assert.deepEqual(ids(JSON.parse(out).data.active), ['work']);
  await world.command(['stop'], { cwd: tree });
}));

test('a main branch of another name is found; one that is configured and missing is an error that says so', kTest, () => inWorld(async (world) => {
  await world.git(world.repository, 'branch', '-m', 'main', 'trunk');
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Any' });
  assert.equal((await world.get('/api/reconciliation/status')).mainBranch.name, 'trunk');
  await world.command(['stop']);
  const config = path.join(world.home, 'projects', 'harbour', 'config.json');
  fs.writeFileSync(config, fs.readFileSync(config, 'utf8').replace('"mainBranch": "auto"', '"mainBranch": "develop"'));
  const { code, err } = await world.command(['reconcile']);
  assert.equal(code, 2, err);
  assert.match(err, /develop/);
}));

test('conflicts are forecast, with the order to land in', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const left = await addStream(world, agent, 'left');
  const right = await addStream(world, agent, 'right');
  const apart = await addStream(world, agent, 'apart');
  const near = await addStream(world, agent, 'near');
  await commit(world, left, 'README.md', '# Left\n');
  await commit(world, right, 'README.md', '# Right\n');
  await commit(world, apart, 'apart.txt', 'apart\n');
  fs.writeFileSync(path.join(near, 'apart.txt'), 'not committed\n');
  const forecast = await world.get('/api/conflicts');
  const pairs = Object.fromEntries(forecast.pairs.map((pair) => [[pair.a, pair.b].sort().join(' '), pair]));
  assert.deepEqual(Object.keys(pairs).sort(), ['apart near', 'left right']);
  assert.equal(pairs['left right'].state, 'conflict');
  assert.deepEqual(pairs['left right'].conflicts.map((one) => [one.file, one.kind]), [['README.md', 'contents']]);
  assert.equal(pairs['apart near'].state, 'possible');
  assert.deepEqual(pairs['apart near'].uncommittedFiles, ['apart.txt']);
  assert.equal(forecast.landingOrder.length, 4);
  const only = await agent.call('check_conflicts', { streamId: 'left' });
  assert.deepEqual(only.pairs.map((pair) => [pair.a, pair.b].sort().join(' ')), ['left right']);
}));
