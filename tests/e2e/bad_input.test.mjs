// Bad input over MCP: each gets an error that says what was wrong and what is allowed, and changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inWorld, kTest } from './support/world.mjs';

const kMiB = 1 << 20;
const statuses = ['initializing', 'active', 'blocked', 'paused', 'completed', 'archived'];
const categories = ['frontend', 'backend', 'infrastructure', 'testing', 'documentation', 'refactoring'];
const percent = ['progress', 'from 0 to 100'];
const update = (args) => ['update_stream', { streamId: 'key-escrow', ...args }];

// name, tool and arguments, the error's code, words its text must have
const refused = [
  ['an unknown stream is read', ['get_stream', { streamId: 'key-escow' }], 'stream_not_found', ['key-escow', 'key-escrow', 'list_streams']],
  ['an unknown stream is changed', ['update_stream', { streamId: 'nope', progress: 5 }], 'stream_not_found', ['nope', 'list_streams']],
  ['an unknown stream gets a commit', ['add_commit', { streamId: 'nope', commitHash: 'abcdef0' }], 'stream_not_found', ['nope', 'list_streams']],
  ['an unknown stream is removed', ['remove_stream', { streamId: 'nope' }], 'stream_not_found', ['nope', 'list_streams']],
  ['an unknown blocker', update({ blockedBy: 'nope' }), 'stream_not_found', ['nope']],
  ['a stream that blocks itself', update({ blockedBy: 'key-escrow' }), 'invalid_argument', ['blockedBy', 'itself']],
  ['no stream named', ['update_stream', { progress: 5 }], 'invalid_argument', ['streamId', 'missing']],
  ['an unknown status', update({ status: 'done' }), 'invalid_argument', ['status', 'done', ...statuses]],
  ['an unknown status in a filter', ['list_streams', { status: 'done' }], 'invalid_argument', ['status', 'done', ...statuses]],
  ['a status of another type', update({ status: 7 }), 'invalid_argument', ['status', ...statuses]],
  ['an unknown category', update({ category: 'ops' }), 'invalid_argument', ['category', 'ops', ...categories]],
  ['a new stream of an unknown category', ['add_stream', { title: 'A', category: 'ops' }], 'invalid_argument', ['category', 'ops', ...categories]],
  ['an unknown priority', ['add_stream', { title: 'A', priority: 'urgent' }], 'invalid_argument', ['priority', 'critical', 'high', 'medium', 'low']],
  ['progress −1', update({ progress: -1 }), 'invalid_argument', [...percent, '-1']],
  ['progress 101', update({ progress: 101 }), 'invalid_argument', [...percent, '101']],
  ['progress 1e300', update({ progress: 1e300 }), 'invalid_argument', percent],
  ['progress 50.5', update({ progress: 50.5 }), 'invalid_argument', [...percent, '50.5']],
  ['progress "50%"', update({ progress: '50%' }), 'invalid_argument', [...percent, '50%']],
  ['progress "NaN"', update({ progress: 'NaN' }), 'invalid_argument', [...percent, 'NaN']],
  ['progress ""', update({ progress: '' }), 'invalid_argument', percent],
  ['progress as a list', update({ progress: [50] }), 'invalid_argument', percent],
  ['good fields beside a bad one', update({ status: 'active', note: 'half of it', progress: 101 }), 'invalid_argument', percent],
  ['a missing title', ['add_stream', { category: 'backend' }], 'invalid_argument', ['title', 'missing', 'add_stream {']],
  ['an empty title', ['add_stream', { title: '' }], 'invalid_argument', ['title']],
  ['a title of spaces', ['add_stream', { title: ' \t ' }], 'invalid_argument', ['title']],
  ['a title of two lines', ['add_stream', { title: 'one\ntwo' }], 'invalid_argument', ['title', 'line']],
  ['a title of 201 characters', ['add_stream', { title: 'x'.repeat(201) }], 'invalid_argument', ['title', '200']],
  ['a title of 1 MiB', ['add_stream', { title: 'x'.repeat(kMiB) }], 'invalid_argument', ['title', '200']],
  ['a note of 1 MiB', update({ note: 'x'.repeat(kMiB) }), 'invalid_argument', ['note']],
  ['an id with a slash', ['add_stream', { title: 'A', streamId: '../../etc' }], 'invalid_argument', ['streamId', 'lower-case']],
  ['an id that exists', ['add_stream', { title: 'A', streamId: 'key-escrow' }], 'stream_exists', ['key-escrow', 'update_stream']],
  ['a hash that is none', ['add_commit', { streamId: 'key-escrow', commitHash: 'HEAD~1' }], 'invalid_argument', ['commitHash', 'hexadecimal']],
  ['a time that is none', ['add_commit', { streamId: 'key-escrow', commitHash: 'abcdef0', timestamp: 'yesterday' }], 'invalid_argument', ['timestamp', 'a time like']],
  ['a time with a day that is none', ['add_commit', { streamId: 'key-escrow', commitHash: 'abcdef0', timestamp: '2026-02-30T00:00:00Z' }], 'invalid_argument', ['timestamp', 'a time like']],
  ['phases that are no list', ['add_stream', { title: 'A', estimatedPhases: { a: 1 } }], 'invalid_argument', ['estimatedPhases', 'list']],
  ['a phase that is not there', update({ currentPhase: 3 }), 'invalid_argument', ['currentPhase']],
  ['a cursor that is none', ['list_streams', { cursor: '%%%' }], 'invalid_argument', ['cursor']],
  ['a page of nothing', ['list_streams', { limit: 0 }], 'invalid_argument', ['limit', '1']],
];

test('what a tool can not take is refused, says what is allowed, and changes nothing', kTest, (t) => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Key escrow', estimatedPhases: ['design', 'build'] });
  const before = { revision: await world.revision(), board: await world.get('/api/streams') };
  for (const [name, [tool, args], code, words] of refused) {
    await t.test(name, async () => {
      const error = await agent.refusal(tool, args);
      assert.equal(error.code, code, error.text);
      for (const word of words) assert.ok(error.text.includes(word), `it does not say "${word}": ${error.text}`);
      assert.ok(error.message && error.hint, 'what was wrong, and what to do');
      assert.ok(error.text.length < 4000, 'it does not send a huge value back');
      assert.equal(error.retryable, false);
      assert.equal(await world.revision(), before.revision);
    });
  }
  assert.deepEqual(await world.get('/api/streams'), before.board);
  assert.equal((await agent.call('get_stream', { streamId: 'key-escrow' })).progress, 0, 'the agent goes on');
}));

test('NaN, which JSON can not say, arrives as null and is no change', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Key escrow' });
  const answer = await agent.call('update_stream', { streamId: 'key-escrow', progress: Number.NaN });
  assert.deepEqual(answer.changes, {});
  assert.equal(await world.revision(), 1);
}));

const call = (id, args) => `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"add_stream","arguments":${args}}}`;

// name, bytes of the line, the error's code, words its message must have
const broken = [
  ['half a message', '{"jsonrpc":"2.0","id":7,', -32700, ['JSON']],
  ['no JSON at all', 'add a stream, please', -32700, ['JSON']],
  ['a bare NaN', call(7, '{"title":"A","currentPhase":NaN}'), -32700, ['JSON']],
  ['bytes that are no UTF-8', Buffer.concat([Buffer.from(call(7, '{"title":"').slice(0, -2)), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}}}')]), -32700, ['UTF-8']],
  ['a lone surrogate as UTF-8', Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]), -32700, ['UTF-8']],
  ['a zero byte', Buffer.from('{"jsonrpc":"2.0"\0}'), -32700, ['JSON']],
  ['nothing but brackets', '['.repeat(100_000), -32700, ['JSON']],
  ['a batch', `[${call(7, '{"title":"A"}')}]`, -32600, ['batch']],
  ['a number', '42', -32600, ['object']],
  ['a fractional id', call(1.5, '{"title":"A"}'), -32600, ['id']],
];

test('a line that is no message is answered with what is wrong, and the next one is read', kTest, (t) => inWorld(async (world) => {
  const raw = world.rawAgent();
  await raw.initialize('2025-06-18');
  await raw.request('tools/call', { name: 'add_stream', arguments: { title: 'Key escrow' } });
  for (const [name, line, code, words] of broken) {
    await t.test(name, async () => {
      raw.send(line);
      const { error, result } = await raw.receive();
      assert.equal(error?.code, code, JSON.stringify(error ?? result));
      for (const word of words) assert.ok(error.message.includes(word), `it does not say "${word}": ${error.message}`);
      assert.deepEqual((await raw.request('ping')).result, {}, 'the next message is read');
      assert.equal(await world.revision(), 1);
    });
  }
  raw.send('\r');
  raw.send('   ');
  assert.deepEqual((await raw.request('ping')).result, {}, 'blank lines are nothing');
}));

test('bad bodies over HTTP are refused by the same rules', kTest, (t) => inWorld(async (world) => {
  await world.data('add', 'Key escrow');
  const { port } = world.record();
  const send = (method, route, body, type = 'application/json') =>
    fetch(`http://127.0.0.1:${port}${route}`, { method, body, headers: { 'Content-Type': type } });
  const rows = [
    ['an unknown status', ['PATCH', '/api/streams/key-escrow', '{"status":"done"}'], 400, statuses],
    ['progress 101', ['PATCH', '/api/streams/key-escrow', '{"progress":101}'], 400, percent],
    ['an unknown stream', ['PATCH', '/api/streams/nope', '{"progress":1}'], 404, ['nope']],
    ['a missing title', ['POST', '/api/streams', '{}'], 400, ['title']],
    ['a title of 1 MiB', ['POST', '/api/streams', JSON.stringify({ title: 'x'.repeat(kMiB) })], 413, ['1 MiB']],
    ['a title of nearly 1 MiB', ['POST', '/api/streams', JSON.stringify({ title: 'x'.repeat(kMiB - 100) })], 400, ['title', '200']],
    ['malformed JSON', ['POST', '/api/streams', '{"title":'], 400, ['JSON']],
    ['invalid UTF-8', ['POST', '/api/streams', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])], 400, ['UTF-8']],
    ['another content type', ['POST', '/api/streams', '{"title":"A"}', 'text/plain'], 415, ['application/json']],
  ];
  for (const [name, [method, route, body, type], status, words] of rows) {
    await t.test(name, async () => {
      const answer = await send(method, route, body, type);
      const error = await answer.json();
      assert.equal(answer.status, status, JSON.stringify(error));
      for (const word of words) assert.ok(error.details.includes(word), `it does not say "${word}": ${error.details}`);
      assert.ok(error.error && error.code);
      assert.equal(await world.revision(), 1);
    });
  }
}));
