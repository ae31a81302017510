// Everything that happened, as rows to read: what narrows it, days, and runs of progress folded into one row. Pure.
import type { Change, Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';
import { describe } from './headline.ts';

export const groups = [
  'status',
  'progress',
  'notes',
  'questions',
  'commits',
  'claims',
  'blockers',
  'details',
] as const;
export type Group = (typeof groups)[number];

const types: Readonly<Record<Group, readonly string[]>> = {
  status: ['created', 'status_changed', 'completed', 'archived', 'unretired', 'baseline'],
  progress: ['progress_updated', 'phase_changed', 'phase_completed', 'phase_reopened'],
  notes: ['note'],
  questions: ['question_asked', 'question_withdrawn', 'question_answered'],
  commits: ['commit_added', 'commit_removed'],
  claims: ['claimed', 'released'],
  blockers: ['blockers_changed'],
  details: ['details_changed'],
};
const groupOfType = new Map(groups.flatMap((group) => types[group].map((type) => [type, group] as const)));

/** What a newer server tells is a detail. */
export function groupOf(type: string): Group {
  return groupOfType.get(type) ?? 'details';
}

/** Empty sets and texts leave all. */
export interface Interest {
  readonly groups: ReadonlySet<Group>;
  readonly agent: string;
  /** A stream's id. */
  readonly stream: string;
  readonly text: string;
}

export function parseInterest(query: ReadonlyMap<string, string>): Interest {
  const names = (query.get('kind') ?? '').split(',');
  return {
    groups: new Set(groups.filter((group) => names.includes(group))),
    agent: query.get('agent') ?? '',
    stream: query.get('stream') ?? '',
    text: query.get('text') ?? '',
  };
}

export function isNarrowed({ groups: chosen, agent, stream, text }: Interest): boolean {
  return chosen.size > 0 || agent !== '' || stream !== '' || text.trim() !== '';
}

/** The part of it that the server looks for, as words of GET /api/history. */
export function serverQuery({ groups: chosen, agent, stream }: Interest): string {
  const words = new URLSearchParams();
  // Of the details' types those of a newer server are not known here.
  if (chosen.size > 0 && !chosen.has('details')) words.set('kinds', [...chosen].flatMap((group) => types[group]).join(','));
  if (agent !== '') words.set('agent', agent);
  if (stream !== '') words.set('streamId', stream);
  return words.toString();
}

const texts = new WeakMap<Change, string>();

/** Every word of the text is in what the row says. */
function says(change: Change, words: readonly string[], streams: Streams): boolean {
  let text = texts.get(change);
  if (text === undefined) {
    const { verb, text: what } = describe(change, streams);
    const stream = streams.get(change.streamId);
    text = [verb, what, change.streamId, stream?.streamNumber, stream?.title, change.agent].join('\n').toLowerCase();
    texts.set(change, text);
  }
  return words.every((word) => text.includes(word));
}

/**
 * The events of interest up to a revision, newest first: of the log, which has the oldest first, and of what was read from
 * before it, which has the newest first and may reach into the log.
 */
export function interesting(
  log: readonly Change[],
  older: readonly Change[],
  { groups: chosen, agent, stream, text }: Interest,
  streams: Streams,
  upTo = Infinity,
): Change[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found: Change[] = [];
  const take = (change: Change) => {
    if (change.revision > upTo) return;
    if (chosen.size > 0 && !chosen.has(groupOf(change.type))) return;
    if (agent !== '' && change.agent !== agent) return;
    if (stream !== '' && change.streamId !== stream) return;
    if (words.length === 0 || says(change, words, streams)) found.push(change);
  };
  for (let index = log.length - 1; index >= 0; index--) take(log[index]!);
  const first = log[0]?.revision ?? Infinity;
  for (const change of older) if (change.revision < first) take(change);
  return found;
}

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'event'; readonly key: string; readonly change: Change; readonly isInside: boolean }
  | {
      readonly kind: 'fold';
      readonly key: string;
      readonly newest: Change;
      readonly oldest: Change;
      readonly count: number;
      readonly isOpen: boolean;
    };

/** `events` newest first; `opened` has the keys of folds whose events are shown. A day is named before its first row. */
export function rowsOf(events: readonly Change[], opened: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  let dayStart = '';
  for (let index = 0; index < events.length; ) {
    const change = events[index]!;
    if (dayStart === '' || change.timestamp < dayStart) {
      const midnight = new Date(change.timestamp);
      midnight.setHours(0, 0, 0, 0);
      dayStart = midnight.toISOString(); // times of the log are in the same form, and so compare as text
      rows.push({ kind: 'day', key: dayStart, at: midnight.getTime() });
    }
    const end = runEnd(events, index, dayStart);
    if (end - index === 1) {
      rows.push({ kind: 'event', key: keyOf(change), change, isInside: false });
    } else {
      const oldest = events[end - 1]!;
      const key = `to ${keyOf(oldest)}`; // new ones join at the other end
      const isOpen = opened.has(key);
      rows.push({ kind: 'fold', key, newest: change, oldest, count: end - index, isOpen });
      for (let inside = index; isOpen && inside < end; inside++) {
        rows.push({ kind: 'event', key: keyOf(events[inside]!), change: events[inside]!, isInside: true });
      }
    }
    index = end;
  }
  return rows;
}

function keyOf({ revision }: Change): string {
  return `r${revision}`;
}

/** The end of the run of progress by the same agent on the same stream on the same day. */
function runEnd(events: readonly Change[], from: number, dayStart: string): number {
  const first = events[from]!;
  let end = from + 1;
  if (first.type !== 'progress_updated') return end;
  for (; end < events.length; end++) {
    const { type, streamId, agent, timestamp } = events[end]!;
    const goesOn = type === first.type && streamId === first.streamId && agent === first.agent && timestamp >= dayStart;
    if (!goesOn) break;
  }
  return end;
}

/** Events newer than a revision. */
export function countSince(events: readonly Change[], revision: number): number {
  let count = 0;
  while (count < events.length && events[count]!.revision > revision) count++;
  return count;
}

const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });

/** "Today", "Yesterday", "Friday 27 November". */
export function dayName(midnight: number, now: number): string {
  const today = new Date(now);
  today.setHours(0, 0, 0, 0);
  if (midnight === today.getTime()) return 'Today';
  today.setDate(today.getDate() - 1);
  return midnight === today.getTime() ? 'Yesterday' : dayFormat.format(midnight);
}

/** Streams and agents that were heard of last, to choose from. */
export function lastHeard(log: readonly Change[], most: number, of: (change: Change) => string | null): string[] {
  const found = new Set<string>();
  for (let index = log.length - 1; index >= 0 && found.size < most; index--) {
    const name = of(log[index]!);
    if (name !== null) found.add(name);
  }
  return [...found];
}

/** What a stream is called in a row: the present title, also of what happened under another. */
export function titleOf(stream: Stream | undefined, change: Change): string {
  return stream?.title ?? (change.type === 'created' ? (change.newValue as Stream).title : '');
}
