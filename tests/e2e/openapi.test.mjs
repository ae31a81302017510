// GET /api/openapi.json: valid by the standard's own schema, and true: what a real server answers has the members that
// the document says, all of them and no other.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Validator } from '@seriousme/openapi-schema-validator';
import addFormats from 'ajv-formats';
import Ajv2020 from 'ajv/dist/2020.js';

import { inWorld, kTest } from './support/world.mjs';

async function openDocument(world) {
  await world.data('stats'); // a server
  return world.get('/api/openapi.json');
}

/** Checks values against the document's components, in which nothing may be left undescribed. */
function checker(document) {
  const closed = structuredClone(document);
  for (const schema of Object.values(closed.components.schemas)) schema.additionalProperties = false;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(closed, 'openapi');
  return (value, schema) => {
    const validate = ajv.compile({ $ref: `openapi${schema}` });
    assert.ok(validate(value), `${schema}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value, null, 1)}`);
  };
}

/** Sends one request and checks the answer against what the document says of its route and status. */
function caller(world, document) {
  const check = checker(document);
  return async (method, template, { parameters = {}, query = '', body } = {}) => {
    const route = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parameters[name]));
    const answer = await fetch(`http://127.0.0.1:${world.record().port}${route}${query}`, {
      method: method.toUpperCase(),
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const value = await answer.json();
    const described = document.paths[template]?.[method];
    assert.ok(described, `${method} ${template} is described`);
    let response = described.responses[answer.status] ?? described.responses.default;
    if (response.$ref) response = document.components.responses[response.$ref.split('/').at(-1)];
    check(value, response.content['application/json'].schema.$ref.slice(0));
    return { status: answer.status, value };
  };
}

test('the document is valid OpenAPI 3.1', kTest, () => inWorld(async (world) => {
  const document = await openDocument(world);
  assert.equal(document.openapi, '3.1.0');
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document));
  assert.ok(result.valid, JSON.stringify(result.errors, null, 1));
  assert.equal(validator.version, '3.1');
  assert.equal((await world.get('/api/version')).version, document.info.version);
}));

test('the document describes each path once, and its parameters are those of its template', kTest, () => inWorld(async (world) => {
  const document = await openDocument(world);
  for (const [template, methods] of Object.entries(document.paths)) {
    const inTemplate = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const [method, route] of Object.entries(methods)) {
      const inPath = (route.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
      assert.deepEqual(inPath.sort(), inTemplate, `${method} ${template}`);
    }
  }
}));

test('what the server answers fits: streams, commits, history, numbers, errors', kTest, () => inWorld(async (world) => {
  const document = await openDocument(world);
  const call = caller(world, document);
  assert.equal((await call('get', '/api/streams')).status, 200);
  const add = { title: 'Key escrow', estimatedPhases: ['design', 'build'], goal: 'No key is lost', branch: 'escrow' };
  assert.equal((await call('post', '/api/streams', { body: add })).status, 201);
  assert.equal((await call('post', '/api/streams', { body: { title: 'New checkout' } })).status, 201);
  const id = { parameters: { streamId: 'key-escrow' } };
  await call('patch', '/api/streams/{streamId}', { ...id, body: { status: 'active', progress: 40, note: 'escrow holds' } });
  await call('patch', '/api/streams/{streamId}', { parameters: { streamId: 'new-checkout' }, body: { status: 'blocked', blockedBy: 'key-escrow' } });
  const commit = { streamId: 'key-escrow', commitHash: 'abcdef0123', message: 'Begin', author: 'mira', filesChanged: 2 };
  assert.equal((await call('post', '/api/commits', { body: commit })).status, 201);
  assert.equal((await call('post', '/api/commits', { body: commit })).status, 200);

  assert.equal((await call('get', '/api/streams', { query: '?limit=1' })).value.nextCursor !== undefined, true);
  assert.equal((await call('get', '/api/streams/{streamId}', id)).value.recentActivity.lastCommit, 'Begin');
  assert.ok((await call('get', '/api/streams/{streamId}/history', id)).value.events.length >= 4);
  const page = (await call('get', '/api/history', { query: '?limit=2' })).value;
  assert.equal(page.events.length, 2);
  assert.ok((await call('get', '/api/history', { query: `?before=${page.nextCursor}` })).value.events.length >= 4);
  const { streams } = (await call('get', '/api/past', { query: '?revision=1' })).value;
  assert.deepEqual(streams.map((stream) => [stream.id, stream.status]), [['key-escrow', 'initializing']]);
  assert.equal((await call('get', '/api/past', { query: '?revision=1000' })).status, 400);
  assert.equal((await call('get', '/api/projects')).value.projects[0].current, true);
  assert.equal((await call('get', '/api/commits')).value.total, 1);
  await call('get', '/api/stats');
  await call('get', '/api/version');
  await call('get', '/api/health');

  assert.equal((await call('post', '/api/streams', { body: {} })).status, 400);
  assert.equal((await call('post', '/api/streams', { body: { title: 'x', streamId: 'key-escrow' } })).status, 409);
  assert.equal((await call('get', '/api/streams/{streamId}', { parameters: { streamId: 'nope' } })).status, 404);
  assert.equal((await call('get', '/api/stream')).status, 404);
  assert.equal((await call('patch', '/api/streams/{streamId}', { ...id, body: { progress: 50, expectedRevision: 1 } })).status, 409);
  assert.equal((await call('get', '/api/commits', { query: '?limit=0' })).status, 400);
}));

test('what the server answers about git fits', kTest, () => inWorld(async (world) => {
  const document = await openDocument(world);
  const call = caller(world, document);
  const change = async (name, text) => {
    const where = await world.worktree(name);
    fs.writeFileSync(path.join(where, 'README.md'), text);
    await world.git(where, 'commit', '--quiet', '-am', `Change of ${name}`);
    return where;
  };
  const plans = path.join(world.repository, '.project', 'plan', 'streams');
  fs.mkdirSync(plans, { recursive: true });
  fs.writeFileSync(path.join(plans, 'planned.md'), '---\ntitle: Planned\nphases: a, b\n---\n');
  fs.writeFileSync(path.join(plans, 'broken.md'), '---\npriority: at once\n---\n# Broken\n');
  for (const name of ['one', 'two']) {
    const where = await change(name, `# By ${name}\n`);
    await call('post', '/api/streams', { body: { title: name, branch: name, worktreePath: where } });
  }
  await change('orphan', '# By nobody\n');

  const synced = (await call('post', '/api/sync', { body: {} })).value;
  assert.deepEqual(synced.streams, ['planned']);
  assert.equal((await call('post', '/api/commits/scan', { body: {} })).status, 200);
  const conflicts = (await call('get', '/api/conflicts')).value;
  assert.deepEqual(conflicts.pairs.map((pair) => pair.state), ['conflict']);
  await call('get', '/api/conflicts', { query: '?streamId=one' });
  const files = (await call('get', '/api/streams/{streamId}/files', { parameters: { streamId: 'one' } })).value;
  assert.deepEqual(files.files.map((file) => file.path), ['README.md']);
  const compared = (await call('get', '/api/conflicts/compare', { query: '?a=one&b=two' })).value;
  assert.deepEqual(compared.files.map((file) => file.outcome), ['conflict']);
  const status = (await call('get', '/api/reconciliation/status')).value;
  assert.deepEqual(status.orphaned.map((orphan) => orphan.branch), ['orphan']);
  await call('post', '/api/reconciliation/run', { body: { dryRun: true, autoAddOrphaned: true } });
  await call('get', '/api/reconciliation/worktrees');
  await world.git(world.repository, 'merge', '--quiet', 'two');
  await call('get', '/api/reconciliation/merged');
  await call('post', '/api/reconciliation/run', { body: { dryRun: false } });

  const one = { parameters: { streamId: 'one' } };
  await call('post', '/api/streams/{streamId}/archive', { ...one, body: { dryRun: true, deleteWorktree: true } });
  assert.equal((await call('post', '/api/streams/{streamId}/archive', { ...one, body: { deleteWorktree: true } })).status, 409);
  assert.equal((await call('post', '/api/streams/{streamId}/archive', { ...one, body: { deleteWorktree: true, force: true } })).status, 200);
  assert.equal((await call('post', '/api/streams/{streamId}/unretire', { ...one, body: {} })).status, 200);
  await call('post', '/api/streams/archive-bulk', { body: { streamIds: ['two', 'nope'], dryRun: true } });
  await call('post', '/api/streams/archive-bulk', { body: { streamIds: ['planned', 'nope'] } });
}));
