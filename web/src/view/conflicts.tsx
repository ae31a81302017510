// Conflicts: which streams share files, which of those would conflict, and what to do about the pair that is selected.
// The pair stands in the address. The forecast is of the present: of a past one nothing is known.
import '../style/conflicts.css';
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { call, isFailure, type Failure } from '../act.ts';
import {
  adviceOn,
  findPair,
  leftOutSentences,
  matrixOf,
  nextCell,
  numberOf,
  sidesOf,
  type Matrix,
} from '../derive/conflicts.ts';
import { count, counted } from '../derive/format.ts';
import { conflictFiles } from '../derive/needs.ts';
import { send, state } from '../live.ts';
import type { ChangedFiles, Conflicts as Forecast, MergeState, Pair } from '../model.ts';
import { isPast } from '../past.ts';
import { href, route } from '../route.ts';
import { now } from '../ui.ts';
import { Age } from './bits.tsx';
import { PairDetail, Path } from './conflict_pair.tsx';
import { Empty } from './empty.tsx';
import { Glyph, type GlyphName } from './glyphs.tsx';
import { Top } from './top.tsx';

const firstListed = 20;
/** With more streams the cells are smaller, and the matrix scrolls by itself. */
const mostRoomy = 12;

/** Why git could not be asked; the lookout asks on by itself. */
const failure = signal<Failure | null>(null);
const isLooking = signal(false);

async function look(): Promise<void> {
  if (isLooking.peek()) return;
  isLooking.value = true;
  try {
    send({ kind: 'conflicts', conflicts: await call<Forecast>('GET', '/api/conflicts') });
    failure.value = null;
  } catch (error) {
    failure.value = isFailure(error) ? error : null;
  } finally {
    isLooking.value = false;
  }
}

export function Conflicts() {
  const { conflicts, project } = state.value;
  const missing = conflicts === null && project !== null && !isPast.value;
  useEffect(() => {
    if (missing) void look();
  }, [missing]);
  if (isPast.value) {
    return (
      <>
        <Top title="Conflicts" />
        <Empty>Branches are compared as they are now; how they stood then is not kept.</Empty>
      </>
    );
  }
  if (project === null) return <Top title="Conflicts" />;
  if (conflicts === null) return <NotCompared />;
  return <Forecasted conflicts={conflicts} />;
}

function NotCompared() {
  const why = failure.value;
  const noGit = why !== null && /not a git repository/i.test(why.error);
  return (
    <>
      <Top title="Conflicts" />
      {why === null ? (
        <Empty>The branches are being compared…</Empty>
      ) : (
        <div class="none first">
          <p>
            {noGit
              ? 'This project is not a git repository, so there are no branches to compare.'
              : `The branches could not be compared: ${why.error}`}
          </p>
          {why.hint && <p>{capital(why.hint)}.</p>}
          <button type="button" class="btn" disabled={isLooking.value} onClick={() => void look()}>
            Look again
          </button>
        </div>
      )}
    </>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Forecasted({ conflicts }: { conflicts: Forecast }) {
  const { pairs } = conflicts;
  const selected = useSelected(pairs);
  const predicted = pairs.filter((pair) => pair.state === 'conflict');
  const onMain = conflicts.streams.filter(({ againstMain }) => againstMain.state === 'conflict');
  const shared = `${counted(pairs.length, 'pair')} that ${pairs.length === 1 ? 'shares' : 'share'} files`;
  const sum = pairs.length === 0 ? '' : `${count(predicted.length)} of ${shared} will conflict`;
  return (
    <>
      <Top title="Conflicts" sum={sum} />
      <div class="cf">
        <div class="mx" tabIndex={-1}>
          {pairs.length === 0 ? (
            <p class="none">
              No two streams share a file.{' '}
              {conflicts.streams.length > 0
                ? `${count(conflicts.streams.length)} ${conflicts.streams.length === 1 ? 'branch' : 'branches'} compared.`
                : 'Streams appear here once they have a branch or a worktree with changes.'}
            </p>
          ) : (
            <Pairs conflicts={conflicts} predicted={predicted} selected={selected.pair} />
          )}
          {onMain.length > 0 && <AgainstMain conflicts={conflicts} streams={onMain} />}
          <Fineprint conflicts={conflicts} />
        </div>
        {pairs.length > 0 && (
          <div class="dt" tabIndex={-1}>
            {selected.pair ? (
              <PairDetail
                key={`${selected.pair.a} ${selected.pair.b}`}
                pair={selected.pair}
                conflicts={conflicts}
                isAskedFor={selected.isAskedFor}
              />
            ) : (
              <NoPair a={selected.a} b={selected.b} />
            )}
          </div>
        )}
      </div>
    </>
  );
}

interface Selected {
  readonly a: string;
  readonly b: string;
  readonly pair: Pair | undefined;
  /** By the address, not by default. */
  readonly isAskedFor: boolean;
}

/** The pair of the address; else the worst, and that one for as long as it is there. */
function useSelected(pairs: readonly Pair[]): Selected {
  const kept = useRef<readonly [string, string] | null>(null);
  const { query } = route.value;
  const [a, b] = [query.get('a'), query.get('b')];
  if (a && b) return { a, b, pair: findPair(pairs, a, b), isAskedFor: true };
  const pair = (kept.current && findPair(pairs, ...kept.current)) || pairs[0];
  kept.current = pair ? [pair.a, pair.b] : null;
  return { a: pair?.a ?? '', b: pair?.b ?? '', pair, isAskedFor: false };
}

function NoPair({ a, b }: { a: string; b: string }) {
  const { streams } = state.value;
  return (
    <p class="none">
      <a class="live" href={href('stream', a)}>
        {numberOf(a, streams)}
      </a>{' '}
      and{' '}
      <a class="live" href={href('stream', b)}>
        {numberOf(b, streams)}
      </a>{' '}
      share no file now: one has landed, or has no branch, or changes other files.
    </p>
  );
}

function Pairs({
  conflicts,
  predicted,
  selected,
}: {
  conflicts: Forecast;
  predicted: readonly Pair[];
  selected: Pair | undefined;
}) {
  const { streams } = state.value;
  const matrix = matrixOf(conflicts.pairs, streams);
  const states = new Set(conflicts.pairs.map((pair) => pair.state));
  return (
    <>
      {matrix.ids.length > 1 && <Grid matrix={matrix} selected={selected} />}
      <div class="signs">
        <span>
          <b class="b5">2</b> files changed by both
        </span>
        {states.has('conflict') && (
          <span class="risk">
            <Glyph name="conflict" /> conflict predicted
          </span>
        )}
        {states.has('possible') && (
          <span class="mid">
            <Glyph name="uncommitted" /> possible: not all is committed
          </span>
        )}
        {states.has('unknown') && (
          <span class="mid">
            <Glyph name="question" /> not known
          </span>
        )}
      </div>
      {predicted.length > 0 && (
        <>
          <h2 class="sec">
            Predicted conflicts<span class="x">{count(predicted.length)}</span>
          </h2>
          <PairList pairs={predicted} conflicts={conflicts} selected={selected} />
        </>
      )}
      <Rest matrix={matrix} conflicts={conflicts} selected={selected} />
    </>
  );
}

const signs: Readonly<Record<MergeState, GlyphName | null>> = {
  conflict: 'conflict',
  possible: 'uncommitted',
  unknown: 'question',
  clean: null,
};

const words: Readonly<Record<MergeState, string>> = {
  conflict: 'conflict predicted',
  possible: 'conflict possible',
  unknown: 'not known',
  clean: 'merges',
};

function isSame(pair: Pair | null, other: Pair | undefined): boolean {
  return pair !== null && other !== undefined && pair.a === other.a && pair.b === other.b;
}

/** One cell has the tab stop; the arrows go on from there. */
function Grid({ matrix, selected }: { matrix: Matrix; selected: Pair | undefined }) {
  const { streams } = state.value;
  const { ids, at } = matrix;
  const crossed = new Set(selected ? [selected.a, selected.b] : []);
  const table = useRef<HTMLTableElement>(null);
  const [stop, setStop] = useState('');
  const name = (row: number, column: number) => `${ids[row]} ${ids[column]}`;
  const isStop = stopOf(matrix, selected, stop, name);
  const move = (event: KeyboardEvent, row: number, column: number) => {
    const next = nextCell(matrix, { row, column }, event.key);
    if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setStop(name(next.row, next.column));
    const cell = table.current?.rows[next.row]?.cells[next.column + 1]?.querySelector('a');
    cell?.focus();
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  return (
    <div class="mtx-box" data-tight={ids.length > mostRoomy ? '' : undefined} tabIndex={-1}>
      <table class="mtx" role="grid" aria-label="Files that two streams share" ref={table}>
        <thead>
          <tr>
            <td class="void" />
            {ids.slice(0, -1).map((id) => (
              <th key={id} scope="col" class={crossed.has(id) ? 'hc cross' : 'hc'} title={streams.get(id)?.title}>
                {numberOf(id, streams)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ids.slice(1).map((id, index) => {
            const row = index + 1;
            return (
              <tr key={id}>
                <th scope="row" class={crossed.has(id) ? 'rh cross' : 'rh'} title={streams.get(id)?.title}>
                  <span class="num">{numberOf(id, streams)}</span>
                  <span class="tt">{streams.get(id)?.title}</span>
                </th>
                {ids.slice(0, row).map((other, column) => {
                  const pair = at(row, column);
                  if (!pair) return <td key={other} class="zero" />;
                  const sign = signs[pair.state];
                  const files = pair.files.length;
                  const both = `${numberOf(other, streams)} and ${numberOf(id, streams)}`;
                  return (
                    <td
                      key={other}
                      data-state={pair.state}
                      data-picked={isSame(pair, selected) ? '' : undefined}
                      aria-selected={isSame(pair, selected)}
                    >
                      <a
                        href={href('conflicts', '', { a: other, b: id })}
                        tabIndex={isStop(row, column) ? 0 : -1}
                        aria-label={`${both}: ${counted(files, 'shared file')}, ${words[pair.state]}`}
                        onFocus={() => setStop(name(row, column))}
                        onKeyDown={(event) => move(event, row, column)}
                      >
                        {files > 99 ? '99+' : files}
                        {sign && <Glyph name={sign} />}
                      </a>
                    </td>
                  );
                })}
                {ids.slice(row, -1).map((other) => (
                  <td key={other} class="void" />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The cell that was focused last, while it is there; else the selected one; else the first. */
function stopOf(
  { ids, at }: Matrix,
  selected: Pair | undefined,
  focused: string,
  name: (row: number, column: number) => string,
): (row: number, column: number) => boolean {
  let first = '';
  let picked = '';
  let last = '';
  for (let row = 1; row < ids.length; row++) {
    for (let column = 0; column < row; column++) {
      const pair = at(row, column);
      if (!pair) continue;
      first ||= name(row, column);
      if (isSame(pair, selected)) picked = name(row, column);
      if (name(row, column) === focused) last = focused;
    }
  }
  const stop = last || picked || first;
  return (row, column) => name(row, column) === stop;
}

function PairList({
  pairs,
  conflicts,
  selected,
}: {
  pairs: readonly Pair[];
  conflicts: Forecast;
  selected: Pair | undefined;
}) {
  const { streams } = state.value;
  const [most, setMost] = useState(firstListed);
  const rest = pairs.length - most;
  return (
    <>
      <ul class="pairs">
        {pairs.slice(0, most).map((pair) => {
          const [upper, lower] = sidesOf(pair, streams);
          const files = counted(pair.files.length, 'file');
          const sign = signs[pair.state];
          return (
            <li key={`${pair.a} ${pair.b}`}>
              <a
                href={href('conflicts', '', { a: upper, b: lower })}
                data-item
                aria-current={isSame(pair, selected) ? 'true' : undefined}
                title={`${streams.get(upper)?.title ?? upper}\n${streams.get(lower)?.title ?? lower}`}
              >
                <span class={pair.state === 'conflict' ? 'risk' : 'dim'}>
                  {sign ? <Glyph name={sign} small={false} /> : <Glyph name="check" small={false} />}
                </span>
                <span class="no">
                  {numberOf(upper, streams)} <span class="dim">×</span> {numberOf(lower, streams)}
                </span>
                <span class="t2 mid cut">
                  {pair.state === 'conflict' ? adviceOn(pair, conflicts, streams, now.value) : words[pair.state]}
                </span>
                <span class="t2 dim">
                  {pair.state === 'conflict' ? `${count(conflictFiles(pair))} of ${files}` : files}
                </span>
              </a>
            </li>
          );
        })}
      </ul>
      {rest > 0 && (
        <button type="button" class="btn more" onClick={() => setMost(most + 5 * firstListed)}>
          Show {count(Math.min(rest, 5 * firstListed))} of {count(rest)} more
        </button>
      )}
    </>
  );
}

/** Pairs that have no cell, as a list; those in conflict are in the list above already. */
function Rest({
  matrix,
  conflicts,
  selected,
}: {
  matrix: Matrix;
  conflicts: Forecast;
  selected: Pair | undefined;
}) {
  if (matrix.rest.length === 0) return null;
  const others = matrix.rest.filter((pair) => pair.state !== 'conflict');
  return (
    <>
      <h2 class="sec">
        Pairs without a cell<span class="x">{count(matrix.rest.length)}</span>
      </h2>
      <p class="t2 dim say">
        The matrix shows {matrix.ids.length} streams, those in conflict first
        {others.length < matrix.rest.length ? '; all predicted conflicts are in the list above.' : '.'}
      </p>
      {others.length > 0 && <PairList pairs={others} conflicts={conflicts} selected={selected} />}
    </>
  );
}

function AgainstMain({ conflicts, streams: changed }: { conflicts: Forecast; streams: readonly ChangedFiles[] }) {
  const { streams } = state.value;
  const [most, setMost] = useState(firstListed);
  return (
    <>
      <h2 class="sec">
        Conflicts with {conflicts.mainBranch ?? 'the main branch'}
        <span class="x">{count(changed.length)}</span>
      </h2>
      <ul class="pairs">
        {changed.slice(0, most).map(({ streamId, title, againstMain }) => {
          const files = [...new Set(againstMain.conflicts.map(({ file }) => file))];
          return (
            <li key={streamId}>
              <a href={href('stream', streamId)} data-item title={[title, ...files].join('\n')}>
                <span class="risk">
                  <Glyph name="conflict" small={false} />
                </span>
                <span class="no">{numberOf(streamId, streams)}</span>
                <span class="t2 mid">{files[0] && <Path path={files[0]} />}</span>
                <span class="t2 dim">{counted(files.length, 'file')}</span>
              </a>
            </li>
          );
        })}
      </ul>
      {changed.length > most && (
        <button type="button" class="btn more" onClick={() => setMost(most + 5 * firstListed)}>
          Show {count(Math.min(changed.length - most, 5 * firstListed))} of {count(changed.length - most)} more
        </button>
      )}
    </>
  );
}

/** How this came about, and what it says nothing about. */
function Fineprint({ conflicts }: { conflicts: Forecast }) {
  const left = leftOutSentences(conflicts, state.value.streams);
  return (
    <div class="t2 dim fine">
      <p>
        Predicted by merging each pair of branches in memory
        {conflicts.mainBranch === null && '; no main branch was found'}. Last looked{' '}
        <Age since={conflicts.timestamp} ago />.{' '}
        <button type="button" class="again" disabled={isLooking.value} onClick={() => void look()}>
          Look again
        </button>
      </p>
      {left.length > 0 && <p>Left out: {left.join('; ')}.</p>}
      {conflicts.warnings.map((warning) => (
        <p key={warning} class="risk">
          {warning}
        </p>
      ))}
    </div>
  );
}
