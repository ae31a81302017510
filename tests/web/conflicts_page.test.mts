// The conflicts in a browser: found by keys, linked to by the address, told to the agents in words that can be changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Dashboard, isSettled, says } from './dashboard.mts';
import { Project } from './project.mts';

const lines = (changed: Readonly<Record<number, string>>) =>
  Array.from({ length: 40 }, (_, index) => `${changed[index + 1] ?? `line ${index + 1}`}\n`).join('');

let project: Project;
let dashboard: Dashboard;
/** Numbers of the streams, by id. */
const number = { left: '0101', right: '0102', far: '0103' };

before(async () => {
  project = await Project.create();
  project.write('notes.md', lines({}));
  project.git('add', '.');
  project.git('commit', '--quiet', '-m', 'Begin');
  project.git('branch', '-M', 'main');
  for (const [branch, changed] of [
    ['left', { 2: 'LEFT' }],
    ['right', { 2: 'RIGHT', 3: 'RIGHT' }],
    ['far', { 30: 'FAR' }],
  ] as const) {
    project.git('checkout', '--quiet', '-b', branch, 'HEAD');
    project.write('notes.md', lines(changed));
    project.git('commit', '--quiet', '-am', `Change ${branch}`);
    project.git('checkout', '--quiet', '-');
    project.run('add', `Rewrite the notes, ${branch}`, '--id', branch, '--branch', branch, '--stream-number', number[branch]);
    project.run('claim', branch, '--agent', `claude@${branch}`);
  }
  project.run('add', 'Not begun', '--id', 'unbegun');
  dashboard = await Dashboard.launch(project);
});
after(async () => {
  await dashboard?.close();
  project?.remove();
});

async function open(path: string): Promise<Page> {
  const page = await dashboard.open(path);
  await isSettled(page);
  await page.waitForSelector('.mtx a');
  return page;
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));

test('the worst pair is shown first, with the lines, the order and what is left out', async () => {
  const page = await open('/conflicts');
  await says(page, '.top .sum', '1 of 3 pairs that share files will conflict');
  await says(page, '.dt h2', '0101 Rewrite the notes, left0102 Rewrite the notes, right');
  await says(page, '.hunk .where', '2–3');
  assert.equal(await page.locator('.strip .overlap').count(), 1);
  assert.match((await page.locator('.fine').textContent())!, /neither its branch nor its worktree is there/);
  await page.context().close();
});

test('arrows walk the matrix, enter selects, and the address keeps the pair', async () => {
  const page = await open('/conflicts');
  await page.locator('.mtx a[tabindex="0"]').focus();
  assert.equal(await focused(page), '0101 and 0102: 1 shared file, conflict predicted');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), '0101 and 0103: 1 shared file, merges');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.search === '?a=right&b=far');
  await says(page, '.dt h2', '0102 Rewrite the notes, right0103 Rewrite the notes, far');
  assert.equal(await focused(page), '0102 and 0103: 1 shared file, merges', 'the focus stays where it is');
  await page.reload();
  await says(page, '.dt h2', '0102 Rewrite the notes, right0103 Rewrite the notes, far');
  await page.context().close();
});

test('both agents are told, in words that a change elsewhere does not take away', async () => {
  const page = await open('/conflicts?a=right&b=left');
  await page.getByRole('button', { name: 'Tell both agents' }).click();
  const field = page.locator('#tell-text');
  assert.match(await field.inputValue(), /^0101 and 0102 will conflict in notes\.md\. Land 010[12] first;/);
  await field.press('End');
  await field.pressSequentially(' Thanks.');
  await project.patch('/api/streams/left', { progress: 40 });
  await page.waitForFunction(() => document.querySelector('.land')?.textContent?.includes('40 % done'));
  assert.match(await field.inputValue(), / Thanks\.$/);
  const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/api/messages'));
  await page.getByRole('button', { name: 'Send' }).click();
  const { to, text } = (await sent).postDataJSON() as { to: string[]; text: string };
  assert.deepEqual(to, ['left', 'right']);
  assert.match(text, / Thanks\.$/);
  await page.waitForFunction(() => document.querySelector('.notice')?.textContent?.includes('claude@left and claude@right'));
  assert.equal(await page.locator('#tell-text').count(), 0);
  await page.context().close();
});

test('a pair that shares nothing, and the past, say so', async () => {
  const gone = await open('/conflicts?a=left&b=unbegun');
  assert.match((await gone.locator('.dt').textContent())!, /0101 and 0104 share no file now/);
  await gone.context().close();
  const past = await dashboard.open('/conflicts?at=2');
  await past.waitForFunction(() => document.querySelector('.view')?.textContent?.includes('how they stood then is not kept'));
  await past.context().close();
});

test('the browser has nothing to complain about', () => {
  assert.deepEqual(dashboard.complaints, []);
});
