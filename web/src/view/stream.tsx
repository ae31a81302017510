// The page of one stream: what it asks, how far it is, what was said and committed; beside it who holds it, where it is
// and what one can do. The parts are in stream/.
import '../style/stream.css';
import { useComputed } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { call, showFailure } from '../act.ts';
import { isOpen } from '../derive/needs.ts';
import { joinEvents, nearest, neighbour } from '../derive/stream.ts';
import { state } from '../live.ts';
import { isTyping } from '../keys.ts';
import type { Change, Stream } from '../model.ts';
import { at, isPast, lookAt, shown } from '../past.ts';
import { go, href, route } from '../route.ts';
import type { Streams } from '../stream_change.ts';
import { Empty } from './empty.tsx';
import { Glyph } from './glyphs.tsx';
import { Commits } from './stream/commits.tsx';
import { Head } from './stream/head.tsx';
import { Notes, noteFieldId } from './stream/notes.tsx';
import { closePanel, openPanel } from './panel.tsx';
import { Phases } from './stream/phases.tsx';
import { QuestionBox } from './stream/question.tsx';
import { ArchivedBox } from './stream/retire.tsx';
import { Side } from './stream/side.tsx';
import { Waits } from './stream/waits.tsx';
import { Top } from './top.tsx';

export function StreamPage() {
  const { id } = route.value;
  const streams = shown.value;
  const stream = streams?.get(id);
  return (
    <>
      <Top
        title={
          <a class="back" href={href('board')}>
            <span class="dim">
              <Glyph name="left" small={false} />
            </span>
            Board
          </a>
        }
      >
        <Step id={id} by={-1} />
        <Step id={id} by={1} />
      </Top>
      {streams === null ? (
        <Empty>The log is being read…</Empty>
      ) : stream ? (
        <Page key={id} stream={stream} streams={streams} />
      ) : (
        state.value.project !== null && <Unknown id={id} streams={streams} />
      )}
    </>
  );
}

/** To the stream before or after in the order of need. */
function Step({ id, by }: { id: string; by: -1 | 1 }) {
  return (
    <button
      type="button"
      class="btn bare sq"
      aria-label={by < 0 ? 'Previous stream' : 'Next stream'}
      aria-keyshortcuts={by < 0 ? 'k' : 'j'}
      title={by < 0 ? 'Previous  k' : 'Next  j'}
      onClick={() => stepTo(id, by)}
    >
      <Glyph name={by < 0 ? 'left' : 'right'} small={false} />
    </button>
  );
}

function stepTo(id: string, by: -1 | 1): void {
  const streams = shown.peek();
  const next = streams && neighbour(streams, id, by);
  if (next) go(href('stream', next.id));
}

function Page({ stream, streams }: { stream: Stream; streams: Streams }) {
  const { id } = stream;
  const { events, readEarlier } = useEvents(id);
  usePageKeys(id);
  return (
    <div class="sd">
      <div class="main-col">
        <Head stream={stream} />
        {stream.status === 'archived' && <ArchivedBox stream={stream} />}
        <QuestionBox stream={stream} events={events} />
        {isOpen(stream) && <Waits stream={stream} streams={streams} events={events} />}
        <Phases stream={stream} />
        <div class="two">
          <Notes stream={stream} events={events} readEarlier={readEarlier} />
          <Commits stream={stream} />
        </div>
      </div>
      <div class="side">
        <Side stream={stream} />
      </div>
    </div>
  );
}

/** Keys of this page beside those of every page; letters are text in a field. */
function usePageKeys(id: string): void {
  useEffect(() => {
    const keys: Readonly<Record<string, () => void>> = {
      j: () => stepTo(id, 1),
      k: () => stepTo(id, -1),
    };
    const writing: Readonly<Record<string, () => void>> = {
      s: () => openPanel(id, 'status'),
      e: () => openPanel(id, 'text'),
      n: () => document.getElementById(noteFieldId)?.focus(),
      b: () => openPanel(id, 'blocker'),
      a: () => state.peek().streams.get(id)?.question && openPanel(id, 'answer'),
      m: () => state.peek().streams.get(id)?.claim && openPanel(id, 'message'),
    };
    // Before the keys of the whole page, which walk through items with j and k, and see `g s` as one.
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      const does = keys[event.key] ?? (isPast.peek() ? undefined : writing[event.key]);
      if (!does || isAfterPrefix) return void (isAfterPrefix = event.key === 'g');
      event.preventDefault();
      does();
    };
    let isAfterPrefix = false;
    document.addEventListener('keydown', listen);
    return () => {
      document.removeEventListener('keydown', listen);
      closePanel();
    };
  }, [id]);
}

const pageSize = 1_000;

/**
 * The stream's events up to the moment that is looked at, oldest first: those of the log, and those before it, which are
 * read where the log does not reach back to the stream's first.
 */
function useEvents(id: string): { events: readonly Change[]; readEarlier: (() => void) | undefined } {
  const logged = useComputed(() => state.value.log.events.filter(({ streamId }) => streamId === id)).value;
  const [earlier, setEarlier] = useState<readonly Change[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const all = joinEvents(earlier, logged);
  const isWhole = all[0]?.type === 'created' || all[0]?.type === 'baseline';

  const read = async (from: string | null) => {
    const more = from === null ? '' : `&cursor=${encodeURIComponent(from)}`;
    const path = `/api/streams/${encodeURIComponent(id)}/history?limit=${pageSize}${more}`;
    const page = await call<{ events: Change[]; nextCursor?: string }>('GET', path);
    setEarlier((before) => joinEvents(page.events.toReversed(), before));
    setCursor(page.nextCursor ?? null);
  };
  useEffect(() => {
    if (!isWhole && earlier.length === 0) void read(null).catch(() => {}); // the notes of the log stay
  }, [id]);

  const events = at.value === null ? all : all.filter(({ revision }) => revision <= at.value!);
  const readEarlier = isWhole || cursor === null ? undefined : () => void read(cursor).catch(showFailure);
  return { events, readEarlier };
}

/** No stream of this id: its number, a slip of the pen, or one that was not there yet. */
function Unknown({ id, streams }: { id: string; streams: Streams }) {
  // Once for an address: it looks at every name there is.
  const near = useMemo(() => nearest(streams, id, 3), [id]);
  const byNumber = [...streams.values()].find(({ streamNumber }) => streamNumber === id);
  useEffect(() => {
    if (byNumber) go(href('stream', byNumber.id), 'replace');
  }, [byNumber?.id]);
  if (byNumber) return null;
  const present = state.value.streams.get(id);
  if (isPast.value && present) {
    return (
      <div class="none first">
        <p>
          {present.streamNumber} {present.title} was not there yet at r{at.value}.
        </p>
        <button type="button" class="btn" onClick={() => lookAt(null)}>
          Back to live
        </button>
      </div>
    );
  }
  return (
    <div class="none first unknown">
      <p>
        No stream is called <b class="b5">{id}</b>.{near.length > 0 && ' Near it:'}
      </p>
      <ul>
        {near.map((stream) => (
          <li key={stream.id}>
            <a class="sl" href={href('stream', stream.id)} data-item>
              <span class={`st-${stream.status}`}>
                <Glyph name={stream.status} />
              </span>
              <span class="num">{stream.streamNumber}</span>
              <span class="cut">{stream.title}</span>
            </a>
          </li>
        ))}
      </ul>
      <a class="btn" href={href('board')}>
        To the board
      </a>
    </div>
  );
}
