// web/src/api.ts: the types of the server's answers as the dashboard uses them, generated from /api/openapi.json.
// UPDATE_GOLDEN=1 writes it anew.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import openapiTS, { astToString } from 'openapi-typescript';

import { inWorld, kTest } from './support/world.mjs';

const file = new URL('../../web/src/api.ts', import.meta.url);
const head = '// Generated from /api/openapi.json by tests/e2e/api_types.test.mjs (UPDATE_GOLDEN=1); do not edit.\n';

async function generate(document) {
  const { openapi, info, components } = document;
  const schemas = { openapi, info, paths: {}, components: { schemas: components.schemas } };
  const options = { immutable: true, rootTypes: true, rootTypesNoSchemaPrefix: true };
  return head + astToString(await openapiTS(schemas, options));
}

test("the dashboard's types are those of the server's answers", kTest, () => inWorld(async (world) => {
  await world.data('stats'); // a server
  const generated = await generate(await world.get('/api/openapi.json'));
  if (process.env.UPDATE_GOLDEN === '1') fs.writeFileSync(file, generated);
  assert.equal(fs.readFileSync(file, 'utf8'), generated, 'run it with UPDATE_GOLDEN=1, and mend what no longer compiles');
}));
