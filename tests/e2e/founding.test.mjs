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
