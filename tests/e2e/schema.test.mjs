// Answers of the real server against the specification's own JSON schemas, of both eras. The conformance suite has them and
// checks every message on the wire, but calls only its fixtures; so a proxy stands between that turns its calls into ours.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';

import { inWorld, kTest, run } from './support/world.mjs';

const suite = path.join(import.meta.dirname, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');

/** A scenario, and what its one call becomes. */
const tool = (name, args = {}) => ({ scenario: 'tools-call-simple-text', method: 'tools/call', params: { name, arguments: args } });
const resource = (uri) => ({ scenario: 'resources-read-text', method: 'resources/read', params: { uri } });
const prompt = (name, args = {}) => ({ scenario: 'prompts-get-simple', method: 'prompts/get', params: { name, arguments: args } });
const completion = (ref, name) => ({ scenario: 'completion-complete', method: 'completion/complete', params: { ref, argument: { name, value: 'k' } } });

const calls = [
  tool('list_streams'), tool('get_stream', { streamId: 'key-escrow' }), tool('get_stream'), tool('claim_stream', { streamId: 'key-escrow' }),
  tool('update_stream', { streamId: 'key-escrow', progress: 20, note: 'a | b' }), tool('wait_for_change', { since: 0 }), tool('check_conflicts'),
  tool('add_stream', {}), tool('add_commit', { streamId: 'nope', commitHash: 'abc' }), tool('get_stream_stats'), tool('reconcile_worktrees'), tool('no_such_tool'),
  resource('streams://board'), resource('streams://stats'), resource('ui://streams/board.html'), resource('streams://stream/key-escrow'), resource('streams://stream/nope'),
  prompt('resume'), prompt('standup'), prompt('handoff', { streamId: 'key-escrow' }), prompt('dance'),
  completion({ type: 'ref/resource', uri: 'streams://stream/{id}' }, 'id'), completion({ type: 'ref/prompt', name: 'resume' }, 'streamId'),
  { scenario: 'tools-list' }, { scenario: 'resources-list' }, { scenario: 'prompts-list' },
];

/** Passes everything on, with the call in the place of the suite's own. */
async function proxying(target, call, body) {
  const proxy = http.createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    const message = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks)) : {};
    const headers = { 'content-type': 'application/json' };
    for (const name of ['accept', 'mcp-protocol-version', 'mcp-method', 'mcp-name']) if (request.headers[name]) headers[name] = request.headers[name];
    if (call.method && message.method === call.method) {
      message.params = { ...(message.params?._meta && { _meta: message.params._meta }), ...call.params };
      const name = call.params.name ?? call.params.uri;
      if (headers['mcp-name'] && name) headers['mcp-name'] = name;
    }
    const answer = await fetch(target, { method: request.method, headers, body: chunks.length > 0 ? JSON.stringify(message) : undefined });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
  try {
    return await body(`http://127.0.0.1:${proxy.address().port}/mcp`);
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => { proxy.close(resolve); });
  }
}

for (const revision of ['2026-07-28', '2025-11-25']) {
  test(`answers are valid by the schema of ${revision}`, kTest, () => inWorld(async (world) => {
    await world.data('add', 'Key escrow', '--worktree-path', world.repository);
    const target = `http://127.0.0.1:${world.record().port}/mcp`;
    for (const [i, call] of calls.entries()) {
      const results = path.join(world.directory, `results-${i}`);
      const { out, err } = await proxying(target, call, (url) => run(process.execPath,
        [suite, 'server', '--url', url, '--scenario', call.scenario, '--spec-version', revision, '-o', results],
        { cwd: world.directory, env: world.env }));
      const [file] = fs.readdirSync(results, { recursive: true }).filter((name) => name.endsWith('checks.json'));
      const checks = JSON.parse(fs.readFileSync(path.join(results, file), 'utf8'));
      const what = JSON.stringify(call);
      const wire = checks.find((check) => check.id === 'wire-schema-valid');
      assert.ok(wire, `${what}: nothing was checked\n${out}${err}`);
      assert.equal(wire.status, 'SUCCESS', `${what}: ${JSON.stringify(wire.details).slice(0, 3000)}`);
    }
  }));
}
