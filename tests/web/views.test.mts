// Every view in a real browser: light and dark, wide and on a phone, at 200 % zoom, with nothing, one, fifty and ten
// thousand streams, by the keyboard alone, and with markup in every text. Leaves pictures in STREAM_STATUS_SHOTS.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { writeHistory } from '../../demo/history.mjs';
import type { Stream } from '../../web/src/model.ts';
import { Dashboard, isSettled, overflowing, shot, violations, wide } from './dashboard.mts';
import { Project } from './project.mts';

const names = ['board', 'table', 'timeline', 'graph', 'conflicts', 'agents', 'activity', 'charts', 'projects', 'stream'] as const;
type Name = (typeof names)[number];

/** A project, its page, and the addresses of all views in it. */
class Scene {
  readonly project: Project;
  readonly dashboard: Dashboard;
  readonly paths: Record<Name, string>;

  private constructor(project: Project, dashboard: Dashboard, paths: Record<Name, string>) {
    this.project = project;
    this.dashboard = dashboard;
    this.paths = paths;
  }

  static async make(fill: (project: Project) => string | null | Promise<string | null>): Promise<Scene> {
    const project = await Project.create();
    project.write('notes.md', 'one\ntwo\nthree\n');
    project.git('add', '.');
    project.git('commit', '--quiet', '-m', 'Begin');
    project.start();
    const id = await fill(project);
    const views = Object.fromEntries(names.map((name) => [name, name === 'board' ? '/' : `/${name}`]));
    const paths = { ...views, stream: `/stream/${id ?? 'nobody'}` } as Record<Name, string>;
    return new Scene(project, await Dashboard.launch(project), paths);
  }

  /** Opens a view and waits until it has all that it shows. */
  async open(name: Name, options = wide): Promise<Page> {
    const page = await this.dashboard.open(this.paths[name], options);
    await isSettled(page);
    await page.waitForFunction((view) => (document.querySelector(`.view[data-view="${view}"]`)?.textContent ?? '') !== '', name);
    return page;
  }

  async end(): Promise<void> {
    await this.dashboard.close();
    this.project.remove();
  }
}

/** Five days of fifty streams, and two branches that git can not merge. Gives the id of one that has everything. */
function fifty(project: Project): string {
  const file = project.scratch('history.jsonl');
  writeHistory(file, { streams: 50, days: 5, seed: 1 });
  project.run('import', file);
  for (const [branch, line] of [
    ['left', 'LEFT'],
    ['right', 'RIGHT'],
  ] as const) {
    project.git('checkout', '--quiet', '-b', branch, 'HEAD');
    project.write('notes.md', `one\n${line}\nthree\n`);
    project.git('commit', '--quiet', '-am', `Say ${line}`);
    project.git('checkout', '--quiet', '-');
    project.run('add', `Rewrite the notes, ${branch}`, '--branch', branch, '--status', 'active', '--phases', 'draft,review,publish');
  }
  const asking = 'rewrite-the-notes-left';
  project.run('update', asking, '--progress', '40', '--current-phase', '1', '--note', 'The draft is there.', '--goal', 'Notes that read well.');
  project.run('update', asking, '--question', 'May the old notes go?', '--choices', 'Yes,No', '--status', 'blocked');
  project.run('claim', 'rewrite-the-notes-right');
  return asking;
}

let scene: Scene;
before(async () => {
  scene = await Scene.make(fifty);
});
after(() => scene?.end());

for (const name of names) {
  test(`${name}: no finding against accessibility, and everything fits, in light and dark`, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await scene.open(name, { ...wide, colorScheme });
      assert.deepEqual(await violations(page), [], colorScheme);
      assert.deepEqual(await overflowing(page), [], colorScheme);
      await shot(page, `${name}-${colorScheme}`);
      await page.context().close();
    }
  });

  test(`${name}: on a phone, and at 200 %`, async () => {
    const phone = await scene.open(name, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
    assert.deepEqual(await overflowing(phone), [], 'phone');
    assert.deepEqual(await violations(phone), [], 'phone');
    await shot(phone, `${name}-phone`);
    await phone.context().close();
    const zoomed = await scene.open(name, { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 });
    assert.deepEqual(await overflowing(zoomed), [], 'zoomed');
    await shot(zoomed, `${name}-zoomed`);
    await zoomed.context().close();
  });
}

test('the pair that will collide is named, with the place and the order', async () => {
  scene.paths.conflicts = '/conflicts?a=rewrite-the-notes-left&b=rewrite-the-notes-right';
  const page = await scene.open('conflicts');
  await page.waitForFunction(() => document.querySelector('.view')?.textContent?.includes('notes.md'));
  await shot(page, 'conflicts-pair-light');
  await page.context().close();
});

test('all views are reached and walked by keys alone', async () => {
  const page = await scene.open('board');
  for (const [key, path] of [
    ['t', '/table'],
    ['l', '/timeline'],
    ['g', '/graph'],
    ['c', '/conflicts'],
    ['a', '/agents'],
    ['y', '/activity'],
    ['h', '/charts'],
    ['b', '/'],
  ] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.waitForURL((url) => url.pathname === path);
    for (let tab = 0; tab < 25; tab++) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const style = getComputedStyle(element);
        const head = element.nextElementSibling ? getComputedStyle(element.nextElementSibling) : style; // a range shows it there
        return { name: element.outerHTML.slice(0, 120), seen: style.outlineStyle !== 'none' || head.outlineStyle !== 'none', isBody: element === document.body };
      });
      assert.ok(focus.isBody || focus.seen, `${path}: no focus is seen on ${focus.name}`);
    }
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  }
  await page.context().close();
});

test('markup is shown as the text it is, in every view', async () => {
  const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script><u>u</u> &amp;';
  const made = await Scene.make(async (project) => {
    const phases = ['<u>design</u>', 'build'];
    const { streamId } = await project.post<{ streamId: string }>('/api/streams', { title: markup, goal: markup, phases, category: 'backend' });
    await project.post('/api/streams', { title: `waits ${markup}`, blockers: [streamId], status: 'blocked' });
    const question = { question: markup, choices: [markup, '<u>no</u>'] };
    await project.patch(`/api/streams/${streamId}`, { status: 'active', note: markup, branch: '<u>branch</u>', ...question });
    const commit = { streamId, commitHash: 'abcdef0123456789abcdef0123456789abcdef01', message: markup, author: '<u>eve</u>' };
    await project.post('/api/commits', commit);
    project.run('claim', streamId, '--agent', '<u>agent</u>@<img src=x>');
    return streamId;
  });
  try {
    for (const name of names) {
      const page = await made.open(name);
      assert.equal(await page.locator('#app :is(img, script, u)').count(), 0, name);
      assert.doesNotMatch(await page.title(), /^[12]$/, name);
      await page.context().close();
    }
    assert.deepEqual(made.dashboard.complaints, []);
  } finally {
    await made.end();
  }
});

for (const [what, fill] of [
  ['nothing', () => null],
  ['one stream', (project: Project) => (project.run('add', 'Rotate refresh tokens') as { streamId: string }).streamId],
] as const) {
  test(`every view says something with ${what}`, async () => {
    const made = await Scene.make(fill);
    try {
      for (const name of names) {
        const page = await made.open(name);
        assert.deepEqual(await violations(page), [], name);
        await shot(page, `${name}-${what.replace(' ', '-')}`);
        await page.context().close();
      }
      const expected = what === 'nothing' ? ['error: Failed to load resource'] : []; // the page of a stream that is not there
      const others = made.dashboard.complaints.filter((line) => !expected.some((start) => line.startsWith(start)));
      assert.deepEqual(others, []);
    } finally {
      await made.end();
    }
  });
}

test('every view says something with ten thousand streams, and draws no more than one can read', async () => {
  const made = await Scene.make(async (project) => {
    const file = project.scratch('history.jsonl');
    writeHistory(file, { streams: 10_000, days: 30, seed: 2 });
    project.run('import', file);
    const { streams } = await project.get<{ streams: Stream[] }>('/api/streams?status=active&limit=1');
    return streams[0]!.id;
  });
  try {
    for (const name of names) {
      const page = await made.open(name);
      const elements = await page.evaluate(() => document.querySelectorAll('.view *').length);
      assert.ok(elements < 12_000, `${name} draws ${elements} elements`);
      await shot(page, `${name}-ten-thousand`);
      await page.context().close();
    }
    assert.deepEqual(made.dashboard.complaints, []);
  } finally {
    await made.end();
  }
});

test('the browser has nothing to complain about', () => {
  assert.deepEqual(scene.dashboard.complaints, []);
});
