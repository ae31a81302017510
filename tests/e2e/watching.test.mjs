// How the server watches git: by inotify, or where its limits are reached by looking every 5 s; and what stands in its way.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { addStream, commit } from './support/repository.mjs';
import { inWorld, kTest, program, run, until } from './support/world.mjs';

/** Can this user have a user namespace of its own, in which there are no inotify instances? */
function canLimitInotify() {
  try {
    execFileSync('unshare', ['-Ur', 'sh', '-c', 'echo 0 > /proc/sys/user/max_inotify_instances'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('where inotify is used up, git is looked at every 5 s, and doctor says so', { ...kTest, skip: !canLimitInotify() && 'no user namespace can be made here' }, () => inWorld(async (world) => {
  const limited = (words) => run('unshare', ['-Ur', 'sh', '-c', 'echo 0 > /proc/sys/user/max_inotify_instances; exec "$@"', '-', program(), ...words], { cwd: world.repository, env: world.env });
  const worktree = await world.worktree('auth');
  const added = await limited(['add', 'Auth', '--branch', 'auth', '--worktree-path', worktree]);
  assert.equal(added.code, 0, added.err);
  await until(async () => (await world.get('/api/health')).git?.watching === 'polling', 'it does not poll');
  const hash = await commit(world, worktree, 'a.txt', 'a\n');
  await until(async () => (await world.get('/api/commits')).commits[0]?.commitHash === hash, 'the commit never came');
  const { out } = await world.command(['doctor']);
  assert.match(out, /refs .*inotify limit is reached; refs are looked at every 5 s instead/);
}));

test('doctor says that refs are watched, and what is wrong when they can not be', kTest, () => inWorld(async (world) => {
  await world.data('list');
  await until(async () => (await world.get('/api/health')).git?.watching === 'inotify', 'it does not watch');
  assert.match((await world.command(['doctor'])).out, /refs +watched \(inotify\)/);
}));

test('a repository of somebody else is named, with the setting that trusts it', { ...kTest, skip: process.getuid() !== 0 && 'only root can give a file away' }, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Auth' });
  execFileSync('chown', ['-R', '12345', world.repository]);
  const refused = await agent.refusal('scan_commits');
  assert.equal(refused.code, 'permission_denied');
  assert.match(refused.text, /git config --global --add safe\.directory/);
  await agent.call('update_stream', { streamId: 'auth', progress: 10 }); // streams go on
  fs.writeFileSync(path.join(world.env.HOME, '.gitconfig'), `[safe]\n\tdirectory = ${world.repository}\n`);
  await agent.call('scan_commits');
  execFileSync('chown', ['-R', '0', world.repository]);
}));

test('hooks that hang do not hang the server', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const worktree = await addStream(world, agent, 'auth');
  await commit(world, worktree, 'a.txt', 'a\n');
  const ran = path.join(world.directory, 'ran');
  for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change', 'pre-commit', 'post-commit', 'pre-auto-gc', 'post-merge'])
    fs.writeFileSync(path.join(world.repository, '.git', 'hooks', hook), `#!/bin/sh\n: > '${ran}'\nsleep 600\n`, { mode: 0o755 });
  assert.equal((await agent.call('scan_commits')).added >= 0, true);
  await world.data('reconcile');
  await world.data('conflicts');
  await world.data('remove', 'auth', '--delete-worktree', '--force');
  const back = await world.data('unretire', 'auth');
  assert.equal(back.worktreeRestored, true);
  assert.equal(fs.existsSync(ran), false, 'no hook was run');
}));

test('a shallow clone, submodules and a worktree deleted by hand: honest answers', kTest, () => inWorld(async (world) => {
  for (const name of ['one', 'two', 'three']) await commit(world, world.repository, `${name}.txt`, name);
  const clone = path.join(world.directory, 'shallow');
  await world.git(world.directory, 'clone', '--quiet', '--depth', '1', '--no-single-branch', `file://${world.repository}`, clone);
  await world.git(clone, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${world.repository}`, 'part');
  await world.git(clone, 'commit', '--quiet', '-m', 'Add part');
  const tree = path.join(world.directory, 'shallow-auth');
  await world.git(clone, 'worktree', 'add', '--quiet', '-b', 'auth', tree);
  const gone = path.join(world.directory, 'shallow-gone');
  await world.git(clone, 'worktree', 'add', '--quiet', '-b', 'gone', gone);
  const agent = await world.agent('claude-code', tree);
  await agent.call('add_stream', { title: 'Auth' });
  await agent.call('add_stream', { title: 'Gone', branch: 'gone', worktreePath: gone, status: 'active' });
  fs.rmSync(gone, { recursive: true });
  await commit(world, tree, 'b.txt', 'b\n');
  const { code, out, err } = await world.command(['reconcile', '--json'], { cwd: clone });
  assert.equal(code, 0, err);
  const { data } = JSON.parse(out);
  assert.deepEqual(data.active.map((one) => one.streamId), ['auth']);
  assert.deepEqual(data.stale.map((one) => one.streamId), ['gone']);
  assert.ok(data.warnings.some((text) => /shallow clone/.test(text)), data.warnings.join('; '));
  assert.ok(data.warnings.some((text) => /git worktree prune/.test(text)), data.warnings.join('; '));
  const refused = await world.command(['remove', 'auth', '--delete-worktree'], { cwd: clone });
  assert.equal(refused.code, 4);
  assert.match(refused.err, /not on main/);
  await world.command(['stop'], { cwd: clone });
}));
