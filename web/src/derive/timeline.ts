// The timeline: which streams it lists in which order, and what is drawn of each on how many pixels. Pure.
import type { Status, Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';
import { clock, counted, day, duration, hour, minute, shortTime } from './format.ts';
import type { History, Span, StreamHistory } from './history.ts';
import { isOpen } from './needs.ts';
import type { Window } from './scrub.ts';
import { byNeed } from './streams.ts';

export const ranges = ['hour', 'day', 'week', 'all'] as const;
export type Range = (typeof ranges)[number];

const lengths: Readonly<Record<Range, number>> = { hour, day, week: 7 * day, all: Infinity };
const shortest = 10 * minute;

/** What the address says; without it the range that a project of this age about fills. */
export function rangeOf(word: string | undefined, age: number): Range {
  const asked = ranges.find((range) => range === word);
  if (asked) return asked;
  if (age <= 1.5 * hour) return 'hour';
  return age <= 1.5 * day ? 'day' : 'week';
}

/** Ends now. Begins no earlier than the project, with a little room before it. */
export function windowOf(range: Range, opened: number, now: number): Window {
  const from = Math.max(now - lengths[range], opened - 0.01 * (now - opened));
  return { from: Math.min(from, now - shortest), to: now };
}

/** When the first stream was opened; without any, now. The server's times are in one form: as text they have their order. */
export function openedFirst(streams: Streams, now: number): number {
  let first: string | null = null;
  for (const { createdAt } of streams.values()) if (first === null || createdAt < first) first = createdAt;
  return first === null ? now : Math.min(now, Date.parse(first));
}

/**
 * All streams: those with a question or without their agent first, then by need. Most changes move none of them, and
 * sorting what is nearly in order takes one pass: so it holds for ten thousand, ten times a second.
 */
export class Order {
  private listed: readonly Stream[] = [];
  private places = new Map<string, number>();
  private lapsed: ReadonlySet<string> = new Set();

  /** `now` null: nobody's lease is known. */
  read(streams: Streams, now: number | null): readonly Stream[] {
    const over = now === null ? '' : new Date(now).toISOString();
    const lapsed = new Set<string>();
    const changed: Stream[] = [];
    let moved = streams.size !== this.listed.length;
    for (const stream of streams.values()) {
      const ends = stream.claim?.expiresAt;
      if (ends !== undefined && ends <= over && isOpen(stream)) lapsed.add(stream.id);
      const before = this.listed[this.places.get(stream.id) ?? -1];
      if (before === stream) continue;
      changed.push(stream);
      moved ||= !before || !sharesPlace(before, stream);
    }
    moved ||= lapsed.size !== this.lapsed.size || [...lapsed].some((id) => !this.lapsed.has(id));
    if (moved) this.sort(streams, changed, lapsed);
    else if (changed.length > 0) {
      const listed = [...this.listed];
      for (const stream of changed) listed[this.places.get(stream.id)!] = stream;
      this.listed = listed;
    }
    return this.listed;
  }

  private sort(streams: Streams, changed: readonly Stream[], lapsed: ReadonlySet<string>): void {
    const listed = this.listed.flatMap(({ id }) => streams.get(id) ?? []);
    for (const stream of changed) if (!this.places.has(stream.id)) listed.push(stream);
    const needsYou = ({ id, question }: Stream) => Number(question !== null || lapsed.has(id));
    this.listed = listed.sort((a, b) => needsYou(b) - needsYou(a) || byNeed(a, b));
    this.places = new Map(listed.map(({ id }, place) => [id, place]));
    this.lapsed = lapsed;
  }
}

function sharesPlace(a: Stream, b: Stream): boolean {
  return (
    a.status === b.status &&
    a.priority === b.priority &&
    (a.question === null) === (b.question === null) &&
    a.streamNumber === b.streamNumber &&
    (isOpen(b) || (a.completedAt ?? a.updatedAt) === (b.completedAt ?? b.updatedAt))
  );
}

/** When it was over: completed, or put away without that. Null: it is open. */
export function endOf(stream: Stream): number | null {
  if (isOpen(stream)) return null;
  return Date.parse(stream.completedAt ?? stream.updatedAt);
}

/** Those that were there in this time; what is open always is. */
export function within(streams: readonly Stream[], { from, to }: Window): readonly Stream[] {
  const [first, last] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const found = streams.filter(
    (stream) => (isOpen(stream) || (stream.completedAt ?? stream.updatedAt) >= first) && stream.createdAt <= last,
  );
  return found.length === streams.length ? streams : found;
}

/** `unread`: it was there, but the log that is here does not say how. */
export type BarKind = Exclude<Status, 'completed' | 'archived'> | 'lapsed' | 'unread';

export interface Bar {
  readonly kind: BarKind;
  readonly x: number;
  readonly width: number;
}

export interface Lane {
  readonly bars: readonly Bar[];
  /** Pixels with at least one commit. */
  readonly commits: readonly number[];
  /** Pixels where a phase was done. */
  readonly phases: readonly number[];
}

/** So much of something blocked is drawn however short it was. */
const leastBlocked = 2;

/** `width` in pixels. `lapsedAt`: when the claim ended, if it has. */
export function laneOf(
  stream: Stream,
  history: StreamHistory | undefined,
  window: Window,
  width: number,
  lapsedAt: number | null,
): Lane {
  const scale = width / (window.to - window.from);
  const pixel = (time: number) => Math.round(Math.max(0, Math.min(width, (time - window.from) * scale)));
  const bars: Bar[] = [];
  for (const { kind, from, to } of pieces(stream, history, window.to, lapsedAt)) {
    if (to < window.from || from > window.to) continue;
    let [x, end] = [pixel(from), pixel(to)];
    const last = bars.at(-1);
    if (last?.kind === kind && x <= last.x + last.width) {
      bars[bars.length - 1] = { kind, x: last.x, width: Math.max(end, last.x + last.width) - last.x };
      continue;
    }
    if (kind === 'blocked') end = Math.max(end, x + leastBlocked);
    x = Math.min(x, width - 1);
    if (end > x) bars.push({ kind, x, width: end - x });
  }
  const inside = (at: number) => at >= window.from && at <= window.to;
  const commits = new Set<number>();
  for (const { at } of history?.commits ?? []) if (inside(at)) commits.add(pixel(at));
  const phases = new Set<number>();
  for (const at of history?.phasesDone.values() ?? []) if (inside(at)) phases.add(pixel(at));
  return { bars, commits: [...commits], phases: [...phases] };
}

interface Piece {
  readonly kind: BarKind;
  readonly from: number;
  readonly to: number;
}

/** What it went through, oldest first, up to its end or `now`. */
function pieces(stream: Stream, history: StreamHistory | undefined, now: number, lapsedAt: number | null): Piece[] {
  const opened = Date.parse(stream.createdAt);
  const end = endOf(stream) ?? now;
  const first = history?.spans[0];
  const known = !first || first.status === 'completed' || first.status === 'archived' ? end : Math.min(first.from, end);
  const found: Piece[] = known > opened ? [{ kind: 'unread', from: opened, to: known }] : [];
  for (const { status, from, to } of history?.spans ?? []) {
    if (status === 'completed' || status === 'archived') continue;
    const piece: Piece = { kind: status, from, to: Math.min(to ?? now, now) };
    if (lapsedAt === null || piece.to <= lapsedAt || status === 'blocked') found.push(piece);
    else {
      if (lapsedAt > from) found.push({ ...piece, to: lapsedAt });
      found.push({ kind: 'lapsed', from: Math.max(from, lapsedAt), to: piece.to });
    }
  }
  return found;
}

/** Something that can be pointed at. */
export interface Mark {
  readonly at: number;
  readonly what: string;
  /** It lasts from that time on. */
  readonly since?: true;
}

/** Commits, phases and changes of status in a window, oldest first. */
export function marksOf(stream: Stream, history: StreamHistory | undefined, window: Window, nameOf: NameOf): Mark[] {
  if (!history) return [];
  const marks: Mark[] = [];
  for (const { at, commit } of history.commits) marks.push({ at, what: `commit: ${commit.message}` });
  for (const [index, at] of history.phasesDone) {
    marks.push({ at, what: `phase done: ${stream.phases[index] ?? index + 1}` });
  }
  for (const each of history.spans) {
    if (each.to !== each.from) marks.push({ at: each.from, what: spanWords(each, window.to, nameOf), since: true });
  }
  return marks.filter(({ at }) => at >= window.from && at <= window.to).sort((a, b) => a.at - b.at);
}

export type NameOf = (id: string) => string;

/** "blocked 3 h 12 m, waits for 0101" */
export function spanWords({ status, from, to, question, blockers }: Span, now: number, nameOf: NameOf): string {
  if (status === 'completed' || status === 'archived') return status;
  const took = `${status} ${duration((to ?? now) - from, 2)}`;
  if (status !== 'blocked') return took;
  if (question) return `${took}, asks: ${question}`;
  return blockers.length > 0 ? `${took}, waits for ${blockers.map(nameOf).join(', ')}` : took;
}

/** What is at a time of a lane: the commits or phases within `reach` of it, else the status then. */
export function whatIsAt(
  stream: Stream,
  history: StreamHistory | undefined,
  time: number,
  reach: number,
  window: Window,
  nameOf: NameOf,
): Mark | null {
  const near: Mark[] = [];
  const isNear = (at: number) => Math.abs(at - time) <= reach && at <= window.to;
  for (const { at, commit } of history?.commits ?? []) {
    if (isNear(at)) near.push({ at, what: `commit: ${commit.message}` });
  }
  for (const [index, at] of history?.phasesDone ?? []) {
    if (isNear(at)) near.push({ at, what: `phase done: ${stream.phases[index] ?? index + 1}` });
  }
  if (near.length > 0) {
    near.sort((a, b) => Math.abs(a.at - time) - Math.abs(b.at - time));
    const { at, what } = near[0]!;
    return near.length === 1 ? near[0]! : { at, what: `${what} and ${counted(near.length - 1, 'other')}` };
  }
  const opened = Date.parse(stream.createdAt);
  const end = endOf(stream) ?? window.to;
  if (time < opened || time > end) return null;
  const span = history?.spans.findLast(({ from }) => from <= time);
  if (span && span.status !== 'completed' && span.status !== 'archived') {
    return { at: span.from, what: spanWords(span, window.to, nameOf), since: true };
  }
  return { at: opened, what: 'open, before what is read of the log', since: true };
}

/** The log that is here begins inside the window, and more came before: what was then is not drawn. */
export function readBackTo(history: History, complete: boolean, window: Window): number | null {
  const first = history.times[0];
  return complete || first === undefined || first <= window.from ? null : first;
}

const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' });
const longDay = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'long' });

/** A tick of the axis: "Mon 16" at midnight, else the clock. */
export function tickWord(at: number, word: string): string {
  const isWeekday = /^[A-Z][a-z]+$/.test(word);
  return isWeekday ? dayFormat.format(at) : word;
}

/** "Mon 16 to Fri 20 November", "Fri 14:28 to 15:28" */
export function windowWords({ from, to }: Window): string {
  const isOneDay = new Date(from).toDateString() === new Date(to).toDateString();
  if (isOneDay || to - from <= day * 1.02) {
    return `${shortTime(from, to)} to ${isOneDay ? clock(to) : shortTime(to, to)}`;
  }
  const isOneMonth = new Date(from).getMonth() === new Date(to).getMonth() && to - from < 31 * day;
  return `${(isOneMonth ? dayFormat : longDay).format(from)} to ${longDay.format(to)}`;
}
