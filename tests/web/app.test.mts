// The MCP App: the page that `resources/read` gives, in a real browser, shown by a host that passes its calls on to a
// real `stream-status mcp`. The host here is the test's: it speaks what MCP Apps 2026-01-26 says a host speaks.
import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { readBoard, rowsOf } from '../../web/src/app/rows.ts';
import { launchBrowser } from './browser.mts';
import { Project } from './project.mts';

const uri = 'ui://streams/board.html';
const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

/** A conversation with the stdio server. */
class Mcp {
  private readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private readonly waiting = new Map<number, (message: { result?: unknown; error?: unknown }) => void>();
  private nextId = 1;

  constructor(project: Project) {
    const { program, options } = project.spawning();
    this.process = spawn(program, ['mcp'], { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface(this.process.stdout).on('line', (line) => {
      const message = JSON.parse(line) as { id?: number; result?: unknown; error?: unknown };
      if (message.id !== undefined) this.waiting.get(message.id)?.(message);
    });
  }

  async request<T>(method: string, params: object): Promise<T> {
    const id = this.nextId++;
    const answered = new Promise<{ result?: unknown; error?: unknown }>((done) => this.waiting.set(id, done));
    this.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(JSON.stringify(error));
    return result as T;
  }

  async initialize(): Promise<void> {
    const capabilities = { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } } };
    const clientInfo = { name: 'host', version: '1' };
    await this.request('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo });
  }

  end(): void {
    this.process.stdin.end();
  }
}

let project: Project;
let mcp: Mcp;
let browser: Browser;
let pages: Server;
let host: Page;
let html: string;

before(async () => {
  project = await Project.create();
  project.run('add', 'Rotate refresh tokens', '--priority', 'critical', '--phases', 'schema,issue');
  project.run('update', 'rotate-refresh-tokens', '--status', 'active', '--progress', '64');
  project.run('add', markup);
  mcp = new Mcp(project);
  await mcp.initialize();
  browser = await launchBrowser();
});

after(async () => {
  mcp?.end();
  await browser?.close();
  pages?.close();
  project?.remove();
});

test('list_streams names the app, and the app is a resource of the type that hosts look for', async () => {
  const { tools } = await mcp.request<{ tools: { name: string; _meta?: unknown }[] }>('tools/list', {});
  assert.deepEqual(
    tools.filter(({ _meta }) => _meta !== undefined).map(({ name, _meta }) => [name, _meta]),
    [['list_streams', { ui: { resourceUri: uri } }]],
  );
  const { resources } = await mcp.request<{ resources: { uri: string; mimeType: string }[] }>('resources/list', {});
  assert.equal(resources.find((each) => each.uri === uri)?.mimeType, 'text/html;profile=mcp-app');
  const { contents } = await mcp.request<{ contents: { uri: string; mimeType: string; text: string }[] }>(
    'resources/read',
    { uri },
  );
  assert.equal(contents[0]!.uri, uri);
  assert.equal(contents[0]!.mimeType, 'text/html;profile=mcp-app');
  html = contents[0]!.text;
  assert.match(html, /^<!doctype html>/);
  assert.doesNotMatch(html, /(src|href)="(?!#)/, 'it loads nothing');
});

test('a host shows it: the board, by calls that the host passes on', async () => {
  // As hosts do: a frame without the host's origin, with a policy that allows only what is within the page.
  const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";
  pages = createServer((request, response) => {
    const isApp = request.url === '/app';
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (isApp) response.setHeader('content-security-policy', policy);
    response.end(isApp ? html : '<!doctype html><title>host</title>');
  });
  await new Promise<void>((done) => pages.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;

  host = await (await browser.newContext({ viewport: { width: 720, height: 560 } })).newPage();
  const complaints: string[] = [];
  host.on('pageerror', (error) => complaints.push(String(error)));
  host.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  const said: string[] = [];
  await host.exposeFunction('passOn', async (method: string, params: object) => {
    said.push(method);
    return method === 'tools/call' ? mcp.request(method, params) : null;
  });
  await host.goto(url);
  await host.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.style.cssText = 'width:700px;height:520px;border:0';
    type Message = { id?: number; method: string; params: object };
    addEventListener('message', async ({ data, source }: MessageEvent<Message>) => {
      if (source !== frame.contentWindow) return;
      const answer = (result: unknown) => frame.contentWindow!.postMessage({ jsonrpc: '2.0', id: data.id, result }, '*');
      const passOn = (window as unknown as { passOn(method: string, params: object): Promise<unknown> }).passOn;
      const passed = await passOn(data.method, data.params);
      if (data.method === 'ui/initialize') {
        answer({
          protocolVersion: '2026-01-26',
          hostInfo: { name: 'host', version: '1' },
          hostCapabilities: { serverTools: {} },
          hostContext: { theme: 'dark' },
        });
      } else if (data.id !== undefined) answer(passed);
    });
    frame.src = '/app';
    document.body.append(frame);
  });
  const app = host.frameLocator('iframe');
  await app.locator('.card').first().waitFor();
  assert.deepEqual(said.filter((method) => method !== 'ui/notifications/size-changed'), [
    'ui/initialize',
    'ui/notifications/initialized',
    'tools/call',
  ]);
  assert.equal(await app.locator('.sum').textContent(), '2 open of 2');
  assert.equal(await app.locator('[aria-label="active"] .ttl').textContent(), 'Rotate refresh tokens');
  assert.equal(await app.locator('[aria-label="initializing"] .ttl').textContent(), markup, 'markup is text');
  assert.equal(await app.locator('img').count(), 0);
  const ground = await app.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
  assert.equal(ground, 'rgb(15, 16, 18)', "the host's theme");

  project.run('update', 'rotate-refresh-tokens', '--question', 'May an old token be used again?');
  await app.locator('button').click();
  await app.locator('.why').waitFor();
  assert.equal(await app.locator('.why').textContent(), 'Asks you: May an old token be used again?');
  assert.deepEqual(complaints, []);
  const shots = process.env['STREAM_STATUS_SHOTS'];
  if (shots) {
    mkdirSync(shots, { recursive: true });
    await host.screenshot({ path: join(shots, 'mcp-app-dark.png') });
  }
});

test('what a list says is read with its usual values, and what is none is not taken', () => {
  const content = {
    streams: [
      { id: 'b', number: '0102', title: 'B', status: 'active', progress: 5, priority: 'high', claimedBy: 'codex@b' },
      { id: 'a', number: '0101', title: 'A', status: 'active', progress: 40, question: 'HS256?', blockers: ['b', 7] },
      { id: 'c', number: '0103', title: 'C', status: 'of the future', progress: 'x' },
    ],
    total: 9,
  };
  const board = readBoard(content)!;
  assert.equal(board.total, 9);
  assert.deepEqual(rowsOf(board, 'active').map(({ id }) => id), ['a', 'b', 'c'], 'a question first');
  assert.deepEqual(rowsOf(board, 'active')[0]!.blockers, ['b']);
  assert.equal(rowsOf(board, 'active')[2]!.priority, 'medium');
  for (const none of [null, 'text', 7, {}, { streams: 'x' }]) assert.equal(readBoard(none), null);
});
