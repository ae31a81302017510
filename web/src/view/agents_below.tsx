// Below the agents: what happened last, and what an agent could take now.
import { clock, exactTime, shortTime } from '../derive/format.ts';
import { openToClaim } from '../derive/agents.ts';
import { describe } from '../derive/headline.ts';
import { isLapsed } from '../derive/needs.ts';
import type { Change, Stream } from '../model.ts';
import { isPast } from '../past.ts';
import { href } from '../route.ts';
import type { Streams } from '../stream_change.ts';
import { now } from '../ui.ts';
import { Glyph, type GlyphName } from './glyphs.tsx';
import { Revision } from './moments.tsx';
import { shortName } from './rail.tsx';

const lastShown = 8;
const mostOpen = 8;

export function LastEvents({ events, streams }: { events: readonly Change[]; streams: Streams }) {
  const last = events.slice(-lastShown).reverse();
  return (
    <section aria-label="Activity">
      <h2 class="sec">
        Activity
        <a class="x" href={href('activity')}>
          newest first, all of it
        </a>
      </h2>
      {last.length === 0 && <p class="t2 dim">Nothing has happened yet.</p>}
      <ul class="last">
        {last.map((change) => (
          <li key={change.revision}>
            <Revision id={change.streamId} revision={change.revision} />
            <time class="t2 dim" dateTime={change.timestamp} title={exactTime(change.timestamp)}>
              {isToday(change.timestamp) ? clock(change.timestamp) : shortTime(change.timestamp, now.value)}
            </time>
            <Sign change={change} />
            <What change={change} streams={streams} />
            <span class="t2 dim cut by">{change.agent ? shortName(change.agent) : ''}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function isToday(time: string): boolean {
  return new Date(time).toDateString() === new Date(now.value).toDateString();
}

function What({ change, streams }: { change: Change; streams: Streams }) {
  const { verb, text } = describe(change, streams);
  return (
    <a class="cut" href={href('stream', change.streamId)} data-item>
      <span class="num">{streams.get(change.streamId)?.streamNumber ?? change.streamId}</span> {verb}
      {text && <span class="mid">: {text}</span>}
    </a>
  );
}

function Sign({ change }: { change: Change }) {
  const [glyph, tone] = signOf(change);
  return (
    <span class={tone}>
      <Glyph name={glyph} small={false} />
    </span>
  );
}

function signOf({ type, newValue }: Change): readonly [GlyphName, string] {
  switch (type) {
    case 'commit_added':
      return ['commit', 'live'];
    case 'commit_removed':
      return ['commit', 'dim'];
    case 'status_changed':
      return newValue === 'blocked' ? ['blocked', 'stuck'] : [newValue as GlyphName, `st-${String(newValue)}`];
    case 'completed':
      return ['completed', 'done'];
    case 'archived':
      return ['archived', 'dim'];
    case 'question_asked':
      return ['question', 'stuck'];
    case 'question_answered':
      return ['check', 'done'];
    case 'note':
      return ['note', 'dim'];
    case 'created':
    case 'unretired':
      return ['initializing', 'dim'];
    case 'claimed':
    case 'released':
      return ['agents', 'dim'];
    case 'progress_updated':
    case 'phase_completed':
    case 'phase_changed':
    case 'phase_reopened':
      return ['active', 'dim'];
    default:
      return ['activity', 'dim'];
  }
}

export function OpenToClaim({ streams, moment }: { streams: Streams; moment: number }) {
  const open = openToClaim(streams, moment);
  return (
    <section aria-label="Open to claim">
      <h2 class="sec">
        Open to claim<span class="x">{open.length > 0 && `${open.length}, best first`}</span>
      </h2>
      {open.length === 0 && (
        <p class="t2 dim">
          {isPast.value ? 'Nothing was open to claim then.' : 'Nothing is ready: each stream is held, done or waits for another.'}
        </p>
      )}
      <ul class="open">
        {open.slice(0, mostOpen).map((stream) => (
          <li key={stream.id}>
            <a href={href('stream', stream.id)} data-item>
              <span class={`st-${stream.status}`}>
                <Glyph name={stream.status} small={false} />
              </span>
              <span class="num">{stream.streamNumber}</span>
              <span class="cut grow">{stream.title}</span>
              <span class="t2 dim">{detail(stream, moment)}</span>
            </a>
          </li>
        ))}
        {open.length > mostOpen && <li class="t2 dim">and {open.length - mostOpen} more</li>}
      </ul>
    </section>
  );
}

function detail(stream: Stream, moment: number): string {
  return `${isLapsed(stream, moment) ? 'claim lapsed' : stream.status}, ${stream.priority}`;
}
