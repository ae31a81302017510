// What is wrong around the programs: configuration, records, directories. An agent is told what to do, by a tool error and
// never by an exit, and goes on as soon as it is put right.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { inWorld, kTest, program, run } from './support/world.mjs';

const projectDirectory = (world) => path.join(world.home, 'projects', 'harbour');

// text of config.json, words of the error
const badConfigurations = [
  ['{"idleTimeoutMinutes":"soon"}', ['idleTimeoutMinutes', 'soon']],
  ['{"port":"3001x"}', ['port', '3001x']],
  ['{"port":70000}', ['port', '70000']],
  ['{"categories":"ops"}', ['categories']],
  ['{"portRange":[3010,3001]}', ['portRange']],
  ['{"port":', ['config.json', 'JSON']],
  ['[]', ['config.json', 'object']],
];

test('a config.json that can not be used is named with key and value, and repaired it works at once', kTest, (t) => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Key escrow' });
  const file = path.join(projectDirectory(world), 'config.json');
  const good = fs.readFileSync(file, 'utf8');
  for (const [text, words] of badConfigurations) {
    await t.test(text, async () => {
      await world.data('stop');
      fs.writeFileSync(file, text);
      const error = await agent.refusal('list_streams');
      for (const word of words) assert.ok(error.text.includes(word), `it does not say "${word}": ${error.text}`);
      const person = await world.command(['list']);
      assert.notEqual(person.code, 0);
      for (const word of words) assert.ok(person.err.includes(word), `it does not say "${word}": ${person.err}`);
      assert.equal(fs.readFileSync(file, 'utf8'), text, 'the file is the user\'s');
      fs.writeFileSync(file, good);
      assert.equal((await agent.call('list_streams')).total, 1);
    });
  }
}));

// what lies in the record's place
const badRecords = [
  ['no JSON', 'port 3001'],
  ['nothing', ''],
  ['a list', '[]'],
  ['fields of other types', '{"pid":"me","port":"x","socket":7,"instanceId":null}'],
  ['half a record', '{"pid":1,"port":3001,"pro'],
  ['a stranger\'s pid and port', JSON.stringify({ pid: 1, port: 1, projectRoot: '/', instanceId: 'x', socket: '/nowhere', protocol: 1 })],
];

test('a record that is none is no obstacle: the server is found or started all the same', kTest, (t) => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Key escrow' });
  for (const [name, text] of badRecords) {
    await t.test(name, async () => {
      await world.data('stop');
      fs.writeFileSync(path.join(projectDirectory(world), '.api-server.lock'), text);
      assert.equal((await agent.call('list_streams')).total, 1);
      assert.equal((await agent.call('get_version')).instanceId, world.record().instanceId);
    });
  }
}));

test('the server\'s program missing is a tool error that names it, and the agent goes on once it is back', kTest, () => inWorld(async (world) => {
  const bin = path.join(world.directory, 'bin');
  fs.mkdirSync(bin);
  fs.copyFileSync(program(), path.join(bin, 'stream-status'));
  const agent = await world.agent('claude-code', world.repository, { command: path.join(bin, 'stream-status') });
  assert.equal((await agent.client.listTools()).tools.length, 14, 'what needs no server works');
  const error = await agent.refusal('add_stream', { title: 'Key escrow' });
  assert.equal(error.code, 'server_unavailable');
  assert.ok(error.text.includes('stream-statusd'), error.text);
  fs.copyFileSync(program('stream-statusd'), path.join(bin, 'stream-statusd'));
  assert.equal((await agent.call('add_stream', { title: 'Key escrow' })).revision, 1);
}));

test('a project directory that is not there, or is /, is a tool error that names the flag', kTest, () => inWorld(async (world) => {
  const missing = await world.agent('claude-code', world.directory, { args: ['mcp', '--project', path.join(world.directory, 'gone')] });
  const absent = await missing.refusal('list_streams');
  assert.equal(absent.code, 'project_not_found');
  assert.ok(absent.text.includes(path.join(world.directory, 'gone')), absent.text);
  fs.mkdirSync(path.join(world.directory, 'gone'));
  assert.equal((await missing.call('list_streams')).total, 0, 'it is looked for again');
  await world.command(['stop', '--project', path.join(world.directory, 'gone')]);

  const root = await world.agent('codex', '/');
  assert.match((await root.refusal('list_streams')).text, /--project/);
}));

/** How an ordinary user starts a program: root, who writes where it likes, steps down. Both programs lie where all may read. */
function asOrdinaryUser(world) {
  const bin = path.join(world.directory, 'bin');
  fs.chmodSync(world.directory, 0o755);
  fs.mkdirSync(bin);
  for (const name of ['stream-status', 'stream-statusd']) fs.copyFileSync(program(name), path.join(bin, name));
  const words = [path.join(bin, 'stream-status'), 'mcp'];
  return process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...words] : words;
}

test('a home, then a project, that can not be written is a tool error that names it, and the agent goes on once it can', kTest, () => inWorld(async (world) => {
  const [command, ...args] = asOrdinaryUser(world);
  const shut = path.join(world.directory, 'shut');
  fs.mkdirSync(shut, { mode: 0o555 });
  const project = path.join(world.directory, 'plain');
  fs.mkdirSync(project, { mode: 0o555 });
  const agent = await world.agent('claude-code', project, { command, args, env: { ...world.env, STREAM_STATUS_HOME: path.join(shut, 'state') } });
  for (const directory of [shut, project]) {
    const error = await agent.refusal('list_streams');
    assert.equal(error.code, 'permission_denied');
    assert.ok(error.text.includes(directory), error.text);
    assert.ok(error.hint, 'it says what to do');
    fs.chmodSync(directory, 0o777);
  }
  assert.equal((await agent.call('list_streams')).total, 0);
  process.kill((await agent.call('get_version')).pid, 'SIGTERM');
}));

test('all ports of the range taken is no error: another is used, and the dashboard says which', kTest, () => inWorld(async (world) => {
  const listeners = [];
  try {
    for (let port = 3001; port <= 3010; port++) {
      listeners.push(await new Promise((resolve) => {
        const listener = createServer();
        listener.once('error', () => resolve(null)); // taken already: as good
        listener.listen(port, '127.0.0.1', () => resolve(listener));
      }));
    }
    await world.data('list');
    const { port } = world.record();
    assert.ok(port > 0 && (port < 3001 || port > 3010), `port ${port}`);
    const { code, out } = await run(program(), ['dashboard', '--no-open'], { cwd: world.repository, env: world.env });
    assert.equal(code, 0);
    assert.equal(out.split('\n')[0], `http://127.0.0.1:${port}/`);
    assert.equal((await fetch(out.split('\n')[0])).status, 200);
  } finally {
    for (const listener of listeners) listener?.close();
  }
}));
