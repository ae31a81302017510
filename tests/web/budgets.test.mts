// What the first view costs on the wire, and how it is served: sizes, caching, deep links, the content security policy.
import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Project } from './project.mts';

let project: Project;
let url: string;

before(async () => {
  project = await Project.create();
  url = project.start().url;
});

after(() => project?.remove());

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** As bytes come: not unpacked. */
function fetchBytes(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((done, failed) => {
    get(url + path, { headers: { 'accept-encoding': 'gzip', ...headers } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        done({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
      );
    }).on('error', failed);
  });
}

/** Scripts and style sheets that the page asks for by itself. */
async function firstParts(): Promise<string[]> {
  const html = gunzipSync((await fetchBytes('/')).body).toString();
  return [...html.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => path!);
}

test('the first view is at most 100 KB of script and style, packed', async () => {
  const parts = await firstParts();
  assert.ok(parts.some((path) => path.endsWith('.js')) && parts.some((path) => path.endsWith('.css')), String(parts));
  let bytes = 0;
  for (const path of parts) {
    const { status, headers, body } = await fetchBytes(path);
    assert.equal(status, 200, path);
    assert.equal(headers['content-encoding'], 'gzip', path);
    bytes += body.length;
  }
  assert.ok(bytes <= 100 * 1024, `${bytes} bytes`);
});

test('charts and graph come when they are opened, not before', async () => {
  for (const path of await firstParts()) {
    const text = gunzipSync((await fetchBytes(path)).body).toString();
    assert.doesNotMatch(text, /u-legend|network-simplex/, path); // words of uPlot and dagre
  }
});

test('what has its content in its name may be kept for ever; the page itself is asked for again', async () => {
  const page = await fetchBytes('/');
  assert.match(page.headers['cache-control']!, /no-cache|max-age=0|must-revalidate/);
  const again = await fetchBytes('/', { 'if-none-match': page.headers.etag! });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
  const part = (await firstParts()).find((path) => path.startsWith('/assets/'))!;
  assert.match((await fetchBytes(part)).headers['cache-control']!, /immutable/);
});

test('every view can be linked to', async () => {
  const page = (await fetchBytes('/')).body;
  for (const path of ['/table?sort=done', '/stream/some-id', '/stream/old%20one%2Fv1%2E2', '/timeline', '/a/b/c']) {
    const { status, headers, body } = await fetchBytes(path);
    assert.equal(status, 200, path);
    assert.match(headers['content-type']!, /^text\/html/);
    assert.deepEqual(body, page, path);
  }
  assert.equal((await fetchBytes('/assets/none.js')).status, 404);
});

test('the content security policy has no exceptions', async () => {
  for (const path of ['/', '/table', ...(await firstParts())]) {
    const policy = (await fetchBytes(path)).headers['content-security-policy'];
    assert.equal(policy, "default-src 'self'; frame-ancestors 'none'", path);
  }
});
