// Times, ages and counts in words, the same on every view. Pure.

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** `units` 2 where the cost of waiting matters: "3 h 12 m"; 1 elsewhere: "3 h". Under a minute it is "now". */
export function age(since: string | number, now: number, units: 1 | 2): string {
  const passed = now - milliseconds(since);
  return passed >= minute ? duration(passed, units) : 'now';
}

export function milliseconds(time: string | number): number {
  return typeof time === 'number' ? time : Date.parse(time);
}

/** As age() says it; under a minute "0 m". */
export function duration(passed: number, units: 1 | 2): string {
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

export function exactTime(time: string | number): string {
  const parsed = milliseconds(time);
  return Number.isNaN(parsed) ? String(time) : exactFormat.format(parsed);
}

const weekdayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'short' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** "15:28" */
export function clock(time: string | number): string {
  return clockFormat.format(milliseconds(time));
}

/** "Fri 15:28" within a week of `now`, "3 Nov 15:28" before. */
export function shortTime(time: string | number, now: number): string {
  return `${shortDay(time, now)} ${clock(time)}`;
}

/** "Fri" within a week of `now`, "3 Nov" before. */
export function shortDay(time: string | number, now: number): string {
  const at = milliseconds(time);
  return (now - at < 6.5 * day ? weekdayFormat : dayFormat).format(at);
}

const countFormat = new Intl.NumberFormat('en');

export function count(number: number): string {
  return countFormat.format(number);
}

export function counted(number: number, one: string): string {
  return `${count(number)} ${number === 1 ? one : `${one}s`}`;
}
