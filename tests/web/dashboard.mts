// The page in a real browser, for the tests that look at it: opened, waited for, listened to, photographed.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './browser.mts';
import type { Project } from './project.mts';

const axePath = createRequire(new URL('../../web/package.json', import.meta.url)).resolve('axe-core/axe.min.js');

export const wide: BrowserContextOptions = { viewport: { width: 1440, height: 900 }, colorScheme: 'light' };

export class Dashboard {
  /** What the browser complained about; a killed server may make it complain about the network, nothing else. */
  readonly complaints: string[] = [];
  /** While set, complaints about the network are expected. */
  serverIsDown = false;
  private readonly project: Project;
  private readonly browser: Browser;

  private constructor(project: Project, browser: Browser) {
    this.project = project;
    this.browser = browser;
  }

  static async launch(project: Project): Promise<Dashboard> {
    return new Dashboard(project, await launchBrowser());
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** A page of its own: another browser window, with its own storage. */
  async open(path = '/', options: BrowserContextOptions = wide): Promise<Page> {
    const context = await this.browser.newContext(options);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (this.serverIsDown && /net::ERR_|Failed to load resource/.test(message.text())) return;
      this.complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    await page.goto(this.project.server().url + path);
    await isLive(page);
    return page;
  }
}

export function isLive(page: Page): Promise<unknown> {
  return page.waitForSelector('.link[data-link="live"]', { state: 'attached' });
}

/** The log has been read back, git was looked at, and no outline of a change is left. */
export async function isSettled(page: Page): Promise<void> {
  await isLive(page);
  await page.waitForSelector('.app[data-read="log git"]', { state: 'attached' });
  await page.waitForFunction(() => document.querySelector('[data-fresh]') === null);
}

/** Leaves a picture when STREAM_STATUS_SHOTS names a directory. */
export async function shot(page: Page, name: string): Promise<void> {
  const directory = process.env['STREAM_STATUS_SHOTS'];
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}

/** Waits until the element says exactly this. */
export async function says(page: Page, selector: string, text: string): Promise<void> {
  await page
    .waitForFunction(([found, wanted]) => document.querySelector(found!)?.textContent === wanted, [selector, text])
    .catch(async () => assert.equal(await page.locator(selector).first().textContent(), text, selector));
}

let axeSource: string | null = null;

/** What axe-core finds against accessibility. */
export async function violations(page: Page): Promise<string[]> {
  axeSource ??= readFileSync(axePath, 'utf8');
  await page.evaluate(axeSource); // as the debugger does it: the page's policy lets no script tag in
  return page.evaluate(async () => {
    type Node = { target: string[]; failureSummary: string };
    type Axe = { run(): Promise<{ violations: { id: string; help: string; nodes: Node[] }[] }> };
    const { violations: found } = await (window as unknown as { axe: Axe }).axe.run();
    return found.flatMap(({ id, help, nodes }) =>
      nodes.slice(0, 3).map(({ target, failureSummary }) => `${id} (${help}): ${target.join(' ')} ${failureSummary}`),
    );
  });
}

/** Boxes that are wider than their place: something does not fit. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    ['html', 'body', '.main', '.view', '.top', '.rail', '.dock']
      .flatMap((selector) => [...document.querySelectorAll(selector)])
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.tagName}.${element.className}: ${element.scrollWidth} > ${element.clientWidth}`),
  );
}
