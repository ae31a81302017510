// The page in a real browser against the real server. Needs STREAM_STATUS_BIN and Debian's chromium; leaves pictures
// in STREAM_STATUS_SHOTS when that is set. The tests build on each other, in order.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Stream } from '../../web/src/model.ts';
import { apply, initial, type State } from '../../web/src/state.ts';
import { launchBrowser } from './browser.mts';
import { Project } from './project.mts';
import { health } from './samples.mts';

let project: Project;
let browser: Browser;
let page: Page;
/** What the browser complains about; a killed server may make it complain about the network, nothing else. */
const complaints: string[] = [];
let serverIsDown = false;

before(async () => {
  project = await Project.create();
  project.start();
  browser = await launchBrowser();
  page = await open({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
});

after(async () => {
  await browser?.close();
  project?.remove();
});

async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  const opened = await context.newPage();
  opened.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (serverIsDown && /net::ERR_|Failed to load resource/.test(message.text())) return;
    complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  opened.on('pageerror', (error) => complaints.push(String(error)));
  await opened.goto(project.server().url);
  await live(opened);
  return opened;
}

function live(where: Page): Promise<unknown> {
  return where.waitForSelector('.link[data-link="live"]', { state: 'attached' });
}

async function shot(where: Page, name: string): Promise<void> {
  const directory = process.env['STREAM_STATUS_SHOTS'];
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  await where.waitForFunction(() => document.querySelector('tr[data-fresh]') === null);
  await where.screenshot({ path: join(directory, `${name}.png`) });
}

function add(title: string, ...flags: string[]): string {
  return (project.run('add', title, ...flags) as { streamId: string }).streamId;
}

function row(id: string) {
  return page.locator(`tr[data-id="${id}"]`);
}

/** Waits until the element says exactly this. */
async function says(selector: string, text: string, where = page): Promise<void> {
  await where
    .waitForFunction(([found, wanted]) => document.querySelector(found!)?.textContent === wanted, [selector, text])
    .catch(async () => assert.equal(await where.locator(selector).first().textContent(), text, selector));
}

function number(stat: string, value: string): Promise<void> {
  return says(`[data-stat="${stat}"] dd`, value);
}

test('an empty project names the one command that makes the first stream', async () => {
  await says('.streams .none code', 'stream-status add "Title"');
  await says('.proj .lb', 'fieldnote');
  assert.equal(await page.title(), 'fieldnote · stream-status');
  await shot(page, 'empty-light');
});

let auth: string;
let escrow: string;

test('streams that are added appear by themselves, with all that is known of them', async () => {
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }));
  auth = add(
    'Rotate refresh tokens',
    '--category',
    'backend',
    '--priority',
    'critical',
    '--phases',
    'schema,issue,detect,grace,revoke',
  );
  escrow = add('Key escrow for encrypted notes', '--priority', 'high', '--phases', 'format,rotate');
  await row(auth).waitFor();
  await row(escrow).waitFor();
  assert.equal(await row(auth).locator('.c-status').textContent(), 'initializing');
  assert.equal(await row(auth).locator('.name').textContent(), 'Rotate refresh tokens');
  assert.equal(await row(auth).locator('.c-priority').textContent(), 'critical');
  assert.equal(await row(auth).locator('.c-phases').textContent(), '0/5');
  assert.equal(await row(auth).locator('.bar i').count(), 5);
  assert.equal(await row(auth).locator('.c-done').textContent(), '0 %');
  assert.equal(await row(auth).locator('.c-last').textContent(), 'none');
  const { streamNumber } = await project.get<Stream>(`/api/streams/${auth}`);
  assert.equal(await row(auth).locator('.c-number').textContent(), streamNumber);
  await number('activeStreams', '2');
  await number('readyToStart', '2');
});

test('a change shows in place, outlined for a moment, and moves the numbers', async () => {
  project.run(
    'update',
    auth,
    '--status',
    'active',
    '--progress',
    '40',
    '--current-phase',
    '2',
    '--note',
    'reuse is found',
  );
  await says(`tr[data-id="${auth}"] .c-done`, '40 %');
  await says(`tr[data-id="${auth}"] .c-status`, 'active');
  await says(`tr[data-id="${auth}"] .c-phases`, '2/5');
  await says(`tr[data-id="${auth}"] .note`, 'reuse is found');
  await number('inProgress', '1');
  await page.waitForSelector(`tr[data-id="${auth}"]:not([data-fresh])`);

  const outlined = page.waitForSelector(`tr[data-id="${escrow}"][data-fresh]`);
  project.run('update', escrow, '--status', 'blocked', '--blocked-by', auth);
  await outlined;
  await page.waitForSelector(`tr[data-id="${escrow}"]:not([data-fresh])`);
  const { streamNumber } = await project.get<Stream>(`/api/streams/${auth}`);
  await says(`tr[data-id="${escrow}"] .c-blockers`, streamNumber);
  await number('blocked', '1');
  assert.equal(
    await page.locator('tr[data-id]').first().getAttribute('data-id'),
    escrow,
    'what is blocked comes first',
  );
});

test('a commit shows in the list and as the last of its stream', async () => {
  project.run(
    'commit',
    auth,
    '9c41e07aa55bb66cc77dd88ee99ff00112233445',
    '--message',
    'Detect reuse by generation',
    '--author',
    'mara',
    '--files-changed',
    '3',
  );
  await says('.commits li .msg', 'Detect reuse by generation');
  assert.equal(await page.locator('.commits li .sha').first().textContent(), '9c41e07');
  assert.match((await page.locator('.commits li .by').first().textContent())!, /mara$/);
  assert.match((await page.locator('.commits li time').first().getAttribute('title'))!, /\d\d:\d\d:\d\d/);
  await says(`tr[data-id="${auth}"] .c-last`, 'now');
  await number('totalCommits', '1');
  await number('commitsToday', '1');
});

test('stored markup is shown as the text it is', async () => {
  const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b> &amp;';
  const id = add(markup, '--phases', '<i>phase</i>,"quoted"');
  await row(id).waitFor();
  project.run('update', id, '--status', 'active', '--note', markup);
  project.run('commit', id, 'abcdef0123456789abcdef0123456789abcdef01', '--message', markup, '--author', '<u>eve</u>');
  await says(`tr[data-id="${id}"] .name`, markup);
  await says(`tr[data-id="${id}"] .note`, markup);
  await says('.commits li .msg', markup);
  assert.match((await page.locator('.commits li .by').first().textContent())!, /<u>eve<\/u>$/);
  assert.equal(await page.locator('#app :is(img, script, b b, u)').count(), 0);
  assert.equal(await page.title(), 'fieldnote · stream-status');
  project.run('remove', id, '--completion-summary', 'seen');
  await says(`tr[data-id="${id}"] .c-status`, 'archived');
});

test('search and filter narrow the table, and say when nothing is left', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('escrow');
  await page.waitForFunction(() => document.querySelectorAll('tr[data-id]').length === 1);
  assert.equal(await row(escrow).count(), 1);
  await says('.top .sum', '1 of 3 streams');
  await page.keyboard.type(' dz');
  await says('.streams .none p', 'No stream matches “escrow dz”.');
  assert.equal(
    await page.evaluate(() => document.documentElement.dataset['theme']),
    undefined,
    'd is a letter in the search',
  );
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelectorAll('tr[data-id]').length === 3);
  await page.keyboard.press('Escape');
  await page.locator('.nav [data-filter="blocked"]').click();
  await page.waitForFunction(() => document.querySelectorAll('tr[data-id]').length === 1);
  await page.locator('.nav [data-filter="all"]').click();
  await page.waitForFunction(() => document.querySelectorAll('tr[data-id]').length === 3);
});

test("the theme is the system's, until the other one is chosen, and that is remembered", async () => {
  const ground = (where: Page) => where.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [light, dark] = ['rgb(250, 250, 250)', 'rgb(15, 16, 18)'];
  assert.equal(await ground(page), light);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await shot(page, 'light');

  const night = await open({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
  assert.equal(await ground(night), dark);
  await shot(night, 'dark');
  await night.keyboard.press('d');
  assert.equal(await ground(night), light);
  await night.reload();
  await live(night);
  assert.equal(await ground(night), light);
  await night.locator('.rail button[aria-label*="dark"]').click();
  assert.equal(await ground(night), dark);
  await night.emulateMedia({ colorScheme: 'light' });
  assert.equal(await ground(night), light, "back on the system's theme it follows the system");
  await night.context().close();
});

test('a killed server is noticed and found again, and nothing that was typed is lost', async () => {
  const { url } = project.server();
  await page.locator('#search').fill('refresh');
  await page.waitForFunction(() => document.querySelectorAll('tr[data-id]').length === 1);
  serverIsDown = true;
  project.kill();
  await page.waitForSelector('.link[data-link="reconnecting"]', { state: 'attached' });
  await says('.banner code', 'stream-status dashboard');
  await page.waitForSelector('.link[data-link="stopped"]', { state: 'attached' });
  await shot(page, 'stopped');

  project.run('update', auth, '--progress', '77');
  assert.equal(project.server().url, url, 'the new server is found where the old one was');
  await live(page);
  serverIsDown = false;
  await says(`tr[data-id="${auth}"] .c-done`, '77 %');
  assert.equal(await page.locator('.banner').count(), 0);
  assert.equal(await page.locator('#search').inputValue(), 'refresh');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'search');
  assert.equal(await page.evaluate(() => 'loadedOnce' in window), true, 'the page was not loaded again');

  project.run('update', auth, '--progress', '78');
  await says(`tr[data-id="${auth}"] .c-done`, '78 %');
  await page.locator('#search').fill('');
});

test('a thousand streams stay smooth, and a change does not move the list', async () => {
  const titles = Array.from({ length: 1_000 }, (_, index) => `Generated stream ${index}`);
  for (let from = 0; from < titles.length; from += 50) {
    await Promise.all(
      titles
        .slice(from, from + 50)
        .map((title) => project.post('/api/streams', { title, priority: 'low', phases: ['a', 'b'] })),
    );
  }
  await says('.top .sum', '1,003 streams, those that need you first');
  assert.ok((await page.locator('tr[data-id]').count()) < 120, 'only what is seen is drawn');
  assert.equal(await page.locator('table').getAttribute('aria-rowcount'), '1004');
  const height = await page.evaluate(() => {
    const scroller = document.querySelector('.streams')!;
    scroller.scrollTop = scroller.scrollHeight / 2;
    return scroller.scrollHeight;
  });
  await page.waitForFunction(() => {
    const scroller = document.querySelector('.streams')!.getBoundingClientRect();
    const drawn = [...document.querySelectorAll('tr[data-id]')].map((element) => element.getBoundingClientRect());
    return drawn[0]!.top <= scroller.top && drawn.at(-1)!.bottom >= scroller.bottom;
  });
  assert.ok(height > 1_000 * 40);
  const seen = () => page.evaluate(() => document.querySelector('.streams')!.scrollTop);
  const place = await seen();
  project.run('update', auth, '--progress', '79');
  await page.waitForFunction(() => document.querySelector('tr[data-fresh]') === null);
  await number('activeStreams', '1,002');
  assert.equal(await seen(), place);
  await page.evaluate(() => (document.querySelector('.streams')!.scrollTop = 0));
  await says(`tr[data-id="${auth}"] .c-done`, '79 %');
  await shot(page, 'thousand');
});

test('all events from the first one on give the same as a fresh snapshot', async () => {
  const { streams, revision, commits, stats } = await project.snapshot();
  const from = (part: { streams: Stream[]; revision: number; commits: State['commits'] }) =>
    apply(initial, { kind: 'snapshot', health, stats, ...part });
  const fresh = from({ streams, revision, commits });
  const changes = await project.changes(revision);
  const folded = changes.reduce(
    (state, change) => apply(state, { kind: 'change', change }),
    from({ streams: [], revision: 0, commits: [] }),
  );
  assert.equal(folded.revision, revision);
  assert.equal(folded.streams.size, streams.length);
  for (const stream of streams) assert.deepEqual(folded.streams.get(stream.id), stream);
  // A list of commits names their streams, too; an event leaves that to the stream.
  const alone = (commits: State['commits']) => commits.map((commit) => ({ ...commit, streamNumber: undefined, streamTitle: undefined }));
  assert.deepEqual(alone(folded.commits), alone(fresh.commits));
});

test('it fits from a phone to a wide screen', async () => {
  for (const [width, height] of [
    [360, 740],
    [768, 1024],
    [1024, 768],
    [1280, 800],
    [1920, 1080],
  ] as const) {
    const sized = await open({ viewport: { width, height }, colorScheme: width === 360 ? 'dark' : 'light' });
    await sized.waitForSelector('tr[data-id]');
    const over = await sized.evaluate(() =>
      ['html', '.main', '.streams', '.commits', '.rail']
        .map((selector) => document.querySelector(selector)!)
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map((element) => element.className || element.tagName),
    );
    assert.deepEqual(over, [], `wider than ${width}`);
    await shot(sized, `width-${width}`);
    await sized.context().close();
  }
});

test('on a phone the commits take turns with the streams', async () => {
  const phone = await open({
    viewport: { width: 360, height: 740 },
    colorScheme: 'light',
    hasTouch: true,
    isMobile: true,
  });
  await phone.waitForSelector('tr[data-id]');
  await phone.locator('.dock button', { hasText: 'Commits' }).tap();
  await phone.locator('.commits li').first().waitFor();
  assert.equal(await phone.locator('.streams').isVisible(), false);
  await shot(phone, 'phone-commits');
  await phone.locator('.dock button', { hasText: 'Streams' }).tap();
  await phone.locator('.tabs [data-filter="blocked"]').tap();
  await phone.waitForFunction(() => document.querySelectorAll('tr[data-id]').length === 1);
  await phone.locator('.find').tap();
  await phone.locator('#search').fill('escrow');
  assert.equal(await phone.locator('#search').isVisible(), true);
  await shot(phone, 'phone-search');
  await phone.context().close();
});

test('the browser has nothing to complain about', () => {
  assert.deepEqual(complaints, []);
});
