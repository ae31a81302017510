// What a stream changed, in a real repository.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { inWorld, kTest } from './support/world.mjs';

const lines = (count) => Array.from({ length: count }, (_, i) => `line ${i + 1}`);

/** A stream in a worktree of its own; `edit` changes the lines of story.txt, which are then committed. */
async function stream(world, name, edit, ...words) {
  const where = await world.worktree(name);
  const story = path.join(where, 'story.txt');
  fs.writeFileSync(story, `${edit(lines(30)).join('\n')}\n`);
  await world.git(where, 'commit', '--quiet', '-am', `Change of ${name}`);
  await world.data('add', name, '--id', name, '--branch', name, '--worktree-path', where, ...words);
  return where;
}

async function begin(world) {
  fs.writeFileSync(path.join(world.repository, 'story.txt'), `${lines(30).join('\n')}\n`);
  await world.git(world.repository, 'add', '.');
  await world.git(world.repository, 'commit', '--quiet', '-m', 'A story');
}

test('the files of a stream: committed and not, with their lines', kTest, () => inWorld(async (world) => {
  await begin(world);
  const where = await stream(world, 'auth', (text) => text.with(2, 'third'));
  fs.writeFileSync(path.join(where, 'notes.txt'), 'one\ntwo\n');
  const answer = await world.get('/api/streams/auth/files');
  assert.deepEqual(answer, {
    streamId: 'auth', mainBranch: 'main', branch: 'auth', worktreePath: where, ahead: 1, behind: 0,
    files: [
      { path: 'notes.txt', change: 'added', insertions: 2, deletions: 0, committed: false, uncommitted: true },
      { path: 'story.txt', change: 'modified', insertions: 1, deletions: 1, committed: true, uncommitted: false },
    ],
    leftOut: 0, insertions: 3, deletions: 1, problem: null,
  });

  await world.data('add', 'No branch', '--id', 'nowhere', '--branch', 'not-made-yet');
  const none = await world.get('/api/streams/nowhere/files');
  assert.deepEqual(none.files, []);
  assert.equal(none.ahead, null);
  assert.match(none.problem, /neither its branch nor its worktree is there/);
}));
