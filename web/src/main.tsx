// Composes the page: the feed, the clock, the keys, the views.
import { render } from 'preact';
import { browser, Feed } from './feed.ts';
import { listenToKeys } from './keys.ts';
import { current, send, state } from './live.ts';
import { Lookout } from './lookout.ts';
import { startNotifying } from './notify.ts';
import { followLinks } from './route.ts';
import { now, tickMs } from './ui.ts';
import { App } from './view/app.tsx';

const feed = new Feed(browser, current, send);
feed.start();

const lookout = new Lookout(browser, current, send, () => !document.hidden);
let before = state.peek();
state.subscribe((after) => {
  const isLoaded = before.project === null && after.project !== null;
  if (isLoaded) setTimeout(() => lookout.start()); // the first view comes first
  else if (after.project !== null) lookout.notice(before, after);
  before = after;
});

setInterval(() => (now.value = Date.now()), tickMs);

addEventListener('online', () => feed.retryNow());
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  now.value = Date.now();
  feed.retryNow();
  lookout.step();
});

followLinks();
listenToKeys();
startNotifying();
render(<App />, document.getElementById('app')!);
