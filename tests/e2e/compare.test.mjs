// What a stream changed, and two streams side by side, in a real repository.
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

test('two streams that change the same lines, other lines, and nothing in common', kTest, () => inWorld(async (world) => {
  await begin(world);
  await stream(world, 'auth', (text) => text.with(9, 'tenth of auth').with(27, 'auth'));
  await stream(world, 'pay', (text) => text.with(9, 'tenth of pay').with(10, 'more'));
  await stream(world, 'docs', (text) => text.with(19, 'twentieth of docs'));
  const { landingOrder, pairs } = await world.data('conflicts');
  assert.equal(pairs.length, 3);

  const conflict = await world.get('/api/conflicts/compare?a=auth&b=pay');
  assert.equal(conflict.state, 'conflict');
  assert.deepEqual(conflict.files.map(({ message, ...rest }) => rest), [{
    path: 'story.txt', lines: 30,
    a: [{ start: 10, lines: 1, newLines: 1 }, { start: 28, lines: 1, newLines: 1 }],
    b: [{ start: 10, lines: 2, newLines: 2 }],
    overlaps: [{ start: 10, end: 11 }], outcome: 'conflict',
  }]);
  assert.ok(conflict.files[0].message);
  assert.deepEqual(conflict.reworkLines, { a: 1, b: 2 });
  assert.ok(conflict.reason);

  const clean = await world.get('/api/conflicts/compare?a=docs&b=auth');
  assert.equal(clean.state, 'clean');
  assert.deepEqual(clean.files.map((file) => [file.outcome, file.overlaps]), [['merges', []]]);
  assert.match(clean.reason, /docs conflicts with 0 of the streams still to land, auth with 1/);

  for (const [a, b] of [['auth', 'pay'], ['pay', 'auth'], ['docs', 'pay'], ['auth', 'docs']]) {
    const { landFirst } = await world.get(`/api/conflicts/compare?a=${a}&b=${b}`);
    assert.equal(landFirst, landingOrder.find((id) => id === a || id === b), `${a} and ${b}`);
  }
}));

test('uncommitted changes count, and what is not known says so', kTest, () => inWorld(async (world) => {
  await begin(world);
  const auth = await stream(world, 'auth', (text) => text.with(9, 'tenth of auth'));
  await stream(world, 'pay', (text) => text.with(19, 'twentieth of pay'), '--blockers', 'auth');
  fs.writeFileSync(path.join(auth, 'story.txt'), `${lines(30).with(9, 'tenth').with(19, 'not yet').join('\n')}\n`);
  const possible = await world.get('/api/conflicts/compare?a=auth&b=pay');
  assert.equal(possible.state, 'possible');
  assert.deepEqual(possible.files.map((file) => [file.outcome, file.overlaps]), [['possible', [{ start: 20, end: 20 }]]]);
  assert.deepEqual(possible.reworkLines, { a: 1, b: 1 });
  assert.ok(possible.reason.includes(possible.landFirst === 'auth' ? 'pay waits for auth' : 'but pay waits for auth'));

  await world.data('add', 'No branch', '--id', 'nowhere', '--branch', 'not-made-yet');
  const unknown = await world.get('/api/conflicts/compare?a=auth&b=nowhere');
  assert.equal(unknown.state, 'unknown');
  assert.match(unknown.detail, /nowhere: neither its branch/);
  assert.deepEqual([unknown.files, unknown.landFirst], [[], null]);
  assert.match(unknown.reason, /nowhere has nothing to land/);

  const refused = await fetch(`http://127.0.0.1:${world.record().port}/api/conflicts/compare?a=auth&b=auth`);
  assert.equal(refused.status, 400);
}));
