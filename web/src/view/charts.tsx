// The charts: how much is left and how fast it goes, what it waited for, who committed. Over each stands what it says.
import { computed, signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import uPlot from 'uplot';
import {
  blockedOf,
  burnUp,
  commitsOf,
  countBySlot,
  cycles,
  doneTimes,
  forecast,
  groupsOf,
  median,
  progressLine,
  rangeOf,
  ranges,
  slotsOf,
  unitOf,
  windowOf,
  type Blocked,
} from '../derive/charts.ts';
import {
  agentFinding,
  blockedFinding,
  blockedWords,
  burnUpFinding,
  cycleFinding,
  dayFinding,
  lengthWords,
  progressFinding,
  scopeWords,
  type Scope,
} from '../derive/findings.ts';
import { count, shortTime } from '../derive/format.ts';
import type { History } from '../derive/history.ts';
import { Order, readBackTo, tickWord, within } from '../derive/timeline.ts';
import { ticks } from '../derive/scrub.ts';
import { state } from '../live.ts';
import { at, historyShown, isPast, lastShown, shown } from '../past.ts';
import { route } from '../route.ts';
import { AgentBars, BlockedBars, Dots, Figure, SmallLine } from './chart_parts.tsx';
import { Empty } from './empty.tsx';
import { Hatch } from './hatch.tsx';
import { Plot, Word } from './plot.tsx';
import { SlotChart } from './slot_chart.tsx';
import { useSampled } from './sampled.ts';
import { RangeChoice } from './range_choice.tsx';
import { Top } from './top.tsx';
import '../style/charts.css';

/** Charts of days need not follow each event, and a busy project has many a second. */
const sampleMs = 2_000;

interface Sample {
  readonly history: History;
  readonly now: number;
  readonly complete: boolean;
  readonly known: boolean;
}

const source = computed<Sample>(() => {
  const { log } = state.value;
  const moment = isPast.value && lastShown.value ? Date.parse(lastShown.value.timestamp) : Date.now();
  return { history: historyShown.value, now: moment, complete: log.complete, known: log.base !== null };
});
const range = computed(() => rangeOf(route.value.query.get('range')));

export function Charts() {
  // A log that has come in whole is another start.
  const key = `${at.value} ${state.value.log.base !== null} ${state.value.log.complete}`;
  const sample = useSampled(source, sampleMs, key);
  const scope = useMemo<Scope>(() => {
    const window = windowOf(range.value, sample.history, sample.now);
    return { range: range.value, window, complete: sample.complete, isPast: isPast.value };
  }, [sample, range.value]);
  const isEmpty = sample.history.streams.size === 0;
  return (
    <>
      <Top title="Charts" sum={isEmpty || !sample.known ? '' : sumOf(scope)} />
      {state.value.project === null ? null : shown.value === null || !sample.known ? (
        <Empty>The log is being read…</Empty>
      ) : isEmpty ? (
        <Empty command={'stream-status add "Title" --phases design,code,tests'}>
          {isPast.value
            ? 'No streams yet at that moment.'
            : 'Nothing to draw yet. Charts grow with the phases, commits and waits of streams; this command opens one.'}
        </Empty>
      ) : (
        <>
          <Ranges sample={sample} scope={scope} />
          <div class="scroll" tabIndex={-1}>
            <Hatch />
            <Grid sample={sample} scope={scope} />
            <Progress history={sample.history} scope={scope} />
          </div>
        </>
      )}
    </>
  );
}

function sumOf({ window }: Scope): string {
  const revision = at.value ?? state.value.revision;
  return `${shortTime(window.from, window.to)} to ${isPast.value ? 'then' : 'now'}, from the log up to r${revision}`;
}

const rangeWords = { '7d': '7 days', '30d': '30 days', all: 'All' };

function Ranges({ sample, scope }: { sample: Sample; scope: Scope }) {
  const wanted = { from: scope.range === 'all' ? -Infinity : scope.window.to - 7 * 86_400_000, to: scope.window.to };
  const since = readBackTo(sample.history, sample.complete, wanted);
  return (
    <div class="tools">
      <span class="grow t2 dim cut">
        {since !== null && `The log is read back to ${shortTime(since, scope.window.to)}; charts begin there.`}
      </span>
      <RangeChoice class="ch-ranges" ranges={ranges} words={rangeWords} value={range.value} />
    </div>
  );
}

interface ChartProps {
  readonly sample: Sample;
  readonly scope: Scope;
}

function Grid(props: ChartProps) {
  return (
    <div class="cg">
      <BurnUpChart {...props} />
      <ThroughputChart {...props} />
      <CycleChart {...props} />
      <BlockedChart {...props} />
      <CommitsChart {...props} />
      <AgentsChart {...props} />
    </div>
  );
}

/** Words of an axis of time, as many as fit. */
function axisOf(scope: Scope, most: number) {
  return ticks(scope.window, most).map(({ at: time, word }) => ({ at: time, word: tickWord(time, word) }));
}

/** 0, the top, and one or two round numbers between. */
function roundTicks(most: number): number[] {
  if (most <= 1) return [0, most];
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough)!,
  );
  const found: number[] = [];
  for (let value = 0; value < most - step / 2; value += step) found.push(value);
  return [...found, most];
}

function BurnUpChart({ sample, scope }: ChartProps) {
  const { history } = sample;
  const point = useMemo(() => signal<number | null>(null), []);
  const drawn = useMemo(() => {
    const unit = unitOf(history);
    const line = burnUp(history, scope.window, unit);
    const data = [line.at, line.planned, line.done] as unknown as uPlot.AlignedData;
    const left = line.planned.at(-1)! - line.done.at(-1)!;
    const expected = forecast(doneTimes(history, unit), left, scope.window);
    const finding = burnUpFinding(line, expected, unit, scope);
    return { unit, line, data, finding, isForecast: expected !== null, x: axisOf(scope, 6) };
  }, [sample, scope]);
  const { unit, line, finding } = drawn;
  const [planned, done] = [line.planned.at(-1)!, line.done.at(-1)!];
  const added = planned - line.planned[0]!;
  const most = Math.max(1, ...line.planned);
  const index = point.value;
  return (
    <Figure
      finding={finding}
      caption={
        <>
          {unit === 'phase' ? 'Phases' : 'Streams'} planned and done
          {added > 0 && ` · ${count(added)} added ${scopeWords(scope)}`}
          {drawn.isForecast && ', no more expected'}
          {index !== null && line.at[index] !== undefined && (
            <span class="read">
              {shortTime(line.at[index], scope.window.to)}: {line.planned[index]} planned, {line.done[index]} done
            </span>
          )}
        </>
      }
      numbers={() => [
        ['At', 'Planned', 'Done'],
        ...line.at
          .map((time, row) => [shortTime(time, scope.window.to), line.planned[row]!, line.done[row]!])
          .reverse(),
      ]}
    >
      <Plot
        data={drawn.data}
        x={[scope.window.from, scope.window.to]}
        most={most}
        xTicks={drawn.x}
        yTicks={roundTicks(most)}
        label={`${finding}. ${count(planned)} planned, ${count(done)} done.`}
        onPoint={(each) => (point.value = each)}
        series={(color) => [
          { stroke: () => color('--ink-3'), width: 1.25, points: { show: false }, paths: stepped },
          {
            stroke: () => color('--done-mark'),
            fill: () => color('--done-wash'),
            width: 2,
            points: { show: false },
            paths: stepped,
          },
        ]}
      >
        {({ y, right }) => {
          const [top, bottom] = [y(planned), Math.max(y(done), y(planned) + 16)];
          return (
            <>
              <Word x={right + 8} y={top} strong>
                {count(planned)} planned
              </Word>
              <Word x={right + 8} y={bottom} strong tone="done">
                {count(done)} done
              </Word>
              {bottom - top > 40 && (
                <>
                  <i
                    class="ch-rule"
                    style={{ left: `${right + 12}px`, top: `${top + 10}px`, height: `${bottom - top - 20}px` }}
                  />
                  <Word x={right + 20} y={(top + bottom) / 2}>
                    {count(planned - done)} to go
                  </Word>
                </>
              )}
            </>
          );
        }}
      </Plot>
    </Figure>
  );
}

const stepped = uPlot.paths.stepped!({ align: 1 });

function ThroughputChart({ sample, scope }: ChartProps) {
  const { unit, slots, counts, finding } = useMemo(() => {
    const kind = unitOf(sample.history);
    const times = doneTimes(sample.history, kind);
    const parts = slotsOf(scope.window);
    return {
      unit: kind,
      slots: parts,
      counts: countBySlot(times, parts, scope.window),
      finding: dayFinding(times, kind, ' done', scope),
    };
  }, [sample, scope]);
  const caption = `${unit === 'phase' ? 'Phases' : 'Streams'} done per ${slots.step}`;
  return <SlotChart finding={finding} caption={caption} slots={slots} counts={counts} scope={scope} word={unit} />;
}

function CommitsChart({ sample, scope }: ChartProps) {
  const { slots, counts, finding } = useMemo(() => {
    const { times } = commitsOf(sample.history, scope.window);
    const parts = slotsOf(scope.window);
    return {
      slots: parts,
      counts: countBySlot(times, parts, scope.window),
      finding: dayFinding(times, 'commit', '', scope),
    };
  }, [sample, scope]);
  const caption = `Commits per ${slots.step}`;
  return <SlotChart finding={finding} caption={caption} slots={slots} counts={counts} scope={scope} word="commit" />;
}

function CycleChart({ sample, scope }: ChartProps) {
  const { unit, groups, finding } = useMemo(() => {
    const kind = unitOf(sample.history);
    const all = cycles(sample.history, scope.window, kind);
    const byCategory = groupsOf(all);
    return { unit: kind, groups: byCategory, finding: cycleFinding(all, byCategory, kind, scope) };
  }, [sample, scope]);
  return (
    <Figure
      finding={finding}
      caption={`Time per ${unit}, blocked and paused time left out; a dot is a ${unit}`}
      numbers={() => [
        ['Category', unit === 'phase' ? 'Phases' : 'Streams', 'Median', 'Longest'],
        ...groups.map(({ category, cycles: all, median: middle }) => [
          category,
          all.length,
          lengthWords(middle),
          lengthWords(Math.max(...all.map(({ ms }) => ms))),
        ]),
      ]}
    >
      {groups.length > 0 && (
        <Dots groups={groups} unit={unit} label={`${finding}. Median by category: ${medians(groups)}.`} />
      )}
    </Figure>
  );
}

function medians(groups: ReturnType<typeof groupsOf>): string {
  return groups
    .map(({ category, cycles: all }) => `${category} ${lengthWords(median(all.map(({ ms }) => ms)))}`)
    .join(', ');
}

function BlockedChart({ sample, scope }: ChartProps) {
  const rows = useMemo(() => blockedOf(sample.history, scope.window), [sample, scope]);
  const causeOf = ({ cause, still }: Blocked): string => {
    const what =
      cause === 'you'
        ? 'an answer from you'
        : cause === null
          ? 'it did not say what for'
          : `${cause.length === 1 ? 'stream' : 'streams'} ${cause.map((id) => sample.history.streams.get(id)?.stream.streamNumber ?? id).join(', ')}`;
    return still && !scope.isPast ? `${what}, still` : what;
  };
  return (
    <Figure
      finding={blockedFinding(rows, scope)}
      caption="Blocked time per stream, and what it waited for"
      numbers={() => [
        ['Stream', 'Blocked', 'Waited for'],
        ...rows.map((row) => [`${row.stream.streamNumber} ${row.stream.title}`, blockedWords(row.ms), causeOf(row)]),
      ]}
    >
      {rows.length > 0 && <BlockedBars rows={rows} causeOf={causeOf} />}
    </Figure>
  );
}

function AgentsChart({ sample, scope }: ChartProps) {
  const commits = useMemo(() => commitsOf(sample.history, scope.window), [sample, scope]);
  return (
    <Figure
      finding={agentFinding(commits, scope)}
      caption="Commits per agent: who held the stream then, else who made them"
      numbers={() => [['Agent', 'Commits'], ...commits.agents.map(({ agent, commits: made }) => [agent, made])]}
    >
      {commits.agents.length > 0 && <AgentBars agents={commits.agents} />}
    </Figure>
  );
}

const firstLines = 28;
const order = new Order();
const mostLines = signal(firstLines);

function Progress({ history, scope }: { history: History; scope: Scope }) {
  const all = useMemo(() => within(order.read(shown.peek() ?? new Map(), null), scope.window), [scope]);
  const some = all.slice(0, mostLines.value);
  const lines = useMemo(
    () => some.map(({ id }) => progressLine(history.streams.get(id), scope.window)),
    [all, some.length, history],
  );
  const rest = all.length - some.length;
  return (
    <section class="sm" aria-label="Progress by stream">
      <div class="hd">
        <h2>{progressFinding(all, scope)}</h2>
        <span class="t2 dim">Progress by stream, 0 to 100 %; hatched while blocked</span>
      </div>
      {some.map((stream, index) => (
        <SmallLine key={stream.id} stream={stream} line={lines[index]!} />
      ))}
      {rest > 0 && (
        <button type="button" class="btn" onClick={() => (mostLines.value += 4 * firstLines)}>
          Show {count(Math.min(rest, 4 * firstLines))} of {count(rest)} more
        </button>
      )}
    </section>
  );
}
