// The phases as bars over the stream's time: when each was worked on and how long, where it is stuck. The sign of a phase
// is the button that completes or reopens it.
import { useId } from 'preact/hooks';
import { act, actions } from '../../act.ts';
import { duration } from '../../derive/format.ts';
import { ticks } from '../../derive/scrub.ts';
import { phaseRows, phaseWord, type PhaseRow } from '../../derive/stream.ts';
import { donePhases } from '../../derive/streams.ts';
import { draft, dropDraft, isSame } from '../../edit.ts';
import type { Stream } from '../../model.ts';
import { historyShown, isPast } from '../../past.ts';
import { moment } from '../../ui.ts';
import { PhaseBar } from '../bits.tsx';
import { Glyph, type GlyphName } from '../glyphs.tsx';
import { When } from '../moments.tsx';
import { Cancel, closePanel, isPanelOpen, Panel, togglePanel } from '../panel.tsx';
import { Edited } from './edited.tsx';

export function Phases({ stream }: { stream: Stream }) {
  const { id, phases, progress } = stream;
  const log = historyShown.value.streams.get(id);
  // The page's clock ticks slowly: what happened since is not in the future.
  const until = stream.completedAt ? Date.parse(stream.completedAt) : Math.max(moment.value, Date.parse(stream.updatedAt));
  const rows = phaseRows(stream, log, until);
  const from = Math.min(log?.opened ?? Date.parse(stream.createdAt), until - 60_000);
  return (
    <section aria-label="Phases">
      <h3 class="sec">
        Phases
        <span class="x">
          {phases.length > 0 && `${donePhases(stream).size} of ${phases.length} · `}
          {isPast.value ? (
            `${progress} %`
          ) : (
            <button
              type="button"
              class="btn bare t2 dim"
              aria-label={`Progress ${progress} %. Change`}
              aria-expanded={isPanelOpen(id, 'progress')}
              onClick={() => togglePanel(id, 'progress')}
            >
              {progress} %
            </button>
          )}
          {!isPast.value && (
            <button
              type="button"
              class="btn bare t2"
              aria-expanded={isPanelOpen(id, 'phases')}
              onClick={() => togglePanel(id, 'phases')}
            >
              {phases.length > 0 ? 'Edit' : 'Name phases'}
            </button>
          )}
        </span>
      </h3>
      {!isPast.value && isPanelOpen(id, 'progress') && <ProgressPanel stream={stream} />}
      {!isPast.value && isPanelOpen(id, 'phases') && <PhasesEditor stream={stream} />}
      {phases.length === 0 ? (
        <div class="line">
          <PhaseBar stream={stream} />
        </div>
      ) : (
        <Bars stream={stream} rows={rows} from={from} to={until} />
      )}
    </section>
  );
}

function Bars({ stream, rows, from, to }: { stream: Stream; rows: readonly PhaseRow[]; from: number; to: number }) {
  const hatch = useId();
  const share = (at: number) => `${((100 * (Math.max(at, from) - from)) / (to - from)).toFixed(2)}%`;
  const width = (a: number, b: number) => `${((100 * (b - Math.max(a, from))) / (to - from)).toFixed(2)}%`;
  const lines = ticks({ from, to }, 5);
  return (
    <ol class="ph" data-status={stream.status}>
      {rows.map((row) => (
        <li key={row.index} data-state={row.state}>
          <PhaseSign stream={stream} row={row} />
          <span class="nm cut" title={row.name}>
            {row.name}
          </span>
          <svg class="g" aria-hidden="true">
            {row.index === 0 && (
              <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect width="5" height="5" fill="var(--stuck-wash)" />
                <rect width="2" height="5" fill="var(--stuck-mark)" />
              </pattern>
            )}
            {lines.map((tick) => (
              <line key={tick.at} x1={share(tick.at)} x2={share(tick.at)} y1="0" y2="32" stroke="var(--line)" />
            ))}
            {row.index === 0 &&
              lines.map((tick) => (
                <text key={tick.at} x={share(tick.at)} dx="4" y="10">
                  {tick.word}
                </text>
              ))}
            {row.worked && (
              <rect
                x={share(row.worked.from)}
                width={width(row.worked.from, row.worked.to)}
                y="12"
                height="8"
                rx="2"
                class="wk"
              />
            )}
            {row.stuck.map((part) => (
              <rect
                key={part.from}
                x={share(part.from)}
                width={width(part.from, part.to)}
                y="12"
                height="8"
                fill={`url(#${hatch})`}
              />
            ))}
          </svg>
          <small>
            <RowEnd stream={stream} row={row} />
          </small>
        </li>
      ))}
    </ol>
  );
}

function RowEnd({ stream, row }: { stream: Stream; row: PhaseRow }) {
  if (row.state === 'current') {
    if (stream.status === 'blocked') return <>stuck here</>;
    if (stream.status === 'paused') return <>paused here</>;
    return row.worked ? <>{duration(row.worked.to - row.worked.from, 2)} so far</> : <>next</>;
  }
  if (!row.worked || row.state === 'todo') return null;
  return (
    <span title={`took ${duration(row.worked.to - row.worked.from, 2)}`}>
      <When at={row.worked.to} />
    </span>
  );
}

function PhaseSign({ stream, row }: { stream: Stream; row: PhaseRow }) {
  const { glyph, tone, word } = signOf(stream, row);
  const sign = (
    <span class={tone}>
      <Glyph name={glyph} small={false} />
    </span>
  );
  if (isPast.value) {
    return (
      <span class="sq" title={word}>
        {sign}
      </span>
    );
  }
  const does = row.state === 'done' ? 'Reopen' : 'Complete';
  return (
    <button
      type="button"
      class="btn bare sq"
      aria-label={`${does} phase ${row.index + 1}, ${row.name}: ${word}`}
      title={`${word}. ${does} it`}
      onClick={() => void (row.state === 'done' ? reopen(stream, row.index) : complete(stream, row.index))}
    >
      {sign}
    </button>
  );
}

function signOf({ status }: Stream, { state }: PhaseRow): { glyph: GlyphName; tone: string; word: string } {
  if (state === 'done') return { glyph: 'completed', tone: 'done', word: 'done' };
  if (state === 'todo' || status === 'initializing') return { glyph: 'todo', tone: 'dim', word: 'to do' };
  if (status === 'blocked') return { glyph: 'blocked', tone: 'stuck', word: 'stuck' };
  if (status === 'paused') return { glyph: 'paused', tone: 'dim', word: 'paused' };
  return { glyph: 'active', tone: 'live', word: 'in work' };
}

// ── Changing them ──

/** Phases that only the progress implies are completed one by one first: from then on the stream names them. */
async function complete(stream: Stream, index: number): Promise<void> {
  const { id, phases, completedPhases, progress } = stream;
  const implied = completedPhases.length > 0 ? [] : [...donePhases(stream)];
  const work = async () => {
    for (const each of [...implied, index]) {
      await actions.update(id, { completePhase: phaseWord(phases, each) });
    }
  };
  // The explicit progress stands against the one that follows from the phases.
  const undo = () => void act(`"${phases[index]}" is open again.`, () => actions.update(id, { currentPhase: index, progress }));
  await act(`"${phases[index]}" is done.`, work, undo);
}

async function reopen(stream: Stream, index: number): Promise<void> {
  const { id, phases, completedPhases, progress, currentPhase } = stream;
  const isNamed = completedPhases.includes(index);
  // Where phases are implied, those before the current one are the done ones.
  const share = Math.floor((100 * index) / phases.length);
  const fields = isNamed ? { currentPhase: index } : { currentPhase: index, progress: Math.min(progress, share) };
  const back = isNamed ? { completePhase: phaseWord(phases, index), progress } : { currentPhase, progress };
  await act(
    `"${phases[index]}" is open again.`,
    () => actions.update(id, fields),
    () => void act(`"${phases[index]}" is done.`, () => actions.update(id, back)),
  );
}

function ProgressPanel({ stream }: { stream: Stream }) {
  const { id, progress, streamNumber } = stream;
  const text = draft(`${id} progress`, String(progress));
  const close = () => {
    dropDraft(`${id} progress`);
    closePanel();
  };
  const value = Math.max(0, Math.min(100, Math.round(Number(text.value) || 0)));
  const set = (to: number) => () => actions.update(id, { progress: to });
  const submit = async () => {
    const undo = () => void act(`${streamNumber} is at ${progress} % again.`, set(progress));
    if (value === progress || (await act(`${streamNumber} is at ${value} %.`, set(value), undo))) close();
  };
  return (
    <Panel label="Progress" onSubmit={() => void submit()}>
      <div class="acts">
        <input
          class="field pct"
          type="number"
          data-first
          min="0"
          max="100"
          aria-label="Progress in percent"
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <span class="dim">%</span>
        <input
          class="grow"
          type="range"
          min="0"
          max="100"
          aria-label="Progress"
          value={value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <button type="submit" class="btn go">
          Set
        </button>
        <Cancel />
      </div>
    </Panel>
  );
}

function PhasesEditor({ stream }: { stream: Stream }) {
  const { id } = stream;
  const base = draft(`${id} phases seen`, stream.phases.join('\n'));
  const text = draft(`${id} phases`, base.value);
  const close = () => {
    dropDraft(`${id} phases seen`);
    dropDraft(`${id} phases`);
    closePanel();
  };
  const [seen, mine] = [linesOf(base.value), linesOf(text.value)];
  const isChanged = !isSame(seen, mine);
  return (
    <Edited
      stream={stream}
      label="Phases"
      base={isChanged ? { phases: seen } : {}}
      mine={isChanged ? { phases: mine } : {}}
      done={`${stream.streamNumber} has ${mine.length} phases.`}
      onDone={close}
      onSeen={({ phases }) => phases && (base.value = phases.join('\n'))}
      onTheirs={({ phases }) => phases && (text.value = phases.join('\n'))}
    >
      <label class="lab">
        <span class="dim t2">Phases, one a line. One that keeps its name stays done.</span>
        <textarea
          class="field grows"
          data-first
          rows={Math.max(3, mine.length + 1)}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
    </Edited>
  );
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
