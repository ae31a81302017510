// What the stream waits for, and what waits for it. Blockers are added by number, id or title, and taken away.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { act } from '../../act.ts';
import { isOpen, waitingFor } from '../../derive/needs.ts';
import { statusSince } from '../../derive/history.ts';
import { blockerChoices, waitsSince } from '../../derive/stream.ts';
import { draft, presentStream, saveOver } from '../../edit.ts';
import type { Change, Stream } from '../../model.ts';
import { history, isPast } from '../../past.ts';
import { href } from '../../route.ts';
import type { Streams } from '../../stream_change.ts';
import { Age } from '../bits.tsx';
import { Glyph } from '../glyphs.tsx';
import { For } from '../moments.tsx';
import { closePanel, isPanelOpen, Panel, togglePanel } from '../panel.tsx';

const mostChoices = 6;
const mostWaiting = 6;

/** Nothing where there is nothing to say. */
export function Waits({ stream, streams, events }: { stream: Stream; streams: Streams; events: readonly Change[] }) {
  const { id, blockers, status } = stream;
  const waiting = waitingFor(streams, id);
  const isAdding = isPanelOpen(id, 'blocker') && !isPast.value;
  const saysWhy = status === 'blocked' && !stream.question;
  if (blockers.length === 0 && waiting.length === 0 && !isAdding && !saysWhy) return null;
  return (
    <div class="two">
      <section aria-label="Waits for">
        <h3 class="sec">
          Waits for
          <span class="x">
            {!isPast.value && (
              <button
                type="button"
                class="btn bare"
                aria-expanded={isAdding}
                aria-keyshortcuts="b"
                title="b"
                onClick={() => togglePanel(id, 'blocker')}
              >
                Add
              </button>
            )}
          </span>
        </h3>
        {isAdding && <AddBlocker stream={stream} streams={streams} />}
        {blockers.length === 0 && (
          <p class="t2 dim line">
            <Nothing stream={stream} />
          </p>
        )}
        <ul class="links">
          {blockers.map((blocker) => (
            <Blocker key={blocker} stream={stream} id={blocker} streams={streams} events={events} />
          ))}
        </ul>
      </section>
      {waiting.length > 0 && (
        <section aria-label="Holds up">
          <h3 class="sec">
            Holds up<span class="x">{waiting.length}</span>
          </h3>
          <ul class="links">
            {waiting.slice(0, mostWaiting).map((other) => (
              <li key={other.id}>
                <StreamLink stream={other} />
              </li>
            ))}
            {waiting.length > mostWaiting && <li class="t2 dim">and {waiting.length - mostWaiting} more</li>}
          </ul>
        </section>
      )}
    </div>
  );
}

function Nothing({ stream }: { stream: Stream }) {
  if (stream.status !== 'blocked') return <>Waits for no other stream.</>;
  const since = isPast.value ? null : statusSince(history.value.streams.get(stream.id));
  const why = stream.question ? 'by its question alone' : 'and no stream or question says why';
  return (
    <>
      Blocked {since !== null && <Age since={since} units={2} />} {why}.
    </>
  );
}

/** Two lines, so that a title has its room beside the other list. */
function StreamLink({ stream, more }: { stream: Stream; more?: ComponentChildren }) {
  const { status, progress } = stream;
  return (
    <a class="sl" href={href('stream', stream.id)}>
      <span class={`st-${status}`}>
        <Glyph name={status} />
      </span>
      <span class="num">{stream.streamNumber}</span>
      <span class="cut" title={stream.title}>
        {stream.title}
      </span>
      <span class="t2 dim sub">
        {status}
        {isOpen(stream) && progress > 0 && `, ${progress} %`}
        {more}
      </span>
    </a>
  );
}

function Blocker({ stream, id, streams, events }: BlockerProps) {
  const blocker = streams.get(id);
  const since = waitsSince(events, id);
  const waits = since && (
    <>
      {' · '}
      <For since={since} />
    </>
  );
  return (
    <li>
      {blocker ? (
        <StreamLink stream={blocker} more={waits} />
      ) : (
        <span class="cut grow dim">{id}, which is not here any more</span>
      )}
      {!isPast.value && (
        <button
          type="button"
          class="btn bare sq"
          aria-label={`Wait no more for ${blocker?.streamNumber ?? id}`}
          title="Wait no more for it"
          onClick={() => void setBlocker(stream, id, blocker, 'gone')}
        >
          <Glyph name="clear" />
        </button>
      )}
    </li>
  );
}

interface BlockerProps {
  readonly stream: Stream;
  readonly id: string;
  readonly streams: Streams;
  readonly events: readonly Change[];
}

/** Adds it or takes it away in the list as it is on the server, so that others' blockers stay. */
async function setBlocker(stream: Stream, id: string, blocker: Stream | undefined, to: 'there' | 'gone') {
  const name = blocker?.streamNumber ?? id;
  const done = `${stream.streamNumber} waits ${to === 'there' ? `for ${name}` : `no more for ${name}`}.`;
  const change = ({ blockers }: Stream) => {
    if (blockers.includes(id) === (to === 'there')) return null;
    return { blockers: to === 'there' ? [...blockers, id] : blockers.filter((each) => each !== id) };
  };
  const save = () => saveOver(presentStream(stream.id) ?? stream, change);
  return act(done, save, () => void setBlocker(stream, id, blocker, to === 'there' ? 'gone' : 'there'));
}

/** A field that offers streams while one types: arrows choose, enter adds. */
function AddBlocker({ stream, streams }: { stream: Stream; streams: Streams }) {
  const text = draft(`${stream.id} blocker`);
  const [picked, setPicked] = useState(0);
  const choices = blockerChoices(streams, stream, text.value, mostChoices);
  const index = Math.min(picked, choices.length - 1);
  const add = async (choice: Stream | undefined) => {
    if (!choice || !(await setBlocker(stream, choice.id, choice, 'there'))) return;
    text.value = '';
    closePanel();
  };
  return (
    <Panel label="Add a blocker" onSubmit={() => void add(choices[index])}>
      <input
        class="field full"
        role="combobox"
        aria-label="Number, id or title of the stream it waits for"
        aria-expanded="true"
        aria-controls="blocker-choices"
        aria-autocomplete="list"
        aria-activedescendant={choices[index] ? `blocker-choice-${index}` : undefined}
        placeholder="Number, id or title"
        autocomplete="off"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          setPicked(0);
        }}
        onKeyDown={(event) => {
          const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (by === 0 || choices.length === 0) return;
          event.preventDefault();
          setPicked((index + by + choices.length) % choices.length);
        }}
      />
      <ul class="offers" id="blocker-choices" role="listbox" aria-label="Streams">
        {choices.map((choice, at) => (
          <li
            key={choice.id}
            id={`blocker-choice-${at}`}
            role="option"
            aria-selected={at === index}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => void add(choice)}
          >
            <span class={`st-${choice.status}`}>
              <Glyph name={choice.status} />
            </span>
            <span class="num">{choice.streamNumber}</span>
            <span class="cut grow">{choice.title}</span>
            <span class="t2 dim">{choice.status}</span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p class="t2 dim">No open stream is called so.</p>}
    </Panel>
  );
}
