// Plan files become streams: when asked, and by themselves in a new project.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { write } from './support/repository.mjs';
import { inWorld, kTest } from './support/world.mjs';

const plan = (world, file, text) => write(world.repository, `.project/plan/streams/${file}`, text);

test('a new project gets its streams from its plan by itself', kTest, () => inWorld(async (world) => {
  plan(world, 'stream-0012-auth.md', '---\ntitle: "Log in"\ncategory: frontend\npriority: high\nphases: form, session, tests\n---\n');
  plan(world, 'search/README.md', '# Find things\n\nText.\n');
  const agent = await world.agent('claude-code');
  const { streams } = await agent.call('list_streams');
  assert.deepEqual(streams.map((one) => one.id).sort(), ['search', 'stream-0012-auth']);
  const auth = await world.data('show', 'stream-0012-auth');
  assert.deepEqual([auth.title, auth.streamNumber, auth.category, auth.priority, auth.phases, auth.branch],
    ['Log in', '0012', 'frontend', 'high', ['form', 'session', 'tests'], 'stream-0012-auth']);
  assert.equal((await world.data('show', 'search')).title, 'Find things');
}));

test('sync adds what is new, leaves what exists alone and names each bad file with its line', kTest, () => inWorld(async (world) => {
  const agent = await world.agent('claude-code');
  await agent.call('add_stream', { streamId: 'auth', title: 'Mine' });
  await world.worktree('auth');
  plan(world, 'auth.md', '# Theirs\n');
  plan(world, 'new.md', '# New\n');
  plan(world, 'bad-status.md', '---\ntitle: Bad\nstatus: nearly\n---\n');
  plan(world, 'bad-category.md', '---\ncategory: cooking\n---\n');
  plan(world, 'binary.md', Buffer.from([0, 1, 2, 255, 10]));
  plan(world, 'huge.md', `# Huge\n${'x'.repeat(10 << 20)}`);
  plan(world, 'notes.txt', 'not a plan');
  fs.symlinkSync('/etc/hostname', path.join(world.repository, '.project/plan/streams/link.md'));
  const synced = await world.data('sync');
  assert.equal(synced.synced, 1);
  assert.deepEqual(synced.streams, ['new']);
  assert.equal(synced.skipped, 2);
  assert.equal(synced.worktreesDiscovered, 1);
  const errors = Object.fromEntries(synced.errors.map((one) => [path.basename(one.file), one]));
  assert.deepEqual(Object.keys(errors).sort(), ['bad-category.md', 'bad-status.md', 'binary.md', 'huge.md', 'link.md']);
  assert.equal(errors['bad-status.md'].line, 3);
  assert.match(errors['bad-status.md'].reason, /"nearly" is not one of: initializing, active/);
  assert.equal(errors['bad-category.md'].line, 2);
  assert.match(errors['huge.md'].reason, /1 MiB|bytes|large/i);
  assert.equal((await world.data('show', 'auth')).title, 'Mine');
  const again = await agent.call('sync_from_files', {});
  assert.equal(again.synced, 0);
}));
