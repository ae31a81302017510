// The MCP conformance suite and the MCP Inspector, as they are published: the suite against a server with its fixtures,
// which must pass everything that a revision requires, and against the real one, with the fixtures it lacks named.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { inWorld, kTest, program, run } from './support/world.mjs';

const here = import.meta.dirname;
const packages = path.join(here, 'node_modules', '@modelcontextprotocol');
const suite = path.join(packages, 'conformance', 'dist', 'index.js');
const inspector = path.join(packages, 'inspector', 'clients', 'launcher', 'build', 'index.js');

// How many scenarios each revision requires of a server, deprecated features included.
const counts = { '2026-07-28': 37, '2025-11-25': 30 };

/** Their names, as the suite froze them. */
function required(revision) {
  const file = fs.readFileSync(path.join(packages, 'conformance', 'requirements', `${revision}.yaml`), 'utf8');
  const [, list] = file.match(/^server:\n((?: {2}- .*\n)+)/m);
  const names = [...list.matchAll(/- ([\w-]+)/g)].map(([, name]) => name);
  assert.equal(names.length, counts[revision]);
  return names;
}

/** Runs `file` as the world's server in the foreground while `body` lasts; gives it the URL of /mcp. */
async function serving(world, file, words, body) {
  const child = spawn(file, words, { cwd: world.directory, env: world.env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => { child.on('close', resolve); });
  try {
    for await (const line of createInterface({ input: child.stderr })) if (line.includes(' server_started ')) break;
    child.stderr.resume();
    await body(`http://127.0.0.1:${world.record().port}/mcp`);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Runs the suite; gives the required scenarios that failed, and the whole output. */
async function conform(world, url, revision, ...words) {
  const results = path.join(world.directory, 'results');
  const { code, out, err } = await run(process.execPath,
    [suite, 'server', '--url', url, '--requirements', revision, '-o', results, ...words], { cwd: world.directory, env: world.env });
  const text = `${out}\n${err}`;
  const passed = new Map([...text.matchAll(/^([✓✗]) ([\w-]+): \d+ passed, \d+ failed/gm)].map(([, mark, name]) => [name, mark === '✓']));
  assert.deepEqual(required(revision).filter((name) => !passed.has(name)), [], text);
  return { code, failed: required(revision).filter((name) => !passed.get(name)).sort(), text };
}

for (const revision of Object.keys(counts)) {
  test(`with the suite's fixtures every scenario that ${revision} requires passes`, kTest, () => inWorld(async (world) => {
    await serving(world, program('everything_server'), [world.repository, world.home], async (url) => {
      const { code, failed, text } = await conform(world, url, revision);
      assert.deepEqual({ code, failed }, { code: 0, failed: [] }, text);
    });
  }));

  test(`the real server fails no scenario of ${revision} but those whose fixtures it lacks`, kTest, () => inWorld(async (world) => {
    await serving(world, program('stream-statusd'), ['--foreground', '--project', world.repository, '--home', world.home], async (url) => {
      const baseline = path.join(here, 'conformance', `${revision}.yaml`);
      const lacking = [...fs.readFileSync(baseline, 'utf8').matchAll(/^ {2}- ([\w-]+) # (?!warning)/gm)].map(([, name]) => name).sort();
      const { code, failed, text } = await conform(world, url, revision, '--expected-failures', baseline);
      assert.deepEqual({ code, failed }, { code: 0, failed: lacking }, text);
    });
  }));
}

test('the Inspector finds nothing to complain of, in each era, over stdio and HTTP', kTest, () => inWorld(async (world) => {
  const inspect = async (...words) => {
    const { code, out, err } = await run(process.execPath, [inspector, '--cli', ...words, '--method', 'tools/list', '--format', 'json', '-q', '--strict'],
      { cwd: world.repository, env: world.env });
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    assert.equal(JSON.parse(out).result.tools.length, 14);
  };
  for (const era of ['legacy', 'auto', 'modern']) await inspect(program(), 'mcp', '--protocol-era', era);
  assert.equal(world.record(), null, 'a list needs no server');
  await world.data('list');
  const url = `http://127.0.0.1:${world.record().port}/mcp`;
  for (const era of ['legacy', 'auto', 'modern']) await inspect(url, '--protocol-era', era);
}));
