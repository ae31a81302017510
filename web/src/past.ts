// The time machine: which revision is looked at, and the streams as they were then. Without one the page is live.
import { computed } from '@preact/signals';
import { HistoryReader } from './derive/history.ts';
import { indexAfter, Replay } from './log.ts';
import { state } from './live.ts';
import type { Change } from './model.ts';
import { narrow, route } from './route.ts';
import type { Streams } from './stream_change.ts';

const log = computed(() => state.value.log);
const streams = computed(() => state.value.streams);

/** The revision that is looked at; null: live. */
export const at = computed<number | null>(() => {
  const text = route.value.query.get('at');
  const revision = text === undefined ? NaN : Number(text.replace(/^r/, ''));
  return Number.isSafeInteger(revision) && revision >= 0 ? revision : null;
});
export const isPast = computed(() => at.value !== null);

const replay = new Replay();

/** The streams that the views show. Null while the log does not reach back to the revision. */
export const shown = computed<Streams | null>(() =>
  at.value === null ? streams.value : replay.at(log.value, at.value),
);

/** The last event up to the revision that is looked at. */
export const lastShown = computed<Change | null>(() => {
  const { events } = log.value;
  return (at.value === null ? events.at(-1) : events[indexAfter(events, at.value) - 1]) ?? null;
});

const reader = new HistoryReader();
/** What the log says of every stream; of the whole log, also while the past is looked at. */
export const history = computed(() => reader.read(log.value));

let readerThen = new HistoryReader();
let readUpTo = 0;
/** The same of the log up to the revision that is looked at. */
export const historyShown = computed(() => {
  if (at.value === null) return history.value;
  const { events, ...rest } = log.value;
  const end = indexAfter(events, at.value);
  if (end < readUpTo) readerThen = new HistoryReader(); // a reader goes on, not back
  readUpTo = end;
  return readerThen.read({ ...rest, events: events.slice(0, end) });
});

/** Looks at a revision; at the newest one, or null, the page is live again. */
export function lookAt(revision: number | null): void {
  const live = revision === null || revision >= state.peek().revision;
  narrow({ at: live ? undefined : String(revision) });
}

/** One event back or on. */
export function step(by: -1 | 1): void {
  const { events } = log.peek();
  const now = at.peek() ?? state.peek().revision;
  const index = indexAfter(events, now);
  const next = by < 0 ? events[index - 2]?.revision : events[index]?.revision;
  if (next !== undefined) lookAt(next);
  else if (by > 0) lookAt(null);
}
