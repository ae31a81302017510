// Debian's Chromium, as the tests of the page run it: it calls nobody by itself.
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';

const { chromium } = createRequire(new URL('../../web/package.json', import.meta.url))(
  'playwright-core',
) as typeof import('playwright-core');

export function launchBrowser(more: string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}
