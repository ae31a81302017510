// The table of streams: its columns, what narrows and orders its rows, and what its footer sums up. Pure.
import { priorities, statuses, type Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';
import { clock, day, hour, shortDay } from './format.ts';
import { blockedMs, type History } from './history.ts';
import { isLapsed, isOpen } from './needs.ts';
import { byNeed, matches, phaseBar } from './streams.ts';

/** What the rows show beside the streams themselves. */
export interface Facts {
  /** How long those that were ever blocked have been so, in all, in ms. */
  readonly blocked: ReadonlyMap<string, number>;
  readonly collisions: ReadonlyMap<string, readonly { readonly other: string; readonly pair: object }[]>;
  readonly sparks: Sparks;
  /** The moment that is looked at. */
  readonly until: number;
  /** Of the past nobody knows what git and the leases said. */
  readonly isPast: boolean;
}

// ── Columns ──

export const columnIds = [
  'status',
  'number',
  'title',
  'priority',
  'category',
  'branch',
  'phases',
  'done',
  'claim',
  'commits',
  'opened',
  'updated',
  'last',
  'blocked',
  'revision',
  'marks',
] as const;
export type ColumnId = (typeof columnIds)[number];

/** Null goes to the end, in either direction. */
type Key = number | string | null;

interface Column {
  readonly head: string;
  /** In pixels, on a wide screen and on a narrower one; the title takes what is left, but no less. */
  readonly widths: readonly [number, number];
  /** The order that the head gives first, and the same turned round. */
  readonly orders: readonly [string, string];
  /** Whether the first order goes up in what the column shows. */
  readonly isAscending: boolean;
  /** In the first order the least comes first. */
  readonly key: (stream: Stream, facts: Facts) => Key;
}

export const columns: Readonly<Record<ColumnId, Column>> = {
  status: {
    head: 'Status',
    widths: [112, 108],
    orders: ['Blocked first', 'Archived first'],
    isAscending: true,
    key: ({ status }) => statuses.indexOf(status),
  },
  number: {
    head: 'Stream',
    widths: [64, 60],
    orders: ['Lowest number first', 'Highest number first'],
    isAscending: true,
    key: ({ streamNumber }) => Number(streamNumber) || streamNumber,
  },
  title: {
    head: 'Title',
    widths: [152, 140],
    orders: ['Titles A to Z', 'Titles Z to A'],
    isAscending: true,
    key: ({ title }) => title.toLowerCase(),
  },
  priority: {
    head: 'Priority',
    widths: [84, 84],
    orders: ['Critical first', 'Low priority first'],
    isAscending: false,
    key: ({ priority }) => priorities.indexOf(priority),
  },
  category: {
    head: 'Category',
    widths: [116, 108],
    orders: ['Categories A to Z', 'Categories Z to A'],
    isAscending: true,
    key: ({ category }) => category || null,
  },
  branch: {
    head: 'Branch',
    widths: [168, 136],
    orders: ['Branches A to Z', 'Branches Z to A'],
    isAscending: true,
    key: ({ branch }) => branch?.toLowerCase() ?? null,
  },
  phases: {
    head: 'Phases',
    widths: [112, 100],
    orders: ['Most phases done first', 'Fewest phases done first'],
    isAscending: false,
    key(stream) {
      const { done, total } = phaseBar(stream);
      return total === 0 ? null : -done / total;
    },
  },
  done: {
    head: 'Done',
    widths: [60, 56],
    orders: ['Most done first', 'Least done first'],
    isAscending: false,
    key: ({ progress }) => -progress,
  },
  claim: {
    head: 'Claimed by',
    widths: [184, 112],
    orders: ['Agents A to Z', 'Agents Z to A'],
    isAscending: true,
    key: ({ claim }) => claim?.agent.toLowerCase() ?? null,
  },
  commits: {
    head: 'Commits',
    widths: [140, 80],
    orders: ['Most commits first', 'Fewest commits first'],
    isAscending: false,
    key: ({ id }, { sparks }) => -(sparks.lines.get(id)?.sum ?? 0),
  },
  opened: {
    head: 'Opened',
    widths: [84, 84],
    orders: ['Youngest first', 'Oldest first'],
    isAscending: true,
    key: ({ createdAt }) => -Date.parse(createdAt),
  },
  updated: {
    head: 'Changed',
    widths: [84, 84],
    orders: ['Latest change first', 'Longest unchanged first'],
    isAscending: true,
    key: ({ updatedAt }) => -Date.parse(updatedAt),
  },
  last: {
    head: 'Last',
    widths: [84, 84],
    orders: ['Latest commit first', 'Oldest commit first'],
    isAscending: true,
    key({ recentActivity: { lastCommitTime } }) {
      return lastCommitTime === null ? null : -Date.parse(lastCommitTime);
    },
  },
  blocked: {
    head: 'Blocked',
    widths: [84, 84],
    orders: ['Longest blocked first', 'Shortest blocked first'],
    isAscending: false,
    key: ({ id }, { blocked }) => -(blocked.get(id) ?? 0) || null,
  },
  revision: {
    head: 'Revision',
    widths: [80, 76],
    orders: ['Highest revision first', 'Lowest revision first'],
    isAscending: false,
    key: ({ revision }) => -revision,
  },
  marks: {
    head: 'Marks',
    widths: [148, 136],
    orders: ['Most marks first', 'Fewest marks first'],
    isAscending: false,
    key(stream, facts) {
      const { lapsed, asks, others } = marksOf(stream, facts);
      return -(others.length + (lapsed ? 1 : 0) + (asks ? 1 : 0)) || null;
    },
  },
};

/** Shown until a person chooses; the others are there to be chosen. */
export function firstColumns(width: 'wide' | 'narrow'): readonly ColumnId[] {
  const left = ['category', 'branch', 'opened', 'updated', 'revision', width === 'narrow' && 'commits'];
  return columnIds.filter((id) => !left.includes(id));
}

/** The columns of a remembered choice, in the order of the table; null when there is none that can be read. */
export function parseColumns(text: string | null): readonly ColumnId[] | null {
  try {
    const names: unknown = JSON.parse(text ?? '');
    if (Array.isArray(names)) return columnIds.filter((id) => id === 'title' || names.includes(id));
  } catch {
    // Of another version, or edited by hand.
  }
  return null;
}

// ── What a cell says ──

/** Of the streams that were ever blocked, how long until now. */
export function blockedTimes(history: History, until: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const past of history.streams.values()) {
    const time = blockedMs(past, 0, until);
    if (time > 0) times.set(past.id, time);
  }
  return times;
}

export interface Marks {
  readonly asks: boolean;
  readonly lapsed: boolean;
  /** Ids of the streams it is predicted to conflict with. */
  readonly others: readonly string[];
}

export function marksOf(stream: Stream, facts: Facts): Marks {
  const others = facts.isPast ? undefined : facts.collisions.get(stream.id);
  return {
    asks: isAsking(stream),
    lapsed: isAbandoned(stream, facts),
    others: others?.map(({ other }) => other) ?? none,
  };
}

const none: readonly string[] = [];

function isAsking(stream: Stream): boolean {
  return stream.question !== null && isOpen(stream);
}

function isAbandoned(stream: Stream, { until, isPast }: Facts): boolean {
  return !isPast && stream.claim !== null && isOpen(stream) && isLapsed(stream, until);
}

// ── Which rows, in which order ──

export const facets = ['status', 'priority', 'category', 'agent'] as const;
export type Facet = (typeof facets)[number];

/** Stands for no agent in the filter by agent. */
export const unclaimed = '-';

/** What the rows are narrowed to; an empty set leaves all. */
export type Narrowing = Readonly<Record<Facet, ReadonlySet<string>>> & { readonly text: string };

export function parseNarrowing(query: ReadonlyMap<string, string>): Narrowing {
  const words = (facet: Facet) => new Set((query.get(facet) ?? '').split(',').filter(Boolean).map(decode));
  return {
    status: words('status'),
    priority: words('priority'),
    category: words('category'),
    agent: words('agent'),
    text: query.get('text') ?? '',
  };
}

/** As a word of the address; undefined when there are none. */
export function wordOf(values: Iterable<string>): string | undefined {
  const word = [...values].map((value) => value.replace(/[%,]/g, encodeURIComponent)).join(',');
  return word === '' ? undefined : word;
}

function decode(text: string): string {
  return text.replaceAll('%2C', ',').replaceAll('%25', '%');
}

function valueOf(stream: Stream, facet: Facet): string {
  return facet === 'agent' ? (stream.claim?.agent ?? unclaimed) : stream[facet];
}

/** `except`: one facet that is not looked at. */
function isIn(stream: Stream, narrowing: Narrowing, except?: Facet): boolean {
  for (const facet of facets) {
    if (facet !== except && narrowing[facet].size > 0 && !narrowing[facet].has(valueOf(stream, facet))) return false;
  }
  return narrowing.text === '' || matches(stream, narrowing.text);
}

/** In the order of `before`, what is new at the end: what is nearly sorted is sorted again in one pass. */
export function narrowed(streams: Streams, narrowing: Narrowing, before: readonly Stream[] = []): Stream[] {
  const found: Stream[] = [];
  for (const { id } of before) {
    const stream = streams.get(id);
    if (stream && isIn(stream, narrowing)) found.push(stream);
  }
  if (found.length === streams.size) return found;
  const seen = new Set(before.map(({ id }) => id));
  for (const stream of streams.values()) if (!seen.has(stream.id) && isIn(stream, narrowing)) found.push(stream);
  return found;
}

/** The values of a facet, each with how many rows it would give beside the other filters. */
export function options(streams: Streams, narrowing: Narrowing, facet: Facet): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  const fixed: readonly string[] = facet === 'status' ? statuses : facet === 'priority' ? priorities : [];
  for (const value of [...fixed, ...narrowing[facet]]) counts.set(value, 0);
  for (const stream of streams.values()) {
    const value = valueOf(stream, facet);
    counts.set(value, (counts.get(value) ?? 0) + (isIn(stream, narrowing, facet) ? 1 : 0));
  }
  const found = [...counts].map(([value, count]) => ({ value, count }));
  if (fixed.length > 0) return found;
  return found.sort((a, b) => (a.value === unclaimed ? -1 : b.value === unclaimed ? 1 : a.value < b.value ? -1 : 1));
}

export interface Sort {
  /** `need`: those that need a person first. */
  readonly by: ColumnId | 'need';
  readonly isReversed: boolean;
}

export function parseSort(word: string | undefined): Sort {
  const isReversed = word?.startsWith('-') ?? false;
  const name = isReversed ? word!.slice(1) : word;
  const by = columnIds.find((id) => id === name);
  return by ? { by, isReversed } : { by: 'need', isReversed: false };
}

export function sortWord({ by, isReversed }: Sort): string | undefined {
  return by === 'need' ? undefined : `${isReversed ? '-' : ''}${by}`;
}

export function orderName({ by, isReversed }: Sort): string {
  return by === 'need' ? 'Needs you first' : columns[by].orders[isReversed ? 1 : 0];
}

/** Who waits for an answer; what nobody works on; what waits for others; what gets dearer with every commit; the rest. */
function needRank(stream: Stream, facts: Facts): number {
  if (isAsking(stream)) return 0;
  if (isAbandoned(stream, facts)) return 1;
  if (stream.status === 'blocked') return 2;
  return !facts.isPast && facts.collisions.has(stream.id) && isOpen(stream) ? 3 : 4;
}

export function ordered(streams: readonly Stream[], { by, isReversed }: Sort, facts: Facts): Stream[] {
  const key = by === 'need' ? needRank : columns[by].key;
  const rows = streams.map((stream) => ({ stream, key: key(stream, facts) }));
  rows.sort((a, b) => compareKeys(a.key, b.key, isReversed) || byNeed(a.stream, b.stream));
  return rows.map(({ stream }) => stream);
}

function compareKeys(a: Key, b: Key, isReversed: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  // A number that is none, such as 12b, comes after those that are.
  const isLess = typeof a === typeof b ? a < b : typeof a === 'number';
  return isLess !== isReversed ? -1 : 1;
}

// ── Commits as a line of bars ──

export const sparkSlots = 24;

export interface Sparks {
  readonly from: number;
  /** "Mon", or "09:00" of a project that began today. */
  readonly since: string;
  /** Of one stream in one slot, the most. */
  readonly most: number;
  readonly lines: ReadonlyMap<string, { readonly counts: readonly number[]; readonly sum: number }>;
}

/** Commits of the last seven days, or since the project began, by stream and slot. */
export function sparksOf(history: History, until: number): Sparks {
  const midnight = new Date(until);
  midnight.setHours(0, 0, 0, 0);
  midnight.setDate(midnight.getDate() - 6);
  const first = Math.floor((history.times[0] ?? until) / hour) * hour;
  const from = Math.max(first, midnight.getTime());
  // By whole hours, so that the bars stand still in between.
  const width = Math.max(1, Math.ceil((until - from) / hour)) * (hour / sparkSlots);
  const lines = new Map<string, { counts: number[]; sum: number }>();
  let most = 0;
  for (const { at, commit } of history.commits) {
    if (at < from || at > until) continue;
    let line = lines.get(commit.streamId);
    if (!line) lines.set(commit.streamId, (line = { counts: new Array<number>(sparkSlots).fill(0), sum: 0 }));
    line.sum++;
    most = Math.max(most, ++line.counts[Math.min(sparkSlots - 1, Math.floor((at - from) / width))]!);
  }
  return { from, since: until - from < day ? clock(from) : shortDay(from, until), most, lines };
}

/** An SVG path of bars on a ground line at `height`; the square root, as a burst must not flatten an ordinary hour. */
export function sparkPath(sparks: Sparks, id: string, step: number, height: number): string {
  const line = sparks.lines.get(id);
  if (!line) return '';
  return line.counts
    .map((number, slot) => {
      const tall = Math.max(2, Math.round(height * Math.sqrt(number / sparks.most)));
      return number === 0 ? '' : `M${slot * step} ${height}v-${tall}h${step - 1}v${tall}z`;
    })
    .join('');
}

// ── The footer ──

export interface Sums {
  readonly phasesDone: number;
  readonly phases: number;
  /** The mean, in percent. */
  readonly progress: number;
  readonly agents: number;
  readonly commits: number;
  readonly blockedMs: number;
  /** Predicted conflicts in which a row takes part. */
  readonly pairs: number;
}

export function sumsOf(rows: readonly Stream[], facts: Facts): Sums {
  const agents = new Set<string>();
  const pairs = new Set<object>();
  const sums = { phasesDone: 0, phases: 0, progress: 0, commits: 0, blockedMs: 0 };
  for (const stream of rows) {
    const { done, total } = phaseBar(stream);
    sums.phasesDone += done;
    sums.phases += total;
    sums.progress += stream.progress;
    sums.commits += facts.sparks.lines.get(stream.id)?.sum ?? 0;
    sums.blockedMs += facts.blocked.get(stream.id) ?? 0;
    if (stream.claim) agents.add(stream.claim.agent);
    if (!facts.isPast) for (const { pair } of facts.collisions.get(stream.id) ?? []) pairs.add(pair);
  }
  const progress = rows.length > 0 ? Math.round(sums.progress / rows.length) : 0;
  return { ...sums, progress, agents: agents.size, pairs: pairs.size };
}
