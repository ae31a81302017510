// Everything that happened, newest first, as far back as the log goes.
import { signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { dayName, groups, isNarrowed, lastHeard, type Group, type Row } from '../derive/activity.ts';
import { count, counted, shortTime } from '../derive/format.ts';
import { state } from '../live.ts';
import { isPast } from '../past.ts';
import { narrow } from '../route.ts';
import '../style/activity.css';
import { now } from '../ui.ts';
import { EventRow, FoldRow, groupGlyphs } from './activity_row.tsx';
import * as activity from './activity_state.ts';
import { Who } from './bits.tsx';
import { useDrawn, useWalk } from './drawn.ts';
import { Empty } from './empty.tsx';
import { Glyph } from './glyphs.tsx';
import { Menu, type Choice } from './menu.tsx';
import { Top } from './top.tsx';

/** The next page is asked for when the end is this near. */
const nearPx = 800;
const mostChoices = 40;

export function Activity() {
  useEffect(activity.followLog, []);
  const isUntouched =
    activity.firstDay.value === null && activity.progress.value === 'ended' && !isNarrowed(activity.interest.value);
  return (
    <>
      <Top title="Activity" sum={sumLine()} />
      {isUntouched ? (
        <Nothing />
      ) : (
        <>
          <Tools />
          <Log />
        </>
      )}
    </>
  );
}

function sumLine(): string {
  const number = activity.events.value.length;
  if (number === 0) return '';
  if (!isNarrowed(activity.interest.value)) return 'everything, newest first';
  return `${counted(number, 'change')} found, newest first`;
}

// ── Choices above the rows ──

function Tools() {
  const { groups: chosen, agent, stream, text } = activity.interest.value;
  return (
    <div class="tools" role="toolbar" aria-label="What is listed">
      <KindMenu chosen={chosen} />
      <Menu
        word={agent === '' ? 'Agent' : <Who name={agent} />}
        name="Only what this agent did"
        picks="one"
        isOn={agent !== ''}
        choices={() => agentChoices(agent)}
        onPick={(value) => narrow({ agent: value === agent ? undefined : value })}
        clear={agent === '' ? undefined : { word: 'Show all', run: () => narrow({ agent: undefined }) }}
      />
      <Menu
        word={stream === '' ? 'Stream' : (state.value.streams.get(stream)?.streamNumber ?? stream)}
        name="Only this stream"
        picks="one"
        isOn={stream !== ''}
        choices={() => streamChoices(stream)}
        onPick={(value) => narrow({ stream: value === stream ? undefined : value })}
        clear={stream === '' ? undefined : { word: 'Show all', run: () => narrow({ stream: undefined }) }}
      />
      <input
        type="search"
        class="field"
        placeholder="Filter…"
        aria-label="Only changes with these words"
        value={text}
        onInput={(event) => narrow({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (text === '') event.currentTarget.blur();
          else narrow({ text: undefined });
        }}
      />
    </div>
  );
}

function KindMenu({ chosen }: { chosen: ReadonlySet<Group> }) {
  const pick = (value: string) => {
    const next = new Set(chosen);
    if (!next.delete(value as Group)) next.add(value as Group);
    narrow({ kind: groups.filter((group) => next.has(group)).join(',') });
  };
  const choices = (): Choice[] =>
    groups.map((group) => ({
      value: group,
      word: (
        <span class="chip">
          <Glyph name={groupGlyphs[group]} />
          {group === 'progress' ? 'progress and phases' : group}
        </span>
      ),
      isChosen: chosen.has(group),
    }));
  return (
    <Menu
      word={
        <>
          Kind
          {chosen.size > 0 && <span class="c">{count(chosen.size)}</span>}
        </>
      }
      name="Only these kinds"
      picks="many"
      isOn={chosen.size > 0}
      choices={choices}
      onPick={pick}
      clear={chosen.size > 0 ? { word: 'Show all', run: () => narrow({ kind: undefined }) } : undefined}
    />
  );
}

function agentChoices(chosen: string): Choice[] {
  const heard = lastHeard(state.peek().log.events, mostChoices, ({ agent }) => agent);
  const names = new Set([...state.peek().agents.map(({ name }) => name), ...heard]);
  if (chosen !== '') names.add(chosen);
  return [...names].sort().map((name) => ({ value: name, word: <Who name={name} />, isChosen: name === chosen }));
}

/** Those that something happened to last; others are found by the words of the filter. */
function streamChoices(chosen: string): Choice[] {
  const { log, streams } = state.peek();
  const ids = new Set(lastHeard(log.events, mostChoices, ({ streamId }) => streamId));
  if (chosen !== '') ids.add(chosen);
  return [...ids].map((id) => ({
    value: id,
    word: (
      <>
        <span class="num">{streams.get(id)?.streamNumber ?? id}</span> {streams.get(id)?.title}
      </>
    ),
    isChosen: id === chosen,
  }));
}

// ── The rows ──

const keyOf = (row: Row) => row.key;
const isDay = (row: Row) => row.kind === 'day';
/** The row that the keys go on from. */
const here = signal<string | null>(null);

function Log() {
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLOListElement>(null);
  const rows = activity.rows.value;
  const drawn = useDrawn({ scroller, body, rows, keyOf, name: activity.listName.value });
  const { first, end, rowHeight } = drawn;
  const day = useSignal<number | null>(null);

  const at = () => {
    const index = rows.findIndex(({ key }) => key === here.peek());
    const top = rowHeight > 0 ? Math.ceil((scroller.current?.scrollTop ?? 0) / rowHeight) : 0;
    return index >= 0 ? index : top - 1;
  };
  useWalk({ body, rows, keyOf, drawn, at, skips: isDay, onReach: ({ key }) => (here.value = key) });

  const look = () => {
    const element = scroller.current;
    if (!element) return;
    const top = rowHeight > 0 ? Math.floor(element.scrollTop / rowHeight) : 0;
    day.value = dayAt(rows, top);
    if (element.scrollTop < 8) activity.seen.value = state.peek().revision;
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < nearPx;
    if (isNear && activity.progress.peek() === 'waiting') void activity.readOlder();
  };
  useLayoutEffect(look);

  return (
    <div class="scroll log" ref={scroller} onScroll={look}>
      <div class="day bar-day" hidden={rows.length === 0 && day.value === null}>
        <span>{day.value !== null && dayName(day.value, now.value)}</span>
        <NewButton onPress={() => (scroller.current!.scrollTop = 0)} />
      </div>
      <ol ref={body} onFocusIn={(event) => remember(event.target)}>
        {first > 0 && <li key="above" aria-hidden="true" style={{ height: `${first * rowHeight}px` }} />}
        {rows.slice(first, end).map((row) => (
          <LogRow key={row.key} row={row} />
        ))}
        {end < rows.length && (
          <li key="below" aria-hidden="true" style={{ height: `${(rows.length - end) * rowHeight}px` }} />
        )}
      </ol>
      <End isEmpty={rows.length === 0} />
    </div>
  );
}

function remember(target: EventTarget | null): void {
  const key = target instanceof Element ? target.closest<HTMLElement>('[data-key]')?.dataset['key'] : undefined;
  if (key !== undefined) here.value = key;
}

/** The day of the row at the top; null: there is none. */
function dayAt(rows: readonly Row[], top: number): number | null {
  for (let index = Math.min(top, rows.length - 1); index >= 0; index--) {
    const row = rows[index]!;
    if (row.kind === 'day') return row.at;
  }
  return activity.firstDay.peek();
}

function LogRow({ row }: { row: Row }) {
  if (row.kind === 'event') return <EventRow change={row.change} rowKey={row.key} isInside={row.isInside} />;
  if (row.kind === 'fold') return <FoldRow {...row} rowKey={row.key} />;
  return (
    <li class="day" data-key={row.key}>
      <h2>{dayName(row.at, now.value)}</h2>
    </li>
  );
}

function NewButton({ onPress }: { onPress: () => void }) {
  const number = activity.newCount.value;
  return (
    <span role="status">
      {number > 0 && !isPast.value && (
        <button type="button" class="btn" onClick={onPress}>
          <Glyph name="up" />
          {count(number)} new
        </button>
      )}
    </span>
  );
}

/** How far it looked, and what is to be done about it. */
function End({ isEmpty }: { isEmpty: boolean }) {
  const to = activity.lookedTo.value;
  const place = to ? `r${count(to.revision)}${to.time ? `, ${shortTime(to.time, now.value)}` : ''}` : '';
  switch (activity.progress.value) {
    case 'failed':
      return (
        <p class="end">
          The log could not be read further back{place && ` than ${place}`}.
          <button type="button" class="btn" onClick={() => void activity.readOlder()}>
            Try again
          </button>
        </p>
      );
    case 'ended':
      if (isEmpty) return <Nothing />;
      return <p class="end">{to && to.revision > 1 ? `What was before ${place} is folded into one event for each stream.` : 'The project begins here.'}</p>;
    default:
      return <p class="end">{place ? `Reading on, back to ${place} so far…` : 'The log is being read…'}</p>;
  }
}

function Nothing() {
  if (state.value.project === null) return null;
  if (!isNarrowed(activity.interest.value)) {
    return (
      <Empty command={'stream-status add "Title"'}>
        Nothing has happened yet. Whatever agents and people do to streams is listed here; this command makes the first.
      </Empty>
    );
  }
  return (
    <div class="none first">
      <p>Nothing in the whole log is like that.</p>
      <button type="button" class="btn" onClick={activity.showAll}>
        Show everything
      </button>
    </div>
  );
}
