// Moments: a revision as the way to it, and a time of the day.
import { exactTime, milliseconds, shortTime } from '../derive/format.ts';
import { href } from '../route.ts';
import { now } from '../ui.ts';

/** "r1414", the way to the stream as it was then. */
export function Revision({ id, revision }: { id: string; revision: number }) {
  return (
    <a class="rv" href={href('stream', id, { at: String(revision) })} title={`As it was at r${revision}`}>
      r{revision}
    </a>
  );
}

/** "Fri 12:16" */
export function When({ at }: { at: string | number }) {
  return (
    <time dateTime={new Date(milliseconds(at)).toISOString()} title={exactTime(at)}>
      {shortTime(at, now.value)}
    </time>
  );
}
