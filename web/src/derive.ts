// What the views show but the state does not hold: order, filter, phases, ages. Pure, and tested without a browser.
import { priorities, statuses, type Status, type Stream } from './model.ts';

export type Filter = Status | 'all';

/** Those that need a person first; within a status by priority and number, what is over by when it ended. */
export function byNeed(a: Stream, b: Stream): number {
  const rank = needRank(a) - needRank(b);
  if (rank !== 0) return rank;
  if (a.status === 'completed' || a.status === 'archived') {
    const ended = compare(b.completedAt ?? b.updatedAt, a.completedAt ?? a.updatedAt);
    if (ended !== 0) return ended;
  } else {
    const priority = priorities.indexOf(a.priority) - priorities.indexOf(b.priority);
    if (priority !== 0) return priority;
  }
  return numbers.compare(a.streamNumber, b.streamNumber) || compare(a.id, b.id);
}

const numbers = new Intl.Collator('en', { numeric: true }); // 0999 comes before 01000

function needRank(stream: Stream): number {
  return stream.question ? -1 : statuses.indexOf(stream.status);
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

/**
 * One segment per phase. The phase an agent names decides which one is current, and the progress how far it is; an
 * agent that never names one is at the phase its progress implies.
 */
export function phaseBar(stream: Stream): PhaseBar {
  const total = stream.phases.length;
  const over = stream.status === 'completed' || stream.progress >= 100;
  const position = (stream.progress / 100) * total;
  const implied = Math.floor(((stream.progress + 0.5) / 100) * total); // 33 % is one of three
  const done = over ? total : Math.min(total, stream.currentPhase > 0 ? stream.currentPhase : implied);
  if (total === 0 || total > mostSegments) return { done, total, fills: [over ? 1 : stream.progress / 100] };
  const fills = stream.phases.map((_, index) => (index < done ? 1 : index === done ? clamp(position - done) : 0));
  return { done, total, fills };
}

function clamp(share: number): number {
  return Math.max(0, Math.min(1, share));
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `units` 2 where the cost of waiting matters: "3 h 12 m"; 1 elsewhere: "3 h". Under a minute it is "now". */
export function age(since: string, now: number, units: 1 | 2): string {
  const passed = now - Date.parse(since);
  if (!(passed >= minute)) return 'now';
  if (passed < hour) return `${Math.floor(passed / minute)} m`;
  const hours = Math.floor(passed / hour);
  const minutes = Math.floor((passed % hour) / minute);
  if (units === 2 && hours < 10 && minutes > 0) return `${hours} h ${minutes} m`;
  if (passed < 2 * day) return `${hours} h`;
  return `${Math.floor(passed / day)} d`;
}

const exactFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

export function exactTime(time: string): string {
  const parsed = Date.parse(time);
  return Number.isNaN(parsed) ? time : exactFormat.format(parsed);
}

const countFormat = new Intl.NumberFormat('en');

export function count(number: number): string {
  return countFormat.format(number);
}

export function counted(number: number, one: string): string {
  return `${count(number)} ${number === 1 ? one : `${one}s`}`;
}
