// Composes the page: the feed, the clock, the keys, the views.
import { render } from 'preact';
import { browser, Feed } from './feed.ts';
import { current, send } from './live.ts';
import { flipTheme } from './theme.ts';
import { now, tickMs } from './ui.ts';
import { App } from './view/app.tsx';
import { focusSearch } from './view/top.tsx';

const feed = new Feed(browser, current, send);
feed.start();

setInterval(() => {
  const before = new Date(now.peek()).toDateString();
  now.value = Date.now();
  // "Today" changes at midnight without any event.
  if (new Date(now.peek()).toDateString() !== before) void feed.refreshStats();
}, tickMs);

addEventListener('online', () => feed.retryNow());
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  now.value = Date.now();
  feed.retryNow();
});

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
  if (event.key === '/') {
    event.preventDefault();
    focusSearch();
  } else if (event.key === 'd') {
    flipTheme();
  }
});

render(<App />, document.getElementById('app')!);
