// Moments: a revision as the way to it, and a time of the day.
import { exactTime, milliseconds, minute, shortTime } from '../derive/format.ts';
import { isPast } from '../past.ts';
import { href } from '../route.ts';
import { now } from '../ui.ts';
import { Age } from './bits.tsx';

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

/** How long something is so: "for 3 h 12 m". In the past it is said when it began. */
export function For({ since }: { since: string | number }) {
  if (isPast.value) {
    return (
      <>
        since <When at={since} />
      </>
    );
  }
  if (now.value - milliseconds(since) < minute) return <Age since={since} ago />;
  return (
    <>
      for <Age since={since} units={2} />
    </>
  );
}
