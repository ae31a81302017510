// What users of the founding system type and configure: `npm run project-dashboard`, and the name of the MCP program.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { inWorld, kTest, program, programs, run } from './support/world.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** This repository as far as its package.json needs it. ./run would build the tree that is being tested: it is left out. */
function checkout(world) {
  const directory = path.join(world.directory, 'stream-status');
  fs.mkdirSync(path.join(directory, 'build'), { recursive: true });
  fs.copyFileSync(path.join(repository, 'package.json'), path.join(directory, 'package.json'));
  fs.writeFileSync(path.join(directory, 'run'), '#!/bin/sh\n[ "$*" = --build ]\n', { mode: 0o755 });
  fs.symlinkSync(programs, path.join(directory, 'build/release'));
  return directory;
}

/** `npm run project-dashboard` for the package, as typed in `cwd`; gives the lines that it prints. */
async function npmDashboard(world, cwd, { env = {}, words = [] } = {}) {
  const npm = ['--prefix', checkout(world), '--silent', 'run', 'project-dashboard', ...words];
  const { code, out, err } = await run('npm', npm, { cwd, env: { ...world.env, npm_config_update_notifier: 'false', ...env } });
  assert.equal(code, 0, err);
  return out.trim().split('\n');
}

async function projectAt(url) {
  const answer = await fetch(`${url}api/health`);
  assert.equal(answer.status, 200);
  return (await answer.json()).projectRoot;
}

test('npm run project-dashboard prints the URL of the project in which it is typed', kTest, () => inWorld(async (world) => {
  const worktree = await world.worktree('checkout');
  const [url] = await npmDashboard(world, worktree);
  assert.equal(url, `http://127.0.0.1:${world.record().port}/`);
  assert.equal(await projectAt(url), world.repository, 'npm changes the directory; INIT_CWD tells the first one');
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
}));

test('npm run project-dashboard obeys PROJECT_ROOT, relative to where it is typed', kTest, () => inWorld(async (world) => {
  const [url] = await npmDashboard(world, world.directory, { env: { PROJECT_ROOT: 'harbour' }, words: ['--', '--no-open'] });
  assert.equal(await projectAt(url), world.repository);
}));

test('dashboard takes PROJECT_ROOT before INIT_CWD, INIT_CWD before the rest, and a flag before both', kTest, () => inWorld(async (world) => {
  const rows = [
    [{ INIT_CWD: world.repository }, []],
    [{ INIT_CWD: world.repository, CLAUDE_PROJECT_DIR: world.home }, []],
    [{ PROJECT_ROOT: world.repository, INIT_CWD: '/usr' }, []],
    [{ PROJECT_ROOT: '/usr', INIT_CWD: '/usr' }, ['--project', world.repository]],
  ];
  for (const [env, flags] of rows) {
    const { code, out, err } = await world.command([...flags, 'dashboard', '--no-open'], { cwd: '/', env });
    assert.equal(code, 0, err);
    assert.equal(await projectAt(out.split('\n')[0]), world.repository);
  }
}));

test('without a terminal no browser is opened, even when there is one', kTest, () => inWorld(async (world) => {
  const bin = path.join(world.directory, 'bin');
  const opened = path.join(world.directory, 'opened');
  fs.mkdirSync(bin);
  for (const name of ['xdg-open', 'sensible-browser', 'www-browser', 'open', 'browser']) {
    fs.writeFileSync(path.join(bin, name), `#!/bin/sh\necho "$@" > '${opened}'\n`, { mode: 0o755 });
  }
  const env = { PATH: `${bin}:${world.env.PATH}`, DISPLAY: ':77', BROWSER: path.join(bin, 'browser') };
  for (const words of [['dashboard'], ['dashboard', '--no-open']]) {
    const { code, out, err } = await world.command([...words, '--json'], { env });
    assert.equal(code, 0, err);
    assert.equal(JSON.parse(out).data.opened, false);
  }
  assert.equal(fs.existsSync(opened), false);
}));

test('mcp-stream-workflow-status is the same program in the role of mcp', kTest, () => inWorld(async (world) => {
  const founding = program('mcp-stream-workflow-status');
  assert.equal(fs.realpathSync(founding), fs.realpathSync(program()));
  const agent = await world.agent('claude-code', world.repository, { command: founding, args: [] });
  const today = await world.agent('codex');
  assert.deepEqual(await agent.client.listTools(), await today.client.listTools());
  assert.deepEqual(agent.client.getServerVersion(), today.client.getServerVersion());
  await agent.call('add_stream', { title: 'Key escrow' });
  assert.equal((await today.call('list_streams')).total, 1);
}));

test('a link to the founding name from another directory works, and takes the flags of mcp', kTest, () => inWorld(async (world) => {
  const link = path.join(world.directory, 'mcp-stream-workflow-status');
  fs.symlinkSync(program('mcp-stream-workflow-status'), link);
  const agent = await world.agent('claude-code', '/', { command: link, args: ['--project', world.repository, '--agent', 'reviewer'] });
  await agent.call('add_stream', { title: 'Key escrow' });
  assert.equal((await world.data('history', 'key-escrow')).events[0].agent, 'reviewer');
}));

/** As the founding HTTP client asks: JSON always, the error's own words thrown with status and details. */
async function request(base, method, route, body) {
  const answer = await fetch(`${base}${route}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.ok) return answer.json();
  const { error, details } = await answer.json();
  throw Object.assign(new Error(error), { status: answer.status, details });
}

/** As the founding event client reads: every data line, whatever the event is called; `type` tells what to fetch again. */
async function* foundingTypes(base, signal) {
  const answer = await fetch(`${base}/api/events`, { headers: { Accept: 'text/event-stream' }, signal });
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of answer.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.startsWith('data: ')) yield JSON.parse(line.slice(6)).type;
  }
}

test('a program that speaks to the founding server goes on working', kTest, () => inWorld(async (world) => {
  await world.data('list');
  const base = `http://127.0.0.1:${world.record().port}`;
  const ask = (...words) => request(base, ...words);
  const stop = new AbortController();
  const types = foundingTypes(base, stop.signal);
  const heard = async (wanted) => {
    for (;;) {
      const { value, done } = await types.next();
      assert.ok(!done, 'the events ended');
      if (value === wanted) return;
    }
  };
  await heard('stats'); // connected

  assert.equal((await ask('GET', '/api/health')).status, 'ok');
  const stream = {
    streamId: 'berth-plan', streamNumber: '0101', title: 'Berth planning', category: 'backend', priority: 'high',
    worktreePath: path.join(world.directory, 'worktrees/berth'), branch: 'berth', estimatedPhases: ['Model', 'Solver'],
  };
  const added = await ask('POST', '/api/streams', stream);
  assert.deepEqual([added.success, added.streamId, typeof added.message], [true, 'berth-plan', 'string']);
  await heard('streams');
  await assert.rejects(ask('POST', '/api/streams', stream), { status: 409 });

  const list = await ask('GET', '/api/streams?status=initializing&category=backend&priority=high');
  assert.equal(list.total, 1);
  assert.equal(list.streams[0].worktreePath, stream.worktreePath);
  assert.deepEqual((await ask('GET', `/api/streams/${encodeURIComponent('berth-plan')}`)).phases, ['Model', 'Solver']);
  await assert.rejects(ask('GET', '/api/streams/none'), (error) => error.status === 404 && error.message !== '');

  const updated = await ask('PATCH', '/api/streams/berth-plan', { status: 'active', progress: 40 });
  assert.equal(updated.success, true);
  assert.equal(updated.stream.progress, 40);
  assert.deepEqual(updated.changes, { status: { from: 'initializing', to: 'active' }, progress: 40 });
  await heard('streams');
  await assert.rejects(ask('PATCH', '/api/streams/berth-plan', { progress: 101 }), { status: 400 });

  const commit = { streamId: 'berth-plan', commitHash: 'abcdef12', message: 'model', author: 'Kim', filesChanged: 3 };
  assert.equal((await ask('POST', '/api/commits', commit)).success, true);
  await heard('commits');
  await assert.rejects(ask('POST', '/api/commits', { ...commit, streamId: 'none' }), { status: 404 });
  const { commits, total, limit, offset } = await ask('GET', '/api/commits?limit=10&offset=0');
  assert.deepEqual([total, limit, offset], [1, 10, 0]);
  const { streamNumber, streamTitle, author, filesChanged } = commits[0];
  assert.deepEqual([streamNumber, streamTitle, author, filesChanged], ['0101', 'Berth planning', 'Kim', 3]);

  const stats = await ask('GET', '/api/stats');
  assert.deepEqual(Object.keys(stats), ['activeStreams', 'inProgress', 'blocked', 'readyToStart', 'completedToday', 'totalCommits', 'commitsToday']);
  assert.equal(stats.totalCommits, 1);
  stop.abort();
}));
