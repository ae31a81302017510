// The timeline: a lane for each stream, so that one look tells what moved when, what stood still, and for how long.
import { computed, signal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { clock, count, counted, duration, exactTime, shortTime } from '../derive/format.ts';
import { statusSince } from '../derive/history.ts';
import { isLapsed } from '../derive/needs.ts';
import { ticks } from '../derive/scrub.ts';
import {
  laneOf,
  marksOf,
  openedFirst,
  Order,
  rangeOf,
  ranges,
  readBackTo,
  tickWord,
  whatIsAt,
  windowOf,
  windowWords,
  within,
  type Bar,
  type BarKind,
  type Mark,
} from '../derive/timeline.ts';
import { state } from '../live.ts';
import type { Stream } from '../model.ts';
import { historyShown, isPast, lastShown, shown } from '../past.ts';
import { href, narrow, route } from '../route.ts';
import { now } from '../ui.ts';
import { useDrawn, useWalk } from './drawn.ts';
import { Empty } from './empty.tsx';
import { Glyph } from './glyphs.tsx';
import { Hatch } from './hatch.tsx';
import { RangeChoice } from './range_choice.tsx';
import { Top } from './top.tsx';
import { useWidth } from './width.ts';
import '../style/timeline.css';

/** The moment that the lanes end at. */
const moment = computed(() => (isPast.value && lastShown.value ? Date.parse(lastShown.value.timestamp) : now.value));
const streams = computed(() => shown.value ?? new Map<string, Stream>());
const opened = computed(() => openedFirst(streams.value, moment.value));
const range = computed(() => rangeOf(route.value.query.get('range'), moment.value - opened.value));
const window = computed(() => windowOf(range.value, opened.value, moment.value));

const order = new Order();
const listed = computed(() => order.read(streams.value, isPast.value ? null : now.value));
const rows = computed(() => within(listed.value, window.value));

const nameOf = (id: string) => streams.peek().get(id)?.streamNumber ?? id;

/** What the pointer or the keys point at. */
const pointed = signal<(Mark & { readonly x: number; readonly y: number }) | null>(null);
/** The same in words, only for the keys: a screen reader need not follow a mouse. */
const said = signal('');

export function Timeline() {
  const all = shown.value;
  return (
    <>
      <Top title="Timeline" sum={all && all.size > 0 ? windowWords(window.value) : ''} />
      {state.value.project === null ? null : all === null ? (
        <Empty>The log is being read…</Empty>
      ) : all.size === 0 ? (
        <Empty command={'stream-status add "Title"'}>
          {isPast.value
            ? 'No streams yet at that moment.'
            : 'No streams yet. Each will have a lane here from the moment it is opened; this command opens the first.'}
        </Empty>
      ) : (
        <>
          <Tools />
          <ReadBack />
          <Lanes />
        </>
      )}
    </>
  );
}

const words = { hour: 'Hour', day: 'Day', week: 'Week', all: 'All' };

function Tools() {
  return (
    <div class="tools tl-tools">
      <div class="key">
        <Key kind="active">active, a tick per commit</Key>
        <Key kind="blocked">blocked</Key>
        <Key kind="paused">paused</Key>
        <Key kind="initializing">initializing</Key>
        <Key kind="lapsed">silent, claim lapsed</Key>
        <span>
          <svg width="8" height="14" aria-hidden="true">
            <path d="M1 4h6L4 8.5z" fill="var(--ink-2)" />
          </svg>
          phase done
        </span>
      </div>
      <span class="grow" />
      <RangeChoice class="tl-ranges" ranges={ranges} words={words} value={range.value} />
    </div>
  );
}

function Key({ kind, children }: { kind: BarKind; children: string }) {
  return (
    <span>
      <svg width="24" height="14" data-tone="live" aria-hidden="true">
        <Piece kind={kind} x={0} width={24} y={0} />
        {kind === 'active' && <path class="ticks" d="M6.5 3v8M10.5 3v8M17.5 3v8" />}
      </svg>
      {children}
    </span>
  );
}

function Piece({ kind, x, width, y }: Bar & { readonly y: number }) {
  if (kind === 'initializing' || kind === 'unread') {
    return <line class={`p-${kind}`} x1={x} x2={x + width} y1={y + 7} y2={y + 7} />;
  }
  // Its outline lies inside its pixels.
  return <rect class={`p-${kind}`} x={x + 0.5} width={Math.max(1, width - 1)} y={y + 0.5} height="13" rx="2" />;
}

const keyOf = ({ id }: Stream) => id;

function focusedId(): string | undefined {
  return document.activeElement?.closest<HTMLElement>('.tl-row')?.dataset['id'];
}

function Lanes() {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const width = useWidth(head);
  const all = rows.value;
  const drawn = useDrawn({ scroller, body: list, rows: all, keyOf, name: range.value });
  const { first, end, rowHeight } = drawn;
  useWalk({ body: list, rows: all, keyOf, drawn, at: () => all.findIndex(({ id }) => id === focusedId()) });
  const leftOut = listed.value.length - all.length;
  return (
    <div
      class="scroll tl"
      ref={scroller}
      tabIndex={-1}
      onScroll={() => (pointed.value = null)}
      onPointerMove={(event) => point(event, width)}
      onPointerLeave={() => (pointed.value = null)}
    >
      <Hatch />
      <div class="tl-hd" data-head>
        <span class="lab">Needs you first, then by priority</span>
        <div class="lane" ref={head}>
          <Axis width={width} />
        </div>
      </div>
      <div class="tl-body">
        <Grid width={width} />
        <ul
          aria-label="Streams"
          ref={list}
          style={{ paddingTop: `${first * rowHeight}px`, paddingBottom: `${(all.length - end) * rowHeight}px` }}
        >
          {all.slice(first, end).map((stream, index) => (
            <Row key={stream.id} stream={stream} width={width} place={first + index + 1} total={all.length} />
          ))}
        </ul>
      </div>
      {leftOut > 0 && (
        <p class="tl-note">
          {counted(leftOut, 'stream')} ended before {shortTime(window.value.from, moment.value)}.{' '}
          <button type="button" class="btn" onClick={() => narrow({ range: 'all' })}>
            Show all
          </button>
        </p>
      )}
      <Tip />
      <p class="tl-said" aria-live="polite">
        {said.value}
      </p>
    </div>
  );
}

/** Labels of the days or hours, and the moment at the end. */
function Axis({ width }: { width: number }) {
  const text = isPast.value ? shortTime(moment.value, now.value) : clock(moment.value);
  const chip = Math.round(text.length * 6.4) + 8;
  return (
    <svg class="ax" aria-hidden="true">
      {ticksOf(width).map(({ share, at, word }) => {
        const x = Math.round(share * width);
        return x < width - chip - 52 ? (
          <text key={at} x={x + 6} y="22">
            {tickWord(at, word)}
          </text>
        ) : null;
      })}
      <rect x={width - chip} y="8" width={chip} height="20" rx="3" fill="var(--live)" />
      <text class="now" x={width - chip / 2} y="22">
        {text}
      </text>
    </svg>
  );
}

function ticksOf(width: number) {
  return width === 0 ? [] : ticks(window.value, Math.max(2, Math.floor(width / 96)));
}

/** The lines of the axis through all lanes, once. */
function Grid({ width }: { width: number }) {
  return (
    <div class="tl-grid" aria-hidden="true">
      {ticksOf(width).map(({ share, at }) => (
        <i key={at} style={{ left: `${Math.round(share * width)}px` }} />
      ))}
      <i class="now" />
    </div>
  );
}

function ReadBack() {
  const { log } = state.value;
  if (!log.base) return <p class="tl-note">The log is being read…</p>;
  const since = readBackTo(historyShown.value, log.complete, window.value);
  if (since === null) return null;
  return (
    <p class="tl-note">
      The log is read back to <time title={exactTime(since)}>{shortTime(since, moment.value)}</time>; of the time
      before, the thin lines tell only that a stream was open.
    </p>
  );
}

interface RowProps {
  readonly stream: Stream;
  readonly width: number;
  readonly place: number;
  readonly total: number;
}

const tones = {
  completed: 'done',
  archived: 'over',
  paused: 'live',
  active: 'live',
  blocked: 'live',
  initializing: 'live',
};

function Row({ stream, width, place, total }: RowProps) {
  const { id, status, streamNumber, title } = stream;
  const history = historyShown.value.streams.get(id);
  const lapsedAt = lapseOf(stream);
  const reach = state.value.log.events[0];
  const lane = useMemo(
    () => laneOf(stream, history, window.value, width, lapsedAt),
    [stream, history, reach, window.value, width, lapsedAt],
  );
  const fresh = !isPast.value && state.value.fresh.has(id);
  return (
    <li data-key={id} aria-posinset={place} aria-setsize={total}>
      <a
        class="tl-row"
        href={href('stream', id)}
        data-item
        data-id={id}
        data-status={status}
        data-fresh={fresh ? '' : undefined}
        aria-keyshortcuts="ArrowLeft ArrowRight"
        onFocus={(event) =>
          event.currentTarget.matches(':focus-visible') && walk(event.currentTarget, stream, width, 0)
        }
        onBlur={() => (pointed.value = null)}
        onKeyDown={(event) => byKey(event, stream, width)}
      >
        <span class="lab">
          <span class={`st-${status}`}>
            <Glyph name={status} />
          </span>
          <span class="num">{streamNumber}</span>
          <span class="ttl cut" title={title}>
            {title}
          </span>
        </span>
        <span class="lane">
          <svg aria-hidden="true" data-tone={tones[status]}>
            {lane.bars.map((bar) => (
              <Piece key={`${bar.kind}${bar.x}`} {...bar} y={17} />
            ))}
            <path class="ticks" d={lane.commits.map((x) => `M${x + 0.5} 20v8`).join('')} />
            <path class="phases" d={lane.phases.map((x) => `M${x - 3} 9h6l-3 4.5z`).join('')} />
          </svg>
        </span>
        <span class="end">
          <End stream={stream} lapsed={lapsedAt !== null} />
        </span>
      </a>
    </li>
  );
}

function lapseOf(stream: Stream): number | null {
  return !isPast.value && isLapsed(stream, now.value) ? Date.parse(stream.claim!.expiresAt!) : null;
}

/** What matters most of it now. */
function End({ stream, lapsed }: { stream: Stream; lapsed: boolean }) {
  const { status } = stream;
  if (status === 'completed') {
    const took = Date.parse(stream.completedAt ?? stream.updatedAt) - Date.parse(stream.createdAt);
    return <span title="From opened to completed">took {duration(took, 1)}</span>;
  }
  if (status === 'archived') return <>archived</>;
  if (status === 'blocked') {
    const since = statusSince(historyShown.value.streams.get(stream.id));
    return (
      <span class="stuck b5" title={stream.question ? `Asks you: ${stream.question.text}` : 'blocked'}>
        {since === null ? 'blocked' : duration(moment.value - since, 2)}
      </span>
    );
  }
  if (stream.question) return <span class="stuck b5">asks you</span>;
  if (lapsed) {
    return (
      <span class="risk">
        <Glyph name="lapsed" /> lapsed
      </span>
    );
  }
  if (status !== 'active') return <>{status}</>;
  return (
    <>
      <b>{count(stream.progress)}</b> %<span class="tl-said">active</span>
    </>
  );
}

const reachPixels = 4;

function point(event: PointerEvent, width: number): void {
  const lane = event.target instanceof Element ? event.target.closest<HTMLElement>('.tl-row .lane') : null;
  const stream = lane && streams.peek().get(lane.closest<HTMLElement>('.tl-row')?.dataset['id'] ?? '');
  if (!lane || !stream || width === 0) return void (pointed.value = null);
  const box = lane.getBoundingClientRect();
  const { from, to } = window.peek();
  const perPixel: number = (to - from) / width;
  const time = from + (event.clientX - box.left) * perPixel;
  const history = historyShown.peek().streams.get(stream.id);
  const mark = whatIsAt(stream, history, time, reachPixels * perPixel, window.peek(), nameOf);
  pointed.value = mark && { ...mark, x: event.clientX, y: box.bottom };
}

let walkedAt = Infinity;

function byKey(event: KeyboardEvent & { readonly currentTarget: HTMLElement }, stream: Stream, width: number): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  if (by !== 0) {
    event.preventDefault();
    walk(event.currentTarget, stream, width, by);
  } else if (event.key === 'Escape' && pointed.peek()) {
    event.preventDefault();
    pointed.value = null;
  }
}

/** To the previous or next mark of a lane; 0: to its last. */
function walk(row: HTMLElement, stream: Stream, width: number, by: -1 | 0 | 1): void {
  const marks: Mark[] = marksOf(stream, historyShown.peek().streams.get(stream.id), window.peek(), nameOf);
  const mark =
    by === 0
      ? marks.at(-1)
      : by < 0
        ? marks.findLast(({ at }) => at < walkedAt)
        : marks.find(({ at }) => at > walkedAt);
  if (!mark) return;
  walkedAt = mark.at;
  const box = row.querySelector('.lane')!.getBoundingClientRect();
  const { from, to } = window.peek();
  pointed.value = { ...mark, x: box.left + ((mark.at - from) / (to - from)) * width, y: box.bottom };
  said.value = `${mark.what}, ${mark.since ? 'since ' : ''}${shortTime(mark.at, to)}`;
}

const tipWidth = 320;

function Tip() {
  const mark = pointed.value;
  if (!mark) return null;
  const left = Math.max(8, Math.min(mark.x - 12, innerWidth - tipWidth - 8));
  const top = mark.y > innerHeight - 80 ? mark.y - 88 : mark.y - 12;
  return (
    <div class="tl-tip" aria-hidden="true" style={{ left: `${left}px`, top: `${top}px` }}>
      <b>{mark.what}</b>
      <small>
        {mark.since && 'since '}
        {exactTime(mark.at)}
      </small>
    </div>
  );
}
