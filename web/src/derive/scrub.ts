// The time axis under the board: how much happened when, and when something was blocked or done. Pure.
import type { History } from './history.ts';
import { day, hour, shortDay, clock } from './format.ts';

export interface Window {
  readonly from: number;
  readonly to: number;
}

const longest = 14 * day;
const shortest = 10 * 60_000;

/** From the first event on, or the last two weeks. */
export function windowOf(times: readonly number[], now: number): Window {
  const first = times[0] ?? now;
  const from = Math.max(first, now - longest);
  return { from: Math.min(from, now - shortest), to: now };
}

/** Events per slot. */
export function histogram(times: readonly number[], { from, to }: Window, slots: number): number[] {
  const counts = new Array<number>(slots).fill(0);
  const width = (to - from) / slots;
  for (let index = times.length - 1; index >= 0 && times[index]! >= from; index--) {
    counts[Math.min(slots - 1, Math.floor((times[index]! - from) / width))]!++;
  }
  return counts;
}

/** Times in which at least one stream was blocked, as shares of the window. */
export function blockedShares(history: History, window: Window): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const stream of history.streams.values()) {
    for (const { status, from, to } of stream.spans) {
      const end = to ?? window.to;
      if (status === 'blocked' && end > window.from && from < window.to) {
        spans.push({ from: Math.max(from, window.from), to: Math.min(end, window.to) });
      }
    }
  }
  spans.sort((a, b) => a.from - b.from);
  const joined: { from: number; to: number }[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else joined.push({ ...span });
  }
  const share = (at: number) => (at - window.from) / (window.to - window.from);
  return joined.map(({ from, to }) => ({ from: share(from), to: share(to) }));
}

/** Places on the axis that can be told apart. */
const places = 400;

/** When streams were completed, as shares of the window, each place once. */
export function doneShares(history: History, { from, to }: Window): number[] {
  const found = new Set<number>();
  for (const { spans } of history.streams.values()) {
    for (const span of spans) {
      if (span.status !== 'completed' || span.from < from || span.from > to) continue;
      found.add(Math.round(((span.from - from) / (to - from)) * places));
    }
  }
  return [...found].map((place) => place / places);
}

export interface Tick {
  readonly share: number;
  readonly at: number;
  readonly word: string;
}

/** Midnights over days; else hours, or minutes, at round times: about `most` of them. */
export function ticks({ from, to }: Window, most: number): Tick[] {
  const steps = [60_000, 5 * 60_000, 15 * 60_000, 30 * 60_000, hour, 3 * hour, 6 * hour, 12 * hour];
  const span = to - from;
  const step = steps.find((each) => span / each <= most) ?? day * Math.ceil(span / day / most);
  const found: Tick[] = [];
  const first = new Date(from);
  if (step >= day) first.setHours(0, 0, 0, 0);
  else first.setTime(Math.floor((from - offset(from)) / step) * step + offset(from));
  for (const at = first; at.getTime() <= to; ) {
    const time = at.getTime();
    const isDay = at.getHours() === 0 && at.getMinutes() === 0;
    if (time >= from) {
      found.push({ share: (time - from) / span, at: time, word: isDay ? shortDay(time, to) : clock(time) });
    }
    if (step >= day) at.setDate(at.getDate() + step / day);
    else at.setTime(time + step);
  }
  return found;
}

/** Local midnight is a whole number of days after this. */
function offset(at: number): number {
  return new Date(at).getTimezoneOffset() * 60_000;
}
