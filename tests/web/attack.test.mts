// Pages of other origins in a real browser against the real server: what they try is refused, changes nothing and tells
// them nothing. Needs STREAM_STATUS_BIN and Debian's chromium.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.mts';
import { Project } from './project.mts';

/** What no page of another origin may ever see. */
const secret = 'The plan nobody else may read';
/** Text that would run if it were ever taken for HTML, or for the address of a link. */
const markup = `"><img src=x onerror="window.ran=1"><script>window.ran=2</script><svg onload=window.ran=3>`;

let project: Project;
let browser: Browser;
let stranger: Server;
let strangerPort = 0;
let target = '';
let routes: string[] = [];
const directory = mkdtempSync(join(tmpdir(), 'stream-status-attack-'));
const page = '<!doctype html><meta charset="utf-8"><title>stranger</title><body></body>';

before(async () => {
  project = await Project.create();
  project.run('add', secret, '--goal', secret);
  target = project.server().url;
  const { paths } = await project.get<{ paths: Record<string, unknown> }>('/api/openapi.json');
  routes = [
    ...Object.keys(paths).map((path) => path.replace(/\{[^}]*\}/g, 'the-plan-nobody-else-may-read')),
    ...['/', '/streams', '/metrics', '/mcp', '/login?code=0', '/api/openapi.json', '/api/server/stop', '/api/server/login'],
    ...['/api/server/backup', '/api/server/integrity', '/nowhere'],
  ];
  stranger = createServer((_, answer) => answer.writeHead(200, { 'Content-Type': 'text/html' }).end(page));
  await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
  strangerPort = (stranger.address() as AddressInfo).port;
  writeFileSync(join(directory, 'page.html'), page);
  browser = await launchBrowser([
    '--host-resolver-rules=MAP evil.test 127.0.0.1',
    // The browser's own refusal of such pages is newer than many browsers: the server must do without.
    '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
  ]);
});

after(async () => {
  await browser?.close();
  stranger?.close();
  project?.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** Every status that the server has answered to this page, by request. */
function watch(where: Page): string[] {
  const answers: string[] = [];
  where.on('response', (response) => {
    const { port } = new URL(response.url());
    if (port === new URL(target).port) answers.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  return answers;
}

/** Tries one route in every way that a page has, and gives back whatever it could read. */
async function attack(where: Page, url: string): Promise<string[]> {
  return where.evaluate(async (address) => {
    const read: string[] = [];
    const body = JSON.stringify({ title: 'Planted', streamId: 'planted', text: 'Planted', instanceId: '0' });
    const noted = (what: string) => (text: string) => void read.push(`${what}: ${text}`);
    const outcome = (happens: (done: () => void) => void) =>
      Promise.race([new Promise<void>(happens), new Promise<void>((done) => setTimeout(done, 3_000))]);

    const fetched = async (what: string, options: RequestInit) => {
      try {
        const answer = await fetch(address, options);
        if (answer.type !== 'opaque') noted(what)(`${answer.status} ${await answer.text()}`);
      } catch {
        // refused, as it should be
      }
    };
    const tries: Promise<unknown>[] = [
      fetched('fetch', {}),
      fetched('fetch with cookies', { credentials: 'include' }),
      fetched('simple POST', { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body }),
      fetched('no-cors JSON', { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'application/json' }, body }),
      fetched('JSON POST', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }),
      fetched('PATCH', { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body }),
      fetched('DELETE', { method: 'DELETE' }),
    ];
    navigator.sendBeacon(address, body);
    try {
      navigator.sendBeacon(address, new Blob([body], { type: 'application/json' }));
    } catch {
      // older browsers refuse the type
    }

    const element = (tag: 'img' | 'script' | 'link' | 'iframe' | 'object' | 'video', attribute: string) =>
      outcome((done) => {
        const made = document.createElement(tag);
        if (tag === 'link') made.setAttribute('rel', 'stylesheet');
        made.addEventListener('error', () => done());
        made.addEventListener('load', () => {
          // A frame loads whatever it got, an error page too: what counts is what can be seen of it.
          if (tag !== 'iframe' && tag !== 'object') noted(tag)('loaded');
          done();
        });
        made.setAttribute(attribute, address);
        document.body.append(made);
        if (tag === 'video') setTimeout(done, 500);
      });
    tries.push(element('img', 'src'), element('script', 'src'), element('link', 'href'), element('video', 'src'));
    tries.push(element('iframe', 'src'), element('object', 'data'));

    tries.push(
      outcome((done) => {
        const events = new EventSource(address);
        for (const name of ['open', 'message', 'streams', 'connected', 'reset'])
          events.addEventListener(name, () => noted('EventSource')(name));
        events.addEventListener('error', () => {
          events.close();
          done();
        });
      }),
      outcome((done) => {
        const socket = new WebSocket(address.replace('http:', 'ws:'));
        socket.addEventListener('open', () => noted('WebSocket')('open'));
        socket.addEventListener('close', () => done());
      }),
    );
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      tries.push(
        outcome((done) => {
          const frame = document.createElement('iframe');
          frame.name = `form-${Math.random()}`;
          const form = document.createElement('form');
          Object.assign(form, { method: 'POST', action: address, target: frame.name, enctype: type });
          const field = document.createElement('input');
          // As text/plain the whole form is one JSON text.
          field.name = '{"title":"Planted","x":"';
          field.value = '"}';
          form.append(field);
          document.body.append(frame, form);
          frame.addEventListener('load', () => done());
          form.submit();
        }),
      );
    }
    await Promise.all(tries);
    for (const frame of document.querySelectorAll('iframe')) {
      try {
        const text = frame.contentDocument?.body.textContent;
        if (text) noted('frame')(text);
      } catch {
        // another origin: not to be seen
      }
    }
    return read;
  }, url);
}

/** All routes from one page. Nothing may be read, changed or answered with anything but a refusal. */
async function besiege(where: Page, base: string): Promise<string[]> {
  const answers = watch(where);
  const before = await project.get<{ revision: number; instanceId: string }>('/api/health');
  const read = await Promise.all(routes.map((route) => attack(where, base + route)));
  assert.deepEqual(read.flat(), []);
  const now = await project.get<{ revision: number; instanceId: string }>('/api/health');
  assert.equal(now.revision, before.revision, 'something was changed');
  assert.equal(now.instanceId, before.instanceId, 'the server was stopped');
  for (const answer of answers) assert.match(answer, /^403 /);
  return answers;
}

async function visit(url: string): Promise<Page> {
  const context = await browser.newContext();
  const opened = await context.newPage();
  await opened.goto(url);
  return opened;
}

for (const [name, host] of [
  ['another port of the same address', '127.0.0.1'],
  ['localhost, which is the same machine', 'localhost'],
  ['another name', 'evil.test'],
] as const) {
  test(`a page of ${name} gets nothing and changes nothing`, async () => {
    const from = await visit(`http://${host}:${strangerPort}/`);
    const answers = await besiege(from, target);
    assert.ok(answers.length >= routes.length, `only ${answers.length} requests have reached the server`);
    await from.context().close();
  });
}

test('a page of a file gets nothing and changes nothing', async () => {
  const from = await visit(`file://${join(directory, 'page.html')}`);
  await besiege(from, target);
  await from.context().close();
});

test('a page whose name is bound anew to this machine gets nothing and changes nothing', async () => {
  const rebound = target.replace('127.0.0.1', 'evil.test');
  const context = await browser.newContext();
  const from = await context.newPage();
  // The page itself came from elsewhere, before its name led here: same name, same port, so the same origin.
  const home = `${rebound}/stranger.html`;
  await from.route(home, (route) => route.fulfill({ contentType: 'text/html', body: page }));
  await from.goto(home);
  const answers = watch(from);
  const before = (await project.get<{ revision: number }>('/api/health')).revision;
  const texts = await from.evaluate(
    async (paths) =>
      Promise.all(
        paths.flatMap((path) => [
          fetch(path).then((answer) => answer.text()),
          fetch(path, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: '{"title":"Planted"}',
          }).then((answer) => answer.text()),
        ]),
      ),
    routes,
  );
  assert.ok(answers.length >= 2 * routes.length);
  for (const answer of answers) assert.match(answer, /^403 /);
  for (const text of texts) assert.ok(!text.includes(secret) && text.includes('is not this server'), text);
  assert.equal((await project.get<{ revision: number }>('/api/health')).revision, before);
  await context.close();
});

test('the dashboard shows in no frame, and opens from a link of another project', async () => {
  const from = await visit(`http://127.0.0.1:${strangerPort}/`);
  await from.evaluate((url) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
    return new Promise((done) => frame.addEventListener('load', done));
  }, target);
  for (const frame of from.frames().slice(1)) assert.equal(await frame.locator('#app').count(), 0);

  await from.evaluate((url) => {
    const link = document.createElement('a');
    link.href = url;
    link.id = 'link';
    link.textContent = 'the other dashboard';
    document.body.append(link);
  }, target);
  await from.click('#link');
  await from.waitForSelector('.link[data-link="live"]', { state: 'attached' });
  await from.context().close();

  // Nor in a frame of its own origin: what frames it could cover it.
  const own = await visit(target);
  await own.waitForSelector('.link[data-link="live"]', { state: 'attached' });
  await own.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.src = '/';
    document.body.append(frame);
    return new Promise((done) => frame.addEventListener('load', done));
  });
  for (const frame of own.frames().slice(1)) assert.equal(await frame.locator('#app').count(), 0);
  await own.context().close();
});

test('what agents write shows as text and runs nothing, in every field', async () => {
  const branch = 'feat/<img/src=x/onerror=window.ran=4>';
  const { streamId } = await project.post<{ streamId: string }>('/api/streams', {
    title: markup,
    goal: markup,
    branch,
    worktreePath: `/tmp/${markup}`,
    estimatedPhases: [markup, 'javascript:window.ran=5'],
  });
  project.run('update', streamId, '--status', 'active', '--note', markup, '--current-phase', '0', '--agent', markup);
  project.run('commit', streamId, 'abcdef0123456789abcdef0123456789abcdef01', '--message', markup, '--author', markup);
  const { streamId: done } = await project.post<{ streamId: string }>('/api/streams', { title: `Done ${markup}` });
  project.run('remove', done, '--completion-summary', markup);

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const board = await context.newPage();
  const complaints: string[] = [];
  board.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  board.on('pageerror', (error) => complaints.push(String(error)));
  board.on('dialog', (dialog) => complaints.push(dialog.message()));
  await board.goto(target);
  await board.waitForSelector(`.card[data-id="${streamId}"]`);
  const scripts = await board.locator('script').count();
  assert.ok((await board.locator(`.card[data-id="${streamId}"]`).textContent())!.includes(markup));
  for (const path of [
    '/table',
    '/activity',
    `/stream/${streamId}`,
    `/streams/${streamId}`,
    `/table?text=${encodeURIComponent(markup)}`,
    `/?query=${encodeURIComponent(markup)}`,
    `/#${encodeURIComponent(markup)}`,
  ]) {
    await board.goto(target + path);
    await board.waitForSelector('.link[data-link="live"]', { state: 'attached' });
    await board.waitForFunction((text) => document.body.textContent!.includes(text), markup);
    await board.keyboard.press('/');
    await board.keyboard.type(markup.slice(0, 40));
    await board.keyboard.press('Escape');
  }
  assert.equal(await board.evaluate(() => (window as { ran?: number }).ran), undefined);
  assert.equal(await board.locator('img, svg[onload], [onerror], a[href^="javascript:"]').count(), 0);
  assert.equal(await board.locator('script').count(), scripts);
  assert.deepEqual(complaints, []);

  // Each answer that carries it is JSON, which no browser takes for a page.
  for (const route of ['/api/streams', `/api/streams/${streamId}/history`, '/api/commits', `/nowhere/${markup}`]) {
    const answer = await fetch(target + encodeURI(route), { headers: { Accept: 'text/html' } });
    const text = await answer.text();
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    if (answer.headers.get('content-type')!.startsWith('text/html')) assert.ok(!text.includes('onerror'), route);
  }
  await context.close();
});
