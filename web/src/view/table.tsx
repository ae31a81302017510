// The table: every stream as a row, those that need a person first; sorted, narrowed, summed up.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { count, counted, duration } from '../derive/format.ts';
import {
  columnIds,
  columns,
  facets,
  options,
  orderName,
  unclaimed,
  type ColumnId,
  type Facet,
} from '../derive/table.ts';
import { state } from '../live.ts';
import type { Priority, Status, Stream } from '../model.ts';
import { isPast } from '../past.ts';
import { go, href, narrow } from '../route.ts';
import '../style/table.css';
import { StatusChip, Who } from './bits.tsx';
import { useDrawn, useWalk, type Drawn } from './drawn.ts';
import { Empty } from './empty.tsx';
import { Glyph, PriorityGlyph } from './glyphs.tsx';
import { Menu, type Choice } from './menu.tsx';
import { cellClass, Row, saidOf } from './table_row.tsx';
import * as table from './table_state.ts';
import { Top } from './top.tsx';

export function Table() {
  const { rows, streams, listName } = table;
  const all = streams.value;
  useLayoutEffect(table.readSelected, []);
  return (
    <>
      <Top title="Table" sum={all && all.size > 0 ? sumLine(rows.value.length, all.size) : ''} />
      {all === null ? (
        <Empty>The log is being read…</Empty>
      ) : all.size === 0 ? (
        state.value.project !== null && <NoStreams />
      ) : (
        <>
          <Tools />
          {rows.value.length === 0 ? <NoMatch total={all.size} /> : <Grid rows={rows.value} name={listName.value} />}
        </>
      )}
    </>
  );
}

function sumLine(shown: number, total: number): string {
  const { by } = table.sort.value;
  const number = shown === total ? counted(total, 'stream') : `${count(shown)} of ${counted(total, 'stream')}`;
  if (total === 1) return number;
  const order = orderName(table.sort.value);
  return `${number}, ${by === 'need' ? 'those that need you first' : order[0]!.toLowerCase() + order.slice(1)}`;
}

function NoStreams() {
  if (isPast.value) return <Empty>No streams then.</Empty>;
  return (
    <Empty command={'stream-status add "Title"'}>
      No streams yet. Agents add them as they start work; this command makes the first.
    </Empty>
  );
}

function NoMatch({ total }: { total: number }) {
  const text = table.narrowing.value.text.trim();
  return (
    <div class="none first">
      <p>{text === '' ? 'No stream matches these filters.' : `No stream that matches “${text}” is within these filters.`}</p>
      <button type="button" class="btn" onClick={showAll}>
        Show all {count(total)}
      </button>
    </div>
  );
}

function showAll(): void {
  narrow({ ...Object.fromEntries(facets.map((facet) => [facet, undefined])), text: undefined });
}

// ── Choices above the rows ──

const facetWords: Readonly<Record<Facet, string>> = {
  status: 'Status',
  priority: 'Priority',
  category: 'Category',
  agent: 'Agent',
};

function Tools() {
  return (
    <div class="tools" role="toolbar" aria-label="Rows">
      <SortMenu />
      <span class="sep" />
      {facets.map((facet) => (
        <FacetMenu key={facet} facet={facet} />
      ))}
      <input
        type="search"
        class="field"
        placeholder="Filter…"
        aria-label="Only rows with these words"
        value={table.narrowing.value.text}
        onInput={(event) => narrow({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (table.narrowing.peek().text === '') event.currentTarget.blur();
          else narrow({ text: undefined });
        }}
      />
      <span class="grow" />
      <span class="hint t2 dim">
        Rows <kbd>j</kbd> <kbd>k</kbd> open <kbd>enter</kbd>
      </span>
      <ColumnMenu />
    </div>
  );
}

function SortMenu() {
  const { by, isReversed } = table.sort.value;
  const choices = (): Choice[] =>
    (['need', ...columnIds] as const).map((id) => ({
      value: id,
      word: orderName({ by: id, isReversed: by === id && isReversed }),
      isChosen: by === id,
    }));
  return (
    <Menu
      word={orderName({ by, isReversed })}
      name="Order of the rows"
      picks="one"
      isOn
      choices={choices}
      onPick={(id) => table.press(id as ColumnId | 'need')}
    />
  );
}

function FacetMenu({ facet }: { facet: Facet }) {
  const chosen = table.narrowing.value[facet];
  const choices = (): Choice[] =>
    options(table.streams.value ?? new Map(), table.narrowing.value, facet).map(({ value, count: number }) => ({
      value,
      word: <FacetValue facet={facet} value={value} />,
      count: number,
      isChosen: chosen.has(value),
    }));
  return (
    <Menu
      word={
        <>
          {facetWords[facet]}
          {chosen.size > 0 && <span class="c">{count(chosen.size)}</span>}
        </>
      }
      name={`Only rows with this ${facet}`}
      picks="many"
      isOn={chosen.size > 0}
      choices={choices}
      onPick={(value) => table.narrowTo(facet, value)}
      clear={chosen.size > 0 ? { word: 'Show all', run: () => narrow({ [facet]: undefined }) } : undefined}
    />
  );
}

function FacetValue({ facet, value }: { facet: Facet; value: string }) {
  if (facet === 'status') return <StatusChip status={value as Status} />;
  if (facet === 'agent') return value === unclaimed ? <span class="dim">unclaimed</span> : <Who name={value} />;
  if (facet === 'category') return <>{value}</>;
  return (
    <span class="chip">
      <PriorityGlyph priority={value as Priority} />
      {value}
    </span>
  );
}

function ColumnMenu() {
  const shown = table.shownColumns.value;
  const choices = (): Choice[] =>
    columnIds
      .filter((id) => id !== 'title')
      .map((id) => ({ value: id, word: columns[id].head, isChosen: shown.includes(id) }));
  const pick = (id: string) =>
    table.showColumns(shown.includes(id as ColumnId) ? shown.filter((each) => each !== id) : [...shown, id as ColumnId]);
  return (
    <span class="wide">
      <Menu
        word="Columns"
        name="Columns"
        picks="many"
        choices={choices}
        onPick={pick}
        clear={{ word: 'Default columns', run: () => table.showColumns(null) }}
      />
    </span>
  );
}

// ── Rows ──

const keyOf = ({ id }: Stream) => id;

function Grid({ rows, name }: { rows: readonly Stream[]; name: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const drawn = useDrawn({ scroller, body, rows, keyOf, name });
  const shown = table.shownColumns.value;
  const selected = table.selected.value;
  const at = () => rows.findIndex(({ id }) => id === table.selected.peek());
  useWalk({ body, rows, keyOf, drawn, at, onReach: ({ id }) => table.select(id) });
  useReturn(drawn, at);
  const { first, end, rowHeight } = drawn;
  const drawnRows = rows.slice(first, end);
  // One stop of the Tab key: the keys walk on from there.
  const stop = drawnRows.some(({ id }) => id === selected) ? selected : drawnRows[0]?.id;
  const { fresh } = state.value;
  const facts = table.facts.value;
  return (
    <div class="scroll table" ref={scroller}>
      <table
        class="tbl"
        role="table"
        aria-label="Streams"
        aria-rowcount={rows.length + 1}
        style={{ '--least': `${shown.reduce((sum, id) => sum + widthOf(id), 0)}px` }}
      >
        <colgroup>
          {shown.map((id) => (
            <col key={id} style={id === 'title' ? undefined : { width: `${widthOf(id)}px` }} />
          ))}
        </colgroup>
        <Heads shown={shown} />
        <tbody role="rowgroup" ref={body} onClick={openRow}>
          {first > 0 && <Space key="above" height={first * rowHeight} span={shown.length} />}
          {drawnRows.map((stream, index) => (
            <Row
              key={stream.id}
              stream={stream}
              {...saidOf(stream, facts)}
              place={first + index + 2}
              shown={shown}
              isFresh={!isPast.value && fresh.has(stream.id)}
              isSelected={stream.id === selected}
              isStop={stream.id === stop}
            />
          ))}
          {end < rows.length && <Space key="below" height={(rows.length - end) * rowHeight} span={shown.length} />}
        </tbody>
        <Foot total={rows.length} shown={shown} />
      </table>
    </div>
  );
}

function widthOf(id: ColumnId): number {
  return columns[id].widths[table.isTight.value ? 1 : 0];
}

/** Back from a stream's page, or by a link: to the row that the address names. */
function useReturn(drawn: Drawn, at: () => number): void {
  const isReady = drawn.rowHeight > 0;
  useEffect(() => {
    const index = isReady ? at() : -1;
    if (index >= 0) drawn.reveal(index);
  }, [isReady]);
}

/** The whole row opens its stream, as its link does; text that was selected stays. */
function openRow(event: MouseEvent): void {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-key]') : null;
  if (!row || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if ((event.target as Element).closest('a') || !getSelection()!.isCollapsed) return;
  table.select(row.dataset['key']!);
  table.settleSelected();
  go(href('stream', row.dataset['key']!));
}

function Space({ height, span }: { height: number; span: number }) {
  return (
    <tr class="space" aria-hidden="true">
      <td colSpan={span} style={{ height: `${height}px` }} />
    </tr>
  );
}

function Heads({ shown }: { shown: readonly ColumnId[] }) {
  const { by, isReversed } = table.sort.value;
  return (
    <thead role="rowgroup">
      <tr role="row">
        {shown.map((id) => {
          const { head, isAscending } = columns[id];
          const isBy = by === id;
          return (
            <th
              key={id}
              role="columnheader"
              scope="col"
              class={cellClass(id)}
              aria-sort={isBy ? (isAscending !== isReversed ? 'ascending' : 'descending') : undefined}
            >
              <button
                type="button"
                title={orderName({ by: id, isReversed: isBy && !isReversed })}
                onClick={() => table.press(id)}
              >
                <span class="cut">
                  {head}
                  {id === 'commits' && <span class="since"> since {table.sparks.value.since}</span>}
                </span>
                {isBy && <Glyph name={isAscending !== isReversed ? 'up' : 'down'} />}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

function Foot({ total, shown }: { total: number; shown: readonly ColumnId[] }) {
  const sums = table.sums.value;
  const cells: Partial<Record<ColumnId, ComponentChildren>> = {
    phases: sums.phases > 0 && (
      <>
        {count(sums.phasesDone)} of {count(sums.phases)}
        <span class="unit"> phases</span>
      </>
    ),
    done: `${sums.progress} %`,
    claim: counted(sums.agents, 'agent'),
    commits: count(sums.commits),
    blocked: sums.blockedMs > 0 && duration(sums.blockedMs, 2),
    marks: sums.pairs > 0 && counted(sums.pairs, 'pair'),
  };
  // The number of rows takes the room of all columns up to the first sum.
  const lead = Math.max(1, shown.findIndex((id) => id in cells));
  return (
    <tfoot role="rowgroup">
      <tr role="row">
        <td role="cell" colSpan={lead}>
          {counted(total, 'stream')}
        </td>
        {shown.slice(lead).map((id) => (
          <td key={id} role="cell" class={cellClass(id)}>
            {cells[id]}
          </td>
        ))}
      </tr>
    </tfoot>
  );
}
