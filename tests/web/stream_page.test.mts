// The page of one stream and the agents in a real browser against the real server: every action and its undo, edits that
// overtake each other, what a person types while others change things. The tests build on each other, in order.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { Stream } from '../../web/src/model.ts';
import { Dashboard, isSettled, overflowing, shot, violations } from './dashboard.mts';
import { Project } from './project.mts';

const holder = 'codex@tokens';
let project: Project;
let dashboard: Dashboard;
let page: Page;
let id: string;
let other: string;

before(async () => {
  project = await Project.create();
  project.write('tokens.md', 'one\ntwo\n');
  project.git('add', '.');
  project.git('commit', '--quiet', '-m', 'Begin');
  project.git('branch', '-M', 'main');
  const worktree = project.scratch('tokens');
  project.git('worktree', 'add', '--quiet', '-b', 'tokens', worktree);
  project.write('../tokens/tokens.md', 'one\ntwo\nthree\n');
  project.git('-C', worktree, 'commit', '--quiet', '-am', 'Issue tokens');
  const add = (title: string, ...flags: string[]) => (project.run('add', title, ...flags) as { streamId: string }).streamId;
  id = add('Rotate tokens', '--branch', 'tokens', '--worktree-path', worktree, '--phases', 'schema,issue,revoke');
  other = add('Key escrow', '--priority', 'high');
  project.run('claim', id, '--agent', holder);
  dashboard = await Dashboard.launch(project);
  page = await dashboard.open(`/stream/${id}`);
  await isSettled(page);
});

after(async () => {
  await dashboard?.close();
  project?.remove();
});

const stream = () => project.get<Stream>(`/api/streams/${id}`);
const panel = (): Locator => page.locator('.panel');

/** What the page says came of an action; the next one says something new. */
async function notice(text: RegExp | string): Promise<void> {
  await page.locator('.notice', { hasText: text }).waitFor();
}

async function undo(): Promise<void> {
  await page.locator('.notice').getByRole('button', { name: 'Undo' }).click();
}

async function press(key: string): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press(key);
}

test('the page says what the stream is, who holds it and where it is', async () => {
  assert.equal(await page.locator('.ttl').textContent(), 'Rotate tokens');
  await page.locator('.side .who', { hasText: '@tokens' }).waitFor();
  assert.equal(await page.locator('.ph li').count(), 3);
  assert.match((await page.locator('.kv').first().textContent()) ?? '', /branchtokens/);
  await page.locator('.cm li', { hasText: 'Issue tokens' }).waitFor();
  assert.equal(await page.title(), 'Rotate tokens · fieldnote');
});

test('status, priority and category are chosen where they stand, and taken back', async () => {
  await press('s');
  await panel().getByRole('button', { name: 'paused' }).click();
  await notice('0101 is paused.');
  assert.equal((await stream()).status, 'paused');
  await undo();
  await notice('0101 is active.');
  assert.equal((await stream()).status, 'active');
  for (const [name, choice] of [
    ['priority', 'critical'],
    ['category', 'testing'],
  ] as const) {
    await page.getByRole('button', { name: new RegExp(`^${name}`, 'i') }).click();
    await panel().getByRole('button', { name: choice }).click();
    await notice(`0101: ${name} ${choice}.`);
    assert.equal((await stream())[name], choice);
  }
});

test('Escape closes a form and gives the focus back', async () => {
  const opener = page.getByRole('button', { name: /^Progress/ });
  await opener.click();
  await panel().waitFor();
  await page.keyboard.press('Escape');
  await panel().waitFor({ state: 'detached' });
  assert.equal(await opener.evaluate((element) => element === document.activeElement), true);
});

test('progress is set as a number', async () => {
  await page.getByRole('button', { name: /^Progress/ }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('42');
  await page.keyboard.press('Enter');
  await notice('0101 is at 42 %.');
  assert.equal((await stream()).progress, 42);
  await undo();
  await notice('0101 is at 0 % again.');
});

test('a phase is completed and reopened by its sign, and undo knows the way back', async () => {
  await page.getByRole('button', { name: /^Complete phase 1/ }).click();
  await notice('"schema" is done.');
  assert.deepEqual((await stream()).completedPhases, [0]);
  await undo();
  await notice('"schema" is open again.');
  const { completedPhases, progress } = await stream();
  assert.deepEqual({ completedPhases, progress }, { completedPhases: [], progress: 0 });
  await page.getByRole('button', { name: /^Complete phase 1/ }).click();
  await page.getByRole('button', { name: /^Reopen phase 1/ }).click();
  await notice('"schema" is open again.');
  assert.deepEqual((await stream()).completedPhases, []);
});

test('changes of others take neither text nor selection from who is writing', async () => {
  await press('e');
  const title = panel().locator('input');
  await title.fill('Rotate all tokens');
  await title.evaluate((element: HTMLInputElement) => element.setSelectionRange(2, 6));
  project.run('update', id, '--note', 'Tokens live an hour.', '--progress', '10');
  await page.locator('.log', { hasText: 'Tokens live an hour.' }).waitFor();
  const state = await title.evaluate((element: HTMLInputElement) => [
    element.value,
    element.selectionStart,
    element.selectionEnd,
    element === document.activeElement,
  ]);
  assert.deepEqual(state, ['Rotate all tokens', 2, 6, true]);
  await page.keyboard.press('Enter');
  await notice('0101: title saved.');
  assert.equal((await stream()).title, 'Rotate all tokens');
});

test('an edit that another overtook is not saved: both are shown, and the person decides', async () => {
  await press('e');
  await panel().locator('input').fill('Mine');
  project.run('update', id, '--title', 'Theirs');
  await page.locator('.both', { hasText: 'Theirs' }).waitFor();
  await shot(page, 'stream-overtaken-light');
  assert.equal(await panel().getByRole('button', { name: 'Save' }).isDisabled(), true);
  await panel().getByRole('button', { name: 'Keep mine' }).click();
  await panel().getByRole('button', { name: 'Save' }).click();
  await notice('0101: title saved.');
  assert.equal((await stream()).title, 'Mine');
  await undo();
  await notice('0101 is as it was.');
  assert.equal((await stream()).title, 'Theirs');
});

test('a draft survives another view', async () => {
  await press('e');
  await panel().locator('textarea').fill('Nobody signs in twice.');
  await page.locator('.nav a', { hasText: 'Agents' }).click();
  await page.locator('.ags').waitFor();
  await page.goBack();
  await page.getByRole('button', { name: /draft/ }).click();
  assert.equal(await panel().locator('textarea').inputValue(), 'Nobody signs in twice.');
  await page.keyboard.press('Control+Enter');
  await notice('0101: goal saved.');
  await page.locator('.goal', { hasText: 'Nobody signs in twice.' }).waitFor();
});

test('phases are edited as lines', async () => {
  await page.locator('section[aria-label="Phases"]').getByRole('button', { name: 'Edit' }).click();
  await panel().locator('textarea').fill('schema\nissue\nrevoke\n\n tell ');
  await page.keyboard.press('Control+Enter');
  await notice('0101 has 4 phases.');
  assert.deepEqual((await stream()).phases, ['schema', 'issue', 'revoke', 'tell']);
});

test('a blocker is found by number, id or title, added and taken away', async () => {
  for (const typed of ['0102', other, 'escrow key']) {
    await press('b');
    await page.keyboard.type(typed);
    await page.getByRole('option', { name: /Key escrow/ }).waitFor();
    await page.keyboard.press('Enter');
    await notice('0101 waits for 0102.');
    await page.locator('.links', { hasText: 'Key escrow' }).waitFor();
    assert.deepEqual((await stream()).blockers, [other]);
    await page.getByRole('button', { name: 'Wait no more for 0102' }).click();
    await notice('0101 waits no more for 0102.');
    assert.deepEqual((await stream()).blockers, []);
  }
});

test('a note is written without opening anything', async () => {
  await press('n');
  await page.keyboard.type('Seen.');
  await page.keyboard.press('Control+Enter');
  await notice('Noted on 0101.');
  await page.locator('.log li', { hasText: 'Seen.' }).waitFor();
  assert.equal(await page.locator('#new-note').inputValue(), '');
});

test('the holder is sent a message', async () => {
  await press('m');
  await page.keyboard.type('main is frozen until noon');
  await page.keyboard.press('Control+Enter');
  await notice('@tokens is told with its next call.');
});

test('a question is answered by its choices, in one click', async () => {
  project.run('update', id, '--question', 'May an old token be used again?', '--choices', 'Yes,No', '--agent', holder);
  await page.locator('.ask .q').waitFor();
  assert.equal(await page.locator('.ask .btn.go').count(), 1);
  await page.locator('.ask').getByRole('button', { name: 'No' }).click();
  await notice('Answered 0101: No');
  await page.locator('.ask').waitFor({ state: 'detached' });
  await page.locator('.log li[data-kind="answer"]', { hasText: 'No' }).waitFor();
});

test('who was slower with an answer keeps the text, and can send it as a message', async () => {
  project.run('update', id, '--question', 'And within 30 s?', '--agent', holder);
  await page.locator('.ask .q').waitFor();
  await press('a');
  await page.keyboard.type('Perhaps 20 s');
  project.run('answer', id, 'never');
  await page.locator('.calm-box', { hasText: 'never' }).waitFor();
  await page.getByRole('button', { name: /^Send it to/ }).click();
  assert.equal(await panel().locator('textarea').inputValue(), 'Perhaps 20 s');
  await page.keyboard.press('Control+Enter');
  await notice('@tokens is told with its next call.');
});

test('the claim is released with a hand-over', async () => {
  await page.locator('.side').getByRole('button', { name: 'Release' }).click();
  await page.keyboard.type('The tests of revoke fail.');
  await panel().getByRole('button', { name: 'Release' }).click();
  await notice('0101 is free to be claimed.');
  await page.locator('.log li[data-kind="hand-over"]', { hasText: 'The tests of revoke fail.' }).waitFor();
  const { claim, status } = await stream();
  assert.deepEqual({ claim, status }, { claim: null, status: 'paused' });
});

test('archiving shows its plan first, refuses to lose work unasked, and is undone', async () => {
  await page.getByRole('button', { name: 'Archive…' }).click();
  await page.locator('.steps').waitFor();
  await panel().getByText('Delete worktree and branch').click();
  await page.locator('.risks', { hasText: 'Issue tokens' }).waitFor();
  const archive = panel().getByRole('button', { name: 'Archive', exact: true });
  assert.equal(await archive.isDisabled(), true);
  await shot(page, 'stream-retire-light');
  await panel().getByText('Go on all the same').click();
  await archive.click();
  await notice('0101 is archived.');
  const box = page.locator('.calm-box');
  await box.getByText('Deleted: worktree, branch.').waitFor();
  await box.getByText(/^\.project\/history\//).waitFor();
  await box.getByText(/^refs\/stream-status\/retired\//).waitFor();
  await shot(page, 'stream-archived-light');
  await box.getByRole('button', { name: 'Undo' }).click();
  await notice('0101 is back, paused, with its branch and worktree.');
  assert.match(project.git('branch', '--list', 'tokens'), /tokens/);
});

test('in the past everything is told and nothing can be changed', async () => {
  const { revision } = await stream();
  await page.goto(`${project.server().url}/stream/${id}?at=${revision - 1}`);
  await page.locator('.ttl').waitFor();
  const buttons = await page.locator('.sd button:not([aria-label^="Copy"])').allTextContents();
  assert.deepEqual(buttons, []);
  await page.goto(`${project.server().url}/agents?at=${revision - 1}`);
  await page.locator('.ags').waitFor();
  assert.equal(await page.locator('.ags button').count(), 0);
});

test('an address that names no stream offers what is near; a number leads on to its stream', async () => {
  await page.goto(`${project.server().url}/stream/rotate-tokesn`);
  await page.locator('.unknown a', { hasText: 'Theirs' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.goto(`${project.server().url}/stream/0102`);
  await page.waitForURL((url) => url.pathname === `/stream/${other}`);
});

test('j and k go through the streams in the order of need', async () => {
  await page.locator('.ttl', { hasText: 'Key escrow' }).waitFor();
  await press('j');
  await page.locator('.ttl', { hasText: 'Theirs' }).waitFor();
  await press('k');
  await page.locator('.ttl', { hasText: 'Key escrow' }).waitFor();
});

test('an agent is sent a message from its row; what it left behind is released there', async () => {
  project.run('claim', other, '--agent', 'cursor@escrow');
  await page.goto(`${project.server().url}/agents`);
  await page.getByRole('button', { name: 'Message to cursor@escrow' }).click();
  await page.keyboard.type('Are you there?');
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(await overflowing(page), []);
  await page.keyboard.press('Control+Enter');
  await notice('@escrow is told with its next call.');
});

test('the browser has nothing to complain about', () => {
  assert.deepEqual(dashboard.complaints, []);
});
