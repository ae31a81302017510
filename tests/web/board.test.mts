// The board in a real browser against the real server: what appears, what is done on it, the time machine, two windows,
// a killed server. Needs STREAM_STATUS_BIN and Debian's chromium. The tests build on each other, in order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Stream } from '../../web/src/model.ts';
import { apply, initial } from '../../web/src/state.ts';
import { Dashboard, isLive, isSettled, overflowing, says, shot, wide } from './dashboard.mts';
import { Project } from './project.mts';
import { health } from './samples.mts';

let project: Project;
let dashboard: Dashboard;
let page: Page;

before(async () => {
  project = await Project.create();
  project.start();
  dashboard = await Dashboard.launch(project);
  page = await dashboard.open();
});

after(async () => {
  await dashboard?.close();
  project?.remove();
});

function add(title: string, ...flags: string[]): string {
  return (project.run('add', title, ...flags) as { streamId: string }).streamId;
}

const card = (id: string, column = '') => `${column && `[data-col="${column}"] `}.card[data-id="${id}"]`;

async function isIn(id: string, column: string, where = page): Promise<void> {
  await where.waitForSelector(card(id, column));
}

let auth: string;
let escrow: string;

test('an empty project names the one command that makes the first stream', async () => {
  await says(page, '.none.first code', 'stream-status add "Title"');
  await says(page, '.proj .lb', 'fieldnote');
  assert.equal(await page.title(), 'Board · fieldnote');
  await shot(page, 'board-empty-light');
});

test('streams that are added appear by themselves, in their columns, with what is known of them', async () => {
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }));
  auth = add('Rotate refresh tokens', '--category', 'backend', '--priority', 'critical', '--phases', 'schema,issue,detect,grace,revoke');
  escrow = add('Key escrow for encrypted notes', '--priority', 'high', '--phases', 'format,rotate');
  await isIn(auth, 'initializing');
  await isIn(escrow, 'initializing');
  await says(page, '[data-col="initializing"] h2 .c', '2');
  const { streamNumber } = await project.get<Stream>(`/api/streams/${auth}`);
  await says(page, `${card(auth)} .num`, streamNumber);
  await says(page, `${card(auth)} .ttl`, 'Rotate refresh tokens');
  await says(page, `${card(auth)} .pri`, 'critical');
  await says(page, `${card(auth)} .pg`, '0/50 %');
  assert.equal(await page.locator(`${card(auth)} .bar i`).count(), 5);
  await says(page, '.calm', 'Nothing needs you. No stream moves.');
});

test('a change shows in place, outlined for a moment, and moves the card', async () => {
  const outlined = page.waitForSelector(`${card(auth, 'active')}[data-fresh]`);
  project.run('update', auth, '--status', 'active', '--progress', '40', '--current-phase', '2');
  await outlined;
  await says(page, `${card(auth)} .pg`, '2/540 %');
  await page.waitForSelector(`${card(auth)}:not([data-fresh])`);
  project.run('update', escrow, '--status', 'blocked', '--blockers', auth);
  await isIn(escrow, 'blocked');
  await page.waitForFunction((found) => document.querySelector(found)?.textContent?.startsWith('Waits for 0101'), `${card(escrow)} .why`);
  await page.waitForFunction((found) => document.querySelector(found)?.textContent?.startsWith('blocked'), `${card(escrow)} .age`);
});

test('a question comes first on the page, with what it holds up, and one key opens it', async () => {
  project.run('update', auth, '--question', 'May an old token be used again within 30 s?', '--choices', 'Yes,No');
  await says(page, '.needs h2', '1needs you');
  await says(page, '.need .h .cut', '0101 asks you a question');
  await says(page, '.need p', 'Holds up 0102. May an old token be used again within 30 s?');
  await page.keyboard.press('1');
  await page.waitForURL(`**/stream/${auth}`);
  await page.goBack();
  await isIn(auth, 'active');
});

test('a card that is dragged changes its status, and it can be undone', async () => {
  const drag = add('Settings screen redesign');
  await isIn(drag, 'initializing');
  await page.locator(card(drag)).dragTo(page.locator('[data-col="paused"]'));
  await isIn(drag, 'paused');
  assert.equal((await project.get<Stream>(`/api/streams/${drag}`)).status, 'paused');
  await says(page, '.notice .grow', '0103 is paused.');
  await page.locator('.notice button', { hasText: 'Undo' }).click();
  await isIn(drag, 'initializing');
});

test('the keyboard does the same, and the focus goes along', async () => {
  const id = 'settings-screen-redesign';
  await page.locator(card(id)).focus();
  await page.keyboard.press('Shift+ArrowRight');
  await isIn(id, 'active');
  await page.waitForFunction((found) => document.activeElement === document.querySelector(found), card(id));
  await page.keyboard.press('Shift+ArrowLeft');
  await isIn(id, 'initializing');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  assert.equal(await page.evaluate(() => document.activeElement?.classList.contains('card')), true);
});

test('a card that is dropped on the archive is archived, without its worktree, and comes back', async () => {
  const id = 'settings-screen-redesign';
  await page.locator(card(id)).dragTo(page.locator('.col.shut'));
  await page.waitForFunction((found) => document.querySelector(found) === null, card(id));
  assert.equal((await project.get<Stream>(`/api/streams/${id}`)).status, 'archived');
  await says(page, '.col.shut b', '1');
  await page.locator('.col.shut button').click();
  await isIn(id, 'archived');
  await page.locator('.notice button', { hasText: 'Undo' }).click();
  await isIn(id, 'initializing');
  await page.locator('.col.shut button').click();
});

test('find or run: streams by their words, commands by their names, all by keys', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('escrow');
  await says(page, '.over li[aria-selected="true"] .cut', 'Key escrow for encrypted notes');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/stream/${escrow}`);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('zz nothing');
  await says(page, '.over .nothing', 'Nothing has “zz nothing” in it.');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.over', { state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.waitForURL('**/table');
  await page.keyboard.press('?');
  await page.waitForSelector('.over.help');
  await shot(page, 'keys-light');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.over', { state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('b');
  await isIn(auth, 'active');
});

test('the time machine shows the board as it was, read-only, by an address that can be shared', async () => {
  await page.waitForSelector('.app[data-read*="log"]');
  const then = (await project.get<{ revision: number }>('/api/health')).revision;
  project.run('update', auth, '--status', 'paused', '--progress', '55', '--note', 'half of it works');
  await isIn(auth, 'paused');
  await page.goto(`${project.server().url}/?at=${then}`);
  await isIn(auth, 'active');
  await says(page, `${card(auth)} .pg`, '2/540 %');
  await page.waitForSelector('.past');
  assert.equal(await page.locator('.needs').count(), 0);
  assert.equal(await page.locator(card(auth)).getAttribute('draggable'), 'false');
  await shot(page, 'board-past-light');
  await page.keyboard.press('[');
  await page.waitForFunction((before) => !location.search.includes(`at=${before}`), then);
  await page.keyboard.press(']');
  await page.waitForURL(`**/?at=${then}`);
  project.run('update', escrow, '--progress', '11');
  const head = (await project.get<{ revision: number }>('/api/health')).revision;
  await page.waitForFunction((text) => document.querySelector('.pulse .num')?.textContent === text, `r${head}`);
  await says(page, `${card(escrow)} .pc`, '0 %'); // the rail goes on, the board stays
  await page.keyboard.press('Escape');
  await isIn(auth, 'paused');
  await says(page, `${card(escrow)} .pc`, '11 %');
  await page.locator('.tm input').focus();
  await page.keyboard.press('Home');
  await page.waitForSelector('.past');
  await page.locator('.go-live').click();
  await page.waitForSelector('.past', { state: 'detached' });
});

test('before the first event there was nothing', async () => {
  await page.goto(`${project.server().url}/?at=0`);
  await says(page, '[data-col="active"] .none', 'Nothing active then.');
  assert.equal(await page.locator('.card').count(), 0);
  await page.goto(project.server().url);
  await isIn(auth, 'paused');
});

test("the theme is the system's, until the other one is chosen, and that is remembered", async () => {
  const ground = (where: Page) => where.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [light, dark] = ['rgb(250, 250, 250)', 'rgb(15, 16, 18)'];
  assert.equal(await ground(page), light);
  const night = await dashboard.open('/', { ...wide, colorScheme: 'dark' });
  assert.equal(await ground(night), dark);
  await night.keyboard.press('d');
  assert.equal(await ground(night), light);
  await night.reload();
  await isLive(night);
  assert.equal(await ground(night), light);
  await night.locator('.rail button[aria-label*="dark"]').click();
  assert.equal(await ground(night), dark);
  await night.emulateMedia({ colorScheme: 'light' });
  assert.equal(await ground(night), light, "back on the system's theme it follows the system");
  await night.context().close();
});

test('two windows show the same, whoever changes it', async () => {
  const other = await dashboard.open();
  await isIn(auth, 'paused', other);
  await other.locator(card(auth)).focus();
  await other.keyboard.press('Shift+ArrowLeft');
  await isIn(auth, 'blocked', other);
  await isIn(auth, 'blocked');
  project.run('update', auth, '--status', 'active');
  await Promise.all([isIn(auth, 'active', other), isIn(auth, 'active')]);
  await other.context().close();
});

test('a killed server is noticed and found again, and nothing that was typed is lost', async () => {
  const { url } = project.server();
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }));
  await page.keyboard.press('/');
  await page.keyboard.type('refresh');
  dashboard.serverIsDown = true;
  project.kill();
  await page.waitForSelector('.link[data-link="reconnecting"]', { state: 'attached' });
  await page.waitForSelector('.link[data-link="stopped"]', { state: 'attached' });
  await says(page, '.banner code', 'stream-status dashboard');
  await shot(page, 'board-stopped-light');

  project.run('update', auth, '--progress', '77');
  assert.equal(project.server().url, url, 'the new server is found where the old one was');
  await isLive(page);
  dashboard.serverIsDown = false;
  await says(page, `${card(auth)} .pc`, '77 %');
  assert.equal(await page.locator('.banner').count(), 0);
  assert.equal(await page.locator('.over input').inputValue(), 'refresh');
  assert.equal(await page.evaluate(() => 'loadedOnce' in window), true, 'the page was not loaded again');
  await page.keyboard.press('Escape');
  project.run('update', auth, '--progress', '78');
  await says(page, `${card(auth)} .pc`, '78 %');
});

test('an action in the moment of a kill takes effect once, by the server that follows', async () => {
  dashboard.serverIsDown = true;
  await page.locator(card(escrow)).focus();
  project.kill();
  await page.keyboard.press('Shift+ArrowRight'); // blocked → paused
  project.run('list'); // an agent's call brings the server back
  await isIn(escrow, 'paused');
  await isLive(page);
  dashboard.serverIsDown = false;
  const { events } = await project.get<{ events: { type: string; newValue: unknown }[] }>(`/api/streams/${escrow}/history`);
  assert.equal(events.filter(({ type, newValue }) => type === 'status_changed' && newValue === 'paused').length, 1);
});

test('all events from the first one on give the same as a fresh snapshot', async () => {
  const { streams, revision } = await project.get<{ streams: Stream[]; revision: number }>('/api/streams');
  const changes = await project.changes(revision);
  const empty = apply(initial, { kind: 'snapshot', health, revision: 0, streams: [] });
  const folded = changes.reduce((state, change) => apply(state, { kind: 'change', change }), empty);
  assert.equal(folded.revision, revision);
  assert.equal(folded.streams.size, streams.length);
  for (const stream of streams) assert.deepEqual(folded.streams.get(stream.id), stream);
});

test('a thousand streams more: the board draws what one reads, and a change moves nothing', async () => {
  for (let from = 0; from < 1_000; from += 50) {
    const titles = Array.from({ length: 50 }, (_, index) => `Generated stream ${from + index}`);
    await Promise.all(titles.map((title) => project.post('/api/streams', { title, priority: 'low', phases: ['a', 'b'] })));
  }
  await says(page, '[data-col="initializing"] h2 .c', '1,001');
  assert.ok((await page.locator('.card').count()) < 120);
  await page.locator('[data-col="initializing"] .btn').click();
  await page.waitForFunction(() => document.querySelectorAll('[data-col="initializing"] .card').length === 120);
  await page.evaluate(() => (document.querySelector('.cols')!.scrollTop = 900));
  await isSettled(page);
  project.run('update', auth, '--progress', '79');
  await says(page, `${card(auth)} .pc`, '79 %');
  assert.equal(await page.evaluate(() => document.querySelector('.cols')!.scrollTop), 900);
  await shot(page, 'board-thousand-light');
});

test('it fits from a phone to a wide screen', async () => {
  for (const [width, height] of [
    [360, 740],
    [768, 1024],
    [1024, 768],
    [1920, 1080],
  ] as const) {
    const sized = await dashboard.open('/', { viewport: { width, height }, colorScheme: width === 360 ? 'dark' : 'light' });
    await sized.waitForSelector('.card');
    assert.deepEqual(await overflowing(sized), [], `wider than ${width}`);
    await shot(sized, `board-width-${width}`);
    await sized.context().close();
  }
});

test('the browser has nothing to complain about', () => {
  assert.deepEqual(dashboard.complaints, []);
});
