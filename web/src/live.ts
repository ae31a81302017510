// Holds the one state as a signal, and takes events in bursts: a busy project sends thousands a second, a person
// sees ten.
import { signal } from '@preact/signals';
import { applyAll, initial, type Event, type State } from './state.ts';

const flushEveryMs = 80;
const outlineMs = 1_000;

export const state = signal<State>(initial);

let queue: Event[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let flushedAt = -flushEveryMs;

export function send(event: Event): void {
  queue.push(event);
  timer ??= setTimeout(flush, Math.max(0, flushedAt + flushEveryMs - performance.now()));
}

/** The state with all that has arrived. */
export function current(): State {
  flush();
  return state.peek();
}

function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  if (queue.length === 0) return;
  const events = queue;
  queue = [];
  flushedAt = performance.now();
  const before = state.peek();
  const after = applyAll(before, events);
  state.value = after;
  if (after.fresh !== before.fresh && after.fresh.size > 0) {
    setTimeout(() => send({ kind: 'settled', revision: after.revision }), outlineMs);
  }
}
