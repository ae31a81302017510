// The event stream as a browser reads it: what agents change arrives with its revision as id, and nothing is missed.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EventStream } from './support/event_stream.mjs';
import { inWorld, kTest } from './support/world.mjs';

/** Opens event streams that end with the test. */
async function withStreams(world, body) {
  const open = [];
  try {
    await body(async (options) => {
      const stream = await EventStream.open(world.record().port, options);
      open.push(stream);
      return stream;
    });
  } finally {
    for (const stream of open) stream.close();
  }
}

test('a change by an agent arrives with its revision as id', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  const { instanceId } = await agent.call('get_version');
  await withStreams(world, async (open) => {
    const browser = await open();
    const { id, data } = await browser.next('connected');
    assert.equal(id, undefined, 'connected is not part of the log');
    assert.equal(data.instanceId, instanceId);
    assert.equal(data.revision, 0);

    const added = await agent.call('add_stream', { title: 'Key escrow' });
    const created = await browser.next('streams');
    assert.equal(created.id, String(added.revision));
    assert.equal(created.data.revision, added.revision);
    assert.equal(created.data.type, 'created');
    assert.equal(created.data.newValue.title, 'Key escrow');
    assert.equal(created.data.agent, 'claude-code@harbour');

    await agent.call('update_stream', { streamId: 'key-escrow', progress: 40 });
    const progressed = await browser.next('streams');
    assert.deepEqual([progressed.data.type, progressed.data.oldValue, progressed.data.newValue], ['progress_updated', 0, 40]);

    const commit = await agent.call('add_commit', { streamId: 'key-escrow', commitHash: 'abcdef0', message: 'Keep keys' });
    const committed = await browser.next('commits');
    assert.equal(committed.id, String(commit.revision));
    assert.equal(committed.data.newValue.commitHash, 'abcdef0');
    const stats = await browser.next('stats');
    assert.equal(stats.id, undefined);
    assert.ok('totalCommits' in stats.data);
  });
}));

for (const [how, option] of [['Last-Event-ID', 'lastEventId'], ['since', 'since']]) {
  test(`a browser that comes back with ${how} gets what it missed, in order, once`, kTest, () => inWorld(async (world) => {
    const agent = await world.agent('claude-code');
    await agent.call('add_stream', { title: 'Key escrow' });
    await withStreams(world, async (open) => {
      const first = await open({ [option]: '0' });
      await first.next('streams');
      assert.equal(first.lastId, '1');
      first.close();

      for (let i = 1; i <= 30; i++) await agent.call('update_stream', { streamId: 'key-escrow', progress: i });
      const again = await open({ [option]: first.lastId });
      const missed = [];
      while (missed.length < 30) missed.push(await again.next('streams', 'reset'));
      assert.deepEqual(missed.map((event) => event.event), Array(30).fill('streams'));
      assert.deepEqual(missed.map((event) => Number(event.id)), Array.from({ length: 30 }, (_, i) => i + 2));
      assert.deepEqual(missed.map((event) => event.data.newValue), Array.from({ length: 30 }, (_, i) => i + 1));

      await agent.call('update_stream', { streamId: 'key-escrow', progress: 99 });
      assert.equal((await again.next('streams')).id, '32', 'and then what happens now');
    });
  }));
}

test('a revision above the head gets a reset with the whole board', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Key escrow' });
  await withStreams(world, async (open) => {
    const browser = await open({ lastEventId: '5000' });
    const { data } = await browser.next('reset', 'streams');
    assert.equal(data.revision, 1);
    assert.ok(data.reason);
    assert.deepEqual(data.streams, (await world.get('/api/streams')).streams);
    assert.equal(data.stats.activeStreams, 1);
  });
}));

test('a browser resumes at the server that follows a killed one', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { title: 'Key escrow' });
  await withStreams(world, async (open) => {
    const browser = await open({ since: '0' });
    await browser.next('streams');
    world.kill();
    await assert.rejects(async () => { for (;;) await browser.next(); }, 'the stream ends with its server');

    for (let i = 1; i <= 3; i++) await agent.call('update_stream', { streamId: 'key-escrow', progress: i });
    const again = await open({ lastEventId: browser.lastId });
    for (let i = 1; i <= 3; i++) {
      const { id, data } = await again.next('streams', 'reset');
      assert.deepEqual([id, data.newValue], [String(i + 1), i]);
    }
  });
}));

test('twenty browsers see the same changes of five agents in the same order', kTest, () => inWorld(async (world) => {
  const agents = await Promise.all(Array.from({ length: 5 }, (_, i) => world.agent(`agent-${i}`)));
  await agents[0].call('get_version');
  await withStreams(world, async (open) => {
    const browsers = await Promise.all(Array.from({ length: 20 }, () => open({ since: '0' })));
    const total = agents.length * 20;
    const seen = Promise.all(browsers.map(async (browser) => {
      const ids = [];
      while (ids.length < total) ids.push(Number((await browser.next('streams')).id));
      return ids;
    }));
    await Promise.all(agents.map(async (agent, i) => {
      for (let k = 0; k < 20; k++) await agent.call('add_stream', { title: `Work ${i} ${k}` });
    }));
    for (const ids of await seen) assert.deepEqual(ids, Array.from({ length: total }, (_, i) => i + 1));
  });
}));
