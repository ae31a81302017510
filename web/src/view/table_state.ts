// What the table shows: the address says which rows in which order, this browser remembers the columns.
import { computed, signal, type Signal } from '@preact/signals';
import { hour } from '../derive/format.ts';
import {
  blockedTimes,
  facets,
  firstColumns,
  narrowed,
  ordered,
  parseColumns,
  parseNarrowing,
  parseSort,
  sortWord,
  sparksOf,
  sumsOf,
  wordOf,
  type ColumnId,
  type Facet,
  type Facts,
  type Sort,
} from '../derive/table.ts';
import type { Stream } from '../model.ts';
import { history, isPast, lastShown, shown } from '../past.ts';
import { narrow, route } from '../route.ts';
import type { Streams } from '../stream_change.ts';
import { collisions, now } from '../ui.ts';

const query = computed(() => route.value.query);
const narrowingWord = computed(() => [...facets, 'text'].map((word) => query.value.get(word) ?? '').join('\n'));
export const narrowing = computed(() => {
  void narrowingWord.value; // other words of the address leave the rows as they are
  return parseNarrowing(query.peek());
});
const sortBy = computed(() => query.value.get('sort'));
export const sort = computed(() => parseSort(sortBy.value));

/** The moment that is looked at. */
export const until = computed(() =>
  isPast.value && lastShown.value ? Date.parse(lastShown.value.timestamp) : now.value,
);
const untilHour = computed(() => (isPast.value ? until.value : Math.ceil(until.value / hour) * hour));
export const sparks = computed(() => sparksOf(history.value, untilHour.value));

export const facts = computed<Facts>(() => ({
  blocked: blockedTimes(history.value, until.value),
  collisions: collisions.value,
  sparks: sparks.value,
  until: until.value,
  isPast: isPast.value,
}));

const none: Streams = new Map();
/** Null in the past: the log is still being read. */
export const streams = computed(() => shown.value);
let rowsBefore: readonly Stream[] = [];
export const rows = computed(() => {
  const found = narrowed(streams.value ?? none, narrowing.value, rowsBefore);
  rowsBefore = ordered(found, sort.value, facts.value);
  return rowsBefore;
});
export const sums = computed(() => sumsOf(rows.value, facts.value));
/** Names what is listed; a change to a stream leaves it as it is. */
export const listName = computed(() => `${narrowingWord.value}\n${sortBy.value ?? ''}`);

export function narrowTo(facet: Facet, value: string): void {
  const values = new Set(narrowing.peek()[facet]);
  if (!values.delete(value)) values.add(value);
  narrow({ [facet]: wordOf(values) });
}

export function sortTo(sort: Sort): void {
  narrow({ sort: sortWord(sort) });
}

/** By another column in its first order; by the same one turned round. */
export function press(id: ColumnId | 'need'): void {
  const { by, isReversed } = sort.peek();
  sortTo({ by: id, isReversed: by === id && !isReversed });
}

// ── Columns ──

const columnsKey = 'stream-status.table.columns';

function remembered(): readonly ColumnId[] | null {
  try {
    return parseColumns(localStorage.getItem(columnsKey));
  } catch {
    return null; // storage is switched off
  }
}

const chosenColumns = signal(remembered());
export const shownColumns = computed(() => chosenColumns.value ?? firstColumns(isNarrow.value ? 'narrow' : 'wide'));

const isNarrow = matching('(max-width: 1279px)');
export const isTight = matching('(max-width: 1400px)');

function matching(query: string): Signal<boolean> {
  const screen = matchMedia(query);
  const matches = signal(screen.matches);
  screen.addEventListener('change', () => (matches.value = screen.matches));
  return matches;
}

/** Null: those that are shown at first. */
export function showColumns(ids: readonly ColumnId[] | null): void {
  const text = ids && JSON.stringify(ids);
  chosenColumns.value = parseColumns(text);
  try {
    if (text === null) localStorage.removeItem(columnsKey);
    else localStorage.setItem(columnsKey, text);
  } catch {
    // The choice then lasts as long as the page.
  }
}

// ── The row that was gone to last ──

export const selected = signal<string | null>(null);
const settleMs = 300;
let settling: ReturnType<typeof setTimeout> | undefined;

export function select(id: string): void {
  selected.value = id;
  clearTimeout(settling);
  // Not on each step of a key that is held: browsers take only so many addresses.
  settling = setTimeout(settleSelected, settleMs);
}

/** Into the address, before it is left: the way back leads to the same row. */
export function settleSelected(): void {
  clearTimeout(settling);
  settling = undefined;
  const id = selected.peek();
  if (route.peek().view === 'table' && id !== (query.peek().get('row') ?? null)) narrow({ row: id ?? undefined });
}

/** What the address says, when the view is opened. */
export function readSelected(): void {
  selected.value = query.peek().get('row') ?? null;
}
