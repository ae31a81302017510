// Order, search and phases of streams: what the views show but the state does not hold. Pure.
import { priorities, statuses, type Status, type Stream } from '../model.ts';

export type Filter = Status | 'all';

/** What a stream is ordered by. A stream is replaced when it changes, so this is worked out once for each. */
interface Order {
  readonly need: number;
  readonly priority: number;
  /** When it ended, for what is over: the latest first. */
  readonly ended: string;
  readonly number: number;
}

const orders = new WeakMap<Stream, Order>();

function orderOf(stream: Stream): Order {
  let order = orders.get(stream);
  if (!order) {
    const { status, question, priority, completedAt, updatedAt, streamNumber } = stream;
    const isOver = status === 'completed' || status === 'archived';
    order = {
      need: question && !isOver ? -1 : statuses.indexOf(status),
      priority: isOver ? 0 : priorities.indexOf(priority),
      ended: isOver ? (completedAt ?? updatedAt) : '',
      number: Number.parseInt(streamNumber, 10), // 0999 comes before 01000
    };
    orders.set(stream, order);
  }
  return order;
}

/** Those that need a person first; within a status by priority and number, what is over by when it ended. */
export function byNeed(a: Stream, b: Stream): number {
  const [first, second] = [orderOf(a), orderOf(b)];
  return (
    first.need - second.need ||
    compare(second.ended, first.ended) ||
    first.priority - second.priority ||
    first.number - second.number ||
    compare(a.streamNumber, b.streamNumber) ||
    compare(a.id, b.id)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Every word of the search must be somewhere in what a person would call the stream by. */
export function matches(stream: Stream, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const { id, streamNumber, title, category, priority, status, branch, claim } = stream;
  const text = [id, streamNumber, title, category, priority, status, branch, claim?.agent].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

export function countByStatus(streams: Iterable<Stream>): Map<Filter, number> {
  const counts = new Map<Filter, number>([['all', 0]]);
  for (const status of statuses) counts.set(status, 0);
  for (const stream of streams) {
    counts.set('all', counts.get('all')! + 1);
    counts.set(stream.status, (counts.get(stream.status) ?? 0) + 1);
  }
  return counts;
}

export interface PhaseBar {
  readonly done: number;
  readonly total: number;
  /** One share from 0 to 1 per segment. */
  readonly fills: readonly number[];
}

/** Past this many, segments are too thin to count and the bar is drawn whole. */
const mostSegments = 14;

/** Completed phases where agents name them; else all before the current one, as the agent says or the progress implies. */
export function donePhases(stream: Stream): Set<number> {
  if (stream.status === 'completed') return new Set(stream.phases.keys());
  if (stream.completedPhases.length > 0) return new Set(stream.completedPhases);
  const total = stream.phases.length;
  const implied = Math.floor(((stream.progress + 0.5) / 100) * total); // 33 % is one of three
  const before = Math.min(total, stream.currentPhase > 0 ? stream.currentPhase : implied);
  return new Set(Array.from({ length: before }, (_, index) => index));
}


const bars = new WeakMap<Stream, PhaseBar>();

/** One segment per phase: full where it is done, its share of the progress in the first that is not. */
export function phaseBar(stream: Stream): PhaseBar {
  let bar = bars.get(stream);
  if (!bar) bars.set(stream, (bar = makeBar(stream)));
  return bar;
}

function makeBar(stream: Stream): PhaseBar {
  const total = stream.phases.length;
  const over = stream.status === 'completed' || stream.progress >= 100;
  if (total === 0) return { done: 0, total, fills: [over ? 1 : stream.progress / 100] };
  const completed = over ? new Set(stream.phases.keys()) : donePhases(stream);
  const done = completed.size;
  if (total > mostSegments) return { done, total, fills: [over ? 1 : stream.progress / 100] };
  const first = stream.phases.findIndex((_, index) => !completed.has(index));
  const share = clamp((stream.progress / 100) * total - done);
  const fills = stream.phases.map((_, index) => (completed.has(index) ? 1 : index === first ? share : 0));
  return { done, total, fills };
}

function clamp(share: number): number {
  return Math.max(0, Math.min(1, share));
}
