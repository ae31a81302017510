// The board: a column for each status, a card for each stream. A card is dragged, or moved with Shift and the arrows.
import { computed, signal, useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import { act, actions } from '../act.ts';
import { count, day, duration, shortTime } from '../derive/format.ts';
import { statusSince } from '../derive/history.ts';
import { conflictFiles, isLapsed, isOpen } from '../derive/needs.ts';
import { byNeed, phaseBar } from '../derive/streams.ts';
import { state } from '../live.ts';
import type { Status, Stream } from '../model.ts';
import { history, isPast, shown } from '../past.ts';
import { href } from '../route.ts';
import type { Streams } from '../stream_change.ts';
import { agentStates, collisions, fresh, now } from '../ui.ts';
import { Age, PhaseBar, Who } from './bits.tsx';
import { Empty } from './empty.tsx';
import { Glyph, PriorityGlyph } from './glyphs.tsx';
import { NeedsStrip } from './needs_strip.tsx';
import { Scrubber } from './scrubber.tsx';
import { Top } from './top.tsx';

const columns: readonly Status[] = ['initializing', 'active', 'blocked', 'paused', 'completed'];
const firstCards = 40;

const archiveIsOpen = signal(false);
const dragged = signal<string | null>(null);

export function Board() {
  const streams = shown.value;
  return (
    <>
      <Top title="Board" sum={summary(streams)} />
      {!isPast.value && <NeedsStrip />}
      <StatusTabs />
      {streams === null ? (
        <Empty>The log is being read…</Empty>
      ) : streams.size === 0 && state.value.project !== null && !isPast.value ? (
        <Empty command={'stream-status add "Title"'}>
          No streams yet. Agents add them as they start work; this command makes the first.
        </Empty>
      ) : (
        <Columns />
      )}
      <Scrubber />
    </>
  );
}

function summary(streams: Streams | null): string {
  if (!streams || streams.size === 0) return '';
  let done = 0;
  let total = 0;
  let recent = 0;
  const weekAgo = now.value - 7 * day;
  for (const stream of streams.values()) {
    if (stream.status === 'archived') continue;
    const bar = phaseBar(stream);
    done += bar.done;
    total += bar.total;
    if (stream.completedAt && Date.parse(stream.completedAt) > weekAgo) recent++;
  }
  const phases = total > 0 ? `${count(done)} of ${count(total)} phases done` : '';
  if (isPast.value) return phases && `${phases} then`;
  return [phases, recent > 0 && `${count(recent)} ${recent === 1 ? 'stream' : 'streams'} done this week`]
    .filter(Boolean)
    .join(' · ');
}

const groups = computed(() => shown.value && byStatus(shown.value));

function byStatus(streams: Streams): Map<Status, Stream[]> {
  const found = new Map<Status, Stream[]>([...columns, 'archived' as const].map((status) => [status, []]));
  for (const stream of streams.values()) found.get(stream.status)?.push(stream);
  for (const group of found.values()) group.sort(byNeed);
  return found;
}

const tabOrder: readonly Status[] = ['blocked', 'active', 'initializing', 'paused', 'completed'];

/** On a phone the columns stand below each other; a tab jumps to one. */
function StatusTabs() {
  return (
    <div class="tabs" role="group" aria-label="Jump to a status">
      {tabOrder.map((status) => (
        <button
          key={status}
          type="button"
          onClick={() => document.querySelector(`[data-col="${status}"]`)?.scrollIntoView({ block: 'start' })}
        >
          <span class={`st-${status}`}>
            <Glyph name={status} />
          </span>
          {title(status)} <span class="n">{count(groups.value?.get(status)?.length ?? 0)}</span>
        </button>
      ))}
    </div>
  );
}

function title(status: Status): string {
  return status[0]!.toUpperCase() + status.slice(1);
}

function Columns() {
  const found = groups.value;
  if (!found) return null;
  const archived = found.get('archived')!;
  return (
    <div class="cols" data-archive={archiveIsOpen.value ? '' : undefined} tabIndex={-1}>
      {columns.map((status) => (
        <Column key={status} status={status} streams={found.get(status)!} />
      ))}
      <section class="col shut" data-col="archived" aria-label="Archived" {...dropsInto('archived')}>
        <button
          type="button"
          aria-expanded={archiveIsOpen.value}
          onClick={() => (archiveIsOpen.value = !archiveIsOpen.value)}
        >
          <Glyph name="archived" small={false} />
          <b>{count(archived.length)}</b>
          <span>Archived</span>
        </button>
        {archiveIsOpen.value && <Cards streams={archived} />}
      </section>
    </div>
  );
}

function Column({ status, streams }: { status: Status; streams: readonly Stream[] }) {
  return (
    <section class="col" data-col={status} aria-label={title(status)} {...dropsInto(status)}>
      <h2>
        <span class={`st-${status}`}>
          <Glyph name={status} small={false} />
        </span>
        {title(status)} <span class="c">{count(streams.length)}</span>
      </h2>
      {streams.length === 0 ? (
        <p class="none">{isPast.value ? `Nothing ${status} then.` : `Nothing ${status}.`}</p>
      ) : (
        <Cards streams={streams} />
      )}
    </section>
  );
}

/** A long column is drawn in parts: nobody reads five hundred cards, and each costs a change its share. */
function Cards({ streams }: { streams: readonly Stream[] }) {
  const [most, setMost] = useState(firstCards);
  const rest = streams.length - most;
  return (
    <div class="cards">
      {streams.slice(0, most).map((stream) => (
        <Card key={stream.id} stream={stream} />
      ))}
      {rest > 0 && (
        <button type="button" class="btn" onClick={() => setMost(most + 2 * firstCards)}>
          Show {count(Math.min(rest, 2 * firstCards))} of {count(rest)} more
        </button>
      )}
    </div>
  );
}

/** Drawn anew when its own stream changes, not with every other: what it reads beside it is read by its parts. */
function Card({ stream }: { stream: Stream }) {
  const live = !isPast.value;
  const lapsed = live && isLapsed(stream, now.value);
  const { status } = stream;
  const isFresh = useComputed(() => fresh.value.has(stream.id)).value && live;
  return (
    <a
      class="card"
      href={href('stream', stream.id)}
      data-id={stream.id}
      data-status={status}
      data-fresh={isFresh ? '' : undefined}
      draggable={live}
      aria-keyshortcuts={live ? 'Shift+ArrowLeft Shift+ArrowRight' : undefined}
      onDragStart={(event) => {
        dragged.value = stream.id;
        event.dataTransfer?.setData('text/plain', stream.id);
        if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
      }}
      onDragEnd={() => (dragged.value = null)}
      onKeyDown={(event) => moveByKey(event, stream)}
    >
      <span class="c1">
        <span class="num">{stream.streamNumber}</span>
        {status !== 'completed' && (
          <span class="pri">
            <PriorityGlyph priority={stream.priority} />
            <span class="w">{stream.priority}</span>
          </span>
        )}
        {status === 'blocked' && live && <BlockedAge id={stream.id} />}
      </span>
      <span class="ttl">{stream.title}</span>
      {status === 'completed' ? (
        <Landed stream={stream} />
      ) : (
        <>
          {status !== 'archived' && <Why stream={stream} />}
          <Progress stream={stream} lapsed={lapsed} />
          {live && status !== 'archived' && <Holder stream={stream} />}
          {live && status !== 'archived' && <Marks stream={stream} lapsed={lapsed} />}
        </>
      )}
    </a>
  );
}

function BlockedAge({ id }: { id: string }) {
  const since = statusSince(history.value.streams.get(id));
  if (since === null) return null;
  return (
    <span class="age stuck">
      <span class="w2">blocked </span>
      <Age since={since} units={2} />
    </span>
  );
}

/** What it waits for: a person first, then other streams. */
function Why({ stream }: { stream: Stream }) {
  if (stream.question) {
    return (
      <span class="why">
        <b>Asks you:</b> {stream.question.text}
      </span>
    );
  }
  if (stream.blockers.length === 0) return null;
  const named = stream.blockers.flatMap((id) => shown.value?.get(id) ?? []).filter(isOpen);
  if (named.length === 0) return null;
  return (
    <span class="why" title={named.map(({ streamNumber, title }) => `${streamNumber} ${title}`).join('\n')}>
      <b class={stream.status === 'blocked' ? undefined : 'mid'}>
        Waits for{' '}
        {named
          .slice(0, 3)
          .map(({ streamNumber }) => streamNumber)
          .join(', ')}
        {named.length > 3 && ` +${named.length - 3}`}
      </b>
      {named.length === 1 && ` ${named[0]!.title}`}
    </span>
  );
}

function Progress({ stream, lapsed }: { stream: Stream; lapsed: boolean }) {
  const { done, total } = phaseBar(stream);
  return (
    <span class="pg">
      {total > 0 && (
        <span class="ct">
          <b>{done}</b>/{total}
        </span>
      )}
      <PhaseBar stream={stream} lapsed={lapsed} />
      <span class="pc">{stream.progress} %</span>
    </span>
  );
}

function Holder({ stream }: { stream: Stream }) {
  const { claim, recentActivity } = stream;
  return (
    <span class="c4">
      {claim ? <Who name={claim.agent} state={agentStates.value.get(claim.agent) ?? 'gone'} /> : <span class="dim">unclaimed</span>}
      <span class="age dim">
        {recentActivity.lastCommitTime ? (
          <Age since={recentActivity.lastCommitTime} />
        ) : (
          <span class="w2">no commits</span>
        )}
      </span>
    </span>
  );
}

function Marks({ stream, lapsed }: { stream: Stream; lapsed: boolean }) {
  const pairs = collisions.value.get(stream.id) ?? [];
  if (!lapsed && pairs.length === 0) return null;
  const { streams } = state.value;
  const named = pairs.map(({ other, pair }) => ({
    number: streams.get(other)?.streamNumber ?? other,
    files: conflictFiles(pair),
  }));
  return (
    <span class="mk">
      {lapsed && (
        <span>
          <Glyph name="lapsed" /> Lapsed <Age since={stream.claim!.expiresAt!} />
        </span>
      )}
      {named.length > 0 && (
        <span class="grow" title={named.map(({ number, files }) => `${number}: ${files} files`).join('\n')}>
          <Glyph name="conflict" /> Conflict{' '}
          <span class="mid">
            {named
              .map(({ number, files }) => (lapsed ? number : `${number}, ${files} ${files === 1 ? 'file' : 'files'}`))
              .join(' · ')}
          </span>
        </span>
      )}
    </span>
  );
}

function Landed({ stream }: { stream: Stream }) {
  if (!stream.completedAt) return null;
  const took = Date.parse(stream.completedAt) - Date.parse(stream.createdAt);
  return (
    <span class="landed">
      Done {shortTime(stream.completedAt, now.value)}, {duration(took, 1)}
    </span>
  );
}

// ── Changing a status ──

/** Where a dragged card may go. */
function dropsInto(status: Status) {
  const id = dragged.value;
  const stream = id === null ? undefined : state.value.streams.get(id);
  if (!stream || stream.status === status) return {};
  return {
    'data-drop': '',
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      dragged.value = null;
      void moveTo(stream, status);
    },
  };
}

/** Archiving from the board keeps worktree and branch; what deletes is asked on the stream's page. */
export async function moveTo(stream: Stream, status: Status): Promise<void> {
  const { id, streamNumber: number, status: before } = stream;
  if (status === before) return;
  const work =
    status === 'archived'
      ? () => actions.archive(id, {})
      : before === 'archived'
        ? async () => {
            const { stream: back } = (await actions.unretire(id)) as { stream: Stream };
            if (back.status !== status) await actions.update(id, { status });
          }
        : () => actions.update(id, { status });
  const done = status === 'archived' ? `${number} is archived; branch and worktree stay.` : `${number} is ${status}.`;
  await act(done, work, () => {
    const present = state.peek().streams.get(id);
    if (present) void moveTo(present, before);
  });
}

function moveByKey(event: KeyboardEvent, stream: Stream): void {
  if (isPast.peek() || !event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return;
  const order: readonly Status[] = [...columns, 'archived'];
  const next = order[order.indexOf(stream.status) + (event.key === 'ArrowLeft' ? -1 : 1)];
  if (!next) return;
  event.preventDefault();
  const id = stream.id;
  void moveTo(stream, next).then(() => focusCard(id));
}

/** The card is drawn anew in its column: the focus goes along. */
function focusCard(id: string): void {
  const find = () => document.querySelector<HTMLElement>(`.card[data-id="${CSS.escape(id)}"]`);
  const unsubscribe = state.subscribe(() => queueMicrotask(() => find()?.focus()));
  setTimeout(unsubscribe, 1_000);
}

