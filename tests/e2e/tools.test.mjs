// The fourteen tools through the official SDK: the fixed list, their founding arguments, and both faces of each answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inWorld, kTest } from './support/world.mjs';

const tools = ['list_streams', 'get_stream', 'add_stream', 'update_stream', 'claim_stream', 'add_commit',
  'wait_for_change', 'check_conflicts', 'remove_stream', 'get_stream_stats', 'sync_from_files', 'scan_commits', 'reconcile_worktrees', 'get_version'];
const reads = ['list_streams', 'get_stream', 'wait_for_change', 'check_conflicts', 'get_stream_stats', 'get_version'];
const kListBudget = 10_000; // bytes, for all fourteen

// What the founding design names; a client written for it must go on working.
const foundingArguments = {
  add_stream: { streamId: 'string', streamNumber: 'string', title: 'string', category: 'string', priority: 'string', worktreePath: 'string', branch: 'string', estimatedPhases: 'array' },
  update_stream: { streamId: 'string', status: 'string', progress: 'integer', currentPhase: 'integer', blockedBy: 'string' },
  add_commit: { streamId: 'string', commitHash: 'string', message: 'string', author: 'string', filesChanged: 'integer', timestamp: 'string' },
  remove_stream: { streamId: 'string', completionSummary: 'string' },
  get_stream_stats: {},
  get_version: {},
  sync_from_files: {},
  scan_commits: { streamId: 'string' },
  reconcile_worktrees: { dryRun: 'boolean', autoArchiveStale: 'boolean', autoAddOrphaned: 'boolean' },
};

/** Every fact of the structured answer that a text can hold, as text. */
function facts(value) {
  if (Array.isArray(value)) return value.flatMap(facts);
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(facts);
  return value === null || typeof value === 'boolean' ? [] : [String(value).replaceAll('\n', ' ')];
}

/** A client may show its model one face only: either must do. */
function checkFaces(result) {
  assert.ok(!result.isError, result.content?.[0]?.text);
  assert.equal(Object.prototype.toString.call(result.structuredContent), '[object Object]');
  assert.deepEqual(result.content.map((part) => part.type), ['text']);
  const text = result.content[0].text.toLowerCase(); // "Archived …" is "archived"
  for (const fact of facts(result.structuredContent)) {
    assert.ok(text.includes(fact.toLowerCase()), `the text lacks ${fact}:\n${result.content[0].text}`);
  }
  return result.structuredContent;
}

test('the tool list is fixed, one page, and small', kTest, () => inWorld(async (world) => {
  const agents = await Promise.all(['claude-code', 'codex'].map((name) => world.agent(name)));
  const lists = [await agents[0].client.listTools()];
  lists.push(await agents[1].client.listTools());
  await agents[0].call('add_stream', { title: 'Key escrow' });
  lists.push(await agents[0].client.listTools());
  for (const list of lists) assert.deepEqual(list, lists[0]);

  const raw = world.rawAgent();
  await raw.initialize('2025-11-25');
  const { result } = await raw.request('tools/list', {});
  assert.deepEqual(Object.keys(result), ['tools'], 'no nextCursor: one page');
  assert.deepEqual(result.tools.map((tool) => tool.name), tools);
  const bytes = Buffer.byteLength(JSON.stringify(result));
  assert.ok(bytes <= kListBudget, `tools/list costs ${bytes} bytes`);
}));

test('every tool says what it does to the world, and takes an object without tricks', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const list = (await agent.client.listTools()).tools;
  for (const { name, description, annotations, inputSchema } of list) {
    assert.ok(description.length > 0 && description.length <= 1024, name);
    assert.deepEqual(
      { ...annotations, title: undefined },
      {
        title: undefined,
        readOnlyHint: reads.includes(name),
        destructiveHint: name === 'remove_stream', // with deleteWorktree: true only; else history, branch and worktree stay
        idempotentHint: !['add_stream', 'update_stream'].includes(name), // a note is added each time
        openWorldHint: false,
      },
      name,
    );
    assert.equal(inputSchema.type, 'object', name);
    assert.doesNotMatch(JSON.stringify(inputSchema), /"(\$ref|anyOf|oneOf|allOf)"/, name);
    for (const property of Object.values(inputSchema.properties ?? {})) {
      assert.ok(property.type !== 'array' || property.items, `${name}: an array without items`);
    }
  }
  for (const [name, expected] of Object.entries(foundingArguments)) {
    const { properties = {} } = list.find((tool) => tool.name === name).inputSchema;
    for (const [argument, type] of Object.entries(expected)) assert.equal(properties[argument]?.type, type, `${name}.${argument}`);
  }
  assert.deepEqual(list.find((tool) => tool.name === 'add_stream').inputSchema.required, ['title']);
  const instructions = agent.client.getInstructions();
  assert.ok(instructions.length > 0 && instructions.length <= 700);
}));

test('all tools take their founding arguments, and answer alike in text and structure', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const answer = async (tool, args) => checkFaces(await agent.result(tool, args));
  const checkout = await world.worktree('checkout');
  await answer('add_stream', { streamId: 'key-escrow', title: 'Key escrow' });

  const added = await answer('add_stream', {
    streamId: 'new-checkout', streamNumber: '0207', title: 'New checkout', category: 'frontend', priority: 'critical',
    worktreePath: checkout, branch: 'checkout', estimatedPhases: ['design', 'build', 'measure'],
  });
  assert.deepEqual({ ...added, next: undefined }, {
    id: 'new-checkout', number: '0207', status: 'initializing', branch: 'checkout', worktreePath: checkout, revision: 2, next: undefined,
  });

  const updated = await answer('update_stream', { streamId: 'new-checkout', status: 'blocked', progress: 40, currentPhase: 1, blockedBy: 'key-escrow' });
  assert.deepEqual(Object.keys(updated.changes).sort(), ['blockedBy', 'currentPhase', 'progress', 'status']);
  assert.ok(updated.revision > added.revision);

  const timestamp = '2026-11-22T14:00:00.000Z';
  const commit = await answer('add_commit', {
    streamId: 'new-checkout', commitHash: '3f2a91c0', message: 'Show the total first', author: 'mira', filesChanged: 4, timestamp,
  });
  assert.equal(commit.added, true);

  const stream = await answer('get_stream', { streamId: 'new-checkout' });
  assert.deepEqual({ ...stream, createdAt: undefined, updatedAt: undefined }, {
    id: 'new-checkout', number: '0207', title: 'New checkout', category: 'frontend', priority: 'critical', status: 'blocked',
    progress: 40, currentPhase: 1, phases: ['design', 'build', 'measure'], worktreePath: checkout, branch: 'checkout',
    blockers: ['key-escrow'], createdAt: undefined, updatedAt: undefined, revision: commit.revision,
    recentActivity: { lastCommit: 'Show the total first', lastCommitTime: timestamp, filesChanged: 4 },
  });

  const list = await answer('list_streams', {});
  assert.deepEqual(list.streams.map((row) => row.id), ['new-checkout', 'key-escrow']);
  assert.deepEqual((await answer('list_streams', { status: 'blocked', category: 'frontend' })).streams.map((row) => row.id), ['new-checkout']);

  const stats = await answer('get_stream_stats', {});
  assert.deepEqual({ ...stats, commitsToday: undefined }, {
    activeStreams: 2, inProgress: 0, blocked: 1, readyToStart: 1, completedToday: 0, totalCommits: 1, commitsToday: undefined,
  });

  const archived = await answer('remove_stream', { streamId: 'new-checkout', completionSummary: 'The total stands first.' });
  assert.equal(archived.status, 'archived');
  assert.equal((await answer('get_stream', { streamId: 'new-checkout' })).status, 'archived', 'records stay');

  const version = await answer('get_version', {});
  assert.equal(version.version, agent.client.getServerVersion().version);
  assert.equal(version.instanceId, world.record().instanceId);
}));

test('null is absent, a number may come as text, an unknown argument is named and ignored', kTest, () => inWorld(async (world) => {
  const checkout = await world.worktree('checkout');
  const agent = await world.agent('claude-code', checkout);
  await agent.call('add_stream', { title: 'New checkout', category: null, estimatedPhases: null, streamId: null });
  assert.equal((await agent.call('list_streams', { status: null, limit: null, cursor: null })).total, 1);
  const updated = await agent.call('update_stream', { streamId: 'new-checkout', progress: '40', status: null, colour: 'red' });
  assert.equal(updated.changes.progress, 40);
  assert.deepEqual(Object.keys(updated.changes), ['progress']);
  assert.deepEqual(updated.ignored, ['colour']);
  assert.equal((await agent.call('get_stream', { streamId: null })).id, 'new-checkout');
}));

test('a long list comes in pages that name the next call', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  for (let i = 0; i < 45; i++) await agent.call('add_stream', { title: `Stream ${i}` });
  const seen = [];
  let page = checkFaces(await agent.result('list_streams'));
  assert.equal(page.streams.length, 20);
  for (;;) {
    assert.equal(page.total, 45);
    seen.push(...page.streams.map((row) => row.title));
    if (!page.nextCursor) break;
    page = checkFaces(await agent.result('list_streams', { cursor: page.nextCursor }));
  }
  assert.deepEqual(seen, Array.from({ length: 45 }, (_, i) => `Stream ${44 - i}`));
}));

test('the same requestId again changes nothing and gives the first answer; a stale expectedRevision is refused', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const wanted = { title: 'Key escrow', requestId: 'once-1' };
  const first = await agent.call('add_stream', wanted);
  assert.deepEqual(await agent.call('add_stream', wanted), first);
  assert.equal((await agent.refusal('add_stream', { ...wanted, title: 'Other' })).code, 'request_id_reused');
  const error = await agent.refusal('update_stream', { streamId: first.id, progress: 1, expectedRevision: first.revision + 7 });
  assert.equal(error.code, 'revision_conflict');
  assert.equal(error.data.stream.revision, first.revision, 'the current value comes with the refusal');
  assert.equal(await world.revision(), first.revision);
}));

for (const revision of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
  test(`a client of MCP ${revision} gets its revision and can work`, kTest, () => inWorld(async (world) => {
    const raw = world.rawAgent();
    const introduction = await raw.initialize(revision);
    assert.equal(introduction.protocolVersion, revision);
    assert.equal(introduction.serverInfo.name, 'stream-status');
    assert.deepEqual((await raw.request('ping')).result, {});
    assert.equal((await raw.request('tools/list')).result.tools.length, tools.length);
    const { result } = await raw.request('tools/call', { name: 'add_stream', arguments: { title: 'Key escrow' } });
    assert.match(result.content[0].text, /key-escrow/);
    // Structured answers exist since 2025-06-18; older clients read the text.
    assert.equal(result.structuredContent?.id, revision >= '2025-06-18' ? 'key-escrow' : undefined);
    assert.deepEqual(await raw.close(), [0, null]);
  }));
}

test('an unknown revision is answered with the newest legacy one, and an unknown method with −32601', kTest, () => inWorld(async (world) => {
  const raw = world.rawAgent();
  assert.equal((await raw.initialize('2031-01-01')).protocolVersion, '2025-11-25');
  assert.equal((await raw.request('tools/run')).error.code, -32601);
  const unknown = (await raw.request('tools/call', { name: 'drop_stream', arguments: {} })).error;
  assert.equal(unknown.code, -32602);
  assert.match(unknown.message, /list_streams/);
  assert.equal(world.record(), null, 'none of it starts a server');
}));
