// The demo as a newcomer runs it, bounded: it works, counts what was acknowledged, and leaves no process.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { inWorld, kTest, processesIn, programs, run } from './support/world.mjs';

const demo = fileURLToPath(new URL('../../demo/demo.mjs', import.meta.url));

test('the demo runs for a while, loses nothing, and ends with all its processes', kTest, () => inWorld(async (world) => {
  const directory = path.join(world.directory, 'demo');
  const { STREAM_STATUS_HOME, ...env } = world.env;
  const { code, out, err } = await run(process.execPath, [demo, programs, '--for', '3', '--pace', '0.05', '--dir', directory], { cwd: world.directory, env });
  assert.equal(code, 0, `${out}\n${err}`);
  assert.match(out, /http:\/\/127\.0\.0\.1:\d+\//);
  const [, calls, errors] = /(\d+) calls, \d+ commits, (\d+) errors/.exec(out);
  assert.ok(Number(calls) > 0);
  assert.equal(Number(errors), 0);
  assert.deepEqual(processesIn(directory), []);
}));
