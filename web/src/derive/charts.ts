// The numbers of the charts, from the history of the log: what is planned and done, how fast, what it waited for, who
// committed. Pure; times are milliseconds.
import type { Stream } from '../model.ts';
import { day, hour, minute } from './format.ts';
import type { History, Span, StreamHistory } from './history.ts';
import { isOpen } from './needs.ts';
import type { Window } from './scrub.ts';

export const ranges = ['7d', '30d', 'all'] as const;
export type Range = (typeof ranges)[number];
export const rangeLengths: Readonly<Record<Range, number>> = { '7d': 7 * day, '30d': 30 * day, all: Infinity };

const shortest = 10 * minute;

export function rangeOf(word: string | undefined): Range {
  return ranges.find((range) => range === word) ?? '7d';
}

/** The last days, as far as the log that is here tells of them. */
export function windowOf(range: Range, history: History, now: number): Window {
  const first = history.times[0] ?? now;
  const from = Math.max(now - rangeLengths[range], first);
  return { from: Math.min(from, now - shortest), to: now };
}

/** What is counted: phases where streams have some, else streams. */
export type Unit = 'phase' | 'stream';

export function unitOf({ work }: History): Unit {
  const last = work.at(-1);
  return last && last.phases >= last.streams && last.phases > 0 ? 'phase' : 'stream';
}

export interface BurnUp {
  readonly at: readonly number[];
  readonly planned: readonly number[];
  readonly done: readonly number[];
}

const mostPoints = 1_000;

/** From the window's begin to its end; of changes that no pixel tells apart the last counts. */
export function burnUp({ work }: History, { from, to }: Window, unit: Unit): BurnUp {
  const value = (point: (typeof work)[number] | undefined): [number, number] => {
    if (!point) return [0, 0];
    return unit === 'phase' ? [point.phases, point.phasesDone] : [point.streams, point.streamsDone];
  };
  const at: number[] = [];
  const planned: number[] = [];
  const done: number[] = [];
  const put = (time: number, [all, over]: [number, number]) => {
    const last = at.length - 1;
    // The first point is what came before: it stands alone.
    const place = last > 0 && time - at[last]! < (to - from) / mostPoints ? last : last + 1;
    at[place] = place === last ? at[last]! : time;
    planned[place] = all;
    done[place] = over;
  };
  let index = 0;
  while (index < work.length && work[index]!.at <= from) index++;
  put(from, value(work[index - 1]));
  for (; index < work.length && work[index]!.at <= to; index++) put(work[index]!.at, value(work[index]));
  const last: [number, number] = [planned.at(-1)!, done.at(-1)!];
  if (at.at(-1)! < to) {
    at.push(to);
    planned.push(last[0]);
    done.push(last[1]);
  }
  return { at, planned, done };
}

/** When phases, or streams, became done and stayed so; oldest first. */
export function doneTimes(history: History, unit: Unit): number[] {
  const times: number[] = [];
  for (const { stream, phasesDone } of history.streams.values()) {
    if (unit === 'phase') times.push(...phasesDone.values());
    else if (stream.completedAt) times.push(Date.parse(stream.completedAt));
  }
  return times.sort((a, b) => a - b);
}

export type Step = 'quarter of an hour' | 'hour' | 'half day' | 'day' | 'week' | 'month';

export interface Slots {
  readonly step: Step;
  /** Where each begins, in the calendar of the page; one more than there are slots: the last one's end. */
  readonly edges: readonly number[];
}

const steps: readonly (readonly [number, Step])[] = [
  [4 * hour, 'quarter of an hour'],
  [36 * hour, 'hour'],
  [8 * day, 'half day'],
  [45 * day, 'day'],
  [400 * day, 'week'],
  [Infinity, 'month'],
];

export function slotsOf({ from, to }: Window): Slots {
  const step = steps.find(([most]) => to - from <= most)![1];
  const edges: number[] = [];
  const edge = new Date(from);
  if (step === 'quarter of an hour') edge.setMinutes(Math.floor(edge.getMinutes() / 15) * 15, 0, 0);
  else if (step === 'hour') edge.setMinutes(0, 0, 0);
  else edge.setHours(step === 'half day' && edge.getHours() >= 12 ? 12 : 0, 0, 0, 0);
  if (step === 'week') edge.setDate(edge.getDate() - ((edge.getDay() + 6) % 7));
  if (step === 'month') edge.setDate(1);
  for (;;) {
    edges.push(edge.getTime());
    if (edge.getTime() > to) return { step, edges };
    if (step === 'quarter of an hour') edge.setTime(edge.getTime() + 15 * minute);
    else if (step === 'hour') edge.setTime(edge.getTime() + hour);
    else if (step === 'half day') edge.setHours(edge.getHours() < 12 ? 12 : 24, 0, 0, 0);
    else if (step === 'month') edge.setMonth(edge.getMonth() + 1);
    else edge.setDate(edge.getDate() + (step === 'week' ? 7 : 1));
  }
}

/** How many of the times, in any order, fall into each slot. */
export function countBySlot(times: Iterable<number>, { edges }: Slots, { from, to }: Window): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const time of times) {
    if (time < from || time > to) continue;
    let low = 0;
    let high = edges.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (edges[middle]! <= time) low = middle;
      else high = middle;
    }
    counts[low]!++;
  }
  return counts;
}

/** Of the slots that lie wholly in the window. Null: there are not two of them. */
export function meanOf(counts: readonly number[], { edges }: Slots, { from, to }: Window): number | null {
  const whole = counts.filter((_, index) => edges[index]! >= from && edges[index + 1]! <= to);
  return whole.length < 2 ? null : whole.reduce((sum, each) => sum + each, 0) / whole.length;
}

export function countBetween(times: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (const time of times) if (time >= from && time < to) sum++;
  return sum;
}

export interface Forecast {
  readonly at: number;
  /** So much time the pace was taken from. */
  readonly basis: number;
}

const leastDone = 5;
const farthest = 4;

/**
 * When the rest is done at the pace of the last week, or of the window where that is shorter. Null where the data does
 * not carry it: less than a day, few done, or much farther ahead than there is to look back on.
 */
export function forecast(times: readonly number[], left: number, window: Window): Forecast | null {
  const basis = Math.min(7 * day, window.to - window.from);
  const done = countBetween(times, window.to - basis, window.to + 1);
  if (left <= 0 || done < leastDone || basis < day) return null;
  const needs = (left / done) * basis;
  return needs <= farthest * basis ? { at: window.to + needs, basis } : null;
}

export interface Cycle {
  readonly streamId: string;
  readonly category: string;
  /** What took so long. */
  readonly name: string;
  readonly ms: number;
}

const idle = new Set(['blocked', 'paused', 'completed', 'archived']);

/** How long it was worked on between two times: blocked and paused time is left out. */
export function workedMs(spans: readonly Span[], from: number, to: number): number {
  let rest = to - from;
  for (const span of spans) {
    if (idle.has(span.status)) rest -= Math.max(0, Math.min(span.to ?? to, to) - Math.max(span.from, from));
  }
  return Math.max(0, rest);
}

/** How long each phase, or stream, took that became done in the window, and whose begin the log tells. */
export function cycles(history: History, window: Window, unit: Unit): Cycle[] {
  const found: Cycle[] = [];
  for (const each of history.streams.values()) {
    const { stream, spans } = each;
    const { id: streamId, category } = stream;
    const start = startOf(each);
    const inWindow = (at: number) => at >= window.from && at <= window.to;
    if (unit === 'stream') {
      const end = stream.completedAt ? Date.parse(stream.completedAt) : null;
      if (start !== null && end !== null && inWindow(end)) {
        found.push({ streamId, category, name: stream.title, ms: workedMs(spans, start, end) });
      }
      continue;
    }
    let before = start;
    // Phases that were noted in one moment share the time since the last.
    for (const [at, indices] of together(each.phasesDone)) {
      if (before !== null && inWindow(at)) {
        const ms = workedMs(spans, before, at) / indices.length;
        for (const index of indices) {
          found.push({ streamId, category, name: stream.phases[index] ?? `phase ${index + 1}`, ms });
        }
      }
      before = at;
    }
  }
  return found;
}

/** When it was first worked on; null: before the log. */
function startOf({ spans, opened }: StreamHistory): number | null {
  const first = spans[0]!;
  if (first.status !== 'initializing' && first.from > opened) return null;
  return (spans.find(({ status }) => status === 'active') ?? first).from;
}

function together(done: ReadonlyMap<number, number>): [number, number[]][] {
  const moments = new Map<number, number[]>();
  for (const [index, at] of done) moments.set(at, [...(moments.get(at) ?? []), index]);
  return [...moments].sort(([a], [b]) => a - b);
}

export interface Group {
  readonly category: string;
  readonly cycles: readonly Cycle[];
  readonly median: number;
}

const mostGroups = 6;

/** By category, the slowest first; the small ones past the sixth together as "others". */
export function groupsOf(all: readonly Cycle[]): Group[] {
  const byCategory = new Map<string, Cycle[]>();
  for (const cycle of all) {
    const list = byCategory.get(cycle.category);
    if (list) list.push(cycle);
    else byCategory.set(cycle.category, [cycle]);
  }
  const largest = [...byCategory].sort(([, a], [, b]) => b.length - a.length);
  const named = largest.length > mostGroups ? largest.slice(0, mostGroups - 1) : largest;
  const rest = largest.slice(named.length).flatMap(([, cycles]) => cycles);
  const group = (category: string, cycles: readonly Cycle[]): Group => ({
    category,
    cycles,
    median: median(cycles.map(({ ms }) => ms)),
  });
  const groups = named.map(([category, cycles]) => group(category, cycles)).sort((a, b) => b.median - a.median);
  return rest.length > 0 ? [...groups, group('others', rest)] : groups;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Where the axis ends: at the longest, but a few far longer ones do not press the others together. */
export function axisEnd(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const longest = sorted.at(-1) ?? 0;
  const most = sorted[Math.floor(0.95 * (sorted.length - 1))] ?? 0;
  return longest > 3 * most && most > 0 ? 1.5 * most : longest;
}

export interface Blocked {
  readonly stream: Stream;
  readonly ms: number;
  /** Of it, for a person's answer. */
  readonly forYou: number;
  readonly still: boolean;
  /** What it waits for, or waited for longest: a person, streams by id, or nothing that was said. */
  readonly cause: 'you' | readonly string[] | null;
}

/** Streams that were blocked in the window, the longest first. */
export function blockedOf(history: History, { from, to }: Window): Blocked[] {
  const found: Blocked[] = [];
  for (const { stream, spans } of history.streams.values()) {
    const causes = new Map<string, { ms: number; cause: Blocked['cause'] }>();
    let sum = 0;
    let still: Blocked['cause'] | undefined;
    for (const span of spans) {
      if (span.status !== 'blocked') continue;
      const ms = Math.max(0, Math.min(span.to ?? to, to) - Math.max(span.from, from));
      const cause = span.question !== null ? 'you' : span.blockers.length > 0 ? span.blockers : null;
      if (span.to === null) still = cause;
      if (ms === 0) continue;
      const key = JSON.stringify(cause);
      causes.set(key, { ms: ms + (causes.get(key)?.ms ?? 0), cause });
      sum += ms;
    }
    if (sum === 0) continue;
    const longest = [...causes.values()].reduce((a, b) => (b.ms > a.ms ? b : a));
    const cause = still === undefined ? longest.cause : still;
    found.push({ stream, ms: sum, forYou: causes.get('"you"')?.ms ?? 0, still: still !== undefined, cause });
  }
  return found.sort((a, b) => b.ms - a.ms);
}

export interface Commits {
  readonly times: readonly number[];
  /** Who made most first. */
  readonly agents: readonly { readonly agent: string; readonly commits: number }[];
}

export function commitsOf(history: History, { from, to }: Window): Commits {
  const times: number[] = [];
  const byAgent = new Map<string, number>();
  for (const { at, agent } of history.commits) {
    if (at < from || at > to) continue;
    times.push(at);
    byAgent.set(agent, (byAgent.get(agent) ?? 0) + 1);
  }
  const agents = [...byAgent]
    .map(([agent, commits]) => ({ agent, commits }))
    .sort((a, b) => b.commits - a.commits || (a.agent < b.agent ? -1 : 1));
  return { times, agents };
}

/** The first `most`, and how many the others have together. */
export function topOf<T>(
  rows: readonly T[],
  most: number,
  valueOf: (row: T) => number,
): { top: readonly T[]; others: { count: number; sum: number } | null } {
  if (rows.length <= most + 1) return { top: rows, others: null };
  const rest = rows.slice(most);
  return {
    top: rows.slice(0, most),
    others: { count: rest.length, sum: rest.reduce((sum, row) => sum + valueOf(row), 0) },
  };
}

export interface ProgressLine {
  /** Shares of the window, and percent. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly blocked: readonly { readonly from: number; readonly to: number }[];
}

/** A point where progress was told; what was before the window stands at its begin. */
export function progressLine(history: StreamHistory | undefined, { from, to }: Window): ProgressLine {
  if (!history) return { points: [], blocked: [] };
  const { stream, progress, spans } = history;
  const share = (at: number) => (Math.max(from, Math.min(to, at)) - from) / (to - from);
  const end = isOpen(stream) ? to : Date.parse(stream.completedAt ?? stream.updatedAt);
  const points: { x: number; y: number }[] = [];
  for (const { at, value } of progress) {
    const point = { x: share(at), y: value };
    if (points.at(-1)?.x === point.x) points.pop();
    points.push(point);
  }
  const last = points.at(-1);
  if (last && share(end) > last.x) points.push({ x: share(end), y: stream.progress });
  const blocked = spans
    .filter((span) => span.status === 'blocked' && (span.to ?? to) > from && span.from < to)
    .map((span) => ({ from: share(span.from), to: share(span.to ?? to) }))
    .filter((span) => span.to > span.from);
  return { points, blocked };
}
