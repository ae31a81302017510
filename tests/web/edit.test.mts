// Edits never overwrite another's unseen: compare-and-set against a server that others change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../../web/src/act.ts';
import { changedSince, Overtaken, saveEdited, saveOver, type Send } from '../../web/src/edit.ts';
import type { Stream } from '../../web/src/model.ts';
import { stream } from './samples.mts';

/** Holds one stream, and refuses what was meant for another revision of it. */
class Server {
  present: Stream;
  sent = 0;
  /** Called before each write: what others do meanwhile. */
  meanwhile: () => void = () => {};
  constructor(present: Stream) {
    this.present = present;
  }
  change(fields: Partial<Stream>): void {
    this.present = { ...this.present, ...fields, revision: this.present.revision + 1 };
  }
  send: Send = async (_, fields) => {
    this.sent++;
    this.meanwhile();
    const { expectedRevision, ...rest } = fields as Partial<Stream> & { expectedRevision: number };
    if (expectedRevision !== this.present.revision) {
      const data = { revision: this.present.revision, stream: this.present };
      throw { error: 'changed', hint: null, code: 'revision_conflict', status: 409, data } satisfies Failure;
    }
    this.change(rest);
  };
}

test('a change of another field does not stop an edit: it is sent again on top of it', async () => {
  const server = new Server(stream({ title: 'old', progress: 1 }));
  const seen = server.present;
  server.change({ progress: 2 });
  await saveEdited(seen, { title: 'old' }, { title: 'mine' }, server.send);
  assert.equal(server.present.title, 'mine');
  assert.equal(server.present.progress, 2);
  assert.equal(server.sent, 2);
});

test('a change of the same field is not overwritten: the person sees what it is now', async () => {
  const server = new Server(stream({ title: 'old' }));
  const seen = server.present;
  server.change({ title: 'theirs' });
  await assert.rejects(
    saveEdited(seen, { title: 'old' }, { title: 'mine' }, server.send),
    (error: unknown) => error instanceof Overtaken && error.present.title === 'theirs',
  );
  assert.equal(server.present.title, 'theirs');
});

test('a stream that changes without an end is given up with its refusal', async () => {
  const server = new Server(stream());
  server.meanwhile = () => server.change({ progress: server.present.progress + 1 });
  await assert.rejects(saveEdited(server.present, { title: 'x' }, { title: 'y' }, server.send), Overtaken);
  const title = server.present.title;
  await assert.rejects(
    saveEdited(server.present, { title }, { title: 'y' }, server.send),
    (error: unknown) => (error as Failure).code === 'revision_conflict',
  );
  assert.equal(server.sent, 5);
});

test('a blocker is added to the list as it is then, and not twice', async () => {
  const server = new Server(stream({ blockers: ['a'] }));
  const seen = server.present;
  server.change({ blockers: ['a', 'b'] });
  const add = ({ blockers }: Stream) => (blockers.includes('c') ? null : { blockers: [...blockers, 'c'] });
  await saveOver(seen, add, server.send);
  assert.deepEqual(server.present.blockers, ['a', 'b', 'c']);
  server.sent = 0;
  await saveOver(server.present, add, server.send);
  assert.equal(server.sent, 0);
});

test('other refusals are the caller’s', async () => {
  const refuse: Send = async () => {
    throw { error: 'too long', hint: null, code: 'invalid_argument', status: 400, data: null } satisfies Failure;
  };
  await assert.rejects(saveEdited(stream(), {}, { title: 'y' }, refuse), { code: 'invalid_argument' });
});

test('no goal and an empty one are the same; lists are compared by what is in them', () => {
  assert.equal(changedSince({ goal: '' }, stream({ goal: null })), null);
  assert.equal(changedSince({ phases: ['a'] }, stream({ phases: ['a'] })), null);
  assert.deepEqual(changedSince({ phases: ['a'], title: 'x' }, stream({ phases: ['b'], title: 'x' })), { phases: ['b'] });
});
