// What the page of one stream shows and the state does not hold: its phases over time, what was said, what it touches,
// which streams are near. Pure.
import type { Change, Conflicts, MergeState, Question, Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';
import { blockedMs, type StreamHistory } from './history.ts';
import { conflictFiles, isOpen } from './needs.ts';
import { byNeed, donePhases, matches } from './streams.ts';

// ── Phases over time ──

/** Milliseconds since the epoch. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface PhaseRow {
  readonly index: number;
  readonly name: string;
  readonly state: 'done' | 'current' | 'todo';
  /** When it was worked on; null: not begun, or before the log. */
  readonly worked: Stretch | null;
  /** The parts of it in which the stream was blocked. */
  readonly stuck: readonly Stretch[];
}

/** The phase that is worked on; null: none is left, or nobody works on the stream any more. */
export function currentPhase(stream: Stream): number | null {
  if (!isOpen(stream)) return null;
  const done = donePhases(stream);
  if (!done.has(stream.currentPhase) && stream.currentPhase < stream.phases.length) return stream.currentPhase;
  const first = stream.phases.findIndex((_, index) => !done.has(index));
  return first < 0 ? null : first;
}

/**
 * One row a phase. One is worked on from the end of the phase that was done before it; those that were done in one step
 * share that time, as nothing tells them apart.
 */
export function phaseRows(stream: Stream, history: StreamHistory | undefined, until: number): PhaseRow[] {
  const done = donePhases(stream);
  const current = currentPhase(stream);
  const ends = new Map([...(history?.phasesDone ?? [])].filter(([index, at]) => done.has(index) && at <= until));
  const begun = history ? beginOfWork(history, until) : null;
  const before = (at: number) => Math.max(begun ?? at, ...[...ends.values()].filter((end) => end < at));
  return stream.phases.map((name, index) => {
    const state = done.has(index) ? 'done' : index === current ? 'current' : 'todo';
    const to = state === 'done' ? ends.get(index) : state === 'current' && begun !== null ? until : undefined;
    if (to === undefined) return { index, name, state, worked: null, stuck: [] };
    const worked = { from: Math.min(before(to), to), to };
    return { index, name, state, worked, stuck: history ? blockedWithin(history, worked) : [] };
  });
}

/** Since when somebody works on it: since it left its first status. */
function beginOfWork(history: StreamHistory, until: number): number | null {
  const first = history.spans.find(({ status, from }) => status !== 'initializing' && from <= until);
  return first ? first.from : null;
}

function blockedWithin(history: StreamHistory, { from, to }: Stretch): Stretch[] {
  if (blockedMs(history, from, to) === 0) return [];
  const found: Stretch[] = [];
  for (const span of history.spans) {
    if (span.status !== 'blocked' || (span.to ?? to) <= from || span.from >= to) continue;
    const part = { from: Math.max(from, span.from), to: Math.min(to, span.to ?? to) };
    const last = found.at(-1);
    if (last?.to === part.from) found[found.length - 1] = { from: last.from, to: part.to };
    else found.push(part);
  }
  return found;
}

// ── What was said ──

export interface Saying {
  readonly revision: number;
  readonly at: string;
  readonly agent: string | null;
  /** `hand-over`: the note that a claim was given back with. */
  readonly kind: 'note' | 'hand-over' | 'question' | 'answer' | 'withdrawn';
  readonly text: string;
}

/** Newest first, of one stream's events, oldest first. */
export function sayings(events: readonly Change[]): Saying[] {
  const found: Saying[] = [];
  for (const [index, { type, newValue, oldValue, revision, timestamp: at, agent }] of events.entries()) {
    const base = { revision, at, agent };
    if (type === 'note') {
      const next = events[index + 1];
      const isHandOver = next?.type === 'released' && next.revision === revision + 1;
      found.push({ ...base, kind: isHandOver ? 'hand-over' : 'note', text: String(newValue) });
    } else if (type === 'question_asked') {
      found.push({ ...base, kind: 'question', text: (newValue as Question).text });
    } else if (type === 'question_answered') {
      found.push({ ...base, kind: 'answer', text: String(newValue) });
    } else if (type === 'question_withdrawn') {
      found.push({ ...base, kind: 'withdrawn', text: (oldValue as Question | null)?.text ?? '' });
    }
  }
  return found.reverse();
}

/** The two together, each event once, oldest first: what was read of a stream, and what happened since. */
export function joinEvents(earlier: readonly Change[], later: readonly Change[]): readonly Change[] {
  const first = later[0]?.revision ?? Infinity;
  const before = earlier.filter(({ revision }) => revision < first);
  return before.length === 0 ? later : [...before, ...later];
}

/** Since when it waits for another stream without a break; null: the events do not tell. */
export function waitsSince(events: readonly Change[], blocker: string): string | null {
  let since: string | null = null;
  for (const { type, newValue, timestamp } of events) {
    let blockers: readonly string[];
    if (type === 'blockers_changed') blockers = newValue as readonly string[];
    else if (type === 'created' || type === 'baseline') blockers = (newValue as Stream).blockers;
    else continue;
    if (!blockers.includes(blocker)) since = null;
    else if (type !== 'baseline') since ??= timestamp;
  }
  return since;
}

// ── Whom it touches ──

export interface Touch {
  readonly stream: Stream;
  readonly state: MergeState;
  readonly files: readonly string[];
  /** How many of the files git would stop at. */
  readonly conflicting: number;
}

/** Other streams that change files of this one: predicted conflicts first. */
export function touches(conflicts: Conflicts | null, streams: Streams, id: string): Touch[] {
  const found: Touch[] = [];
  for (const pair of conflicts?.pairs ?? []) {
    if (pair.a !== id && pair.b !== id) continue;
    const stream = streams.get(pair.a === id ? pair.b : pair.a);
    if (!stream) continue;
    found.push({ stream, state: pair.state, files: pair.files, conflicting: conflictFiles(pair) });
  }
  const rank = { conflict: 0, possible: 1, unknown: 2, clean: 3 };
  return found.sort((a, b) => rank[a.state] - rank[b.state] || b.files.length - a.files.length);
}

// ── Which streams are near ──

/** The one before or after it in the order of need, from the last on to the first. */
export function neighbour(streams: Streams, id: string, by: -1 | 1): Stream | null {
  const here = streams.get(id);
  let next: Stream | null = null;
  let end: Stream | null = null; // the first of all, or the last
  const isCloser = (a: Stream, b: Stream) => byNeed(a, b) * by < 0;
  for (const stream of streams.values()) {
    if (stream.id === id) continue;
    if (!end || isCloser(stream, end)) end = stream;
    if (here && isCloser(here, stream) && (!next || isCloser(stream, next))) next = stream;
  }
  return next ?? end;
}

/** Streams that somebody who typed `wanted` may have meant, the nearest first. */
export function nearest(streams: Streams, wanted: string, most: number): Stream[] {
  const typed = wanted.toLowerCase();
  const words = typed.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 2);
  const scored = [...streams.values()].map((stream) => {
    const { id, streamNumber, title } = stream;
    const text = `${id} ${title}`.toLowerCase();
    const shared = words.filter((word) => text.includes(word)).length;
    const distance = Math.min(editDistance(typed, id.toLowerCase()), editDistance(typed, streamNumber.toLowerCase()));
    return { stream, score: distance / Math.max(typed.length, 1) - shared };
  });
  scored.sort((a, b) => a.score - b.score || byNeed(a.stream, b.stream));
  return scored.slice(0, most).map(({ stream }) => stream);
}

/** Letters to insert, delete or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Open streams that this one could wait for: the one that is named exactly first, then by need. */
export function blockerChoices(streams: Streams, stream: Stream, typed: string, most: number): Stream[] {
  const text = typed.trim().toLowerCase();
  const isNamed = ({ id, streamNumber }: Stream) => id === text || streamNumber.toLowerCase() === text;
  const fits = [...streams.values()].filter(
    (other) => other.id !== stream.id && isOpen(other) && !stream.blockers.includes(other.id) && matches(other, text),
  );
  return fits.sort((a, b) => Number(isNamed(b)) - Number(isNamed(a)) || byNeed(a, b)).slice(0, most);
}

/** How update_stream is told which phase: its name, or where that is not clear, its index. */
export function phaseWord(phases: readonly string[], index: number): string {
  const name = phases[index]!;
  const same = phases.filter((other) => other.toLowerCase() === name.toLowerCase()).length;
  return same === 1 ? name : String(index);
}
