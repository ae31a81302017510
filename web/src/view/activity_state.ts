// What the activity shows: the log that the page holds, and what is read from before it as somebody scrolls there.
import { computed, effect, signal } from '@preact/signals';
import { call } from '../act.ts';
import { countSince, interesting, parseInterest, rowsOf, serverQuery } from '../derive/activity.ts';
import { state } from '../live.ts';
import { indexAfter, type Log } from '../log.ts';
import type { Change, EventPage } from '../model.ts';
import { at } from '../past.ts';
import { narrow, route } from '../route.ts';

const pageSize = 1_000;
const words = ['kind', 'agent', 'stream', 'text'] as const;

const query = computed(() => route.value.query);
const word = computed(() => words.map((each) => query.value.get(each) ?? '').join('\n'));
export const interest = computed(() => {
  void word.value; // other words of the address leave the rows as they are
  return parseInterest(query.peek());
});

export function showAll(): void {
  narrow(Object.fromEntries(words.map((each) => [each, undefined])));
}

// ── Before the log ──

interface Older {
  /** Of interest, newest first. */
  readonly events: readonly Change[];
  /** All from this revision on was looked at, as far as the log does not reach; null: nothing yet. */
  readonly reached: number | null;
  /** `ended`: there is nothing before. */
  readonly progress: 'waiting' | 'reading' | 'failed' | 'ended';
  /** When the oldest that was looked at happened. */
  readonly time: string | null;
}

const nothing: Older = { events: [], reached: null, progress: 'waiting', time: null };
export const older = signal<Older>(nothing);

/** What is asked of the server; another question begins anew. */
const question = computed(() => `${at.value ?? ''}\n${serverQuery(interest.value)}`);

const log = computed(() => state.value.log);

/** Keeps what was read apart from what the log holds; gives back how to stop. */
export function followLog(): () => void {
  let before: Log = log.peek();
  const stopQuestion = effect(() => {
    void question.value;
    older.value = nothing;
  });
  const stopLog = effect(() => {
    const { value: now } = log;
    const leaving = leftBetween(before, now);
    before = now;
    if (leaving === null) older.value = nothing;
    else if (leaving.length > 0) older.value = { ...older.peek(), events: [...leaving, ...older.peek().events] };
  });
  return () => (stopQuestion(), stopLog());
}

/** Events that left the log at its old end, newest first; null when the log is another. */
function leftBetween(before: Log, now: Log): readonly Change[] | null {
  const [first, was] = [now.events[0], before.events[0]];
  if (!was || (first && first.revision <= was.revision)) return [];
  const left = first ? indexAfter(before.events, first.revision - 1) : 0;
  return first && before.events[left] === first ? before.events.slice(0, left).toReversed() : null;
}

/** The log itself may reach the beginning by now. */
export const progress = computed(() => (log.value.complete ? 'ended' : older.value.progress));

/** Reads the next page; one at a time. */
export async function readOlder(): Promise<void> {
  const { project, revision } = state.peek();
  if (project === null || progress.peek() === 'ended' || older.peek().progress === 'reading') return;
  const asked = question.peek();
  const first = log.peek().events[0]?.revision ?? revision + 1;
  const before = Math.min(first, older.peek().reached ?? Infinity, (at.peek() ?? Infinity) + 1);
  older.value = { ...older.peek(), progress: 'reading' };
  try {
    const words = serverQuery(interest.peek());
    const page = await call<EventPage>('GET', `/api/history?before=${before}&limit=${pageSize}${words && `&${words}`}`);
    if (question.peek() !== asked) return;
    const { events, time } = older.peek();
    older.value = {
      events: [...events, ...page.events],
      reached: page.nextCursor === undefined ? page.floor : Number(page.nextCursor),
      progress: page.nextCursor === undefined ? 'ended' : 'waiting',
      time: page.events.at(-1)?.timestamp ?? time,
    };
  } catch {
    if (question.peek() === asked) older.value = { ...older.peek(), progress: 'failed' };
  }
}

// ── Rows ──

export const opened = signal<ReadonlySet<string>>(new Set());

export function toggle(key: string): void {
  const keys = new Set(opened.peek());
  if (!keys.delete(key)) keys.add(key);
  opened.value = keys;
}

const olderEvents = computed(() => older.value.events);
/** Newest first. */
export const events = computed(() =>
  // The names of streams in it change rarely, and a row says them anew when it is drawn.
  interesting(log.value.events, olderEvents.value, interest.value, state.peek().streams, at.value ?? Infinity),
);
const days = computed(() => rowsOf(events.value, opened.value));
/** Without the name of the first day: a bar over the rows says which day is at the top. */
export const rows = computed(() => days.value.slice(1));
export const firstDay = computed(() => {
  const first = days.value[0];
  return first?.kind === 'day' ? first.at : null;
});
export const listName = computed(() => `${word.value}\n${at.value ?? ''}`);

/** The newest revision when the top was last in sight. */
export const seen = signal(0);
export const newCount = computed(() => countSince(events.value, seen.value));

/** How far back was looked: a revision, and when that was. */
export const lookedTo = computed(() => {
  const first = log.value.events[0];
  const { reached, time } = older.value;
  if (reached !== null && (!first || reached < first.revision)) return { revision: reached, time };
  return first ? { revision: first.revision, time: first.timestamp } : null;
});
