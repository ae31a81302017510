// One line of the activity: an event, or a run of progress that can be opened.
import { groupOf, titleOf, type Group } from '../derive/activity.ts';
import { clock, exactTime } from '../derive/format.ts';
import { describe } from '../derive/headline.ts';
import { state } from '../live.ts';
import { statuses, type Change, type Status } from '../model.ts';
import { href } from '../route.ts';
import { toggle } from './activity_state.ts';
import { Who } from './bits.tsx';
import { Glyph, type GlyphName } from './glyphs.tsx';

export const groupGlyphs: Readonly<Record<Group, GlyphName>> = {
  status: 'active',
  progress: 'charts',
  notes: 'note',
  questions: 'question',
  commits: 'commit',
  claims: 'agents',
  blockers: 'graph',
  details: 'updown',
};

/** The sign of what happened; a status has its own, in its colour. */
function Sign({ change }: { change: Change }) {
  const status = statusOf(change);
  if (status) {
    return (
      <span class={`sign st-${status}`}>
        <Glyph name={status} />
      </span>
    );
  }
  return (
    <span class={change.type === 'question_asked' ? 'sign stuck' : 'sign dim'}>
      <Glyph name={groupGlyphs[groupOf(change.type)]} />
    </span>
  );
}

function statusOf({ type, newValue }: Change): Status | undefined {
  if (type === 'created') return 'initializing';
  if (type === 'completed' || type === 'archived') return type;
  return type === 'status_changed' || type === 'unretired' ? statuses.find((each) => each === newValue) : undefined;
}

export function EventRow({ change, rowKey, isInside }: { change: Change; rowKey: string; isInside: boolean }) {
  const { streams } = state.value;
  const { verb, text } = describe(change, streams);
  const stream = streams.get(change.streamId);
  const title = titleOf(stream, change);
  return (
    <li class="ev" data-key={rowKey} data-inside={isInside ? '' : undefined}>
      <When change={change} />
      <Sign change={change} />
      <a class="of" href={href('stream', change.streamId)} title={title} data-item>
        <span class="num">{stream?.streamNumber ?? change.streamId}</span>
        <span class="ttl cut">{title}</span>
      </a>
      <span class="what cut" title={text}>
        <b class="b5">{verb}</b> {change.type !== 'created' && text}
      </span>
      {change.agent && <Who name={change.agent} />}
    </li>
  );
}

interface FoldProps {
  readonly rowKey: string;
  readonly newest: Change;
  readonly oldest: Change;
  readonly count: number;
  readonly isOpen: boolean;
}

export function FoldRow({ rowKey, newest, oldest, count, isOpen }: FoldProps) {
  const { streams } = state.value;
  const stream = streams.get(newest.streamId);
  const title = titleOf(stream, newest);
  return (
    <li class="ev" data-key={rowKey}>
      <When change={newest} />
      <Sign change={newest} />
      <a class="of" href={href('stream', newest.streamId)} title={title}>
        <span class="num">{stream?.streamNumber ?? newest.streamId}</span>
        <span class="ttl cut">{title}</span>
      </a>
      <button type="button" class="what cut" aria-expanded={isOpen} data-item onClick={() => toggle(rowKey)}>
        <b class="b5">progress</b> {String(oldest.oldValue)} → {String(newest.newValue)} %, {count} times
        <Glyph name="right" />
      </button>
      {newest.agent && <Who name={newest.agent} />}
    </li>
  );
}

/** The time, and the way to look at the streams as they were right after it. */
function When({ change: { timestamp, revision } }: { change: Change }) {
  return (
    <>
      <time class="dim" dateTime={timestamp} title={exactTime(timestamp)}>
        {clock(timestamp)}
      </time>
      <a class="num rev" href={href('board', '', { at: String(revision) })} title={`The streams as of r${revision}`}>
        r{revision}
      </a>
    </>
  );
}
