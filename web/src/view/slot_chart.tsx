// Bars over time: how many of something each hour, day or week had.
import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import uPlot from 'uplot';
import { meanOf, type Slots } from '../derive/charts.ts';
import type { Scope } from '../derive/findings.ts';
import { count, counted, shortTime } from '../derive/format.ts';
import { tickWord } from '../derive/timeline.ts';
import { Figure } from './chart_parts.tsx';
import { Plot, Word } from './plot.tsx';

const bars = uPlot.paths.bars!({ size: [0.6, 48], gap: 0 });

interface SlotProps {
  readonly finding: string;
  readonly caption: string;
  readonly slots: Slots;
  readonly counts: readonly number[];
  readonly scope: Scope;
  readonly word: string;
}

/** Whether the number over a bar is no wider than its slot. */
function fits(number: number, slot: number): boolean {
  return count(number).length * 7 + 6 <= slot;
}

/** A bar for each slot; the one that is not over stands out. */
export function SlotChart({ finding, caption, slots, counts, scope, word }: SlotProps) {
  const point = useMemo(() => signal<number | null>(null), []);
  const last = counts.length - 1;
  const data = useMemo(() => {
    const before = counts.map((each, index) => (index === last ? null : each));
    const now = counts.map((each, index) => (index === last ? each : null));
    return [counts.map((_, index) => index), before, now] as unknown as uPlot.AlignedData;
  }, [counts]);
  const mean = meanOf(counts, slots, scope.window);
  const most = Math.max(1, ...counts);
  const tallest = counts.indexOf(most);
  const index = point.value;
  const days = slots.step === 'half day' || slots.step === 'day' || slots.step === 'week' || slots.step === 'month';
  const marked = slots.edges.slice(0, -1).flatMap((time, slot) => {
    const here = new Date(time);
    const isMark = slots.step === 'half day' ? here.getHours() === 0 : true;
    return isMark ? [{ at: slot - 0.5, time }] : [];
  });
  const every = Math.ceil(marked.length / 7);
  const xTicks = marked
    .filter((_, place) => place % every === 0)
    .map(({ at: slot, time }) => ({ at: slot, word: slotWord(time, days, scope.window.to) }));
  return (
    <Figure
      finding={finding}
      caption={
        <>
          {caption}
          {index !== null && counts[index] !== undefined && (
            <span class="read">
              {slotWords(slots, index, scope.window.to)}: {counted(counts[index], word)}
            </span>
          )}
        </>
      }
      numbers={() => [
        ['From', plural(word)],
        ...counts.map((each, slot) => [slotWords(slots, slot, scope.window.to), each]).reverse(),
      ]}
    >
      <Plot
        data={data}
        x={[-0.5, Math.max(last, 0) + 0.5]}
        most={most}
        xTicks={xTicks}
        yTicks={[]}
        label={`${finding}. ${caption}${mean === null ? '' : `, ${meanWords(mean)} on average`}.`}
        onPoint={(each) => (point.value = each)}
        series={(color) => [
          { fill: () => color('--mute', 0.7), width: 0, points: { show: false }, paths: bars },
          { fill: () => color('--live-mark'), width: 0, points: { show: false }, paths: bars },
        ]}
      >
        {({ x, y, right }) => (
          <>
            {mean !== null && mean > 0 && (
              <>
                <i class="ch-mean" style={{ left: 0, width: `${right}px`, top: `${y(mean)}px` }} />
                <Word x={right + 8} y={y(mean)} strong>
                  {meanWords(mean)} mean
                </Word>
              </>
            )}
            {counts.map((each, slot) =>
              (fits(each, right / counts.length) || slot === tallest) && (each > 0 || slot === last) ? (
                <Word key={slot} x={x(slot)} y={y(each) - 8} middle>
                  {count(each)}
                  {slot === last && right / counts.length >= 56 && ' so far'}
                </Word>
              ) : null,
            )}
          </>
        )}
      </Plot>
    </Figure>
  );
}

function meanWords(mean: number): string {
  return count(mean < 10 ? Math.round(mean * 10) / 10 : Math.round(mean));
}

function slotWord(time: number, days: boolean, now: number): string {
  const [weekday, clock] = [
    tickWord(time, shortTime(time, now).replace(/ \S+$/, '')),
    shortTime(time, now).split(' ').at(-1)!,
  ];
  return days ? weekday : clock;
}

function slotWords({ edges, step }: Slots, index: number, now: number): string {
  const from = shortTime(edges[index]!, now);
  if (step === 'day') return slotWord(edges[index]!, true, now);
  if (step === 'week' || step === 'month') return `${step} of ${slotWord(edges[index]!, true, now)}`;
  return from;
}

/** As the head of a column. */
function plural(word: string): string {
  return `${word[0]!.toUpperCase()}${word.slice(1)}s`;
}
