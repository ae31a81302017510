// The keyboard, for the whole page: a view adds its own keys where they mean something.
import { lookAt, step } from './past.ts';
import { openPalette, overlay } from './palette.ts';
import { go, href } from './route.ts';
import { flipTheme } from './theme.ts';
import { switches } from './view/switches.ts';

/** After `g` the next key names a view, for so long. */
const prefixMs = 1_500;
let prefixAt = -Infinity;

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.timeStamp - prefixAt < prefixMs) {
      prefixAt = -Infinity;
      const target = switches.find(({ key }) => key === event.key);
      if (target) go(href(target.view));
      return;
    }
    if (keys[event.key]?.() !== undefined) event.preventDefault();
    else if (event.key === 'g') prefixAt = event.timeStamp;
  });
}

/** Letters are text in a field, and commands elsewhere; a dialog has its own keys. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('dialog[open]')) return true;
  if (target instanceof HTMLInputElement) return target.type !== 'range' && target.type !== 'checkbox';
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

const done = true;

const keys: Readonly<Record<string, () => boolean | undefined>> = {
  '/': () => (openPalette(), done),
  '?': () => ((overlay.value = 'help'), done),
  d: () => (flipTheme(), done),
  '[': () => (step(-1), done),
  ']': () => (step(1), done),
  Escape: () => (lookAt(null), done),
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  1: () => openNeed(0),
  2: () => openNeed(1),
  3: () => openNeed(2),
};

function openNeed(index: number): boolean | undefined {
  const button = document.querySelectorAll<HTMLElement>('.need :is(a, button)')[index];
  button?.focus();
  button?.click();
  return button && done;
}

/** To the next or previous of what the view lists: every view marks its items with data-item. */
function moveFocus(by: -1 | 1): boolean | undefined {
  const items = [...document.querySelectorAll<HTMLElement>('.view :is([data-item], .card)')];
  if (items.length === 0) return undefined;
  const index = items.findIndex((item) => item.contains(document.activeElement));
  const next = items[index < 0 ? (by > 0 ? 0 : items.length - 1) : index + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  return done;
}
