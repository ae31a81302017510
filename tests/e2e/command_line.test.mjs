// The command line beside agents: one path, one board; the --json envelope and the exit codes that scripts rely on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { inWorld, isRunning, kTest, program, run, until } from './support/world.mjs';

test('what a person writes is seen by a connected agent, and the other way round', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Key escrow', estimatedPhases: ['design', 'build'] });
  const { instanceId } = await agent.call('get_version');

  const shown = await world.data('show', 'key-escrow');
  assert.equal(shown.title, 'Key escrow');
  assert.deepEqual(shown.phases, ['design', 'build']);

  await world.data('update', 'key-escrow', '--status', 'active', '--progress', '40', '--current-phase', '1', '--note', 'escrow holds');
  const seen = await agent.call('get_stream', { streamId: 'key-escrow' });
  assert.deepEqual([seen.status, seen.progress, seen.currentPhase, seen.lastNote], ['active', 40, 1, 'escrow holds']);

  await world.data('add', 'New checkout', '--category', 'frontend', '--priority', 'high', '--phases', 'a,b,c');
  const [newest] = (await agent.call('list_streams')).streams;
  assert.deepEqual([newest.id, newest.category, newest.priority], ['new-checkout', 'frontend', 'high']);

  await world.data('commit', 'new-checkout', 'abcdef0', '--message', 'Total first', '--author', 'mira', '--files-changed', '3');
  assert.equal((await agent.call('add_commit', { streamId: 'new-checkout', commitHash: 'abcdef0' })).added, false);

  await agent.call('update_stream', { streamId: 'new-checkout', status: 'blocked', blockedBy: 'key-escrow' });
  const { streams } = await world.data('list', '--status', 'blocked');
  assert.deepEqual(streams.map((stream) => [stream.id, stream.blockers]), [['new-checkout', ['key-escrow']]]);

  await world.data('remove', 'new-checkout', '--completion-summary', 'The total stands first');
  assert.equal((await agent.call('get_stream', { streamId: 'new-checkout' })).status, 'archived');
  assert.equal((await world.data('stats')).activeStreams, (await agent.call('get_stream_stats')).activeStreams);
  assert.equal((await agent.call('get_version')).instanceId, instanceId, 'one server all along');
}));

test('--agent names who did it; without it the history names a person', kTest, () => inWorld(async (world) => {
  await world.data('add', 'Key escrow', '--agent', 'reviewer');
  await world.data('update', 'key-escrow', '--progress', '5');
  const [update, created] = (await world.data('history', 'key-escrow')).events;
  assert.equal(created.agent, 'reviewer');
  assert.ok(update.agent && update.agent !== 'reviewer');
}));

test('an agent that was given only --project works on that project from anywhere', kTest, () => inWorld(async (world) => {
  const env = { ...world.env };
  delete env.PATH; // clients strip the environment
  const agent = await world.agent('claude-code', '/', { args: ['mcp', '--project', world.repository], env });
  assert.equal((await agent.call('get_version')).projectRoot, world.repository);
  const lost = await world.agent('codex', '/', { env });
  const error = await lost.refusal('list_streams');
  assert.match(error.text, /--project/, 'the flag to set is named');
}));

/** A program without its server beside it: nothing can be started. */
function programAlone(world) {
  const directory = path.join(world.directory, 'alone');
  fs.mkdirSync(directory);
  const bin = path.join(directory, 'stream-status');
  fs.copyFileSync(program(), bin);
  return bin;
}

// command, exit code, error code, words of the message and hint
const failures = [
  [['show', 'nope'], 3, 'stream_not_found', ['nope', 'key-escrow']],
  [['update', 'nope', '--progress', '5'], 3, 'stream_not_found', ['nope']],
  [['list', '--project', '/no/such/directory'], 3, 'project_not_found', ['/no/such/directory']],
  [['update', 'key-escrow', '--progress', '101'], 2, 'invalid_argument', ['--progress', 'from 0 to 100']],
  [['update', 'key-escrow', '--progress', '50%'], 2, 'invalid_argument', ['--progress', '50%']],
  [['update', 'key-escrow', '--progress', 'NaN'], 2, 'invalid_argument', ['--progress', 'NaN']],
  [['update', 'key-escrow', '--status', 'done'], 2, 'invalid_argument', ['--status', 'done', 'paused']],
  [['update', 'key-escrow', '--category', 'ops'], 2, 'invalid_argument', ['--category', 'ops', 'frontend']],
  [['update', 'key-escrow', '--colour', 'red'], 2, 'invalid_argument', ['--colour']],
  [['add'], 2, 'invalid_argument', ['TITLE']],
  [['add', 'x'.repeat(100_000)], 2, 'invalid_argument', ['200']],
  [['add', 'A', '--stream-id', 'key-escrow'], 4, 'stream_exists', ['key-escrow']],
  [['update', 'key-escrow', '--progress', '1', '--expected-revision', '99'], 4, 'revision_conflict', ['99']],
  [['lits'], 2, 'invalid_argument', ['lits', 'list']],
];

test('a failure leaves stdout empty, explains itself on stderr, and has its exit code', kTest, (t) => inWorld(async (world) => {
  await world.data('add', 'Key escrow');
  const expectFailure = async (words, code, errorCode, needed, options) => {
    const machine = await world.command([...words, '--json'], options);
    assert.equal(machine.code, code, machine.err);
    assert.equal(machine.out, '');
    const { version, command, error } = JSON.parse(machine.err);
    assert.equal(version, 1);
    assert.equal(command, words[0]);
    assert.equal(error.code, errorCode);
    assert.equal(typeof error.retryable, 'boolean');
    for (const word of needed) assert.ok(`${error.message} ${error.hint}`.includes(word), `it does not say "${word}": ${machine.err}`);
    const person = await world.command(words, options);
    assert.equal(person.code, code);
    assert.equal(person.out, '');
    for (const word of needed) assert.ok(person.err.includes(word), `it does not say "${word}": ${person.err}`);
  };
  for (const [words, code, errorCode, needed] of failures) {
    await t.test(words.join(' ').slice(0, 60), () => expectFailure(words, code, errorCode, needed));
  }
  assert.equal(await world.revision(), 1);
  await world.data('stop');
  const bin = programAlone(world);
  await t.test('the server\'s program is missing', () => expectFailure(['list'], 5, 'server_unavailable', ['stream-statusd'], { bin }));
}));

test('--json is one line, version 1, with the command\'s name', kTest, () => inWorld(async (world) => {
  const commands = [
    ['add', 'Key escrow'], ['list'], ['show', 'key-escrow'], ['update', 'key-escrow', '--progress', '5'], ['commit', 'key-escrow', 'abcdef0'],
    ['history', 'key-escrow'], ['commits'], ['stats'], ['remove', 'key-escrow'], ['version'], ['ps'], ['status'], ['where'], ['doctor'],
    ['dashboard', '--no-open'], ['restart'], ['stop'],
  ];
  for (const words of commands) {
    const { code, out, err } = await world.command([...words, '--json']);
    assert.equal(code, 0, `${words[0]}: ${err}`);
    assert.equal(err, '', words[0]);
    assert.match(out, /^[^\n]+\n$/, words[0]);
    const envelope = JSON.parse(out);
    assert.deepEqual(Object.keys(envelope), ['version', 'command', 'data'], words[0]);
    assert.equal(envelope.version, 1);
    assert.equal(envelope.command, words[0]);
  }
}));

test('commands that only look start no server, and make no directory', kTest, () => inWorld(async (world) => {
  for (const command of ['ps', 'status', 'stop', 'where', 'doctor', 'version']) {
    const { code, err } = await world.command([command]);
    assert.equal(code, command === 'status' ? 1 : 0, `${command}: ${err}`); // status: 1 says that none runs
    assert.equal(world.record(), null, command);
  }
  assert.equal(fs.existsSync(path.join(world.home, 'projects', 'harbour')), false);
}));

test('the server outlives the agent that started it, and stops when it is told', kTest, () => inWorld(async (world) => {
  const raw = world.rawAgent();
  await raw.initialize('2025-06-18');
  await raw.request('tools/call', { name: 'add_stream', arguments: { title: 'Key escrow' } });
  const { pid } = world.record();
  assert.deepEqual(await raw.close(), [0, null]);
  assert.equal((await world.data('list')).total, 1);
  assert.equal(world.record().pid, pid);
  assert.equal((await world.data('stop')).stopped.length, 1);
  assert.equal(world.record(), null, 'the record goes with the server');
  await until(() => !isRunning(pid), 'the server is still there');
  assert.equal((await world.data('stop')).stopped.length, 0);
}));

test('a pipe behind the command that starts the server ends with the command', kTest, () => inWorld(async (world) => {
  const { code, out } = await run('/bin/sh', ['-c', '"$1" list --json | cat', 'sh', program()], { cwd: world.repository, env: world.env });
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).data.total, 0);
}));
