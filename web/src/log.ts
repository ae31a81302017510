// The newest part of the project's log of events as the page holds it, and the streams as they were at any revision of
// it. Pure: the feed brings the parts, apply() appends what happens, the views derive history from it.
import type { Change, Stream } from './model.ts';
import { nextStream, type Streams } from './stream_change.ts';

/** Events past this number leave at the old end, into the base: a page that is open for days does not grow. */
export const mostKept = 24_000;
const leaveAtOnce = 4_000;

export interface Log {
  /** Oldest first, without a gap up to the state's revision. */
  readonly events: readonly Change[];
  /** The streams before the first of the events. Null: what was before is not known (yet). */
  readonly base: Streams | null;
  /** All of it, from the first event of the project (or what retention has left) on, is here. */
  readonly complete: boolean;
}

export const emptyLog: Log = { events: [], base: null, complete: false };

export function append(log: Log, events: readonly Change[]): Log {
  if (events.length === 0) return log;
  const all = [...log.events, ...events];
  if (all.length <= mostKept) return { ...log, events: all };
  const leaving = all.splice(0, leaveAtOnce);
  return { events: all, base: log.base && fold(log.base, leaving), complete: false };
}

/** `events`, oldest first, end right before the first that is here. `complete`: nothing came before them. */
export function prepend(log: Log, events: readonly Change[], complete: boolean): Log {
  return { events: [...events, ...log.events], base: complete ? new Map() : null, complete };
}

export function fold(streams: Streams, events: readonly Change[]): Map<string, Stream> {
  const after = new Map(streams);
  for (const change of events) {
    const stream = nextStream(after.get(change.streamId), change);
    if (stream) after.set(change.streamId, stream);
  }
  return after;
}

/** Index of the first event with a revision above `revision`. */
export function indexAfter(events: readonly Change[], revision: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.revision <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first event after a time. Times of the log do not go back, or so little that nobody sees it. */
export function indexAfterTime(events: readonly Change[], time: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Date.parse(events[middle]!.timestamp) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

const frameEvery = 500;
/** A frame holds every stream: with more than so many, folding from the base is the better bargain. */
const mostInFrames = 2_000;

/** Streams at any revision of a log. Remembers some on the way, so that a step back costs little. */
export class Replay {
  private base: Streams | null = null;
  private first = 0;
  private frames: Streams[] = [];

  /** Null when the log does not reach back so far. */
  at({ events, base }: Log, revision: number): Streams | null {
    if (!base) return null;
    const first = events[0]?.revision ?? 0;
    if (base !== this.base || first !== this.first) {
      this.base = base;
      this.first = first;
      this.frames = [base];
    }
    const end = indexAfter(events, revision);
    const wanted = Math.floor(end / frameEvery);
    while (this.frames.length <= wanted && this.frames.at(-1)!.size <= mostInFrames) {
      const from = (this.frames.length - 1) * frameEvery;
      this.frames.push(fold(this.frames.at(-1)!, events.slice(from, from + frameEvery)));
    }
    const frame = Math.min(wanted, this.frames.length - 1);
    const rest = events.slice(frame * frameEvery, end);
    return rest.length === 0 ? this.frames[frame]! : fold(this.frames[frame]!, rest);
  }
}
