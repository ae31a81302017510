// Retiring a stream is safe, and undone by unretire.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { addStream, commit, contents, write } from './support/repository.mjs';
import { inWorld, kTest, until } from './support/world.mjs';

const post = async (world, route, body) => {
  const answer = await fetch(`http://127.0.0.1:${world.record().port}${route}`,
    { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  return { status: answer.status, ...(await answer.json()) };
};
const reports = (world) => {
  const directory = path.join(world.repository, '.project', 'history');
  return fs.existsSync(directory) ? fs.readdirSync(directory) : [];
};
const refs = (world) => world.git(world.repository, 'for-each-ref', '--format=%(refname) %(objectname)');

test('a plain retirement archives, writes a report and removes nothing', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const worktree = await addStream(world, agent, 'auth');
  await commit(world, worktree, 'a.txt', 'a\n', 'Add a');
  await agent.call('scan_commits', {});
  await agent.call('update_stream', { streamId: 'auth', status: 'active', note: 'Tokens rotate daily.' });
  const done = await world.data('remove', 'auth', '--completion-summary', 'Login works.');
  assert.equal((await world.data('show', 'auth')).status, 'archived');
  assert.equal((await world.data('show', 'auth')).lastNote, 'Login works.');
  assert.equal(fs.existsSync(worktree), true);
  assert.match(done.report, /^\.project\/history\/\d{8}_auth-RETIRED\.md$/);
  const report = fs.readFileSync(path.join(world.repository, done.report), 'utf8');
  for (const part of [/# Stream Retired: auth/, /Login works\./, /Add a/, /stream-status unretire auth/, /not on main/]) assert.match(report, part);
  assert.equal(await world.git(world.repository, 'log', '-1', '--format=%s'), 'Begin', 'nothing is committed');
  const history = await world.data('history', 'auth');
  assert.ok(history.events.some((event) => event.type === 'created'), 'history stays');
  const again = await world.data('remove', 'auth');
  assert.match(again.message, /was archived already/);
  assert.equal(reports(world).length, 1);
}));

test('what would be lost is listed and stops it: uncommitted, untracked, unlanded, unpushed', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const origin = path.join(world.directory, 'origin.git');
  await world.git(world.directory, 'clone', '--quiet', '--bare', world.repository, origin);
  await world.git(world.repository, 'remote', 'add', 'origin', origin);
  await world.git(world.repository, 'fetch', '--quiet', 'origin');
  const worktree = await addStream(world, agent, 'auth');
  await commit(world, worktree, 'a.txt', 'a\n', 'Add a');
  write(worktree, 'README.md', 'changed\n');
  write(worktree, 'new/file.txt', 'new\n');
  const before = [await refs(world), contents(worktree)];
  const refused = await post(world, '/api/streams/auth/archive', { deleteWorktree: true });
  assert.equal(refused.status, 409);
  assert.equal(refused.code, 'work_at_risk');
  const risks = Object.fromEntries(refused.data.plan.atRisk.map((risk) => [risk.kind, risk.items]));
  assert.deepEqual(Object.keys(risks).sort(), ['uncommitted', 'unlanded', 'unpushed', 'untracked']);
  assert.deepEqual(risks.uncommitted, ['README.md']);
  assert.deepEqual(risks.untracked, ['new/file.txt']);
  assert.match(risks.unlanded[0], /Add a/);
  assert.match(refused.error, /README\.md/);
  assert.deepEqual([await refs(world), contents(worktree)], before);
  assert.equal((await world.data('show', 'auth')).status, 'initializing');
  assert.deepEqual(reports(world), []);
  const { code, err } = await world.command(['remove', 'auth', '--delete-worktree']);
  assert.equal(code, 4, err);
  const plan = await world.data('remove', 'auth', '--delete-worktree', '--dry-run');
  assert.equal(plan.dryRun, true);
  assert.deepEqual(plan.plan.steps.map((step) => step.step),
    ['keep_tip', 'remove_worktree', 'delete_branch', 'write_report', 'archive']);
}));

test('a forced retirement loses nothing: unretire gives back the same commit and files', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const worktree = await addStream(world, agent, 'auth');
  const tip = await commit(world, worktree, 'a.txt', 'a\n', 'Add a');
  await agent.call('update_stream', { streamId: 'auth', status: 'blocked' });
  write(worktree, 'a.txt', 'changed\n');
  write(worktree, 'sub/new.sh', '#!/bin/sh\n');
  fs.chmodSync(path.join(worktree, 'sub/new.sh'), 0o755);
  fs.symlinkSync('a.txt', path.join(worktree, 'link'));
  fs.rmSync(path.join(worktree, 'README.md'));
  const before = contents(worktree);
  before.delete('./.git');
  const done = await world.data('remove', 'auth', '--delete-worktree', '--force');
  assert.equal(done.keptRef, 'refs/stream-status/retired/auth');
  assert.equal(fs.existsSync(worktree), false);
  await assert.rejects(world.git(world.repository, 'rev-parse', '--verify', 'refs/heads/auth'));
  assert.equal(await world.git(world.repository, 'rev-parse', done.keptRef), tip);

  const back = await world.data('unretire', 'auth');
  assert.deepEqual([back.branchRestored, back.worktreeRestored, back.uncommittedRestored], [true, true, true]);
  assert.equal(back.stream.status, 'blocked');
  assert.equal(await world.git(worktree, 'rev-parse', 'HEAD'), tip);
  assert.equal(await world.git(worktree, 'rev-parse', '--abbrev-ref', 'HEAD'), 'auth');
  const after = contents(worktree);
  after.delete('./.git');
  assert.deepEqual(after, before);
  assert.match(await world.git(worktree, 'status', '--porcelain'), /D README\.md/);
  assert.doesNotMatch(await refs(world), /refs\/stream-status/);
  const types = (await world.data('history', 'auth')).events.map((event) => event.type);
  // The observer may see the branch, and so its commit, only now.
  assert.equal(types.find((type) => !type.startsWith('commit_')), 'unretired');
  const again = await world.data('unretire', 'auth');
  assert.match(again.message, /was not archived/);
}));

test('landed work goes without force, and the plan files with it when asked', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const worktree = await addStream(world, agent, 'auth');
  await commit(world, worktree, 'a.txt', 'a\n');
  await world.git(world.repository, 'merge', '--quiet', '--no-ff', '-m', 'Merge', 'auth');
  write(world.repository, '.project/plan/streams/auth/README.md', '# The plan of auth\n\nWith `code`.\n');
  const done = await world.data('remove', 'auth', '--delete-worktree', '--cleanup-plan-files');
  assert.equal(done.retirement.worktreeDeleted, true);
  assert.equal(done.retirement.planFilesCleanedUp, true);
  assert.equal(fs.existsSync(worktree), false);
  assert.equal(fs.existsSync(path.join(world.repository, '.project/plan/streams/auth')), false);
  assert.match(fs.readFileSync(path.join(world.repository, done.report), 'utf8'), /The plan of auth/);
}));

test('a locked worktree, the main worktree and a branch in use elsewhere stay', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const locked = await addStream(world, agent, 'locked');
  await world.git(world.repository, 'worktree', 'lock', '--reason', 'on a stick', locked);
  const refused = await agent.refusal('remove_stream', { streamId: 'locked', deleteWorktree: true, force: true });
  assert.match(refused.message, /locked: on a stick/);
  assert.equal(fs.existsSync(locked), true);

  await world.git(world.repository, 'checkout', '--quiet', '-b', 'here');
  await agent.call('add_stream', { streamId: 'here', title: 'Here', branch: 'here', worktreePath: world.repository });
  const done = await world.data('remove', 'here', '--delete-worktree');
  assert.equal(done.retirement.worktreeDeleted, false);
  assert.equal(fs.existsSync(path.join(world.repository, 'README.md')), true);
}));

test('several at once: each is retired or says why not', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await addStream(world, agent, 'one');
  const two = await addStream(world, agent, 'two');
  write(two, 'new.txt', 'new\n');
  const { status, success, results } = await post(world, '/api/streams/archive-bulk',
    { streamIds: ['one', 'two', 'three'], summary: 'Sweep', deleteWorktree: true });
  assert.equal(status, 200);
  assert.equal(success, false);
  assert.deepEqual(results.map((one) => [one.streamId, one.success]), [['one', true], ['two', false], ['three', false]]);
  assert.match(results[1].error, /new\.txt/);
  assert.match(results[2].error, /there is none with this id/);
}));

test('a server that dies in the middle leaves a retirement that the next one finishes', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const worktree = await addStream(world, agent, 'auth');
  const tip = await commit(world, worktree, 'a.txt', 'a\n');
  write(worktree, 'big/file.txt', 'x');
  // git hangs in a filter while it saves what is uncommitted: the server is killed there, after the intent.
  const waiting = path.join(world.directory, 'waiting');
  fs.writeFileSync(path.join(world.directory, 'hang.sh'), `#!/bin/sh\necho $$ > '${waiting}.new'; mv '${waiting}.new' '${waiting}'\nexec sleep 600\n`, { mode: 0o755 });
  await world.git(world.repository, 'config', 'filter.hang.clean', path.join(world.directory, 'hang.sh'));
  write(worktree, '.gitattributes', 'big/* filter=hang\n');
  const call = agent.result('remove_stream', { streamId: 'auth', deleteWorktree: true, force: true, completionSummary: 'Enough.' });
  await until(() => fs.existsSync(waiting), 'git was not started');
  await world.git(world.repository, 'config', '--unset', 'filter.hang.clean');
  world.kill(); // takes git with it, but not what git has started
  process.kill(Number(fs.readFileSync(waiting, 'utf8')), 'SIGKILL');
  const answer = await call;
  assert.ok(!answer.isError, answer.content?.[0]?.text);
  await until(async () => (await world.data('show', 'auth')).status === 'archived', 'it was never archived');
  assert.equal(fs.existsSync(worktree), false);
  assert.equal(await world.git(world.repository, 'rev-parse', 'refs/stream-status/retired/auth'), tip);
  assert.equal(reports(world).length, 1);
  await world.data('unretire', 'auth');
  assert.equal(fs.readFileSync(path.join(worktree, 'big/file.txt'), 'utf8'), 'x');
}));

test('the summary command writes a longer summary, in the background, with the variables it may have', kTest, () => inWorld(async (world) => {
  const config = path.join(world.home, 'projects', 'harbour', 'config.json');
  await world.data('list');
  await world.command(['stop']);
  const command = `cat > '${world.directory}/prompt'; printf 'Summed up with %s, without %s.' \\"$MODEL_KEY\\" \\"$OTHER_KEY\\"`;
  fs.writeFileSync(config, fs.readFileSync(config, 'utf8')
    .replace('"summaryCommand": ""', `"summaryCommand": "${command}"`)
    .replace('"commandEnv": []', '"commandEnv": ["MODEL_KEY"]'));
  world.env.MODEL_KEY = 'the-key';
  world.env.OTHER_KEY = 'a-secret';
  const agent = await world.agent('claude-code');
  await addStream(world, agent, 'auth');
  const done = await world.data('remove', 'auth', '--completion-summary', 'Login works.');
  assert.equal(done.retirement.summaryQueued, true);
  await until(async () => (await world.data('show', 'auth')).lastNote === 'Summed up with the-key, without .', 'no summary came');
  assert.match(fs.readFileSync(path.join(world.directory, 'prompt'), 'utf8'), /Login works\./);
  assert.match(fs.readFileSync(path.join(world.repository, done.report), 'utf8'), /## Longer summary\n\nSummed up with the-key/);
}));

test('a summary command that fails does not stop a retirement', kTest, () => inWorld(async (world) => {
  const config = path.join(world.home, 'projects', 'harbour', 'config.json');
  await world.data('list');
  await world.command(['stop']);
  fs.writeFileSync(config, fs.readFileSync(config, 'utf8').replace('"summaryCommand": ""', '"summaryCommand": "echo no key >&2; exit 3"'));
  const agent = await world.agent('claude-code');
  await addStream(world, agent, 'auth');
  await agent.call('remove_stream', { streamId: 'auth', completionSummary: 'Login works.' });
  assert.equal((await world.data('show', 'auth')).status, 'archived');
  await until(async () => /summary_failed stream=auth attempt=1 of=3 error="[^"]*no key/.test((await world.command(['logs'])).out), 'the failure is not in the log');
  assert.equal((await world.data('show', 'auth')).lastNote, 'Login works.');
}));
