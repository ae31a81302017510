// The graph in a browser: walked by keys, zoomed, as it was, and still while something changes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Dashboard, isSettled, says } from './dashboard.mts';
import { Project } from './project.mts';

let project: Project;
let dashboard: Dashboard;
before(async () => {
  project = await Project.create();
  project.start();
  const add = (id: string, part: object = {}) => project.post('/api/streams', { id, title: `Stream ${id}`, category: 'backend', ...part });
  await add('over', { status: 'completed' });
  await add('forgotten', { status: 'completed' });
  await add('first', { blockers: ['over'], phases: ['design', 'code'] });
  await add('second', { blockers: ['first'] });
  await add('third', { blockers: ['second'] });
  await add('aside', { blockers: ['first'] });
  await add('alone');
  await project.patch('/api/streams/first', { question: 'HS256 or RS256?' });
  dashboard = await Dashboard.launch(project);
});
after(async () => {
  await dashboard?.close();
  project?.remove();
});

async function open(path = '/graph', size = { width: 1440, height: 900 }): Promise<Page> {
  const page = await dashboard.open(path, { viewport: size });
  await isSettled(page);
  await page.waitForSelector('.nd');
  return page;
}

const focused = (page: Page) => page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['id']);
const ids = (page: Page, selector = '.nd') =>
  page.evaluate((each) => [...document.querySelectorAll<HTMLElement>(each)].map(({ dataset }) => dataset['id']).sort(), selector);

test('the longest chain is said and marked; what is over is left out until it is asked for', async () => {
  const page = await open();
  await says(page, '.chain', '0103 → 0104 → 0105: 3 streams in a row, about 4 phases left; 0103 asks you.');
  assert.deepEqual(await ids(page, '.nd[data-chain]'), ['first', 'second', 'third']);
  assert.deepEqual(await ids(page), ['aside', 'first', 'over', 'second', 'third']);
  assert.match((await page.locator('.loose').textContent())!, /Stream alone/);
  await page.getByRole('button', { name: 'Show 1 that is over' }).click();
  await page.waitForURL((url) => url.search === '?done=1');
  assert.match((await page.locator('.loose').textContent())!, /Stream forgotten/);
  await page.context().close();
});

test('arrows go along the links, and what hangs together with the focus is marked', async () => {
  const page = await open();
  await page.locator('.nd[data-id="first"]').focus();
  assert.deepEqual(await ids(page, '.nd[data-lit]'), ['aside', 'first', 'over', 'second', 'third']);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await focused(page), 'over');
  await page.keyboard.press('ArrowRight');
  await page.locator('.nd[data-id="second"]').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(page), 'third');
  assert.deepEqual(await ids(page, '.nd[data-lit]'), ['first', 'over', 'second', 'third']);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/stream/third');
  await page.context().close();
});

test('keys zoom, and the address keeps it', async () => {
  const page = await open('/graph?zoom=100');
  await says(page, '.zoom .at', '100 %');
  await page.keyboard.press('-');
  await says(page, '.zoom .at', '80 %');
  await page.waitForURL((url) => url.search === '?zoom=80');
  await page.reload();
  await says(page, '.zoom .at', '80 %');
  await page.locator('.stage').dispatchEvent('wheel', { deltaY: -1000, ctrlKey: true });
  await page.waitForURL((url) => Number(url.searchParams.get('zoom')) > 100);
  await page.context().close();
});

test('a change elsewhere moves neither focus nor scroll position', async () => {
  const page = await open('/graph?zoom=150', { width: 800, height: 600 });
  await page.locator('.nd[data-id="third"]').focus();
  const place = () => page.evaluate(() => [document.querySelector('.stage')!.scrollLeft, document.querySelector('.stage')!.scrollTop]);
  const before_ = await place();
  assert.ok(before_[0]! > 0);
  await project.patch('/api/streams/third', { progress: 70 });
  await page.waitForFunction(() => document.querySelector('.nd[data-id="third"]')?.textContent?.includes('70 %'));
  assert.deepEqual(await place(), before_);
  assert.equal(await focused(page), 'third');
  await page.context().close();
});

test('the past is drawn as it was', async () => {
  const page = await dashboard.open('/graph?at=4');
  await page.waitForSelector('.nd');
  assert.deepEqual(await ids(page), ['first', 'over', 'second']);
  await page.context().close();
});

test('the browser has nothing to complain about', () => {
  assert.deepEqual(dashboard.complaints, []);
});
