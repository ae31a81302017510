// Desktop notifications, if the person wants them and only while the page is not looked at.
import { effect, signal } from '@preact/signals';
import { notice } from './act.ts';
import { newsBetween } from './derive/news.ts';
import { state } from './live.ts';
import { go, href } from './route.ts';
import { needs } from './ui.ts';

const key = 'stream-status.notify';
const mostAtOnce = 3;

export const notifying = signal(false);

export async function setNotifying(wanted: boolean): Promise<void> {
  if (wanted && (typeof Notification === 'undefined' || (await Notification.requestPermission()) !== 'granted')) {
    notice.value = { text: 'The browser does not allow notifications of this page; its site settings do.', tone: 'risk' };
    return;
  }
  notifying.value = wanted;
  try {
    if (wanted) localStorage.setItem(key, 'on');
    else localStorage.removeItem(key);
  } catch {
    // Storage can be switched off; the choice then lasts as long as the page.
  }
  notice.value = {
    text: wanted ? 'You are told what is blocked, asked, abandoned, colliding or done while you look elsewhere.' : 'No notifications any more.',
    tone: 'done',
  };
}

export function startNotifying(): void {
  try {
    notifying.value = localStorage.getItem(key) === 'on' && Notification.permission === 'granted';
  } catch {
    // Neither is there: nothing to tell.
  }
  let before = { streams: state.peek().streams, needs: needs.peek(), isLoaded: false };
  effect(() => {
    const { streams, project, conflicts } = state.value;
    const after = { streams, needs: needs.value, isLoaded: project !== null && conflicts !== null };
    const news = before.isLoaded && notifying.peek() && document.hidden ? newsBetween(before, after) : [];
    before = after;
    for (const { tag, title, text, streamId } of news.slice(0, mostAtOnce)) {
      const shown = new Notification(`${title} · ${project?.projectName ?? ''}`, { body: text, tag });
      shown.onclick = () => {
        window.focus();
        go(href('stream', streamId));
        shown.close();
      };
    }
  });
}
