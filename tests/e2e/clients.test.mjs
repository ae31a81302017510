// The official SDKs of both generations as clients, over stdio and HTTP, in both eras: tools, resources, prompts,
// completion, progress, subscriptions, and a cancelled wait that ends on the server too.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

import { inWorld, kTest, program, until } from './support/world.mjs';

const board = 'streams://board';
const app = 'ui://streams/board.html';
const info = { name: 'probe', version: '1.0.0' };

const clients = {
  'SDK 1, stdio': { era: 'legacy', stream: true, make: (world) => [new Client1(info), new Stdio1(stdio(world))] },
  'SDK 1, HTTP': { era: 'legacy', stream: false, make: (world) => [new Client1(info), new Http1(url(world))] },
  'SDK 2, legacy, stdio': { era: 'legacy', stream: true, make: (world) => [new Client2(info), new Stdio2(stdio(world))] },
  'SDK 2, finds out, stdio': { era: 'modern', stream: true, make: (world) => [client2('auto'), new Stdio2(stdio(world))] },
  'SDK 2, modern, HTTP': { era: 'modern', stream: true, make: (world) => [client2({ pin: '2026-07-28' }), new Http2(url(world))] },
  'SDK 2, finds out, HTTP': { era: 'modern', stream: true, make: (world) => [client2('auto'), new Http2(url(world))] },
};

const stdio = (world) => ({ command: program(), args: ['mcp'], cwd: world.repository, env: world.env, stderr: 'pipe' });
const url = (world) => new URL(`http://127.0.0.1:${world.record().port}/mcp`);
const client2 = (mode) => new Client2(info, { versionNegotiation: { mode } });

/** A connected client, and what it hears of resources. */
async function connect(world, { make }) {
  const [client, transport] = make(world);
  const updates = [];
  const heard = (notification) => { updates.push(notification.params.uri); };
  if (client instanceof Client1) client.setNotificationHandler(ResourceUpdatedNotificationSchema, heard);
  else client.setNotificationHandler('notifications/resources/updated', heard);
  await client.connect(transport);
  return { client, updates, call: (name, args, options) => callTool(client, { name, arguments: args }, options) };
}
const callTool = (client, params, options) => (client instanceof Client1 ? client.callTool(params, undefined, options) : client.callTool(params, options));

for (const [name, kind] of Object.entries(clients)) {
  test(`${name}: tools, resources, prompts and completion`, kTest, () => inWorld(async (world) => {
    await world.data('add', 'Key escrow');
    const { client, call } = await connect(world, kind);
    assert.equal(client.getServerVersion().name, 'stream-status');
    assert.match(client.getInstructions(), /^stream-status is this project's shared board/);
    if (client instanceof Client2) assert.equal(client.getProtocolEra(), kind.era);

    assert.equal((await client.listTools()).tools.length, 14);
    const changed = await call('update_stream', { streamId: 'key-escrow', progress: 40 });
    assert.equal(changed.structuredContent.changes.progress, 40);
    const refused = await call('update_stream', { streamId: 'key-escrow', progress: 400 });
    assert.equal(refused.isError, true);
    assert.equal(refused.structuredContent.code, 'invalid_argument');

    assert.deepEqual((await client.listResources()).resources.map(({ uri }) => uri), [board, 'streams://stats', app]);
    assert.deepEqual((await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate), ['streams://stream/{id}']);
    const [page] = (await client.readResource({ uri: board })).contents;
    assert.equal(page.mimeType, 'text/markdown');
    assert.match(page.text, /\| 0101 key-escrow \| initializing \| 40% \|/);
    const [html] = (await client.readResource({ uri: app })).contents;
    assert.equal(html.mimeType, 'text/html;profile=mcp-app');
    assert.match(html.text, /^<!doctype html>/);
    const [numbers] = (await client.readResource({ uri: 'streams://stats' })).contents;
    assert.equal(JSON.parse(numbers.text).activeStreams, 1);
    const [stream] = (await client.readResource({ uri: 'streams://stream/key-escrow' })).contents;
    assert.match(stream.text, /Key escrow/);
    await assert.rejects(client.readResource({ uri: 'streams://stream/nope' }), (error) => [-32002, -32602].includes(error.code));

    assert.deepEqual((await client.listPrompts()).prompts.map((prompt) => prompt.name), ['resume', 'standup', 'handoff']);
    for (const prompt of ['resume', 'handoff']) {
      const { messages } = await client.getPrompt({ name: prompt, arguments: { streamId: 'key-escrow' } });
      assert.match(messages[0].content.text, /Key escrow/);
    }
    assert.match((await client.getPrompt({ name: 'standup' })).messages[0].content.text, /Key escrow/);
    const ref = { type: 'ref/resource', uri: 'streams://stream/{id}' };
    assert.deepEqual((await client.complete({ ref, argument: { name: 'id', value: 'ESC' } })).completion.values, ['key-escrow']);
    await client.close();
  }));

  // A cancellation without a session or a stream names no more than a request's number, which every client counts alike.
  if (name !== 'SDK 1, HTTP') test(`${name}: a cancelled wait ends on the server too`, kTest, () => inWorld(async (world) => {
    await world.data('list');
    const { client, call } = await connect(world, kind);
    const stop = new AbortController();
    const waiting = call('wait_for_change', { timeoutSeconds: 50 }, { signal: stop.signal });
    const waiters = async () => (await world.get('/api/health')).waiting;
    await until(async () => await waiters() === 1, 'nobody waits');
    stop.abort();
    await assert.rejects(waiting);
    await until(async () => await waiters() === 0, 'the wait goes on');
    assert.equal((await call('get_version', {})).isError, false);
    await client.close();
  }));

  if (kind.stream) {
    test(`${name}: a subscriber is told of changes, also after its server was killed`, kTest, () => inWorld(async (world) => {
      await world.data('add', 'Key escrow');
      const { client, updates } = await connect(world, kind);
      let subscription;
      if (kind.era === 'legacy') await client.subscribeResource({ uri: board });
      else subscription = await client.listen({ resourceSubscriptions: [board, 'file:///etc/passwd'] });
      if (subscription) assert.deepEqual(subscription.honoredFilter.resourceSubscriptions, [board]);
      await world.data('update', 'key-escrow', '--progress', '10');
      await until(() => updates.includes(board), 'no update came');
      if (!name.includes('HTTP')) { // there the stream ends with its server
        updates.length = 0;
        world.kill();
        await world.data('update', 'key-escrow', '--progress', '20');
        await until(() => updates.includes(board), 'no update came after the kill');
      }
      await subscription?.close();
      await client.close();
    }));
  }
}

test('progress is told while a wait lasts', kTest, () => inWorld(async (world) => {
  await world.data('list');
  await Promise.all(['SDK 1, stdio', 'SDK 1, HTTP', 'SDK 2, finds out, stdio', 'SDK 2, modern, HTTP'].map(async (name) => {
    const { client, call } = await connect(world, clients[name]);
    const told = [];
    const { structuredContent } = await call('wait_for_change', { timeoutSeconds: 7 }, { onprogress: (progress) => told.push(progress) });
    assert.deepEqual(structuredContent.changes, [], name);
    assert.equal(told.length, 1, name);
    assert.ok(told[0].progress >= 5 && told[0].total === 7, name);
    await client.close();
  }));
}));

test('over HTTP an agent is called after its client, and is there only once it calls a tool', kTest, () => inWorld(async (world) => {
  await world.data('list');
  const { client, call } = await connect(world, clients['SDK 2, modern, HTTP']);
  await client.listTools();
  await client.readResource({ uri: board });
  const probe = async () => (await world.get('/api/agents')).agents.find((agent) => agent.name === 'probe');
  assert.equal(await probe(), undefined);
  await call('list_streams', {});
  assert.equal((await probe()).state, 'quiet'); // it keeps no connection, and will come again
  await client.close();
}));
