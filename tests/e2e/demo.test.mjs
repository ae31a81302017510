// The demo as a newcomer runs it: it opens on a project that has something to say in every view, its agents go on from
// there, hear what people answer and survive the server; it counts what was acknowledged, and leaves no process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { inWorld, kTest, processesIn, programs, run, until } from './support/world.mjs';

const demo = fileURLToPath(new URL('../../demo/demo.mjs', import.meta.url));
const history = fileURLToPath(new URL('../../demo/history.mjs', import.meta.url));
const kLease = 15 * 60_000;
const kDay = 24 * 3_600_000;

/** A demo that runs until it is told to end. */
class Demo {
  out = '';
  err = '';

  constructor(world, ...options) {
    this.directory = path.join(world.directory, 'demo');
    const { STREAM_STATUS_HOME, ...env } = world.env;
    this.child = spawn(process.execPath, [demo, programs, '--dir', this.directory, ...options], { cwd: world.directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.on('data', (chunk) => { this.out += chunk; });
    this.child.stderr.on('data', (chunk) => { this.err += chunk; });
    this.ended = new Promise((resolve) => { this.child.on('close', resolve); });
  }

  says(pattern) {
    return until(() => {
      assert.equal(this.child.exitCode, null, `${this.out}\n${this.err}`);
      return pattern.exec(this.out);
    }, () => `${pattern} is not in\n${this.out}\n${this.err}`);
  }

  get record() { return JSON.parse(fs.readFileSync(path.join(this.directory, 'home', 'projects', 'fieldnote', '.api-server.lock'), 'utf8')); }

  /** An answer of the server, which must be 200. */
  async ask(route, options) {
    const answer = await fetch(`http://127.0.0.1:${this.record.port}${route}`, options);
    assert.equal(answer.status, 200, route);
    return answer.json();
  }

  async end() {
    this.child.kill('SIGINT');
    assert.equal(await this.ended, 0, `${this.out}\n${this.err}`);
    const [, calls, commits, errors] = /(\d+) calls, (\d+) commits, (\d+) errors/.exec(this.out);
    assert.deepEqual(processesIn(this.directory), []);
    return { calls: Number(calls), commits: Number(commits), errors: Number(errors) };
  }
}

test('the demo opens on a project with something in every view, and goes on from there', kTest, () => inWorld(async (world) => {
  const running = new Demo(world, '--pace', '0.2');
  try {
    await running.says(/Ctrl-C ends the demo/);
    const { streams } = await running.ask('/api/streams');
    const { pairs } = await running.ask('/api/conflicts');
    const by = (status) => streams.filter((stream) => stream.status === status);
    for (const status of ['initializing', 'active', 'blocked', 'paused', 'completed', 'archived']) assert.notDeepEqual(by(status), [], status);
    assert.ok(streams.some((stream) => stream.question?.choices.length > 1), 'a question');
    assert.ok(by('blocked').some((stream) => stream.blockers.length > 0), 'one that waits for another');
    assert.ok(pairs.filter((pair) => pair.state === 'conflict').length >= 2, JSON.stringify(pairs));
    assert.ok(pairs.some((pair) => pair.state === 'clean'), JSON.stringify(pairs));

    // The lease of an agent that is gone is over once the minute has passed that every claim has after a server start.
    await running.says(/commit|  [0-9a-f]{7}  /);
    const { agents } = await running.ask('/api/agents');
    const abandoned = streams.find((stream) => stream.claim && !agents.some((agent) => agent.name === stream.claim.agent));
    assert.ok(Date.parse(abandoned.updatedAt) < Date.now() - kLease, abandoned.updatedAt);
    assert.ok(Date.parse(abandoned.claim.expiresAt) < Date.now() + 60_000, abandoned.claim.expiresAt);
    await until(async () => (await running.ask('/api/agents')).agents.filter((agent) => agent.state === 'live').length >= 5, () => 'not five agents are live');
    assert.ok(new Set(agents.map((agent) => agent.client)).size >= 3);

    const { events, nextCursor } = await running.ask('/api/streams/drop-idb-v1/history');
    assert.equal(nextCursor, undefined);
    const times = events.map((event) => Date.parse(event.timestamp));
    assert.ok(Math.max(...times) - Math.min(...times) > kDay && Math.min(...times) < Date.now() - 4 * kDay, JSON.stringify(times));
    const { commits } = await running.ask('/api/commits?streamId=search-index&limit=1'); // nobody adds to it
    const { out } = await run('git', ['rev-parse', 'search-index'], { cwd: path.join(running.directory, 'fieldnote'), env: world.env });
    assert.equal(commits[0].commitHash, out.trim());
    const scan = await running.ask('/api/commits/scan', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"streamId":"search-index"}' });
    assert.deepEqual([scan.added, scan.removed], [0, 0], JSON.stringify(scan));

    await running.ask('/api/streams/auth-rotation/answer', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"answer":"No, stay strict"}' });
    await running.says(/auth-rotation +goes on, .*: No, stay strict/);
    process.kill(running.record.pid, 'SIGKILL');
    await running.says(/has taken over/);
    const before = running.out.length;
    await until(() => /  [0-9a-f]{7}  /.test(running.out.slice(before)), () => `nobody goes on:\n${running.out}`);
    const { calls, commits: made, errors } = await running.end();
    assert.ok(calls > 0 && made > 0);
    assert.equal(errors, 0, running.out);
  } finally {
    running.child.kill('SIGINT');
    await running.ended;
  }
}));

test('the demo runs for a while as fast as it can, loses nothing, and ends with all its processes', kTest, () => inWorld(async (world) => {
  const running = new Demo(world, '--for', '6', '--pace', '0');
  await running.ended;
  const { calls, errors } = await running.end();
  assert.ok(calls > 0);
  assert.equal(errors, 0, running.out);
}));

test('a made history is what the server would have written itself', kTest, () => inWorld(async (world) => {
  const file = path.join(world.directory, 'made.jsonl');
  const again = path.join(world.directory, 'again.jsonl');
  const lines = (name) => fs.readFileSync(name, 'utf8').split('\n').slice(1); // the header has the time
  for (const [streams, seed] of [[1, 1], [2, 1], [5, 2], [60, 3], [60, 4]]) {
    const { code, out, err } = await run(process.execPath, [history, '--streams', String(streams), '--seed', String(seed)], { cwd: world.directory, env: world.env });
    assert.equal(code, 0, err);
    fs.writeFileSync(file, out);
    await world.data('import', file, '--replace');
    fs.rmSync(again, { force: true });
    await world.data('export', again);
    assert.deepEqual(lines(again), lines(file));
    const { activeStreams, inProgress } = await world.get('/api/stats');
    assert.ok(activeStreams > 0 && inProgress > 0, `${streams} streams, seed ${seed}: nothing moves at the end`);
  }
}));

test('of the same seed comes the same history', kTest, async () => {
  const options = ['--streams', '40', '--now', '2026-11-20T15:28:00Z'];
  const make = async (seed) => (await run(process.execPath, [history, ...options, '--seed', seed], {})).out;
  assert.equal(await make('7'), await make('7'));
  assert.notEqual(await make('7'), await make('8'));
});
