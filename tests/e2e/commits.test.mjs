// Commits as git makes them: they arrive by themselves, once, and leave again when a rebase or an amend leaves them behind.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { EventStream } from './support/event_stream.mjs';
import { commit } from './support/repository.mjs';
import { inWorld, kTest } from './support/world.mjs';


/** A world with one stream on its own worktree and a listener that has seen the stream's creation. */
const withStream = (body) => inWorld(async (world) => {
  const worktree = await world.worktree('auth');
  const agent = await world.agent('claude-code', worktree);
  await agent.call('add_stream', { title: 'Auth' });
  const browser = await EventStream.open(world.record().port, { since: 0 });
  try {
    await browser.next('streams');
    await body({ world, worktree, agent, browser });
  } finally {
    browser.close();
  }
});

/** The hashes that the server has recorded, newest first. */
const recorded = async (world) => (await world.data('commits')).commits.map((row) => row.commitHash);

test('a commit in a worktree arrives by itself, with its numbers', kTest, () => withStream(async ({ world, worktree, browser }) => {
  const hash = await commit(world, worktree, 'login.txt', 'one\ntwo\n', 'Let people in\n\nThe whole story.');
  const { data } = await browser.next('commits');
  assert.equal(data.type, 'commit_added');
  assert.equal(data.streamId, 'auth');
  assert.equal(data.agent, 'git');
  const { commitHash, message, author, filesChanged, insertions, deletions } = data.newValue;
  assert.deepEqual({ commitHash, message, author, filesChanged, insertions, deletions },
    { commitHash: hash, message: 'Let people in', author: 'mira', filesChanged: 1, insertions: 2, deletions: 0 });
  assert.deepEqual(await recorded(world), [hash]);
  const stream = await world.data('show', 'auth');
  assert.equal(stream.recentActivity.lastCommit, 'Let people in');
}));

test('an amended commit takes the place of the one before', kTest, () => withStream(async ({ world, worktree, browser }) => {
  const kept = await commit(world, worktree, 'a.txt', 'a\n');
  await browser.next('commits');
  const before = await commit(world, worktree, 'b.txt', 'b\n');
  await browser.next('commits');
  await world.git(worktree, 'commit', '--quiet', '--amend', '-m', 'Better words');
  const after = await world.git(worktree, 'rev-parse', 'HEAD');
  const first = await browser.next('commits');
  const second = await browser.next('commits');
  assert.deepEqual([first.data.type, first.data.oldValue.commitHash], ['commit_removed', before]);
  assert.equal(first.data.newValue.recentActivity.lastCommit, 'change a.txt');
  assert.deepEqual([second.data.type, second.data.newValue.commitHash], ['commit_added', after]);
  assert.deepEqual((await recorded(world)).sort(), [kept, after].sort());
}));

test('after a rebase only the new commits are there', kTest, () => withStream(async ({ world, worktree, browser }) => {
  for (const name of ['a', 'b', 'c']) {
    await commit(world, worktree, `${name}.txt`, name);
    await browser.next('commits');
  }
  const before = await recorded(world);
  await commit(world, world.repository, 'main.txt', 'main moves on');
  await world.git(worktree, 'rebase', '--quiet', 'main');
  for (let i = 0; i < 6; ++i) await browser.next('commits'); // three go, three come
  const expected = (await world.git(worktree, 'log', '--format=%H', 'main..auth')).split('\n');
  const after = await recorded(world);
  assert.deepEqual([...after].sort(), [...expected].sort());
  assert.ok(before.every((hash) => !after.includes(hash)));
  assert.equal((await world.data('stats')).totalCommits, 3);
}));

test('a commit that an agent recorded by hand, even abbreviated, is not recorded twice', kTest, () => withStream(async ({ world, worktree, agent, browser }) => {
  await world.command(['stop']);
  const hash = await commit(world, worktree, 'a.txt', 'a\n');
  await agent.call('add_commit', { streamId: 'auth', commitHash: hash.slice(0, 10), message: 'mine' });
  const scanned = await agent.call('scan_commits', {});
  assert.equal(scanned.added, 0);
  const again = await agent.call('add_commit', { streamId: 'auth', commitHash: hash, message: 'mine, whole' });
  assert.equal(again.added, false);
  assert.deepEqual(await recorded(world), [hash.slice(0, 10)]);
  // It was recorded by hand, and leaves all the same when no branch has it any more.
  await world.git(worktree, 'commit', '--quiet', '--amend', '-m', 'Better words');
  await agent.call('scan_commits', {});
  assert.deepEqual(await recorded(world), [await world.git(worktree, 'rev-parse', 'HEAD')]);
  browser.close();
}));

test('a hash that git does not know stays: an agent said so', kTest, () => withStream(async ({ world, worktree, agent }) => {
  await agent.call('add_commit', { streamId: 'auth', commitHash: 'abcdef0123', message: 'on another machine' });
  await commit(world, worktree, 'a.txt', 'a\n');
  await agent.call('scan_commits', { streamId: 'auth' });
  assert.ok((await recorded(world)).includes('abcdef0123'));
}));

test('what was committed and merged while no server ran is found', kTest, () => withStream(async ({ world, worktree, agent }) => {
  await world.command(['stop']);
  const hash = await commit(world, worktree, 'a.txt', 'a\n');
  await world.git(world.repository, 'merge', '--quiet', '--no-ff', '-m', 'Merge auth', 'auth');
  await agent.call('scan_commits', {});
  assert.deepEqual(await recorded(world), [hash]);
}));

test('a stream follows its branch when git renames it and its worktree when git moves it', kTest, () => withStream(async ({ world, worktree, agent, browser }) => {
  await world.git(worktree, 'branch', '-m', 'auth', 'auth-2');
  const renamed = await browser.next('streams');
  assert.deepEqual([renamed.data.type, renamed.data.newValue.branch], ['details_changed', 'auth-2']);
  const moved = path.join(world.directory, 'worktrees', 'elsewhere');
  await world.git(world.repository, 'worktree', 'move', worktree, moved);
  await agent.call('scan_commits', {});
  const stream = await world.data('show', 'auth');
  assert.deepEqual([stream.branch, stream.worktreePath], ['auth-2', moved]);
}));

test('branches and files with difficult names are scanned', kTest, () => inWorld(async (world) => {
  const names = ['blank-in-file', 'quote"d', 'ümläut', 'feature/deep/er'];
  const agent = await world.agent('claude-code');
  for (const [index, name] of names.entries()) {
    const worktree = path.join(world.directory, `wt ${index}\nx`);
    await world.git(world.repository, 'worktree', 'add', '--quiet', '-b', name, worktree);
    await commit(world, worktree, `-a "b"\n'ü' ${index}.txt`, 'text');
    await agent.call('add_stream', { title: `Stream ${index}`, branch: name });
  }
  const scanned = await agent.call('scan_commits', {});
  assert.deepEqual(scanned.warnings ?? [], []);
  const commits = (await world.data('commits')).commits;
  assert.deepEqual(commits.map((row) => [row.streamId, row.filesChanged]).sort(),
    names.map((_, index) => [`stream-${index}`, 1]));
}));

test('ten thousand commits in one branch', { timeout: 8 * kTest.timeout }, () => inWorld(async (world) => {
  const from = await world.git(world.repository, 'rev-parse', 'main');
  const lines = [];
  for (let i = 0; i < 10_000; ++i) {
    lines.push('commit refs/heads/long', `committer mira <mira@harbour.example> ${1_700_000_000 + i} +0000`,
      'data 5', 'work\n', ...(i === 0 ? [`from ${from}`] : []), 'M 100644 inline f.txt', `data ${String(i).length}`, `${i}`);
  }
  fs.writeFileSync(path.join(world.directory, 'import'), `${lines.join('\n')}\n`);
  await world.git(world.repository, '-c', `alias.feed=!git fast-import --quiet < '${path.join(world.directory, 'import')}'`, 'feed');
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Long', branch: 'long' });
  await agent.call('scan_commits', {});
  assert.equal((await world.data('stats')).totalCommits, 10_000);
}));

test('outside git, and without git, scanning says why it can not, and streams work', kTest, () => inWorld(async (world) => {
  const outside = path.join(world.directory, 'plain');
  fs.mkdirSync(outside);
  const agent = await world.agent('claude-code', outside);
  await agent.call('add_stream', { title: 'Letters' });
  const refused = await agent.refusal('scan_commits');
  assert.equal(refused.code, 'git_error');
  assert.match(refused.message, /not a git repository/);
  await world.command(['stop'], { cwd: outside });

  const bare = path.join(world.directory, 'no-git');
  fs.mkdirSync(bare);
  const { code, err } = await world.command(['scan'], { env: { PATH: bare } });
  assert.equal(code, 1);
  assert.match(err, /find git: it is in no directory of PATH/);
  assert.match(err, /install git/);
}));
