// The sentence over each chart: what its numbers say, true of any numbers. Pure.
import {
  countBetween,
  median,
  rangeLengths,
  type Blocked,
  type BurnUp,
  type Commits,
  type Cycle,
  type Forecast,
  type Group,
  type Range,
  type Unit,
} from './charts.ts';
import { count, counted, day, duration, hour, minute } from './format.ts';
import { isOpen } from './needs.ts';
import type { Window } from './scrub.ts';
import type { Stream } from '../model.ts';

export interface Scope {
  readonly range: Range;
  readonly window: Window;
  /** The log that is here reaches back to the project's begin. */
  readonly complete: boolean;
  readonly isPast: boolean;
}

const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
const weekdayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'long' });
const dateFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' });
const yearFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** "in the last 7 days", "so far", or since when the log tells of it. */
export function scopeWords({ range, window, complete, isPast }: Scope): string {
  const length = rangeLengths[range];
  if (complete || window.to - window.from >= length) {
    if (range === 'all') return isPast ? 'until then' : 'so far';
    return `in the ${isPast ? '' : 'last '}${length / day} days${isPast ? ' before' : ''}`;
  }
  return `since ${dayFormat.format(window.from)}`;
}

/** "today", "tomorrow", "on Tuesday", "on 3 December" */
export function whenWords(at: number, { window: { to }, isPast }: Scope): string {
  const midnight = new Date(to).setHours(0, 0, 0, 0);
  const days = Math.floor((at - midnight) / day);
  if (days <= 0) return isPast ? 'the same day' : 'today';
  if (days === 1) return isPast ? 'the day after' : 'tomorrow';
  if (days < 7) return `on ${weekdayFormat.format(at)}`;
  const sameYear = new Date(at).getFullYear() === new Date(to).getFullYear();
  return `on ${(sameYear ? dateFormat : yearFormat).format(at)}`;
}

/** "34 m", "11.4 h", "3.2 d": as precise as a dot is read. Rounded up, so that "at most" stays true. */
export function lengthWords(ms: number): string {
  if (ms < hour) return `${Math.ceil(ms / minute)} m`;
  const [size, unit] = ms < 48 * hour ? [hour, 'h'] : [day, 'd'];
  return `${Math.ceil((ms / size) * 10) / 10} ${unit}`;
}

export function burnUpFinding({ planned, done }: BurnUp, expected: Forecast | null, unit: Unit, scope: Scope): string {
  const [all, over] = [planned.at(-1) ?? 0, done.at(-1) ?? 0];
  const left = all - over;
  const then = scope.isPast ? ' then' : '';
  if (all === 0) return scope.isPast ? 'Nothing was planned then' : 'Nothing is planned yet';
  if (left <= 0) {
    if (all === 1) return scope.isPast ? `The one ${unit} was done then` : `The one ${unit} is done`;
    return `All ${counted(all, unit)} ${scope.isPast ? 'were done then' : 'are done'}`;
  }
  if (!expected) return `${count(left)} of ${counted(all, unit)} left${then}`;
  const isWeek = expected.basis > 6 * day;
  const pace = isWeek ? (scope.isPast ? 'that week’s pace' : 'this week’s pace') : 'the pace so far';
  return `${counted(left, unit)} left${then}; at ${pace}, done ${whenWords(expected.at, scope)}`;
}

/** Days are those of the page's calendar. */
export function dayFinding(times: readonly number[], word: string, done: string, scope: Scope): string {
  const { from, to } = scope.window;
  const inside = countBetween(times, from, to + 1);
  if (inside === 0) return `No ${word}${done} ${scopeWords(scope)}`;
  const midnight = new Date(to).setHours(0, 0, 0, 0);
  const before = new Date(midnight);
  before.setDate(before.getDate() - 1);
  const today = countBetween(times, Math.max(midnight, from), to + 1);
  const now = scope.isPast ? 'that day' : 'so far today';
  if (from >= midnight) return `${counted(today, word)}${done} ${now}`;
  const yesterday = countBetween(times, Math.max(before.getTime(), from), midnight);
  const last = scope.isPast ? 'the day before' : 'yesterday';
  if (yesterday + today === 0)
    return `${counted(inside, word)}${done} ${scopeWords(scope)}, none ${last} or ${scope.isPast ? 'that day' : 'today'}`;
  return `${counted(yesterday, word)}${done} ${last}, ${count(today)} ${now}`;
}

/** "3 h 12 m"; never nothing. */
export function blockedWords(ms: number): string {
  return ms < minute ? 'under 1 m' : duration(ms, 2);
}

const fewest = 3;
/** Categories that are closer to all of them than this are not told apart. */
const clearly = 1.25;

export function cycleFinding(all: readonly Cycle[], groups: readonly Group[], unit: Unit, scope: Scope): string {
  if (all.length === 0) return `No ${unit} done ${scopeWords(scope)}`;
  if (all.length < fewest) return `Too few ${unit}s done ${scopeWords(scope)} to say how long one takes`;
  const middle = median(all.map(({ ms }) => ms));
  const half = `Half of all ${unit}s took at most ${lengthWords(middle)}`;
  const comparable = groups.filter(({ cycles, category }) => cycles.length >= fewest && category !== 'others');
  const [first, second] = comparable.sort((a, b) => b.median - a.median);
  return first && second && first.median > second.median && first.median >= clearly * middle
    ? `${half}; ${first.category} took longest`
    : half;
}

export function blockedFinding(rows: readonly Blocked[], scope: Scope): string {
  if (rows.length === 0) return `Nothing was blocked ${scopeWords(scope)}`;
  const sum = rows.reduce((total, { ms }) => total + ms, 0);
  const forYou = rows.reduce((total, each) => total + each.forYou, 0);
  const all = `${blockedWords(sum)} blocked ${scopeWords(scope)}`;
  if (forYou >= minute) {
    const whole = forYou > sum - minute;
    const waits = !scope.isPast && rows.some(({ still, cause }) => still && cause === 'you') ? 'waits' : 'waited';
    return `${all}; ${whole ? 'all' : duration(forYou, 2)} of it ${waits} for you`;
  }
  const still = rows.filter((row) => row.still).length;
  if (still === 0) return all;
  return `${all}; ${counted(still, 'stream')} ${scope.isPast ? (still === 1 ? 'was' : 'were') : `still ${still === 1 ? 'is' : 'are'}`}`;
}

export function agentFinding({ times, agents }: Commits, scope: Scope): string {
  const [first, second] = agents;
  if (!first) return `No commit ${scopeWords(scope)}`;
  const all = counted(times.length, 'commit');
  if (!second) return times.length === 1 ? `The one commit is ${first.agent}’s` : `All ${all} are ${first.agent}’s`;
  if (first.commits === second.commits) return `${counted(agents.length, 'agent')} made ${all}`;
  return `${first.agent} made ${count(first.commits)} of ${all}`;
}

export function progressFinding(streams: readonly Stream[], scope: Scope): string {
  const open = streams.filter((stream) => isOpen(stream) && stream.status !== 'paused');
  if (open.length === 0) return scope.isPast ? 'No stream was open then' : 'No stream is open';
  const since = new Date(scope.window.to - day).toISOString();
  const still = open.filter(({ updatedAt }) => updatedAt < since).length;
  const of = `${count(still)} of ${counted(open.length, 'open stream')}`;
  if (still > 0) return `${of} ${still === 1 ? 'has' : 'have'} not changed for a day`;
  return open.length === 1
    ? 'The one open stream changed within a day'
    : `All ${count(open.length)} open streams changed within a day`;
}
