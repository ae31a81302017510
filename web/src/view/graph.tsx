// Graph: who waits for whom, in layers from left to right; the longest chain of work left stands out and is said in one
// sentence. Scrolled to pan; zoomed by buttons, keys or the wheel with Ctrl. Zoom and what is over stand in the address.
import '../style/graph.css';
import { computed, signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count, counted } from '../derive/format.ts';
import { chainWords, graphOf, neighbours, related, type BlockerGraph, type Neighbours } from '../derive/graph.ts';
import { layOut, stepFrom, type Layout } from '../derive/graph_layout.ts';
import { isLapsed, isOpen } from '../derive/needs.ts';
import { byNeed } from '../derive/streams.ts';
import { isTyping } from '../keys.ts';
import { state } from '../live.ts';
import type { Stream } from '../model.ts';
import { isPast, shown } from '../past.ts';
import { href, narrow, route } from '../route.ts';
import type { Streams } from '../stream_change.ts';
import { now } from '../ui.ts';
import { PhaseBar, StatusChip, Who } from './bits.tsx';
import { Empty } from './empty.tsx';
import { Glyph } from './glyphs.tsx';
import { Top } from './top.tsx';

const firstLoose = 60;
const withDone = computed(() => route.value.query.get('done') === '1');
const drawn = computed(() => shown.value && graphOf(shown.value, withDone.value));

/** The stream under the pointer or the focus: what it waits for and what waits for it is marked. */
const lit = signal<string | null>(null);

export function Graph() {
  const streams = shown.value;
  const graph = drawn.value;
  useEffect(() => () => void (lit.value = null), []);
  if (!streams || !graph) {
    return (
      <>
        <Top title="Graph" />
        <Empty>The log is being read…</Empty>
      </>
    );
  }
  if (streams.size === 0) {
    return (
      <>
        <Top title="Graph" />
        {state.value.project !== null && (
          <Empty command={'stream-status add "Title" --blockers OTHER'}>
            {isPast.value ? 'No streams then.' : 'No streams yet. Those that wait for others are drawn here.'}
          </Empty>
        )}
      </>
    );
  }
  const { waiting } = graph;
  return (
    <>
      <Top title="Graph" sum={waiting > 0 ? `${counted(waiting, 'stream')} ${waiting === 1 ? 'waits' : 'wait'}` : ''} />
      <Chain graph={graph} streams={streams} />
      <div class="gr">
        {graph.nodes.length > 0 ? (
          <Canvas graph={graph} />
        ) : (
          <div class="stage">
            <DoneSwitch graph={graph} />
            <Empty command="stream-status update ID --blockers OTHER">
              No stream waits for another. Agents say so as they find out; this command does, too.
            </Empty>
          </div>
        )}
        <Loose streams={graph.loose} />
      </div>
    </>
  );
}

function Chain({ graph, streams }: { graph: BlockerGraph; streams: Streams }) {
  if (graph.chain.length === 0) {
    return graph.nodes.length > 0 ? <p class="calm chain">No open stream waits for another.</p> : null;
  }
  const { ids, text } = chainWords(graph, streams, now.value);
  return (
    <p class="calm chain">
      {ids.map((id, index) => (
        <span key={id ?? 'rest'}>
          {index > 0 && <span class="dim"> → </span>}
          {id === null ? (
            '…'
          ) : (
            <a href={href('stream', id)} title={streams.get(id)?.title}>
              {streams.get(id)?.streamNumber}
            </a>
          )}
        </span>
      ))}
      : {text}.
      {graph.cut > 0 && (
        <span class="dim">
          {' '}
          {count(graph.nodes.length)} of {count(graph.nodes.length + graph.cut)} linked streams are drawn, those on the longest
          open chains.
        </span>
      )}
    </p>
  );
}

function DoneSwitch({ graph }: { graph: BlockerGraph }) {
  const is = withDone.value;
  if (!is && graph.hiddenDone === 0) return null;
  return (
    <button type="button" class="btn" aria-pressed={is} onClick={() => narrow({ done: is ? undefined : '1' })}>
      {is ? 'With what is over' : `Show ${count(graph.hiddenDone)} that ${graph.hiddenDone === 1 ? 'is' : 'are'} over`}
    </button>
  );
}

// ── The drawing ──

const leastZoom = 0.2;
const mostZoom = 2;
const zoomStep = 1.25;
/** By itself it shrinks only so far that titles can be read. */
const leastByItself = 0.75;
const writeAfterMs = 300;

function clampZoom(zoom: number): number {
  return Math.min(mostZoom, Math.max(leastZoom, zoom));
}

interface Zoom {
  readonly zoom: number;
  /** The stage has been seen, so the zoom is the one to begin with. */
  readonly isReady: boolean;
  /** Keeps the point of the drawing where it is on the screen: the pointer's, or the middle. */
  readonly to: (zoom: number, point?: { x: number; y: number }) => void;
  readonly fit: () => void;
}

function fitting(box: HTMLElement, layout: Layout): number {
  return Math.min(1, box.clientWidth / layout.width, box.clientHeight / layout.height);
}

/** The zoom of the address, else one that shows much; changed by hand, it is written there once it rests. */
function useZoom(stage: { readonly current: HTMLDivElement | null }, layout: Layout): Zoom {
  const text = route.value.query.get('zoom');
  const [found, setZoom] = useState<number | null>(null);
  const zoom = found ?? 1;
  const byItself = useRef(1);
  const written = useRef(text);
  const anchor = useRef<{ x: number; y: number; sheetX: number; sheetY: number } | null>(null);
  useLayoutEffect(() => {
    if (stage.current) byItself.current = Math.max(leastByItself, fitting(stage.current, layout));
  }, []);
  useLayoutEffect(() => {
    written.current = text;
    const percent = Number(text);
    setZoom(percent > 0 ? clampZoom(percent / 100) : byItself.current);
  }, [text]);
  useEffect(() => {
    if (found === null) return;
    const word = zoom === byItself.current ? undefined : String(Math.round(zoom * 100));
    if (word === written.current) return;
    const timer = setTimeout(() => narrow({ zoom: word }), writeAfterMs);
    return () => clearTimeout(timer);
  }, [zoom]);
  useLayoutEffect(() => {
    const box = stage.current;
    const at = anchor.current;
    anchor.current = null;
    if (!box || !at) return;
    box.scrollLeft = at.sheetX * zoom - at.x;
    box.scrollTop = at.sheetY * zoom - at.y;
  }, [zoom]);
  const to = (next: number, point?: { x: number; y: number }) => {
    const box = stage.current;
    if (!box) return;
    const { x, y } = point ?? { x: box.clientWidth / 2, y: box.clientHeight / 2 };
    // Taken now: a smaller sheet would pull the scroll position along.
    anchor.current = { x, y, sheetX: (box.scrollLeft + x) / zoom, sheetY: (box.scrollTop + y) / zoom };
    setZoom(clampZoom(next));
  };
  const fit = () => {
    if (stage.current) to(fitting(stage.current, layout), { x: 0, y: 0 });
  };
  return { zoom, isReady: found !== null, to, fit };
}

/** Laid out anew when streams or links come and go, not when one of them moves on. */
function useLayout(graph: BlockerGraph): Layout {
  const shape = [
    ...graph.nodes.map((stream) => `${stream.id}${isOpen(stream) ? '' : '.'}`),
    ...graph.links.map(({ from, to }) => `${from} ${to}`),
  ].join('\n');
  return useMemo(() => layOut(graph), [shape]);
}

function Canvas({ graph }: { graph: BlockerGraph }) {
  const layout = useLayout(graph);
  const stage = useRef<HTMLDivElement>(null);
  const { zoom, isReady, to, fit } = useZoom(stage, layout);
  const controls = useRef({ zoom, to, fit });
  controls.current = { zoom, to, fit };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const now_ = controls.current;
      if (event.key === '+' || event.key === '=') now_.to(now_.zoom * zoomStep);
      else if (event.key === '-') now_.to(now_.zoom / zoomStep);
      else if (event.key === '0') now_.fit();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  useLayoutEffect(() => {
    const head = layout.boxes.get(graph.chain[0] ?? '');
    const box = stage.current;
    if (!head || !box || !isReady) return;
    // Once: what is most pressing is seen first, and then the person scrolls.
    box.scrollTo(head.left * zoom - 32, (head.top + head.height / 2) * zoom - box.clientHeight / 2);
  }, [isReady]);
  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = stage.current!.getBoundingClientRect();
    const factor = Math.exp(-Math.max(-50, Math.min(50, event.deltaY)) / 150);
    to(zoom * factor, { x: event.clientX - box.left, y: event.clientY - box.top });
  };
  const { links } = graph;
  const near = useMemo(() => neighbours(links), [links]);
  const marked = lit.value !== null && layout.boxes.has(lit.value) ? related(lit.value, near) : null;
  return (
    <div class="canvas">
      <div class="tools">
        <DoneSwitch graph={graph} />
        <Legend graph={graph} />
        <span class="zoom" role="group" aria-label="Zoom">
          <button type="button" class="btn sq" aria-label="Zoom out" title="Zoom out  -" onClick={() => to(zoom / zoomStep)}>
            −
          </button>
          <button type="button" class="btn at" title="To full size" onClick={() => to(1)}>
            {Math.round(zoom * 100)} %
          </button>
          <button type="button" class="btn sq" aria-label="Zoom in" title="Zoom in  +" onClick={() => to(zoom * zoomStep)}>
            +
          </button>
          <button type="button" class="btn" title="Fit  0" onClick={fit}>
            Fit
          </button>
        </span>
      </div>
      <div class="stage" ref={stage} onWheel={wheel} tabIndex={-1}>
        <div style={{ width: `${layout.width * zoom}px`, height: `${layout.height * zoom}px` }}>
          <div
            class="sheet"
            style={{ width: `${layout.width}px`, height: `${layout.height}px`, transform: `scale(${zoom})` }}
          >
            <Lines graph={graph} layout={layout} marked={marked} />
            <Nodes graph={graph} layout={layout} near={near} marked={marked} />
          </div>
        </div>
      </div>
    </div>
  );
}

function Legend({ graph }: { graph: BlockerGraph }) {
  return (
    <span class="signs">
      {graph.chain.length > 0 && (
        <span>
          <span class="line" data-kind="chain" /> longest chain
        </span>
      )}
      {graph.links.some(({ isOpen: waits }) => waits) && (
        <span>
          <span class="line" data-kind="open" /> waits
        </span>
      )}
      {graph.links.some(({ isOpen: waits }) => !waits) && (
        <span>
          <span class="line" data-kind="done" /> no longer
        </span>
      )}
    </span>
  );
}

function Lines({ graph, layout, marked }: { graph: BlockerGraph; layout: Layout; marked: ReadonlySet<string> | null }) {
  const steps = new Set(graph.chain.slice(1).map((id, index) => `${graph.chain[index]} ${id}`));
  const kinds = graph.links.map(({ from, to, isOpen: waits }) =>
    marked?.has(from) && marked.has(to) ? 'lit' : steps.has(`${from} ${to}`) ? 'chain' : waits ? 'open' : 'done',
  );
  return (
    <svg width={layout.width} height={layout.height} aria-hidden="true">
      {/* The calm ones first: what is strong lies above them. */}
      {(['done', 'open', 'chain', 'lit'] as const).map((kind) =>
        graph.links.map(({ from, to }, index) => {
          if (kinds[index] !== kind) return null;
          const end = layout.boxes.get(to)!;
          const [x, y] = [end.left, end.top + end.height / 2];
          return (
            <g key={`${from} ${to}`} class="line" data-kind={kind}>
              <path d={layout.paths[index]!} />
              <path class="tip" d={`M${x - 7} ${y - 4}L${x} ${y}L${x - 7} ${y + 4}z`} />
            </g>
          );
        }),
      )}
    </svg>
  );
}

function Nodes({
  graph,
  layout,
  near,
  marked,
}: {
  graph: BlockerGraph;
  layout: Layout;
  near: Neighbours;
  marked: ReadonlySet<string> | null;
}) {
  const streams = new Map(graph.nodes.map((stream) => [stream.id, stream]));
  const chain = new Set(graph.chain);
  const walk = (event: KeyboardEvent, id: string) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const next = stepFrom(id, event.key, graph, layout);
    if (next === null) return;
    event.preventDefault();
    const node = document.querySelector<HTMLElement>(`.nd[data-id="${CSS.escape(next)}"]`);
    node?.focus({ preventScroll: true });
    node?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  return (
    <>
      {layout.order.map((id) => {
        const stream = streams.get(id);
        if (!stream) return null;
        const { left, top, width, height } = layout.boxes.get(id)!;
        return (
          <a
            key={id}
            class="nd"
            href={href('stream', id)}
            style={{ left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` }}
            title={tip(stream, near, streams)}
            data-item
            data-id={id}
            data-over={isOpen(stream) ? undefined : ''}
            data-chain={chain.has(id) ? '' : undefined}
            data-lit={marked?.has(id) ? '' : undefined}
            onKeyDown={(event) => walk(event, id)}
            onPointerEnter={() => (lit.value = id)}
            onPointerLeave={() => (lit.value = null)}
            onFocus={() => (lit.value = id)}
            onBlur={() => (lit.value = null)}
          >
            <Card stream={stream} />
          </a>
        );
      })}
    </>
  );
}

/** In words what the lines say. */
function tip(stream: Stream, near: Neighbours, streams: ReadonlyMap<string, Stream>): string {
  const named = (ids: readonly string[]) => ids.map((id) => streams.get(id)?.streamNumber ?? id).join(', ');
  const [waitsFor, holdsUp] = [named(near.before(stream.id)), named(near.after(stream.id))];
  return [
    `${stream.streamNumber} ${stream.title}`,
    waitsFor && `after ${waitsFor}`,
    holdsUp && `before ${holdsUp}`,
  ]
    .filter(Boolean)
    .join('\n');
}

function Card({ stream }: { stream: Stream }) {
  const lapsed = !isPast.value && isLapsed(stream, now.value);
  return (
    <>
      <span class="n1">
        <span class="num">{stream.streamNumber}</span>
        <StatusChip status={stream.status} />
        {isOpen(stream) && <Holder stream={stream} lapsed={lapsed} />}
      </span>
      <span class="n2 cut">{stream.title}</span>
      {isOpen(stream) && (
        <span class="n3">
          <PhaseBar stream={stream} lapsed={lapsed} />
          <span class="pc">{stream.progress} %</span>
        </span>
      )}
    </>
  );
}

function Holder({ stream, lapsed }: { stream: Stream; lapsed: boolean }) {
  if (stream.question) return <span class="by stuck">asks you</span>;
  if (lapsed) {
    return (
      <span class="by risk">
        <Glyph name="lapsed" /> abandoned
      </span>
    );
  }
  if (!stream.claim) return <span class="by dim">unclaimed</span>;
  const at = stream.claim.agent.indexOf('@');
  return (
    <span class="by" title={stream.claim.agent}>
      <Who name={at > 0 ? stream.claim.agent.slice(at) : stream.claim.agent} />
    </span>
  );
}

/** Streams without any link: nothing to draw, but they are there. */
function Loose({ streams }: { streams: readonly Stream[] }) {
  const [most, setMost] = useState(firstLoose);
  const sorted = useMemo(() => [...streams].sort(byNeed), [streams]);
  if (streams.length === 0) return null;
  const rest = streams.length - most;
  return (
    <section class="loose" aria-label="Streams without a blocker" tabIndex={-1}>
      <h2 class="sec">
        Neither wait nor hold up<span class="x">{count(streams.length)}</span>
      </h2>
      <ul>
        {sorted.slice(0, most).map(({ id, streamNumber, title, status }) => (
          <li key={id}>
            <a href={href('stream', id)} data-item title={`${streamNumber} ${title} · ${status}`}>
              <span class={`st-${status}`}>
                <Glyph name={status} />
              </span>
              <span class="num">{streamNumber}</span>
              <span class="cut">{title}</span>
            </a>
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" class="btn" onClick={() => setMost(most + 4 * firstLoose)}>
          Show {count(Math.min(rest, 4 * firstLoose))} of {count(rest)} more
        </button>
      )}
    </section>
  );
}
